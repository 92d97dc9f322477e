"""Single display sets by hand: what answers and changes of order ask of them, many times a second."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db import connection

from readroom.server.db.models import DisplaySet
from readroom.server.services import raw_rows

_STUDY: Final = "SELECT study_id FROM readroom_displayset WHERE id = %s"
_ROW: Final = 'SELECT study_id, title, "order" FROM readroom_displayset WHERE id = %s '
_WRITE: Final = 'UPDATE readroom_displayset SET title = %s, "order" = %s WHERE id = %s'
_ANSWERED: Final = "SELECT 1 FROM readroom_answer WHERE display_set_id = %s LIMIT 1"


def study_of_display_set(display_set_id: UUID) -> UUID | None:
    rows = raw_rows.read(_STUDY, [display_set_id])
    return UUID(raw_rows.id_text(rows[0][0])) if rows else None


def find_row(display_set_id: UUID, *, is_locked: bool = False) -> DisplaySet | None:
    """A display set without the moment of its making; locked, nobody else changes it until the transaction ends."""
    lock = connection.ops.for_update_sql() if is_locked and connection.features.has_select_for_update else ""
    rows = raw_rows.read(_ROW + lock, [display_set_id])
    if not rows:
        return None
    study_id, title, order = rows[0]
    return DisplaySet(id=display_set_id, study_id=UUID(raw_rows.id_text(study_id)), title=title, order=order)


def writing_title_and_order(display_set: DisplaySet) -> raw_rows.Statement:
    return _WRITE, [display_set.title, display_set.order, display_set.id]


def is_answered(display_set_id: UUID) -> bool:
    return bool(raw_rows.read(_ANSWERED, [display_set_id]))
