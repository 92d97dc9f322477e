"""Is everything there that the platform needs? Each check answers in a sentence that says what to do."""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count, Min
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from readroom.server import config, queue
from readroom.server.db.models import Import, Upload
from readroom.server.storage import stores
from readroom.server.storage.blobs import StorageError

MESSAGES_WAIT_AT_MOST = timedelta(minutes=2)
CLOCKS_DIFFER_AT_MOST = 5.0


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    is_ok: bool
    message: str


def run_checks() -> list[Check]:
    """All checks; one that cannot even be made counts as failed."""
    return [attempt(name, check) for name, check in CHECKS.items()]


def attempt(name: str, check: Callable[[], tuple[bool, str]]) -> Check:
    try:
        is_ok, message = check()
    except (DatabaseError, StorageError, OSError) as error:
        return Check(name, is_ok=False, message=f"{type(error).__name__}: {error}")
    return Check(name, is_ok, message)


def check_disk() -> tuple[bool, str]:
    settings = config.current()
    free, least = shutil.disk_usage(settings.data).free, settings.free_disk_min_bytes
    advice = "" if free > least else f"; make room: below {least / 1e9:.1f} GB uploads are refused"
    return free > least, f"{free / 1e9:.1f} GB are free in {settings.data}{advice}"


def check_database() -> tuple[bool, str]:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        return False, f"{len(missing)} migrations are missing; start `readroom serve` once"
    return True, f"{connection.vendor} answers and is up to date"


def check_storage() -> tuple[bool, str]:
    store, key, content = stores.current(), f"checks/{secrets.token_hex(8)}", secrets.token_bytes(32)
    store.write_bytes(key, content)
    try:
        is_same = b"".join(store.read(key)) == content
    finally:
        store.remove(key)
    return is_same, f"{config.current().storage or config.current().data / 'blobs'} can be written and read"


def check_workers() -> tuple[bool, str]:
    waiting = DBTaskResult.objects.ready().aggregate(count=Count("id"), first=Min("enqueued_at"))
    if not waiting["count"]:
        return True, "no work is waiting"
    age = timezone.now() - waiting["first"]
    advice = "" if age < MESSAGES_WAIT_AT_MOST else "; is a worker running? start `readroom worker`"
    waits = f"{waiting['count']} messages wait, the first one for {age.total_seconds():.0f} seconds{advice}"
    return age < MESSAGES_WAIT_AT_MOST, waits


def check_clock() -> tuple[bool, str]:
    """Signed addresses and leases need clocks that agree."""
    statement = "SELECT extract(epoch FROM clock_timestamp())"
    with connection.cursor() as cursor:
        cursor.execute("SELECT strftime('%s', 'now')" if connection.vendor == "sqlite" else statement)
        difference = abs(float(cursor.fetchone()[0]) - time.time())
    return (
        difference < CLOCKS_DIFFER_AT_MOST,
        f"the clocks of this machine and the database differ by {difference:.0f} s",
    )


def ask_workers(*, patience: timedelta = timedelta(seconds=5)) -> tuple[bool, str]:
    """Whether a worker takes a message; one that is busy with another one is there too."""
    began = time.monotonic()
    message = DBTaskResult.objects.filter(pk=queue.enqueue(queue.Answer()))
    while message.exclude(status=TaskResultStatus.SUCCESSFUL).exists():
        if time.monotonic() - began > patience.total_seconds():
            message.filter(status=TaskResultStatus.READY).delete()
            if DBTaskResult.objects.running().exists():
                return True, "workers are busy"
            return False, "no worker takes messages; start `readroom worker`, or `readroom serve` again"
        time.sleep(0.05)
    return True, f"a worker answered after {time.monotonic() - began:.1f} s"


CHECKS: dict[str, Callable[[], tuple[bool, str]]] = {
    "disk": check_disk,
    "database": check_database,
    "storage": check_storage,
    "worker": check_workers,
    "clock": check_clock,
}


GAUGES: dict[str, str] = {
    "imports": "Imports by status.",
    "uploads": "Uploads that are kept, by status.",
    "messages_waiting": "Messages that no worker has taken yet.",
    "messages_oldest_seconds": "How long the first of them has been waiting.",
    "disk_free_bytes": "Free space where the data folder is.",
}


def read_gauges() -> dict[str, dict[str, float]]:
    """Numbers for a monitoring system: name -> label -> value."""
    waiting = DBTaskResult.objects.ready().aggregate(count=Count("id"), first=Min("enqueued_at"))
    age = (timezone.now() - waiting["first"]).total_seconds() if waiting["first"] else 0.0
    return {
        "imports": counted(Import.objects.values_list("status").annotate(n=Count("id"))),
        "uploads": counted(Upload.objects.values_list("status").annotate(n=Count("id"))),
        "messages_waiting": {"": float(waiting["count"])},
        "messages_oldest_seconds": {"": age},
        "disk_free_bytes": {"": float(shutil.disk_usage(config.current().data).free)},
    }


def counted(rows: Any) -> dict[str, float]:  # noqa: ANN401 - a query set of pairs
    return {str(label): float(count) for label, count in rows}
