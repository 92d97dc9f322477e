"""The report: complete, self-contained, the same bytes for the same input."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from tests.stats.conftest import OWN

from readroom.stats.errors import BadPlan
from readroom.stats.plan import Plan, slug
from readroom.stats.plan_fields import ANALYSES
from readroom.stats.report import analyze, read_for_plan
from readroom.stats.results import Estimate
from readroom.stats.table import Readings

PLAN = """\
title: Two <techniques> & five readers
options: [1, 2, 3, 4, 5]
columns: {modality: treatment, display_set: case}
analyses:
  - {analysis: mrmc, name: primary, covariance: delong, noninferiority: {new: T2, margin: 0.05}, equivalence: {margin: 0.1}}
  - {analysis: mrmc, name: sensitivity, endpoint: sensitivity, threshold: 3, method: dbm, readers: fixed}
  - {analysis: mrmc, name: one shot, method: u-statistics}
  - {analysis: roc, partial: {specificity: [0.8, 1]}, fit: binormal, operating_point: {largest: youden}}
  - {analysis: accuracy, threshold: 3}
  - {analysis: agreement, coefficient: gwet, settings: {weights: quadratic}}
  - {analysis: bland-altman, compare: modalities, only: {reader: [R1, R2]}}
  - {analysis: froc, marks: marks.csv, lesions: lesions.csv, unmarked: read}
  - {analysis: time}
  - {analysis: power, effect: 0.05, readers: [4, 10]}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("study")
    frame = pd.read_csv(OWN / "data" / "own_mrmc_2t.csv")
    frame["seconds"] = np.random.default_rng(0).lognormal(4, 0.4, len(frame)).round(1)
    frame.to_csv(root / "answers.csv", index=False)
    names = {"treatment": "modality", "case": "display_set"}
    pd.read_csv(OWN / "data" / "own_froc_marks.csv").rename(columns=names).to_csv(root / "marks.csv", index=False)
    pd.read_csv(OWN / "data" / "own_froc_truth.csv").rename(columns=names).to_csv(root / "lesions.csv", index=False)
    (root / "plan.yaml").write_text(PLAN)
    return root


@pytest.fixture(scope="module")
def report(folder):
    plan = Plan.read(folder / "plan.yaml")
    readings, digest = read_for_plan(folder / "answers.csv", plan)
    return analyze(readings, plan, data_sha256=digest)


@pytest.fixture(scope="module")
def files(report):
    return report.files()


@pytest.fixture(scope="module")
def drawn(report):
    return report.files(png=True)


def test_every_kind_of_analysis_has_a_section_with_numbers_and_methods(report):
    assert {section.kind for section in report.sections} == set(ANALYSES)
    assert report.refusals == ()
    for section in report.sections:
        assert section.results or section.powers
        assert section.methods.endswith(".")
        assert section.citations


def test_the_report_says_what_a_results_section_says(report):
    primary = report.sections[0]
    first, second = (mean.value for mean in primary.results[1:3])
    assert f"The mean AUC was {first:.3f} (95 % CI" in primary.findings
    assert f"The difference (T1 minus T2) was {first - second:.3f}" in primary.findings
    assert "Non-inferiority of T2 to T1 was tested with a margin of 0.05, one-sided, at 0.025." in primary.methods
    assert "Equivalence of T1 and T2 within 0.1 was tested by two one-sided tests, each at 0.05." in primary.methods
    assert "Degrees of freedom were those of Hillis." in primary.methods
    assert (
        "each reader under every pair of modalities were compared"
        in next(s for s in report.sections if s.kind == "bland-altman").methods
    )
    assert [section.name for section in report.sections if section.findings] == [
        "primary",
        "sensitivity",
        "one shot",
        "froc",
    ]


def test_a_row_names_a_reader_once_and_tells_a_mean_from_a_reader(report):
    for section in report.sections:
        for result in section.results:
            name, part = re.split(r"[\s,]+", result.name), result.part.split(", ")
            assert not set(name) & set(part) - set(result.design.modalities), (result.name, result.part)
    primary = {(result.name, result.part) for result in report.sections[0].results}
    assert {("AUC", "T1, mean of readers"), ("AUC", "T1, R1"), ("AUC, T1 - T2", "R1")} <= primary
    assert ("AUC, T1 - T2", "mean of readers") in primary


def test_the_degrees_of_freedom_are_called_by_where_they_come_from(report):
    """Fixed readers leave 29 = (2 - 1) (30 - 1) for the diseased cases, and nothing of Hillis."""
    fixed = next(section for section in report.sections if section.name == "sensitivity")
    assert fixed.results[0].degrees_of_freedom == (1, 29)
    assert "Degrees of freedom were those of the interaction of cases and modalities." in fixed.methods


