"""Files for iMRMC, MRMCaov and RJafroc say what the study says."""

from __future__ import annotations

import csv
import io
import zipfile
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest
from tests.conftest import shared_folder
from tests.stats.mrmc.test_obuchowski_rockette import changed, study
from tests.stats.test_froc import tables

from readroom.stats.errors import BadTable, IncompleteDesign, MissingTruth
from readroom.stats.exports import to_imrmc, to_mrmcaov, to_rjafroc
from readroom.stats.froc import FrocStudy
from readroom.stats.table import Readings

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def sheets(workbook: bytes) -> dict[str, list[list[str | float]]]:
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        assert archive.testzip() is None
        names = [sheet.get("name") for sheet in ET.fromstring(archive.read("xl/workbook.xml")).iter(f"{MAIN}sheet")]
        parsed = {}
        for number, name in enumerate(names, start=1):
            root = ET.fromstring(archive.read(f"xl/worksheets/sheet{number}.xml"))
            parsed[name] = [[_value(cell) for cell in row] for row in root.iter(f"{MAIN}row")]
    return parsed


def _value(cell: ET.Element) -> str | float:
    text = cell.find(f".//{MAIN}t")
    return text.text if text is not None else float(cell.find(f"{MAIN}v").text)


def test_an_imrmc_file_gives_back_every_reading_to_the_last_bit():
    cube = study()
    ratings = cube.ratings.copy()
    ratings[0, 1, 2] = np.nan
    gap = changed(cube, ratings)
    head, _, body = to_imrmc(gap).partition("BEGIN DATA:\n")
    assert head.splitlines()[1:5] == ["N0: 20", "N1: 20", "NR: 4", "NM: 2"]
    rows = list(csv.reader(io.StringIO(body)))
    truth = {case: int(score) for reader, case, _, score in rows if reader == "truth"}
    readings = pd.DataFrame([row for row in rows if row[0] != "truth"], columns=["reader", "case", "modality", "score"])
    again = Readings.read(
        readings.assign(truth=readings.case.map(truth)), columns={"display_set": "case", "rating": "score"}
    ).cube()
    assert np.array_equal(again.ratings, gap.ratings, equal_nan=True)
    assert (again.truth == gap.truth).all()


@pytest.mark.corpus
def test_an_imrmc_file_has_the_form_of_the_programs_own_example():
    example = (shared_folder("statistics") / "data" / "imrmc_input.imrmc").read_text().splitlines()
    ours = to_imrmc(study()).splitlines()
    theirs = example[example.index("BEGIN DATA:") :]
    assert ours.count("BEGIN DATA:") == 1
    for line in (theirs[1], ours[ours.index("BEGIN DATA:") + 1]):
        reader, _, modality, score = line.split(",")
        assert (reader, modality) == ("truth", "truth")
        assert score in {"0", "1"}
    assert len(theirs[-1].split(",")) == len(ours[-1].split(",")) == 4


def test_a_name_with_a_comma_or_a_line_break_cannot_break_a_row():
    cube = changed(study(), readers=("Anna, B.", "x\ny", 'q"r', "z"))
    body = to_imrmc(cube).partition("BEGIN DATA:\n")[2]
    assert {len(line.split(",")) for line in body.splitlines()} == {4}
    table = pd.read_csv(io.StringIO(to_mrmcaov(cube)[0]))
    assert set(table.reader) == {"Anna, B.", "x y", 'q"r', "z"}


