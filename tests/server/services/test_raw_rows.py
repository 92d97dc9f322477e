"""Rows that are read by hand."""

import pytest
from django.db import connection

from readroom.server.services import raw_rows

pytestmark = pytest.mark.usefixtures("db")


def test_a_stream_gives_all_rows_and_leaves_the_connection_as_it_was(make_user):
    names = {make_user(f"user{number}").username for number in range(5)}
    settings = "SELECT name, setting FROM pg_settings WHERE name = 'jit'"
    before = raw_rows.read(settings) if connection.vendor == "postgresql" else []
    assert {name for (name,) in raw_rows.stream("SELECT username FROM readroom_user WHERE id > %s", [0])} >= names
    if connection.vendor == "postgresql":
        assert raw_rows.read(settings) == before == [("jit", "on")]
