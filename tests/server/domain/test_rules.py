"""Rules of answers, orders, scores, studies, sockets and layouts."""

from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readroom.server.domain import answers, hanging, ordering, scoring, sockets, studies
from readroom.server.domain.errors import Invalid, Locked
from readroom.server.domain.json_values import check_json
from readroom.server.domain.layout_icons import svg_icon
from readroom.server.domain.matching import is_match
from readroom.server.domain.patterns import check_pattern
from readroom.server.domain.permissions import TABLE, Act, Role, may
from readroom.server.domain.questions import (
    ANSWER_TYPES,
    CHOICE,
    HEADING,
    LOCKED_FIELDS,
    MASK,
    MULTIPLE_CHOICE,
    Option,
    QuestionSpec,
    check_change,
)

SECONDS = timedelta(seconds=1)


def test_the_rules_need_no_framework():
    code = (
        "import sys; sys.modules['django'] = sys.modules['numpy'] = None\n"
        "import pkgutil, importlib, readroom.server.domain as d\n"
        "[importlib.import_module(f'readroom.server.domain.{m.name}') for m in pkgutil.iter_modules(d.__path__)]"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_there_are_23_answer_types():
    assert len(ANSWER_TYPES) == len(set(ANSWER_TYPES)) == 23


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 2**64, "\x00", "\ud800", [[math.nan]], {"a\x00": 1}])
def test_json_that_databases_do_not_keep_is_refused(value):
    with pytest.raises(Invalid):
        check_json(value)


def test_json_that_is_nested_too_deep_is_refused():
    value = []
    for _ in range(100):
        value = [value]
    with pytest.raises(Invalid, match="nested"):
        check_json(value)


@pytest.mark.parametrize("answer_type", [kind for kind in ANSWER_TYPES if kind != HEADING])
def test_nothing_is_an_answer_where_none_is_required(answer_type):
    """A mask comes after its answer."""
    options = [Option(id=1, title="a")] if answer_type in (CHOICE, MULTIPLE_CHOICE) else ()
    question = QuestionSpec(question_text="Q", answer_type=answer_type, options=options, required=False)
    nothing = answers.empty_value(answer_type)
    answers.check_answer(nothing, question=question)
    required = replace(question, required=True)
    if answer_type == MASK:
        answers.check_answer(nothing, question=required)
    else:
        with pytest.raises(Invalid, match="required"):
            answers.check_answer(nothing, question=required)
    for other in (None, "", []):
        if other != nothing:
            with pytest.raises(Invalid):
                answers.check_answer(other, question=question)


def test_edit_times_are_summed_and_never_lost():
    time = answers.add_edit_time(total=None, last=5 * SECONDS)
    assert (time.last, time.total) == (5 * SECONDS, 5 * SECONDS)
    missing = answers.add_edit_time(total=time.total, last=None)
    assert (missing.last, missing.total) == (None, 5 * SECONDS)
    assert answers.add_edit_time(total=missing.total, last=3 * SECONDS).total == 8 * SECONDS


@pytest.mark.parametrize(
    ("given_time", "counted"), [(timedelta(days=-1), timedelta(0)), (timedelta(days=40), timedelta(days=1))]
)
def test_absurd_durations_are_bounded(given_time, counted):
    assert answers.add_edit_time(total=None, last=given_time).total == counted


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("00:01:30", 90),
        ("1 00:00:00", 86400),
        ("01:30.5", 90.5),
        ("30", 30),
        ("P0DT00H00M30S", 30),
        ("PT1.5S", 1.5),
        (12.25, 12.25),
    ],
)
def test_durations_are_read_in_both_notations(text, seconds):
    assert answers.parse_duration(text).total_seconds() == seconds


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=9999)))
def test_a_duration_survives_being_written(duration):
    assert answers.parse_duration(answers.format_duration(duration)) == duration


