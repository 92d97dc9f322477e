"""What goes wrong unexpectedly: said to the client in one sentence, and to the log without anybody's name."""

from __future__ import annotations

import io
import logging
from contextlib import nullcontext

import psycopg
import pytest
from django.db import connection

from readroom.server.api import problems
from readroom.server.db.models import DisplaySet
from readroom.server.log_lines import TextLines
from readroom.server.services import display_sets as services
from readroom.server.services import studies, value_files
from readroom.server.testing import factories

NAME = "DOE^JOHN"


@pytest.fixture
def written():
    """What stands in the log, as this installation writes it."""
    target = io.StringIO()
    handler = logging.StreamHandler(target)
    [formatter] = {each.formatter for each in logging.getLogger().handlers if type(each.formatter) is TextLines}
    handler.setFormatter(formatter)
    logging.getLogger().addHandler(handler)
    yield target
    logging.getLogger().removeHandler(handler)


def test_an_error_of_our_own_is_told_without_its_words_or_its_trace(as_editor, study, written, monkeypatch):
    def fail(*_given, **_named):
        raise RuntimeError(NAME)

    monkeypatch.setattr(studies, "change_study", fail)
    reply = as_editor.patch(f"/api/v1/reader-studies/{study.pk}/", {"title": "x"}, content_type="application/json")
    assert reply.status_code == 500
    assert reply.json() == {"detail": "An unexpected error happened; it was written to the log."}
    assert f"request failed: PATCH /api/v1/reader-studies/{study.pk}/" in written.getvalue()
    assert "builtins.RuntimeError" in written.getvalue()
    assert "in fail" in written.getvalue()
    assert NAME not in written.getvalue()


def test_two_of_a_kind_at_one_moment_are_told_so_and_the_log_has_no_title(as_editor, study, written, monkeypatch):
    """The database itself refuses the second, and PostgreSQL says so in words that quote the title."""
    factories.make_display_set(study, title=NAME)
    monkeypatch.setattr(services, "_refuse_same_title", lambda _display_set: None)
    monkeypatch.setattr(services, "_unique_title", nullcontext)
    body = {"reader_study": study.slug, "title": NAME}
    reply = as_editor.post("/api/v1/reader-studies/display-sets/", body, content_type="application/json")
    assert reply.status_code == 503
    assert reply.headers["Retry-After"] == "1"
    assert DisplaySet.objects.filter(study=study, title=NAME).count() == 1
    assert "IntegrityError" in written.getvalue()
    assert NAME not in written.getvalue() + reply.content.decode()


def test_a_full_disk_under_the_database_is_told_and_harms_nothing(as_editor, study):
    if connection.vendor != "sqlite":
        assert psycopg.errors.DiskFull.sqlstate == problems.DISK_FULL
        pytest.skip("no disk of PostgreSQL's can be filled from here")
    with connection.cursor() as cursor:
        [pages] = cursor.execute("PRAGMA page_count").fetchone()
        [limit] = cursor.execute("PRAGMA max_page_count").fetchone()
        cursor.execute(f"PRAGMA max_page_count = {pages}")
    body = {"description": "x" * 1_000_000}
    reply = as_editor.patch(f"/api/v1/reader-studies/{study.pk}/", body, content_type="application/json")
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA max_page_count = {limit}")
    assert reply.status_code == 507
    assert "make room" in reply.json()["detail"]
    assert as_editor.get(f"/api/v1/reader-studies/{study.pk}/").json()["description"] == ""


def test_the_name_of_a_file_is_not_in_the_log(client_of, people, written, monkeypatch):
    def fail(*_given, **_named):
        raise RuntimeError

    monkeypatch.setattr(value_files, "find_file", fail)
    reply = client_of(people.editor).get(f"/api/v1/components/values/1/{NAME}.pdf")
    assert reply.status_code == 500
    assert "request failed: GET api/v1/components/values/<int:pk>/<str:name>" in written.getvalue()
    assert NAME not in written.getvalue()
