"""MIRAX, the slides of 3DHISTECH: a preview, a description, an index and data files full of tiles.

openslide believes the index. Before it does, every pointer, number and place in it is checked here: chains of pages
end, tiles lie within the data files and near the place that they belong to.
"""

from __future__ import annotations

import itertools
import os
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from readroom.imaging.errors import CorruptFile, TooLarge, TruncatedFile
from readroom.imaging.formats.bounds import MIB, label
from readroom.imaging.formats.keyfiles import KeyFile, read_key_file
from readroom.imaging.formats.slideparts import Parts, Staging
from readroom.imaging.source import UploadedFile

DESCRIPTION = "Slidedat.ini"
GENERAL, TREE, DATA = "GENERAL", "HIERARCHICAL", "DATAFILE"
VERSION = b"01.02"
MOST_FILES, MOST_LEVELS, MOST_NAMES = 10_000, 20, 1000
MOST_ACROSS, MOST_PHOTOS, MOST_DIVISIONS = 100_000, 4_000_000, 64
LARGEST_TILE = 4096
INDEX_BYTES = 256 * MIB
MOST_PAGES = 100_000
PLACE = np.dtype([("flag", "u1"), ("x", "<i4"), ("y", "<i4")])
PLAIN_PLACES, PACKED_PLACES = "VIMSLIDE_POSITION_BUFFER", "StitchingIntensityLayer"
FARTHEST = 4
"""Sizes of a photo that the stage may be off its nominal place."""
MARKS = {"JPEG": b"\xff\xd8", "PNG": b"\x89PNG", "BMP24": b"BM"}


@dataclass(frozen=True, slots=True)
class Level:
    """One zoom level: how its tiles are coded, their size, and how many of the finest it joins on a side."""

    mark: bytes
    columns: int
    rows: int
    overlap: tuple[float, float]
    joined: int


