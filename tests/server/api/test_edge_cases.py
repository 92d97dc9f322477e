"""What goes wrong between the parts: people who leave, questions that go, tokens that end, pages that are too long."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from tests.server.api.conftest import ANSWERS, DISPLAY_SETS, QUESTIONS, STUDIES

from readroom.server.db.models import ApiToken
from readroom.server.services import accounts
from readroom.server.services.access import SYSTEM
from readroom.server.testing import factories

UPLOADS = "/api/v1/uploads/"


def test_an_option_chosen_twice_is_refused(as_reader, post_answer, study, display_set):
    question = factories.make_question(study, "Multiple choice", required=False)
    option = question.options.first().pk
    reply = post_answer(as_reader, question, display_set, [option, option])
    assert (reply.status_code, list(reply.json())) == (400, ["non_field_errors"])
    assert post_answer(as_reader, question, display_set, [option]).status_code == 201


def test_a_heading_is_never_answered(as_reader, post_answer, study, display_set):
    heading = factories.make_question(study, "Heading", required=False)
    for answer in (None, "", "x"):
        assert post_answer(as_reader, heading, display_set, answer).status_code == 400


def test_a_question_that_goes_hides_no_display_set(
    as_reader, as_editor, post_answer, text_question, choice_question, display_set, study
):
    """Answers are counted per question, so that one answer to what is left over does not stand for another."""
    other = factories.make_question(study, "Bool", required=False)
    query = f"{DISPLAY_SETS}?reader_study={study.pk}&unanswered_by_user=true"
    kept = post_answer(as_reader, text_question, display_set, "x").json()
    gone = post_answer(as_reader, other, display_set, True).json()
    assert as_editor.send("DELETE", f"{ANSWERS}{gone['pk']}/").status_code == 204
    assert as_editor.send("DELETE", f"{QUESTIONS}{other.pk}/").status_code == 204
    assert as_reader.get(query).json()["count"] == 1
    post_answer(as_reader, choice_question, display_set, None)
    assert as_reader.get(query).json()["count"] == 0
    assert as_reader.get(f"{ANSWERS}{kept['pk']}/").status_code == 200


def test_answers_of_a_person_who_left_stay_under_another_name(
    as_reader, as_editor, people, post_answer, text_question, display_set, study
):
    pk = post_answer(as_reader, text_question, display_set, "A nodule.").json()["pk"]
    name = people.reader.username
    accounts.close_account(SYSTEM, username=name)
    assert as_reader.get(f"{ANSWERS}{pk}/").status_code == 401
    kept = as_editor.get(f"{ANSWERS}{pk}/").json()
    assert kept["answer"] == "A nodule."
    assert kept["creator"] not in {name, "", None}
    table = b"".join(as_editor.get(f"{STUDIES}{study.pk}/export/").streaming_content).decode()
    assert "A nodule." in table
    assert f"\n{name}," not in table
    assert f"\n{kept['creator']}," in table


def test_a_token_that_is_revoked_in_the_middle_of_an_upload_ends_it(people, client_of):
    client = client_of(people.editor)
    upload = client.send("POST", UPLOADS, {"filename": "scan.mha"}).json()
    ApiToken.objects.filter(user=people.editor).update(revoked_at=datetime.now().astimezone())
    path = f"{UPLOADS}{upload['pk']}/{upload['s3_upload_id']}/"
    for verb, body in (
        ("generate-presigned-urls", {"part_numbers": [1]}),
        ("complete-multipart-upload", {"parts": []}),
    ):
        assert client.send("PATCH", f"{path}{verb}/", body).status_code == 401
    again = client_of(people.editor)
    done = again.send("PATCH", f"{path}complete-multipart-upload/", {"parts": []})
    assert done.json()["status"] == "Completed"


@pytest.mark.parametrize(("asked", "given"), [("1000", 1000), ("1001", 1000), ("99999", 1000), ("0", 100), ("-5", 100)])
def test_a_page_has_at_most_a_thousand_rows(as_editor, study, asked, given):
    for place in range(2):
        factories.make_display_set(study, title=str(place))
    page = as_editor.get(f"{DISPLAY_SETS}?limit={asked}&offset=1&reader_study={study.pk}")
    assert page.status_code == 200
    assert f"limit={given}" in page.json()["previous"]


def test_times_have_a_zone_and_durations_are_told_in_seconds(
    as_reader, as_editor, post_answer, text_question, display_set, study
):
    given = post_answer(as_reader, text_question, display_set, "x", last_edit_duration="00:01:30.5").json()
    for name in ("created", "modified"):
        assert datetime.fromisoformat(given[name]).utcoffset() == timedelta(0)
    table = b"".join(as_editor.get(f"{STUDIES}{study.pk}/export/").streaming_content).decode()
    assert ",90.5," in table
