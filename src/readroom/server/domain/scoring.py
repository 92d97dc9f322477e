"""How an answer compares with the ground truth, as a number from 0 to 1."""

from __future__ import annotations

import unicodedata
from enum import StrEnum

from readroom.server.domain.json_values import Json, is_number
from readroom.server.domain.questions import MULTIPLE_CHOICE, NUMBER, SCORABLE, TEXT


class ScoringRule(StrEnum):
    """By which rule a question is scored."""

    SETWISE = "Set-wise"
    """Multiple choice as sets, numbers within a tolerance, texts without regard to case and blanks."""

    EXACT = "Exact"
    """Equality; multiple choice position by position, as other platforms score it."""


def score_answer(
    answer: Json, *, truth: Json, answer_type: str, rule: ScoringRule = ScoringRule.SETWISE, tolerance: float = 0.0
) -> float | None:
    """Return 0 to 1, or `None` for types that have no ground truth."""
    if answer_type not in SCORABLE:
        return None
    if rule is ScoringRule.EXACT:
        return _exact(answer, truth, answer_type=answer_type)
    if answer_type == MULTIPLE_CHOICE:
        return _share_of_sets(set(answer or ()), set(truth or ()))
    if answer_type == NUMBER:
        return float(_is_near(answer, truth, tolerance=tolerance))
    if answer_type == TEXT:
        return float(_folded(answer) == _folded(truth))
    return float(answer == truth)


def _exact(answer: Json, truth: Json, *, answer_type: str) -> float:
    if answer_type != MULTIPLE_CHOICE:
        return float(answer == truth and isinstance(answer, bool) == isinstance(truth, bool))
    given, expected = list(answer or ()), list(truth or ())
    length = max(len(given), len(expected))
    if not length:
        return 1.0
    return sum(int(mine == theirs) for mine, theirs in zip(given, expected, strict=False)) / length


def _share_of_sets(answer: set[int], truth: set[int]) -> float:
    """Return what both have of what either has: one of two right is a half, and a wrong one more costs too."""
    union = answer | truth
    return len(answer & truth) / len(union) if union else 1.0


def _is_near(answer: Json, truth: Json, *, tolerance: float) -> bool:
    if not (is_number(answer) and is_number(truth)):
        return bool(answer is None and truth is None)
    rounding = 1e-9 * max(1.0, abs(answer), abs(truth))
    return bool(abs(answer - truth) <= tolerance + rounding)


def _folded(text: Json) -> str:
    return " ".join(unicodedata.normalize("NFKC", str(text or "")).casefold().split())
