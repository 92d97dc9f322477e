"""Answers written where their study takes them, and at no later moment.

Each of these statements looks at the study's state and, on PostgreSQL, holds it until the transaction ends: who pauses
or closes the study waits for the answers under way, and what comes after finds the new state. Answers do not wait for
each other. On SQLite one transaction at a time writes, so what it reads of the state stays true.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final
from uuid import UUID

from django.db import connection

from readroom.server.db.models import Answer
from readroom.server.domain.errors import NotFound
from readroom.server.domain.studies import check_takes_answers, states_with_answers
from readroom.server.services import raw_rows

_FIELDS: Final = Answer._meta.concrete_fields  # noqa: SLF001 - Django's documented way to a model's columns
_COLUMNS: Final = [str(field.column) for field in _FIELDS]
_STATE: Final = "SELECT state FROM readroom_readerstudy WHERE id = %s"
_ADD: Final = (
    "INSERT INTO readroom_answer ({}) SELECT {} FROM readroom_readerstudy s WHERE s.id = %s AND s.state IN ({})"
)
_ONE: Final = """
SELECT {} FROM readroom_answer a JOIN readroom_readerstudy s ON s.id = a.study_id WHERE a.id = %s AND s.state IN ({})
"""


def add_answer(answer: Answer, *, is_editor: bool) -> None:
    """Write a new answer; raises `Locked` when its study takes none any more."""
    values = [field.get_db_prep_save(getattr(answer, field.attname), connection) for field in _FIELDS]
    states = states_with_answers(is_editor=is_editor)
    with connection.cursor() as cursor:
        cursor.execute(_adding(len(states)) + _lock("FOR SHARE OF s"), [*values, *_study_in(answer.study_id, states)])
        is_added = cursor.rowcount == 1
    if not is_added:
        _refuse(answer.study_id, is_editor=is_editor)
    answer._state.adding = False  # noqa: SLF001 - else saving it again would add it again


def hold_answer(answer_id: UUID, *, study_id: UUID, is_editor: bool) -> Answer:
    """Read an answer that nobody else changes until the transaction ends; raises like `add_answer`."""
    states = states_with_answers(is_editor=is_editor)
    sql = _reading(len(states)) + _lock("FOR SHARE OF s FOR UPDATE OF a")
    found = list(Answer.objects.raw(sql, _study_in(answer_id, states)))
    if not found:
        _refuse(study_id, is_editor=is_editor)
        raise NotFound
    return found[0]


def _study_in(pk: UUID, states: tuple[str, ...]) -> list[raw_rows.Parameter]:
    return raw_rows.written([pk, *states])


def _refuse(study_id: UUID, *, is_editor: bool) -> None:
    """Say why nothing was found."""
    rows = raw_rows.read(_STATE, [study_id])
    if not rows:
        raise NotFound
    check_takes_answers(rows[0][0], is_editor=is_editor)


@lru_cache
def _adding(number_of_states: int) -> str:
    return _ADD.format(", ".join(_COLUMNS), raw_rows.places(_COLUMNS), raw_rows.places(range(number_of_states)))


@lru_cache
def _reading(number_of_states: int) -> str:
    names = ", ".join(f"a.{column}" for column in _COLUMNS)
    return _ONE.format(names, raw_rows.places(range(number_of_states)))


def _lock(clause: str) -> str:
    return f" {clause}" if connection.features.has_select_for_update else ""
