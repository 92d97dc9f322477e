"""Geometry from positions, and everything that can be wrong with them."""

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from readroom.imaging.dicom.stacking import Plane, measure_stack
from readroom.imaging.geometry import FindingKind

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def stack(*heights, orientation=AXIAL, lean=(0.0, 0.0), **plane):
    return [
        Plane(position=(lean[0] * z, lean[1] * z, float(z)), orientation=orientation, spacing=(0.5, 0.7), **plane)
        for z in heights
    ]


def measure(planes, *, is_cross_sectional=True):
    geometry, findings = measure_stack(planes, is_cross_sectional=is_cross_sectional)
    return geometry, {finding.kind: finding for finding in findings}


@st.composite
def rotations(draw):
    """Any orthonormal rows and columns, by Euler angles."""
    a, b, c = (draw(st.floats(-math.pi, math.pi)) for _ in range(3))
    turn = lambda t: np.array([[math.cos(t), -math.sin(t), 0], [math.sin(t), math.cos(t), 0], [0, 0, 1]])  # noqa: E731
    tilt = np.array([[1, 0, 0], [0, math.cos(b), -math.sin(b)], [0, math.sin(b), math.cos(b)]])
    return turn(a) @ tilt @ turn(c)


@given(
    rotations(),
    st.tuples(*[st.floats(-500, 500)] * 3),
    st.floats(0.1, 20),
    st.integers(2, 40),
)
def test_a_regular_stack_in_any_direction_has_its_geometry_and_no_findings(rotation, origin, step, count):
    row, column, normal = rotation.T
    planes = [
        Plane(
            position=tuple(np.array(origin) + normal * step * i),
            orientation=(*row, *column),
            spacing=(0.5, 0.7),
        )
        for i in range(count)
    ]
    geometry, findings = measure(planes)
    assert findings == {}
    np.testing.assert_allclose(geometry.directions, (row, column, normal), atol=1e-9)
    np.testing.assert_allclose(geometry.spacing, (0.7, 0.5, step), rtol=1e-6)
    np.testing.assert_allclose(geometry.place(0, 0, count - 1), planes[-1].position, atol=1e-6)
    assert geometry.slice_step is None


@given(rotations(), st.floats(1, 10), st.integers(3, 20), st.floats(-2, 2), st.floats(-2, 2))
def test_a_sheared_stack_keeps_the_place_of_every_slice(rotation, step, count, along_rows, along_columns):
    row, column, normal = rotation.T
    whole = normal * step + row * along_rows + column * along_columns
    planes = [Plane(position=tuple(whole * i), orientation=(*row, *column)) for i in range(count)]
    geometry, findings = measure(planes)
    shift = math.hypot(along_rows, along_columns)
    if shift > 0.0021 * step:
        assert list(findings) == [FindingKind.GANTRY_TILT]
    elif shift < 0.0019 * step:
        assert findings == {}
    for i in range(count):
        np.testing.assert_allclose(geometry.place(0, 0, i), planes[i].position, atol=0.0021 * step * count + 1e-6)
    assert geometry.spacing[2] == pytest.approx(step)


def test_missing_slices_are_counted_where_they_are_missing():
    geometry, findings = measure(stack(0, 2, 4, 10, 12, 14, 18, 20))
    gap = findings[FindingKind.GAP]
    assert gap.message == "3 slices are missing: 6 mm after slice 3, 4 mm after slice 6, where 2 mm is the rule."
    assert gap.frames == (2, 5)
    assert geometry.spacing[2] == 2.0


def test_a_spacing_that_changes_is_no_gap():
    geometry, findings = measure(stack(0, 2, 4, 6, 8, 12, 16, 20))
    assert list(findings) == [FindingKind.NON_UNIFORM_SPACING]
    assert findings[FindingKind.NON_UNIFORM_SPACING].frames == (4, 5, 6)
    assert geometry.spacing[2] == 2.0


def test_uneven_steps_are_named_with_their_range():
    _, findings = measure(stack(0, 2, 4.5, 6, 8))
    assert "between 1.5 and 2.5 mm" in findings[FindingKind.NON_UNIFORM_SPACING].message


def test_rounded_positions_are_uniform():
    chance = random.Random(1)
    heights = [round(i * 1.25 + chance.uniform(-0.004, 0.004), 3) for i in range(100)]
    geometry, findings = measure(stack(*heights))
    assert findings == {}
    assert geometry.spacing[2] == pytest.approx(1.25, abs=1e-4)


def test_slices_at_one_place_are_named_and_do_not_change_the_spacing():
    geometry, findings = measure(stack(0, 2, 2, 4, 6))
    assert list(findings) == [FindingKind.DUPLICATE_POSITION]
    assert findings[FindingKind.DUPLICATE_POSITION].frames == (2,)
    assert geometry.spacing[2] == 2.0


def test_slices_that_wander_along_their_plane_are_named():
    planes = [Plane(position=(5.0 * (i % 2), 0.0, 2.0 * i), orientation=AXIAL, spacing=(1.0, 1.0)) for i in range(6)]
    _, findings = measure(planes)
    assert "irregularly, by up to" in findings[FindingKind.NON_UNIFORM_SPACING].message


def test_without_positions_the_recorded_step_is_assumed_and_it_is_said():
    geometry, findings = measure([Plane(orientation=AXIAL, step=3.0)] * 4)
    assert set(findings) == {FindingKind.MISSING_POSITION, FindingKind.ASSUMED_SLICE_SPACING}
    assert geometry.spacing[2] == 3.0
    geometry, findings = measure([Plane(orientation=AXIAL)] * 4)
    assert "1 mm is assumed" in findings[FindingKind.ASSUMED_SLICE_SPACING].message


def test_without_orientation_the_axes_are_the_images_own():
    geometry, findings = measure([Plane(position=(1.0, 2.0, 3.0))])
    assert list(findings) == [FindingKind.MISSING_ORIENTATION]
    assert geometry.directions == ((1, 0, 0), (0, 1, 0), (0, 0, 1))
    assert geometry.origin == (1.0, 2.0, 3.0)


def test_a_photograph_without_positions_is_not_worth_a_word():
    _, findings = measure([Plane()], is_cross_sectional=False)
    assert findings == {}


def test_axes_that_are_not_at_right_angles_are_named():
    _, findings = measure(stack(0, 1, 2, orientation=(1.0, 0.0, 0.0, 0.1, 0.995, 0.0)))
    assert FindingKind.NON_ORTHOGONAL in findings
    assert "84.2" in findings[FindingKind.NON_ORTHOGONAL].message


def test_the_order_of_in_plane_spacing_is_turned():
    geometry, _ = measure(stack(0, 1))
    assert geometry.spacing[:2] == (0.7, 0.5)
