from __future__ import annotations

import json
import threading
import time
from collections import OrderedDict
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest
from django.db import connection
from tests.server.api.conftest import ANSWERS, url

from readroom.server.db.models import Answer, AuditEntry, ReaderStudy, StudyMember
from readroom.server.domain import answers as rules
from readroom.server.services import accounts, answers, moments, raw_rows
from readroom.server.services.answers import Draft
from readroom.server.testing import factories


def test_a_reader_answers_once_and_reads_it_back(as_reader, post_answer, text_question, display_set, people):
    reply = post_answer(as_reader, text_question, display_set, "a nodule", last_edit_duration="00:01:30")
    assert reply.status_code == 201, reply.content
    body = reply.json()
    assert body["answer"] == "a nodule"
    assert body["creator"] == people.reader.username
    assert body["last_edit_duration"] == body["total_edit_duration"] == "00:01:30"
    assert body["is_ground_truth"] is False
    assert as_reader.send("GET", f"{ANSWERS}{body['pk']}/").json() == body
    assert reply.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("microsecond", "written"), [(0, "00Z"), (59_480, "00.059480Z"), (700_000, "00.700000Z"), (1, "00.000001Z")]
)
def test_a_moment_is_written_the_same_in_a_list_and_alone(
    as_reader, post_answer, text_question, display_set, microsecond, written
):
    pk = post_answer(as_reader, text_question, display_set, "a nodule").json()["pk"]
    moment = datetime(2026, 2, 3, 4, 5, microsecond=microsecond, tzinfo=UTC)
    Answer.objects.filter(pk=pk).update(created_at=moment, modified_at=moment)
    [listed] = as_reader.send("GET", ANSWERS).json()["results"]
    alone = as_reader.send("GET", f"{ANSWERS}{pk}/").json()
    assert listed["created"] == alone["modified"] == f"2026-02-03T04:05:{written}"
    assert raw_rows.moment_text(moment.astimezone(timezone(timedelta(hours=5)))) == listed["created"]


def test_a_reader_cannot_answer_the_same_question_twice(as_reader, post_answer, text_question, display_set):
    assert post_answer(as_reader, text_question, display_set, "one").status_code == 201
    again = post_answer(as_reader, text_question, display_set, "two")
    assert again.status_code == 400
    assert again.json() == {"non_field_errors": [answers.ALREADY_ANSWERED]}
    assert answers.ALREADY_ANSWERED == "User has already answered this question for this display set."
    assert Answer.objects.get().value == "one"


def test_two_simultaneous_answers_become_one_and_no_error(transactional_db):
    reader = factories.make_user()
    study = factories.make_study(readers=[reader])
    question, display_set = factories.make_question(study), factories.make_display_set(study)
    actor, draft = accounts.to_actor(reader), Draft(value="same", arrived_at=time.time())
    barrier = threading.Barrier(4)
    found, faults = [], []

    def answer():
        barrier.wait()
        try:
            ids = {"question_id": question.pk, "display_set_id": display_set.pk}
            found.append(answers.record_answer(actor, **ids, draft=draft).pk)
        except Exception as error:  # noqa: BLE001 - whatever went wrong is the finding
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=answer) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert found == [Answer.objects.get().pk] * 4


def test_the_same_answer_that_was_on_its_way_when_the_first_was_recorded_is_no_error(
    as_reader, text_question, display_set
):
    body = {"question": url("questions", text_question.pk), "display_set": url("display-sets", display_set.pk)}

    def post(answer, seconds_before):
        arrived = time.time() - seconds_before
        given = {"content_type": "application/json", "readroom.arrived_at": arrived}
        return as_reader.post(ANSWERS, body | {"answer": answer}, **given)

    first = post("same", 0)
    moments.tell(UUID(first.json()["pk"]), time.time())
    assert (post("same", 60).status_code, post("same", 60).json()["pk"]) == (201, first.json()["pk"])
    for late_or_other in (post("same", -1), post("other", 60)):
        assert late_or_other.status_code == 400
        assert late_or_other.json() == {"non_field_errors": [answers.ALREADY_ANSWERED]}
    assert Answer.objects.get().value == "same"