def test_an_edit_is_late_when_a_later_one_arrived():
    assert answers.is_late(stored=3, offered=2)
    assert answers.is_late(stored=3, offered=3)
    assert not answers.is_late(stored=3, offered=4)
    assert not answers.is_late(stored=3, offered=None)


def test_a_pattern_matches_from_the_start_and_may_leave_the_end_open():
    assert is_match("a", "ab")
    assert not is_match("b", "ab")
    assert not is_match("^a$", "ab")


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a*)*", "(\\w+\\s?)+$", "[", "a" * 600, "(?P<x>a"])
def test_patterns_that_are_wrong_or_never_end_are_refused(pattern):
    with pytest.raises(Invalid):
        check_pattern(pattern)


@pytest.mark.parametrize("pattern", ["^(\\d+,)*\\d+$", "^[A-Z]{2}\\d{4}$", "(yes|no)", "^.+@.+$"])
def test_usual_patterns_are_allowed(pattern):
    check_pattern(pattern)


@pytest.mark.parametrize(("highest", "following"), [(None, 10), (10, 20), (42, 50), (50, 60), (9, 10)])
def test_the_next_order_is_the_next_multiple_of_ten(highest, following):
    assert ordering.next_order(highest) == following


ids = st.lists(st.uuids(), unique=True, max_size=40)


@given(ids, st.integers(1, 10**6))
def test_a_shuffled_order_depends_on_nothing_but_study_reader_and_round(display_sets, reader):
    study = UUID(int=7)
    order = ordering.shuffled(display_sets, study=study, reader=reader)
    assert sorted(order) == sorted(display_sets)
    assert ordering.shuffled(reversed(display_sets), study=study, reader=reader) == order


def test_orders_differ_between_readers_studies_and_rounds():
    display_sets = [UUID(int=number) for number in range(30)]
    orders = {
        tuple(ordering.shuffled(display_sets, study=UUID(int=study), reader=reader, round_number=number))
        for study in (1, 2)
        for reader in (1, 2)
        for number in (1, 2)
    }
    assert len(orders) == 8


def test_two_readers_and_two_studies_and_two_rounds_have_orders_of_their_own():
    cases = [UUID(int=number) for number in range(12)]
    choices = [
        {"study": UUID(int=study), "reader": reader, "round_number": number}
        for study in (7, 8)
        for reader in (1, 2)
        for number in (1, 2)
    ]
    orders = {tuple(ordering.shuffled(cases, **choice)) for choice in choices}
    assert len(orders) == len(choices)
    assert tuple(cases) not in orders


@given(ids, ids, st.data())
def test_what_was_read_keeps_its_order_whatever_comes_or_goes(present, newcomers, data):
    study = uuid4()
    places = ordering.extended([], present, study=study, reader=1)
    kept = data.draw(st.lists(st.sampled_from(present), unique=True)) if present else []
    order = ordering.extended(places, [*kept, *newcomers], study=study, reader=1)
    assert sorted(order) == sorted({*kept, *newcomers})
    assert [pk for pk in order if pk in present] == [pk for pk in places if pk in {*kept, *newcomers}]


def score(answer, truth, kind, **options):
    return scoring.score_answer(answer, truth=truth, answer_type=kind, **options)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [([1, 2], 1), ([2, 1], 1), ([1], 0.5), ([1, 2, 3], 2 / 3), ([3], 0), ([], 0)],
)
def test_multiple_choices_are_compared_as_sets(answer, expected):
    assert score(answer, [1, 2], "Multiple choice") == pytest.approx(expected)


@pytest.mark.parametrize(
    ("answer", "truth", "expected"),
    [([1, 3], [1, 2, 3], 1 / 3), ([2, 3], [1, 2, 3], 0), ([2, 1], [1, 2], 0), ([], [], 1), ([1, 2], [1, 2], 1)],
)
def test_the_exact_rule_compares_place_by_place(answer, truth, expected):
    found = score(answer, truth, "Multiple choice", rule=scoring.ScoringRule.EXACT)
    assert found == pytest.approx(expected)


def test_numbers_are_compared_within_a_tolerance():
    assert score(0.1 + 0.2, 0.3, "Number") == 1
    assert score(0.1 + 0.2, 0.3, "Number", rule=scoring.ScoringRule.EXACT) == 0
    assert score(10, 11, "Number") == 0
    assert score(10, 11, "Number", tolerance=1) == 1
    assert score(None, 11, "Number", tolerance=100) == 0


def test_texts_are_compared_without_case_and_blanks():
    assert score("  Lung\u00a0NODULE ", "lung nodule", "Text") == 1
    assert score("Lung", "lung", "Text", rule=scoring.ScoringRule.EXACT) == 0


def test_annotations_have_no_score():
    assert score(None, None, "Point") is None


@given(st.lists(st.integers(1, 9), unique=True), st.lists(st.integers(1, 9), unique=True))
def test_scores_lie_between_nothing_and_one_and_only_the_truth_is_one(answer, truth):
    found = score(answer, truth, "Multiple choice")
    assert 0 <= found <= 1
    assert (found == 1) == (set(answer) == set(truth))


def test_locked_fields_are_named_one_by_one():
    with pytest.raises(Invalid) as error:
        check_change(["question_text", "help_text", "options"], has_answers=True)
    assert list(error.value.errors) == ["question_text", "options"]
    check_change(list(LOCKED_FIELDS), has_answers=False)


@pytest.mark.parametrize(
    ("state", "is_editor", "takes"),
    [
        ("open", False, True),
        ("draft", False, False),
        ("draft", True, True),
        ("paused", True, False),
        ("closed", False, False),
    ],
)
def test_who_may_answer_in_which_state(state, is_editor, takes):
    if takes:
        studies.check_takes_answers(state, is_editor=is_editor)
    else:
        with pytest.raises(Locked, match=state):
            studies.check_takes_answers(state, is_editor=is_editor)


def test_a_study_with_answers_cannot_become_a_draft_again():
    assert studies.check_transition(current="open", wanted="draft", has_answers=False) == "draft"
    with pytest.raises(Invalid, match="answers"):
        studies.check_transition(current="open", wanted="draft", has_answers=True)
    with pytest.raises(Invalid):
        studies.check_transition(current="draft", wanted="gone", has_answers=False)


def test_progress_of_nothing_is_nothing():
    assert studies.progress(answered=0, display_sets=0, questions=5) == 0
    assert studies.progress(answered=5, display_sets=2, questions=5) == 50


KINDS = {"ct": "Image", "mr": "Image", "seg": "Segmentation", "pdf": "PDF file", "csv": "CSV file", "age": "Integer"}


@pytest.mark.parametrize(
    "content",
    [[], {"main": []}, {"main": ["x"]}, {"main": ["ct", "ct"]}, {"main": ["ct", "mr"]}, {"main": ["pdf", "age"]}, {"main": ["csv"]}, {"first": ["ct"]}, {"main": "ct"}],
)  # fmt: skip
def test_view_content_that_no_viewport_shows_is_refused(content):
    with pytest.raises(Invalid):
        hanging.check_view_content(content, kinds=KINDS)


def test_view_content_and_protocol_name_the_same_viewports():
    protocol = [{"viewport_name": "main"}, {"viewport_name": "secondary"}]
    hanging.check_view_content({"main": ["ct", "seg", "age"], "secondary": ["pdf"]}, kinds=KINDS, protocol=protocol)
    hanging.check_view_content({}, kinds=KINDS, protocol=protocol)
    with pytest.raises(Invalid, match="secondary"):
        hanging.check_view_content({"main": ["ct"]}, kinds=KINDS, protocol=protocol)


def test_the_example_content_is_valid():
    content = hanging.example_view_content(protocol=None, kinds=KINDS)
    assert content["main"] == ["ct", "seg"]
    hanging.check_view_content(content, kinds=KINDS)


def socket(**fields):
    return sockets.SocketSpec(**{"slug": "s", "kind": "Integer", "relative_path": "age.json", **fields})


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"kind": "Nothing"}, "kind"),
        ({"relative_path": "age.txt"}, "relative_path"),
        ({"relative_path": "../age.json"}, "relative_path"),
        ({"relative_path": "/age.json"}, "relative_path"),
        ({"relative_path": "images/age.json"}, "relative_path"),
        ({"relative_path": "14909328-7a62-4745-8d2a-81a5d936f34b.json"}, "relative_path"),
        ({"kind": "Image", "relative_path": "ct"}, "relative_path"),
        ({"kind": "Multiple points"}, "super_kind"),
        ({"kind": "Image", "relative_path": "images/ct", "is_stored_as_file": True}, "super_kind"),
        ({"kind": "Segmentation", "relative_path": "images/seg"}, "overlay_segments"),
        ({"overlay_segments": [{"name": "a", "visible": True, "voxel_value": 1}]}, "overlay_segments"),
        ({"default_value": "text"}, "non_field_errors"),
    ],
)
def test_sockets_that_contradict_themselves_are_refused(fields, field):
    with pytest.raises(Invalid) as error:
        sockets.check_socket(socket(**fields))
    assert list(error.value.errors) == [field]


