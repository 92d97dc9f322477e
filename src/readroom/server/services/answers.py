"""Answers: one per reader, display set, question and round; the last edit wins, and every edit is kept."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import inf
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from readroom.server.db.models import Answer
from readroom.server.domain import answers as rules
from readroom.server.domain.errors import Invalid, NotAllowed, NotFound
from readroom.server.domain.json_values import Json
from readroom.server.domain.permissions import Act, Role, may
from readroom.server.domain.questions import MASK
from readroom.server.domain.studies import check_takes_answers
from readroom.server.services import audit, moments
from readroom.server.services.access import Actor
from readroom.server.services.answer_rows import add_answer, hold_answer
from readroom.server.services.asked_rows import (
    QuestionFacts,
    default_round,
    find_asked,
    find_given,
    has_answered,
)
from readroom.server.services.budgets import require_budget
from readroom.server.services.display_set_rows import study_of_display_set
from readroom.server.services.roles import require_in_study, roles_in_study
from readroom.server.services.scores import score_of

ALREADY_ANSWERED: Final = "User has already answered this question for this display set."
NO_MODIFICATION: Final = "This reader study does not allow answer modification."
HYPERLINK: Final = "Invalid hyperlink - Object does not exist."


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a reader wants to record."""

    value: Json
    duration: timedelta | None = None
    sequence: int | None = None
    session_time: rules.SessionTime | None = None
    arrived_at: float | None = None
    """When it reached the server, in seconds, where that is known."""


def record_answer(
    actor: Actor, *, question_id: UUID, display_set_id: UUID, draft: Draft, answer_id: UUID | None = None
) -> Answer:
    """Record an answer; the same answer sent twice at one moment is one answer and no error."""
    user_id = actor.user_id()
    asked = find_asked(question_id)
    roles = roles_in_study(actor, asked.study_id) if asked is not None else frozenset()
    if asked is None or not may(Act.VIEW_QUESTION, roles):
        raise Invalid(HYPERLINK, field="question")
    other_study = _study_of_visible(actor, display_set_id, expected=asked.study_id)
    rules.check_shape(draft.value, answer_type=asked.spec.answer_type)
    if other_study is not None:
        raise Invalid("The display set and the question belong to different reader studies.")
    round_id = default_round(asked.study_id)
    if has_answered(display_set_id=display_set_id, question_id=question_id, round_id=round_id, user_id=user_id):
        slot = {"display_set_id": display_set_id, "question_id": question_id, "round_id": round_id}
        return _same_answer(slot | {"creator_id": user_id}, draft.value, since=draft.arrived_at or time.time())
    if not may(Act.ANSWER, roles):
        raise Invalid("This user is not authorized to create answers for this reader study.")
    check_takes_answers(asked.state, is_editor=Role.EDITOR in roles)
    require_budget(asked.study_id, maximum=asked.max_credits, is_editor=Role.EDITOR in roles)
    rules.check_content(draft.value, question=asked.spec)
    answer = _draft_answer(asked, draft, display_set_id=display_set_id, round_id=round_id, creator_id=user_id)
    if answer_id is not None:
        answer.id = answer_id
    if draft.arrived_at is not None:
        moments.begin(answer.id)
    return _save_once(actor, answer, is_editor=Role.EDITOR in roles)


def _save_once(actor: Actor, answer: Answer, *, is_editor: bool) -> Answer:
    """Write the answer, or find the one that the same reader wrote a moment before."""
    try:
        with transaction.atomic():
            add_answer(answer, is_editor=is_editor)
            _record_edit(actor, "answer", answer, before=None)
    except IntegrityError:
        slot = {name: getattr(answer, name) for name in ("display_set_id", "question_id", "round_id", "creator_id")}
        return _same_answer(slot, answer.value)
    return answer


def _same_answer(slot: Mapping[str, Any], value: Json, *, since: float = -inf) -> Answer:
    """Find the answer that stands where one was to be recorded, if it says the same and nobody could know of it."""
    other = Answer.objects.filter(**slot, is_ground_truth=False).first()
    if other is None:
        raise NotFound
    is_simultaneous = other.created_at.timestamp() >= since or moments.was_untold(other.id, since)
    if other.value != value or not is_simultaneous:
        raise Invalid(ALREADY_ANSWERED) from None
    return other


def _study_of_visible(actor: Actor, display_set_id: UUID, *, expected: UUID) -> UUID | None:
    """The study of a display set if it is another one; raises for what the actor may not see."""
    study_id = study_of_display_set(display_set_id)
    if study_id == expected:
        return None
    if study_id is None or not may(Act.VIEW_DISPLAY_SET, roles_in_study(actor, study_id)):
        raise Invalid(HYPERLINK, field="display_set")
    return study_id


def _draft_answer(
    asked: QuestionFacts, draft: Draft, *, display_set_id: UUID, round_id: int, creator_id: int
) -> Answer:
    now = timezone.now()
    answer = Answer(
        study_id=asked.study_id,
        round_id=round_id,
        creator_id=creator_id,
        question_id=asked.question_id,
        display_set_id=display_set_id,
        value=draft.value,
        sequence=None if draft.sequence is None else rules.kept_sequence(draft.sequence, now=now),
        created_at=now,
        modified_at=now,
        score=score_of(draft.value, asked, display_set_id=display_set_id, round_id=round_id),
    )
    _count_time(answer, draft)
    answer.last_edit_duration = rules.add_edit_time(total=None, last=draft.duration).last
    return answer


