"""Where pixels are: origin, directions and spacing in the patient, and what is doubtful about them.

Coordinates are DICOM's: LPS (x to the patient's left, y to the back, z to the head), in millimetres, and name the
centre of a voxel. Axes are given in the order (x, y, z) = (column index, row index, slice index), as ITK has them;
arrays are indexed the other way round, ``array[z, y, x]``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

Vector = tuple[float, float, float]
"""Three numbers, x y z."""


class FindingKind(StrEnum):
    """Names of what a reader or a measurement must know about a geometry."""

    GAP = "gap"
    """Slices are missing: a step is a multiple of the others."""
    DUPLICATE_POSITION = "duplicate-position"
    """Two slices stand at one position."""
    DUPLICATE_FILE = "duplicate-file"
    """The same instance was given twice; it was used once."""
    NON_UNIFORM_SPACING = "non-uniform-spacing"
    """The steps between slices differ."""
    GANTRY_TILT = "gantry-tilt"
    """Slices are shifted along their plane: the volume is sheared."""
    MISSING_POSITION = "missing-position"
    """Slices have no position; their order is the instance number's, their spacing assumed."""
    MISSING_ORIENTATION = "missing-orientation"
    """No orientation is recorded; the image's own axes are used."""
    UNCALIBRATED_SPACING = "uncalibrated-spacing"
    """The size of a pixel is unknown; measure in pixels."""
    DETECTOR_SPACING = "detector-spacing"
    """The size of a pixel is known at the detector only; lengths in the patient are smaller."""
    MAGNIFICATION_CORRECTED = "magnification-corrected"
    """The size of a pixel was divided by the recorded magnification."""
    ASSUMED_SLICE_SPACING = "assumed-slice-spacing"
    """The distance between slices is not recorded by positions."""
    LEFT_HANDED = "left-handed"
    """The axes form a mirrored system."""
    NON_ORTHOGONAL = "non-orthogonal"
    """The axes are not at right angles."""
    NON_FINITE_VALUES = "non-finite-values"
    """Some values are NaN or infinite."""
    BURNED_IN_ANNOTATION = "burned-in-annotation"
    """The pixels may show text that identifies a person."""
    COLORS_NOT_SHOWN = "colors-not-shown"
    """Some gray values are meant to be seen in colours; they are shown in gray."""
    LOSSY_COMPRESSION = "lossy-compression"
    """The pixels were compressed with loss before they came here."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact about an image that must not stay silent.

    Parameters
    ----------
    kind : FindingKind
        What it is.
    message : str
        A sentence for a person, with numbers and units.
    frames : tuple of int
        The slices or frames concerned, counted from 0; empty when it concerns all.
    """

    kind: FindingKind
    message: str
    frames: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Geometry:
    """Position of a grid of voxels in the patient.

    Parameters
    ----------
    origin : tuple of 3 floats
        Centre of the first voxel, mm, LPS.
    directions : tuple of 3 vectors
        Unit vectors along which the column index, the row index and the slice index grow.
    spacing : tuple of 3 floats
        Distance between neighbouring centres along these, mm. 1.0 where a finding says it is not known.
    slice_step : tuple of 3 floats, optional
        The real step from slice to slice when it is not ``directions[2] * spacing[2]`` (gantry tilt).
    """

    origin: Vector = (0.0, 0.0, 0.0)
    directions: tuple[Vector, Vector, Vector] = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    spacing: Vector = (1.0, 1.0, 1.0)
    slice_step: Vector | None = None

    def place(self, column: float, row: float, slice_index: float = 0.0) -> Vector:
        """Where a voxel stands in the patient, mm, LPS.

        >>> Geometry(origin=(10.0, 0.0, 0.0), spacing=(0.5, 2.0, 3.0)).place(2, 1, 1)
        (11.0, 2.0, 3.0)
        """
        step = self.slice_step or scaled(self.directions[2], self.spacing[2])
        in_plane = plus(
            scaled(self.directions[0], column * self.spacing[0]), scaled(self.directions[1], row * self.spacing[1])
        )
        return plus(self.origin, plus(in_plane, scaled(step, slice_index)))


def dot(a: Vector, b: Vector) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a: Vector, b: Vector) -> Vector:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def scaled(a: Vector, factor: float) -> Vector:
    return a[0] * factor, a[1] * factor, a[2] * factor


def plus(a: Vector, b: Vector) -> Vector:
    return a[0] + b[0], a[1] + b[1], a[2] + b[2]


def minus(a: Vector, b: Vector) -> Vector:
    return a[0] - b[0], a[1] - b[1], a[2] - b[2]


def length(a: Vector) -> float:
    return math.hypot(*a)


def unit(a: Vector) -> Vector:
    """The vector with length 1; raises `ValueError` for one without a direction."""
    size = length(a)
    if not (math.isfinite(size) and size > 0):
        raise ValueError("a vector without length has no direction")
    return scaled(a, 1 / size)