def test_the_same_answer_that_came_before_its_sender_was_told_of_the_first_is_no_error(
    people, study, text_question, display_set
):
    actor = accounts.to_actor(people.reader)

    def record(arrived_at):
        ids = {"question_id": text_question.pk, "display_set_id": display_set.pk}
        return answers.record_answer(actor, **ids, draft=Draft(value="same", arrived_at=arrived_at)).pk

    first, recorded_at = record(time.time()), time.time()
    assert record(recorded_at + 5) == first
    moments.tell(first, recorded_at + 9)
    moments.tell(first, recorded_at + 20)
    assert record(recorded_at + 8) == first
    with pytest.raises(answers.Invalid, match="already answered"):
        record(recorded_at + 10)


def test_of_many_answers_the_last_ones_are_kept_in_mind(monkeypatch):
    monkeypatch.setattr(moments, "KEPT", 2)
    monkeypatch.setattr(moments, "_told", OrderedDict())
    ids = [uuid4() for _ in range(3)]
    for answer_id in ids:
        moments.begin(answer_id)
    moments.tell(ids[0], 5.0)
    assert [moments.was_untold(answer_id, 1.0) for answer_id in ids] == [False, True, True]


def test_an_answer_that_lost_a_race_is_the_one_that_won_it(study, people, text_question, display_set, monkeypatch):
    actor = accounts.to_actor(people.reader)
    first = factories.make_answer(text_question, display_set, creator=people.reader, value="same")
    monkeypatch.setattr(answers, "has_answered", lambda **_slot: False)
    monkeypatch.setattr(answers, "check_takes_answers", lambda *_a, **_k: None)
    again = answers.record_answer(
        actor, question_id=text_question.pk, display_set_id=display_set.pk, draft=Draft(value="same")
    )
    assert again.pk == first.pk
    with pytest.raises(answers.Invalid, match="already answered"):
        answers.record_answer(
            actor, question_id=text_question.pk, display_set_id=display_set.pk, draft=Draft(value="other")
        )


def test_an_answer_without_display_set_is_refused(as_reader, text_question):
    reply = as_reader.send("POST", ANSWERS, {"question": url("questions", text_question.pk), "answer": "x"})
    assert reply.status_code == 400
    assert list(reply.json()) == ["display_set"]


@pytest.mark.parametrize("link", ["", "nothing", "https://x/api/v1/reader-studies/foo/", None, 5])
def test_a_link_that_leads_nowhere_is_refused(as_reader, link, display_set):
    body = {"question": link, "display_set": url("display-sets", display_set.pk), "answer": "x"}
    reply = as_reader.send("POST", ANSWERS, body)
    assert reply.status_code == 400
    assert list(reply.json()) == ["question"]


def test_a_display_set_of_another_study_is_refused_although_the_reader_reads_both(
    as_reader, post_answer, text_question, people
):
    other = factories.make_study(readers=[people.reader])
    reply = post_answer(as_reader, text_question, factories.make_display_set(other), "x")
    assert reply.status_code == 400
    assert "different reader studies" in reply.json()["non_field_errors"][0]


def test_questions_and_display_sets_of_strangers_look_like_absent_ones(as_reader, post_answer, text_question):
    foreign = factories.make_study()
    display_set, question = factories.make_display_set(foreign), factories.make_question(foreign)
    hidden = post_answer(as_reader, text_question, display_set, "x")
    assert (hidden.status_code, list(hidden.json())) == (400, ["display_set"])
    assert list(post_answer(as_reader, question, display_set, "x").json()) == ["question"]


@pytest.mark.parametrize("who", ["uploader", "stranger"])
def test_only_readers_and_editors_answer(client_of, people, who, post_answer, text_question, display_set):
    assert post_answer(client_of(getattr(people, who)), text_question, display_set, "x").status_code == 400


def test_nobody_answers_without_an_account(client_of, post_answer, text_question, display_set):
    reply = post_answer(client_of(None), text_question, display_set, "x")
    assert reply.status_code == 401
    assert reply.headers["WWW-Authenticate"] == "Bearer"


