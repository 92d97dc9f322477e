"""Matching of marks to lesions."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readroom.stats.errors import (
    BadRequest,
    BadTable,
    MismatchedShapes,
    MissingColumn,
    NotANumber,
    UnknownChoice,
)
from readroom.stats.froc import FrocStudy
from readroom.stats.localization import MatchingRule, label_marks, match_marks

NEAR = MatchingRule(criterion="distance", threshold=10)
points = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=0, max_size=5)


@settings(max_examples=80, deadline=None)
@given(marks=points, lesions=points)
def test_the_hungarian_assignment_is_the_best_of_all(marks, lesions):
    matched = match_marks(marks, lesions, rule=NEAR)
    pairs = [(i, j) for i, j in enumerate(matched) if j >= 0]
    distance = np.array([[np.hypot(a - c, b - d) for c, d in lesions] for a, b in marks])
    distance = distance.reshape(len(marks), len(lesions))
    best = (0, 0.0)
    for count in range(1, min(len(marks), len(lesions)) + 1):
        for chosen in itertools.permutations(range(len(lesions)), count):
            for order in itertools.combinations(range(len(marks)), count):
                costs = [distance[i, j] for i, j in zip(order, chosen, strict=True)]
                if max(costs) <= 10:
                    best = max(best, (count, -sum(costs)))
    assert len(pairs) == best[0]
    assert -sum(distance[i, j] for i, j in pairs) == pytest.approx(best[1])
    assert len({j for _, j in pairs}) == len(pairs)


def test_a_mark_may_give_way_so_that_more_marks_match():
    greedy = MatchingRule(criterion="distance", threshold=10, assignment="rating")
    marks, lesions = [[8, 0], [0, 0]], [[9, 0], [17, 0]]
    assert match_marks(marks, lesions, rule=greedy, ratings=[5, 1]).tolist() == [0, -2]
    assert match_marks(marks, lesions, rule=NEAR).tolist() == [1, 0]


def test_boxes_match_by_intersection_over_union():
    rule = MatchingRule(criterion="iou", threshold=0.5)
    marks = [[0, 0, 10, 10], [0, 0, 10, 4], [50, 50, 60, 60]]
    assert match_marks(marks, [[0, 0, 10, 8]], rule=rule).tolist() == [0, -2, -1]


def test_a_lesion_may_have_its_own_radius():
    marks, lesions = [[0, 15], [100, 15]], [[0, 0], [100, 0]]
    assert match_marks(marks, lesions, rule=NEAR, radii=[20, np.nan]).tolist() == [0, -1]


def table(**columns) -> pd.DataFrame:
    return pd.DataFrame(columns)


def marks_and_lesions() -> tuple[pd.DataFrame, pd.DataFrame]:
    marks = table(
        modality=["A"] * 4, reader=["r"] * 4, display_set=["c1", "c1", "c1", "c2"],
        rating=[3, 9, 5, 2], x=[0, 1, 50, 7], y=[0, 0, 0, 7],
    )  # fmt: skip
    return marks, table(display_set=["c1", "c2"], lesion=["left", None], x=[2.0, np.nan], y=[0.0, np.nan])


def test_a_table_of_positions_becomes_a_table_of_marks():
    marks, lesions = marks_and_lesions()
    ignored = label_marks(marks, lesions, rule=NEAR)
    assert ignored[["display_set", "mark", "rating"]].to_numpy().tolist() == [
        ["c1", "LL", 9.0], ["c1", "NL", 5.0], ["c2", "NL", 2.0],
    ]  # fmt: skip
    counted = label_marks(marks, lesions, rule=MatchingRule(criterion="distance", threshold=10, extra="false"))
    assert (counted.mark == "NL").sum() == 3
    assert FrocStudy.read(ignored, truth=lesions).n["lesion_marks"] == 1


def test_a_row_without_a_mark_is_passed_on_and_says_that_the_case_was_read():
    marks, lesions = marks_and_lesions()
    nothing = pd.DataFrame([{"modality": "A", "reader": "new", "display_set": "c2"}])
    labelled = label_marks(pd.concat([marks, nothing], ignore_index=True), lesions, rule=NEAR)
    assert labelled[labelled.reader == "new"][["mark", "lesion", "rating"]].isna().all(axis=None)
    study = FrocStudy.read(labelled, truth=lesions)
    assert study.design.to_frame()["A", "new"].tolist() == [case == "c2" for case in study.cases]
    assert study.n == FrocStudy.read(label_marks(marks, lesions, rule=NEAR), truth=lesions).n


def test_the_rule_is_a_sentence_that_says_everything():
    sentence = MatchingRule(criterion="iou", threshold=0.3, assignment="rating", extra="false").sentence
    for words in ("intersection over union of 0.3", "falling rating", "counted as marks off the lesions"):
        assert words in sentence
    assert "10 mm" in NEAR.sentence


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: MatchingRule(criterion="overlap", threshold=1), UnknownChoice, "distance or iou"),
        (lambda: MatchingRule(criterion="iou", threshold=10), BadRequest, "up to 1"),
        (lambda: match_marks([[0, 0]], [[0, 0, 0]], rule=NEAR), MismatchedShapes, "same axes"),
        (lambda: match_marks([[0, np.nan]], [[0, 0]], rule=NEAR), MismatchedShapes, "finite"),
        (
            lambda: match_marks([[0, 0, 0]], [[0, 0, 0]], rule=MatchingRule(criterion="iou", threshold=0.5)),
            MismatchedShapes,
            "even number",
        ),
        (
            lambda: match_marks(
                [[0, 0]], [[0, 0]], rule=MatchingRule(criterion="distance", threshold=1, assignment="rating")
            ),
            BadRequest,
            "one rating per mark",
        ),
        (lambda: label_marks(marks_and_lesions()[0].assign(reader=None), marks_and_lesions()[1], rule=NEAR), MissingColumn, "'reader' of the table of marks is empty in line 2"),
        (lambda: label_marks(marks_and_lesions()[0].drop(columns="y"), marks_and_lesions()[1], rule=NEAR), MissingColumn, "'y'"),
        (lambda: label_marks(marks_and_lesions()[0], marks_and_lesions()[1].head(1), rule=NEAR), BadTable, "'c2' has marks"),
        (lambda: label_marks(marks_and_lesions()[0].assign(rating=np.nan), marks_and_lesions()[1], rule=NEAR), NotANumber, "rating"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_with_the_remedy(call, error, words):
    with pytest.raises(error, match=words):
        call()
