"""Which type of number a file of real values needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from readroom.imaging.source import Frame, ImageHeader, ImageSource, Scale
from readroom.imaging.windowing import scale_of

_FITTING = tuple(np.dtype(name) for name in ("int16", "uint16", "int32"))


@runtime_checkable
class Ranged(Protocol):
    """A source that knows its smallest and largest stored value."""

    @property
    def stored_range(self) -> tuple[float, float] | None: ...


@dataclass(frozen=True, slots=True)
class ValuePlan:
    """How stored values become those of a file.

    Parameters
    ----------
    dtype : numpy.dtype
        Of the file, little endian.
    header : ImageHeader
        Of the image.
    is_scaled : bool
        Slope and intercept are applied.
    """

    dtype: np.dtype[Any]
    header: ImageHeader
    is_scaled: bool

    def convert(self, frame: Frame, number: int) -> NDArray[Any]:
        """Values of a frame as the file holds them."""
        if not self.is_scaled:
            return np.ascontiguousarray(frame, dtype=self.dtype)
        scale = scale_of(self.header, number)
        if self.dtype.kind == "f":
            real = frame.astype(np.float64) * scale.slope + scale.intercept
            return real.astype(self.dtype)
        wide = frame.astype(np.int32) if self.dtype.itemsize <= 2 else frame.astype(np.int64)
        wide *= int(scale.slope)
        wide += int(scale.intercept)
        return wide.astype(self.dtype)


def plan_values(source: ImageSource) -> ValuePlan:
    """Choose the smallest type that holds all real values exactly; single precision where slopes are no integers."""
    header = source.header
    if header.dtype == np.float16:
        return ValuePlan(np.dtype("<f4"), header, is_scaled=not _is_identity(header))
    if _is_identity(header):
        return ValuePlan(header.dtype.newbyteorder("<"), header, is_scaled=False)
    if header.dtype.kind == "f" or not all(_is_whole(scale) for scale in header.scales):
        kind = np.dtype("<f8") if header.dtype.itemsize > 4 else np.dtype("<f4")
        return ValuePlan(kind, header, is_scaled=True)
    stored = _stored_range(source)
    ends = [end * scale.slope + scale.intercept for scale in set(header.scales) for end in stored]
    for dtype in _FITTING:
        limits = np.iinfo(dtype)
        if limits.min <= min(ends) and max(ends) <= limits.max:
            return ValuePlan(dtype.newbyteorder("<"), header, is_scaled=True)
    return ValuePlan(np.dtype("<f8"), header, is_scaled=True)


def _stored_range(source: ImageSource) -> tuple[float, float]:
    found = source.stored_range if isinstance(source, Ranged) else None
    limits = np.iinfo(source.header.dtype)
    return found or (float(limits.min), float(limits.max))


def _is_identity(header: ImageHeader) -> bool:
    return all(scale.slope == 1.0 and scale.intercept == 0.0 for scale in header.scales)


def _is_whole(scale: Scale) -> bool:
    return float(scale.slope).is_integer() and float(scale.intercept).is_integer() and abs(scale.slope) < 1 << 15
