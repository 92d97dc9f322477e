from __future__ import annotations

from datetime import timedelta

import pytest

from readroom.server import queue
from readroom.server.services import health


def test_a_living_server_says_so_without_looking_at_anything(client_of, statements):
    with statements(at_most=0):
        assert client_of(None).get("/health/live").json() == {"status": "ok"}


def test_a_ready_server_names_what_it_looked_at(client_of):
    response = client_of(None).get("/health/ready")
    assert response.status_code == 200
    assert response.json() == {"disk": "ok", "database": "ok", "storage": "ok", "clock": "ok"}


def test_a_full_disk_is_not_ready(client_of, settings_with):
    settings_with(free_disk_min_bytes=2**62)
    response = client_of(None).get("/health/ready")
    assert response.status_code == 503
    assert response.json()["disk"] == "failed"


def test_a_storage_that_cannot_be_written_is_found(client_of, settings_with, tmp_path):
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    (blocked / "blobs").write_text("a file where the folder should be")
    settings_with(data=blocked)
    assert client_of(None).get("/health/ready").json()["storage"] == "failed"


def test_messages_that_nobody_takes_tell_that_there_is_no_worker(db, monkeypatch):
    queue.enqueue(queue.CleanUp())
    assert {check.name: check.is_ok for check in health.run_checks()}["worker"]
    monkeypatch.setattr(health, "MESSAGES_WAIT_AT_MOST", timedelta(0))
    (worker,) = [check for check in health.run_checks() if check.name == "worker"]
    assert not worker.is_ok
    assert "readroom worker" in worker.message


@pytest.mark.parametrize(("who", "status"), [(None, 404), ({}, 404), ({"is_superuser": True}, 200)])
def test_numbers_are_for_superusers(client_of, make_user, who, status):
    user = None if who is None else make_user("ann", **who)
    response = client_of(user).get("/metrics")
    assert response.status_code == status
    if status == 200:
        assert b"readroom_messages_waiting 0.0" in response.content
        assert b"# HELP readroom_messages_waiting Messages that no worker has taken yet." in response.content
