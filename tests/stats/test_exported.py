"""Tables as the platform and its client write them, read without a word of help."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from readroom.stats import Readings, case_times, cohen_kappa, learning_curve, reading_times
from readroom.stats.errors import (
    AmbiguousSelection,
    ContradictoryTruth,
    EmptySelection,
    MissingColumn,
    NotANumber,
    UnknownOption,
)
from readroom.stats.plan import Plan
from readroom.stats.report import analyze, read_for_plan

TITLES = ("- none", "maybe", "certain", "never chosen")
MALIGNANT, REMARK = "5f7c9d10", "88a1b2c3"


def export(**changes: object) -> pd.DataFrame:
    """Two readers, four cases, a choice and a remark; display sets in one order, read in another."""
    rows = []
    for reader, chosen in (("anna", (1, 2, 3, 3)), ("ben", (1, 1, 3, 2))):
        for case, rating in enumerate(chosen):
            moment = f"2026-03-01T09:{10 - 2 * case:02d}:00+00:00"
            common = {"reader": reader, "modality": np.nan, "session": 1, "display_set": f"id-{case}"}
            described = {"display_set_title": f"Case {case + 1}", "display_set_order": case, "created": moment}
            choice = {
                "question": MALIGNANT,
                "answer": TITLES[rating - 1],
                "rating": float(rating),
                "truth": TITLES[2 * (case // 2)],
                "seconds": 30.0 + case,
                "question_text": "Malignant?",
                "answer_type": "Choice",
                "options": "; ".join(TITLES),
            }
            remark = {
                "question": REMARK,
                "answer": "fine; thanks",
                "seconds": 0.0,
                "question_text": "Remarks",
                "answer_type": "Text",
            }
            rows += [common | described | choice, common | described | remark]
    return pd.DataFrame(rows).assign(**changes)


@pytest.fixture
def readings() -> Readings:
    return Readings.read(export(), positive="certain")


def test_a_round_without_a_title_is_one_unnamed_modality(readings):
    assert readings.names("modality") == ("-",)
    half_named = export(modality=["CT"] + [None] * 15)
    with pytest.raises(MissingColumn, match="'modality' is empty in lines 3"):
        Readings.read(half_named)


def test_questions_and_display_sets_are_chosen_by_their_words_or_by_their_identifiers(readings):
    by_words = readings.only(question="Malignant?", display_set=["Case 1", "Case 3"])
    by_identifiers = readings.only(question=MALIGNANT, display_set=["id-0", "id-2"])
    pd.testing.assert_frame_equal(by_words.frame, by_identifiers.frame)
    assert len(by_words.frame) == 4


def test_errors_speak_of_questions_as_people_do(readings):
    with pytest.raises(EmptySelection, match=r"question is one of Malignant\?, Remarks"):
        readings.only(question="Benign?")
    with pytest.raises(AmbiguousSelection, match=r"such as question: Malignant\?"):
        readings.one("question")
    with pytest.raises(UnknownOption, match="'Remarks' were not given"):
        readings.options_of(REMARK)


def test_the_options_are_the_full_list_that_the_table_brings(readings):
    assert readings.options == {MALIGNANT: TITLES}
    cube = readings.only(question="Malignant?").cube(value="answer")
    assert cube.ratings[0].tolist() == [[0, 1, 2, 2], [0, 0, 2, 1]]
    assert cube.truth.tolist() == [0, 0, 1, 1]
    given = cohen_kappa(cube.ratings[0].T, options=range(4), weights="linear")
    used = cohen_kappa(cube.ratings[0].T, options=range(3), weights="linear")
    assert given.value == pytest.approx(used.value)


def test_options_that_are_given_come_before_those_of_the_table():
    order = ["never chosen", "- none", "maybe", "certain"]
    assert Readings.read(export(), options={"Malignant?": order}).options[MALIGNANT] == tuple(order)
    with pytest.raises(UnknownOption, match=r"no option of 'Malignant\?'"):
        Readings.read(export(), options={"Malignant?": ["yes", "no"]})


def test_a_list_that_is_cut_in_the_wrong_places_is_not_taken():
    frame = export()
    frame["answer"] = frame["answer"].replace({"maybe": "may; be"})
    frame["options"] = frame["options"].str.replace("maybe", "may; be")
    assert Readings.read(frame).options == {}


def test_a_file_gives_back_what_was_kept_from_the_spreadsheet(tmp_path):
    shielded = export().map(lambda cell: f"'{cell}" if isinstance(cell, str) and cell.startswith("-") else cell)
    shielded.to_csv(tmp_path / "answers.csv", index=False, encoding="utf-8-sig")
    export().to_parquet(tmp_path / "answers.parquet")
    found = [Readings.read(tmp_path / name) for name in ("answers.csv", "answers.parquet")]
    assert found[0].options == found[1].options == {MALIGNANT: TITLES}
    columns = ["reader", "modality", "session", "display_set", "question", "answer", "rating", "truth", "seconds"]
    pd.testing.assert_frame_equal(found[0].frame[columns], found[1].frame[columns])


def test_time_is_that_of_the_case_and_its_order_that_of_the_answers(readings):
    times = case_times(readings)
    assert times["seconds"].tolist() == [30, 31, 32, 33] * 2
    points = learning_curve(readings).points
    assert points[points.reader == "anna"]["order"].tolist() == [4, 3, 2, 1]
    assert learning_curve(readings).learning_rate.notes == ()
    for estimate in (*reading_times(readings), learning_curve(readings).learning_rate):
        assert estimate.design is not None
    with pytest.raises(NotANumber, match="created"):
        case_times(Readings.read(export(created="yesterday")))


def test_a_case_without_any_time_and_a_negative_time_are_refused():
    for seconds in (0.0, -1.0):
        with pytest.raises(NotANumber, match="Line 2"):
            case_times(Readings.read(export(seconds=seconds)))


def test_two_arms_in_two_studies_are_joined_by_the_titles_of_their_cases():
    arms = [
        export(modality=arm, display_set=export()["display_set"] + arm, question=export()["question"] + arm)
        for arm in ("CT", "MRI")
    ]
    joined = Readings.read(
        pd.concat(arms), columns={"display_set": "display_set_title", "question": "question_text"}, positive="certain"
    )
    cube = joined.only(question="Malignant?").cube()
    assert cube.ratings.shape == (2, 2, 4)
    assert cube.design.is_complete


def test_two_rounds_with_two_truths_are_refused():
    frame = export()
    frame.loc[0, "truth"] = "maybe"
    with pytest.raises(ContradictoryTruth, match="id-0"):
        Readings.read(frame)


def test_the_table_of_the_client_is_read_in_the_words_of_its_options():
    table = export().drop(columns=["modality", "session", "rating", "truth", "options"])
    table = table.assign(answer_text=table["answer"], answer=[17, {"type": "2D bounding box"}] * 8)
    readings = Readings.read(table, options={"Malignant?": TITLES})
    assert set(readings.only(question="Malignant?").frame["answer"]) == set(TITLES[:3])


def test_frames_of_polars_are_read():
    polars = pytest.importorskip("polars")
    frame = polars.from_pandas(export())
    assert Readings.read(frame).names("reader") == ("anna", "ben")


def test_a_plan_gives_its_options_to_the_questions_that_it_names(tmp_path):
    export().to_csv(tmp_path / "answers.csv", index=False)
    plan = Plan.parse(
        "question: Malignant?\noptions: ['- none', maybe, certain]\npositive: certain\n"
        "analyses:\n  - {analysis: agreement, coefficient: cohen}\n  - {analysis: time}\n"
    )
    readings, _ = read_for_plan(tmp_path / "answers.csv", plan)
    assert readings.options == {MALIGNANT: TITLES[:3]}
    report = analyze(readings, plan)
    assert report.refusals == ()
    assert report.sections[1].results[0].value == 31.5


def test_a_plan_takes_ratings_from_one_question_and_truth_from_another(tmp_path):
    rows = [
        {"reader": reader, "display_set": f"id-{case}", "display_set_title": f"Case {case}", "question": question,
         "question_text": text, "answer": answer, "truth": truth}
        for case in range(8) for reader in ("anna", "ben")
        for question, text, answer, truth in (
            ("q-1", "Malignant?", "benign", "malignant" if case % 2 else "benign"),
            ("q-2", "How sure are you?", 1 + (case * (3 if reader == "anna" else 2)) % 5, None),
        )
    ]  # fmt: skip
    pd.DataFrame(rows).to_csv(tmp_path / "answers.csv", index=False)
    plan = Plan.parse(
        "question: How sure are you?\ntruth_question: Malignant?\npositive: malignant\n"
        "analyses:\n  - {analysis: roc}\n  - {analysis: accuracy, threshold: 3}\n  - {analysis: time}\n"
    )
    readings, _ = read_for_plan(tmp_path / "answers.csv", plan)
    roc, accuracy, time = analyze(readings, plan).sections
    assert roc.refusal == ""
    assert roc.results[0].n == {"cases": 8, "diseased": 4, "healthy": 4}
    assert accuracy.results
    assert "no reading has a time" in time.refusal.lower()
