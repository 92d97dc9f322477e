from __future__ import annotations

import struct
from os import PathLike
from pathlib import Path
from typing import BinaryIO

import numpy as np
from isal import isal_zlib

from readroom.imaging.atomic import write_atomically
from readroom.imaging.errors import UnsupportedContent
from readroom.imaging.source import ImageHeader, ImageSource
from readroom.imaging.volume import Points, affine_of, samples_of, shared_scale, spatial_shape
from readroom.imaging.writing.blocks import EMPTY_LAST_BLOCK, deflated_blocks
from readroom.imaging.writing.values import ValuePlan, plan_values

_HEADER = struct.Struct("<i10s18sihcb8h3f4h8f3fhbb4f2i80s24s2h3f3f4f4f4f16s4s")
_DATA_OFFSET = 352
_DATA_TYPES = {
    "u1": 2,
    "i2": 4,
    "i4": 8,
    "f4": 16,
    "f8": 64,
    "i1": 256,
    "u2": 512,
    "u4": 768,
    "i8": 1024,
    "u8": 1280,
}
_COLOR_TYPES = {3: 128, 4: 2304}
_MILLIMETRES_AND_SECONDS = 2 | 8
_SCANNER_COORDINATES = 1
_LONGEST_AXIS = 32767
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x04\xff"


def write_nifti(source: ImageSource, path: str | PathLike[str], *, threads: int = 2) -> None:
    """Write an image as NIfTI-1, compressed (``.nii.gz``).

    >>> with Pack.open("chest.pack") as pack:  # doctest: +SKIP
    ...     write_nifti(pack, "chest.nii.gz")

    The affine is that of RAS coordinates, as NIfTI has them: the geometry's LPS with x and y negated. Stored values
    are kept as they are, with slope and intercept in the header; where these differ between frames real values are
    written instead.

    Parameters
    ----------
    source : ImageSource
        A `Pack`, a `Volume` or another image.
    path : path-like
        Where to. The file appears whole or not at all.
    threads : int
        Frames decoded and deflated at once.

    Raises
    ------
    UnsupportedContent
        NIfTI-1 cannot hold it: colour of more than 8 bits, or an axis longer than 32,767.
    """
    scale = shared_scale(source.header)
    plan = plan_values(source)
    if scale is not None and source.header.dtype != np.float16:
        plan = ValuePlan(source.header.dtype.newbyteorder("<"), source.header, is_scaled=False)
    header = _header(source.header, plan)
    with write_atomically(Path(path)) as file:
        _write_gzip(file, header, source, plan, threads=threads)


def _write_gzip(file: BinaryIO, header: bytes, source: ImageSource, plan: ValuePlan, *, threads: int) -> None:
    """Write one gzip member (RFC 1952) of independently deflated blocks."""
    first = isal_zlib.compressobj(1, isal_zlib.DEFLATED, -15)
    file.write(_GZIP_HEADER + first.compress(header) + first.flush(isal_zlib.Z_FULL_FLUSH))
    check, size = isal_zlib.crc32(header), len(header)
    for raw, deflated in deflated_blocks(source, plan, threads=threads):
        check = isal_zlib.crc32(raw, check)
        size += len(raw)
        file.write(deflated)
    file.write(EMPTY_LAST_BLOCK + struct.pack("<II", check, size & 0xFFFFFFFF))


def _header(header: ImageHeader, plan: ValuePlan) -> bytes:
    slices, rows, columns = spatial_shape(header)
    samples = samples_of(header)
    if max(slices, rows, columns, header.time_points) > _LONGEST_AXIS:
        raise UnsupportedContent("NIfTI-1 holds no axis longer than 32,767; write a MetaImage instead.")
    if samples > 1 and plan.dtype != np.uint8:
        raise UnsupportedContent("NIfTI holds colour of 8 bits only; write a MetaImage instead.")
    scale = shared_scale(header)
    slope, intercept = (scale.slope, scale.intercept) if scale and not plan.is_scaled else (1.0, 0.0)
    affine = to_ras(affine_of(header.geometry))
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    axes = 4 if header.time_points > 1 else 3
    packed = _HEADER.pack(
        *(348, b"", b"", 0, 0, b"r", 0),
        *(axes, columns, rows, slices, header.time_points, 1, 1, 1),
        *(0.0, 0.0, 0.0, 0, _COLOR_TYPES[samples] if samples > 1 else _DATA_TYPES[plan.dtype.str[1:]]),
        *(plan.dtype.itemsize * 8 * samples, 0),
        *(1.0, *spacing, header.frame_seconds or 1.0, 1.0, 1.0, 1.0),
        *(float(_DATA_OFFSET), slope, intercept, 0, 0, _MILLIMETRES_AND_SECONDS),
        *(0.0, 0.0, 0.0, 0.0, 0, 0, b"", b""),
        *(0, _SCANNER_COORDINATES, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
        *affine[:3].reshape(-1),
        *(b"", b"n+1\0"),
    )
    return packed.ljust(_DATA_OFFSET, b"\0")


def to_ras(affine: Points) -> Points:
    """Turn a matrix to LPS positions into one to RAS."""
    ras: Points = np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine
    return ras
