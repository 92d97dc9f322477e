"""How one frame becomes bytes and comes back, bit for bit.

Pictures of integers of 8 and 16 bits are HTJ2K (reversible, RPCL, a TLM marker, one tile-part per resolution), so that
a codestream cut at the end of a tile-part decodes exactly to a smaller frame. Everything else is zstd over shuffled
bytes.
"""

from __future__ import annotations

import struct
from itertools import pairwise
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from readroom.imaging.errors import DamagedPack
from readroom.imaging.source import Frame

HTJ2K = "htj2k"
ZSTD = "zstd"
COARSE_AREAS = (128 * 128, 256 * 256)
"""Pixels of a frame in the coarse bands, at most."""
_USUAL_DECOMPOSITIONS = 5
_START_OF_TILE_PART, _END_OF_CODESTREAM = 0xFF90, 0xFFD9


def choose_codec(dtype: np.dtype[Any], rows: int, columns: int) -> str:
    """Name the codec that keeps every frame of this type and size without loss.

    Frames with one row or one column are no pictures, and OpenJPH 0.32 loses their lowest values.

    >>> choose_codec(np.dtype("uint8"), 512, 1)
    'zstd'
    """
    return HTJ2K if dtype.kind in "iu" and dtype.itemsize <= 2 and min(rows, columns) > 1 else ZSTD


def reduced_size(size: int, level: int) -> int:
    """Rows or columns that are left after halving ``level`` times, rounding up."""
    return -(-size >> level)


def choose_levels(codec: str, rows: int, columns: int) -> tuple[int, ...]:
    """Levels of the bands of a frame, coarsest first.

    >>> choose_levels("htj2k", 512, 512)
    (2, 1, 0)
    """
    if codec != HTJ2K:
        return (0,)
    levels = {0}
    for area in COARSE_AREAS:
        level = 0
        while reduced_size(rows, level) * reduced_size(columns, level) > area:
            level += 1
        levels.add(level)
    return tuple(sorted(levels, reverse=True))


def encode_frame(codec: str, frame: Frame, levels: tuple[int, ...]) -> list[bytes]:
    """Encode a frame and cut the codestream into one part per band."""
    if codec == ZSTD:
        return [bytes(imagecodecs.zstd_encode(_shuffle(frame).tobytes(), level=1))]
    shortest = max(min(frame.shape[:2]), 1)
    decompositions = max(1, levels[0], min(_USUAL_DECOMPOSITIONS, shortest.bit_length() - 1))
    codestream = bytes(
        imagecodecs.htj2k_encode(
            np.ascontiguousarray(frame),
            reversible=True,
            tlm=True,
            tilepart=imagecodecs.HTJ2K.TILEPART.RESOLUTIONS,
            resolutions=decompositions,
        )
    )
    ends = _tile_part_ends(codestream)
    cuts = [0, *(ends[decompositions - level] for level in levels[:-1]), len(codestream)]
    return [codestream[start:end] for start, end in pairwise(cuts)]


def decode_frame(
    codec: str, codestream: bytes, *, shape: tuple[int, ...], dtype: np.dtype[Any], level: int = 0
) -> Frame:
    """Decode a frame, or its coarser self from the parts up to ``level``; ``shape`` is that of the full frame."""
    if codec == ZSTD:
        return _unshuffle(codestream, shape, dtype)
    smaller = (reduced_size(shape[0], level), reduced_size(shape[1], level), *shape[2:])
    try:
        frame: Frame = imagecodecs.htj2k_decode(codestream, skipres=level or None, resilient=level > 0)
    except (RuntimeError, ValueError) as problem:
        raise DamagedPack("A frame of the pack cannot be decoded; import the original files again.") from problem
    if frame.dtype != dtype or frame.size != np.prod(smaller, dtype=np.int64):
        raise DamagedPack("A frame of the pack has another size than its index says; import the original files again.")
    return frame.reshape(smaller)


def _tile_part_ends(codestream: bytes) -> list[int]:
    """Where each tile-part ends (ISO/IEC 15444-1, A.4.2), coarsest resolution first."""
    ends = []
    position = 2
    while (marker := struct.unpack_from(">H", codestream, position)[0]) != _END_OF_CODESTREAM:
        if marker == _START_OF_TILE_PART:
            position += struct.unpack_from(">I", codestream, position + 6)[0]
            ends.append(position)
        else:
            position += 2 + struct.unpack_from(">H", codestream, position + 2)[0]
    return ends


def _shuffle(frame: Frame) -> NDArray[np.uint8]:
    """First bytes of all values, then all second bytes: alike beside alike compresses better."""
    values = np.ascontiguousarray(frame, dtype=frame.dtype.newbyteorder("<"))
    return np.ascontiguousarray(values.reshape(-1).view(np.uint8).reshape(values.size, values.itemsize).T)


def _unshuffle(codestream: bytes, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Frame:
    count = int(np.prod(shape, dtype=np.int64))
    try:
        planes = np.frombuffer(imagecodecs.zstd_decode(codestream, out=count * dtype.itemsize), np.uint8)
        values = np.ascontiguousarray(planes.reshape(dtype.itemsize, count).T)
    except (RuntimeError, ValueError) as problem:
        raise DamagedPack("A frame of the pack cannot be decoded; import the original files again.") from problem
    frame: Frame = values.reshape(-1).view(dtype.newbyteorder("<")).astype(dtype, copy=False).reshape(shape)
    return frame
