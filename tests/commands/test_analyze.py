"""`readroom analyze` as a user runs it."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from tests.stats.conftest import OWN
from typer.testing import CliRunner

from readroom.commands.analyze import app
from readroom.stats.plan import Plan

PLAN = """\
columns: {modality: treatment, display_set: case}
analyses:
  - {analysis: mrmc, name: primary}
"""


@pytest.fixture
def plan(tmp_path):
    path = tmp_path / "plan.yaml"
    path.write_text(PLAN)
    return path


ANSWERS = str(OWN / "data" / "own_mrmc_2t.csv")


def run(*arguments: object):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_a_report_is_written_and_summarised(plan, tmp_path):
    done = run(ANSWERS, "--plan", plan, "-o", tmp_path / "report")
    assert done.exit_code == 0, done.output
    assert (tmp_path / "report" / "index.html").is_file()
    assert "AUC, equality of modalities: F(1," in done.stderr


def test_json_goes_to_standard_output_alone(plan, tmp_path):
    done = run(ANSWERS, "--plan", plan, "-o", tmp_path / "report", "--json")
    document = json.loads(done.stdout)
    assert document["analyses"][0]["results"][0]["p_value"] == pytest.approx(0.1736, abs=5e-3)
    assert document["versions"]["readroom"]


def test_the_example_plan_is_a_plan():
    done = run("--example-plan")
    assert len(Plan.parse(done.stdout).analyses) == 3


def test_a_bad_plan_or_table_ends_with_2_and_a_sentence(plan, tmp_path):
    plan.write_text(PLAN.replace("mrmc", "mcmc"))
    done = run(ANSWERS, "--plan", plan, "-o", tmp_path / "report")
    assert done.exit_code == 2
    assert "Line 3: there is no analysis 'mcmc'" in done.stderr
    assert not (tmp_path / "report").exists()
    assert run(tmp_path / "absent.csv", "--plan", plan).exit_code == 2
    assert run(ANSWERS).exit_code == 2


def test_an_analysis_that_is_not_possible_ends_with_1_and_the_report_says_so(plan, tmp_path):
    table = pd.read_csv(ANSWERS)
    table[table.reader == "R1"].to_csv(tmp_path / "one.csv", index=False)
    done = run(tmp_path / "one.csv", "--plan", plan, "-o", tmp_path / "report")
    assert done.exit_code == 1
    assert "TooFewReaders" in done.stderr
    assert "TooFewReaders" in (tmp_path / "report" / "index.html").read_text()


def test_a_folder_that_cannot_be_written_is_named(plan, tmp_path):
    (tmp_path / "report").write_text("a file")
    done = run(ANSWERS, "--plan", plan, "-o", tmp_path / "report")
    assert done.exit_code == 2
    assert "cannot be written" in done.stderr
