from __future__ import annotations

import json
import threading

import pytest
from django.db import DatabaseError, connection, connections, transaction
from typer.testing import CliRunner

from readroom.commands.audit import app
from readroom.server.db.models import AuditEntry, AuditStream
from readroom.server.domain.audit_chains import Seal
from readroom.server.services import audit, audit_exports
from readroom.server.services.access import SYSTEM


def record(number, stream="study:1", **more):
    with transaction.atomic():
        audit.record(
            SYSTEM, "change order", target=("display set", number), stream=stream, after={"order": number}, **more
        )


def test_entries_of_a_stream_form_an_unbroken_chain(db):
    for number in (1, 1e22, -0.0):
        record(number, before={"order": 0.1 + 0.2, "text": "ü\n<b>"})
    assert AuditStream.objects.get(name="study:1").length == 3
    assert list(audit.verify()) == []


def test_an_entry_outside_of_a_transaction_is_an_error(transactional_db):
    with pytest.raises(RuntimeError, match="transaction"):
        audit.record(SYSTEM, "act", target=("study", 1))


def test_the_database_refuses_to_alter_or_remove_an_entry(db):
    record(1)
    for change in (lambda: AuditEntry.objects.update(act="nothing"), lambda: AuditEntry.objects.all().delete()):
        with pytest.raises(DatabaseError, match="never altered"), transaction.atomic():
            change()


def drop_triggers():
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER audit_no_update")
            cursor.execute("DROP TRIGGER audit_no_delete")
        else:
            cursor.execute("DROP TRIGGER audit_no_change ON readroom_auditentry")


@pytest.mark.parametrize(
    ("tamper", "reason"),
    [
        (lambda: AuditEntry.objects.filter(position=2).update(after='{"order": 9}'), "altered"),
        (lambda: AuditEntry.objects.filter(position=2).delete(), "missing"),
        (lambda: AuditEntry.objects.filter(position=3).delete(), "end of the chain"),
    ],
)
def test_a_tampered_chain_is_found_even_without_the_triggers(db, tamper, reason):
    for number in (1, 2, 3):
        record(number)
    drop_triggers()
    tamper()
    assert any(reason in broken.reason for broken in audit.verify())


def test_writers_of_one_stream_wait_for_each_other(transactional_db):
    failures = []

    def write():
        try:
            for number in range(10):
                record(number)
        except Exception as error:  # noqa: BLE001 - whatever happens in a thread is shown
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert AuditStream.objects.get(name="study:1").length == 40
    assert list(audit.verify()) == []


def exported(tmp_path):
    path = tmp_path / "trail.jsonl"
    path.write_bytes(b"".join(audit_exports.write_lines(audit.read_trail())))
    return path


def verify(path):
    return CliRunner().invoke(app, ["verify", str(path)])


@pytest.fixture
def trail(db, tmp_path):
    """Two chains whose entries took turns."""
    for number in (1, 2, 3):
        record(number, why="ünusual, <b>bold</b>\n=1+1")
        record(number, stream="study:2")
    return exported(tmp_path)


def test_an_exported_trail_proves_itself_without_the_server(trail):
    said = verify(trail)
    assert (said.exit_code, said.output) == (0, "every chain is whole\n")
    assert len(trail.read_text().splitlines()) == 6


@pytest.mark.parametrize(
    ("tamper", "reason"),
    [
        (lambda lines: lines[2].replace("ünusual", "unusual"), "study:1 2: the entry was altered"),
        (lambda lines: lines[2].replace("change order", "changed order"), "study:1 2: the entry was altered"),
        (lambda lines: lines[2].replace('"actor_name": "readroom"', '"actor_name": "ann"'), "study:1 2: the entry"),
        (lambda lines: "", "study:1 2: entries are missing"),
    ],
)
def test_an_exported_trail_that_was_altered_is_found_out(trail, tamper, reason):
    lines = trail.read_text().splitlines(keepends=True)
    assert tamper(lines) != lines[2]
    trail.write_text("".join([*lines[:2], tamper(lines), *lines[3:]]))
    said = verify(trail)
    assert (said.exit_code, reason in said.output) == (1, True), said.output


@pytest.mark.parametrize("kept", [0, 1, 5])
def test_what_was_cut_off_an_exported_trail_is_found_by_its_seal(trail, kept):
    seal = Seal()
    whole = trail.read_text().splitlines(keepends=True)
    assert len(list(seal.watch(map(json.loads, whole)))) == 6
    assert CliRunner().invoke(app, ["verify", str(trail), "--seal", seal.digest]).exit_code == 0
    trail.write_text("".join(whole[:kept]))
    assert verify(trail).exit_code == 0, "the chains alone do not tell"
    said = CliRunner().invoke(app, ["verify", str(trail), "--seal", seal.digest])
    assert (said.exit_code, "not the file of this seal" in said.output) == (1, True)


@pytest.mark.parametrize("content", ["", "[]\n", "x", '{"stream": "a"}\n'])
def test_a_file_that_is_no_trail_is_no_proof(tmp_path, content):
    path = tmp_path / "trail.jsonl"
    path.write_text(content)
    assert verify(path).exit_code == (2 if content else 0)
