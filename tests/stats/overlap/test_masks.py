import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage

from readroom.stats.errors import EmptyMask, MismatchedShapes, UnknownChoice
from readroom.stats.overlap import mask_overlap, masks, surface_distance
from readroom.stats.overlap.surfaces import DEFINITIONS, element_sizes

SPACING = (2.5, 0.8, 1.0)


def ball(shape=(30, 40, 40), centre=(15, 20, 20), radii=(8, 12, 11)):
    return sum(((index - c) / r) ** 2 for index, c, r in zip(np.indices(shape), centre, radii, strict=True)) <= 1


def box(shape, low, high):
    mask = np.zeros(shape, dtype=bool)
    mask[tuple(slice(a, b) for a, b in zip(low, high, strict=True))] = True
    return mask


def test_shared_volume_is_counted_in_voxels_and_in_millimetres():
    found = mask_overlap(box((8, 8, 8), (0, 0, 0), (4, 4, 4)), box((8, 8, 8), (2, 0, 0), (6, 4, 4)), spacing=SPACING)
    assert (found.dice, found.iou) == (0.5, 1 / 3)
    assert found.voxels == (64, 64, 32)
    assert found.volumes == pytest.approx((128, 128))
    assert found.volume_difference == 0


def test_a_box_moved_by_two_voxels_is_their_spacing_apart():
    first, second = box((20, 20, 20), (5, 5, 5), (12, 12, 12)), box((20, 20, 20), (7, 5, 5), (14, 12, 12))
    for definition in DEFINITIONS:
        assert surface_distance(first, second, spacing=SPACING, surface=definition).hausdorff == pytest.approx(5)


def test_elements_add_up_to_the_surface_of_a_box():
    """Faces run half a voxel outside the outermost centres, edges and corners are bevelled."""
    mask = np.pad(box((6, 6, 6), (0, 0, 0), (6, 6, 6)), 1)
    from readroom.stats.overlap.surfaces import surface_points

    _, weights = surface_points(mask, (1.0, 1.0, 1.0), "elements")
    faces, edges, corners = 6 * 25, 12 * 5 * np.sqrt(0.5), 8 * np.sqrt(3) / 8
    assert weights.sum() == pytest.approx(faces + edges + corners)


def test_elements_of_a_large_ball_come_near_its_surface():
    from readroom.stats.overlap.surfaces import surface_points

    radius = 20
    mask = ball((50, 50, 50), (25, 25, 25), (radius,) * 3)
    _, weights = surface_points(mask, (1.0, 1.0, 1.0), "elements")
    assert weights.sum() == pytest.approx(4 * np.pi * (radius + 0.1) ** 2, rel=0.12)


def test_a_cell_and_its_complement_share_a_surface():
    for spacing in [(1.0, 1.0), (0.5, 2.0)]:
        sizes = element_sizes(spacing)
        plain = [code for code in range(16) if code not in {6, 9}]
        assert [sizes[code] for code in plain] == pytest.approx([sizes[15 - code] for code in plain])
    sizes = element_sizes((1.0, 1.0, 1.0))
    assert sizes[0] == sizes[255] == 0
    assert sizes[1] == pytest.approx(np.sqrt(3) / 8)
    assert sizes[0b00001111] == pytest.approx(1)
    assert all(size > 0 for size in sizes[1:255])


def test_every_measure_of_a_mask_with_itself_is_perfect():
    mask = ball()
    found = surface_distance(mask, mask, spacing=SPACING, tolerances=[0, 1])
    assert (found.hausdorff, found.hausdorff_95, found.assd) == (0, 0, 0)
    assert found.normalised == {0: 1, 1: 1}
    assert mask_overlap(mask, mask, spacing=SPACING).dice == 1


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_search_tree_and_distance_map_agree(definition, monkeypatch):
    first, second = ball(), ball(centre=(16, 22, 18), radii=(7, 10, 13))
    tree = surface_distance(first, second, spacing=SPACING, tolerances=[2], surface=definition)
    monkeypatch.setattr(masks, "MANY_POINTS", 0)
    assert surface_distance(
        first, second, spacing=SPACING, tolerances=[2], surface=definition
    ).to_dict() == pytest.approx(tree.to_dict())


