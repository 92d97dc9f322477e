"""An image as an array that knows where it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from readroom.imaging.geometry import Finding, Geometry
from readroom.imaging.source import Color, Frame, ImageHeader, Scale

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Volume:
    """Stored values with their geometry.

    >>> volume = read_volume("chest")  # doctest: +SKIP
    >>> volume.array.shape, volume.geometry.spacing  # doctest: +SKIP
    ((120, 512, 512), (0.7, 0.7, 1.0))
    >>> volume.values()[volume.voxel([-62.0, -10.5, -140.0])]  # doctest: +SKIP
    np.float32(31.0)

    Parameters
    ----------
    array : array
        Stored values, ``(time,) (slices,) rows, columns (, samples)``.
    header : ImageHeader
        What is known besides.
    """

    array: NDArray[Any]
    header: ImageHeader

    @classmethod
    def of(cls, array: NDArray[Any], header: ImageHeader, *, reduction: int = 1) -> Volume:
        """Make a volume of values that were reduced by a factor in rows and columns."""
        x, y, z = header.geometry.spacing
        geometry = replace(header.geometry, spacing=(x * reduction, y * reduction, z))
        return cls(array, replace(header, shape=array.shape, geometry=geometry))

    def frame(self, index: int) -> Frame:
        """Stored values of one frame, counted time by time, slice by slice."""
        frame: Frame = self.array.reshape(self.header.frame_count, *self.header.frame_shape)[index]
        return frame

    @cached_property
    def stored_range(self) -> tuple[float, float]:
        """Smallest and largest stored value."""
        return self.array.min().item(), self.array.max().item()

    @property
    def geometry(self) -> Geometry:
        """Where the voxels are, in LPS millimetres."""
        return self.header.geometry

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is doubtful about the geometry or the pixels."""
        return self.header.findings

    @cached_property
    def affine(self) -> Points:
        """4 x 4 matrix from (column, row, slice) to LPS millimetres."""
        return affine_of(self.geometry)

    def values(self) -> NDArray[np.float32]:
        """Real values: stored ones times slope plus intercept, as HU, Bq/ml or what the file says."""
        frames = self.array.reshape(self.header.frame_count, *self.header.frame_shape)
        scales = self.header.scales if len(self.header.scales) > 1 else self.header.scales * len(frames)
        real = np.empty(frames.shape, np.float32)
        for number, scale in enumerate(scales):
            np.multiply(frames[number], np.float32(scale.slope), out=real[number], casting="unsafe")
            real[number] += np.float32(scale.intercept)
        return real.reshape(self.array.shape)

    def world(self, voxels: ArrayLike) -> Points:
        """Turn array indices into positions.

        Parameters
        ----------
        voxels : array_like, shape (..., 3)
            Indices in the order of the array: slice, row, column. Fractions are positions between centres.

        Returns
        -------
        array, shape (..., 3)
            x, y, z in LPS millimetres.
        """
        indices = np.asarray(voxels, dtype=np.float64)[..., ::-1]
        positions: Points = indices @ self.affine[:3, :3].T + self.affine[:3, 3]
        return positions

    def voxels(self, world: ArrayLike) -> Points:
        """Turn positions into array indices with fractions: the inverse of `world`."""
        inverse = np.linalg.inv(self.affine)
        indices = np.asarray(world, dtype=np.float64) @ inverse[:3, :3].T + inverse[:3, 3]
        found: Points = indices[..., ::-1]
        return found

    def voxel(self, world: ArrayLike) -> tuple[int, int, int]:
        """Find the voxel at a position, for indexing the array of a volume.

        Raises
        ------
        IndexError
            The position is outside the image.
        """
        nearest = np.rint(self.voxels(world)).astype(int)
        sizes = spatial_shape(self.header)
        if np.any(nearest < 0) or np.any(nearest >= sizes):
            raise IndexError(f"the position {np.asarray(world).tolist()} is outside the image")
        slice_, row, column = (int(index) for index in nearest)
        return slice_, row, column


def affine_of(geometry: Geometry) -> Points:
    """4 x 4 matrix from (column, row, slice) to LPS millimetres, with the shear of a tilted gantry."""
    affine = np.eye(4)
    for axis in range(3):
        affine[:3, axis] = np.array(geometry.directions[axis]) * geometry.spacing[axis]
    if geometry.slice_step is not None:
        affine[:3, 2] = geometry.slice_step
    affine[:3, 3] = geometry.origin
    return affine


def spatial_shape(header: ImageHeader) -> tuple[int, int, int]:
    """Slices, rows and columns; one slice where there is no such axis."""
    rows, columns = header.frame_shape[:2]
    return header.frame_count // max(header.time_points, 1), rows, columns


def shared_scale(header: ImageHeader) -> Scale | None:
    """Return the one scale of all frames, or None when they differ."""
    return header.scales[0] if len(set(header.scales)) == 1 else None


def samples_of(header: ImageHeader) -> int:
    """Samples of a pixel: 1 for gray."""
    return 1 if header.color is Color.GRAY else header.shape[-1]
