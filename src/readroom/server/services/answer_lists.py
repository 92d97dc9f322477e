"""Answers as lists: a reader's own, and all of a study for its editors."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from readroom.server.db.models import Answer, AuditEntry, User
from readroom.server.domain.errors import Invalid, NotFound
from readroom.server.domain.permissions import Act, may, members_who_may
from readroom.server.services import raw_rows
from readroom.server.services.access import Actor
from readroom.server.services.asked_rows import find_asked, find_given
from readroom.server.services.display_set_rows import study_of_display_set
from readroom.server.services.long_lists import Source, read_page, version_of_answers
from readroom.server.services.roles import roles_in_study, studies_where

_COLUMNS: Final = """
CAST(a.value AS text), {modified}, u.username, CAST(a.display_set_id AS text), CAST(a.question_id AS text),
CAST(a.image_id AS text), a.last_edit_duration, a.total_edit_duration, a.is_ground_truth, a.score,
CAST(a.study_id AS text)
"""
_JOIN: Final = "JOIN readroom_user u ON u.id = a.creator_id"
_ONE: Final = "SELECT {}, CAST(a.id AS text), {} FROM readroom_answer a {} WHERE {}"
_STUDIES_WHERE: Final = """
a.study_id IN (SELECT m.study_id FROM readroom_studymember m WHERE m.user_id = %s AND m.role IN ({}))
"""


class Row(NamedTuple):
    """One answer in a list; `value` is JSON text as it is stored."""

    id: str
    value: str | None
    created_at: str
    modified_at: str
    creator: str
    display_set_id: str
    question_id: str
    image_id: str | None
    last_edit_duration: timedelta | None
    total_edit_duration: timedelta | None
    is_ground_truth: bool
    score: float | None
    study_id: str


@dataclass(frozen=True, slots=True)
class Where:
    """A condition on answers ``a``, and its parameters."""

    text: str
    parameters: tuple[raw_rows.Parameter, ...] = ()

    def __and__(self, other: Where) -> Where:
        return Where(f"{self.text} AND {other.text}", self.parameters + other.parameters)


EVERYTHING: Final = Where("1 = 1")
NOTHING: Final = Where("1 = 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which answers are asked for."""

    study_id: UUID | None = None
    display_set_id: UUID | None = None
    question_id: UUID | None = None
    creator: str | None = None
    is_ground_truth: bool | None = None


def list_answers(actor: Actor, *, asked: Asked, offset: int, limit: int) -> tuple[int, list[Row]]:
    """Return how many there are and one page of them, oldest first; scores only to those who may see them."""
    where = _allowed(actor, asked) & _wanted(actor, asked)
    count, rows = read_page(
        Source("readroom_answer", "a", ("a.created_at", "a.id"), _columns(), _JOIN),
        where=where.text,
        parameters=where.parameters,
        version=None if asked.study_id is None else version_of_answers(asked.study_id),
        offset=offset,
        limit=limit,
    )
    return count, hide_scores(actor, [_to_row(row) for row in rows])


def _columns() -> str:
    return _COLUMNS.format(modified=raw_rows.moment("a.modified_at"))


def _to_row(columns: Sequence[Any]) -> Row:
    created, pk, text, modified, creator, display_set, question, image, last, total, is_truth, score, study = columns
    return Row(
        raw_rows.id_text(pk),
        text,
        raw_rows.moment_text(created),
        raw_rows.moment_text(modified),
        creator,
        raw_rows.shared_id_text(display_set),
        raw_rows.shared_id_text(question),
        raw_rows.id_text(image) if image else None,
        raw_rows.duration(last),
        raw_rows.duration(total),
        bool(is_truth),
        score,
        raw_rows.shared_id_text(study),
    )


def find_answer(actor: Actor, *, answer_id: UUID) -> Row:
    given = find_given(answer_id)
    asked = None if given is None else find_asked(given.question_id)
    if asked is None:
        raise NotFound
    where = _of_study(actor, asked.study_id) & Where("a.id = %s", (answer_id,))
    rows = raw_rows.read(_ONE.format(raw_rows.moment("a.created_at"), _columns(), _JOIN, where.text), where.parameters)
    if not rows:
        raise NotFound
    return hide_scores(actor, [_to_row(rows[0])])[0]


