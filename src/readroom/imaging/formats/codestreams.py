"""Sizes that compressed pictures declare, read before anything decodes them."""

from __future__ import annotations

import struct

START_OF_FRAME = frozenset({*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)})
WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
J2K_MARK = b"\xff\x4f\xff\x51"


def declared_size(data: bytes) -> tuple[int, int] | None:
    """Rows and columns of a JPEG or JPEG 2000 stream, or None when it declares none."""
    start = data.find(J2K_MARK, 0, 4096)
    if start >= 0 and not data.startswith(b"\xff\xd8"):
        return size_of_j2k(data, start)
    return size_of_jpeg(data)


def size_of_j2k(data: bytes, start: int) -> tuple[int, int] | None:
    """Read the SIZ marker (ISO 15444-1 A.5.1)."""
    if len(data) < start + 24:
        return None
    right, bottom, left, top = struct.unpack_from(">4I", data, start + 8)
    return max(bottom - top, 0), max(right - left, 0)


def size_of_jpeg(data: bytes) -> tuple[int, int] | None:
    """Walk the markers up to the start of the frame (ISO 10918-1 B.2.2)."""
    if not data.startswith(b"\xff\xd8"):
        return None
    at = 2
    while at + 9 <= len(data):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in WITHOUT_LENGTH:
            at += 2
        elif marker in START_OF_FRAME:
            rows, columns = struct.unpack_from(">2H", data, at + 5)
            return rows, columns
        else:
            (length,) = struct.unpack_from(">H", data, at + 2)
            at += 2 + max(length, 2)
    return None
