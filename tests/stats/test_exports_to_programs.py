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
    froc = FrocStudy.read(marks, truth=truth)
    book = sheets(to_rjafroc(froc))
    assert list(book) == ["TP", "FP", "TRUTH", "NAMES"]
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
    froc = FrocStudy.read(marks, truth=truth)
    book = sheets(to_rjafroc(froc))
    names = {(what, int(number)): name for what, number, name in book["NAMES"][1:]}
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
    back = FrocStudy.read(again, truth=truth)
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
