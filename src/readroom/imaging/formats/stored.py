"""Pixels as they stand in a file: read frame by frame, inflated once when they are compressed."""

from __future__ import annotations

import bz2
import math
import os
import tempfile
import threading
import weakref
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
from isal import igzip_lib

from readroom.imaging.errors import CorruptFile, TruncatedFile
from readroom.imaging.formats.bounds import MIB, check_available
from readroom.imaging.source import Frame, ImageHeader

CHUNK = MIB
SURPLUS = 64 * MIB
"""How much more than its header declares a stream may inflate to."""
DAMAGE = (cast("type[Exception]", igzip_lib.IsalError), OSError, EOFError, ValueError)
"""What inflaters raise for a stream that is no stream."""


class Compression(StrEnum):
    """How a stream of pixels is compressed."""

    ZLIB = "zlib"
    GZIP = "gzip"
    BZIP2 = "bzip2"


MEMBER_MARKS = {Compression.ZLIB: (), Compression.GZIP: (b"\x1f\x8b",), Compression.BZIP2: (b"BZh",)}
"""How another member of the same stream begins; what else follows is not read."""


class Decompressor(Protocol):
    """What the standard library's and the fast inflaters have in common."""

    eof: bool
    needs_input: bool
    unused_data: bytes

    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class StoredBytes(Protocol):
    """Uncompressed pixels that can be read from anywhere, by several threads."""

    def read(self, offset: int, size: int) -> bytes: ...


@dataclass(frozen=True, slots=True)
class FileBytes:
    """Pixels that stand uncompressed in a file, from ``start`` on."""

    path: Path
    name: str
    start: int

    def read(self, offset: int, size: int) -> bytes:
        with self.path.open("rb") as file:
            data = os.pread(file.fileno(), size, self.start + offset)
        check_available(size, len(data), self.name)
        return data


class InflatedBytes:
    """Compressed pixels, inflated into a nameless temporary file when the first are asked for.

    Parameters
    ----------
    path : Path
        The compressed file.
    name : str
        Its name, for messages.
    start : int
        Where the compressed stream begins.
    compression : Compression
        How it is compressed.
    skip : int
        Inflated bytes in front of the pixels.
    size : int
        Bytes of pixels. Never more than these are inflated.
    """

    def __init__(self, path: Path, *, name: str, start: int, compression: Compression, skip: int, size: int) -> None:
        self.path, self.name, self.start, self.compression = path, name, start, compression
        self.skip, self.size = skip, size
        self._lock = threading.Lock()
        self._descriptor: int | None = None

    def read(self, offset: int, size: int) -> bytes:
        with self._lock:
            if self._descriptor is None:
                self._descriptor = self._inflate()
                weakref.finalize(self, os.close, self._descriptor)
        return os.pread(self._descriptor, size, self.skip + offset)

    def _inflate(self) -> int:
        with tempfile.TemporaryFile(prefix="readroom-") as file:
            total = self.skip + self.size
            written = 0
            for data in inflate(self.path, name=self.name, start=self.start, compression=self.compression, limit=total):
                written += file.write(data)
            check_available(total, written, self.name)
            file.flush()
            return os.dup(file.fileno())


def inflate(path: Path, *, name: str, start: int, compression: Compression, limit: int) -> Iterator[bytes]:
    """Inflate ``limit`` bytes piece by piece; what follows them is inflated too, for the checksum, and dropped."""
    done = 0
    with path.open("rb") as file:
        file.seek(start)
        decompressor = open_decompressor(compression)
        pending = file.read(CHUNK)
        while done < limit + SURPLUS:
            if decompressor.eof:
                pending = decompressor.unused_data or file.read(CHUNK)
                if not pending.startswith(MEMBER_MARKS[compression]):
                    return
                decompressor = open_decompressor(compression)
            elif not pending and decompressor.needs_input:
                pending = file.read(CHUNK)
                if not pending:
                    raise TruncatedFile(f"The compressed pixels of {name} end too early; upload it again.")
            try:
                data = decompressor.decompress(pending, max_length=CHUNK)
            except DAMAGE as error:
                raise CorruptFile(f"The compressed pixels of {name} are damaged; upload it again.") from error
            pending = b""
            yield data[: max(limit - done, 0)]
            done += len(data)
    raise CorruptFile(f"The compressed pixels of {name} are far more than it declares; export it again.")


def open_decompressor(compression: Compression) -> Decompressor:
    match compression:
        case Compression.BZIP2:
            return cast("Decompressor", bz2.BZ2Decompressor())
        case Compression.GZIP:
            return cast("Decompressor", igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP))
        case Compression.ZLIB:
            return cast("Decompressor", igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_ZLIB))


def inflate_head(data: bytes, size: int) -> bytes:
    """Inflate the first bytes of a gzip stream, as many as there are; nothing when it is none."""
    try:
        return zlib.decompressobj(31).decompress(data, size)
    except zlib.error:
        return b""


class GridSource:
    """An image whose frames stand one after the other.

    Parameters
    ----------
    header : ImageHeader
        Of the image; its type is native.
    pixels : StoredBytes
        Where the frames are.
    stored : numpy.dtype
        Type of a value in the file, with its byte order.
    """

    def __init__(self, header: ImageHeader, pixels: StoredBytes, stored: np.dtype[Any]) -> None:
        self._header, self.pixels, self.stored = header, pixels, stored

    @property
    def header(self) -> ImageHeader:
        return self._header

    def frame(self, index: int) -> Frame:
        shape = self._header.frame_shape
        size = math.prod(shape) * self.stored.itemsize
        data = self.pixels.read(index * size, size)
        return np.frombuffer(data, self.stored).reshape(shape).astype(self._header.dtype, copy=False)


class InterleavedTimes:
    """A 4D image whose time axis is the fastest: sorted frame by frame into a nameless temporary file.

    Parameters
    ----------
    pixels : StoredBytes
        All time points of a voxel side by side.
    times : int
        Time points.
    frame_bytes, item_bytes : int
        Bytes of one frame of one time point, and of one value.
    total : int
        Bytes of all frames.
    """

    def __init__(self, pixels: StoredBytes, *, times: int, frame_bytes: int, item_bytes: int, total: int) -> None:
        self.pixels, self.times, self.total = pixels, times, total
        self.frame_bytes, self.item_bytes = frame_bytes, item_bytes
        self._lock = threading.Lock()
        self._descriptor: int | None = None

    def read(self, offset: int, size: int) -> bytes:
        with self._lock:
            if self._descriptor is None:
                self._descriptor = self._sort()
                weakref.finalize(self, os.close, self._descriptor)
        return os.pread(self._descriptor, size, offset)

    def _sort(self) -> int:
        item = np.dtype(f"V{self.item_bytes}")
        slices = self.total // (self.frame_bytes * self.times)
        rows = max(CHUNK // (self.times * self.item_bytes), 1) * self.times * self.item_bytes
        with tempfile.TemporaryFile(prefix="readroom-") as file:
            for start in range(0, self.total, rows):
                data = self.pixels.read(start, min(rows, self.total - start))
                for time, values in enumerate(np.frombuffer(data, item).reshape(-1, self.times).T):
                    at = time * slices * self.frame_bytes + start // self.times
                    os.pwrite(file.fileno(), np.ascontiguousarray(values).tobytes(), at)
            return os.dup(file.fileno())