def test_a_reader_who_is_removed_loses_his_rights_at_once_and_his_answers_stay_with_the_editors(
    as_reader, as_editor, post_answer, text_question, choice_question, display_set, study
):
    made = post_answer(as_reader, text_question, display_set, "x").json()
    seen = f"display-sets/?reader_study={study.pk}"
    assert as_reader.send("GET", f"/api/v1/reader-studies/{seen}").json()["count"] == 1
    people = f"/api/v1/reader-studies/{study.pk}/members/reader/reader/"
    assert as_editor.send("DELETE", people).status_code == 204
    assert as_reader.send("GET", f"/api/v1/reader-studies/{seen}").status_code == 400
    assert as_reader.send("GET", f"/api/v1/reader-studies/{study.pk}/").status_code == 404
    assert as_reader.send("PATCH", f"{ANSWERS}{made['pk']}/", {"answer": "y"}).status_code == 404
    assert post_answer(as_reader, choice_question, display_set, None).status_code == 400
    [kept] = as_editor.send("GET", f"{ANSWERS}?question__reader_study={study.pk}").json()["results"]
    assert (kept["pk"], kept["answer"], kept["creator"]) == (made["pk"], "x", "reader")


def test_a_former_reader_neither_answers_nor_sees_his_answers(
    as_reader, post_answer, text_question, choice_question, display_set, people
):
    made = post_answer(as_reader, text_question, display_set, "x").json()
    StudyMember.objects.filter(user=people.reader).delete()
    assert post_answer(as_reader, choice_question, display_set, None).status_code == 400
    assert as_reader.send("GET", f"{ANSWERS}{made['pk']}/").status_code == 404
    assert Answer.objects.count() == 1


@pytest.mark.parametrize(("state", "status"), [("open", 201), ("paused", 400), ("closed", 400), ("draft", 400)])
def test_only_an_open_study_takes_answers(as_reader, post_answer, text_question, display_set, study, state, status):
    ReaderStudy.objects.filter(pk=study.pk).update(state=state)
    assert post_answer(as_reader, text_question, display_set, "x").status_code == status


def test_an_editor_may_try_a_draft(as_editor, post_answer, text_question, display_set, study):
    ReaderStudy.objects.filter(pk=study.pk).update(state="draft")
    assert post_answer(as_editor, text_question, display_set, "x").status_code == 201


def test_an_edit_changes_the_answer_sums_the_time_and_keeps_history(as_reader, post_answer, text_question, display_set):
    pk = post_answer(as_reader, text_question, display_set, "one", last_edit_duration="00:00:10").json()["pk"]
    as_reader.send("PATCH", f"{ANSWERS}{pk}/", {"answer": "two"})
    reply = as_reader.send("PATCH", f"{ANSWERS}{pk}/", {"answer": "three", "last_edit_duration": "00:00:05"})
    assert reply.status_code == 200
    assert reply.json()["total_edit_duration"] == "00:00:15"
    history = as_reader.send("GET", f"{ANSWERS}{pk}/history/").json()
    assert [entry["after"]["answer"] for entry in history] == ["one", "two", "three"]
    assert history[2]["before"]["answer"] == "two"


def test_a_patch_without_an_answer_empties_it(as_reader, post_answer, choice_question, display_set):
    yes = factories.option_id(choice_question, "Yes")
    pk = post_answer(as_reader, choice_question, display_set, yes).json()["pk"]
    assert as_reader.send("PATCH", f"{ANSWERS}{pk}/", {}).json()["answer"] is None


def test_only_answer_and_duration_can_be_patched(as_reader, post_answer, text_question, display_set):
    pk = post_answer(as_reader, text_question, display_set, "x").json()["pk"]
    for body in ({"answer": "y", "question": url("questions", text_question.pk)}, {"creator": "else"}):
        assert as_reader.send("PATCH", f"{ANSWERS}{pk}/", body).status_code == 400
        assert as_reader.send("PUT", f"{ANSWERS}{pk}/", body).status_code == 400
    assert Answer.objects.get().value == "x"


