"""Writing a pack: frames are encoded by threads, their parts spooled band by band, then put together."""

from __future__ import annotations

import hashlib
import tempfile
import zlib
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from math import prod
from os import PathLike
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from readroom.imaging.atomic import append_file, write_atomically
from readroom.imaging.errors import CorruptFile
from readroom.imaging.framecodec import choose_codec, choose_levels, encode_frame, reduced_size
from readroom.imaging.geometry import Finding, FindingKind
from readroom.imaging.packheader import header_to_json
from readroom.imaging.packindex import Band, PackIndex
from readroom.imaging.pipeline import map_in_order
from readroom.imaging.source import Frame, ImageHeader, ImageSource
from readroom.imaging.windowing import WindowSampler

_SEGMENT_BYTES = 8 << 20
_LARGEST_KEPT_BLOCK = 31 << 20
_WAITING_BYTES, _WAITING_FRAMES = 8 << 20, range(2, 9)
"""How much encoded work may wait for its turn: threads with small frames stop for each other otherwise."""

OnFrame = Callable[[int], None]
"""Told the number of frames that are stored."""


@dataclass(frozen=True, slots=True)
class _Encoded:
    """One frame as it leaves the worker."""

    number: int
    parts: list[bytes]
    values: Frame
    lowest: float | None
    highest: float | None
    is_finite: bool


def write_pack(
    source: ImageSource, path: str | PathLike[str], *, threads: int = 2, on_frame: OnFrame | None = None
) -> PackIndex:
    """Store an image as a pack.

    >>> index = write_pack(source, "chest.pack")  # doctest: +SKIP
    >>> index.levels  # doctest: +SKIP
    (2, 1, 0)

    The file appears whole or not at all. A few frames are in memory at a time, however many there are.

    Parameters
    ----------
    source : ImageSource
        What to store; its frames are asked for once, in order, from several threads.
    path : path-like
        Where to. A file that is there is replaced.
    threads : int
        Frames decoded and encoded at once.
    on_frame : callable, optional
        Called with the number of frames stored so far.

    Returns
    -------
    PackIndex
        The index that was written, with the sizes, the range of values and the checksums.

    Raises
    ------
    RefusedFile
        A frame cannot be decoded, or is not what the header announced.
    """
    _keep_freed_memory()
    header = source.header
    codec = choose_codec(header.dtype, *header.frame_shape[:2])
    levels = choose_levels(codec, *header.frame_shape[:2])
    path = Path(path)

    def encode(number: int) -> _Encoded:
        values = _checked(source.frame(number), header, number)
        lowest, highest, is_finite = _value_range(values)
        return _Encoded(number, encode_frame(codec, values, levels), values, lowest, highest, is_finite)

    with ExitStack() as stack:
        spools = [_BandSpool.open(level, header, path.parent, stack) for level in levels]
        summary = _Summary(header)
        for encoded in map_in_order(encode, range(header.frame_count), threads=threads, ahead=_frames_ahead(header)):
            summary.add(encoded)
            for spool, part in zip(spools, encoded.parts, strict=True):
                spool.add(part)
            if on_frame:
                on_frame(encoded.number + 1)
        index = summary.to_index(codec, spools)
        with write_atomically(path) as file:
            start = file.write(index.to_bytes())
            for spool in spools:
                spool.copy_to(file)
    return replace(index, data_start=start)


def _frames_ahead(header: ImageHeader) -> int:
    frame_bytes = prod(header.frame_shape) * header.dtype.itemsize
    return min(max(_WAITING_BYTES // max(frame_bytes, 1), _WAITING_FRAMES[0]), _WAITING_FRAMES[-1])


def _keep_freed_memory() -> None:
    """Let the frames of an image share memory one after another.

    glibc gives freed blocks of this size back to the system, which clears each page of the next frame anew, until a
    larger one was freed (mallopt(3), M_MMAP_THRESHOLD): a block that nothing touches costs nothing.
    """
    np.empty(_LARGEST_KEPT_BLOCK, np.uint8)


def _checked(frame: Frame, header: ImageHeader, number: int) -> Frame:
    if frame.dtype == np.bool_:
        frame = frame.view(np.uint8)
    if frame.shape != header.frame_shape or frame.dtype != header.dtype:
        raise CorruptFile(
            f"Frame {number + 1} is {frame.shape} of {frame.dtype}, but the header announces {header.frame_shape} of "
            f"{header.dtype}; export the file again from the original."
        )
    return frame


def _value_range(values: Frame) -> tuple[float | None, float | None, bool]:
    """Smallest and largest finite value, and whether all are finite."""
    if values.dtype.kind != "f":
        return values.min().item(), values.max().item(), True
    lowest, highest = float(values.min()), float(values.max())
    if np.isfinite(lowest) and np.isfinite(highest):
        return lowest, highest, True
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max()), False) if finite.size else (None, None, False)


