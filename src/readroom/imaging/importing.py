"""The import: from files as they were uploaded to stored images, with one outcome per file."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path

from readroom.imaging.atomic import sync_folder
from readroom.imaging.collecting import Collection, collect_files
from readroom.imaging.errors import ImagingError
from readroom.imaging.guarding import Guarded, check_size, find_bad_frames, translated
from readroom.imaging.limits import Limits
from readroom.imaging.opening import OpenedImage, is_slide, open_dicom, open_images
from readroom.imaging.outcomes import ImportedImage, ImportResult, Progress, Verdict
from readroom.imaging.packheader import header_from_json
from readroom.imaging.packing import write_pack
from readroom.imaging.slides import slide_sha256, store_slide
from readroom.imaging.source import ImageSource, SlideSource, UploadedFile
from readroom.imaging.unpacking import Budget
from readroom.imaging.workspace import lock_folder, open_workspace

OnProgress = Callable[[Progress], None]


def import_files(
    paths: Sequence[str | PathLike[str]],
    *,
    destination: str | PathLike[str],
    progress: OnProgress | None = None,
    threads: int = 2,
    limits: Limits | None = None,
) -> ImportResult:
    """Turn uploaded files into stored images.

    >>> result = import_files(["upload"], destination="packs")  # doctest: +SKIP
    >>> [(image.header.name, image.header.shape) for image in result.images]  # doctest: +SKIP
    [('Thorax 1.0', (120, 512, 512))]
    >>> {file.name: file.reason for file in result.files if file.outcome == "refused"}  # doctest: +SKIP
    {'notes.txt': 'No reader recognises this file; upload DICOM, MetaImage, ...'}

    Parameters
    ----------
    paths : sequence of path-like
        Any mix of files, folders and zips, in any order.
    destination : path-like
        Folder for the packs and slides. It is created; what is in it stays. Nothing is written elsewhere, and nothing
        appears in it before the whole import is done.
    progress : callable, optional
        Called with a `Progress` now and then. What it raises ends the import and leaves nothing behind.
    threads : int
        Frames decoded and encoded at once.
    limits : Limits, optional
        Bounds for archives and images.

    Returns
    -------
    ImportResult
        The images, and exactly one outcome for every file: also for those in folders and archives. A bad file gets
        the outcome ``refused`` with the reason and spoils no other; of a series with a slice that cannot be decoded
        the other slices become an image with a gap.
    """
    limits = limits or Limits()
    folder = Path(destination)
    folder.mkdir(parents=True, exist_ok=True)
    with open_workspace(folder) as workspace:
        run = _Import(workspace, threads, limits, progress or (lambda _: None))
        result = run.run(paths)
        with lock_folder(folder):
            return _move_out(result, folder)


@dataclass(slots=True)
class _Stored:
    """What has been stored so far."""

    images: list[ImportedImage]
    frames_done: int = 0
    frames_total: int = 0


class _Import:
    def __init__(self, workspace: Path, threads: int, limits: Limits, progress: OnProgress) -> None:
        self.output = workspace / "output"
        self.unpacked = workspace / "unpacked"
        self.output.mkdir()
        self.unpacked.mkdir()
        self.threads = threads
        self.limits = limits
        self.progress = progress
        self.stored = _Stored([])

    def run(self, paths: Sequence[str | PathLike[str]]) -> ImportResult:
        self.progress(Progress(stage="collecting", done=0, total=len(paths)))
        collection = collect_files(paths, self.unpacked, Budget.of(self.limits))
        opened = open_images(collection, tick=self._tell_reading)
        self.stored.frames_total = sum(_frames(image) for image in opened)
        for image in opened:
            self._store_or_refuse(collection, image)
        _note_archives(collection)
        return ImportResult(images=tuple(self.stored.images), files=collection.book.in_order(collection.names))

    def _tell_reading(self, done: int, total: int) -> None:
        self.progress(Progress(stage="reading", done=done, total=total))

    def _store_or_refuse(self, collection: Collection, image: OpenedImage) -> None:
        before = self.stored.frames_done
        try:
            self._store(collection, image)
        except ImagingError as problem:
            self._store_the_rest(collection, image, problem)
        self.stored.frames_done = before + _frames(image)
        self._tell_frames(0)

    def _store(self, collection: Collection, image: OpenedImage) -> None:
        check_size(image.source.header, self.limits, is_slide=is_slide(image.source))
        stem = self.output / f"{len(self.stored.images):06d}"
        source = image.source
        made = self._store_slide(source, image, stem) if is_slide(source) else self._store_pack(source, image, stem)
        number, remarks = len(self.stored.images), collection.remarks
        for file in image.files:
            upload = collection.uploads[file.name]
            collection.book.note(file.name, upload, "used", remarks.get(file.name, ""), image=number)
        self.stored.images.append(made)

    def _store_pack(self, source: ImageSource, image: OpenedImage, stem: Path) -> ImportedImage:
        path = stem.with_suffix(".pack")
        index = write_pack(Guarded(source), path, threads=self.threads, on_frame=self._tell_frames)
        return ImportedImage(
            header=header_from_json(index.header),
            files=tuple(file.name for file in image.files),
            pack=path,
            voxels_sha256=index.voxels_sha256,
        )

    def _store_slide(self, source: SlideSource, image: OpenedImage, stem: Path) -> ImportedImage:
        with translated():
            digest = slide_sha256(source)
            slide, thumbnail = store_slide(source, image.files, stem)
        return ImportedImage(
            header=replace(source.header, files=()),
            files=tuple(file.name for file in image.files),
            slide=slide,
            thumbnail=thumbnail,
            voxels_sha256=digest,
        )

    def _store_the_rest(self, collection: Collection, image: OpenedImage, problem: ImagingError) -> None:
        """Refuse the files whose frames cannot be decoded, and make an image of the others."""
        source = image.source
        one_file_per_frame = len(set(source.header.files)) == _frames(image) > 1
        if is_slide(source) or not one_file_per_frame:
            self._refuse(collection, image.files, problem)
            return
        problems = dict(find_bad_frames(source, threads=self.threads))
        bad = {source.header.files[number]: found for number, found in problems.items()}
        rest = [file for file in image.files if file.path not in bad]
        if not bad or not rest:
            self._refuse(collection, image.files, problem)
            return
        for file in image.files:
            if file.path in bad:
                collection.refuse(file.name, bad[file.path])
        for smaller in open_dicom(collection, rest):
            self._store_or_refuse(collection, smaller)

    def _refuse(self, collection: Collection, files: Sequence[UploadedFile], problem: ImagingError) -> None:
        for file in files:
            collection.refuse(file.name, problem)

    def _tell_frames(self, done: int) -> None:
        progress = Progress(stage="storing", done=self.stored.frames_done + done, total=self.stored.frames_total)
        self.progress(progress)


def _frames(image: OpenedImage) -> int:
    return 1 if is_slide(image.source) else image.source.header.frame_count


def _note_archives(collection: Collection) -> None:
    """An archive shares the fate of its files: used when one of them is."""
    for archive, members in collection.archives.items():
        if archive in collection.book:
            continue
        outcomes = collection.book.in_order(members)
        used = [outcome for outcome in outcomes if outcome.outcome == "used"]
        refused = [outcome for outcome in outcomes if outcome.outcome == "refused"]
        verdict: Verdict = "used" if used else "refused" if refused else "ignored"
        text = _say_members(len(used), len(members))
        error = refused[0].error if verdict == "refused" else ""
        path = collection.uploads[archive]
        collection.book.note(archive, path, verdict, text, error=error)
        for image in dict.fromkeys(number for outcome in used for number in outcome.images):
            collection.book.note(archive, path, verdict, image=image)


def _say_members(used: int, members: int) -> str:
    if not members:
        return "The archive is empty; pack it again."
    if not used:
        return "None of its files became an image; each of them has its own reason."
    return f"{used} of its {members} files became images."


def _move_out(result: ImportResult, folder: Path) -> ImportResult:
    """Give the stored images their names, all at the end: a killed import leaves none."""
    moved: list[Path] = []
    images = []
    numbers: dict[str, int] = {}
    try:
        for image in result.images:
            stem = _slug(image.header.name) or _slug(image.header.modality) or "image"
            files = [path for path in (image.pack, image.slide, image.thumbnail) if path]
            places = _free_places(folder, stem, files, numbers)
            for source, target in places.items():
                source.replace(target)
                moved.append(target)
            images.append(
                replace(
                    image,
                    pack=image.pack and places[image.pack],
                    slide=image.slide and places[image.slide],
                    thumbnail=image.thumbnail and places[image.thumbnail],
                )
            )
        sync_folder(folder)
    except BaseException:
        for path in moved:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        raise
    return ImportResult(images=tuple(images), files=result.files)


def _free_places(folder: Path, stem: str, files: Sequence[Path], numbers: dict[str, int]) -> dict[Path, Path]:
    """Find names that nothing has yet: an import never replaces what is there.

    ``numbers`` remembers the last one of each stem, so that a thousand images of one name are not counted through a
    thousand times.
    """
    while True:
        number = numbers[stem] = numbers.get(stem, 0) + 1
        name = stem if number == 1 else f"{stem}-{number}"
        places = {file: folder / f"{name}{file.suffix}" for file in files}
        if not any(place.exists() for place in places.values()):
            return places


def _slug(text: str) -> str:
    """Letters and digits of a name, for a file system; never a path."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60].strip("-")