def test_answers_cannot_be_modified_where_the_study_forbids_it(
    as_reader, post_answer, text_question, display_set, study
):
    pk = post_answer(as_reader, text_question, display_set, "x").json()["pk"]
    ReaderStudy.objects.filter(pk=study.pk).update(allow_answer_modification=False)
    assert as_reader.send("PATCH", f"{ANSWERS}{pk}/", {"answer": "y"}).status_code == 400


@pytest.mark.parametrize(("who", "status"), [("editor", 403), ("colleague", 404), ("stranger", 404), ("uploader", 404)])
def test_nobody_changes_the_answers_of_others(
    as_reader, client_of, people, who, status, post_answer, text_question, display_set
):
    pk = post_answer(as_reader, text_question, display_set, "x").json()["pk"]
    reply = client_of(getattr(people, who)).send("PATCH", f"{ANSWERS}{pk}/", {"answer": "y"})
    assert reply.status_code == status


def test_of_two_edits_the_later_number_wins_whichever_comes_first(as_reader, post_answer, text_question, display_set):
    pk = post_answer(as_reader, text_question, display_set, "one", sequence=1).json()["pk"]
    assert as_reader.send("PATCH", f"{ANSWERS}{pk}/", {"answer": "three", "sequence": 3}).json()["answer"] == "three"
    overtaken = as_reader.send("PATCH", f"{ANSWERS}{pk}/", {"answer": "two", "sequence": 2})
    assert overtaken.status_code == 200
    assert overtaken.json()["answer"] == "three"


def test_a_clock_that_is_ahead_keeps_nobody_from_editing_later(as_reader, post_answer, text_question, display_set):
    now = int(datetime.now(UTC).timestamp() * 1000)
    pk = post_answer(as_reader, text_question, display_set, "an hour ahead", sequence=now + 3_600_000).json()["pk"]
    for text, sequence in (("ahead again", now + 3_600_001), ("in time", now + 60_000)):
        assert (
            as_reader.send("PATCH", f"{ANSWERS}{pk}/", {"answer": text, "sequence": sequence}).json()["answer"] == text
        )


@pytest.mark.parametrize("duration", ["yesterday", "P", {}, "1:2:3:4:5"])
def test_a_duration_that_is_none_is_refused(as_reader, post_answer, text_question, display_set, duration):
    reply = post_answer(as_reader, text_question, display_set, "x", last_edit_duration=duration)
    assert reply.status_code == 400
    assert list(reply.json()) == ["last_edit_duration"]


@pytest.mark.parametrize("answer", ["NaN", "Infinity", "-Infinity", "1e999", "0.5x"])
def test_a_number_that_is_none_is_refused_in_an_answer_that_is_right_otherwise(as_reader, study, display_set, answer):
    question = factories.make_question(study, "Number", required=False)
    places = {"question": url("questions", question.pk), "display_set": url("display-sets", display_set.pk)}

    def send(written):
        body = f'{json.dumps(places)[:-1]}, "answer": {written}}}'
        return as_reader.post(ANSWERS, data=body.encode(), content_type="application/json").status_code

    assert send(answer) == 400
    assert not Answer.objects.exists()
    assert send("0.5") == 201


@pytest.mark.parametrize(
    "body", [b'{"answer": NaN}', b'{"answer": Infinity}', b'{"answer": "\\u0000"}', b"{", b"[]", b"7"]
)
def test_unreadable_bodies_are_refused_and_never_crash(as_reader, body, db):
    reply = as_reader.post(ANSWERS, data=body, content_type="application/json")
    assert reply.status_code == 400, reply.content


@pytest.mark.parametrize("answer", [7, None, [], {}, True, 10**30, "\ud800"])
def test_a_text_is_answered_by_a_text_only(as_reader, post_answer, text_question, display_set, answer):
    assert post_answer(as_reader, text_question, display_set, answer).status_code == 400