def test_every_result_says_what_a_paper_must_say(report):
    """Estimate, standard error, interval, counts, method, assumptions, citation, and who read what."""
    for section in report.sections:
        for result in section.results:
            where = (section.name, result.name)
            assert result.n, where
            assert result.method, where
            assert result.assumptions, where
            assert result.citations, where
            assert result.design is not None, where
            if isinstance(result, Estimate):
                assert result.interval is not None, where
                assert result.standard_error is not None or "No standard error" in " ".join(result.notes), where


def test_an_interval_of_another_coverage_than_its_column_says_so(report):
    page = report.html()
    assert page.count(" (90 %)</td>") == 1
    assert "95 % CI</th>" in page


STUDY_ELSEWHERE = """
import sys
from readroom.commands.analyze import app
app(["answers.csv", "--plan", "plan.yaml", "-o", sys.argv[1], "--png"])
"""


SURROUNDINGS = (
    {"PYTHONHASHSEED": "0", "TZ": "Pacific/Chatham", "LC_ALL": "C"},
    {"PYTHONHASHSEED": "4294967295", "TZ": "America/St_Johns", "LC_ALL": "C.UTF-8", "COLUMNS": "40"},
)
"""Both beside those of this process, whose seed is random."""


def test_folder_time_zone_language_and_hash_seeds_change_no_byte(drawn, folder, tmp_path):
    """The whole program, once per surroundings, in processes of their own: hash seeds work from a process's start."""
    processes = []
    for number, surroundings in enumerate(SURROUNDINGS):
        elsewhere = tmp_path / f"an other folder {number}"
        shutil.copytree(folder, elsewhere)
        command = [sys.executable, "-c", STUDY_ELSEWHERE, "out"]
        changed = os.environ | {"HOME": str(tmp_path)} | surroundings
        processes.append((elsewhere / "out", subprocess.Popen(command, cwd=elsewhere, env=changed)))
    for out, process in processes:
        assert process.wait() == 0
        written = {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*.*")}
        assert written.keys() == drawn.keys()
        assert [name for name in drawn if drawn[name] != written[name]] == []


def test_plots_are_drawn_as_png_when_asked(drawn, files):
    pictures = {name.removesuffix(".png"): content for name, content in drawn.items() if name.endswith(".png")}
    assert pictures.keys() == {name.removesuffix(".svg") for name in files if name.endswith(".svg")}
    assert all(content.startswith(b"\x89PNG") for content in pictures.values())
    assert files.keys() == drawn.keys() - {f"{name}.png" for name in pictures}


def test_the_same_input_gives_the_same_bytes(report, files, folder):
    plan = Plan.read(folder / "plan.yaml")
    readings, digest = read_for_plan(folder / "answers.csv", plan)
    again = analyze(readings, plan, data_sha256=digest).files()
    assert files.keys() == again.keys()
    assert [name for name in files if files[name] != again[name]] == []


def test_the_hash_is_that_of_the_file(report, folder):
    assert report.data_sha256 == hashlib.sha256((folder / "answers.csv").read_bytes()).hexdigest()


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.links, self.tags, self.ids = [], set(), set()

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        values = dict(attributes)
        self.links += [value for key, value in attributes if key in {"href", "src", "xlink:href"} and value]
        if "id" in values:
            self.ids.add(values["id"])


def test_the_page_needs_no_network_and_its_links_exist(files):
    page = Page()
    page.feed(files["index.html"].decode())
    assert not page.tags & {"script", "iframe", "object", "embed", "link", "img"}
    for link in page.links:
        assert link.startswith("#") or link in files, link
        assert not link.startswith("#") or link[1:] in page.ids, link
    assert "url(http" not in files["index.html"].decode()
    assert b"default-src 'none'" in files["index.html"]


def test_every_number_names_itself_where_a_narrow_screen_hides_the_head_of_the_table(report):
    class Cells(HTMLParser):
        def __init__(self):
            super().__init__()
            self.labels = []

        def handle_starttag(self, tag, attributes):
            values = dict(attributes)
            if tag == "td" and values.get("class") == "number" and "data-label" in values:
                self.labels.append(values["data-label"])

    cells = Cells()
    cells.feed(report.html())
    rows = sum(len(section.results) for section in report.sections)
    assert cells.labels.count("SE") == rows
    assert sum(label.endswith("% CI") for label in cells.labels) == rows
    assert "p" in cells.labels


def test_rows_of_one_quantity_stand_together_with_what_they_rest_on(report):
    page = report.html()
    text = page[page.index('<section id="accuracy">') : page.index('<section id="agreement">')]
    rows = re.findall(r"<td(?: class=\"again\")?>([^<]*)</td>\s*<td>([^<]*)</td>\s*<td[^>]*>([^<]*)</td>", text)
    accuracy = next(section for section in report.sections if section.kind == "accuracy")
    assert len(rows) == len(accuracy.results)
    names = [name for name, _, _ in rows]
    assert names == [name for name in dict.fromkeys(names) for _ in range(names.count(name))]
    assert text.count('class="again"') == len(rows) - len(set(names))
    counts = {(result.name, result.part): result.n for result in accuracy.results}
    for name, part, count in rows:
        n = counts[name, part]
        hits = f"{n['successes']}/{n['readings']}" if "successes" in n else " + ".join(map(str, n.values()))
        assert count == hits


def test_text_of_the_plan_cannot_become_markup(files):
    page = files["index.html"].decode()
    assert "Two &lt;techniques&gt; &amp; five readers" in page
    assert "<techniques>" not in page


def test_names_of_readers_and_modalities_cannot_become_markup(folder):
    frame = pd.read_csv(folder / "answers.csv")
    hostile = "</text><script>alert(1)</script>"
    frame = frame.assign(reader=frame.reader + hostile, modality=frame.treatment + '"><img src=x onerror=y>')
    readings = Readings.read(frame.drop(columns="treatment"), columns={"display_set": "case"}, options=[1, 2, 3, 4, 5])
    plan = Plan.parse("analyses: [{analysis: mrmc}, {analysis: agreement, coefficient: percent}]")
    page = Page()
    page.feed(analyze(readings, plan).html())
    assert not page.tags & {"script", "img"}
    assert {"svg", "table"} <= page.tags


def test_every_number_is_in_the_csv_and_json(report, files):
    table = pd.read_csv(io.BytesIO(files["results.csv"]))
    document = json.loads(files["results.json"])
    count = sum(len(section.results) for section in report.sections)
    assert len(table) == count == sum(len(analysis["results"]) for analysis in document["analyses"])
    primary = table[table.analysis == "primary"]
    p_values = [result.p_value for result in report.sections[0].results if hasattr(result, "p_value")]
    assert primary.p_value.dropna().tolist() == pytest.approx(p_values, rel=1e-12)
    components = pd.read_csv(io.BytesIO(files["components.csv"]))
    assert components[components.analysis == "primary"].set_index("name").value["Cov2"] == pytest.approx(
        report.sections[0].components["Cov2"]
    )
    power = pd.read_csv(io.BytesIO(files["power.csv"]))
    assert power.readers.tolist() == [10]  # four readers cannot reach it, and the section says so
    assert "4 readers reach" in report.sections[-1].notes[0]


def test_the_design_and_the_plan_are_part_of_the_report(files):
    assert files["plan.yaml"].decode() == PLAN
    design = pd.read_csv(io.BytesIO(files["design.csv"]), header=[0, 1], index_col=0)
    assert design.shape == (70, 10)
    assert (design == 1).all().all()


def test_the_methods_cite_every_paper_by_number(files):
    text = files["methods.txt"].decode()
    body, _, references = text.partition("References\n")
    numbers = {int(number) for group in re.findall(r"\[([\d, ]+)\]", body) for number in group.split(",")}
    assert numbers == set(range(1, len(references.splitlines()) + 1))
    assert "Five readers read 70 cases (30 diseased, 40 healthy) under T1 and T2; the design was fully crossed" in body
    assert "Non-inferiority of T2 to T1, AUC, margin 0.05: one-sided p = " in body


def test_files_for_other_programs_stand_beside_the_analysis(files):
    assert {"primary/study.imrmc", "primary/mrmcaov.csv", "primary/mrmcaov.R", "froc/rjafroc.xlsx"} <= set(files)
    assert "one-shot/roc.svg" in files


def test_writing_puts_every_file_into_the_folder(report, files, tmp_path):
    written = report.write(tmp_path / "deep" / "report")
    assert {path.relative_to(tmp_path / "deep" / "report").as_posix() for path in written} == set(files)
    assert (tmp_path / "deep" / "report" / "index.html").read_bytes() == files["index.html"]


def run(folder, text: str):
    plan = Plan.parse("columns: {modality: treatment, display_set: case}\nanalyses:\n" + text, folder=folder)
    readings, digest = read_for_plan(folder / "answers.csv", plan)
    return analyze(readings, plan, data_sha256=digest)


def test_an_analysis_that_the_data_refuse_says_why_and_the_others_stand(folder, tmp_path):
    report = run(folder, "  - {analysis: agreement, within: readers, coefficient: percent}\n  - {analysis: roc}\n")
    refused, roc = report.sections
    assert "needs a second one" in refused.refusal or "options" in refused.refusal
    assert roc.results
    assert "not possible" in report.html()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("  - {analysis: mrmc, endpoint: sensitivity}", "needs a 'threshold'"),
        ("  - {analysis: mrmc, readers: fixed, cases: fixed}", "nothing random"),
        ("  - {analysis: mrmc, method: u-statistics, readers: fixed}", "as random"),
        ("  - {analysis: mrmc, noninferiority: {new: AI, margin: 0.1}}", "there are T1, T2"),
        ("  - {analysis: froc, marks: none.csv, lesions: lesions.csv}", "'none.csv' does not exist"),
        (
            "  - {analysis: froc, lesions: lesions.csv, matching: {criterion: iou, threshold: 1}, unmarked: read}",
            "'unmarked' is about a table of marks",
        ),
        ("  - {analysis: power, effect: 0.1, readers: [one]}", "whole numbers"),
        ("  - {analysis: agreement, coefficient: gwet, settings: {wieghts: linear}}", "did you mean 'weights'"),
        (
            "  - {analysis: agreement, coefficient: gwet, settings: {metric: ordinal}}",
            "'gwet' does not take; it takes weights",
        ),
    ],
)
def test_a_plan_that_contradicts_itself_or_the_data_names_its_line(folder, text, words):
    with pytest.raises(BadPlan, match=r"Line 3: ") as refusal:
        run(folder, text)
    assert words in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "expected"), [("Primary AUC", "primary-auc"), ("../../etc", "etc"), ("é", "analysis"), ("", "analysis")]
)
def test_a_name_becomes_a_harmless_part_of_a_path(name, expected):
    assert slug(name) == expected


