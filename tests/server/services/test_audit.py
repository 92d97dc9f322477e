from __future__ import annotations

import threading

import pytest
from django.db import DatabaseError, connection, connections, transaction

from readroom.server.db.models import AuditEntry, AuditStream
from readroom.server.services import audit
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