def _count_time(answer: Answer, draft: Draft) -> bool:
    """Add the time of an edit to that of all; tells whether there was any that had not been counted."""
    before = answer.total_edit_duration
    if draft.session_time is None:
        answer.total_edit_duration = rules.add_edit_time(total=before, last=draft.duration).total
    else:
        answer.total_edit_duration, answer.session_times = rules.add_session_time(
            draft.session_time, total=before, counted=answer.session_times or ()
        )
    return answer.total_edit_duration != before


def edit_answer(actor: Actor, *, answer_id: UUID, draft: Draft) -> Answer:
    """Change the caller's own answer, where the study allows it; an edit that was overtaken on its way is dropped."""
    asked, roles = _require_own(actor, answer_id)
    if not asked.allows_modification:
        raise Invalid(NO_MODIFICATION)
    check_takes_answers(asked.state, is_editor=Role.EDITOR in roles)
    require_budget(asked.study_id, maximum=asked.max_credits, is_editor=Role.EDITOR in roles)
    with transaction.atomic():
        answer = hold_answer(answer_id, study_id=asked.study_id, is_editor=Role.EDITOR in roles)
        if rules.is_late(stored=answer.sequence, offered=draft.sequence):
            if draft.session_time is not None and _count_time(answer, draft):
                answer.save(update_fields=["total_edit_duration", "session_times"])
            return answer
        _check_edit(answer, draft, asked=asked)
        before = _history_of(answer)
        _change(answer, draft, asked=asked)
        answer.save()
        _record_edit(actor, "edit answer", answer, before=before)
    return answer


def require_change(actor: Actor, *, answer_id: UUID) -> None:
    """Raise unless the caller may change this answer at all, before its new content is looked at."""
    asked, _roles = _require_own(actor, answer_id)
    if not asked.allows_modification:
        raise Invalid(NO_MODIFICATION)


def _require_own(actor: Actor, answer_id: UUID) -> tuple[QuestionFacts, frozenset[Role]]:
    actor.user_id()
    row = find_given(answer_id)
    asked = find_asked(row.question_id) if row is not None else None
    if row is None or asked is None:
        raise NotFound
    roles = roles_in_study(actor, asked.study_id)
    if row.creator_id == actor.id and may(Act.ANSWER, roles) and not row.is_ground_truth:
        return asked, roles
    raise NotAllowed if may(Act.EDIT_GROUND_TRUTH, roles) else NotFound


def _check_edit(answer: Answer, draft: Draft, *, asked: QuestionFacts) -> None:
    if asked.spec.answer_type == MASK and draft.value == answer.value:
        return
    rules.check_answer(draft.value, question=asked.spec)


def _change(answer: Answer, draft: Draft, *, asked: QuestionFacts) -> None:
    if asked.spec.answer_type == MASK and draft.value is None:
        answer.image = None
    answer.value = draft.value
    _count_time(answer, draft)
    answer.last_edit_duration = rules.add_edit_time(total=None, last=draft.duration).last
    answer.modified_at = timezone.now()
    if draft.sequence is not None:
        answer.sequence = rules.kept_sequence(draft.sequence, now=answer.modified_at)
    answer.score = score_of(draft.value, asked, display_set_id=answer.display_set_id, round_id=answer.round_id)


def delete_answer(actor: Actor, *, answer_id: UUID, why: str = "") -> None:
    """Delete one answer of a reader; editors only, and the audit trail keeps it."""
    row = Answer.objects.filter(pk=answer_id).values_list("study_id", "creator_id").first()
    if row is None:
        raise NotFound
    roles = roles_in_study(actor, row[0])
    if not may(Act.DELETE_ANSWER, roles):
        raise NotAllowed if row[1] == actor.id and may(Act.ANSWER, roles) else NotFound
    delete_rows(actor, study_id=row[0], answer_ids=[answer_id], why=why)


def delete_answers_of_reader(actor: Actor, *, study_id: UUID, user_id: int, why: str = "") -> int:
    require_in_study(actor, Act.DELETE_ANSWER, study_id=study_id)
    rows = Answer.objects.filter(study_id=study_id, creator_id=user_id, is_ground_truth=False)
    return delete_rows(actor, study_id=study_id, answer_ids=rows.values_list("pk", flat=True), why=why)


def delete_rows(actor: Actor, *, study_id: UUID, answer_ids: Iterable[UUID], why: str) -> int:
    with transaction.atomic():
        answers = list(Answer.objects.select_for_update().filter(pk__in=list(answer_ids)))
        for answer in answers:
            audit.record(
                actor,
                "delete answer",
                target=("answer", answer.pk),
                stream=f"study:{study_id}",
                before=_history_of(answer) | {"creator": answer.creator_id},
                why=why,
            )
        Answer.objects.filter(pk__in=[answer.pk for answer in answers]).delete()
    return len(answers)


def _history_of(answer: Answer) -> dict[str, Any]:
    return {
        "answer": answer.value,
        "image": str(answer.image_id) if answer.image_id else None,
        "last_edit_duration": rules.format_duration(answer.last_edit_duration),
    }


def _record_edit(actor: Actor, act: str, answer: Answer, *, before: dict[str, Any] | None) -> None:
    audit.record(
        actor,
        act,
        target=("answer", answer.pk),
        stream=f"answers:{answer.study_id}:{answer.creator_id}",
        before=before,
        after=_history_of(answer),
    )
