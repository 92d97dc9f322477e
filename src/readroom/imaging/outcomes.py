"""What became of the files of an import, and the images that were made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from readroom.imaging.errors import ImagingError
from readroom.imaging.source import ImageHeader

Verdict = Literal["used", "ignored", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOutcome:
    """What became of one file.

    Parameters
    ----------
    name : str
        Where it stood in the upload: relative to the given path, an archive's members below the archive.
    path : Path
        The file on disk; for a member of an archive that of the archive.
    outcome : {'used', 'ignored', 'refused'}
        Ignored files are valid and no image; refused ones were meant to be images.
    reason : str
        One sentence for a person, with what to do; may be empty for used files.
    error : str
        Name of the error class that says why it was refused, see `readroom.imaging.errors`.
    images : tuple of int
        Places in `ImportResult.images` of what was made of it.
    """

    name: str
    path: Path
    outcome: Verdict
    reason: str = ""
    error: str = ""
    images: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedImage:
    """One image that an import made: stored pixels, or a slide kept as it is.

    Parameters
    ----------
    header : ImageHeader
        Shape, type, geometry, findings and facts.
    files : tuple of str
        Names of the files it was made from, in frame order where one file is one frame.
    pack : Path, optional
        The stored pixels.
    slide : Path, optional
        The slide: a file, or a folder when it came as several.
    thumbnail : Path, optional
        A small JPEG of the slide.
    voxels_sha256 : str, optional
        Of the stored values in C order, little endian; of a slide those of the finest level, and None when it has more
        than 64 million pixels.
    """

    header: ImageHeader
    files: tuple[str, ...]
    pack: Path | None = None
    slide: Path | None = None
    thumbnail: Path | None = None
    voxels_sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """What came out of an import: the images, and exactly one outcome per file.

    Parameters
    ----------
    images : tuple of ImportedImage
        In the order of their first files.
    files : tuple of FileOutcome
        In the order of the given paths, names sorted within a folder or an archive.
    """

    images: tuple[ImportedImage, ...]
    files: tuple[FileOutcome, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far an import is.

    Parameters
    ----------
    stage : {'collecting', 'reading', 'storing'}
        Archives are unpacked and files listed; headers are read; frames are stored.
    done, total : int
        Files in the first two stages, frames in the last.
    """

    stage: Literal["collecting", "reading", "storing"]
    done: int
    total: int


class OutcomeBook:
    """Collects one outcome per file while an import runs."""

    def __init__(self) -> None:
        self._outcomes: dict[str, FileOutcome] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._outcomes

    def note(
        self, name: str, path: Path, outcome: Verdict, reason: str = "", *, error: str = "", image: int | None = None
    ) -> None:
        """Say what became of a file; said twice, being used in any image weighs most and reasons add up."""
        images = () if image is None else (image,)
        before = self._outcomes.get(name)
        if before is None:
            self._outcomes[name] = FileOutcome(
                name=name, path=path, outcome=outcome, reason=reason, error=error, images=images
            )
            return
        weight = ("ignored", "refused", "used")
        reasons = dict.fromkeys(text for text in (before.reason, reason) if text)
        self._outcomes[name] = FileOutcome(
            name=name,
            path=path,
            outcome=max(before.outcome, outcome, key=weight.index),
            reason=" ".join(reasons),
            error=before.error or error,
            images=tuple(dict.fromkeys((*before.images, *images))),
        )

    def refuse(self, name: str, path: Path, problem: ImagingError) -> None:
        """Note the error that ends a file."""
        self.note(name, path, "refused", problem.reason, error=type(problem).__name__)

    def in_order(self, names: Iterable[str]) -> tuple[FileOutcome, ...]:
        """Return the outcomes of files in a given order; every one of them must have been noted."""
        return tuple(self._outcomes[name] for name in names)
