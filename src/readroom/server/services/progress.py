"""How far readers are, and how they score against the ground truth."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Avg, Count, Max, Q, Sum

from readroom.server.db.models import Answer, DisplaySet, Question, ReaderStudy, StudyMember
from readroom.server.domain.errors import NotAllowed
from readroom.server.domain.permissions import Act, Role, may
from readroom.server.domain.questions import HEADING
from readroom.server.domain.studies import progress as share
from readroom.server.services.access import Actor
from readroom.server.services.asked_rows import default_round
from readroom.server.services.roles import require_in_study


def progress_of_readers(actor: Actor, *, study_id: UUID) -> list[dict[str, Any]]:
    """Tell of every reader, also of those who never began; a reader sees himself only."""
    roles = require_in_study(actor, Act.ANSWER, study_id=study_id)
    members = StudyMember.objects.filter(study_id=study_id, role=Role.READER).order_by("user__username")
    if not may(Act.EDIT_GROUND_TRUTH, roles):
        members = members.filter(user_id=actor.id or 0)
    display_sets = DisplaySet.objects.filter(study_id=study_id).count()
    questions = Question.objects.filter(study_id=study_id).exclude(answer_type=HEADING).count()
    counted = _counts(study_id)
    complete = _complete(study_id, questions=questions)
    rows = []
    for user_id, username, pseudonym in members.values_list("user_id", "user__username", "pseudonym"):
        found = counted.get(user_id, {})
        answered = found.get("answers", 0)
        rows.append(
            {
                "reader": username,
                "pseudonym": pseudonym,
                "answers": answered,
                "expected_answers": display_sets * questions,
                "complete_display_sets": complete.get(user_id, 0),
                "display_sets": display_sets,
                "progress": round(share(answered=answered, display_sets=display_sets, questions=questions), 2),
                "seconds": found["time"].total_seconds() if found.get("time") else None,
                "last_answer": found.get("last"),
            }
        )
    return rows


def _counts(study_id: UUID) -> dict[int, dict[str, Any]]:
    answers = _of_readers(study_id)
    rows = answers.values("creator_id").annotate(
        answers=Count("id"), last=Max("modified_at"), time=Sum("total_edit_duration")
    )
    return {row["creator_id"]: row for row in rows}


def _complete(study_id: UUID, *, questions: int) -> dict[int, int]:
    """How many display sets each reader has answered in full; none where nothing is asked."""
    if not questions:
        return {}
    found: dict[int, int] = {}
    rows = _of_readers(study_id).values("creator_id", "display_set_id").annotate(answers=Count("id"))
    for user_id in rows.filter(answers__gte=questions).values_list("creator_id", flat=True):
        found[user_id] = found.get(user_id, 0) + 1
    return found


def _of_readers(study_id: UUID) -> Any:  # noqa: ANN401 - rows of answers
    rows = Answer.objects.filter(study_id=study_id, is_ground_truth=False, round_id=default_round(study_id))
    return rows.exclude(question__answer_type=HEADING)


def leaderboard(actor: Actor, *, study_id: UUID) -> list[dict[str, Any]]:
    """Rank readers by their scores; equal sums share a rank. Readers see each other without names."""
    roles = require_in_study(actor, Act.ANSWER, study_id=study_id)
    study = ReaderStudy.objects.get(pk=study_id)
    is_editor = may(Act.EDIT_GROUND_TRUTH, roles)
    if not is_editor and not (study.is_educational and study.leaderboard_accessible_to_readers):
        raise NotAllowed
    readers = StudyMember.objects.filter(study_id=study_id, role=Role.READER).values("user_id")
    expected = Answer.objects.filter(study_id=study_id, is_ground_truth=True).count()
    rows = (
        _of_readers(study_id)
        .filter(creator_id__in=readers)
        .values("creator_id", "creator__username")
        .annotate(total=Sum("score"), average=Avg("score"), scored=Count("id", filter=Q(score__isnull=False)))
        .filter(scored__gt=0)
        .order_by("-total", "creator__username")
    )
    table: list[dict[str, Any]] = []
    for place, row in enumerate(rows, start=1):
        is_tie = bool(table) and table[-1]["score"] == row["total"]
        name = row["creator__username"]
        table.append(
            {
                "rank": table[-1]["rank"] if is_tie else place,
                "reader": name if is_editor else ("You" if row["creator_id"] == actor.id else "Reader"),
                "score": row["total"],
                "maximum": expected,
                "average": row["average"],
                "scored_answers": row["scored"],
            }
        )
    return table


def statistics(actor: Actor, *, study_id: UUID) -> dict[str, list[dict[str, Any]]]:
    """Return sums and means of scores by display set and by question, for editors."""
    require_in_study(actor, Act.EDIT_GROUND_TRUTH, study_id=study_id)
    scored = _of_readers(study_id).filter(score__isnull=False)
    by_display_set = scored.values("display_set_id", "display_set__title").annotate(
        total=Sum("score"), average=Avg("score"), answers=Count("id")
    )
    by_question = scored.values("question_id", "question__question_text").annotate(
        total=Sum("score"), average=Avg("score"), answers=Count("id")
    )
    return {
        "display_sets": list(by_display_set.order_by("average", "display_set_id")),
        "questions": list(by_question.order_by("average", "question_id")),
    }