def test_readers_see_their_own_answers_and_editors_all(
    as_reader, as_editor, client_of, people, post_answer, text_question, display_set, study
):
    post_answer(as_reader, text_question, display_set, "mine")
    post_answer(client_of(people.colleague), text_question, display_set, "his")
    factories.make_truth(text_question, display_set, editor=people.editor, value="truth")

    def answers_for(client, query=""):
        return sorted(row["answer"] for row in client.send("GET", f"{ANSWERS}?{query}").json()["results"])

    assert answers_for(as_reader) == ["mine"]
    assert answers_for(as_editor) == ["his", "mine", "truth"]
    assert answers_for(as_editor, "creator=colleague") == ["his"]
    assert answers_for(as_editor, "is_ground_truth=true") == ["truth"]
    assert answers_for(as_editor, f"question__reader_study={study.pk}&unknown=1") == ["his", "mine", "truth"]
    assert answers_for(client_of(people.stranger)) == answers_for(client_of(None)) == []
    assert answers_for(client_of(people.uploader)) == []


def test_mine_lists_own_answers_without_ground_truth_and_takes_no_others(
    as_editor, people, post_answer, text_question, display_set
):
    factories.make_truth(text_question, display_set, editor=people.editor, value="truth")
    post_answer(as_editor, text_question, display_set, "mine")
    listed = as_editor.send("GET", f"{ANSWERS}mine/").json()
    assert [row["answer"] for row in listed["results"]] == ["mine"]
    assert as_editor.send("POST", f"{ANSWERS}mine/", {}).status_code == 405


@pytest.mark.parametrize(
    "query",
    ["question__reader_study=foo", "display_set=foo", "question__reader_study=00000000-0000-0000-0000-000000000000"],
)
def test_an_impossible_filter_is_an_error(as_reader, query, db):
    reply = as_reader.send("GET", f"{ANSWERS}?{query}")
    assert reply.status_code == 400
    assert list(reply.json()) == [query.split("=")[0]]


def test_only_editors_delete_answers_and_the_trail_keeps_them(
    as_reader, as_editor, post_answer, text_question, display_set
):
    pk = post_answer(as_reader, text_question, display_set, "x").json()["pk"]
    assert as_reader.send("DELETE", f"{ANSWERS}{pk}/", {}).status_code == 403
    assert as_editor.send("DELETE", f"{ANSWERS}{pk}/", {}).status_code == 204
    assert '"x"' in AuditEntry.objects.get(act="delete answer").before
    assert post_answer(as_reader, text_question, display_set, "again").status_code == 201


def test_scores_are_hidden_from_readers_unless_the_study_teaches(
    as_reader, as_editor, people, post_answer, text_question, display_set, study
):
    factories.make_truth(text_question, display_set, editor=people.editor, value="Nodule")
    pk = post_answer(as_reader, text_question, display_set, " nodule ").json()["pk"]
    assert as_reader.send("GET", f"{ANSWERS}{pk}/").json()["score"] is None
    assert as_editor.send("GET", f"{ANSWERS}{pk}/").json()["score"] == 1
    ReaderStudy.objects.filter(pk=study.pk).update(is_educational=True)
    assert as_reader.send("GET", f"{ANSWERS}{pk}/").json()["score"] == 1


def test_an_answer_costs_few_statements(as_reader, post_answer, choice_question, display_set, statements):
    yes = factories.option_id(choice_question, "Yes")
    factories.make_user("warm")
    with statements(at_most=22):
        assert post_answer(as_reader, choice_question, display_set, yes).status_code == 201


def test_a_page_of_answers_needs_five_statements_whatever_its_size(as_editor, people, study, statements):
    question = factories.make_question(study, "Number", required=False)
    for _ in range(7):
        factories.make_answer(question, factories.make_display_set(study), creator=people.reader, value=1)
    as_editor.send("GET", ANSWERS)
    for limit in (2, 7):
        with statements(at_most=5):
            reply = as_editor.send("GET", f"{ANSWERS}?question__reader_study={study.pk}&limit={limit}")
        assert len(reply.json()["results"]) == limit


def test_an_answer_that_is_too_large_is_refused_with_a_clear_message(
    as_reader, post_answer, text_question, display_set, monkeypatch
):
    monkeypatch.setattr(rules, "MAXIMUM_BYTES", 2 * 1024 * 1024)
    reply = post_answer(as_reader, text_question, display_set, "x" * (3 * 1024 * 1024))
    assert reply.status_code == 413
    assert "at most 2 MB" in reply.json()["detail"]


