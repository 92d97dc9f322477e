"""The shape of the database: made at the first start, brought up to date at later ones."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, flock

import django

from readroom.server import config


def prepare_django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "readroom.server.django_settings")
    django.setup()


def bring_up_to_date() -> bool:
    """Apply the migrations that are missing; True when there were any. Two that start together take turns."""
    prepare_django()
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    with one_at_a_time():
        executor = MigrationExecutor(connection)
        if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return False
        call_command("migrate", interactive=False, verbosity=0)
    return True


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Hold the lock of this data folder, and on PostgreSQL that of the database."""
    from django.db import connection

    folder = config.current().data
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "migrating.lock").open("w") as file:
        flock(file, LOCK_EX)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_lock(7322736)")
        try:
            yield
        finally:
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_unlock(7322736)")
