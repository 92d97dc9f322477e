"""What the platform exports, the statistics read: one study from its answers to its report."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import UUID

import pytest
from typer.testing import CliRunner

from readroom.commands.analyze import app
from readroom.server.db.models import Answer, DisplaySet
from readroom.server.services import accounts
from readroom.server.services.exports import LONG_COLUMNS, Wanted, export_answers
from readroom.server.testing import factories
from readroom.stats import Readings

PLAN = """\
question: "Malignant?"
positive: ["Unsure", "Maybe"]
analyses:
  - {analysis: mrmc, method: u-statistics}
  - {analysis: accuracy, threshold: 3}
  - {analysis: agreement, coefficient: gwet, settings: {weights: quadratic}}
  - {analysis: time}
"""
CHOSEN = {"ann": (0, 1, 2, 3, 1, 2, 0, 3), "ben": (1, 0, 3, 3, 0, 1, 1, 2), "=eve": (0, 2, 1, 3, 1, 3, 0, 2)}


@pytest.fixture
def study(db):
    """Three readers, eight cases of which every second is malignant, a rating and a remark."""
    people = {name: factories.make_user(name) for name in CHOSEN}
    editor = factories.make_user("editor")
    made = factories.make_study(editor=editor, readers=list(people.values()))
    rating = factories.make_question(made, "Choice", question_text="Malignant?", required=False)
    remark = factories.make_question(made, "Text", question_text="Remarks", required=False)
    options = list(rating.options.order_by("pk").values_list("pk", "title"))
    for place in range(8):
        case = factories.make_display_set(made, title=f"Case {place + 1}", order=place)
        factories.make_truth(rating, case, editor=editor, value=options[3 if place % 2 else 0][1])
        for name, person in people.items():
            factories.make_answer(rating, case, creator=person, value=options[CHOSEN[name][place]][0])
            factories.make_answer(remark, case, creator=person, value="=1+1")
    Answer.objects.filter(study=made).update(total_edit_duration=timedelta(seconds=21))
    return made


def exported(study, path):
    editor = accounts.to_actor(study.members.get(role="editor").user)
    kind = path.suffix.removeprefix(".")
    path.write_bytes(b"".join(export_answers(editor, study_id=study.pk, wanted=Wanted(format=kind))))
    return path


@pytest.mark.parametrize("name", ["answers.csv", "answers.parquet"])
def test_an_export_is_read_without_a_word_of_help(study, tmp_path, name):
    readings = Readings.read(exported(study, tmp_path / name), positive=["Unsure", "Maybe"])
    assert set(LONG_COLUMNS) <= set(readings.frame.columns)
    chosen = readings.only(question="Malignant?")
    cube = chosen.cube()
    assert cube.readers == ("=eve", "ann", "ben")
    titles = dict(DisplaySet.objects.filter(study=study).values_list("pk", "title"))
    order = [int(titles[UUID(case)].removeprefix("Case ")) - 1 for case in cube.cases]
    for reader, row in zip(cube.readers, cube.ratings[0], strict=True):
        assert row.tolist() == [CHOSEN[reader][place] + 1 for place in order]
    assert cube.truth.tolist() == [place % 2 for place in order]
    assert chosen.options_of() == ("No", "Yes", "Unsure", "Maybe")


def test_an_export_and_a_plan_give_a_report(study, tmp_path):
    answers = exported(study, tmp_path / "answers.csv")
    (tmp_path / "plan.yaml").write_text(PLAN)
    arguments = [str(answers), "--plan", str(tmp_path / "plan.yaml"), "-o", str(tmp_path / "report"), "--json"]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    analyses = {part["kind"]: part for part in json.loads(done.stdout)["analyses"]}
    assert analyses["time"]["results"][0]["value"] == 42
    assert analyses["mrmc"]["results"][0]["n_cases"] == 8
    assert (tmp_path / "report" / "index.html").is_file()
