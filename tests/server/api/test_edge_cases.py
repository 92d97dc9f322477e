"""What goes wrong between the parts: people who leave, questions that go, tokens that end, pages that are too long."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from tests.server.api.conftest import ANSWERS, DISPLAY_SETS, QUESTIONS, STUDIES

from readroom.server.db.models import Answer, ApiToken, AuditEntry, Import, RefusedValue, StudyMember
from readroom.server.services import accounts, cleanup
from readroom.server.services.access import SYSTEM
from readroom.server.services.socket_values import Source
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


@pytest.mark.parametrize(
    ("path", "name"), [(ANSWERS, "is_ground_truth"), ("/api/v1/cases/images/", "patient_id__isempty")]
)
def test_a_filter_that_is_neither_true_nor_false_is_refused(as_editor, path, name):
    for value, status in (("true", 200), ("False", 200), ("", 200), ("banana", 400)):
        reply = as_editor.get(f"{path}?{name}={value}")
        assert reply.status_code == status
    assert reply.json() == {name: ["Write true or false."]}


def test_times_have_a_zone_and_durations_are_told_in_seconds(
    as_reader, as_editor, post_answer, text_question, display_set, study
):
    given = post_answer(as_reader, text_question, display_set, "x", last_edit_duration="00:01:30.5").json()
    for name in ("created", "modified"):
        assert datetime.fromisoformat(given[name]).utcoffset() == timedelta(0)
    table = b"".join(as_editor.get(f"{STUDIES}{study.pk}/export/").streaming_content).decode()
    assert ",90.5," in table


@pytest.fixture
def copy_of(client_of, people, study):
    """Copies the study with its display sets, as its editor; returns the id of the copy."""
    people.editor.may_create_studies = True
    people.editor.save()

    def make():
        reply = client_of(people.editor).send("POST", f"{STUDIES}{study.pk}/copy/", {"title": "Copy"})
        assert reply.status_code == 201, reply.content
        return reply.json()["pk"]

    return make


def test_what_is_still_being_imported_is_missing_in_a_copy_with_the_reason(as_editor, copy_of, study, display_set):
    socket, other = factories.make_socket("Image", title="CT"), factories.make_socket("Image", title="MR")
    Import.objects.create(target_kind="display_set", target_id=display_set.pk, socket=socket, status="Started")
    RefusedValue.objects.create(display_set=display_set, socket=other, reason="The files became 2 images.")
    copied = copy_of()
    [twin] = as_editor.get(f"{DISPLAY_SETS}?reader_study={copied}").json()["results"]
    values = as_editor.get(f"{DISPLAY_SETS}{twin['pk']}/status/").json()["values"]
    assert [(value["socket"], value["status"], value["reason"]) for value in values] == [
        ("ct", "refused", "It was still being imported when the study was copied; put it here again."),
        ("mr", "refused", "The files became 2 images."),
    ]
    gaps = as_editor.get(f"{STUDIES}{copied}/readiness/").json()
    assert {"refused_values", "empty_display_sets"} <= {gap["kind"] for gap in gaps if gap["is_blocker"]}


def test_a_copy_keeps_its_images_when_its_maker_leaves_the_study_it_came_from(client_of, people, copy_of, study):
    image = factories.make_image(creator=people.uploader)
    scan = factories.make_socket("Image")
    original = factories.make_display_set(study, sources=[Source(socket_slug=scan.slug, image=image.pk)])
    copied = copy_of()
    StudyMember.objects.filter(study=study, user=people.editor).delete()
    client = client_of(people.editor)
    assert client.get(f"{DISPLAY_SETS}{original.pk}/").status_code == 404
    [twin] = client.get(f"{DISPLAY_SETS}?reader_study={copied}").json()["results"]
    assert twin["values"][0]["image"].endswith(f"/{image.pk}/")
    assert client.get(f"/api/v1/cases/images/{image.pk}/").status_code == 200
    study.delete()
    assert cleanup.discard_unused_images(grace=timedelta(0)) == 0
    assert client.get(f"/api/v1/cases/images/{image.pk}/").status_code == 200


def test_no_question_has_an_algorithm_that_works_with_the_reader(as_editor, study):
    """There are none on this server: nothing is promised, and nobody is charged for it."""
    body = {"reader_study": study.slug, "question_text": "Where?", "answer_type": "Mask", "image_port": "Main"}
    refused = as_editor.send("POST", QUESTIONS, body | {"interactive_algorithm": "uls23-baseline"})
    assert (refused.status_code, list(refused.json())) == (400, ["interactive_algorithm"])
    made = as_editor.send("POST", QUESTIONS, body)
    assert made.status_code == 201, made.content
    assert (made.json()["interactive_algorithms"], made.json()["algorithms"]) == ([], [])


def test_of_two_windows_the_higher_number_wins_whichever_comes_last(
    as_reader, post_answer, text_question, display_set, study
):
    """An autosave that was held up on its way does not undo what was saved on purpose after it."""
    pk = post_answer(as_reader, text_question, display_set, "begun", sequence=1).json()["pk"]
    saved = as_reader.send("PATCH", f"{ANSWERS}{pk}/", {"answer": "finished", "sequence": 3})
    late = as_reader.send("PATCH", f"{ANSWERS}{pk}/", {"answer": "half", "sequence": 2})
    assert (saved.json()["answer"], late.status_code, late.json()["answer"]) == ("finished", 200, "finished")
    acts = AuditEntry.objects.filter(target_id=pk).order_by("id").values_list("act", flat=True)
    assert list(acts) == ["answer", "edit answer"]


def test_a_reader_who_comes_back_goes_on_where_he_was(as_reader, client_of, people, post_answer, text_question, study):
    """Which display set is next is known to the server alone, so that a browser that was closed loses nothing."""
    shown = [factories.make_display_set(study, title=str(place)) for place in range(3)]
    question = factories.make_question(study, "Bool", required=False)
    query = f"{DISPLAY_SETS}?reader_study={study.pk}&unanswered_by_user=true"
    for answered in ("text", "bool"):
        asked, value = (text_question, "x") if answered == "text" else (question, True)
        post_answer(as_reader, asked, shown[0], value)
        elsewhere = client_of(people.reader)
        begun = elsewhere.get(query).json()["results"][0]["title"]
        assert begun == ("0" if answered == "text" else "1")


def test_answers_of_another_round_stand_beside_those_that_the_wire_shows(
    as_reader, as_editor, people, post_answer, text_question, display_set, study
):
    """A reader may meet a display set again; until somebody arranges that, there is one round, and it is the wire's."""
    [only] = study.rounds.all()
    assert only.is_default
    with pytest.raises(IntegrityError), transaction.atomic():
        study.rounds.create(number=2, is_default=True)
    later = study.rounds.create(number=2, is_default=False)
    now = datetime.now().astimezone()
    Answer.objects.create(
        study=study, round=later, creator=people.reader, question=text_question, display_set=display_set,
        value="a second look", created_at=now, modified_at=now,
    )  # fmt: skip
    query = f"{DISPLAY_SETS}?reader_study={study.pk}&unanswered_by_user=true"
    assert as_reader.get(query).json()["count"] == 1
    assert post_answer(as_reader, text_question, display_set, "a first look").status_code == 201
    assert as_reader.get(query).json()["count"] == 0
    [progress] = [row for row in as_editor.get(f"{STUDIES}{study.pk}/progress/").json() if row["reader"] == "reader"]
    assert (progress["answers"], progress["progress"]) == (1, 100)


