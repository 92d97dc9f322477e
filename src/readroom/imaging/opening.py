"""From candidates to images that can be decoded: DICOM together, every other format file by file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from readroom.imaging.collecting import Collection
from readroom.imaging.dicom.reading import is_dicom, read_dicom
from readroom.imaging.errors import CorruptFile, ImagingError, TooLarge, UnknownFormat
from readroom.imaging.formats import FORMATS
from readroom.imaging.formats.slides import names_parts
from readroom.imaging.source import ImageFormat, ImageSource, Opened, SlideSource, UploadedFile
from readroom.imaging.unpacking import refuse_other_archive

if TYPE_CHECKING:
    from typing_extensions import TypeIs

Ticker = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class OpenedImage:
    """One image and the candidates it is made from, in frame order where one file is one frame."""

    source: ImageSource | SlideSource
    files: tuple[UploadedFile, ...]


def is_slide(source: ImageSource | SlideSource) -> TypeIs[SlideSource]:
    """Tell a tiled pyramid from an image of frames."""
    return hasattr(source, "region")


def open_images(collection: Collection, *, tick: Ticker | None = None) -> list[OpenedImage]:
    """Read the headers of all candidates.

    Parameters
    ----------
    collection : Collection
        Candidates; whatever is refused or ignored here is noted in its book.
    tick : callable, optional
        Told the number of files done, and of all.

    Returns
    -------
    list of OpenedImage
        In the order of their first files.
    """
    candidates = collection.candidates
    place = {file.path: number for number, file in enumerate(candidates)}
    dicom = [file for file in candidates if is_dicom(file)]
    images = open_dicom(collection, dicom)
    belongs = {file.path for file in dicom}
    unknown: list[UploadedFile] = []
    # First those that name others: a part of a slide must not pass for a picture of its own.
    for number, file in enumerate(sorted(candidates, key=lambda file: not names_parts(file))):
        if tick:
            tick(number, len(candidates))
        if file.path not in belongs:
            images += _open_file(collection, file, belongs, unknown)
    for file in unknown:
        if file.path not in belongs:
            _refuse_unknown(collection, file)
    return sorted(images, key=lambda image: min((place[file.path] for file in image.files), default=0))


def open_dicom(collection: Collection, files: Sequence[UploadedFile]) -> list[OpenedImage]:
    """Sort DICOM files into images and note what became of those that are in none."""
    if not files:
        return []
    reading = read_dicom(files)
    members: list[list[UploadedFile]] = [[] for _ in reading.images]
    for file in files:
        outcome = reading.outcomes[file.path]
        for image in outcome.images:
            members[image].append(file)
        if outcome.images:
            collection.remarks[file.name] = outcome.reason
        else:
            upload = collection.uploads[file.name]
            collection.book.note(file.name, upload, outcome.outcome, outcome.reason, error=outcome.error)
    return [
        OpenedImage(source, _in_frame_order(files_of_it, source.header.files))
        for source, files_of_it in zip(reading.images, members, strict=True)
    ]


def _in_frame_order(files: Sequence[UploadedFile], order: Sequence[Path]) -> tuple[UploadedFile, ...]:
    rank = {path: number for number, path in reversed(list(enumerate(order)))}
    return tuple(sorted(files, key=lambda file: rank.get(file.path, len(rank))))


def _open_file(
    collection: Collection, file: UploadedFile, belongs: set[Path], unknown: list[UploadedFile]
) -> list[OpenedImage]:
    """Open one file that is no DICOM; ``belongs`` grows by the files that belong to an image or are decided."""
    reader = next((reader for reader in FORMATS if reader.recognizes(file)), None)
    if reader is None:
        unknown.append(file)
        return []
    belongs.add(file.path)
    try:
        opened = _open(reader, file, collection)
    except ImagingError as problem:
        collection.refuse(file.name, problem)
        return []
    belongs.update(companion.path for companion in opened.companions)
    if opened.problem is not None:
        for refused in (file, *opened.companions):
            collection.refuse(refused.name, opened.problem)
    elif not opened.images:
        collection.ignore(file.name, f"The file is {reader.name} without an image.")
    return [OpenedImage(source, (file, *opened.companions)) for source in opened.images]


def _open(reader: ImageFormat, file: UploadedFile, collection: Collection) -> Opened:
    """Keep the readers' libraries from ending an import with errors of their own."""
    try:
        return reader.open(file, collection.siblings_of(file))
    except ImagingError:
        raise
    except MemoryError as problem:
        raise TooLarge from problem
    except Exception as problem:
        raise CorruptFile(
            f"The file cannot be read as {reader.name} ({type(problem).__name__}); export it again from the original."
        ) from problem


def _refuse_unknown(collection: Collection, file: UploadedFile) -> None:
    try:
        refuse_other_archive(file.head)
        raise UnknownFormat
    except ImagingError as problem:
        collection.refuse(file.name, problem)