@pytest.mark.parametrize(
    "segments",
    [
        [{"name": "a", "visible": True, "voxel_value": 2}],
        [{"name": "a", "visible": True, "voxel_value": 1}, {"name": "b", "visible": True, "voxel_value": 1}],
        [{"name": "a", "visible": True, "voxel_value": 1}, {"name": "a", "visible": True, "voxel_value": 2}],
        [{"name": "a", "visible": 1, "voxel_value": 1}],
        [{"name": "a", "voxel_value": 1}],
        [{"name": str(n), "visible": True, "voxel_value": n} for n in range(1, 80)],
        "a",
    ],
)
def test_segments_are_named_contiguous_and_few(segments):
    with pytest.raises(Invalid):
        sockets.check_overlay_segments(segments, is_allowed=True)


def test_background_is_always_an_allowed_voxel_value():
    segments = [{"name": "a", "visible": True, "voxel_value": 1}]
    sockets.check_voxel_values([0, 1], segments=segments)
    with pytest.raises(Invalid, match="0, 1"):
        sockets.check_voxel_values([0, 3], segments=segments)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("String", "", 1),
        ("Integer", 0, 0.5),
        ("Float", 0, "0"),
        ("Bool", False, 0),
        ("Anything", {"a": [None]}, math.nan),
        ("Chart", {"mark": "bar"}, []),
        ("Choice", "a", 1),
        ("Multiple choice", [], "a"),
        (
            "Affine transform registration",
            {"3d_affine_transform": [[0, 0, 0, 0]] * 4},
            {"3d_affine_transform": [[0] * 3] * 4},
        ),
    ],
)
def test_values_fit_the_kind_of_their_socket(kind, good, bad):
    sockets.check_value(good, kind=kind)
    with pytest.raises(Invalid):
        sockets.check_value(bad, kind=kind)


def test_values_are_listed_in_their_defined_order():
    rows = [
        ("Image", "z"),
        ("PDF file", "p"),
        ("Chart", "c"),
        ("Thumbnail png", "t"),
        ("String", "s"),
        ("Bool", "b"),
        ("Image", "a"),
    ]
    ordered = sorted(rows, key=lambda row: sockets.order_of_value(*row))
    assert [slug for _, slug in ordered] == ["b", "s", "t", "c", "p", "a", "z"]


def test_an_icon_draws_every_viewport():
    assert svg_icon([{"viewport_name": "main"}, {"viewport_name": "secondary"}]).count("<rect") == 2


@pytest.mark.parametrize("act", Act)
def test_every_act_has_a_row_and_none_is_for_everybody_by_accident(act):
    assert TABLE[act]
    assert may(act, [Role.PUBLIC]) == (act in (Act.VIEW_STUDY, Act.VIEW_ARCHIVE))
    assert not may(act, [])
