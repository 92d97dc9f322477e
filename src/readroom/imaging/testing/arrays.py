from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from readroom.imaging.geometry import Geometry
from readroom.imaging.source import Color, Frame, ImageHeader


class ArraySource:
    """An image that is an array: what tests of packs, volumes and previews are made of.

    >>> source = ArraySource(np.zeros((3, 4, 5), np.int16))
    >>> source.header.frame_count, source.frame(2).shape
    (3, (4, 5))

    Parameters
    ----------
    array : ndarray
        ``(time,) (slices,) rows, columns (, samples)``.
    color : Color
        RGB or RGBA when the last axis holds samples.
    time_points : int
        Length of the first axis when it is time.
    geometry : Geometry, optional
        The unit grid when not given.
    header : ImageHeader, optional
        The whole header, instead of the three above.
    """

    def __init__(
        self,
        array: NDArray[Any],
        *,
        color: Color = Color.GRAY,
        time_points: int = 1,
        geometry: Geometry | None = None,
        header: ImageHeader | None = None,
    ) -> None:
        self.array = array
        self._header = header or ImageHeader(
            name="array",
            shape=array.shape,
            dtype=array.dtype,
            color=color,
            time_points=time_points,
            geometry=geometry or Geometry(),
        )
        self._frames = array.reshape(-1, *self._header.frame_shape)

    @property
    def header(self) -> ImageHeader:
        return self._header

    def frame(self, index: int) -> Frame:
        frame: Frame = np.ascontiguousarray(self._frames[index])
        return frame