def test_an_imrmc_file_is_read_as_its_manual_says():
    """The program finds counts by their colons anywhere in the head, leaves out white space in rows, and knows `-1`."""
    cube = changed(study(), readers=("Anna B.", "-1", "r 3", "r4"), modalities=("CT\t1", "CT 2"))
    lines = to_imrmc(cube, title="Lungs N0: early, NR: two readers\nBEGIN DATA: soon").splitlines()
    start = next(number for number, line in enumerate(lines) if line.upper().startswith("BEGIN DATA:"))
    counts = {
        line[:2]: int(line[3:]) for line in lines[:start] for mark in ("N0:", "N1:", "NR:", "NM:") if mark in line
    }
    rows = [["".join(part.split()) for part in line.split(",")] for line in lines[start + 1 :]]
    truth = {row[1]: row[3] for row in rows if row[0] in {"truth", "-1"}}
    readings = [row for row in rows if row[0] not in {"truth", "-1"}]
    assert counts == {"N0": 20, "N1": 20, "NR": 4, "NM": 2}
    assert sorted(truth.values()) == ["0"] * 20 + ["1"] * 20
    assert {row[0] for row in readings} == {"Anna_B.", "-1_", "r_3", "r4"}
    assert {row[2] for row in readings} == {"CT_1", "CT_2"}
    assert len({tuple(row[:3]) for row in readings}) == len(readings) == 4 * 2 * 40


def rules_of_rjafroc(book, paradigm):
    """What its reader of workbooks checks before it takes one (new layout, crossed design)."""
    assert [name for name in sorted(book) if name in {"FP", "TP", "TRUTH"}] == sorted(book)[:3]
    truth, hits, false = (book[name][1:] for name in ("TRUTH", "TP", "FP"))
    assert hits
    assert false
    assert all(None not in row[:5] and len(row) >= 5 for row in truth)
    assert [row[5] for row in truth if len(row) > 5] == [paradigm, "FCTRL"]
    readers, modalities = ({str(row[column]) for row in truth} for column in (3, 4))
    assert len(readers) == len(modalities) == 1
    sick = {row[0] for row in truth if row[1] > 0}
    for before, row in zip([None, *truth], truth, strict=False):
        assert row[1] in {0, 1} or (row[0], row[1] - 1) == tuple(before[:2])
    for case in sick:
        assert 0.99 <= sum(row[2] for row in truth if row[0] == case) <= 1.01
    assert {tuple(row[2:4]) for row in hits} <= {tuple(row[:2]) for row in truth if row[1] > 0}
    assert len({tuple(row[:4]) for row in hits}) == len(hits)
    assert {row[2] for row in false} <= {row[0] for row in truth}
    for column, listed in ((0, readers), (1, modalities)):
        named = {float(part) for part in next(iter(listed)).split(",")}
        assert {row[column] for row in (*hits, *false)} == named


def test_the_workbooks_keep_every_rule_of_rjafrocs_reader():
    marks, truth = tables(3)
    rules_of_rjafroc(sheets(to_rjafroc(FrocStudy.read(marks, truth=truth, unmarked="read"))), "FROC")
    rules_of_rjafroc(sheets(to_rjafroc(study())), "ROC")


def test_no_text_of_the_workbook_asks_for_its_space_to_be_kept_without_need():
    """One of the two libraries with which RJafroc opens workbooks reads the attribute as part of the text."""
    with zipfile.ZipFile(io.BytesIO(to_rjafroc(study()))) as archive:
        parts = [archive.read(name) for name in archive.namelist()]
    assert not any(b"xml:space" in part for part in parts)


@pytest.mark.parametrize("kept", ["LL", "NL"])
def test_marks_that_rjafroc_cannot_open_are_refused(kept):
    marks, truth = tables()
    with pytest.raises(BadTable, match="RJafroc opens no workbook without"):
        to_rjafroc(FrocStudy.read(marks[marks.mark == kept], truth=truth, unmarked="read"))


def test_a_reader_without_marks_does_not_vanish_from_the_workbook():
    marks, truth = tables()
    froc = FrocStudy.read(marks[marks.reader != "r1"], truth=truth, readers=["r0", "r1", "r2"], unmarked="read")
    with pytest.raises(BadTable, match="'r1' made no mark"):
        to_rjafroc(froc)


def test_names_that_an_imrmc_file_would_confuse_are_refused_or_changed():
    with pytest.raises(BadTable, match="rename one"):
        to_imrmc(changed(study(), readers=("a b", "a, b", "c", "d")))
    body = to_imrmc(changed(study(), readers=("truth", "b", "c", "d"))).partition("BEGIN DATA:\n")[2]
    assert sum(line.startswith("truth,") for line in body.splitlines()) == 40


