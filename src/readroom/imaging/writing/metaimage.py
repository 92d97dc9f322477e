from __future__ import annotations

from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import BinaryIO

import numpy as np
from isal import isal_zlib

from readroom.imaging.atomic import write_atomically
from readroom.imaging.source import ImageHeader, ImageSource
from readroom.imaging.volume import affine_of, samples_of, spatial_shape
from readroom.imaging.writing.blocks import EMPTY_LAST_BLOCK, deflated_blocks, raw_blocks
from readroom.imaging.writing.values import ValuePlan, plan_values

_ELEMENT_TYPES = {
    "i1": "MET_CHAR",
    "u1": "MET_UCHAR",
    "i2": "MET_SHORT",
    "u2": "MET_USHORT",
    "i4": "MET_INT",
    "u4": "MET_UINT",
    "i8": "MET_LONG_LONG",
    "u8": "MET_ULONG_LONG",
    "f4": "MET_FLOAT",
    "f8": "MET_DOUBLE",
}
_ZLIB_HEADER = b"\x78\x01"
_SIZE_WIDTH = 20


def write_mha(source: ImageSource, path: str | PathLike[str], *, compress: bool = True, threads: int = 2) -> None:
    """Write an image as MetaImage, with real values.

    >>> with Pack.open("chest.pack") as pack:  # doctest: +SKIP
    ...     write_mha(pack, "chest.mha")

    Hounsfield units stay integers: the smallest type is chosen that holds slope times value plus intercept exactly,
    single precision where slopes are fractions. A tilted gantry is written as axes that are not at right angles.

    Parameters
    ----------
    source : ImageSource
        A `Pack`, a `Volume` or another image. Frames are asked for one after another; a few are in memory at a time.
    path : path-like
        Where to. The file appears whole or not at all.
    compress : bool
        Deflate the pixels, lightly.
    threads : int
        Frames decoded and deflated at once.
    """
    plan = plan_values(source)
    with write_atomically(Path(path)) as file:
        if not compress:
            file.write(_header_text(source.header, plan, compressed_size=None))
            file.writelines(raw_blocks(source, plan, threads=threads))
            return
        start = file.write(_header_text(source.header, plan, compressed_size=0))
        _write_zlib(file, source, plan, threads=threads)
        size = file.tell() - start
        file.seek(0)
        file.write(_header_text(source.header, plan, compressed_size=size))


def _write_zlib(file: BinaryIO, source: ImageSource, plan: ValuePlan, *, threads: int) -> None:
    file.write(_ZLIB_HEADER)
    check = 1
    for raw, deflated in deflated_blocks(source, plan, threads=threads):
        check = isal_zlib.adler32(raw, check)
        file.write(deflated)
    file.write(EMPTY_LAST_BLOCK + check.to_bytes(4, "big"))


def _header_text(header: ImageHeader, plan: ValuePlan, *, compressed_size: int | None) -> bytes:
    lines = [*_lines(header, plan, compressed_size), ("ElementDataFile", "LOCAL")]
    return "".join(f"{name} = {value}\n" for name, value in lines).encode("ascii")


def _lines(header: ImageHeader, plan: ValuePlan, compressed_size: int | None) -> Iterator[tuple[str, str]]:
    affine = affine_of(header.geometry)
    sizes = list(spatial_shape(header))[::-1]
    has_slices = len(header.shape) > len(header.frame_shape)
    axes = 4 if header.time_points > 1 else 3 if has_slices else 2
    sizes = [*sizes, header.time_points][:axes]
    spacing = np.append(np.linalg.norm(affine[:3, :3], axis=0), header.frame_seconds or 1.0)[:axes]
    matrix = np.eye(axes)
    matrix[: min(axes, 3), : min(axes, 3)] = (affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0))[:axes, :axes]
    offset = np.append(affine[:3, 3], 0.0)[:axes]
    yield "ObjectType", "Image"
    yield "NDims", str(axes)
    yield "BinaryData", "True"
    yield "BinaryDataByteOrderMSB", "False"
    yield "CompressedData", str(compressed_size is not None)
    if compressed_size is not None:
        yield "CompressedDataSize", str(compressed_size).ljust(_SIZE_WIDTH)
    yield "TransformMatrix", _numbers(matrix.T.reshape(-1))
    yield "Offset", _numbers(offset)
    yield "CenterOfRotation", _numbers(np.zeros(axes))
    yield "AnatomicalOrientation", "RAI" if axes == 3 else "?" * axes
    yield "ElementSpacing", _numbers(spacing)
    yield "DimSize", " ".join(str(size) for size in sizes)
    if samples_of(header) > 1:
        yield "ElementNumberOfChannels", str(samples_of(header))
    yield "ElementType", _ELEMENT_TYPES[plan.dtype.str[1:]]


def _numbers(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> str:
    return " ".join(repr(float(value) + 0.0) for value in values)
