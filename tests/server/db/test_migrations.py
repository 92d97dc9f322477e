from __future__ import annotations

from django.core.management import call_command


def test_the_migrations_are_what_the_tables_need(db):
    call_command("makemigrations", "readroom", check=True, dry_run=True, verbosity=0)
