"""Whole slides and other pyramids: kept as the file they came in, read tile by tile."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import openslide

from readroom.imaging.errors import CorruptFile, UnsupportedContent
from readroom.imaging.formats.axes import uncalibrated
from readroom.imaging.formats.bounds import FRAME_BYTES, file_bytes, label
from readroom.imaging.formats.tiffpages import MARKS, MIN_IS_WHITE, Page
from readroom.imaging.geometry import Finding, FindingKind, Geometry
from readroom.imaging.source import Color, Frame, ImageHeader, Opened, Siblings, UploadedFile

VENDORS = frozenset({"hamamatsu", "leica", "philips", "sakura", "trestle", "ventana", "zeiss"})
"""Slides of one file that openslide reads and whose tiles are laid out in a way of their own. Aperio's and generic
pyramids are read by their TIFF pages; MIRAX and Hamamatsu VMS are many files."""
SUFFIXES = (".svslide", ".czi")
OF_MANY_FILES = (".mrxs", ".vms", ".vmu")
MPP = re.compile(r"\bMPP\s*=\s*([0-9.]{1,20})")
PLAUSIBLE_MICRONS = (0.02, 100.0)
LABEL = Finding(
    FindingKind.BURNED_IN_ANNOTATION,
    "The file carries a picture of the slide's label, which may name the patient; it is not shown.",
)


class Slides:
    """Whole slides that openslide reads."""

    name = "whole slide"

    def recognizes(self, file: UploadedFile) -> bool:
        if file.name.lower().endswith(OF_MANY_FILES):
            return True
        is_candidate = file.head[:4] in MARKS or file.name.lower().endswith(SUFFIXES)
        return is_candidate and vendor_of(file.path) in VENDORS

    def open(self, file: UploadedFile, siblings: Siblings) -> Opened:  # noqa: ARG002 - one file is one slide
        file_bytes(file.path, label(file))
        if file.name.lower().endswith(OF_MANY_FILES):
            raise UnsupportedContent(
                f"{label(file)} is one of the many files of a slide; convert it to a pyramidal TIFF."
            )
        return Opened(images=(OpenSlideSource(file.path, label(file)),))


def vendor_of(path: Path) -> str | None:
    try:
        vendor: str | None = openslide.OpenSlide.detect_format(str(path))
    except openslide.OpenSlideError:
        return None
    return vendor


class OpenSlideSource:
    """A slide in the layout of a scanner's maker.

    Parameters
    ----------
    path : Path
        The slide.
    name : str
        Its name.
    """

    def __init__(self, path: Path, name: str) -> None:
        self.path, self._name = path, name
        self._header = self._describe()

    @cached_property
    def slide(self) -> openslide.OpenSlide:
        try:
            return openslide.OpenSlide(str(self.path))
        except openslide.OpenSlideError as error:
            raise CorruptFile(f"{self._name} is a slide that cannot be read; export it again.") from error

    def _describe(self) -> ImageHeader:
        properties = self.slide.properties
        microns = [parse_microns(properties.get(f"openslide.mpp-{axis}")) for axis in "xy"]
        return slide_header(
            self.path,
            self._name,
            sizes=self.slide.dimensions[::-1],
            microns=(microns[0], microns[1]) if microns[0] and microns[1] else None,
            has_label=bool({"label", "macro"} & set(self.slide.associated_images)),
        )

    @property
    def header(self) -> ImageHeader:
        return self._header

    @property
    def levels(self) -> Sequence[tuple[int, int]]:
        return tuple((rows, columns) for columns, rows in self.slide.level_dimensions)

    def region(self, *, level: int, row: int, column: int, rows: int, columns: int) -> Frame:
        check_region(rows, columns)
        factor = self.slide.level_downsamples[level]
        origin = (round(column * factor), round(row * factor))
        try:
            pixels = np.asarray(self.slide.read_region(origin, level, (columns, rows)), np.uint16)
        except openslide.OpenSlideError as error:
            raise CorruptFile(f"A part of {self._name} is damaged; upload it again.") from error
        alpha = pixels[..., 3:]
        return ((pixels[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)


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
        finest = self.pages[0]
        self._header = slide_header(
            path, name, sizes=(finest.rows, finest.columns), microns=microns, has_label=has_label
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


def check_region(rows: int, columns: int) -> None:
    if rows < 1 or columns < 1 or rows * columns * 4 > FRAME_BYTES:
        message = f"a region of {rows} x {columns} pixels is empty or too large"
        raise ValueError(message)


def slide_header(
    path: Path, name: str, *, sizes: tuple[int, int], microns: tuple[float, float] | None, has_label: bool
) -> ImageHeader:
    findings = [LABEL] if has_label else []
    if microns is None:
        findings.append(uncalibrated("The slide records no size of a pixel."))
    width, height = (value / 1000 for value in microns) if microns else (1.0, 1.0)
    return ImageHeader(
        name=name,
        shape=(*sizes, 3),
        dtype=np.dtype(np.uint8),
        color=Color.RGB,
        modality="SM",
        geometry=Geometry(spacing=(width, height, 1.0)),
        findings=tuple(findings),
        files=(path,),
    )


def parse_microns(text: str | None) -> float | None:
    """Read a size of a pixel; None when it is missing or implausible."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if PLAUSIBLE_MICRONS[0] <= value <= PLAUSIBLE_MICRONS[1] else None


def microns_of_aperio(description: str) -> tuple[float, float] | None:
    found = MPP.search(description)
    value = parse_microns(found[1]) if found else None
    return (value, value) if value else None
