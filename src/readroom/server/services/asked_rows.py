"""What an answer is judged by, read by hand: composing these statements anew takes longer than answering them.

Recording and editing answers is what a study does most.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from readroom.server.domain.errors import NotFound
from readroom.server.domain.json_values import Json
from readroom.server.domain.questions import CHOICE, MULTIPLE_CHOICE, Option, QuestionSpec
from readroom.server.services import raw_rows

_PLAIN: Final = (
    "question_text",
    "answer_type",
    "required",
    "widget",
    "image_port",
    "direction",
    "order",
    "default_annotation_color",
    "answer_min_value",
    "answer_max_value",
    "answer_min_length",
    "answer_max_length",
    "answer_match_pattern",
    "empty_answer_confirmation",
    "score_tolerance",
)
"""Columns of a question that its rules take as they are."""
_QUESTION: Final = """
SELECT q.study_id, s.state, s.scoring_rule, s.allow_answer_modification, s.max_credits, i.kind, i.overlay_segments,
  q.overlay_segments, q.answer_step_size, {}
FROM readroom_question q
JOIN readroom_readerstudy s ON s.id = q.study_id
LEFT JOIN readroom_socket i ON i.id = q.interface_id
WHERE q.id = %s
""".format(", ".join(f'q."{name}"' for name in _PLAIN))
_OPTIONS: Final = 'SELECT title, id, "default" FROM readroom_questionoption WHERE question_id = %s ORDER BY id'
_ANSWERED: Final = """
SELECT 1 FROM readroom_answer
WHERE display_set_id = %s AND question_id = %s AND round_id = %s AND creator_id = %s AND NOT is_ground_truth
"""
_TRUTH: Final = """
SELECT CAST(value AS text) FROM readroom_answer
WHERE display_set_id = %s AND question_id = %s AND round_id = %s AND is_ground_truth
"""
_GIVEN: Final = "SELECT question_id, creator_id, is_ground_truth FROM readroom_answer WHERE id = %s"
_ROUND: Final = "SELECT id FROM readroom_round WHERE study_id = %s AND is_default"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionFacts:
    """A question as its answers need it, and what its study says of answers."""

    question_id: UUID
    study_id: UUID
    state: str
    scoring_rule: str
    allows_modification: bool
    max_credits: int | None
    spec: QuestionSpec


def find_asked(question_id: UUID) -> QuestionFacts | None:
    """A question, with its options where it has some; None for one that is not there."""
    rows = raw_rows.read(_QUESTION, [question_id])
    if not rows:
        return None
    study_id, state, rule, is_modifiable, max_credits, kind, segments_of_socket, segments, step, *plain = rows[0]
    facts: dict[str, Any] = dict(zip(_PLAIN, plain, strict=True))
    spec = QuestionSpec(
        **facts,
        interface_kind=kind,
        interface_segments=_parse(segments_of_socket),
        overlay_segments=_parse(segments),
        answer_step_size=None if step is None else Decimal(str(step)),
        options=_options(question_id) if facts["answer_type"] in (CHOICE, MULTIPLE_CHOICE) else (),
    )
    return QuestionFacts(
        question_id=question_id,
        study_id=UUID(raw_rows.id_text(study_id)),
        state=state,
        scoring_rule=rule,
        allows_modification=bool(is_modifiable),
        max_credits=max_credits,
        spec=spec,
    )


def _parse(text: str | None) -> Any:  # noqa: ANN401 - any JSON
    return None if text is None else json.loads(text)


def _options(question_id: UUID) -> Sequence[Option]:
    rows = raw_rows.read(_OPTIONS, [question_id])
    return [Option(title=title, id=pk, default=bool(is_default)) for title, pk, is_default in rows]


def default_round(study_id: UUID) -> int:
    """The round of a study that answers belong to; raises `NotFound` where there is no such study."""
    rows = raw_rows.read(_ROUND, [study_id])
    if not rows:
        raise NotFound
    number: int = rows[0][0]
    return number


def has_answered(*, display_set_id: UUID, question_id: UUID, round_id: int, user_id: int) -> bool:
    return bool(raw_rows.read(_ANSWERED, [display_set_id, question_id, round_id, user_id]))


@dataclass(frozen=True, slots=True)
class Given:
    """Whose answer to what one is."""

    question_id: UUID
    creator_id: int
    is_ground_truth: bool


def find_given(answer_id: UUID) -> Given | None:
    rows = raw_rows.read(_GIVEN, [answer_id])
    if not rows:
        return None
    question_id, creator_id, is_ground_truth = rows[0]
    return Given(UUID(raw_rows.id_text(question_id)), creator_id, bool(is_ground_truth))


def truth_of(*, display_set_id: UUID, question_id: UUID, round_id: int) -> list[Json]:
    """The ground truth: one value, or none."""
    rows = raw_rows.read(_TRUTH, [display_set_id, question_id, round_id])
    return [_parse(text) for (text,) in rows]
