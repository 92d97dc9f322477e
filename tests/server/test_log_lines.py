"""Lines of the log tell what happened and name nobody."""

from __future__ import annotations

import logging
import sqlite3
import sys
from types import SimpleNamespace

import orjson
import pytest

from readroom.server.log_lines import JsonLines, TextLines, place_of
from readroom.server.storage.blobs import MissingBlob, StorageError


def test_a_log_line_is_one_json_object():
    record = logging.LogRecord("readroom", logging.INFO, "", 0, "import failed: %s", ("a\nb",), None)
    line = JsonLines().format(record)
    assert "\n" not in line
    assert orjson.loads(line)["event"] == "import failed: a\nb"


@pytest.mark.parametrize("formatter", [TextLines, JsonLines])
def test_a_trace_in_the_log_tells_the_kinds_of_errors_and_where_they_are_but_not_their_words(formatter):
    def refuse(name):
        try:
            int(name)
        except ValueError as error:
            raise LookupError(name) from error

    name = "DOE^JOHN"
    try:
        refuse(name)
    except LookupError:
        record = logging.LogRecord("readroom", logging.ERROR, "", 0, "request failed", (), sys.exc_info())
    line = formatter().format(record)
    assert name not in line
    assert line.index("builtins.ValueError") < line.index("which led to") < line.rindex("builtins.LookupError")
    assert "in refuse" in line


def test_a_trace_in_the_log_quotes_a_disk_a_database_and_a_storage_that_speak_of_themselves():
    errors = {
        OSError(28, "No space left on device", "DOE^JOHN.dcm"): "builtins.OSError: No space left on device",
        sqlite3.OperationalError("database is locked"): "sqlite3.OperationalError: database is locked",
        StorageError("refused: AccessDenied"): "readroom.server.storage.blobs.StorageError: refused: AccessDenied",
        MissingBlob("DOE^JOHN"): "readroom.server.storage.blobs.MissingBlob",
    }
    for error, line in errors.items():
        assert TextLines().formatException((type(error), error, None)) == line


@pytest.mark.parametrize(
    ("route", "shown"),
    [
        ("api/studies/<uuidstr:pk>/values/<int:place>/", "/the/path"),
        ("api/studies/<uuid:pk>/", "/the/path"),
        ("files/<uuidstr:pk>/<str:name>", "files/<uuidstr:pk>/<str:name>"),
        ("files/<name>", "files/<name>"),
        ("pages/<path:rest>", "pages/<path:rest>"),
    ],
)
def test_a_path_is_logged_when_no_part_of_it_is_a_text(route, shown):
    assert place_of(SimpleNamespace(path="/the/path", resolver_match=SimpleNamespace(route=route))) == shown


def test_a_request_that_was_not_resolved_has_no_place():
    assert place_of(SimpleNamespace(path="/DOE^JOHN", resolver_match=None)) == "?"
