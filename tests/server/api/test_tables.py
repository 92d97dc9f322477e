"""Lists as CSV."""

from __future__ import annotations

import csv
import io
import json

import pytest
from tests.server.api.conftest import ANSWERS, DISPLAY_SETS, QUESTIONS, STUDIES

from readroom.server.services.socket_values import Source
from readroom.server.testing import factories

LISTS = (STUDIES, DISPLAY_SETS, QUESTIONS, ANSWERS, "/api/v1/archives/", "/api/v1/cases/images/")


def table(client, path):
    reply = client.get(path, headers={"accept": "text/csv"})
    assert (reply.status_code, reply.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    return list(csv.DictReader(io.StringIO(reply.content.decode(), newline="")))


def as_cells(row):
    """What a table must show of an object."""
    return {
        name: ("" if value is None else value if isinstance(value, str) else json.loads(json.dumps(value)))
        for name, value in row.items()
    }


@pytest.fixture
def filled(study, display_set, text_question, choice_question, post_answer, as_reader, people):
    socket = factories.make_socket("String")
    factories.make_display_set(study, title="Случай 2", sources=[Source(socket_slug=socket.slug, value='a,b\n"c"')])
    post_answer(as_reader, text_question, display_set, 'two\nlines; "quoted", 日本語')
    post_answer(as_reader, choice_question, display_set, choice_question.options.first().pk)
    factories.make_archive(editor=people.editor)
    return study


@pytest.mark.parametrize("path", LISTS)
def test_a_list_is_the_same_as_a_table(as_editor, filled, path):
    objects = as_editor.get(path).json()["results"]
    assert objects or path.endswith("images/")
    rows = table(as_editor, path)
    read = [{k: (v if isinstance(objects[n][k], str) or v == "" else json.loads(v)) for k, v in row.items()}
            for n, row in enumerate(rows)]  # fmt: skip
    assert read == [as_cells(row) for row in objects]


def test_a_table_has_pages_and_filters_too(as_editor, filled):
    assert len(table(as_editor, f"{DISPLAY_SETS}?reader_study={filled.pk}&limit=1")) == 1
    assert [row["title"] for row in table(as_editor, f"{DISPLAY_SETS}?offset=1")] == ["Случай 2"]
    assert table(as_editor, f"{DISPLAY_SETS}?offset=9") == []


def test_no_cell_of_a_table_is_a_formula(as_editor, as_reader, post_answer, study, display_set, text_question):
    post_answer(as_reader, text_question, display_set, "=1+2")
    assert [row["answer"] for row in table(as_editor, ANSWERS)] == ["'=1+2"]


def test_who_sees_nothing_gets_an_empty_table(client_of, people, filled):
    assert table(client_of(people.stranger), ANSWERS) == []


def test_a_refusal_stays_json(as_editor, filled):
    reply = as_editor.get(f"{DISPLAY_SETS}?reader_study=x", headers={"accept": "text/csv"})
    assert (reply.status_code, reply.headers["Content-Type"]) == (400, "application/json")


@pytest.mark.parametrize("accept", ["application/json", "*/*", "application/json, text/csv", "text/html", ""])
def test_json_is_what_everybody_else_gets(as_editor, filled, accept):
    assert as_editor.get(STUDIES, headers={"accept": accept}).headers["Content-Type"] == "application/json"
