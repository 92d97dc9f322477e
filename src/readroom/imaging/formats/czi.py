"""Zeiss CZI: the tables that openslide believes, checked before it sees them."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path

from readroom.imaging.errors import CorruptFile, TooLarge, TruncatedFile
from readroom.imaging.formats.bounds import FRAME_BYTES, MIB

MARK = b"ZISRAWFILE"
PLACES = struct.Struct("<84xq12xq")
"""Of the directory of tiles and of the attachments, in the header."""
DIRECTORY, ATTACHMENTS = struct.Struct("<16s8xqi124x"), struct.Struct("<16s16xi252x")
ENTRY, DIMENSION, ATTACHMENT = struct.Struct("<2s4xq14xi"), struct.Struct("<4siifi"), struct.Struct("<2s10xq20x8s80x")
DIRECTORY_BYTES = 256 * MIB
MOST_TILES, MOST_ATTACHMENTS, MOST_DIMENSIONS = 2_000_000, 1000, 16
FARTHEST = 1 << 30
EMBEDDED = 288
"""Bytes before the content of an attachment."""


def check_tables(path: Path, name: str) -> None:
    """Refuse tiles without a size or of an impossible one; also those of slides within the slide (label, preview)."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        tiles, attachments = PLACES.unpack(read_at(file.fileno(), 0, PLACES.size, name))
        check_directory(file.fileno(), tiles, size, name)
        for inner in embedded_files(file.fileno(), attachments, name):
            tiles, _ = PLACES.unpack(read_at(file.fileno(), inner, PLACES.size, name))
            check_directory(file.fileno(), inner + tiles, size, name)


def read_at(descriptor: int, at: int, length: int, name: str) -> bytes:
    data = os.pread(descriptor, length, at) if 0 <= at < 1 << 62 else b""
    if len(data) < length:
        raise TruncatedFile(f"{name} ends inside one of its tables; upload it again from the original.")
    return data


def check_directory(descriptor: int, at: int, size: int, name: str) -> None:
    mark, used, count = DIRECTORY.unpack(read_at(descriptor, at, DIRECTORY.size, name))
    length = used - (DIRECTORY.size - 32)
    if not mark.startswith(b"ZISRAWDIRECTORY") or not 0 < count <= MOST_TILES or length < 0:
        raise CorruptFile(f"{name} has no list of its tiles; export it again from the original.")
    if length > DIRECTORY_BYTES:
        raise TooLarge(f"{name} lists more tiles than a slide can have; export a part of it.")
    table = read_at(descriptor, at + DIRECTORY.size, length, name)
    position = 0
    for _ in range(count):
        position = check_tile(table, position, size, name)


def check_tile(table: bytes, position: int, size: int, name: str) -> int:
    """Check one tile; returns where the next begins."""
    if position + ENTRY.size > len(table):
        raise TruncatedFile(f"{name} ends inside the list of its tiles; upload it again from the original.")
    mark, place, count = ENTRY.unpack_from(table, position)
    end: int = position + ENTRY.size + count * DIMENSION.size
    if mark != b"DV" or not 0 <= place < size or not 0 < count <= MOST_DIMENSIONS or end > len(table):
        raise CorruptFile(f"{name} lists a tile that is none; export it again from the original.")
    stored = {b"X": 0, b"Y": 0}
    for axis, start, shown, _, kept in DIMENSION.iter_unpack(table[position + ENTRY.size : end]):
        axis_name = axis.rstrip(b"\0")
        if axis_name in stored:
            stored[axis_name] = kept
            if not 0 < kept <= shown < FARTHEST or abs(start) > FARTHEST:
                raise CorruptFile(f"{name} lists a tile of an impossible size or place; export it again.")
    if stored[b"X"] * stored[b"Y"] * 8 > FRAME_BYTES or 0 in stored.values():
        raise TooLarge(f"{name} lists a tile that is too large; export it with smaller tiles.")
    return end


def embedded_files(descriptor: int, at: int, name: str) -> Iterator[int]:
    """Where the slides within the slide begin."""
    mark, count = ATTACHMENTS.unpack(read_at(descriptor, at, ATTACHMENTS.size, name))
    if not mark.startswith(b"ZISRAWATTDIR") or not 0 <= count <= MOST_ATTACHMENTS:
        raise CorruptFile(f"{name} has no list of its attachments; export it again from the original.")
    for number in range(count):
        entry = read_at(descriptor, at + ATTACHMENTS.size + number * ATTACHMENT.size, ATTACHMENT.size, name)
        _, place, kind = ATTACHMENT.unpack(entry)
        if kind.rstrip(b"\0") == b"CZI":
            yield place + EMBEDDED
