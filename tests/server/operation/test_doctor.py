"""`readroom doctor` says what a server has, what it lacks, and what to do."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack

import psutil
import pytest
from tests.server.operation.test_backup import readroom

from readroom.server import presence
from readroom.server.testing.clusters import postgresql_cluster
from readroom.server.testing.servers import running_server


def doctor(data, *options):
    done = readroom("doctor", "--data", str(data), *options)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, {line.split()[1]: line for line in done.stdout.splitlines()}


def test_the_doctor_names_what_is_missing_and_what_was_altered(tmp_path):
    data = tmp_path / "data"
    code, said = doctor(data)
    assert code == 1
    assert "start `readroom serve` once" in said["database"]
    for name in ("ann", "bob"):
        readroom("account", "create", name, "--password", "a long enough passphrase", "--data", str(data))
    code, said = doctor(data, "--audit")
    assert (code, {line.split()[0] for line in said.values()}) == (0, {"ok"}), said
    assert set(said) >= {"configuration", "disk", "database", "storage", "worker", "clock", "certificate", "audit"}
    alter(data)
    code, said = doctor(data, "--audit")
    assert (code, "the entry was altered" in said["audit"]) == (1, True)
    assert doctor(data)[0] == 0


def alter(data):
    [file] = data.glob("*.sqlite3")
    with sqlite3.connect(file) as database:
        database.execute("DROP TRIGGER audit_no_update")
        database.execute("UPDATE readroom_auditentry SET actor_name = 'nobody'")
    database.close()


def test_a_setting_that_cannot_be_used_is_a_sentence(tmp_path):
    done = readroom("doctor", "--data", str(tmp_path), "--database", "mysql://here/there")
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert "mysql" in done.stdout + done.stderr


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_server_whose_worker_takes_no_messages_is_not_well(tmp_path, kind):
    data = tmp_path / "data"
    with ExitStack() as stack:
        url = stack.enter_context(postgresql_cluster()) if kind == "postgresql" else ""
        database = ("--database", url) if url else ()
        server = stack.enter_context(running_server(data, database=url))
        assert presence.is_kept(data)
        code, said = doctor(data, *database)
        assert (code, "a worker answered after" in said["worker"]) == (0, True), said
        [worker] = [
            child for child in psutil.Process(server.process.pid).children() if "worker" in str(child.cmdline())
        ]
        worker.suspend()
        code, said = doctor(data, *database)
        assert (code, "no worker takes messages" in said["worker"]) == (1, True), said
        worker.resume()
        code, said = doctor(data, *database)
        assert (code, "a worker answered after" in said["worker"]) == (0, True), said
    assert not presence.is_kept(data)
