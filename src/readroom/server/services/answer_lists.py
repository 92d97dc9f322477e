"""Answers as lists: a reader's own, and all of a study for its editors."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet

from readroom.server.db.models import Answer, AuditEntry, DisplaySet
from readroom.server.domain.errors import Invalid, NotFound
from readroom.server.domain.permissions import Act, may
from readroom.server.services import raw_rows
from readroom.server.services.access import Actor
from readroom.server.services.roles import roles_in_study, studies_where

_PAGE: Final = """
SELECT a.id, CAST(a.value AS text), a.created_at, a.modified_at, u.username, a.display_set_id, a.question_id,
  a.image_id, a.last_edit_duration, a.total_edit_duration, a.is_ground_truth, a.score, a.study_id
FROM readroom_answer a JOIN readroom_user u ON u.id = a.creator_id
WHERE a.id IN ({}) ORDER BY a.created_at, a.id
"""


@dataclass(frozen=True, slots=True)
class Row:
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
    rows = _filtered(_allowed(actor, asked), asked)
    wanted = list(rows.order_by("created_at", "id").values_list("pk", flat=True)[offset : offset + limit])
    return rows.count(), hide_scores(actor, _read(wanted))


def _read(answer_ids: Sequence[UUID]) -> list[Row]:
    """Read answers by their ids, oldest first."""
    if not answer_ids:
        return []
    return [_to_row(row) for row in raw_rows.read(_PAGE.format(raw_rows.places(answer_ids)), answer_ids)]


def _to_row(row: Sequence[Any]) -> Row:
    pk, text, created, modified, creator, display_set, question, image, last, total, is_truth, score, study = row
    return Row(
        id=raw_rows.id_text(pk),
        value=text,
        created_at=raw_rows.moment_text(created),
        modified_at=raw_rows.moment_text(modified),
        creator=creator,
        display_set_id=raw_rows.id_text(display_set),
        question_id=raw_rows.id_text(question),
        image_id=raw_rows.id_text(image) if image else None,
        last_edit_duration=raw_rows.duration(last),
        total_edit_duration=raw_rows.duration(total),
        is_ground_truth=bool(is_truth),
        score=score,
        study_id=raw_rows.id_text(study),
    )


def find_answer(actor: Actor, *, answer_id: UUID) -> Row:
    study_id = Answer.objects.filter(pk=answer_id).values_list("study_id", flat=True).first()
    if study_id is None or not _of_study(actor, study_id).filter(pk=answer_id).exists():
        raise NotFound
    return hide_scores(actor, _read([answer_id]))[0]


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


def _allowed(actor: Actor, asked: Asked) -> QuerySet[Answer]:
    study_id = asked.study_id
    if study_id is None and asked.display_set_id is not None:
        study_id = DisplaySet.objects.filter(pk=asked.display_set_id).values_list("study_id", flat=True).first()
        if study_id is None:
            raise _no_choice("display_set")
    if study_id is not None:
        try:
            return _of_study(actor, study_id)
        except NotFound:
            raise _no_choice("question__reader_study" if asked.study_id else "display_set") from None
    if actor.is_superuser:
        return Answer.objects.all()
    mine = Q(study_id__in=studies_where(actor, Act.ANSWER).values("pk"), creator_id=actor.id or 0)
    edited = Q(study_id__in=studies_where(actor, Act.EDIT_GROUND_TRUTH).values("pk"))
    return Answer.objects.filter(edited | (mine & Q(is_ground_truth=False)))


def _of_study(actor: Actor, study_id: UUID) -> QuerySet[Answer]:
    roles = roles_in_study(actor, study_id)
    if not may(Act.VIEW_STUDY, roles):
        raise NotFound
    rows = Answer.objects.filter(study_id=study_id)
    if may(Act.EDIT_GROUND_TRUTH, roles):
        return rows
    if not may(Act.ANSWER, roles):
        return rows.none()
    return rows.filter(creator_id=actor.id or 0, is_ground_truth=False)


def _no_choice(field: str) -> Invalid:
    return Invalid("Select a valid choice. That choice is not one of the available choices.", field=field)


def _filtered(rows: QuerySet[Answer], asked: Asked) -> QuerySet[Answer]:
    filters: dict[str, Any] = {
        "display_set_id": asked.display_set_id,
        "question_id": asked.question_id,
        "creator__username": asked.creator,
        "is_ground_truth": asked.is_ground_truth,
    }
    return rows.filter(**{name: value for name, value in filters.items() if value is not None})


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
    return [replace(row, score=None) if row.study_id in hidden else row for row in rows]