def row_of(actor: Actor, answer: Answer) -> Row:
    """Show the caller his own answer as it was just written, without reading it again."""
    row = Row(
        id=str(answer.pk),
        value=json.dumps(answer.value) if answer.value is not None else None,
        created_at=raw_rows.moment_text(answer.created_at),
        modified_at=raw_rows.moment_text(answer.modified_at),
        creator=actor.username,
        display_set_id=str(answer.display_set_id),
        question_id=str(answer.question_id),
        image_id=str(answer.image_id) if answer.image_id else None,
        last_edit_duration=answer.last_edit_duration,
        total_edit_duration=answer.total_edit_duration,
        is_ground_truth=answer.is_ground_truth,
        score=answer.score,
        study_id=str(answer.study_id),
    )
    return hide_scores(actor, [row])[0]


def history_of(actor: Actor, *, answer_id: UUID) -> list[dict[str, Any]]:
    """Every state an answer was in, oldest first, for its reader and the editors."""
    find_answer(actor, answer_id=answer_id)
    entries = AuditEntry.objects.filter(target_kind="answer", target_id=str(answer_id)).order_by("id")
    return [
        {
            "at": entry.at,
            "by": entry.actor_name,
            "act": entry.act,
            "before": json.loads(entry.before) if entry.before else None,
            "after": json.loads(entry.after) if entry.after else None,
        }
        for entry in entries
    ]


def _allowed(actor: Actor, asked: Asked) -> Where:
    study_id = asked.study_id
    if study_id is None and asked.display_set_id is not None:
        study_id = study_of_display_set(asked.display_set_id)
        if study_id is None:
            raise _no_choice("display_set")
    if study_id is not None:
        try:
            return _of_study(actor, study_id)
        except NotFound:
            raise _no_choice("question__reader_study" if asked.study_id else "display_set") from None
    if actor.is_superuser:
        return EVERYTHING
    mine, edited = _in_studies(actor, Act.ANSWER) & _own(actor), _in_studies(actor, Act.EDIT_GROUND_TRUTH)
    return Where(f"({edited.text} OR ({mine.text}))", edited.parameters + mine.parameters)


def _in_studies(actor: Actor, act: Act) -> Where:
    """Answers of the studies in which the actor's membership allows an act."""
    roles = members_who_may(act)
    return Where(_STUDIES_WHERE.format(raw_rows.places(roles)), (actor.id or 0, *roles))


def _own(actor: Actor) -> Where:
    return Where("a.creator_id = %s AND a.is_ground_truth = %s", (actor.id or 0, False))


def _of_study(actor: Actor, study_id: UUID) -> Where:
    roles = roles_in_study(actor, study_id)
    if not may(Act.VIEW_STUDY, roles):
        raise NotFound
    of_study = Where("a.study_id = %s", (study_id,))
    if may(Act.EDIT_GROUND_TRUTH, roles):
        return of_study
    return of_study & _own(actor) if may(Act.ANSWER, roles) else NOTHING


def _no_choice(field: str) -> Invalid:
    return Invalid("Select a valid choice. That choice is not one of the available choices.", field=field)


def _wanted(actor: Actor, asked: Asked) -> Where:
    conditions: dict[str, raw_rows.Parameter] = {
        "a.display_set_id = %s": asked.display_set_id,
        "a.question_id = %s": asked.question_id,
        "a.creator_id = %s": None if asked.creator is None else _account_of(actor, asked.creator),
        "a.is_ground_truth = %s": asked.is_ground_truth,
    }
    found = EVERYTHING
    for text, value in conditions.items():
        if value is not None:
            found &= Where(text, (value,))
    return found


def _account_of(actor: Actor, username: str) -> int:
    """Whose name this is now: what is kept of a list is kept by account, because names end with their accounts."""
    if username == actor.username:
        return actor.id or 0
    return User.objects.filter(username=username).values_list("pk", flat=True).first() or 0


def list_my_answers(actor: Actor, *, asked: Asked, offset: int, limit: int) -> tuple[int, list[Row]]:
    """Return the caller's own answers, without ground truth."""
    mine = replace(asked, creator=actor.username or None, is_ground_truth=False)
    return list_answers(actor, asked=mine, offset=offset, limit=limit) if actor.is_signed_in else (0, [])


def hide_scores(actor: Actor, rows: list[Row]) -> list[Row]:
    """A score tells whether an answer was right: readers learn it only where the study teaches."""
    hidden = {row.study_id for row in rows if row.score is not None}
    if not hidden or actor.is_superuser:
        return rows
    telling = studies_where(actor, Act.EDIT_GROUND_TRUTH) | studies_where(actor, Act.ANSWER).filter(is_educational=True)
    hidden -= {str(pk) for pk in telling.filter(pk__in=hidden).values_list("pk", flat=True)}
    if not hidden:
        return rows
    return [row._replace(score=None) if row.study_id in hidden else row for row in rows]