def test_the_table_for_mrmcaov_has_its_columns_and_every_reading():
    cube = study()
    table, script = to_mrmcaov(cube, name="mine.csv", covariance="delong")
    frame = pd.read_csv(io.StringIO(table))
    assert list(frame) == ["reader", "treatment", "case", "truth", "rating"]
    again = Readings.read(frame, columns={"modality": "treatment", "display_set": "case"}).cube()
    assert (again.ratings == cube.ratings).all()
    assert 'read.csv("mine.csv"' in script
    assert "cov = DeLong" in script


def test_the_rjafroc_workbook_of_marks_has_the_documented_sheets_and_columns():
    marks, truth = tables()
    froc = FrocStudy.read(marks, truth=truth, unmarked="read")
    book = sheets(to_rjafroc(froc))
    assert list(book) == ["TP", "FP", "TRUTH", "USED NAMES"]
    assert book["TP"][0] == ["ReaderID", "ModalityID", "CaseID", "LesionID", "TP_Rating"]
    assert book["FP"][0] == ["ReaderID", "ModalityID", "CaseID", "FP_Rating"]
    assert book["TRUTH"][0] == ["CaseID", "LesionID", "Weight", "ReaderID", "ModalityID", "Paradigm"]
    assert [row[5] for row in book["TRUTH"][1:3]] == ["FROC", "FCTRL"]
    assert {row[3] for row in book["TRUTH"][1:]} == {"1, 2, 3"}
    assert len(book["TP"]) - 1 == (marks.mark == "LL").sum()
    assert len(book["FP"]) - 1 == (marks.mark == "NL").sum()
    weights = pd.DataFrame([row[:3] for row in book["TRUTH"][1:]], columns=["case", "lesion", "weight"])
    assert (weights[weights.lesion == 0].weight == 0).all()
    assert weights[weights.lesion > 0].groupby("case").weight.sum().to_numpy() == pytest.approx(1)
    assert weights[weights.lesion > 0].groupby("case").lesion.min().eq(1).all()


def test_the_workbook_holds_the_study_that_it_was_made_from():
    marks, truth = tables(5)
    froc = FrocStudy.read(marks, truth=truth, unmarked="read")
    book = sheets(to_rjafroc(froc))
    names = {(what, int(number)): name for what, number, name in book["USED NAMES"][1:]}
    lesions = {}
    for case, lesion, *_ in book["TRUTH"][1:]:
        if lesion:
            mine = [name for name in froc.lesions if name.startswith(names["case", int(case)] + "/")]
            lesions[int(case), int(lesion)] = mine[int(lesion) - 1]
    rows = [("LL", *row[:3], lesions[int(row[2]), int(row[3])], row[4]) for row in book["TP"][1:]]
    rows += [("NL", *row[:3], None, row[3]) for row in book["FP"][1:]]
    again = pd.DataFrame(
        [
            {
                "mark": mark,
                "reader": names["reader", int(reader)],
                "modality": names["modality", int(modality)],
                "display_set": names["case", int(case)],
                "lesion": lesion and lesion.split("/")[1],
                "rating": rating,
            }
            for mark, reader, modality, case, lesion, rating in rows
        ]
    )
    back = FrocStudy.read(again, truth=truth, unmarked="read")
    assert (back.lesion_rating == froc.lesion_rating).all()
    assert (back.highest_false == froc.highest_false).all()


def test_the_rjafroc_workbook_of_ratings_is_an_roc_study_and_the_same_bytes_each_time():
    cube = study()
    workbook = to_rjafroc(cube)
    assert workbook == to_rjafroc(cube)
    book = sheets(workbook)
    assert book["TRUTH"][1][5] == "ROC"
    assert len(book["TP"]) - 1 == len(book["FP"]) - 1 == 2 * 4 * 20


def test_what_a_program_cannot_hold_is_refused():
    cube = study()
    ratings = cube.ratings.copy()
    ratings[0, 0, 0] = np.nan
    with pytest.raises(IncompleteDesign):
        to_rjafroc(changed(cube, ratings))
    with pytest.raises(MissingTruth):
        to_imrmc(changed(cube, truth=np.full(40, np.nan)))
