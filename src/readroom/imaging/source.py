"""The waist of the import: what every reader makes and the pack, the previews and the arrays are made of.

A reader of a format opens files and hands out one `ImageSource` per image (or a `SlideSource`); nothing is decoded
until a frame is asked for, so memory does not grow with the number of frames.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import prod
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from readroom.imaging.errors import ImagingError
from readroom.imaging.geometry import Finding, Geometry

Frame = NDArray[Any]
"""One frame of stored values: (rows, columns), or (rows, columns, samples) for colour."""


class Color(StrEnum):
    """How the samples of a pixel are meant. Palettes and YBR are turned into RGB when a frame is read."""

    GRAY = "GRAY"
    RGB = "RGB"
    RGBA = "RGBA"


@dataclass(frozen=True, slots=True)
class Scale:
    """Real value = stored value * slope + intercept, in ``unit`` ("HU", "Bq/ml", "" when unknown)."""

    slope: float = 1.0
    intercept: float = 0.0
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """A window for display, in real values: ``center`` and full ``width``."""

    center: float
    width: float
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageHeader:
    """Everything known of an image before its pixels are decoded.

    Parameters
    ----------
    name : str
        What a person would call it: the file's name or the series description.
    shape : tuple of int
        In numpy order: ``(time,) (slices,) rows, columns (, samples)``.
    dtype : numpy.dtype
        Type of the stored values, native byte order.
    time_points : int
        Length of the time axis; 1 when there is none. Frames are counted time by time, slice by slice.
    scales : tuple of Scale
        One for the whole image, or one per frame.
    windows : tuple of Window
        As recorded in the file, most suitable first.
    is_inverted : bool
        Low values are shown bright (MONOCHROME1).
    frame_seconds : float, optional
        Duration of a frame of a cine.
    files : tuple of Path
        The files it was made from, in frame order where one file is one frame.
    facts : mapping
        Names of the standard with plain values: UIDs, dates, the image set's id. Never written to a log.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    color: Color = Color.GRAY
    modality: str = ""
    time_points: int = 1
    geometry: Geometry = field(default_factory=Geometry)
    findings: tuple[Finding, ...] = ()
    scales: tuple[Scale, ...] = (Scale(),)
    windows: tuple[Window, ...] = ()
    is_inverted: bool = False
    frame_seconds: float | None = None
    files: tuple[Path, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def frame_shape(self) -> tuple[int, ...]:
        """Shape of one frame: rows, columns and, for colour, samples."""
        return self.shape[-2:] if self.color is Color.GRAY else self.shape[-3:]

    @property
    def frame_count(self) -> int:
        """Frames of all slices and time points."""
        return prod(self.shape[: len(self.shape) - len(self.frame_shape)])


class ImageSource(Protocol):
    """One image, ready to be decoded frame by frame."""

    @property
    def header(self) -> ImageHeader: ...

    def frame(self, index: int) -> Frame:
        """Decode one frame; may be called from several threads at once."""
        ...


class SlideSource(Protocol):
    """A whole slide or another tiled pyramid, kept as the file it came in."""

    @property
    def header(self) -> ImageHeader:
        """Shape and spacing of the finest level."""
        ...

    @property
    def levels(self) -> Sequence[tuple[int, int]]:
        """(rows, columns) of each level, finest first."""
        ...

    def region(self, *, level: int, row: int, column: int, rows: int, columns: int) -> Frame:
        """RGB pixels of a rectangle of one level; outside the slide it is white."""
        ...


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """One candidate: where it stands, the name under which it was uploaded, and its first bytes."""

    path: Path
    name: str
    head: bytes


@dataclass(frozen=True, slots=True)
class Opened:
    """What a reader made of a file: images, and the other files it needed for them.

    With a ``problem`` there are no images, and the companions are refused together with the file.
    """

    images: tuple[ImageSource | SlideSource, ...]
    companions: tuple[UploadedFile, ...] = ()
    problem: ImagingError | None = None


Siblings = Callable[[str], UploadedFile]
"""Finds a companion by the name a header gives, in the same folder of the same upload; raises `UnsafePath` for a name
that leaves it and `MissingCompanion` for one that is not there."""


class ImageFormat(Protocol):
    """A container format: one module in ``formats/``."""

    @property
    def name(self) -> str: ...

    def recognizes(self, file: UploadedFile) -> bool:
        """Tell from the first bytes (and the name, where the format has no mark) without reading more."""
        ...

    def open(self, file: UploadedFile, siblings: Siblings) -> Opened:
        """Read the header, bound every size, and hand out sources; raises `RefusedFile`."""
        ...
