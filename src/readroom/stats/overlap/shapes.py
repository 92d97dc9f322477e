"""Overlap of boxes and polygons, exact, without a grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from readroom.stats.errors import EmptyMask, MismatchedShapes, NotANumber, UnknownChoice
from readroom.stats.numbers import as_numbers

Floats = npt.NDArray[np.float64]
Rings = Sequence[npt.ArrayLike]

MOST_CORNERS = 4000
"""Of one polygon, all rings together; every edge is compared with every other."""

MOST_CROSSINGS = 50_000
"""Of edges; each starts a strip of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeOverlap:
    """Agreement of two shapes.

    Parameters
    ----------
    dice, iou : float
        As for masks.
    sizes : tuple of float
        Area (volume) of the first, the second and what they share.
    """

    dice: float
    iou: float
    sizes: tuple[float, float, float]


def box_overlap(first: npt.ArrayLike, second: npt.ArrayLike) -> ShapeOverlap:
    """Compare two boxes with sides along the axes.

    Examples
    --------
    >>> box_overlap([[0, 0], [2, 2]], [[1, 0], [3, 2]]).iou
    0.333...

    Parameters
    ----------
    first, second : array of shape (2, dimensions)
        Two opposite corners, in any order; or any corners, shape (corners, dimensions).

    Returns
    -------
    ShapeOverlap

    References
    ----------
    - Dice (1945), pp. 297-302, and Jaccard (1912), pp. 37-50: of areas or volumes.
    """
    a, b = _points(first, "box"), _points(second, "box")
    if a.shape[1] != b.shape[1]:
        raise MismatchedShapes(f"The boxes have {a.shape[1]} and {b.shape[1]} dimensions; give both the same.")
    low = np.maximum(a.min(axis=0), b.min(axis=0))
    high = np.minimum(a.max(axis=0), b.max(axis=0))
    return _overlap(
        float(np.prod(np.ptp(a, axis=0))), float(np.prod(np.ptp(b, axis=0))), float(np.prod(np.maximum(high - low, 0)))
    )


def polygon_overlap(first: Rings, second: Rings) -> ShapeOverlap:
    """Compare two polygons of any form, holes included.

    Examples
    --------
    >>> square = [[0, 0], [4, 0], [4, 4], [0, 4]]
    >>> hole = [[1, 1], [3, 1], [3, 3], [1, 3]]
    >>> polygon_overlap([square, hole], [square]).dice
    0.857...

    Parameters
    ----------
    first, second : sequence of rings, each of shape (corners, 2)
        A point is inside when a ray from it crosses the rings an odd number of times: a ring within a ring is a hole.

    Returns
    -------
    ShapeOverlap

    Notes
    -----
    Exact: between two neighbouring heights of corners and crossings no edges cross, so widths are linear there and
    the area is height times width at the middle.

    References
    ----------
    - de Berg, Cheong, van Kreveld & Overmars (2008), ch. 6: trapezoidal decomposition.
    - Dice (1945), pp. 297-302, and Jaccard (1912), pp. 37-50: of areas.
    """
    a, b = _edges(first), _edges(second)
    heights = np.unique(np.concatenate([a[:, :, 1].ravel(), b[:, :, 1].ravel(), _crossings(np.concatenate([a, b]))]))
    sizes = np.zeros(3)
    for low, high in pairwise(heights):
        middle = (low + high) / 2
        in_a, in_b = _spans(a, middle), _spans(b, middle)
        sizes += (high - low) * np.array([_length(in_a), _length(in_b), _shared(in_a, in_b)])
    return _overlap(*(float(size) for size in sizes))


def _overlap(first: float, second: float, both: float) -> ShapeOverlap:
    if first <= 0 and second <= 0:
        raise EmptyMask("Both shapes have no area, so their overlap is 0/0; leave the case out and say so.")
    both = min(both, first, second)
    return ShapeOverlap(
        dice=2 * both / (first + second), iou=both / (first + second - both), sizes=(first, second, both)
    )


def _points(values: npt.ArrayLike, name: str) -> Floats:
    points = as_numbers(values, f"corners of a {name}")
    if points.ndim != 2 or len(points) < 2 or points.shape[1] not in {2, 3}:
        raise MismatchedShapes(f"A {name} must be corners of shape (corners, 2 or 3), not {points.shape}.")
    if not np.isfinite(points).all():
        raise NotANumber(f"A corner of the {name} is not a number; give finite coordinates.")
    return points


def _edges(rings: Rings) -> Floats:
    """All edges, closed, shape (edges, 2 ends, 2)."""
    found = []
    for ring in rings:
        corners = _points(ring, "ring")
        if corners.shape[1] != 2 or len(corners) < 3:
            raise MismatchedShapes("A ring must have three or more corners of two coordinates.")
        found.append(np.stack([corners, np.roll(corners, -1, axis=0)], axis=1))
    if not found:
        raise EmptyMask("A polygon has no ring; give at least one.")
    edges = np.concatenate(found)
    if len(edges) > MOST_CORNERS:
        raise UnknownChoice(f"A polygon has {len(edges)} corners, more than {MOST_CORNERS}; thin it out, or use masks.")
    return edges


def _crossings(edges: Floats) -> Floats:
    """Heights at which two edges cross."""
    start, step = edges[:, 0], edges[:, 1] - edges[:, 0]
    heights, found = [], 0
    for row in range(len(edges) - 1):
        others = slice(row + 1, None)
        turn = step[row, 0] * step[others, 1] - step[row, 1] * step[others, 0]
        apart = start[others] - start[row]
        with np.errstate(divide="ignore", invalid="ignore"):
            along = (apart[:, 0] * step[others, 1] - apart[:, 1] * step[others, 0]) / turn
            across = (apart[:, 0] * step[row, 1] - apart[:, 1] * step[row, 0]) / turn
        meet = (turn != 0) & (along >= 0) & (along <= 1) & (across >= 0) & (across <= 1)
        heights.append(start[row, 1] + along[meet] * step[row, 1])
        found += int(meet.sum())
        if found > MOST_CROSSINGS + 2 * len(edges):
            raise UnknownChoice(f"The outlines cross more than {MOST_CROSSINGS:,} times; compare masks instead.")
    return np.concatenate(heights) if heights else np.empty(0)


def _spans(edges: Floats, height: float) -> Floats:
    """Where a horizontal line is inside, shape (spans, 2)."""
    low, high = edges[:, :, 1].min(axis=1), edges[:, :, 1].max(axis=1)
    cut = edges[(low <= height) & (high > height)]
    share = (height - cut[:, 0, 1]) / (cut[:, 1, 1] - cut[:, 0, 1])
    return np.sort(cut[:, 0, 0] + share * (cut[:, 1, 0] - cut[:, 0, 0])).reshape(-1, 2)


def _length(spans: Floats) -> float:
    return float((spans[:, 1] - spans[:, 0]).sum())


def _shared(first: Floats, second: Floats) -> float:
    low = np.maximum(first[:, None, 0], second[None, :, 0])
    high = np.minimum(first[:, None, 1], second[None, :, 1])
    return float(np.maximum(high - low, 0).sum())
