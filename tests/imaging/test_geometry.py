"""Where voxels stand."""

import doctest
import math

import numpy as np
import pytest
import SimpleITK
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import ROOT

from readroom.imaging.geometry import FindingKind, Geometry, cross, dot, length, minus, plus, scaled, unit

numbers = st.floats(-1e3, 1e3)
vectors = st.tuples(numbers, numbers, numbers)


@given(vectors, vectors)
def test_a_cross_product_stands_upright_on_both(a, b):
    made = cross(a, b)
    assert dot(made, a) == pytest.approx(0, abs=1e-3)
    np.testing.assert_allclose(made, np.cross(a, b), atol=1e-6)


@given(vectors, vectors, numbers)
def test_vectors_add_and_scale_like_numpy(a, b, factor):
    np.testing.assert_allclose(plus(a, scaled(b, factor)), np.add(a, np.multiply(b, factor)), atol=1e-6)
    np.testing.assert_allclose(minus(a, b), np.subtract(a, b), atol=1e-9)


@given(vectors)
def test_a_unit_vector_has_length_one_and_nothing_has_no_direction(a):
    if length(a) > 1e-100:
        assert length(unit(a)) == pytest.approx(1)
    for nothing in ((0.0, 0.0, 0.0), (math.nan, 0.0, 0.0), (math.inf, 0.0, 0.0)):
        with pytest.raises(ValueError, match="no direction"):
            unit(nothing)


@given(st.tuples(*[st.integers(0, 30)] * 3), vectors, st.tuples(*[st.floats(0.1, 9)] * 3), st.floats(0, 6))
def test_a_voxel_stands_where_itk_says(index, origin, spacing, angle):
    row = (math.cos(angle), math.sin(angle), 0.0)
    column = (-math.sin(angle), math.cos(angle), 0.0)
    geometry = Geometry(origin=origin, directions=(row, column, (0.0, 0.0, 1.0)), spacing=spacing)
    image = SimpleITK.Image([31, 31, 31], SimpleITK.sitkUInt8)
    image.SetOrigin(origin)
    image.SetSpacing(spacing)
    image.SetDirection(np.array([row, column, (0, 0, 1)]).T.ravel().tolist())
    np.testing.assert_allclose(geometry.place(*index), image.TransformIndexToPhysicalPoint(index), atol=1e-6)


def test_a_sheared_stack_steps_along_its_real_step():
    geometry = Geometry(spacing=(1.0, 1.0, 2.0), slice_step=(0.0, 0.5, 2.0))
    assert geometry.place(1, 1, 4) == (1.0, 3.0, 8.0)


def test_every_finding_is_explained():
    page = (ROOT / "docs/explanation/geometry.md").read_text(encoding="utf-8")
    assert [kind.value for kind in FindingKind if f"| `{kind.value}` |" not in page] == []


@pytest.mark.parametrize("page", ["geometry.md", "image-sets.md"])
def test_what_the_explanation_shows_is_so(page):
    failed, attempted = doctest.testfile(str(ROOT / "docs/explanation" / page), module_relative=False)
    assert attempted > 0
    assert failed == 0
