"""Frames of ophthalmic files: plain values, values through a table, or compressed streams."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from readroom.imaging.errors import CorruptFile
from readroom.imaging.formats.bounds import check_available
from readroom.imaging.formats.codestreams import J2K_MARK, declared_size
from readroom.imaging.source import Frame, ImageHeader


class Frames(Protocol):
    """Hands out one frame at a time, to several threads."""

    def read(self, index: int) -> Frame: ...


class DecodedSource:
    """An image and where its frames come from.

    Parameters
    ----------
    header : ImageHeader
        Of the image.
    frames : Frames
        Reads them.
    """

    def __init__(self, header: ImageHeader, frames: Frames) -> None:
        self._header, self.frames = header, frames

    @property
    def header(self) -> ImageHeader:
        return self._header

    def frame(self, index: int) -> Frame:
        return self.frames.read(index)


def read_span(path: Path, name: str, start: int, length: int) -> bytes:
    with path.open("rb") as file:
        data = os.pread(file.fileno(), length, start)
    check_available(length, len(data), name)
    return data


@dataclass(frozen=True, slots=True)
class PlainFrames:
    """Frames that stand uncompressed, one after the other."""

    path: Path
    name: str
    start: int
    shape: tuple[int, ...]
    dtype: str
    is_blue_first: bool = False

    def read(self, index: int) -> Frame:
        dtype = np.dtype(self.dtype)
        size = math.prod(self.shape) * dtype.itemsize
        data = read_span(self.path, self.name, self.start + index * size, size)
        frame = np.frombuffer(data, dtype).reshape(self.shape).astype(dtype.newbyteorder("="), copy=False)
        return np.ascontiguousarray(frame[..., ::-1]) if self.is_blue_first else frame


@dataclass(frozen=True, slots=True)
class TabledFrames:
    """Frames of 16-bit codes whose values stand in a table."""

    path: Path
    name: str
    starts: Sequence[int]
    shape: tuple[int, int]
    table: NDArray[np.uint16]

    def read(self, index: int) -> Frame:
        data = read_span(self.path, self.name, self.starts[index], math.prod(self.shape) * 2)
        frame: Frame = self.table[np.frombuffer(data, "<u2").reshape(self.shape)]
        return frame


@dataclass(frozen=True, slots=True)
class EncodedFrames:
    """Frames that are streams of JPEG or JPEG 2000."""

    path: Path
    name: str
    spans: tuple[tuple[int, int], ...]
    shape: tuple[int, ...]
    is_blue_first: bool = False

    def read(self, index: int) -> Frame:
        data = read_span(self.path, self.name, *self.spans[index])
        if declared_size(data) != self.shape[:2]:
            raise CorruptFile(f"{self.name}: a frame declares another size than the file; export it again.")
        is_j2k = data.find(J2K_MARK, 0, 4096) >= 0
        try:
            decoded: NDArray[Any] = imagecodecs.jpeg2k_decode(data) if is_j2k else imagecodecs.jpeg8_decode(data)
        except (imagecodecs.Jpeg2kError, imagecodecs.Jpeg8Error, ValueError, RuntimeError) as error:
            raise CorruptFile(f"{self.name}: a frame is damaged; upload it again.") from error
        if decoded.shape != self.shape or decoded.dtype.kind != "u" or decoded.dtype.itemsize > 2:
            raise CorruptFile(f"{self.name}: a frame is not what the file says; export it again.")
        return np.ascontiguousarray(decoded[..., ::-1]) if self.is_blue_first else decoded

    def probe(self) -> np.dtype[Any]:
        """Decode the first frame to learn the type of all."""
        return self.read(0).dtype
