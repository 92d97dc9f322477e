"""Scores of answers: computed when an answer or its ground truth changes, and stored with the answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from readroom.server.db.models import Answer, ReaderStudy
from readroom.server.domain.questions import SCORABLE
from readroom.server.domain.scoring import ScoringRule, score_answer
from readroom.server.services.asked_rows import QuestionFacts, truth_of

BATCH: Final = 500


def score_of(
    value: Any,  # noqa: ANN401 - any JSON
    asked: QuestionFacts,
    *,
    display_set_id: UUID,
    round_id: int,
) -> float | None:
    """Compare one answer with the ground truth, if there is one."""
    spec = asked.spec
    if spec.answer_type not in SCORABLE:
        return None
    for truth in truth_of(display_set_id=display_set_id, question_id=asked.question_id, round_id=round_id):
        rule = ScoringRule(asked.scoring_rule)
        return score_answer(value, truth=truth, answer_type=spec.answer_type, rule=rule, tolerance=spec.score_tolerance)
    return None


def score_study_again(study_id: UUID) -> int:
    """Compute all scores of a study; returns how many changed."""
    changed = list(_changed_scores(study_id))
    for start in range(0, len(changed), BATCH):
        Answer.objects.bulk_update(changed[start : start + BATCH], ["score"])
    return len(changed)


def _changed_scores(study_id: UUID) -> Iterator[Answer]:
    rule = ScoringRule(ReaderStudy.objects.values_list("scoring_rule", flat=True).get(pk=study_id))
    rows = Answer.objects.filter(study_id=study_id)
    truths = {
        (display_set, question, round_id): value
        for display_set, question, round_id, value in rows.filter(is_ground_truth=True).values_list(
            "display_set_id", "question_id", "round_id", "value"
        )
    }
    answers = rows.filter(is_ground_truth=False, question__answer_type__in=SCORABLE).select_related("question")
    for answer in answers.iterator(chunk_size=BATCH):
        key = (answer.display_set_id, answer.question_id, answer.round_id)
        score = None
        if key in truths:
            question = answer.question
            score = score_answer(
                answer.value,
                truth=truths[key],
                answer_type=question.answer_type,
                rule=rule,
                tolerance=question.score_tolerance,
            )
        if score != answer.score:
            answer.score = score
            yield answer
