"""Rows that are read by hand."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from readroom.server.services import raw_rows

pytestmark = pytest.mark.usefixtures("db")


def test_a_stream_gives_all_rows_and_leaves_the_connection_as_it_was(make_user):
    names = {make_user(f"user{number}").username for number in range(5)}
    settings = "SELECT name, setting FROM pg_settings WHERE name = 'jit'"
    before = raw_rows.read(settings) if connection.vendor == "postgresql" else []
    assert {name for (name,) in raw_rows.stream("SELECT username FROM readroom_user WHERE id > %s", [0])} >= names
    if connection.vendor == "postgresql":
        assert raw_rows.read(settings) == before == [("jit", "on")]


def test_changes_that_are_written_together_are_one_statement_where_the_database_is_elsewhere(make_user):
    ann, bob = make_user("ann"), make_user("bob")
    rename = "UPDATE readroom_user SET first_name = %s WHERE id = %s"
    with CaptureQueriesContext(connection) as asked:
        raw_rows.write_together((rename, ["Ann", ann.pk]), (rename, ["Bob", bob.pk]))
    for user in (ann, bob):
        user.refresh_from_db()
    assert (ann.first_name, bob.first_name) == ("Ann", "Bob")
    assert len(asked) == (1 if connection.vendor == "postgresql" else 2)


def test_changes_that_are_written_together_are_all_written_or_none(make_user):
    ann, bob = make_user("ann"), make_user("bob")
    rename = "UPDATE readroom_user SET username = %s WHERE id = %s"
    with pytest.raises(IntegrityError), transaction.atomic():
        raw_rows.write_together((rename, ["carla", ann.pk]), (rename, ["carla", bob.pk]))
    ann.refresh_from_db()
    assert ann.username == "ann"
