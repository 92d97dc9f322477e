"""`readroom doctor` says what a server has, what it lacks, and what to do."""

from __future__ import annotations

import sqlite3

from tests.server.operation.test_backup import readroom


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
