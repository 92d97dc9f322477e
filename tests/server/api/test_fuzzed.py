"""Requests that a fuzzer found to fail the server; each is refused or done now."""

from __future__ import annotations

import pytest

from readroom.server.db.models import Question, ReaderStudy, StudyMember
from readroom.server.testing import factories

PRESETS = "/api/v1/workstations/window-presets/"


@pytest.fixture
def editor(make_user):
    return make_user("editor")


def test_options_that_are_null_are_none(editor, client_of):
    study = ReaderStudy.objects.create(title="Chest", slug="chest")
    StudyMember.objects.create(study=study, user=editor, role="editor")
    question = Question.objects.create(study=study, question_text="Sure?", answer_type="Bool", required=False)
    response = client_of(editor).send("PATCH", f"/api/v1/reader-studies/questions/{question.pk}/", {"options": None})
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"center": 40, "width": 400}, 201),
        ({"lower_percentile": 1, "upper_percentile": 99}, 201),
        ({"center": 40, "width": 400, "lower_percentile": 1}, 400),
        ({"center": 40, "lower_percentile": 1, "upper_percentile": 99}, 400),
        ({"center": 40, "width": 400, "lower_percentile": 1, "upper_percentile": 99}, 400),
        ({"center": 40}, 400),
        ({}, 400),
    ],
)
def test_a_window_preset_is_a_window_or_two_percentiles(editor, client_of, fields, status):
    assert client_of(editor).send("POST", PRESETS, {"title": "Lung", **fields}).status_code == status


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, 201),
        ({"color": "[0 .5 0.5 0, 1e-1 255 255 1.0]", "range_min": -1000, "range_max": 3000}, 201),
        ({"color": "[red]"}, 400),
        ({"color": "[]"}, 400),
        ({"color": "[0 0 0, 1 1 1]"}, 400),
        ({"alpha": "[nan 0, 1 1]"}, 400),
        ({"alpha": "0 0, 1 1"}, 400),
        ({"range_min": 5, "range_max": 5}, 400),
        ({"range_min": 2**31}, 400),
        ({"range_max": 2**63}, 400),
        ({"range_max": -(10**30)}, 400),
    ],
)
def test_a_look_up_table_has_knots_that_a_viewer_reads(editor, client_of, fields, status):
    body = {"title": "Hot", "color": "[0 0 0 0, 255 255 255 1]", "alpha": "[0 0, 1 1]", **fields}
    reply = client_of(editor).send("POST", "/api/v1/workstations/look-up-tables/", body)
    assert reply.status_code == status, reply.content
    if status == 400:
        assert set(reply.json()) <= {"color", "alpha", "range_min", "range_max"}


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e999"])
@pytest.mark.parametrize("field", ["score_tolerance", "answer_step_size", "answer_min_value", "answer_max_value"])
def test_a_limit_of_a_question_is_a_number(editor, client_of, field, value):
    study = factories.make_study(editor=editor)
    question = Question.objects.create(
        study=study, question_text="How many?", answer_type="Number", widget="Number Input"
    )
    path = f"/api/v1/reader-studies/questions/{question.pk}/"
    reply = client_of(editor).send("PATCH", path, {field: value})
    assert (reply.status_code, list(reply.json())) == (400, [field])
    assert client_of(editor).get(path).json()["score_tolerance"] == 0


@pytest.mark.parametrize("value", [".nan", ".inf"])
def test_a_number_that_is_none_in_a_study_file_is_refused(editor, client_of, value):
    study = factories.make_study(editor=editor)
    text = f"readroom: 1\nstudy: {{slug: {study.slug}, title: x}}\nquestions:\n- question_text: How many?\n"
    text += f"  answer_type: Number\n  widget: Number Input\n  score_tolerance: {value}\n"
    reply = client_of(editor).post("/api/v1/reader-studies/apply/", text.encode(), content_type="application/yaml")
    assert reply.status_code == 400, reply.content
    assert not Question.objects.exists()
