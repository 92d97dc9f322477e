"""What a header may claim before anything is allocated for it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from readroom.imaging.errors import (
    CorruptFile,
    EmptyFile,
    MissingCompanion,
    TooLarge,
    TruncatedFile,
    UnsupportedContent,
)
from readroom.imaging.source import Siblings, UploadedFile

MIB = 1 << 20
HEADER_BYTES = MIB
"""Longest text header that is read."""
FRAME_BYTES = 256 * MIB
"""Largest decoded frame."""
IMAGE_BYTES = 64 * 1024 * MIB
"""Largest decoded image."""


def check_sizes(sizes: Sequence[int], *, frame_axes: int, item_bytes: int, name: str) -> int:
    """Refuse sizes that are not positive or too large; return the bytes of the image.

    Parameters
    ----------
    sizes : sequence of int
        In numpy order.
    frame_axes : int
        How many of them, counted from the last, make a frame.
    item_bytes : int
        Bytes of one value.
    name : str
        Of the file, for the message.
    """
    written = " x ".join(str(size) for size in sizes)
    if not sizes or min(sizes) < 1:
        raise CorruptFile(f"{name} declares the size {written}; export it again from the original.")
    total = math.prod(sizes) * item_bytes
    if math.prod(sizes[len(sizes) - frame_axes :]) * item_bytes > FRAME_BYTES:
        raise TooLarge(f"{name} declares {written} values; one frame may have {FRAME_BYTES // MIB} MiB at most.")
    if total > IMAGE_BYTES:
        raise TooLarge(f"{name} declares {written} values; an image may have {IMAGE_BYTES // MIB // 1024} GiB at most.")
    return total


def file_bytes(path: Path, name: str) -> int:
    """Size of a file that must not be empty."""
    size = path.stat().st_size
    if size == 0:
        raise EmptyFile(f"{name} is empty; upload it again.")
    return size


def check_available(needed: int, available: int, name: str) -> None:
    """Refuse a file that ends before its pixels do."""
    if available < needed:
        raise TruncatedFile(
            f"{name} should hold {needed} bytes of pixels, but {max(available, 0)} are there; "
            "upload it again from the original."
        )


def label(file: UploadedFile) -> str:
    """Name of a file without its folders."""
    return file.name.rsplit("/", 1)[-1]


def find_companion(named: str, file: UploadedFile, siblings: Siblings) -> UploadedFile:
    """Find the one file that holds the pixels of a header."""
    if named.upper().startswith("LIST") or "%" in named:
        raise UnsupportedContent(f"{label(file)} spreads its pixels over a list of files; save them as one file.")
    companion = siblings(named)
    if companion.path == file.path:
        raise MissingCompanion(f"{label(file)} names itself as the file of its pixels; upload that file with it.")
    return companion


def parse_numbers(text: str, *, count: int, what: str, name: str) -> tuple[float, ...]:
    """Read finite decimal numbers, exactly as many as there must be."""
    try:
        values = tuple(float(word) for word in text.replace(",", " ").split())
    except ValueError:
        values = ()
    if len(values) != count or not all(math.isfinite(value) for value in values):
        raise CorruptFile(f"{name}: {what} should be {count} numbers; export the file again from the original.")
    return values


def parse_sizes(text: str, *, count: int, what: str, name: str) -> tuple[int, ...]:
    """Read whole numbers, exactly as many as there must be."""
    values = parse_numbers(text, count=count, what=what, name=name)
    if any(value != int(value) or abs(value) > 2**53 for value in values):
        raise CorruptFile(f"{name}: {what} should be whole numbers; export the file again from the original.")
    return tuple(int(value) for value in values)
