"""Requests that a fuzzer found to fail the server; each is refused or done now."""

from __future__ import annotations

import pytest

from readroom.server.db.models import Question, ReaderStudy, StudyMember

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
