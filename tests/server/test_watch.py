from __future__ import annotations

import sqlite3

import pytest

from readroom.server.watch import Watch


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "rows.sqlite3"
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("PRAGMA journal_mode=WAL")
    writer.execute("CREATE TABLE made (number INTEGER)")
    yield path, writer
    writer.close()


def test_a_commit_of_another_connection_is_seen_and_a_look_is_not(database):
    path, writer = database
    watch = Watch(str(path))
    before = watch.version()
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("SELECT * FROM made").fetchall()
    writer.execute("COMMIT")
    assert watch.version() == before
    writer.execute("INSERT INTO made VALUES (1)")
    assert watch.version() != before
    watch.close()


def test_what_cannot_be_told_is_none(database):
    watch = Watch(str(database[0]))
    watch.close()
    assert watch.version() is None
