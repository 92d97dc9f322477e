"""Ground truth: from a table, from JSON or from the answers of one reader; never part of anybody's answers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from readroom.server.db.models import Answer, DisplaySet, Question, ReaderStudy, User
from readroom.server.domain import ground_truth as rules
from readroom.server.domain.errors import Invalid, NotFound
from readroom.server.domain.permissions import Act, may
from readroom.server.domain.questions import HEADING, SCORABLE
from readroom.server.domain.studies import check_takes_answers
from readroom.server.services import audit
from readroom.server.services.access import Actor
from readroom.server.services.asked_rows import default_round
from readroom.server.services.questions import to_spec
from readroom.server.services.roles import require_in_study, roles_in_study
from readroom.server.services.scores import score_study_again
from readroom.server.services.studies import stream_of

BATCH = 500


def asked_questions(study_id: UUID) -> list[rules.AskedQuestion]:
    rows = Question.objects.filter(study_id=study_id).select_related("interface").prefetch_related("options")
    return [
        rules.AskedQuestion(id=row.pk, spec=to_spec(row, options=list(row.options.all())))
        for row in rows.order_by("order", "created_at", "id")
    ]


def names_of_display_sets(study_id: UUID) -> dict[str, UUID]:
    """Ids and titles by which a table may name a display set."""
    rows = list(DisplaySet.objects.filter(study_id=study_id).values_list("pk", "title"))
    return {title: pk for pk, title in rows if title} | {str(pk): pk for pk, _ in rows}


def upload_table(actor: Actor, *, study_id: UUID, data: bytes) -> int:
    """Take a CSV; every fault is named by row and column, and with any fault nothing is written."""
    require_in_study(actor, Act.EDIT_GROUND_TRUTH, study_id=study_id)
    questions = asked_questions(study_id)
    if not rules.scorable(questions):
        raise Invalid("This reader study has no questions that can have a ground truth.", field="ground_truth")
    truths = rules.parse_csv(data, questions=questions, display_sets=names_of_display_sets(study_id))
    return _write(actor, study_id=study_id, truths=truths)


def upload_entries(actor: Actor, *, study_id: UUID, entries: Sequence[Mapping[str, Any]]) -> int:
    """Take a list of objects with display_set, question, answer and explanation; ids, titles and texts name things."""
    require_in_study(actor, Act.EDIT_GROUND_TRUTH, study_id=study_id)
    display_sets = names_of_display_sets(study_id)
    questions = {name: q for q in asked_questions(study_id) for name in (q.spec.question_text, str(q.id))}
    truths, faults = [], []
    for number, entry in enumerate(entries, start=1):
        display_set = display_sets.get(str(entry.get("display_set")))
        question = questions.get(str(entry.get("question")))
        if display_set is None or question is None or question.spec.answer_type not in SCORABLE:
            part = "display_set" if display_set is None else "question"
            faults.append(rules.Fault(number, part, f"There is no such {part} that can have a ground truth."))
            continue
        try:
            value = rules.read_answer(entry.get("answer"), spec=question.spec)
        except Invalid as error:
            faults.append(rules.Fault(number, question.spec.question_text, error.message))
            continue
        explanation = entry.get("explanation") or ""
        if not isinstance(explanation, str):
            faults.append(rules.Fault(number, "explanation", "An explanation is a text."))
        elif value is not None:
            truths.append(
                rules.Truth(display_set=display_set, question=question.id, value=value, explanation=explanation)
            )
    rules.refuse(faults)
    return _write(actor, study_id=study_id, truths=truths)


def copy_from_reader(actor: Actor, *, study_id: UUID, username: str) -> int:
    """Copy the answers of one reader, who must have finished; they stay his answers."""
    require_in_study(actor, Act.EDIT_GROUND_TRUTH, study_id=study_id)
    user_id = User.objects.filter(username=username).values_list("pk", flat=True).first()
    if user_id is None:
        raise Invalid("There is no account with this name.", field="username")
    if has_ground_truth(study_id):
        raise Invalid("This reader study has ground truth already; delete it first.")
    mine = Answer.objects.filter(study_id=study_id, creator_id=user_id, is_ground_truth=False)
    mine = mine.filter(round_id=default_round(study_id))
    answerable = Question.objects.filter(study_id=study_id).exclude(answer_type=HEADING).count()
    expected = answerable * DisplaySet.objects.filter(study_id=study_id).count()
    if not expected or mine.exclude(question__answer_type=HEADING).count() < expected:
        raise Invalid("This reader has not answered every question of every display set.")
    truths = [
        rules.Truth(display_set=display_set, question=question, value=value)
        for display_set, question, value in mine.filter(question__answer_type__in=SCORABLE).values_list(
            "display_set_id", "question_id", "value"
        )
    ]
    return _write(actor, study_id=study_id, truths=truths)


def copy_to_answers(actor: Actor, *, study_id: UUID) -> int:
    """Give the calling editor the ground truth as answers of his own, when he has none."""
    require_in_study(actor, Act.EDIT_GROUND_TRUTH, study_id=study_id)
    user_id = actor.user_id()
    with transaction.atomic():
        study = ReaderStudy.objects.select_for_update().get(pk=study_id)
        check_takes_answers(study.state, is_editor=True)
        if Answer.objects.filter(study_id=study_id, creator_id=user_id, is_ground_truth=False).exists():
            raise Invalid("You have answers of your own in this reader study.")
        now = timezone.now()
        copies = [
            Answer(
                study_id=study_id,
                round_id=truth.round_id,
                creator_id=user_id,
                question_id=truth.question_id,
                display_set_id=truth.display_set_id,
                value=truth.value,
                score=1.0,
                created_at=now,
                modified_at=now,
            )
            for truth in Answer.objects.filter(study_id=study_id, is_ground_truth=True)
        ]
        Answer.objects.bulk_create(copies, batch_size=BATCH)
        audit.record(
            actor,
            "copy ground truth to answers",
            target=("study", study_id),
            stream=stream_of(study_id),
            after={"answers": len(copies)},
        )
    return len(copies)


def delete_ground_truth(actor: Actor, *, study_id: UUID, why: str = "") -> int:
    require_in_study(actor, Act.EDIT_GROUND_TRUTH, study_id=study_id)
    with transaction.atomic():
        ReaderStudy.objects.select_for_update().get(pk=study_id)
        rows = Answer.objects.filter(study_id=study_id, is_ground_truth=True)
        before = _as_recorded(rows)
        deleted, _ = rows.delete()
        score_study_again(study_id)
        audit.record(
            actor,
            "delete ground truth",
            target=("study", study_id),
            stream=stream_of(study_id),
            before=before,
            why=why,
        )
    return deleted


def _as_recorded(truths: Iterable[Answer]) -> list[dict[str, Any]]:
    """Ground truth as the audit trail keeps it, so that what was overwritten can be read there."""
    return [
        {
            "display_set": truth.display_set_id,
            "question": truth.question_id,
            "answer": truth.value,
            "explanation": truth.explanation,
        }
        for truth in truths
    ]


def has_ground_truth(study_id: UUID) -> bool:
    return Answer.objects.filter(study_id=study_id, is_ground_truth=True).exists()


def completeness(actor: Actor, *, study_id: UUID) -> dict[str, int]:
    """How many pairs of display set and scorable question there are, and how many have a ground truth."""
    require_in_study(actor, Act.EDIT_GROUND_TRUTH, study_id=study_id)
    questions = Question.objects.filter(study_id=study_id, answer_type__in=SCORABLE).count()
    expected = questions * DisplaySet.objects.filter(study_id=study_id).count()
    return {
        "expected": expected,
        "present": Answer.objects.filter(
            study_id=study_id, is_ground_truth=True, round_id=default_round(study_id)
        ).count(),
    }


def example_table(actor: Actor, *, study_id: UUID) -> str:
    require_in_study(actor, Act.EDIT_GROUND_TRUTH, study_id=study_id)
    target = io.StringIO()
    writer = csv.writer(target)
    display_sets = DisplaySet.objects.filter(study_id=study_id).order_by("order", "created_at", "id")
    writer.writerows(rules.example_rows(asked_questions(study_id), display_sets.values_list("pk", flat=True)))
    return target.getvalue()


def show_to_reader(actor: Actor, *, study_id: UUID, display_set_id: UUID) -> dict[str, dict[str, Any]]:
    """Tell what is right for one display set, in an educational study and nowhere else.

    The contract tells it whenever it is asked for; programs ask after the reader has answered.
    """
    roles = roles_in_study(actor, study_id)
    study = ReaderStudy.objects.get(pk=study_id)
    if not may(Act.VIEW_DISPLAY_SET, roles) or not study.is_educational or not has_ground_truth(study_id):
        raise NotFound
    if not DisplaySet.objects.filter(pk=display_set_id, study_id=study_id).exists():
        raise NotFound
    specs = {question.id: question.spec for question in asked_questions(study_id)}
    truths = Answer.objects.filter(study_id=study_id, display_set_id=display_set_id, is_ground_truth=True)
    return {
        str(truth.question_id): {
            "answer": truth.value,
            "answer_text": rules.answer_text(truth.value, spec=specs[truth.question_id]),
            "question_text": specs[truth.question_id].question_text,
            "options": {str(option.id): option.title for option in specs[truth.question_id].options},
            "explanation": truth.explanation,
        }
        for truth in truths
    }


def _write(actor: Actor, *, study_id: UUID, truths: Sequence[rules.Truth]) -> int:
    """Put these in place of what stood at the same places; what has no row stays."""
    if not truths:
        raise Invalid("There is nothing to upload; the ground truth stays as it is.", field="ground_truth")
    with transaction.atomic():
        ReaderStudy.objects.select_for_update().get(pk=study_id)
        round_id = default_round(study_id)
        pairs = {(truth.display_set, truth.question) for truth in truths}
        present = Answer.objects.filter(study_id=study_id, is_ground_truth=True, round_id=round_id)
        old = [truth for truth in present if (truth.display_set_id, truth.question_id) in pairs]
        for start in range(0, len(old), BATCH):
            Answer.objects.filter(pk__in=[truth.pk for truth in old[start : start + BATCH]]).delete()
        now = timezone.now()
        written = Answer.objects.bulk_create(
            [
                Answer(
                    study_id=study_id,
                    round_id=round_id,
                    creator_id=actor.user_id(),
                    question_id=truth.question,
                    display_set_id=truth.display_set,
                    is_ground_truth=True,
                    value=truth.value,
                    explanation=truth.explanation,
                    created_at=now,
                    modified_at=now,
                )
                for truth in truths
            ],
            batch_size=BATCH,
        )
        score_study_again(study_id)
        audit.record(
            actor,
            "upload ground truth",
            target=("study", study_id),
            stream=stream_of(study_id),
            before=_as_recorded(old),
            after=_as_recorded(written),
        )
    return len(truths)
