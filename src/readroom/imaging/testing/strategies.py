"""Hypothesis strategies for images, geometry and headers. Importing this module needs hypothesis."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from readroom.imaging.geometry import Geometry, Vector
from readroom.imaging.source import Color
from readroom.imaging.testing.arrays import ArraySource

__all__ = ["geometries", "image_sources", "rotations", "slice_positions", "spacings", "uids"]

DTYPES = ("u1", "i1", "u2", "i2", "i4", "u4", "f4", "f8")


def uids() -> st.SearchStrategy[str]:
    """Draw UIDs made from UUIDs."""
    return st.uuids().map(lambda value: f"2.25.{value.int}")


def spacings(smallest: float = 0.01, largest: float = 20.0) -> st.SearchStrategy[Vector]:
    """Draw distances between voxels, millimetres, with three decimals."""
    number = st.floats(smallest, largest).map(lambda value: max(round(value, 3), smallest))
    return st.tuples(number, number, number)


def rotations(*, right_handed: bool = True) -> st.SearchStrategy[tuple[Vector, Vector, Vector]]:
    """Draw three unit vectors at right angles, from a random quaternion."""
    number = st.floats(-1, 1).map(lambda value: round(value, 3))
    quaternions = st.tuples(number, number, number, number).filter(lambda q: sum(v * v for v in q) > 0.01)
    axes = quaternions.map(turn)
    return axes if right_handed else st.one_of(axes, axes.map(mirror))


def turn(quaternion: tuple[float, float, float, float]) -> tuple[Vector, Vector, Vector]:
    w, x, y, z = np.array(quaternion) / np.linalg.norm(quaternion)
    matrix = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    first, second, third = (vector(column) for column in matrix.T)
    return first, second, third


def mirror(axes: tuple[Vector, Vector, Vector]) -> tuple[Vector, Vector, Vector]:
    return axes[0], axes[1], vector(-np.array(axes[2]))


def vector(values: NDArray[np.float64]) -> Vector:
    return float(values[0]), float(values[1]), float(values[2])


def geometries(*, right_handed: bool = True) -> st.SearchStrategy[Geometry]:
    """Draw geometries of untilted images."""
    number = st.floats(-1000, 1000).map(lambda value: round(value, 3))
    return st.builds(
        Geometry,
        origin=st.tuples(number, number, number),
        directions=rotations(right_handed=right_handed),
        spacing=spacings(),
    )


@st.composite
def slice_positions(draw: st.DrawFn, *, largest: int = 12) -> list[Vector]:
    """Draw image positions of evenly spaced parallel slices, in spatial order."""
    geometry = draw(geometries())
    count = draw(st.integers(1, largest))
    step = np.array(geometry.directions[2]) * geometry.spacing[2]
    return [vector(np.array(geometry.origin) + step * i) for i in range(count)]


@st.composite
def image_sources(draw: st.DrawFn, *, largest: int = 12, dtypes: tuple[str, ...] = DTYPES) -> ArraySource:
    """Draw small images of every shape and type that a pack holds: 2D, 3D, 4D, grey and colour."""
    color = draw(st.sampled_from(list(Color)))
    dtype = np.dtype(draw(st.sampled_from(dtypes if color is Color.GRAY else ("u1",))))
    time_points = draw(st.sampled_from([1, 1, 2, 3]))
    sides = draw(st.tuples(st.integers(1, largest), st.integers(1, largest)))
    slices = draw(st.integers(1, 4))
    is_flat = time_points == 1 and draw(st.booleans())
    lead: tuple[int, ...] = () if is_flat else (slices,) if time_points == 1 else (time_points, slices)
    samples = {Color.GRAY: (), Color.RGB: (3,), Color.RGBA: (4,)}[color]
    array = random_array((*lead, *sides, *samples), dtype, seed=draw(st.integers(0, 2**32 - 1)))
    return ArraySource(array, color=color, time_points=time_points, geometry=draw(geometries()))


def random_array(shape: tuple[int, ...], dtype: np.dtype[Any], *, seed: int) -> NDArray[Any]:
    random = np.random.default_rng(seed)
    if dtype.kind == "f":
        return random.standard_normal(shape).astype(dtype)
    limits = np.iinfo(dtype)
    return random.integers(limits.min, limits.max, shape, dtype=dtype, endpoint=True)
