import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readroom.stats.errors import EmptyMask, MismatchedShapes, NotANumber, UnknownChoice
from readroom.stats.overlap import box_overlap, polygon_overlap, shapes

SQUARE = [[0, 0], [4, 0], [4, 4], [0, 4]]
HOLE = [[1, 1], [3, 1], [3, 3], [1, 3]]


def test_boxes_share_what_lies_in_both():
    assert box_overlap([[0, 0], [2, 2]], [[1, 0], [3, 2]]).iou == pytest.approx(1 / 3)
    assert box_overlap([[0, 0, 0], [2, 2, 2]], [[3, 3, 3], [1, 1, 1]]).sizes == (8, 8, 1)
    assert box_overlap([[0, 0], [1, 1]], [[2, 2], [3, 3]]).dice == 0
    four = [[0, 0], [0, 2], [2, 2], [2, 0]]
    assert box_overlap(four, four).dice == 1


def test_a_hole_is_outside():
    found = polygon_overlap([SQUARE, HOLE], [SQUARE])
    assert found.sizes == pytest.approx((12, 16, 12))
    assert polygon_overlap([SQUARE, HOLE], [HOLE]).dice == 0


def test_a_polygon_that_is_not_convex_is_measured_exactly():
    letter = [[0, 0], [6, 0], [6, 1], [1, 1], [1, 3], [6, 3], [6, 4], [0, 4]]
    band = [[3, -1], [5, -1], [5, 5], [3, 5]]
    assert polygon_overlap([letter], [band]).sizes == pytest.approx((14, 12, 4))


def test_crossing_triangles_share_a_known_area():
    up, down = [[0, 0], [6, 0], [3, 6]], [[0, 4], [6, 4], [3, -2]]
    grid = (np.arange(3000) + 0.5) / 3000
    x, y = grid[:, None] * 6, grid[None, :] * 8 - 2
    inside_up = (y > 0) & (y < 2 * x) & (y < 2 * (6 - x))
    inside_down = (y < 4) & (y > 4 - 2 * x) & (y > 4 - 2 * (6 - x))
    expected = (inside_up & inside_down).mean() * 48
    assert polygon_overlap([up], [down]).sizes[2] == pytest.approx(expected, abs=0.02)


stars = st.integers(3, 12).flatmap(
    lambda n: st.lists(st.floats(0.5, 5), min_size=n, max_size=n).map(
        lambda radii: [
            [r * np.cos(2 * np.pi * i / len(radii)), r * np.sin(2 * np.pi * i / len(radii))]
            for i, r in enumerate(radii)
        ]
    )
)


@settings(max_examples=60)
@given(first=stars, second=stars, turn=st.floats(0, 6.28), shift=st.floats(-3, 3))
def test_overlap_is_symmetric_and_does_not_change_when_both_move(first, second, turn, shift):
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    found = polygon_overlap([first], [second])
    assert polygon_overlap([second], [first]).iou == pytest.approx(found.iou, abs=1e-9)
    moved = [np.array(ring) @ turned + shift for ring in (first, second)]
    assert polygon_overlap([moved[0]], [moved[1]]).iou == pytest.approx(found.iou, abs=1e-6)
    assert polygon_overlap([first], [first]).dice == pytest.approx(1)
    corners = np.array(first)
    area = 0.5 * abs(
        np.dot(corners[:, 0], np.roll(corners[:, 1], 1)) - np.dot(corners[:, 1], np.roll(corners[:, 0], 1))
    )
    assert found.sizes[0] == pytest.approx(area)


def test_bad_shapes_are_named_errors(monkeypatch):
    with pytest.raises(MismatchedShapes, match="dimensions"):
        box_overlap([[0, 0], [1, 1]], [[0, 0, 0], [1, 1, 1]])
    with pytest.raises(MismatchedShapes, match="corners"):
        box_overlap([0, 0, 1, 1], [[0, 0], [1, 1]])
    with pytest.raises(MismatchedShapes, match="three or more"):
        polygon_overlap([[[0, 0], [1, 1]]], [SQUARE])
    with pytest.raises(NotANumber):
        polygon_overlap([[[0, 0], [1, np.nan], [1, 1]]], [SQUARE])
    with pytest.raises(EmptyMask, match="no ring"):
        polygon_overlap([], [SQUARE])
    with pytest.raises(EmptyMask, match="0/0"):
        box_overlap([[0, 0], [0, 0]], [[1, 1], [1, 1]])
    with pytest.raises(UnknownChoice, match="masks"):
        polygon_overlap([np.random.default_rng(1).random((5000, 2))], [SQUARE])
    monkeypatch.setattr(shapes, "MOST_CROSSINGS", 100)
    with pytest.raises(UnknownChoice, match="cross more than"):
        polygon_overlap([np.random.default_rng(1).random((300, 2))], [SQUARE])
