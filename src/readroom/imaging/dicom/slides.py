"""Whole slides in DICOM: a pyramid of tiled instances (PS3.3 C.8.12)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from readroom.imaging.dicom import tags
from readroom.imaging.dicom.calibration import calibrate
from readroom.imaging.dicom.elements import Elements
from readroom.imaging.dicom.facts import description_of, facts_for_storage
from readroom.imaging.dicom.image_sets import ImageSet
from readroom.imaging.dicom.pixels import FrameReader
from readroom.imaging.dicom.sources import DicomSource, Member, make_images
from readroom.imaging.errors import CorruptFile
from readroom.imaging.formats.slideheaders import check_region
from readroom.imaging.geometry import Geometry
from readroom.imaging.source import Color, Frame, ImageHeader


@dataclass(frozen=True, slots=True)
class Level:
    """One resolution of a slide: which frame holds which tile."""

    reader: FrameReader
    rows: int
    columns: int
    frames: Mapping[tuple[int, int], int]
    """Frame of the tile that begins at (row, column)."""
    is_regular: bool = True
    """All tiles stand on one grid without overlap."""

    def paint(self, region: Frame, row: int, column: int) -> None:
        """Copy all tiles that touch ``region``, whose first pixel is (row, column) of the level."""
        tile_rows, tile_columns = self.reader.format.rows, self.reader.format.columns
        bottom, right = row + region.shape[0], column + region.shape[1]
        for (top, left), frame in self._touched(row, column, bottom, right):
            tile = self.reader.frame(frame)
            tile = np.repeat(tile[..., None], 3, axis=2) if tile.ndim == 2 else tile
            y, x = max(top, row), max(left, column)
            height = min(top + tile_rows, bottom, self.rows) - y
            width = min(left + tile_columns, right, self.columns) - x
            if height > 0 and width > 0:
                part = tile[y - top : y - top + height, x - left : x - left + width]
                region[y - row : y - row + height, x - column : x - column + width] = part

    def _touched(self, row: int, column: int, bottom: int, right: int) -> Iterator[tuple[tuple[int, int], int]]:
        tile_rows, tile_columns = self.reader.format.rows, self.reader.format.columns
        rows, columns = range(max(row, 0), min(bottom, self.rows)), range(max(column, 0), min(right, self.columns))
        if not rows or not columns:
            return
        if not self.is_regular:
            for place, number in self.frames.items():
                if row - tile_rows < place[0] < bottom and column - tile_columns < place[1] < right:
                    yield place, number
            return
        for top in range(rows[0] // tile_rows * tile_rows, rows[-1] + 1, tile_rows):
            for left in range(columns[0] // tile_columns * tile_columns, columns[-1] + 1, tile_columns):
                frame = self.frames.get((top, left))
                if frame is not None:
                    yield (top, left), frame


@dataclass(frozen=True, slots=True)
class DicomSlide:
    """A DICOM slide as `SlideSource`."""

    header: ImageHeader
    pyramid: Sequence[Level]

    @property
    def levels(self) -> list[tuple[int, int]]:
        return [(level.rows, level.columns) for level in self.pyramid]

    def region(self, *, level: int, row: int, column: int, rows: int, columns: int) -> Frame:
        """RGB pixels of a rectangle of one level; white where the slide has none."""
        check_region(rows, columns)
        painted = np.full((rows, columns, 3), 255, np.uint8)
        self.pyramid[level].paint(painted, row, column)
        return painted


def open_pyramid(
    image_set: ImageSet, members: Sequence[Member]
) -> tuple[list[DicomSlide | DicomSource], Sequence[Member]]:
    """A pyramid as a slide, and the instances that it shows: of several with one resolution the first.

    Labels, overviews and thumbnails in one piece are plain images.
    """
    flavor = image_set.key[0] if image_set.key else "VOLUME"
    if flavor != "VOLUME" and all(member.reader.count == 1 for member in members):
        return [image for member in members for image in make_images(image_set, [member])], members
    sizes: dict[tuple[int, int], Member] = {}
    for member in members:
        sizes.setdefault(_matrix_size(member.header.elements), member)
    finest_first = sorted(sizes, reverse=True)
    shown = [sizes[size] for size in finest_first]
    pyramid = [_open_level(member, *size) for member, size in zip(shown, finest_first, strict=True)]
    return [DicomSlide(_header(image_set, shown, finest_first[0]), pyramid)], shown


def _matrix_size(elements: Elements) -> tuple[int, int]:
    rows = elements.numbers(tags.TOTAL_PIXEL_MATRIX_ROWS, "I")
    columns = elements.numbers(tags.TOTAL_PIXEL_MATRIX_COLUMNS, "I")
    if rows and columns and rows[0] and columns[0]:
        return int(rows[0]), int(columns[0])
    return elements.short(tags.ROWS) or 0, elements.short(tags.COLUMNS) or 0


def _open_level(member: Member, rows: int, columns: int) -> Level:
    reader = member.reader
    frames = _sparse_tiles(member.header.elements, reader.count)
    if not frames:
        across = -(-columns // reader.format.columns)
        down = -(-rows // reader.format.rows)
        # Further focal planes and optical paths follow the first (PS3.3 C.7.6.17.3).
        wanted = min(across * down, reader.count)
        frames = {(i // across * reader.format.rows, i % across * reader.format.columns): i for i in range(wanted)}
        if reader.count < across * down:
            raise CorruptFile(f"The slide needs {across * down:,} tiles and the file holds {reader.count:,}.")
    height, width = reader.format.rows, reader.format.columns
    is_regular = all(top % height == 0 and left % width == 0 for top, left in frames)
    return Level(reader, rows, columns, frames, is_regular)


def _sparse_tiles(elements: Elements, count: int) -> dict[tuple[int, int], int]:
    """Tiles by their recorded positions; empty when they follow each other without any."""
    if elements.text(tags.DIMENSION_ORGANIZATION_TYPE) == "TILED_FULL":
        return {}
    tiles: dict[tuple[int, int], int] = {}
    for i, group in enumerate(elements.items(tags.PER_FRAME_FUNCTIONAL_GROUPS)[:count]):
        place = group.item(tags.PLANE_POSITION_SLIDE_SEQUENCE)
        row = place.numbers(tags.ROW_POSITION_IN_TOTAL_MATRIX, "i")
        column = place.numbers(tags.COLUMN_POSITION_IN_TOTAL_MATRIX, "i")
        if row and column:
            tiles.setdefault((int(row[0]) - 1, int(column[0]) - 1), i)
    return tiles


def _header(image_set: ImageSet, members: Sequence[Member], size: tuple[int, int]) -> ImageHeader:
    finest = members[0]
    elements = finest.header.elements
    measures = elements.item(tags.SHARED_FUNCTIONAL_GROUPS).item(tags.PIXEL_MEASURES_SEQUENCE)
    calibration = calibrate(measures if tags.PIXEL_SPACING in measures else elements)
    rows_apart, columns_apart = calibration.spacing
    return ImageHeader(
        name=description_of(elements, tags.SERIES_DESCRIPTION) or finest.file.name,
        shape=(*size, 3),
        dtype=np.dtype(np.uint8),
        color=Color.RGB,
        modality=finest.facts.modality,
        geometry=Geometry(spacing=(columns_apart, rows_apart, 1.0)),
        findings=calibration.findings,
        files=tuple(member.file.path for member in members),
        facts=facts_for_storage(
            finest.header, image_set=image_set.id, rule=image_set.rule, instances=[member.facts for member in members]
        ),
    )
