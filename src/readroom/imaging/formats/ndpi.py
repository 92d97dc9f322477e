"""Hamamatsu NDPI: pages that are one JPEG each, cut at its restart markers; openslide makes a table of all of them."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path

from readroom.imaging.errors import CorruptFile, TooLarge
from readroom.imaging.formats.codestreams import WITHOUT_LENGTH

MARKS = (b"II*\0", b"MM\0*")
COLUMNS, ROWS, START = 256, 257, 273
HEADER_BYTES = 1 << 16
MOST_STRIPS = 1 << 24
BLOCK = 8
"""Pixels of the smallest block between restart markers, on a side."""


def check_pages(path: Path, name: str) -> None:
    """Refuse a page with more stretches between restart markers than a slide can have; its chain is sound."""
    with path.open("rb") as file:
        for values in read_pages(file.fileno()):
            columns, rows = values.get(COLUMNS, 0), values.get(ROWS, 0)
            if not 0 < columns < 1 << 31 or not 0 < rows < 1 << 31:
                raise CorruptFile(f"{name} does not tell the size of a page; export it again from the original.")
            interval = restart_interval(os.pread(file.fileno(), HEADER_BYTES, values.get(START, 0)))
            if interval and columns * rows > MOST_STRIPS * interval * BLOCK * BLOCK:
                raise TooLarge(f"{name} declares {columns} x {rows} pixels, more than it can hold; export it again.")


def read_pages(descriptor: int) -> Iterator[dict[int, int]]:
    """Single numbers of every page, by tag."""
    order = "<" if os.pread(descriptor, 2, 0) == b"II" else ">"
    (at,) = struct.unpack(f"{order}I", os.pread(descriptor, 4, 4))
    while at:
        (count,) = struct.unpack(f"{order}H", os.pread(descriptor, 2, at))
        values = {}
        for tag, kind, amount, value in struct.iter_unpack(f"{order}HHI4s", os.pread(descriptor, 12 * count, at + 2)):
            if amount == 1 and kind in (3, 4):
                values[tag] = struct.unpack_from(order + ("H" if kind == 3 else "I"), value)[0]
        yield values
        (at,) = struct.unpack(f"{order}I", os.pread(descriptor, 4, at + 2 + 12 * count))


def restart_interval(data: bytes) -> int:
    """Blocks between two restart markers of a JPEG (ISO 10918-1 B.2.4.4); 0 when there are none."""
    at = 2
    while at + 6 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        if data[at + 1] == 0xDD:
            return int.from_bytes(data[at + 4 : at + 6], "big")
        at += 2 if data[at + 1] in WITHOUT_LENGTH else 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return 0