@dataclass(slots=True)
class _BandSpool:
    """A band while it grows: in unnamed files beside the pack, which the system removes whatever happens.

    There are several small ones: each is let go as soon as it is copied, and the next takes over its pages.
    """

    level: int
    rows: int
    columns: int
    folder: Path
    stack: ExitStack
    segments: list[IO[bytes]] = field(default_factory=list)
    room: int = 0
    lengths: list[int] = field(default_factory=list)
    checks: list[int] = field(default_factory=list)
    digest: Any = field(default_factory=hashlib.sha256)

    @classmethod
    def open(cls, level: int, header: ImageHeader, folder: Path, stack: ExitStack) -> _BandSpool:
        rows, columns = (reduced_size(size, level) for size in header.frame_shape[:2])
        return cls(level, rows, columns, folder, stack)

    def add(self, part: bytes) -> None:
        if self.room <= 0:
            segment = tempfile.TemporaryFile(dir=self.folder)  # noqa: SIM115 - the stack closes it
            self.segments.append(self.stack.enter_context(segment))
            self.room = _SEGMENT_BYTES
        self.room -= self.segments[-1].write(part)
        self.digest.update(part)
        self.lengths.append(len(part))
        self.checks.append(zlib.crc32(part))

    def to_band(self, offset: int) -> Band:
        return Band(
            level=self.level,
            rows=self.rows,
            columns=self.columns,
            offset=offset,
            lengths=tuple(self.lengths),
            crc32=tuple(self.checks),
            sha256=self.digest.hexdigest(),
        )

    def copy_to(self, file: IO[bytes]) -> None:
        for segment in self.segments:
            append_file(segment, file)
            segment.close()


class _Summary:
    """What the index tells of all frames together."""

    def __init__(self, header: ImageHeader) -> None:
        self.header = header
        self.digest = hashlib.sha256()
        self.sampler = WindowSampler(header)
        self.lowest: list[float] = []
        self.highest: list[float] = []
        self.broken: list[int] = []

    def add(self, encoded: _Encoded) -> None:
        self.digest.update(_little_endian(encoded.values).data)
        self.sampler.add(encoded.number, encoded.values)
        if encoded.lowest is not None and encoded.highest is not None:
            self.lowest.append(encoded.lowest)
            self.highest.append(encoded.highest)
        if not encoded.is_finite:
            self.broken.append(encoded.number)

    def to_index(self, codec: str, spools: list[_BandSpool]) -> PackIndex:
        bands: list[Band] = []
        for spool in spools:
            bands.append(spool.to_band(bands[-1].offset + bands[-1].size if bands else 0))
        window = self.sampler.window()
        return PackIndex(
            codec=codec,
            header=header_to_json(replace(self.header, findings=self._findings())),
            minimum=min(self.lowest, default=None),
            maximum=max(self.highest, default=None),
            window=(window.center, window.width),
            voxels_sha256=self.digest.hexdigest(),
            bands=tuple(bands),
        )

    def _findings(self) -> tuple[Finding, ...]:
        known = self.header.findings
        if not self.broken or any(finding.kind is FindingKind.NON_FINITE_VALUES for finding in known):
            return known
        message = f"{len(self.broken)} of {self.header.frame_count} frames hold values that are NaN or infinite."
        return (*known, Finding(FindingKind.NON_FINITE_VALUES, message, tuple(self.broken)))


def _little_endian(values: Frame) -> NDArray[np.uint8]:
    ordered = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<"))
    return ordered.reshape(-1).view(np.uint8)
