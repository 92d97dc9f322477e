"""An image as a stream of compressed blocks: frames are decoded, converted and deflated by threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from isal import isal_zlib

from readroom.imaging.pipeline import map_in_order
from readroom.imaging.source import ImageSource
from readroom.imaging.writing.values import ValuePlan

_BLOCK_BYTES = 1 << 20
EMPTY_LAST_BLOCK = b"\x03\x00"
"""Ends a stream of deflated blocks (RFC 1951, 3.2.6)."""

Checksum = Callable[[bytes, int], int]
Block = tuple[bytes, bytes]
"""Raw and deflated."""


def raw_blocks(source: ImageSource, plan: ValuePlan, *, threads: int) -> Iterator[bytes]:
    """Yield the values of the file in its order, about a megabyte at a time."""
    yield from map_in_order(lambda frames: _values(source, plan, frames), _groups(source, plan), threads=threads)


def deflated_blocks(source: ImageSource, plan: ValuePlan, *, threads: int) -> Iterator[Block]:
    """Yield values with their deflated form; blocks follow one another in one stream."""

    def work(frames: range) -> Block:
        raw = _values(source, plan, frames)
        packer = isal_zlib.compressobj(1, isal_zlib.DEFLATED, -15)
        return raw, packer.compress(raw) + packer.flush(isal_zlib.Z_FULL_FLUSH)

    yield from map_in_order(work, _groups(source, plan), threads=threads)


def _groups(source: ImageSource, plan: ValuePlan) -> Iterator[range]:
    """Yield frames that make a block together."""
    header = source.header
    frame_bytes = max(plan.dtype.itemsize, 1)
    for size in header.frame_shape:
        frame_bytes *= size
    together = max(_BLOCK_BYTES // frame_bytes, 1)
    for start in range(0, header.frame_count, together):
        yield range(start, min(start + together, header.frame_count))


def _values(source: ImageSource, plan: ValuePlan, frames: range) -> bytes:
    return b"".join(plan.convert(source.frame(number), number).tobytes() for number in frames)
