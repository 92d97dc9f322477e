"""Marks out of the answers of annotation questions."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from tests.conftest import ROOT

from readroom.stats.annotations import marks_from_answers
from readroom.stats.errors import BadTable, NotANumber
from readroom.stats.froc import FrocStudy
from readroom.stats.localization import MatchingRule, label_marks
from readroom.stats.plan import Plan
from readroom.stats.report import analyze
from readroom.stats.table import Readings

VALID = ROOT / "contract" / "fixtures" / "annotations" / "valid"


def readings_of(*answers: object) -> Readings:
    rows = [
        {"reader": f"r{number}", "display_set": "c1", "answer": answer if answer is None else json.dumps(answer)}
        for number, answer in enumerate(answers)
    ]
    return Readings.read(pd.DataFrame(rows))


def points(*places: tuple[float, float, float, float]) -> dict:
    shapes = [{"point": list(place[:3]), "probability": place[3]} for place in places]
    return {"type": "Multiple points", "points": shapes, "version": {"major": 1, "minor": 0}}


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("point-named", 1),
        ("multiple-points", 2),
        ("multiple-points-empty", 0),
        ("2d-bounding-box-named", 1),
        ("multiple-2d-bounding-boxes", 2),
    ],
)
def test_every_valid_point_and_box_of_the_wire_contract_is_read(name, count):
    answer = json.loads((VALID / f"{name}.json").read_text())
    marks = marks_from_answers(readings_of(answer, points()), rating_when_missing=0.5)
    assert len(marks) == count
    assert (marks[["x", "y", "z"]].to_numpy() == [1.5, 2, 3]).all()


def test_a_box_has_its_corners_and_centre():
    box = {"type": "2D bounding box", "corners": [[0, 0, 5], [10, 0, 5], [10, 4, 5], [0, 4, 5]], "probability": 0.7}
    mark = marks_from_answers(readings_of(box)).iloc[0]
    assert mark[["x", "y", "z", "x_max", "y_max", "rating"]].tolist() == [5, 2, 5, 10, 4, 0.7]


def test_flat_boxes_match_only_in_one_plane():
    def box(low: float, z: float) -> list[list[float]]:
        return [[low, 0, z], [low + 10, 0, z], [low + 10, 10, z], [low, 10, z]]

    answer = {
        "type": "Multiple 2D bounding boxes",
        "boxes": [{"corners": box(1, 5), "probability": 0.9}, {"corners": box(0, 9), "probability": 0.8}],
    }
    marks = marks_from_answers(readings_of(answer))
    lesion = {"display_set": "c1", "lesion": 1}
    lesion |= dict(zip(("x_min", "y_min", "z_min", "x_max", "y_max", "z_max"), (0, 0, 5, 10, 10, 5), strict=True))
    labelled = label_marks(marks, pd.DataFrame([lesion]), rule=MatchingRule(criterion="iou", threshold=0.5))
    assert labelled.mark.tolist() == ["LL", "NL"]


def test_who_marked_nothing_still_takes_part():
    readings = readings_of(points((0, 0, 0, 0.9)), points())
    lesions = pd.DataFrame(
        {"display_set": ["c1", "c2"], "lesion": [1, None], "x": [0, None], "y": [0, None], "z": [0, None]}
    )
    rule = MatchingRule(criterion="distance", threshold=5)
    labelled = label_marks(marks_from_answers(readings), lesions, rule=rule)
    study = FrocStudy.read(labelled, truth=lesions, readers=readings.names("reader"))
    assert study.readers == ("r0", "r1")
    assert study.n["lesion_marks"] == 1


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        ("no", BadTable, "line 2 is no annotation"),
        ({"type": "Line", "seed_points": []}, BadTable, "line 2 is Line; marks are read from Point"),
        ({"type": "Point", "point": [1, 2], "probability": 1}, BadTable, "no coordinates"),
        ({"type": "Point", "point": [1, 2, None], "probability": 1}, BadTable, "no coordinates"),
        ({"type": "Multiple points", "points": [1]}, BadTable, "Multiple points"),
        ({"type": "Point", "point": [1, 2, 3]}, NotANumber, "rating_when_missing"),
    ],
)
def test_answers_that_are_no_marks_are_refused_with_their_line(answer, error, words):
    with pytest.raises(error, match=words):
        marks_from_answers(readings_of(answer))


def test_text_that_is_no_json_is_refused():
    table = pd.DataFrame({"reader": ["r"], "display_set": ["c"], "answer": ["left lung"]})
    with pytest.raises(BadTable, match="no JSON"):
        marks_from_answers(Readings.read(table))


def test_a_plan_analyses_the_marks_in_the_answers(tmp_path):
    rows = []
    for modality, found in (("A", 0.4), ("B", 0.8)):
        for reader in range(3):
            for case in range(12):
                hit = case < 6 and (case + reader) / 8 < found
                places = [(0, 0, 0, 0.5 + case / 20)] if hit else []
                places += [(50, 0, 0, 0.1 * (reader + 1) + case / 40)] if case % 3 == reader else []
                row = {"modality": modality, "reader": f"r{reader}", "display_set": f"c{case}"}
                rows.append({**row, "answer": json.dumps(points(*places))})
    lesions = pd.DataFrame(
        {"display_set": [f"c{k}" for k in range(12)], "lesion": [1] * 6 + [None] * 6, "x": 0, "y": 0, "z": 0}
    )
    lesions.to_csv(tmp_path / "lesions.csv", index=False)
    text = "analyses:\n  - {analysis: froc, lesions: lesions.csv, matching: {criterion: distance, threshold: 5}}\n"
    plan = Plan.parse(text, folder=tmp_path)
    section = analyze(Readings.read(pd.DataFrame(rows)), plan).sections[0]
    assert section.refusal == ""
    unanswered = analyze(Readings.read(pd.DataFrame(rows[1:])), plan).sections[0]
    assert unanswered.refusal.startswith("IncompleteDesign: Not every reader answered for every case")
    without = Plan.parse(text.replace("}}", "}, leave_out: {display_set: c0}}"), folder=tmp_path)
    assert analyze(Readings.read(pd.DataFrame(rows[1:])), without).sections[0].results[0].n["cases"] == 11
    means = {result.group["modality"]: result.value for result in section.results[1:3]}
    assert means["B"] > means["A"]
    assert "within 5 mm" in section.methods
