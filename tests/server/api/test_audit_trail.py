"""The audit trail of a study, for its editors."""

from __future__ import annotations

import csv
import io
import json

from tests.server.api.conftest import ANSWERS, STUDIES

from readroom.server.domain.audit_chains import FIELDS, find_breaks
from readroom.server.testing import factories


def trail(client, study, kind="jsonl"):
    reply = client.get(f"{STUDIES}{study.pk}/audit/?format={kind}")
    assert (reply.status_code, f"{study.slug}-audit.{kind}" in reply.headers["Content-Disposition"]) == (200, True)
    return b"".join(reply.streaming_content).decode()


def test_an_editor_takes_away_what_was_done_to_the_study_and_its_answers(
    as_editor, as_reader, people, post_answer, text_question, display_set, study
):
    other = factories.make_study(editor=people.editor)
    answer = post_answer(as_reader, text_question, display_set, "first").json()["pk"]
    as_reader.send("PATCH", f"{ANSWERS}{answer}/", {"answer": "=second()"})
    as_editor.send("PATCH", f"{STUDIES}{study.pk}/", {"description": "ü", "why": "asked for"})
    entries = [json.loads(line) for line in trail(as_editor, study).splitlines()]
    assert [entry["act"] for entry in entries] == [
        "create study", "add question", "add display set", "answer", "edit answer", "change study",
        "export audit trail",
    ]  # fmt: skip
    edit, change = entries[4], entries[5]
    assert (edit["actor_name"], json.loads(edit["before"])["answer"], json.loads(edit["after"])["answer"]) == (
        "reader",
        "first",
        "=second()",
    )
    assert (change["why"], change["after"]) == ("asked for", '{"description": "ü"}')
    assert list(find_breaks(entries)) == []
    assert str(other.pk) not in json.dumps(entries)


def test_the_trail_is_a_table_too(as_editor, study, text_question):
    as_editor.send("PATCH", f"{STUDIES}{study.pk}/", {"description": "x", "why": "=1+1"})
    rows = list(csv.DictReader(io.StringIO(trail(as_editor, study, "csv"))))
    assert list(rows[0]) == [*FIELDS, "digest"]
    assert [row["why"] for row in rows] == ["", "", "'=1+1", ""]


def test_the_trail_is_for_editors(client_of, people, study):
    path = f"{STUDIES}{study.pk}/audit/"
    for person, status in ((people.reader, 403), (people.uploader, 403), (people.stranger, 404), (None, 401)):
        assert client_of(person).get(path).status_code == status
    assert client_of(people.editor).get(f"{path}?format=xml").json() == {"format": ["Choose one of jsonl, csv."]}
