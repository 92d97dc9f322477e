"""One resolution of a DICOM slide: tiles of one instance, or of the instances of a concatenation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from readroom.imaging.dicom import tags
from readroom.imaging.dicom.elements import Elements
from readroom.imaging.dicom.pixels import FrameReader
from readroom.imaging.dicom.sources import Member
from readroom.imaging.errors import CorruptFile, MissingCompanion
from readroom.imaging.source import Frame

Place = tuple[int, int]
"""Row and column of a tile's first pixel."""
Tile = tuple[FrameReader, int]
"""Who reads it, and the number of its frame there."""


@dataclass(frozen=True, slots=True)
class Level:
    """One resolution of a slide: which frame holds which tile."""

    rows: int
    columns: int
    tile_rows: int
    tile_columns: int
    tiles: Mapping[Place, Tile]
    is_regular: bool = True
    """All tiles stand on one grid without overlap."""

    def paint(self, region: Frame, row: int, column: int) -> None:
        """Copy all tiles that touch ``region``, whose first pixel is (row, column) of the level."""
        bottom, right = row + region.shape[0], column + region.shape[1]
        for (top, left), (reader, frame) in self._touched(row, column, bottom, right):
            tile = reader.frame(frame)
            tile = np.repeat(tile[..., None], 3, axis=2) if tile.ndim == 2 else tile
            y, x = max(top, row), max(left, column)
            height = min(top + self.tile_rows, bottom, self.rows) - y
            width = min(left + self.tile_columns, right, self.columns) - x
            if height > 0 and width > 0:
                part = tile[y - top : y - top + height, x - left : x - left + width]
                region[y - row : y - row + height, x - column : x - column + width] = part

    def _touched(self, row: int, column: int, bottom: int, right: int) -> Iterator[tuple[Place, Tile]]:
        height, width = self.tile_rows, self.tile_columns
        rows, columns = range(max(row, 0), min(bottom, self.rows)), range(max(column, 0), min(right, self.columns))
        if not rows or not columns:
            return
        if not self.is_regular:
            for place, tile in self.tiles.items():
                if row - height < place[0] < bottom and column - width < place[1] < right:
                    yield place, tile
            return
        for top in range(rows[0] // height * height, rows[-1] + 1, height):
            for left in range(columns[0] // width * width, columns[-1] + 1, width):
                if (top, left) in self.tiles:
                    yield (top, left), self.tiles[top, left]


def parts_of(members: Sequence[Member]) -> list[Member]:
    """Instances that hold one level: the first, and what is concatenated with it (PS3.3 C.7.6.16.2.2)."""
    concatenation = _concatenation(members[0])
    if not concatenation:
        return [members[0]]
    parts = {_offset(part): part for part in reversed(members) if _concatenation(part) == concatenation}
    total = members[0].header.elements.short(tags.IN_CONCATENATION_TOTAL_NUMBER) or 0
    if len(parts) < total:
        raise MissingCompanion(
            f"A level of the slide is in {total} files, and {len(parts)} were uploaded; upload all of them together."
        )
    return [parts[offset] for offset in sorted(parts)]


def _concatenation(member: Member) -> str:
    return member.header.elements.text(tags.CONCATENATION_UID)


def open_level(parts: Sequence[Member], rows: int, columns: int) -> Level:
    """Find the place of every tile."""
    form = parts[0].reader.format
    height, width = form.rows, form.columns
    if any((part.reader.format.rows, part.reader.format.columns) != (height, width) for part in parts):
        raise CorruptFile("The files of one level of the slide have tiles of several sizes; export it again.")
    tiles: dict[Place, Tile] = {}
    for part in parts:
        for place, frame in _sparse_tiles(part.header.elements, part.reader.count).items():
            tiles.setdefault(place, (part.reader, frame))
    tiles = tiles or _full_tiles(parts, across=-(-columns // width), down=-(-rows // height))
    is_regular = all(top % height == 0 and left % width == 0 for top, left in tiles)
    return Level(rows, columns, height, width, tiles, is_regular)


def _full_tiles(parts: Sequence[Member], *, across: int, down: int) -> dict[Place, Tile]:
    """Tiles row by row; further focal planes and optical paths follow the first (PS3.3 C.7.6.17.3)."""
    form, wanted = parts[0].reader.format, across * down
    tiles: dict[Place, Tile] = {}
    for part in parts:
        first = _offset(part)
        for i in range(first, min(first + part.reader.count, wanted)):
            tiles[i // across * form.rows, i % across * form.columns] = (part.reader, i - first)
    if len(tiles) < wanted:
        raise CorruptFile(f"The slide needs {wanted:,} tiles and the file holds {len(tiles):,}.")
    return tiles


def _offset(member: Member) -> int:
    """Frames of the concatenation that stand in front of an instance's."""
    found = member.header.elements.numbers(tags.CONCATENATION_FRAME_OFFSET_NUMBER, "I")
    return int(found[0]) if found else 0


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
