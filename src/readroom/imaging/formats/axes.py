"""Geometry from the axes that a header gives: unit directions, spacing, and what is doubtful about them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from readroom.imaging.errors import CorruptFile
from readroom.imaging.geometry import Finding, FindingKind, Geometry, Vector

RIGHT_ANGLE_TOLERANCE = 1e-3
"""Cosine of the angle between two axes up to which they count as at right angles."""
UNIT_AXES: tuple[Vector, Vector, Vector] = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


def to_vector(values: Sequence[float]) -> Vector:
    """Take three numbers, or two in the plane z = 0."""
    x, y, z = (float(value) for value in (*values, 0.0)[:3])
    return x, y, z


def geometry_of(
    axes: Sequence[Sequence[float]], origin: Sequence[float], *, name: str, what: str = "orientation"
) -> tuple[Geometry, tuple[Finding, ...]]:
    """Make a geometry from the steps along the column, row and slice index (LPS, mm).

    Two axes are those of a picture in the plane z = 0.

    Raises
    ------
    CorruptFile
        The axes do not span a space.
    """
    matrix = np.eye(3)
    matrix[: len(axes), : len(axes)] = np.asarray(axes, np.float64)
    lengths = np.linalg.norm(matrix, axis=1)
    if not np.all(np.isfinite(matrix)) or not np.all(np.isfinite(np.asarray(origin, np.float64))):
        raise CorruptFile(f"{name}: the {what} holds values that are not numbers; export it again from the original.")
    if np.any(lengths < 1e-9) or abs(np.linalg.det(matrix / np.maximum(lengths, 1e-9)[:, None])) < 1e-6:
        raise CorruptFile(
            f"{name}: the {what} is singular, so the place of its voxels is unknown; export it again from the original."
        )
    directions = matrix / lengths[:, None]
    first, second, third = (to_vector(row) for row in directions.tolist())
    geometry = Geometry(
        origin=to_vector(origin), directions=(first, second, third), spacing=to_vector(lengths.tolist())
    )
    return geometry, doubts_about(directions)


def doubts_about(directions: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> tuple[Finding, ...]:
    findings = []
    cosines = np.abs(directions @ directions.T - np.eye(3)).max()
    if cosines > RIGHT_ANGLE_TOLERANCE:
        degrees = float(np.degrees(np.arcsin(min(cosines, 1.0))))
        findings.append(
            Finding(FindingKind.NON_ORTHOGONAL, f"The axes are not at right angles: {degrees:.2f} degrees off.")
        )
    if np.linalg.det(directions) < 0:
        findings.append(Finding(FindingKind.LEFT_HANDED, "The axes form a mirrored system; they are kept as they are."))
    return tuple(findings)


def uncalibrated(why: str) -> Finding:
    """Report that the size of a pixel is unknown."""
    return Finding(FindingKind.UNCALIBRATED_SPACING, f"{why} The size of a pixel is unknown; measure in pixels.")
