"""The budget of a study."""

from __future__ import annotations

import pytest
from tests.server.api.conftest import ANSWERS, STUDIES

from readroom.server.db.models import ReaderStudy
from readroom.server.testing import factories


@pytest.fixture
def hour_of_reading(as_editor, as_reader, post_answer, text_question, display_set, study):
    """A study with the budget of an hour, all of which the first answer uses up."""
    study.allow_answer_modification = True
    assert as_editor.send("PATCH", f"{STUDIES}{study.pk}/", {"max_credits": 500}).json()["credits_used"] == 0
    return post_answer(as_reader, text_question, display_set, "x", last_edit_duration="01:00:00").json()["pk"]


def test_the_answer_that_uses_the_budget_up_is_the_last_one(
    as_reader, as_editor, hour_of_reading, post_answer, choice_question, display_set, study
):
    shown = as_reader.get(f"{STUDIES}{study.pk}/").json()
    assert (shown["max_credits"], shown["credits_used"]) == (500, 500)
    refused = post_answer(as_reader, choice_question, display_set, None)
    assert (refused.status_code, "ask its editors" in refused.json()[0]) == (400, True)
    edited = as_reader.send("PATCH", f"{ANSWERS}{hour_of_reading}/", {"answer": "y"})
    assert edited.json() == refused.json()
    told = post_answer(as_editor, choice_question, display_set, None)
    assert (told.status_code, "raise max_credits" in told.json()[0]) == (400, True)
    assert as_reader.get(f"{ANSWERS}{hour_of_reading}/").json()["answer"] == "x"


def test_reading_goes_on_when_the_budget_is_raised(
    as_reader, as_editor, hour_of_reading, post_answer, choice_question, display_set, study
):
    gaps = as_editor.get(f"{STUDIES}{study.pk}/readiness/").json()
    assert [gap["is_blocker"] for gap in gaps if gap["kind"] == "max_credits"] == [True]
    as_editor.send("PATCH", f"{STUDIES}{study.pk}/", {"max_credits": 501})
    assert post_answer(as_reader, choice_question, display_set, None).status_code == 201
    assert "max_credits" not in [gap["kind"] for gap in as_editor.get(f"{STUDIES}{study.pk}/readiness/").json()]


def test_without_a_budget_there_is_no_end_and_no_cost_is_counted(
    as_reader, post_answer, choice_question, text_question, display_set, study
):
    post_answer(as_reader, text_question, display_set, "x", last_edit_duration="100:00:00")
    assert post_answer(as_reader, choice_question, display_set, None).status_code == 201
    assert as_reader.get(f"{STUDIES}{study.pk}/").json()["credits_used"] is None


def test_ground_truth_and_other_studies_cost_nothing(
    as_reader, as_editor, people, post_answer, choice_question, display_set, study
):
    other = factories.make_study(readers=[people.reader])
    question = factories.make_question(other, required=False)
    post_answer(as_reader, question, factories.make_display_set(other), "x", last_edit_duration="05:00:00")
    factories.make_truth(choice_question, display_set, editor=people.editor, value="Yes")
    as_editor.send("PATCH", f"{STUDIES}{study.pk}/", {"max_credits": 1})
    assert as_editor.get(f"{STUDIES}{study.pk}/").json()["credits_used"] == 0


@pytest.mark.parametrize("budget", [-1, 2**31, 0.5, "many"])
def test_a_budget_is_a_whole_number(as_editor, study, budget):
    reply = as_editor.send("PATCH", f"{STUDIES}{study.pk}/", {"max_credits": budget})
    assert (reply.status_code, list(reply.json())) == (400, ["max_credits"])
    assert ReaderStudy.objects.get().max_credits is None


def test_a_study_with_nothing_to_spend_is_not_begun(
    as_editor, as_reader, post_answer, text_question, display_set, study
):
    as_editor.send("PATCH", f"{STUDIES}{study.pk}/", {"max_credits": 0})
    assert post_answer(as_reader, text_question, display_set, "x").status_code == 400