def test_every_analysis_tells_who_read_what_it_chose(folder):
    report = run(
        folder,
        "  - {analysis: roc, leave_out: {reader: R5, display_set: [1, 2]}}\n"
        "  - {analysis: power, effect: 0.1, readers: [4], pilot: {structure: HH}}\n",
    )
    files, page = report.files(), report.html()
    chosen = pd.read_csv(io.BytesIO(files["roc/design.csv"]), header=[0, 1], index_col=0)
    assert chosen.shape == (68, 8)
    assert "power/design.csv" not in files
    assert "4 readers x 2 modalities x 68 cases" in page
    assert report.to_dict()["analyses"][0]["design"].startswith("4 readers")


def test_one_reader_learns_once(folder):
    (section,) = run(folder, "  - {analysis: time, only: {reader: R1}}").sections
    assert [result.part for result in section.results if result.name == "learning rate"] == ["R1"]


def test_who_read_what_of_marks_comes_from_their_table_or_from_a_rule_that_the_report_names(folder, tmp_path):
    refused = run(folder, "  - {analysis: froc, marks: marks.csv, lesions: lesions.csv}").sections[0].refusal
    assert re.match(r"IncompleteDesign: The wAFROC figure of merit needs .* \d+ of 400 readings are missing", refused)
    rule = "Cases without a row in the table of marks were taken as read, with nothing marked."
    named = run(folder, "  - {analysis: froc, marks: marks.csv, lesions: lesions.csv, unmarked: read}").sections[0]
    assert rule in named.methods
    marks, lesions = (pd.read_csv(folder / name) for name in ("marks.csv", "lesions.csv"))
    keys = ["modality", "reader", "display_set"]
    every = pd.MultiIndex.from_product(
        [sorted(set(marks.modality)), sorted(set(marks.reader)), sorted(set(lesions.display_set))]
    )
    silent = every.difference(pd.MultiIndex.from_frame(marks[keys])).to_frame(index=False, name=keys)
    pd.concat([marks, silent]).to_csv(tmp_path / "marks.csv", index=False)
    lesions.to_csv(tmp_path / "lesions.csv", index=False)
    shutil.copy(folder / "answers.csv", tmp_path)
    told = run(tmp_path, "  - {analysis: froc, marks: marks.csv, lesions: lesions.csv}").sections[0]
    assert rule not in told.methods
    assert [result.to_dict() for result in told.results] == [result.to_dict() for result in named.results]


def test_what_is_left_out_is_left_out_of_marks_and_lesions_too(folder):
    report = run(
        folder, "  - {analysis: froc, marks: marks.csv, lesions: lesions.csv, unmarked: read, only: {reader: [R1, R2]}}"
    )
    assert report.refusals == ()
    assert report.sections[0].design.readers == ("R1", "R2")
    misspelt = run(
        folder, "  - {analysis: froc, marks: marks.csv, lesions: lesions.csv, unmarked: read, leave_out: {reader: R9}}"
    )
    assert "No mark and no lesion has reader 'R9'; there are R1, R2" in misspelt.sections[0].refusal
