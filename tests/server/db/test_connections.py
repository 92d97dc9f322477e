from __future__ import annotations

import ssl
import time

import httpx
import psycopg
import pytest
from django.core.signals import request_finished, request_started
from django.db import connection

from readroom.server.db import connections
from readroom.server.testing.clusters import postgresql_cluster
from readroom.server.testing.servers import running_server

END_ALL = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = 'postgres'"
)


@pytest.fixture
def trusting():
    connections.trust_what_just_answered()
    yield
    request_started.disconnect(dispatch_uid="take for alive")
    request_finished.disconnect(dispatch_uid="note answer")


def begin_request():
    connection.health_check_done = False
    connections.take_for_alive()
    return connection.health_check_done


def test_a_connection_that_just_answered_is_not_asked_whether_it_is_there(db, monkeypatch):
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    connections.note_answer()
    assert begin_request()
    monkeypatch.setattr(time, "monotonic", lambda: now + connections.TRUSTED_SECONDS)
    assert not begin_request()


def test_a_connection_that_never_answered_is_asked(db, monkeypatch):
    monkeypatch.delattr(connection, "answered_at", raising=False)
    assert not begin_request()


def test_requests_trust_and_note(trusting, db, client, monkeypatch):
    monkeypatch.delattr(connection, "answered_at", raising=False)
    client.get("/health/live")
    assert connection.answered_at <= time.monotonic()


def test_a_database_that_ended_all_connections_costs_a_503_at_most_and_is_found_again(tmp_path):
    with postgresql_cluster() as url, running_server(tmp_path / "data", database=url, workers="0") as server:
        token = server.add_person("ann")
        context = ssl.create_default_context(cafile=str(server.certificate))
        headers = {"Authorization": f"BEARER {token}"}
        with httpx.Client(base_url=server.base_url, verify=context, headers=headers) as client:
            assert client.get("reader-studies/").status_code == 200
            with psycopg.connect(url, autocommit=True) as other:
                assert other.execute(END_ALL).fetchall()
            replies = [client.get("reader-studies/") for _ in range(20)]
    lost = [reply for reply in replies if reply.status_code == 503]
    assert len(lost) <= 8, "no thread meets a dead connection twice"
    assert all(reply.headers["Retry-After"] and "out of reach" in reply.json()["detail"] for reply in lost)
    assert {reply.status_code for reply in replies if reply not in lost} == {200}
    assert replies[-1].status_code == 200
