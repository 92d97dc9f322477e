"""TIFF: pictures, stacks of pages, OME volumes, and pyramids, which are slides.

Resolution tags say how large a picture should be printed; programs write 72 or 300 dots per inch whatever it shows.
They count as the size of a pixel only for a pyramid, only per centimetre (as openslide has it), and only when the
result is microscopic. OME metadata and ImageJ's millimetres count always.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from readroom.imaging.errors import UnsupportedContent
from readroom.imaging.formats.axes import uncalibrated
from readroom.imaging.formats.bounds import check_sizes, file_bytes, label
from readroom.imaging.formats.ome import Calibration, parse_ome
from readroom.imaging.formats.slideheaders import microns_of_aperio, parse_microns
from readroom.imaging.formats.slides import TiffSlide
from readroom.imaging.formats.tiffpages import MARKS, MIN_IS_WHITE, Page, opened_tiff
from readroom.imaging.geometry import Finding, FindingKind, Geometry
from readroom.imaging.source import Color, Frame, ImageHeader, ImageSource, Opened, Siblings, SlideSource, UploadedFile

MAX_IMAGES = 64
SLIDE_PIXELS = 50_000_000
"""A picture of 8 bits that is larger is read as a slide, tile by tile."""
SLICE_AXES, TIME_AXES, CHANNEL_AXES = "ZQIR", "T", "C"
CENTIMETER = 3


class Tiff:
    """TIFF and BigTIFF, with OME and ImageJ metadata."""

    name = "TIFF"

    def recognizes(self, file: UploadedFile) -> bool:
        return file.head[:4] in MARKS

    def open(self, file: UploadedFile, siblings: Siblings) -> Opened:  # noqa: ARG002 - one file, whatever it names
        name = label(file)
        file_bytes(file.path, name)
        with opened_tiff(file.path, name) as tiff:
            if tiff.is_svs:
                return Opened(images=(open_aperio(tiff, file.path, name),))
            calibrations = parse_ome(tiff.ome_metadata or "") if tiff.is_ome else ()
            if len(tiff.series) > MAX_IMAGES:
                raise UnsupportedContent(f"{name} holds {len(tiff.series)} pictures of different sizes; split it.")
            images: list[ImageSource | SlideSource] = []
            for number, series in enumerate(tiff.series):
                calibration = calibrations[number] if number < len(calibrations) else Calibration()
                images += open_series(series, file.path, name, calibration)
            return Opened(images=tuple(images))


def open_aperio(tiff: Any, path: Path, name: str) -> TiffSlide:  # noqa: ANN401 - tifffile's file
    baseline, *others = tiff.series
    pages = [Page.of(level.keyframe, path, name) for level in baseline.levels]
    has_label = any(series.name in ("Label", "Macro") for series in others)
    microns = microns_of_aperio(tiff.pages.first.description)
    return TiffSlide(path, name, pages, microns=microns, has_label=has_label)


def open_series(
    series: Any,  # noqa: ANN401 - tifffile's series
    path: Path,
    name: str,
    calibration: Calibration,
) -> list[ImageSource | SlideSource]:
    """Make a slide of a pyramid, and images of everything else: one per channel."""
    page = Page.of(series.keyframe, path, name)
    axes = parse_axes(series, page, name)
    is_flat = axes.times * axes.slices * axes.channels == 1
    is_large = page.rows * page.columns > SLIDE_PIXELS
    if is_flat and page.is_slide_like and (len(series.levels) > 1 or is_large):
        pages = [Page.of(level.keyframe, path, name) for level in series.levels]
        return [TiffSlide(path, name, pages, microns=calibration.microns or microns_of_tags(series.keyframe))]
    pages = list_pages(series, page, axes, name)
    header = describe(page, axes, path, name, calibration)
    return [
        TiffImage(replace(header, name=channel_name(name, calibration, i, axes.channels)), axes.of_channel(pages, i))
        for i in range(axes.channels)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    """How the pages of a series are counted."""

    order: str
    """Letters of the axes in front of the page, slowest first."""
    sizes: tuple[int, ...]
    times: int = 1
    slices: int = 1
    channels: int = 1
    has_slices: bool = False

    def of_channel(self, pages: Sequence[Page], channel: int) -> tuple[Page, ...]:
        """Pages of one channel, time by time, slice by slice."""
        numbers = np.arange(len(pages)).reshape(self.sizes)
        for axis, letter in reversed(list(enumerate(self.order))):
            if letter in CHANNEL_AXES:
                numbers = np.take(numbers, channel, axis=axis)
        letters = [letter for letter in self.order if letter not in CHANNEL_AXES]
        numbers = numbers.transpose(sorted(range(len(letters)), key=lambda i: letters[i] not in TIME_AXES))
        return tuple(pages[number] for number in numbers.ravel().tolist())


def parse_axes(series: Any, page: Page, name: str) -> Axes:  # noqa: ANN401 - tifffile's series
    inner = len(page.key.axes)
    order, sizes = series.axes[:-inner], tuple(int(size) for size in series.shape[:-inner])
    counts = {}
    for kind, letters in (("slices", SLICE_AXES), ("times", TIME_AXES), ("channels", CHANNEL_AXES)):
        found = [size for letter, size in zip(order, sizes, strict=True) if letter in letters]
        if len([size for size in found if size > 1]) > 1:
            raise UnsupportedContent(f"{name} has axes that are not read ({series.axes}); save it as OME-TIFF.")
        counts[kind] = int(np.prod(found, dtype=np.int64)) if found else 1
    if np.prod(list(counts.values()), dtype=np.int64) != np.prod(sizes, dtype=np.int64):
        raise UnsupportedContent(f"{name} has axes that are not read ({series.axes}); save it as OME-TIFF.")
    if counts["channels"] > MAX_IMAGES:
        raise UnsupportedContent(f"{name} has {counts['channels']} channels; save fewer per file.")
    return Axes(order=order, sizes=sizes, has_slices=any(letter in SLICE_AXES for letter in order), **counts)


def list_pages(series: Any, first: Page, axes: Axes, name: str) -> list[Page]:  # noqa: ANN401 - tifffile's series
    """Find the pages of a series; ImageJ may store all frames behind the first page."""
    count = axes.times * axes.slices * axes.channels
    check_sizes(
        (count, first.rows, first.columns, first.key.samplesperpixel),
        frame_axes=3,
        item_bytes=first.dtype.itemsize,
        name=name,
    )
    pages = [page for page in series.pages if page is not None]
    if len(pages) == count:
        return [Page.of(page, first.path, name) for page in pages]
    if len(pages) == 1 and series.dataoffset is not None and first.key.is_contiguous:
        size = first.rows * first.columns * first.key.samplesperpixel * first.dtype.itemsize
        return [contiguous_page(first, series.dataoffset + i * size, size, name) for i in range(count)]
    raise UnsupportedContent(f"{name} does not hold all the pages that it describes; save it again as one file.")


def contiguous_page(first: Page, start: int, size: int, name: str) -> Page:
    """Stand for a frame that has no page of its own."""
    key = first.key
    heights = [min(int(key.rowsperstrip), first.rows - row) for row in range(0, first.rows, int(key.rowsperstrip))]
    lengths = tuple(size // first.rows * height for height in heights)
    offsets = tuple(start + sum(lengths[:i]) for i in range(len(lengths)))
    page = Page(first.path, name, key, offsets, lengths)
    page.check_length()
    return page


class TiffImage:
    """An image whose frames are pages.

    Parameters
    ----------
    header : ImageHeader
        Of the image.
    pages : sequence of Page
        One per frame.
    """

    def __init__(self, header: ImageHeader, pages: Sequence[Page]) -> None:
        self._header, self.pages = header, tuple(pages)

    @property
    def header(self) -> ImageHeader:
        return self._header

    def frame(self, index: int) -> Frame:
        page = self.pages[index]
        return page.region(0, 0, page.rows, page.columns)


def describe(page: Page, axes: Axes, path: Path, name: str, calibration: Calibration) -> ImageHeader:
    samples = {Color.GRAY: (), Color.RGB: (3,), Color.RGBA: (4,)}[page.color]
    slices = (axes.slices,) if axes.slices > 1 or axes.times > 1 else ()
    findings: list[Finding] = []
    if calibration.microns is None:
        findings.append(uncalibrated("The file records a size for print at most."))
    if axes.slices > 1 and calibration.depth is None:
        message = "The distance between pages is not recorded; 1 mm is assumed."
        findings.append(Finding(FindingKind.ASSUMED_SLICE_SPACING, message))
    width, height = calibration.microns or (1000.0, 1000.0)
    return ImageHeader(
        name=name,
        shape=(*((axes.times,) if axes.times > 1 else ()), *slices, page.rows, page.columns, *samples),
        dtype=page.dtype,
        color=page.color,
        time_points=axes.times,
        geometry=Geometry(spacing=(width / 1000, height / 1000, (calibration.depth or 1000.0) / 1000)),
        findings=tuple(findings),
        is_inverted=page.key.photometric == MIN_IS_WHITE,
        files=(path,),
    )


def channel_name(name: str, calibration: Calibration, channel: int, channels: int) -> str:
    if channels == 1:
        return name
    known = calibration.channels[channel] if channel < len(calibration.channels) else ""
    return f"{name} [{known or f'channel {channel + 1}'}]"


def microns_of_tags(key: Any) -> tuple[float, float] | None:  # noqa: ANN401 - tifffile's page
    """Size of a pixel from resolution tags per centimetre, when it is that of a microscope."""
    if key.tags.valueof(296, default=2) != CENTIMETER:
        return None
    sizes = []
    for code in (282, 283):
        numerator, denominator = key.tags.valueof(code, default=(0, 1))
        sizes.append(parse_microns(str(10_000 * denominator / numerator)) if numerator else None)
    return (sizes[0], sizes[1]) if sizes[0] and sizes[1] else None