@pytest.mark.parametrize("path", [STUDIES, DISPLAY_SETS, QUESTIONS, ANSWERS, UPLOADS, f"{STUDIES}apply/"])
def test_a_body_that_is_too_large_is_refused_before_it_is_read(as_editor, settings, path):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    reply = as_editor.post(path, data=b'{"title": "' + b"x" * 2000 + b'"}', content_type="application/json")
    assert (reply.status_code, list(reply.json())) == (413, ["detail"])


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_is_none_is_refused_wherever_it_stands(as_editor, study, number):
    bodies = {
        DISPLAY_SETS: f'{{"reader_study": "nodules", "order": {number}}}',
        QUESTIONS: f'{{"reader_study": "{study.pk}", "question_text": "Q", "answer_type": "Number", '
        f'"widget": "Number Input", "answer_max_value": {number}}}',
        "/api/v1/hanging-protocols/": f'{{"title": "x", "json": [{{"viewport_name": "main", "opacity": {number}}}]}}',
        f"{STUDIES}apply/": f'{{"readroom": 1, "study": {{"title": "x", "max_credits": {number}}}}}',
    }
    for path, body in bodies.items():
        assert as_editor.post(path, data=body, content_type="application/json").status_code == 400, path


@pytest.mark.parametrize("name", ["{pk}", "nodules", "https://any.example.org/api/v1/reader-studies/{pk}/", "nothing"])
def test_a_study_is_named_by_its_slug_its_id_or_its_address(as_editor, study, name):
    named = name.format(pk=study.pk)
    bodies = {
        DISPLAY_SETS: {"reader_study": named},
        QUESTIONS: {"reader_study": named, "question_text": "Q", "answer_type": "Bool"},
        "/api/v1/accounts/invitations/": {"study": named, "email": "new@example.org", "role": "reader"},
    }
    for path, body in bodies.items():
        assert (as_editor.send("POST", path, body).status_code == 201) is (name != "nothing"), path


def test_a_misspelt_field_is_not_lost_in_silence(as_editor, study, text_question):
    for path, body, field, meant in (
        (f"{STUDIES}{study.pk}/", {"shuffle_hanging_lists": True}, "shuffle_hanging_lists", "shuffle_hanging_list"),
        (f"{QUESTIONS}{text_question.pk}/", {"requird": False}, "requird", "required"),
    ):
        refused = as_editor.send("PATCH", path, body)
        assert refused.json() == {field: [f"There is no such field. Is it {meant}?"]}
        shown = as_editor.get(path).json()
        assert as_editor.send("PATCH", path, {"help_text": "x", "pk": shown["pk"], "api_url": "x"}).status_code == 200


def test_an_order_follows_the_highest_also_after_one_was_moved(as_editor, study):
    first, second = (factories.make_display_set(study) for _ in range(2))
    for case, order, following in ((first, 95, 100), (second, 3, 110)):
        assert as_editor.send("PATCH", f"{DISPLAY_SETS}{case.pk}/", {"order": order}).status_code == 200
        assert factories.make_display_set(study).order == following


def test_the_same_image_again_changes_and_records_nothing(as_editor, people, display_set):
    socket, image = factories.make_socket("Image"), factories.make_image(creator=people.editor)
    path = f"{DISPLAY_SETS}{display_set.pk}/"
    values = {"values": [{"interface": socket.slug, "image": f"https://any/api/v1/cases/images/{image.pk}/"}]}
    assert as_editor.send("PATCH", path, values).status_code == 200
    before = as_editor.get(path).json()
    entries = AuditEntry.objects.count()
    assert as_editor.send("PATCH", path, values).status_code == 200
    assert as_editor.get(path).json() == before
    assert AuditEntry.objects.count() == entries
