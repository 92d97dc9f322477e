"""How far two masks agree: shared volume, and distances between their surfaces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from scipy.spatial import cKDTree

from readroom.stats.errors import EmptyMask, MismatchedShapes, UnknownChoice
from readroom.stats.overlap.surfaces import Spacing, surface_points

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

LARGEST_MASK = 1 << 31
"""Voxels: a mask of two gigabytes."""

MANY_POINTS = 2_000_000
"""Above this many surface points a distance map is faster than a search tree."""

ROUNDING = 1e-9
"""Distances that exceed a tolerance by less than this are equal to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """Agreement of two masks.

    Lengths are in the unit of the spacing (mm), volumes in its cube (its square for two dimensions).

    Parameters
    ----------
    dice : float
        2 |A and B| / (|A| + |B|).
    iou : float
        |A and B| / |A or B|, also called Jaccard.
    voxels : tuple of int
        Of the first, the second and both.
    volumes : tuple of float
        Of the first and the second.
    volume_difference : float
        First minus second.
    relative_volume_difference : float
        That, divided by the second; infinite when the second is empty.
    """

    dice: float
    iou: float
    voxels: tuple[int, int, int]
    volumes: tuple[float, float]
    volume_difference: float
    relative_volume_difference: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SurfaceDistance:
    """Distances between two surfaces, in the unit of the spacing.

    Parameters
    ----------
    hausdorff : float
        The largest distance from a point of either surface to the other.
    hausdorff_95 : float
        The larger of the two 95th percentiles, one per direction.
    assd : float
        Average symmetric distance: all points of both surfaces, weighted.
    mean_first_to_second, mean_second_to_first : float
        Weighted means of the two directions.
    normalised : mapping of float to float
        Normalised surface distance: the share of both surfaces that is within each tolerance of the other.
    definition : str
        What the surface is, in words.
    """

    hausdorff: float
    hausdorff_95: float
    assd: float
    mean_first_to_second: float
    mean_second_to_first: float
    normalised: dict[float, float]
    definition: str

    def to_dict(self) -> dict[str, float | str]:
        """Plain values, ready for a table."""
        values = asdict(self)
        shares = values.pop("normalised")
        return values | {f"normalised_{tolerance:g}": share for tolerance, share in shares.items()}


WORDS = {
    "elements": (
        "surface elements between voxel centres, weighted by area (2D: length); percentiles of the weighted distances"
    ),
    "voxels": "centres of voxels with a face on the outside, unweighted; percentiles interpolated linearly",
    "sets": "all voxels of each mask, unweighted; percentiles interpolated linearly",
}


def mask_overlap(
    first: npt.ArrayLike, second: npt.ArrayLike, *, spacing: Sequence[float], both_empty: float | None = None
) -> Overlap:
    """Compare the volumes of two masks on one grid.

    Examples
    --------
    >>> mask_overlap([[0, 1], [1, 1]], [[0, 0], [1, 1]], spacing=(0.5, 0.5)).dice
    0.8

    Parameters
    ----------
    first, second : array of bool or 0 and 1
        Of one shape; two or three dimensions.
    spacing : sequence of float
        Size of a voxel along each axis of the array, in mm. An array [z, y, x] has its spacing in the order z, y, x.
    both_empty : float, optional
        What Dice and IoU are when neither mask has a voxel. Without it that is an error: 0/0 is a decision of yours.

    Returns
    -------
    Overlap

    Raises
    ------
    EmptyMask, MismatchedShapes

    References
    ----------
    - Dice (1945), pp. 297-302: the coefficient.
    - Jaccard (1912), pp. 37-50: intersection over union.
    - Taha & Hanbury (2015), section "Overlap based metrics": both for masks; "Volume based metrics": difference.
    """
    a, b, size = _checked(first, second, spacing)
    in_a, in_b = int(np.count_nonzero(a)), int(np.count_nonzero(b))
    together = int(np.count_nonzero(a & b))
    voxel = float(np.prod(size))
    if in_a + in_b == 0:
        if both_empty is None:
            raise EmptyMask(
                "Neither mask has a voxel, so their overlap is 0/0; say what that counts with 'both_empty', or leave "
                "the case out and say so."
            )
        dice = iou = float(both_empty)
    else:
        dice, iou = 2 * together / (in_a + in_b), together / (in_a + in_b - together)
    return Overlap(
        dice=dice,
        iou=iou,
        voxels=(in_a, in_b, together),
        volumes=(in_a * voxel, in_b * voxel),
        volume_difference=(in_a - in_b) * voxel,
        relative_volume_difference=(in_a - in_b) / in_b if in_b else (float("inf") if in_a else 0.0),
    )


