"""De-identification before upload, on this machine. Needs the `imaging` extra."""

from __future__ import annotations

import re
import threading
import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from readroom.client.errors import ConfigurationError, UploadRefused

if TYPE_CHECKING:
    from readroom.imaging.dicom.deidentify import Deidentifier

    Profile = Deidentifier

DICOM_MARK = b"DICM"
PICTURES = (".bmp", ".jpeg", ".jpg", ".pdf", ".png")
VOLUMES = (".gz", ".hdr", ".img", ".json", ".mha", ".mhd", ".nhdr", ".nii", ".nrrd", ".raw", ".zraw")
SLIDES = (".bif", ".mrxs", ".ndpi", ".scn", ".svs", ".tif", ".tiff", ".vms", ".vmu")
OTHER_FORMATS = frozenset(PICTURES + VOLUMES + SLIDES)
INDEX = re.compile(r"\[\d+\]")


@dataclass
class DeidentificationReport:
    """What became of all files that a client has de-identified; holds no value of any of them.

    Parameters
    ----------
    files : int
        How many were de-identified.
    changes : Counter
        (element, what was done, why) -> in how many files.
    warnings : Counter
        What a person must look at -> in how many files.
    passed_on : list of str
        Files of other formats, which were sent as they are.
    """

    files: int = 0
    changes: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    passed_on: list[str] = field(default_factory=list)

    def summary(self) -> str:
        """One line: how many files, and how many elements had which fate.

        Examples
        --------
        >>> changes = Counter({("PatientName", "replaced", "Z"): 2, ("PatientAge", "removed", "X"): 2})
        >>> DeidentificationReport(files=2, changes=changes).summary()
        '2 files de-identified: 1 elements removed, 1 replaced'
        """
        fates = Counter(action for _, action, _ in self.changes)
        told = ", ".join(
            f"{count} {'elements ' if not place else ''}{action}"
            for place, (action, count) in enumerate(sorted(fates.items()))
        )
        sent = f"; {len(self.passed_on)} of other formats sent as they are" if self.passed_on else ""
        return f"{self.files} files de-identified{': ' if told else ''}{told}{sent}"

    def to_dict(self) -> dict[str, Any]:
        """The report in JSON's types."""
        changes = [
            {"element": element, "action": action, "why": why, "files": count}
            for (element, action, why), count in sorted(self.changes.items())
        ]
        return {
            "files": self.files,
            "changes": changes,
            "warnings": dict(self.warnings),
            "passed_on": list(self.passed_on),
        }


class UploadDeidentifier:
    """Writes de-identified copies of DICOM files; what belongs together in the originals does in the copies.

    Parameters
    ----------
    deidentifier : readroom.imaging.Deidentifier, optional
        With options and a secret of your own; the basic profile otherwise.
    """

    def __init__(self, deidentifier: Deidentifier | None = None) -> None:
        self._deidentifier = deidentifier or basic_profile()
        self._lock = threading.Lock()
        self.report = DeidentificationReport()

    def __call__(self, paths: Sequence[Path], folder: Path) -> list[Path]:
        """Copies of the DICOM files among these, named by number so that no name tells anything; others as they are.

        Parameters
        ----------
        paths : sequence of Path
            Files of one image.
        folder : Path
            Where the copies go.
        """
        return [self._copy(path, folder / f"{number:05d}.dcm") for number, path in enumerate(paths, start=1)]

    def _copy(self, path: Path, target: Path) -> Path:
        from readroom.imaging.dicom.deidentify import CorruptFile

        if not is_dicom(path):
            refuse_hidden(path)
            self.report.passed_on.append(path.name)
            return path
        try:
            dataset, report = self._deidentifier.deidentify(path)
        except CorruptFile as error:
            raise UploadRefused(
                f"{path.name} cannot be de-identified and was not sent", reasons=[str(error)]
            ) from error
        dataset.save_as(target, enforce_file_format=True)
        with self._lock:
            self.report.files += 1
            self.report.changes.update({(INDEX.sub("", c.path), str(c.action), c.why) for c in report.changes})
            self.report.warnings.update(report.warnings)
        return target


def basic_profile() -> Deidentifier:
    try:
        from readroom.imaging.dicom.deidentify import Deidentifier
    except ImportError as error:
        raise ConfigurationError("De-identification needs more: pip install 'readroom[imaging]'") from error
    return Deidentifier()


def is_dicom(path: Path) -> bool:
    """Tell DICOM by its mark; without one, by what stands in it when no other format is known by the name."""
    with path.open("rb") as file:
        if file.read(132)[128:] == DICOM_MARK:
            return True
    return not OTHER_FORMATS.intersection(path.suffixes) and has_sop_class(path)


def has_sop_class(path: Path) -> bool:
    """Tell whether a file is DICOM that was written without preamble."""
    from pydicom import dcmread
    from pydicom.errors import InvalidDicomError

    try:
        return "SOPClassUID" in dcmread(path, force=True, stop_before_pixels=True, specific_tags=["SOPClassUID"])
    except (InvalidDicomError, ValueError, KeyError, EOFError, AttributeError, NotImplementedError):
        return False


def refuse_hidden(path: Path) -> None:
    """Refuse what may hold DICOM that cannot be reached."""
    if zipfile.is_zipfile(path):
        raise UploadRefused(f"{path.name} is an archive, in which nothing can be de-identified: unpack it first")
