"""Whole slides: kept as the files they came in, with a thumbnail."""

from __future__ import annotations

import hashlib
import posixpath
import shutil
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from readroom.imaging.previews import encode_jpeg
from readroom.imaging.source import Frame, SlideSource, UploadedFile

THUMBNAIL_SIZE = 512
HASHED_PIXELS = 64 << 20
"""A slide of at most so many pixels gets a checksum of its values; a larger one would take minutes to decode."""
_STRIP_PIXELS = 16 << 20
_HASHED_STRIP, _USUAL_TILE = 4 << 20, 256


def store_slide(source: SlideSource, files: Sequence[UploadedFile], stem: Path) -> tuple[Path, Path]:
    """Copy a slide's files and write its thumbnail.

    Parameters
    ----------
    source : SlideSource
        The slide, open.
    files : sequence of UploadedFile
        The file or files it consists of.
    stem : Path
        Where to, without suffix.

    Returns
    -------
    slide, thumbnail : Path
        The copied file, or a folder with all of them under their own names; and a JPEG.
    """
    thumbnail = stem.with_suffix(".jpg")
    thumbnail.write_bytes(encode_jpeg(slide_thumbnail(source)))
    if len(files) == 1:
        slide = stem.with_suffix(files[0].path.suffix.lower() or ".slide")
        shutil.copyfile(files[0].path, slide)
        return slide, thumbnail
    slide = stem.with_suffix(".slide")
    slide.mkdir()
    for name, path in names_below(files).items():
        target = slide / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    return slide, thumbnail


def names_below(files: Sequence[UploadedFile]) -> dict[PurePosixPath, Path]:
    """Files of an image by their names below the folder that holds them all."""
    names = [PurePosixPath(posixpath.normpath(f"/{file.name}")) for file in files]
    folder = PurePosixPath(posixpath.commonpath([name.parent for name in names]))
    return {name.relative_to(folder): file.path for name, file in zip(names, files, strict=True)}


def slide_sha256(source: SlideSource) -> str | None:
    """Checksum of the finest level's values in C order; None for a slide of more than `HASHED_PIXELS`."""
    rows, columns = source.levels[0]
    if rows * columns > HASHED_PIXELS:
        return None
    digest = hashlib.sha256()
    height = max(_HASHED_STRIP // columns // _USUAL_TILE, 1) * _USUAL_TILE
    for row in range(0, rows, height):
        strip = source.region(level=0, row=row, column=0, rows=min(height, rows - row), columns=columns)
        digest.update(np.ascontiguousarray(strip).data)
    return digest.hexdigest()


def slide_thumbnail(source: SlideSource, *, size: int = THUMBNAIL_SIZE) -> NDArray[np.uint8]:
    """Average a slide down to at most ``size`` pixels on its longer side."""
    level = max((number for number, sizes in enumerate(source.levels) if max(sizes) >= size), default=0)
    rows, columns = source.levels[level]
    step = max(-(-max(rows, columns) // size), 1)
    return average_region(source, level=level, row=0, column=0, rows=rows, columns=columns, step=step)


def average_region(
    source: SlideSource, *, level: int, row: int, column: int, rows: int, columns: int, step: int
) -> NDArray[np.uint8]:
    """Means of squares of ``step`` pixels of a rectangle of any size, which is read strip by strip."""
    height = max(_STRIP_PIXELS // columns // step, 1) * step
    strips = [
        _average(
            source.region(level=level, row=row + top, column=column, rows=min(height, rows - top), columns=columns),
            step,
        )
        for top in range(0, rows, height)
    ]
    return np.concatenate(strips)


def _average(pixels: Frame, step: int) -> NDArray[np.uint8]:
    """Means of squares of ``step`` pixels; those that are cut at the edge are of fewer."""
    rows, columns = pixels.shape[:2]
    if step == 1:
        return pixels
    first = np.add.reduceat(pixels.astype(np.uint32), range(0, rows, step), axis=0)
    total = np.add.reduceat(first, range(0, columns, step), axis=1)
    heights = np.diff([*range(0, rows, step), rows])
    widths = np.diff([*range(0, columns, step), columns])
    means: NDArray[np.uint8] = (total / (heights[:, None, None] * widths[None, :, None])).round().astype(np.uint8)
    return means
