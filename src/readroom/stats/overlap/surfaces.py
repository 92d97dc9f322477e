"""Where the surface of a mask is: three definitions, as points with weights.

The definitions give different numbers for the same masks, so each result names the one it used:

- ``"elements"``: the surface runs between voxels, through the middle of the edges of the grid of voxel centres. Every
  cell of 2 x 2 (x 2) voxels that the surface passes is one point, at the cell's centre, with the area (length) of the
  surface in it as its weight.
- ``"voxels"``: the voxels of the mask that touch its outside by a face, at their centres, each of weight 1.
- ``"sets"``: all voxels of the mask, at their centres, each of weight 1.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import product

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from readroom.stats.errors import UnknownChoice

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Spacing = tuple[float, ...]

DEFINITIONS = ("elements", "voxels", "sets")


def surface_points(mask: Bools, spacing: Spacing, definition: str) -> tuple[npt.NDArray[np.intp], Floats]:
    """Indices of the surface's points and their weights.

    Parameters
    ----------
    mask : ndarray of bool
        Two or three dimensions, not empty, with a margin of one voxel all around.
    spacing : tuple of float
        Size of a voxel along each axis of the array.
    definition : {"elements", "voxels", "sets"}
        See the module.

    Returns
    -------
    points : ndarray of int, shape (points, dimensions)
        In steps of the grid; elements stand half a step further.
    weights : ndarray, shape (points,)
    """
    if definition == "sets":
        points = np.argwhere(mask)
        return points, np.ones(len(points))
    if definition == "voxels":
        points = np.argwhere(mask & ~ndimage.binary_erosion(mask))
        return points, np.ones(len(points))
    if definition != "elements":
        raise UnknownChoice(f"There is no surface {definition!r}; take {', '.join(DEFINITIONS)}.")
    codes = _cell_codes(mask)
    areas = np.array(element_sizes(spacing))
    passed = (codes > 0) & (codes < len(areas) - 1)
    return np.argwhere(passed), areas[codes[passed]]


def _cell_codes(mask: Bools) -> npt.NDArray[np.uint8]:
    """Which corners of each cell of 2 x 2 (x 2) voxels are inside: a bit per corner."""
    shape = tuple(size - 1 for size in mask.shape)
    codes = np.zeros(shape, dtype=np.uint8)
    for bit, corner in enumerate(product((0, 1), repeat=mask.ndim)):
        part = mask[tuple(slice(start, start + size) for start, size in zip(corner, shape, strict=True))]
        codes |= part.astype(np.uint8) << np.uint8(bit)
    return codes


@lru_cache(maxsize=64)
def element_sizes(spacing: Spacing) -> tuple[float, ...]:
    """Area (three dimensions) or length (two) of the surface in a cell, by the code of its corners.

    The surface passes the middle of every edge between an inside and an outside corner. On a face whose corners
    alternate, inside corners are cut off one by one.
    """
    corners = np.array(list(product((0, 1), repeat=len(spacing))), dtype=float)
    sizes = []
    for code in range(2 ** len(corners)):
        inside = [bool(code >> bit & 1) for bit in range(len(corners))]
        sizes.append(_size(corners, inside, np.array(spacing)))
    return tuple(sizes)


def _size(corners: Floats, inside: list[bool], spacing: Floats) -> float:
    links = [link for face in _faces(len(spacing)) for link in _links(corners, inside, face)]
    if len(spacing) == 2:
        return float(sum(np.linalg.norm((start - end) * spacing) for start, end in (map(np.array, ln) for ln in links)))
    return sum(_polygon_area(np.array(loop) * spacing) for loop in _loops(links))


def _faces(dimensions: int) -> list[list[int]]:
    """Corners of each face of the cell, in turn around it."""
    if dimensions == 2:
        return [[0, 1, 3, 2]]
    faces = []
    for axis in range(3):
        others = [4 >> other for other in range(3) if other != axis]
        around = (0, others[0], others[0] + others[1], others[1])
        faces += [[side + step for step in around] for side in (0, 4 >> axis)]
    return faces


Point = tuple[float, ...]


def _links(corners: Floats, inside: list[bool], face: list[int]) -> list[tuple[Point, Point]]:
    """Pieces of the surface's outline on one face, from edge middle to edge middle."""
    middles = [tuple((corners[face[i]] + corners[face[(i + 1) % 4]]) / 2) for i in range(4)]
    cut = [i for i in range(4) if inside[face[i]] != inside[face[(i + 1) % 4]]]
    if len(cut) == 2:
        return [(middles[cut[0]], middles[cut[1]])]
    if len(cut) == 4:
        return [(middles[i - 1], middles[i]) for i in range(4) if inside[face[i]]]
    return []


def _loops(links: list[tuple[Point, Point]]) -> list[list[Point]]:
    """Join the pieces to closed outlines."""
    neighbours: dict[Point, list[Point]] = {}
    for start, end in links:
        neighbours.setdefault(start, []).append(end)
        neighbours.setdefault(end, []).append(start)
    loops = []
    while neighbours:
        first = min(neighbours)
        loop, here = [first], neighbours.pop(first)[0]
        while here != first:
            loop.append(here)
            ahead = neighbours.pop(here)
            here = ahead[0] if ahead[0] != loop[-2] else ahead[1]
        loops.append(loop)
    return loops


def _polygon_area(loop: Floats) -> float:
    """Area of the smallest surface of triangles that spans a closed outline, by trying every triangulation."""
    n = len(loop)
    best = np.zeros((n, n))
    for width in range(2, n):
        for start in range(n - width):
            end = start + width
            best[start, end] = min(
                best[start, middle] + best[middle, end] + _triangle(loop[start], loop[middle], loop[end])
                for middle in range(start + 1, end)
            )
    return float(best[0, n - 1])


def _triangle(first: Floats, second: Floats, third: Floats) -> float:
    return float(np.linalg.norm(np.cross(second - first, third - first)) / 2)
