"""Geometry of a stack of slices from their positions (PS3.3 C.7.6.2), and what is wrong with it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median_low

from readroom.imaging.dicom.image_sets import rank_places
from readroom.imaging.geometry import (
    Finding,
    FindingKind,
    Geometry,
    Vector,
    cross,
    dot,
    length,
    minus,
    plus,
    scaled,
    unit,
)

UNIFORM = 0.01
"""Steps that differ by less than this share of a step are equal; scanners round positions."""
TILTED = 0.002
"""Shift along the plane, as a share of a step, from which a stack counts as sheared (0.1 degrees)."""
MOST_NAMED = 5
PATIENT_AXES: tuple[Vector, Vector, Vector] = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """Where one frame stands.

    Parameters
    ----------
    position : tuple of 3 floats, optional
        Centre of its first pixel, mm, LPS.
    orientation : tuple of 6 floats, optional
        Directions in which the column index and the row index grow.
    spacing : tuple of 2 floats
        Between rows and between columns, mm, as DICOM orders them.
    step : float, optional
        Distance to the next frame as recorded (SpacingBetweenSlices, else SliceThickness), mm.
    """

    position: Vector | None = None
    orientation: tuple[float, ...] | None = None
    spacing: tuple[float, float] = (1.0, 1.0)
    step: float | None = None


def measure_stack(planes: Sequence[Plane], *, is_cross_sectional: bool) -> tuple[Geometry, tuple[Finding, ...]]:
    """Geometry of slices in the order in which they are shown, and its findings.

    Parameters
    ----------
    planes : sequence of Plane
        One time point, ascending along row x column.
    is_cross_sectional : bool
        Whether positions and orientations are expected; a photograph without them is not worth a word.
    """
    findings: list[Finding] = []
    directions = _directions(planes[0].orientation, findings, is_expected=is_cross_sectional)
    rows_apart, columns_apart = planes[0].spacing
    positions = [plane.position for plane in planes if plane.position is not None]
    if len(positions) < len(planes) or planes[0].orientation is None:
        if is_cross_sectional and len(positions) < len(planes):
            findings.append(Finding(FindingKind.MISSING_POSITION, _say_unplaced(planes)))
        step, shear = _assume_step(planes, findings, is_cross_sectional=is_cross_sectional), None
        origin = positions[0] if positions else (0.0, 0.0, 0.0)
    else:
        step, shear = _measure_steps(positions, directions[2], planes, findings)
        origin = positions[0]
    geometry = Geometry(
        origin=origin, directions=directions, spacing=(columns_apart, rows_apart, step), slice_step=shear
    )
    return geometry, tuple(findings)


def _directions(
    orientation: tuple[float, ...] | None, findings: list[Finding], *, is_expected: bool
) -> tuple[Vector, Vector, Vector]:
    if orientation is None:
        if is_expected:
            findings.append(
                Finding(FindingKind.MISSING_ORIENTATION, "No orientation is recorded; the image's own axes are used.")
            )
        return PATIENT_AXES
    row, column = unit(_three(orientation[:3])), unit(_three(orientation[3:]))
    lean = dot(row, column)
    if abs(lean) > 1e-3:
        angle = math.degrees(math.acos(max(-1.0, min(1.0, lean))))
        findings.append(
            Finding(FindingKind.NON_ORTHOGONAL, f"Rows and columns stand at {angle:.2f} degrees instead of 90.")
        )
    return row, column, unit(cross(row, column))


def _three(values: tuple[float, ...]) -> Vector:
    x, y, z = values
    return x, y, z


def _say_unplaced(planes: Sequence[Plane]) -> str:
    missing = sum(plane.position is None for plane in planes)
    if len(planes) == 1:
        return "Its position is not recorded."
    return f"{missing} of {len(planes)} slices have no position; they are in the order of their numbers."


def _assume_step(planes: Sequence[Plane], findings: list[Finding], *, is_cross_sectional: bool) -> float:
    step = planes[0].step
    if is_cross_sectional and len(planes) > 1:
        source = f"{step:g} mm are taken from the header" if step else "1 mm is assumed"
        findings.append(
            Finding(
                FindingKind.ASSUMED_SLICE_SPACING,
                f"The distance between slices does not follow from positions; {source}.",
            )
        )
    return step or 1.0


def _measure_steps(
    positions: list[Vector], normal: Vector, planes: Sequence[Plane], findings: list[Finding]
) -> tuple[float, Vector | None]:
    """Distance from slice to slice along the normal, and the whole step where the stack is sheared."""
    distances = [dot(normal, position) for position in positions]
    places = rank_places(distances)
    first = {place: i for i, place in reversed(list(enumerate(places)))}
    if len(first) < len(positions):
        findings.append(_find_duplicates(places, len(first)))
    unique = [first[place] for place in sorted(first)]
    if len(unique) == 1:
        return planes[0].step or 1.0, None
    steps = [distances[b] - distances[a] for a, b in pairwise(unique)]
    base = _base_step(steps)
    whole = [round(step / base) for step in steps]
    findings.extend(_find_uneven(steps, base, unique))
    if sum(whole) and all(abs(step - n * base) <= n * UNIFORM * base for step, n in zip(steps, whole, strict=True)):
        base = sum(steps) / sum(whole)
    return base, _find_shear([positions[i] for i in unique], normal, base, findings)


def _base_step(steps: list[float]) -> float:
    return median_low(steps)


def _find_duplicates(places: list[int], count: int) -> Finding:
    seen: set[int] = set()
    again = [i for i, place in enumerate(places) if place in seen or seen.add(place)]  # type: ignore[func-returns-value]
    message = f"{len(places)} slices stand at {count} places: {_name(again)} at one where another stands."
    return Finding(FindingKind.DUPLICATE_POSITION, message, tuple(again))


def _name(frames: Sequence[int]) -> str:
    named = ", ".join(str(i + 1) for i in frames[:MOST_NAMED])
    rest = f" and {len(frames) - MOST_NAMED} more" if len(frames) > MOST_NAMED else ""
    return f"slice{'s' if len(frames) > 1 else ''} {named}{rest}"


def _find_uneven(steps: list[float], base: float, frames: list[int]) -> list[Finding]:
    """Steps that are a multiple of the others are gaps; runs of them and all others are a changing spacing."""
    odd = [i for i, step in enumerate(steps) if abs(step - base) > UNIFORM * base]
    if not odd:
        return []
    gaps = [i for i in odd if _is_gap(i, steps, base)]
    findings = []
    if gaps:
        missing = sum(round(steps[i] / base) - 1 for i in gaps)
        widths = ", ".join(f"{steps[i]:.4g} mm after slice {frames[i] + 1}" for i in gaps[:MOST_NAMED])
        findings.append(
            Finding(
                FindingKind.GAP,
                f"{missing} slice{'s are' if missing > 1 else ' is'} missing: {widths}, "
                f"where {base:.4g} mm is the rule.",
                tuple(frames[i] for i in gaps),
            )
        )
    uneven = [i for i in odd if i not in set(gaps)]
    if uneven:
        findings.append(
            Finding(
                FindingKind.NON_UNIFORM_SPACING,
                f"The distance between slices changes between {min(steps):.4g} and {max(steps):.4g} mm; "
                f"{base:.4g} mm is used.",
                tuple(frames[i] for i in uneven),
            )
        )
    return findings


def _is_gap(i: int, steps: list[float], base: float) -> bool:
    multiple = round(steps[i] / base)
    if multiple < 2 or abs(steps[i] - multiple * base) > 5 * UNIFORM * base:
        return False
    neighbours = steps[max(i - 1, 0) : i] + steps[i + 1 : i + 2]
    return all(abs(step - steps[i]) > UNIFORM * base for step in neighbours)


def _find_shear(positions: list[Vector], normal: Vector, base: float, findings: list[Finding]) -> Vector | None:
    """The step from slice to slice when slices also shift along their plane (gantry tilt)."""
    path = minus(positions[-1], positions[0])
    along = dot(normal, path)
    step = scaled(path, base / along)
    shift = length(minus(step, scaled(normal, base)))
    offset = max(
        length(minus(position, plus(positions[0], scaled(step, dot(normal, minus(position, positions[0])) / base))))
        for position in positions
    )
    if offset > max(0.05 * base, 0.05):
        findings.append(
            Finding(
                FindingKind.NON_UNIFORM_SPACING,
                f"Slices are shifted along their plane irregularly, by up to {offset:.3g} mm.",
            )
        )
    if shift <= TILTED * base:
        return None
    angle = math.degrees(math.atan2(shift, base))
    findings.append(
        Finding(
            FindingKind.GANTRY_TILT,
            f"The stack is sheared by {angle:.1f} degrees: each slice is shifted by {shift:.3g} mm along its plane.",
        )
    )
    return step
