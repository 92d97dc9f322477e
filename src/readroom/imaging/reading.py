"""From a path straight to an array, without storing anything."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from readroom.imaging.collecting import Collection, collect_files, collect_named
from readroom.imaging.errors import ImagingError, NothingToRead, UnsupportedContent
from readroom.imaging.guarding import Guarded, check_size
from readroom.imaging.limits import Limits
from readroom.imaging.opening import is_slide, open_images
from readroom.imaging.pack import Pack
from readroom.imaging.packindex import MAGIC
from readroom.imaging.pipeline import map_in_order
from readroom.imaging.source import ImageSource, SlideSource
from readroom.imaging.unpacking import Budget
from readroom.imaging.volume import Volume


def read_volume(path: str | PathLike[str], *, image: int | None = None, threads: int = 2) -> Volume:
    """Read one image as an array with its geometry.

    >>> volume = read_volume("dicom/chest")  # doctest: +SKIP
    >>> volume.array.shape, volume.geometry.spacing  # doctest: +SKIP
    ((120, 512, 512), (0.7, 0.7, 1.0))

    Parameters
    ----------
    path : path-like
        A pack, a file of any format that is read, a folder or a zip.
    image : int, optional
        Which one, when there are several.
    threads : int
        Frames decoded at once.

    Returns
    -------
    Volume
        Stored values, geometry and findings; ``values()`` are the real ones.

    Raises
    ------
    NothingToRead
        There is no image; the message says why for the first files.
    UnsupportedContent
        There are several images and ``image`` was not given (the message lists them), or it is a whole slide.
    """
    path = Path(path)
    if path.is_file() and _is_pack(path):
        with Pack.open(path) as pack:
            return pack.volume(threads=threads)
    with tempfile.TemporaryDirectory(prefix="readroom-") as workspace:
        limits = Limits()
        unpacked = Path(workspace) / "unpacked"
        unpacked.mkdir()
        collection = collect_files([path], unpacked, Budget.of(limits))
        sources = [opened.source for opened in open_images(collection)]
        source = sources[_choose([source.header.name for source in sources], image, collection)]
        if is_slide(source):
            raise UnsupportedContent("A whole slide does not fit in an array; read regions of it.")
        check_size(source.header, limits)
        return Volume.of(_read_frames(Guarded(source), threads), source.header)


def open_slide(path: str | PathLike[str] | Mapping[str, Path]) -> SlideSource:
    """Open a whole slide, such as an import keeps, to read regions of it.

    >>> slide = open_slide("packs/biopsy.svs")  # doctest: +SKIP
    >>> slide.levels  # doctest: +SKIP
    ((2967, 2220), (741, 555))
    >>> slide.region(level=0, row=512, column=1024, rows=256, columns=256).shape  # doctest: +SKIP
    (256, 256, 3)

    Parameters
    ----------
    path : path-like or mapping
        The slide's file, or the folder of its files; or where each of its files stands, by the name under which the
        others know it.

    Returns
    -------
    SlideSource
        With a header whose spacing is the size of a pixel, in millimetres.

    Raises
    ------
    NothingToRead
        It is no slide.
    """
    for opened in open_images(_collect_slide(path)):
        if is_slide(opened.source):
            return opened.source
    raise NothingToRead("There is no whole slide here.")


def _collect_slide(path: str | PathLike[str] | Mapping[str, Path]) -> Collection:
    if isinstance(path, Mapping):
        return collect_named(path)
    return collect_files([path], None, Budget.of(Limits()))


def _is_pack(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def _choose(names: list[str], image: int | None, collection: Collection) -> int:
    if not names:
        outcomes = collection.book.in_order(name for name in collection.names if name in collection.book)
        reasons = [f"{outcome.name}: {outcome.reason}" for outcome in outcomes[:5]]
        raise NothingToRead("\n".join(["Not one of the files became an image.", *reasons]))
    if image is None and len(names) > 1:
        listed = "; ".join(f"{number}: {name or 'without a name'}" for number, name in enumerate(names[:20]))
        raise UnsupportedContent(f"There are {len(names)} images here; choose one with image=... ({listed}).")
    if image is not None and not 0 <= image < len(names):
        raise ImagingError(f"There is no image {image}; there are {len(names)}, counted from 0.")
    return image or 0


def _read_frames(source: ImageSource, threads: int) -> NDArray[Any]:
    header = source.header
    values = np.empty((header.frame_count, *header.frame_shape), header.dtype)

    def fill(number: int) -> None:
        values[number] = source.frame(number)

    for _ in map_in_order(fill, range(header.frame_count), threads=threads):
        pass
    return values.reshape(header.shape)