def surface_distance(
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    *,
    spacing: Sequence[float],
    tolerances: Sequence[float] = (),
    surface: str = "elements",
) -> SurfaceDistance:
    """Measure how far the surfaces of two masks are apart.

    Examples
    --------
    >>> surface_distance(mine, yours, spacing=(2.5, 0.8, 0.8), tolerances=[2]).hausdorff_95

    Parameters
    ----------
    first, second : array of bool or 0 and 1
        Of one shape; two or three dimensions; neither empty.
    spacing : sequence of float
        Size of a voxel along each axis of the array, in mm. An array [z, y, x] has its spacing in the order z, y, x.
    tolerances : sequence of float
        For the normalised surface distance, in mm.
    surface : {"elements", "voxels", "sets"}
        What the surface is; the choices give different numbers, see `readroom.stats.overlap.surfaces`.

    Returns
    -------
    SurfaceDistance

    Raises
    ------
    EmptyMask
        One of them has no voxel.

    Notes
    -----
    An element's area is that of the smallest triangulation of its outline.

    References
    ----------
    - Huttenlocher, Klanderman & Rucklidge (1993), pp. 850-863: the Hausdorff distance and its quantiles.
    - Taha & Hanbury (2015), section "Spatial distance based metrics": the average distance.
    - Nikolov et al. (2021), unnumbered: the share of surface within a tolerance (surface Dice).
    - Reinke et al. (2024), pp. 182-194: choices between definitions.
    """
    a, b, size = _checked(first, second, spacing)
    for name, mask in (("first", a), ("second", b)):
        if not mask.any():
            raise EmptyMask(
                f"The {name} mask has no voxel, so it has no surface and no distance; report the overlap of volumes, "
                "or leave the case out and say so."
            )
    a, b = _cropped(a, b)
    (points_a, weights_a), (points_b, weights_b) = surface_points(a, size, surface), surface_points(b, size, surface)
    there, back = _distances(points_a, points_b, a.shape, size), _distances(points_b, points_a, a.shape, size)
    weight = weights_a.sum() + weights_b.sum()
    percentile = _weighted_95 if surface == "elements" else _plain_95
    return SurfaceDistance(
        hausdorff=float(max(there.max(), back.max())),
        hausdorff_95=max(percentile(there, weights_a), percentile(back, weights_b)),
        assd=float(((there * weights_a).sum() + (back * weights_b).sum()) / weight),
        mean_first_to_second=float((there * weights_a).sum() / weights_a.sum()),
        mean_second_to_first=float((back * weights_b).sum() / weights_b.sum()),
        normalised={
            float(t): float((weights_a[there <= t + ROUNDING].sum() + weights_b[back <= t + ROUNDING].sum()) / weight)
            for t in tolerances
        },
        definition=WORDS[surface],
    )


def _checked(first: npt.ArrayLike, second: npt.ArrayLike, spacing: Sequence[float]) -> tuple[Bools, Bools, Spacing]:
    a, b = _mask(first), _mask(second)
    if a.shape != b.shape:
        raise MismatchedShapes(
            f"The masks have the shapes {a.shape} and {b.shape}; bring both onto one grid before comparing them."
        )
    if a.ndim not in {2, 3}:
        raise MismatchedShapes(f"Masks have {a.ndim} dimension(s); give two or three.")
    size = tuple(float(step) for step in spacing)
    if len(size) != a.ndim or not all(np.isfinite(step) and step > 0 for step in size):
        raise UnknownChoice(f"The spacing {spacing!r} must be {a.ndim} positive numbers, one per axis of the mask.")
    if a.size > LARGEST_MASK:
        raise MismatchedShapes(f"The masks have {a.size:,} voxels, more than {LARGEST_MASK:,}; crop both alike.")
    return a, b, size


def _mask(values: npt.ArrayLike) -> Bools:
    mask = np.asarray(values)
    if mask.dtype == np.bool_:
        return mask
    is_inside: Bools = mask != 0
    if not np.array_equal(is_inside, mask):
        raise UnknownChoice("A mask must hold 0 and 1 (or bool); choose one label with labels == number.")
    return is_inside


def _cropped(first: Bools, second: Bools) -> tuple[Bools, Bools]:
    """Both, cut to the box that holds them and one voxel around it."""
    either = first | second
    box = []
    for axis in range(either.ndim):
        rest = tuple(other for other in range(either.ndim) if other != axis)
        used = np.flatnonzero(either.any(axis=rest))
        either = either[(slice(None),) * axis + (slice(int(used[0]), int(used[-1]) + 1),)]
        box.append(slice(int(used[0]), int(used[-1]) + 1))
    return np.pad(first[tuple(box)], 1), np.pad(second[tuple(box)], 1)


def _distances(
    points: npt.NDArray[np.intp], others: npt.NDArray[np.intp], shape: tuple[int, ...], spacing: Spacing
) -> Floats:
    """From each point to the nearest of the others."""
    if len(points) + len(others) < MANY_POINTS:
        scale = np.array(spacing)
        return np.asarray(cKDTree(others * scale).query(points * scale)[0])
    away = np.ones(shape, dtype=bool)
    away[tuple(others.T)] = False
    return np.asarray(ndimage.distance_transform_edt(away, sampling=spacing)[tuple(points.T)])


def _weighted_95(distances: Floats, weights: Floats) -> float:
    """The smallest distance that at least 95 % of the surface does not exceed."""
    order = np.argsort(distances)
    share = np.cumsum(weights[order]) / weights.sum()
    return float(distances[order][min(int(np.searchsorted(share, 0.95)), len(order) - 1)])


def _plain_95(distances: Floats, weights: Floats) -> float:
    assert len(distances) == len(weights)
    return float(np.percentile(distances, 95))