@dataclass(frozen=True, slots=True)
class Grid:
    """The tiles of a slide: photos stand beside each other, each cut into ``divisions`` x ``divisions`` tiles."""

    across: int
    down: int
    divisions: int
    levels: tuple[Level, ...]

    @property
    def photos_across(self) -> int:
        return self.across // self.divisions

    @property
    def photos(self) -> int:
        return self.photos_across * (self.down // self.divisions)


def find_parts(parts: Parts) -> Staging:
    """Find and check the files of a ``.mrxs``: beside it in a folder of its name, or, uploaded flat, beside it."""
    stem = label(parts.file).rsplit(".", 1)[0]
    folder = f"{stem}/"
    description = parts.find(DESCRIPTION, folder=folder, is_optional=True)
    if description is None:
        folder = ""
        description = parts.find(DESCRIPTION, is_optional=True)
    if description is None:
        parts.missing.append(f"{stem}/{DESCRIPTION}")
        parts.require_all()
    assert description is not None
    keys = read_key_file(description)
    count = keys.whole(DATA, "FILE_COUNT", least=1, most=MOST_FILES)
    index = parts.find(keys.text(TREE, "INDEXFILE"), folder=folder)
    data = [parts.find(keys.text(DATA, f"FILE_{number}"), folder=folder) for number in range(count)]
    parts.require_all()
    assert index is not None
    present = [part for part in data if part is not None]
    check_index(index, present, keys, read_grid(keys))
    changed: dict[tuple[str, str], str | None] = {(DATA, f"FILE_{i}"): f"data-{i}" for i in range(count)}
    changed[TREE, "INDEXFILE"] = "index"
    links = {f"slide/data-{number}": part for number, part in enumerate(present)}
    texts = {"slide.mrxs": b"", f"slide/{DESCRIPTION}": keys.written(changed)}
    return Staging("slide.mrxs", texts, links | {"slide/index": index})


def read_grid(keys: KeyFile) -> Grid:
    """Read the sizes that openslide makes tables of."""
    across = keys.whole(GENERAL, "IMAGENUMBER_X", least=1, most=MOST_ACROSS)
    down = keys.whole(GENERAL, "IMAGENUMBER_Y", least=1, most=MOST_ACROSS)
    divisions = keys.whole(GENERAL, "CameraImageDivisionsPerSide", least=1, most=MOST_DIVISIONS, otherwise=1)
    if across * down > MOST_PHOTOS:
        raise TooLarge(f"{keys.name} declares {across} x {down} tiles, more than {MOST_PHOTOS:,}; export a part of it.")
    keys.whole(TREE, "HIER_COUNT", least=1, most=MOST_NAMES)
    count = keys.whole(TREE, "HIER_0_COUNT", least=1, most=MOST_LEVELS)
    exponent = 0
    levels = []
    for number in range(count):
        section = keys.text(TREE, f"HIER_0_VAL_{number}_SECTION")
        exponent += keys.whole(section, "IMAGE_CONCAT_FACTOR", least=int(number > 0), most=MOST_LEVELS)
        if exponent > MOST_LEVELS:
            raise CorruptFile(f"{keys.name} declares levels that are too coarse; export the slide again.")
        levels.append(read_level(keys, section, 1 << exponent, divisions))
    return Grid(across, down, divisions, tuple(levels))


def read_level(keys: KeyFile, section: str, joined: int, divisions: int) -> Level:
    columns = keys.whole(section, "DIGITIZER_WIDTH", least=1, most=LARGEST_TILE)
    rows = keys.whole(section, "DIGITIZER_HEIGHT", least=1, most=LARGEST_TILE)
    overlap = keys.decimal(section, "OVERLAP_X"), keys.decimal(section, "OVERLAP_Y")
    mark = MARKS.get(keys.text(section, "IMAGE_FORMAT"))
    if mark is None:
        raise CorruptFile(f"{keys.name} names a code of tiles that is not known; export the slide again.")
    tiles, shares = max(joined // divisions, 1), max(divisions // joined, 1)
    for size, shared in zip((columns, rows), overlap, strict=True):
        if not 0 <= shared / shares < 0.9 * size / tiles:
            raise CorruptFile(f"{keys.name} declares tiles that overlap more than they can; export the slide again.")
    return Level(mark, columns, rows, overlap, joined)


def check_index(index: UploadedFile, data: Sequence[UploadedFile], keys: KeyFile, grid: Grid) -> None:
    """Walk the whole index."""
    if index.path.stat().st_size > INDEX_BYTES:
        raise TooLarge(f"{label(index)} is longer than an index of a slide can be; export the slide again.")
    content = index.path.read_bytes()
    start = VERSION + keys.text(GENERAL, "SLIDE_ID").encode()
    if not keys.text(GENERAL, "SLIDE_ID") or not content.startswith(start):
        raise CorruptFile(f"{label(index)} belongs to another slide than {keys.name}; upload the files of one slide.")
    pages = Pages(label(index), content, data)
    places = read_places(pages, keys, grid, root=len(start) + 4)
    first = pages.number(len(start))
    for number, level in enumerate(grid.levels):
        most = grid.across * grid.down
        for records in pages.walk(pages.number(first + 4 * number), most):
            pages.check_tiles(records, level, most)
            check_photos(records[:, 0], places, grid, level, label(index))


@dataclass(frozen=True, slots=True)
class Pages:
    """An index: pages of records that stand in a chain."""

    name: str
    content: bytes
    data: Sequence[UploadedFile]

    def number(self, at: int) -> int:
        if at < 0 or at + 4 > len(self.content):
            raise TruncatedFile(f"{self.name} points beyond its own end; upload it again from the original.")
        return int.from_bytes(self.content[at : at + 4], "little", signed=True)

    def walk(self, at: int, most: int) -> Iterator[NDArray[np.int32]]:
        """Rows of tile, offset, length and data file; ``at`` is where a chain begins."""
        if self.number(at) != 0:
            raise self.damaged()
        page = self.number(at + 4)
        total = 0
        for seen in itertools.count():
            count = self.number(page)
            total += max(count, 0)
            if count < 0 or total > most or seen > MOST_PAGES or page + 8 + 16 * count > len(self.content):
                raise self.damaged()
            yield np.frombuffer(self.content, "<i4", 4 * count, page + 8).reshape(-1, 4)
            page = self.number(page + 4)
            if page == 0:
                return

    def check_tiles(self, records: NDArray[np.int32], level: Level, most: int) -> None:
        """Refuse tiles that are beyond the grid or the data, or that do not begin as one."""
        tiles, files = records[:, 0], records[:, 3]
        if len(records) and (records.min() < 0 or tiles.max() >= most or files.max() >= len(self.data)):
            raise self.damaged()
        for number in np.unique(files).tolist():
            part = self.data[number]
            mine = records[files == number]
            with part.path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                if (mine[:, 1].astype(np.int64) + mine[:, 2]).max() > size:
                    raise TruncatedFile(f"{label(part)} ends before its tiles do; upload it again from the original.")
                for offset in mine[:, 1].tolist():
                    if os.pread(file.fileno(), len(level.mark), offset) != level.mark:
                        raise CorruptFile(f"A tile in {label(part)} is damaged; upload it again from the original.")

    def record(self, root: int, number: int) -> bytes:
        """Bytes of a record that is no tile."""
        page = self.number(self.number(root) + 4 * number)
        page = self.number(page + 4)
        offset, size, file = (self.number(page + 16 + 4 * i) for i in range(3))
        if not 0 <= file < len(self.data) or offset < 0 or not 0 <= size <= MOST_PHOTOS * PLACE.itemsize:
            raise self.damaged()
        with self.data[file].path.open("rb") as opened:
            content = os.pread(opened.fileno(), size, offset)
        if len(content) < size:
            part = label(self.data[file])
            raise TruncatedFile(f"{part} ends before its places do; upload it again from the original.")
        return content

    def damaged(self) -> CorruptFile:
        return CorruptFile(f"{self.name} is damaged; upload it again from the original.")


def read_places(pages: Pages, keys: KeyFile, grid: Grid, *, root: int) -> NDArray[np.void] | None:
    """Where the stage stood for every photo; None when that is not recorded."""
    records: dict[str, int] = {}
    total = 0
    for i in range(keys.whole(TREE, "NONHIER_COUNT", least=0, most=MOST_NAMES)):
        records.setdefault(keys.text(TREE, f"NONHIER_{i}_NAME"), total)
        total += keys.whole(TREE, f"NONHIER_{i}_COUNT", least=1, most=MOST_NAMES)
    expected = grid.photos * PLACE.itemsize
    if PLAIN_PLACES in records:
        content = pages.record(root, records[PLAIN_PLACES])
    elif PACKED_PLACES in records:
        inflate = zlib.decompressobj()
        try:
            content = inflate.decompress(pages.record(root, records[PACKED_PLACES]), expected + 1)
        except zlib.error:
            raise pages.damaged() from None
    else:
        return None
    if len(content) != expected:
        raise pages.damaged()
    return np.frombuffer(content, PLACE)


def check_photos(
    tiles: NDArray[np.int32], places: NDArray[np.void] | None, grid: Grid, level: Level, name: str
) -> None:
    """Refuse tiles of photos that are in no table or far from where they belong, where openslide would search."""
    finest = grid.levels[0]
    has_own_places = places is not None or any(finest.overlap)
    reach = (max(level.joined // grid.divisions, 1) - 1) * grid.divisions if has_own_places else 0
    down, across = np.divmod(tiles, grid.across)
    last = np.minimum(down + reach, grid.down - 1) // grid.divisions * grid.photos_across
    if len(tiles) and (last + np.minimum(across + reach, grid.across - 1) // grid.divisions).max() >= grid.photos:
        raise CorruptFile(f"{name} is damaged; upload it again from the original.")
    if level is not finest or places is None:
        return
    rows, columns = down // grid.divisions, across // grid.divisions
    mine = places[rows * grid.photos_across + columns]
    is_somewhere = (mine["x"] != 0) | (mine["y"] != 0)
    for axis, count, size, overlap in (
        ("x", columns, finest.columns, finest.overlap[0]),
        ("y", rows, finest.rows, finest.overlap[1]),
    ):
        photo = size * grid.divisions
        off = np.abs(mine[axis].astype(np.int64) * finest.joined - count * (photo - overlap))
        if (off[is_somewhere] > FARTHEST * photo).any():
            raise CorruptFile(f"{name} puts a photo far from its place; export the slide again from the original.")