def test_a_repeated_post_with_its_key_is_answered_the_same_and_done_once(
    as_reader, text_question, display_set, transactional_db
):
    body = {
        "question": url("questions", text_question.pk),
        "display_set": url("display-sets", display_set.pk),
        "answer": "x",
    }
    first, again = (
        as_reader.post(ANSWERS, data=body, content_type="application/json", headers={"Idempotency-Key": "k1"})
        for _ in range(2)
    )
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert Answer.objects.count() == 1


def test_html_in_an_answer_is_kept_as_it_is_and_never_becomes_a_page(
    as_reader, post_answer, text_question, display_set
):
    evil = "<script>alert(1)</script>"
    reply = post_answer(as_reader, text_question, display_set, evil)
    assert reply.json()["answer"] == evil
    assert reply.headers["Content-Type"] == "application/json"


def times_of(reply):
    return [reply.json()[name] for name in ("last_edit_duration", "total_edit_duration")]


@pytest.mark.parametrize("hours_ahead", [0, 5])
def test_the_time_of_an_edit_whose_reply_was_lost_counts_once(
    as_reader, post_answer, text_question, display_set, hours_ahead
):
    now = int(datetime.now(UTC).timestamp() * 1000) - 10_000 + hours_ahead * 3_600_000

    def told(number, seconds, so_far, session="first-session"):
        session_time = {"reading_session": session, "reading_session_duration": f"00:00:{so_far:02d}"}
        return session_time | {"sequence": now + number, "last_edit_duration": f"00:00:{seconds:02d}"}

    made = post_answer(as_reader, text_question, display_set, "one", **told(0, 10, 10))
    assert times_of(made) == ["00:00:10", "00:00:10"]
    path = f"{ANSWERS}{made.json()['pk']}/"

    def edit(answer, *args, **kwargs):
        return as_reader.send("PATCH", path, {"answer": answer, **told(*args, **kwargs)})

    for _ in range(2):
        assert times_of(edit("two", 1, 5, 15))[1] == "00:00:15"
    assert times_of(edit("three", 2, 7, 17)) == ["00:00:07", "00:00:17"]
    assert times_of(edit("elsewhere", 3, 30, 30, session="second-session"))[1] == "00:00:47"
    assert times_of(edit("back", 4, 3, 20))[1] == "00:00:50"
    overtaken = edit("too late", 0, 9, 26)
    assert times_of(overtaken)[1] == "00:00:56"
    assert (overtaken.json()["answer"] == "back") is (hours_ahead == 0)
    assert times_of(edit("slow", 5, 1, 25))[1] == "00:00:56"
    without = as_reader.send("PATCH", path, {"answer": "a script", "last_edit_duration": "00:00:04"})
    assert times_of(without) == ["00:00:04", "00:01:00"]


def test_an_answer_remembers_a_few_sessions_and_no_clock_makes_it_count_for_long(
    as_reader, post_answer, text_question, display_set
):
    made = post_answer(as_reader, text_question, display_set, "x")
    for number in range(20):
        more = {"reading_session": f"session-{number:02d}", "reading_session_duration": "00:00:01"}
        as_reader.send("PATCH", f"{ANSWERS}{made.json()['pk']}/", {"answer": "x", **more})
    answer = Answer.objects.get()
    assert answer.total_edit_duration == timedelta(seconds=20)
    assert answer.session_times == [[f"session-{number:02d}", 1_000_000] for number in range(12, 20)]
    more = {"reading_session": "session-19", "reading_session_duration": "99999:00:00"}
    as_reader.send("PATCH", f"{ANSWERS}{made.json()['pk']}/", {"answer": "x", **more})
    assert Answer.objects.get().total_edit_duration == timedelta(days=1, seconds=20)


@pytest.mark.parametrize("session", ["", "short", "x" * 37, "with space", "é" * 9, 5])
def test_a_reading_session_has_a_plain_name(as_reader, post_answer, text_question, display_set, session):
    refused = post_answer(as_reader, text_question, display_set, "x", reading_session=session)
    assert refused.status_code == 400
    assert list(refused.json()) == ["reading_session"]
