"""Whole slides and other pyramids: kept as the files they came in, read tile by tile."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from readroom.imaging.errors import ImagingError, RefusedFile
from readroom.imaging.formats import czi, hamamatsu, mirax, ndpi
from readroom.imaging.formats.bounds import file_bytes, label
from readroom.imaging.formats.openslides import OpenSlideSource, vendor_of
from readroom.imaging.formats.slideheaders import check_region, slide_header
from readroom.imaging.formats.slideparts import Parts, SlideOfParts
from readroom.imaging.formats.tiffpages import MARKS, MIN_IS_WHITE, Page, check_chain
from readroom.imaging.guarding import translated
from readroom.imaging.source import Color, Frame, ImageHeader, Opened, Siblings, UploadedFile

VENDORS = frozenset({"hamamatsu", "leica", "philips", "sakura", "trestle", "ventana", "zeiss"})
"""Slides of one file that openslide reads and whose tiles are laid out in a way of their own. Aperio's and generic
pyramids are read by their TIFF pages."""
HAMAMATSU = "hamamatsu"
LARGEST_PLAIN = 1 << 32
"""Files of Hamamatsu's from here on have a chain of pages of their own."""
SUFFIXES = (".svslide", ".czi")
OF_PARTS = {".mrxs": mirax.find_parts, ".vms": hamamatsu.find_parts, ".vmu": hamamatsu.find_parts}
"""Slides of several files, by the suffix of the first."""


class Slides:
    """Whole slides that openslide reads."""

    name = "whole slide"

    def recognizes(self, file: UploadedFile) -> bool:
        if names_parts(file):
            return True
        if file.head[:4] in MARKS:
            return is_sound(file) and vendor_of(file.path) in VENDORS
        return file.name.lower().endswith(SUFFIXES) and vendor_of(file.path) in VENDORS

    def open(self, file: UploadedFile, siblings: Siblings) -> Opened:
        file_bytes(file.path, label(file))
        if names_parts(file):
            return open_parts(file, siblings)
        if file.head.startswith(czi.MARK):
            czi.check_tables(file.path, label(file))
        if (
            file.head[:4] in ndpi.MARKS
            and file.path.stat().st_size < LARGEST_PLAIN
            and vendor_of(file.path) == HAMAMATSU
        ):
            ndpi.check_pages(file.path, label(file))
        return Opened((OpenSlideSource(file.path, label(file)),))


def is_sound(file: UploadedFile) -> bool:
    """Tell a TIFF that openslide may look at. One of 4 GiB or more may be Hamamatsu's, whose chain is another."""
    if file.path.stat().st_size >= LARGEST_PLAIN:
        return True
    try:
        check_chain(file.path, label(file))
    except RefusedFile:
        return False
    return True


def names_parts(file: UploadedFile) -> bool:
    """Tell a file that stands for a slide of several."""
    return file.name.lower().endswith(tuple(OF_PARTS))


def open_parts(file: UploadedFile, siblings: Siblings) -> Opened:
    """Open a slide of several files; when it is refused, those that were found share its fate."""
    parts = Parts(file, siblings)
    find_parts = OF_PARTS[file.name[file.name.rindex(".") :].lower()]
    try:
        with translated(label(file)):
            return Opened((SlideOfParts(file, parts, find_parts(parts)),), tuple(parts.found))
    except ImagingError as problem:
        return Opened((), tuple(parts.found), problem)


class TiffSlide:
    """A pyramid of TIFF pages: Aperio, OME, generic.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        Its name.
    pages : sequence of Page
        Levels, finest first.
    microns : tuple of 2 floats, optional
        Width and height of a pixel of the finest level.
    has_label : bool
        The file also holds a picture of the label.
    """

    def __init__(
        self,
        path: Path,
        name: str,
        pages: Sequence[Page],
        *,
        microns: tuple[float, float] | None,
        has_label: bool = False,
    ) -> None:
        self.path, self.pages = path, tuple(pages)
        for page in self.pages:
            page.check_marks()
        finest = self.pages[0]
        self._header = slide_header(
            (path,), name, sizes=(finest.rows, finest.columns), microns=microns, has_label=has_label
        )

    @property
    def header(self) -> ImageHeader:
        return self._header

    @property
    def levels(self) -> Sequence[tuple[int, int]]:
        return tuple((page.rows, page.columns) for page in self.pages)

    def region(self, *, level: int, row: int, column: int, rows: int, columns: int) -> Frame:
        check_region(rows, columns)
        page = self.pages[level]
        pixels: np.ndarray[Any, np.dtype[np.uint8]] = np.full((rows, columns, 3), 255, np.uint8)
        top, left = max(row, 0), max(column, 0)
        bottom, right = min(row + rows, page.rows), min(column + columns, page.columns)
        if top < bottom and left < right:
            part = page.region(top, left, bottom - top, right - left)
            if page.color is Color.GRAY:
                part = np.repeat((255 - part if page.key.photometric == MIN_IS_WHITE else part)[..., None], 3, axis=2)
            pixels[top - row : bottom - row, left - column : right - column] = part[..., :3]
        return pixels
