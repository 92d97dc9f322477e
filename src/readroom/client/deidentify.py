"""De-identification before upload, on this machine. Needs the `imaging` extra."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from readroom.client.errors import ConfigurationError

DICOM_MARK = b"DICM"


def deidentify_files(paths: Sequence[Path], folder: Path) -> list[Path]:
    """Write de-identified copies of DICOM files; other files are passed on as they are.

    Parameters
    ----------
    paths : sequence of Path
        Files of one image; UIDs stay consistent among them.
    folder : Path
        Where the copies go, named by number so that no name tells anything.
    """
    try:
        from readroom.imaging.dicom.deidentify import Deidentifier
    except ImportError as error:
        raise ConfigurationError("De-identification needs more: pip install 'readroom[imaging]'") from error
    deidentifier = Deidentifier()
    made = []
    for number, path in enumerate(paths, start=1):
        if not is_dicom(path):
            made.append(path)
            continue
        dataset, _ = deidentifier.deidentify(path)
        target = folder / f"{number:05d}.dcm"
        dataset.save_as(target, enforce_file_format=True)
        made.append(target)
    return made


def is_dicom(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(132)[128:] == DICOM_MARK