def test_the_definition_is_part_of_the_result():
    texts = {surface_distance(ball(), ball(), spacing=SPACING, surface=d).definition for d in DEFINITIONS}
    assert len(texts) == 3


def test_two_dimensions_are_measured_by_length():
    first, second = box((20, 20), (5, 5), (15, 15)), box((20, 20), (5, 6), (15, 16))
    found = surface_distance(first, second, spacing=(1, 0.5), tolerances=[0.4])
    assert found.hausdorff == pytest.approx(0.5)
    assert 0 < found.normalised[0.4] < 1


shapes = st.tuples(st.integers(3, 7), st.integers(3, 7), st.integers(3, 6))
pairs = shapes.flatmap(lambda shape: st.tuples(hnp.arrays(bool, shape), hnp.arrays(bool, shape)))


@settings(max_examples=60)
@given(pair=pairs, definition=st.sampled_from(DEFINITIONS), axis=st.integers(0, 2))
def test_measures_are_symmetric_and_do_not_change_with_the_frame(pair, definition, axis):
    first, second = pair
    first[1, 1, 1] = second[1, 1, 1] = True
    found = surface_distance(first, second, spacing=SPACING, tolerances=[1], surface=definition)
    back = surface_distance(second, first, spacing=SPACING, tolerances=[1], surface=definition)
    assert (found.hausdorff, found.assd) == pytest.approx((back.hausdorff, back.assd))
    assert found.mean_first_to_second == pytest.approx(back.mean_second_to_first)
    turned = [np.pad(np.flip(mask, axis), 2) for mask in pair]
    moved = surface_distance(*turned, spacing=SPACING, tolerances=[1], surface=definition)
    assert moved.hausdorff == pytest.approx(found.hausdorff)
    assert moved.assd == pytest.approx(found.assd)
    assert moved.normalised == pytest.approx(found.normalised)
    assert 0 <= found.hausdorff_95 <= found.hausdorff


@settings(max_examples=40)
@given(pair=pairs)
def test_distances_of_voxel_sets_are_those_of_a_distance_map(pair):
    first, second = pair
    first[0, 0, 0] = second[-1, -1, -1] = True
    found = surface_distance(first, second, spacing=SPACING, surface="sets")
    far = ndimage.distance_transform_edt(~second, sampling=SPACING)[first].max()
    back = ndimage.distance_transform_edt(~first, sampling=SPACING)[second].max()
    assert found.hausdorff == pytest.approx(max(far, back))


@settings(max_examples=60)
@given(pair=pairs)
def test_dice_and_iou_tell_the_same(pair):
    if pair[0].any() or pair[1].any():
        found = mask_overlap(*pair, spacing=SPACING)
        assert found.dice == pytest.approx(2 * found.iou / (1 + found.iou))
        assert mask_overlap(pair[1], pair[0], spacing=SPACING).dice == found.dice


def test_bad_input_is_a_named_error():
    mask, empty = ball(), np.zeros((30, 40, 40), dtype=bool)
    with pytest.raises(EmptyMask, match="both_empty"):
        mask_overlap(empty, empty, spacing=SPACING)
    assert mask_overlap(empty, empty, spacing=SPACING, both_empty=1).dice == 1
    assert mask_overlap(mask, empty, spacing=SPACING).dice == 0
    with pytest.raises(EmptyMask, match="second mask"):
        surface_distance(mask, empty, spacing=SPACING)
    with pytest.raises(MismatchedShapes, match="one grid"):
        mask_overlap(mask, mask[1:], spacing=SPACING)
    with pytest.raises(MismatchedShapes, match="two or three"):
        mask_overlap([1, 0], [1, 0], spacing=(1,))
    with pytest.raises(UnknownChoice, match="spacing"):
        mask_overlap(mask, mask, spacing=(1, 1))
    with pytest.raises(UnknownChoice, match="spacing"):
        surface_distance(mask, mask, spacing=(1, 1, 0))
    with pytest.raises(UnknownChoice, match="label"):
        mask_overlap(mask * 3, mask, spacing=SPACING)
    with pytest.raises(UnknownChoice, match="elements"):
        surface_distance(mask, mask, spacing=SPACING, surface="skin")
