"""Which instances stand together: the same sets whatever comes in which order, in how many parts."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readroom.imaging.dicom.image_sets import (
    InstanceFacts,
    View,
    add,
    build,
    derive,
    difference,
    order_slices,
    rank_places,
    remove,
)
from readroom.imaging.dicom.kinds import Kind

AXIAL, SAGITTAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0), (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)


def ct(number, **changes):
    facts = InstanceFacts(
        sop_instance=f"1.{number}",
        series="9",
        study="8",
        modality="CT",
        rows=512,
        columns=512,
        frame_kind="s16-gray",
        orientation=AXIAL,
        position=(0.0, 0.0, float(number)),
        spacing=(0.5, 0.5),
        number=number,
    )
    return replace(facts, **changes)


@st.composite
def instances(draw):
    """Anything a hospital may send: few series, so that much of it stands together."""
    number = draw(st.integers(0, 30))
    return ct(
        number,
        content=draw(st.sampled_from(["", "", "", "a", "b"])),
        series=draw(st.sampled_from(["9", "10"])),
        kind=draw(st.sampled_from([Kind.IMAGE] * 5 + [Kind.REPORT, Kind.SEGMENTATION, Kind.SLIDE, Kind.DOCUMENT])),
        modality=draw(st.sampled_from(["CT", "MR", "CR"])),
        is_multi_frame=draw(st.sampled_from([False, False, False, True])),
        is_localizer=draw(st.sampled_from([False, False, True])),
        rows=draw(st.sampled_from([512, 256])),
        orientation=draw(st.sampled_from([AXIAL, AXIAL, SAGITTAL, None])),
        position=draw(st.sampled_from([(0.0, 0.0, float(number % 7)), None])),
        temporal=draw(st.sampled_from([None, 1, 2])),
        moment=draw(st.sampled_from(["", "1200", "1201"])),
        written=draw(st.sampled_from(["", "2024", "2025"])),
        body_part=draw(st.sampled_from(["HEAD", "NECK"])),
    )


def unique(members):
    """One instance for each key: what two calls of one file give is the same."""
    return list({facts.key: facts for facts in members}.values())


hospital = st.lists(instances(), max_size=25).map(unique)


@given(hospital, st.randoms())
def test_the_order_of_arrival_changes_nothing(members, chance):
    shuffled = members[:]
    chance.shuffle(shuffled)
    assert build(shuffled) == build(members)
    assert list(build(shuffled)) == list(build(members))


@given(hospital, st.lists(st.integers(0, 4), max_size=25))
def test_adding_in_any_batches_ends_in_the_sets_built_from_scratch(members, batches):
    sets = {}
    for batch in range(5):
        chosen = [facts for i, facts in enumerate(members) if (batches[i] if i < len(batches) else 0) == batch]
        sets = add(sets, chosen)
    assert sets == build(members)


@given(hospital, st.sets(st.integers(0, 30)))
def test_removing_ends_in_the_sets_built_without(members, numbers):
    gone = {f"1.{number}" for number in numbers}
    kept = [facts for facts in members if facts.sop_instance not in gone]
    assert remove(build(members), gone) == build(kept)


@given(hospital)
def test_doing_it_twice_changes_nothing(members):
    once = build(members)
    assert add(once, members) == once
    assert not difference(once, add(once, members))
    assert build(members + members) == once
    assert remove(once, ["no such instance"]) == once


@given(hospital)
def test_every_instance_stands_in_exactly_one_set(members):
    placed = [facts.key for image_set in build(members).values() for facts in image_set.instances]
    assert sorted(placed) == sorted(facts.key for facts in members)


@given(hospital, hospital)
def test_applying_a_difference_leads_from_one_state_to_the_other(before, after):
    old, new = build(before), build(after)
    change = difference(old, new)
    state = dict(old)
    for image_set in change.removed:
        del state[image_set.id]
    for image_set in (*change.added, *change.updated):
        state[image_set.id] = image_set
    assert state == dict(new)
    assert not {s.id for s in change.added} & {s.id for s in change.updated}
    assert bool(change) == (old != new)


@given(hospital, st.sets(st.integers(0, 30)))
def test_a_view_never_takes_instances_from_its_base_and_follows_it(members, numbers):
    sets = build(members)
    view = View("annotated", only=frozenset(f"1.{n}" for n in numbers))
    for base in sets.values():
        made = derive(base, view)
        assert sets[base.id] == base
        if made is None:
            continue
        assert made.id not in sets
        assert made.derived_from == base.id
        assert set(made.instances) <= set(base.instances)
        assert {facts.sop_instance for facts in made.instances} <= view.only


@given(hospital)
def test_a_set_keeps_its_id_while_it_grows_and_shrinks(members):
    full = build(members)
    for facts in members:
        [alone] = build([facts]).values()
        assert facts in full[alone.id].instances


def test_a_growing_view_keeps_its_id():
    [base] = build([ct(n) for n in range(5)]).values()
    few, many = (derive(base, View("annotated", only=frozenset(only))) for only in (["1.1"], ["1.1", "1.3"]))
    assert few.id == many.id
    assert len(many.instances) == 2


def test_views_of_different_name_or_condition_have_different_ids():
    [base] = build([ct(n, body_part="HEAD" if n < 3 else "NECK") for n in range(5)]).values()
    head = derive(base, View("part", {"body_part": ("HEAD",)}))
    neck = derive(base, View("part", {"body_part": ("NECK",)}))
    assert [len(made.instances) for made in (head, neck)] == [3, 2]
    assert len({base.id, head.id, neck.id, derive(base, View("other", {"body_part": ("HEAD",)})).id}) == 4
    assert derive(base, View("part", {"body_part": ("KNEE",)})) is None


def test_single_frames_of_a_series_stand_together_whatever_their_frame_of_reference():
    assert [len(s.instances) for s in build([ct(n) for n in range(9)]).values()] == [9]


@pytest.mark.parametrize(
    "change",
    [
        {"rows": 256},
        {"orientation": SAGITTAL},
        {"orientation": None},
        {"is_localizer": True},
        {"is_multi_frame": True},
        {"series": "10"},
        {"frame_kind": "u8-color"},
        {"spacing": (0.7, 0.7)},
        {"position": None},
        {"kind": Kind.REPORT},
    ],
)
def test_what_cannot_be_one_volume_is_a_set_of_its_own(change):
    sets = build([ct(1), ct(2), ct(3, **change)])
    assert sorted(len(s.instances) for s in sets.values()) == [1, 2]


def test_last_digits_of_an_orientation_never_split_a_series():
    for angle in ((1.0, 0.0, 0.0), (0.9510565, 0.3090170, 0.0), (0.5, 0.8660254, 0.0), (0.7071068, 0.7071068, 0.0)):
        members = [ct(n, orientation=(*(c + n * 1e-6 for c in angle), 0.0, 0.0, 1.0)) for n in range(-4, 5)]
        assert len(build(members)) == 1, angle


@pytest.mark.parametrize("modality", ["CR", "DX", "MG"])
def test_each_projection_is_a_set_of_its_own(modality):
    assert len(build([ct(n, modality=modality) for n in range(4)])) == 4


@pytest.mark.parametrize("kind", [Kind.REPORT, Kind.SEGMENTATION, Kind.STRUCTURES])
def test_of_revisions_in_a_series_the_newest_is_current(kind):
    old = ct(1, kind=kind, written="20240101")
    sets = build([old])
    [before] = sets.values()
    [after] = add(sets, [ct(2, kind=kind, written="20250101")]).values()
    assert after.id == before.id
    assert (before.current.sop_instance, after.current.sop_instance) == ("1.1", "1.2")
    [back] = remove(add(sets, [ct(2, kind=kind, written="20250101")]), ["1.2"]).values()
    assert back == before


@pytest.mark.parametrize("kind", [Kind.DOCUMENT, Kind.VIDEO, Kind.WAVEFORM])
def test_documents_videos_and_waveforms_stand_alone_and_say_what_they_are(kind):
    sets = build([ct(1, kind=kind), ct(2, kind=kind)])
    assert [(s.kind, len(s.instances)) for s in sets.values()] == [(kind, 1)] * 2


def test_a_known_series_has_the_id_it_always_had():
    [image_set] = build([ct(1)]).values()
    assert image_set.id == KNOWN


KNOWN = "fe34d1a4-abcd-5e02-bb30-58258692f9de"
"""Changing the rules changes stored ids: this fails first."""


def test_slices_at_one_place_with_different_content_are_both_kept():
    [image_set] = build([ct(1, content="a"), ct(1, content="b")]).values()
    assert len(image_set.instances) == 2


def test_time_points_are_ordered_by_temporal_position_then_acquisition_then_moment():
    members = [
        ct(n, position=(0.0, 0.0, float(n % 2)), temporal=t, acquisition=a, moment=m)
        for n, (t, a, m) in enumerate([(2, 1, "a"), (2, 1, "a"), (1, 2, "a"), (1, 2, "a"), (1, 1, "b"), (1, 1, "b")])
    ]
    [image_set] = build(members).values()
    assert image_set.time_points == 3
    assert [facts.number for facts in image_set.instances] == [4, 5, 2, 3, 0, 1]


def test_without_positions_temporal_positions_divide_a_series():
    members = [ct(n, position=None, temporal=1 + n % 2) for n in range(6)]
    [image_set] = build(members).values()
    assert image_set.time_points == 2
    assert [facts.number for facts in image_set.instances] == [0, 2, 4, 1, 3, 5]


def test_one_doubled_slice_is_no_time_axis():
    slices = [ct(n) for n in range(5)] + [ct(9, position=(0.0, 0.0, 2.0))]
    order, time_points, is_complete = order_slices(slices)
    assert (order, time_points, is_complete) == ([0, 1, 2, 5, 3, 4], 1, True)


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=60))
def test_places_ascend_with_distances(distances):
    places = rank_places(distances)
    in_order = sorted(range(len(distances)), key=distances.__getitem__)
    ranks = [places[i] for i in in_order]
    assert ranks == sorted(ranks)
    assert set(ranks) == set(range(max(ranks) + 1))
