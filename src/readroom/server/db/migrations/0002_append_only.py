"""The database itself refuses to alter or remove audit entries."""

from typing import Any

from django.db import migrations

MESSAGE = "audit entries are never altered or removed"
SQLITE = [
    f"CREATE TRIGGER audit_no_{act} BEFORE {act} ON readroom_auditentry BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
    for act in ("update", "delete")
]
POSTGRESQL = [
    "CREATE FUNCTION readroom_refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{MESSAGE}'; END $$",
    "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON readroom_auditentry "
    "FOR EACH ROW EXECUTE FUNCTION readroom_refuse_change()",
]


def add_triggers(_apps: Any, editor: Any) -> None:
    for statement in SQLITE if editor.connection.vendor == "sqlite" else POSTGRESQL:
        editor.execute(statement)


def drop_triggers(_apps: Any, editor: Any) -> None:
    if editor.connection.vendor == "sqlite":
        for act in ("update", "delete"):
            editor.execute(f"DROP TRIGGER audit_no_{act}")
    else:
        editor.execute("DROP TRIGGER audit_no_change ON readroom_auditentry")
        editor.execute("DROP FUNCTION readroom_refuse_change")


class Migration(migrations.Migration):
    dependencies = [("readroom", "0001_initial")]
    operations = [migrations.RunPython(add_triggers, drop_triggers)]
