"""Answers: what a valid one is, how long it took, and which of two edits is the later one."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from readroom.server.domain.annotations import check_annotation
from readroom.server.domain.errors import Invalid, TooLarge
from readroom.server.domain.json_values import MAXIMUM_IN_BROWSERS, Json, check_json, is_number, is_text, is_whole
from readroom.server.domain.matching import is_match
from readroom.server.domain.questions import (
    ANNOTATIONS,
    BOOL,
    CHOICE,
    HEADING,
    MASK,
    MULTIPLE_CHOICE,
    NUMBER,
    TEXT,
    QuestionSpec,
)

LONGEST_EDIT: Final = timedelta(days=1)
"""An edit that claims to have taken longer was a tab left open; it counts as this much."""

MOST_SESSIONS: Final = 8
"""Of this many reading sessions an answer remembers what they have counted; nobody works in more at one time."""

MAXIMUM_BYTES: Final = 16 * 1024 * 1024
_MASK_KEYS: Final = {"upload_session_pk"}


@dataclass(frozen=True, slots=True, kw_only=True)
class EditTime:
    """How long the last edit took, and all edits together."""

    last: timedelta | None
    total: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTime:
    """How long one reading session has been at an answer so far: told twice, or late, it counts once."""

    session: str
    so_far: timedelta


def is_empty(value: Json, *, answer_type: str) -> bool:
    """Whether an answer says nothing: an empty text, no option, or null."""
    if answer_type == TEXT:
        return bool(value == "")
    if answer_type == MULTIPLE_CHOICE:
        return bool(value == [])
    return value is None


def empty_value(answer_type: str) -> Json:
    return "" if answer_type == TEXT else [] if answer_type == MULTIPLE_CHOICE else None


def _is_mask(value: Json) -> bool:
    return isinstance(value, dict) and value.keys() == _MASK_KEYS and is_text(value["upload_session_pk"])


_SHAPES: Final[Mapping[str, tuple[Callable[[Json], bool], str]]] = {
    TEXT: (is_text, "a text"),
    BOOL: (lambda value: value is None or isinstance(value, bool), "true or false"),
    NUMBER: (lambda value: value is None or is_number(value), "a finite number"),
    CHOICE: (lambda value: value is None or is_whole(value), "the id of an option"),
    MULTIPLE_CHOICE: (lambda value: isinstance(value, list) and all(map(is_whole, value)), "a list of option ids"),
    MASK: (lambda value: value is None or _is_mask(value), "null until its image is uploaded"),
}


def check_shape(value: Json, *, answer_type: str) -> None:
    """Refuse a value that is not of the JSON shape of its type."""
    if answer_type == HEADING:
        raise Invalid("A heading cannot be answered.")
    check_json(value)
    if answer_type in ANNOTATIONS:
        if value is not None:
            check_annotation(value, label=answer_type)
        return
    is_fit, expected = _SHAPES[answer_type]
    if not is_fit(value):
        raise Invalid(f"The answer to a question of type {answer_type} must be {expected}.")


def check_content(value: Json, *, question: QuestionSpec) -> None:
    """Refuse an answer of the right shape that its question does not allow."""
    _check_options(value, question=question)
    if is_empty(value, answer_type=question.answer_type):
        if question.required and question.answer_type != MASK:
            raise Invalid("An answer to this question is required.")
        return
    if question.answer_type == NUMBER:
        _check_number(value, question=question)
    elif question.answer_type == TEXT:
        _check_text(value, question=question)


def check_answer(value: Json, *, question: QuestionSpec) -> None:
    check_shape(value, answer_type=question.answer_type)
    check_content(value, question=question)


def check_size(number_of_bytes: int) -> None:
    if number_of_bytes > MAXIMUM_BYTES:
        raise TooLarge(f"An answer has at most {MAXIMUM_BYTES // 2**20} MB; draw fewer or simpler annotations.")


def _check_options(value: Json, *, question: QuestionSpec) -> None:
    known: Collection[int | None] = {option.id for option in question.options}
    if question.answer_type == CHOICE and value is not None and value not in known:
        raise Invalid(f"{value} is not the id of an option of this question.")
    if question.answer_type == MULTIPLE_CHOICE:
        if unknown := [entry for entry in value if entry not in known]:
            raise Invalid(f"{unknown[0]} is not the id of an option of this question.")
        if len(set(value)) < len(value):
            raise Invalid("An option is chosen twice.")


def _check_number(value: float, *, question: QuestionSpec) -> None:
    if isinstance(value, int) and abs(value) > MAXIMUM_IN_BROWSERS:
        raise Invalid(f"Whole numbers must lie between -{MAXIMUM_IN_BROWSERS} and {MAXIMUM_IN_BROWSERS}.")
    minimum, maximum = question.answer_min_value, question.answer_max_value
    if minimum is not None and value < minimum:
        raise Invalid(f"The answer must be at least {minimum:g}.")
    if maximum is not None and value > maximum:
        raise Invalid(f"The answer must be at most {maximum:g}.")
    if question.answer_step_size is not None:
        offset = Decimal(str(minimum or 0))
        steps = float((Decimal(str(value)) - offset) / question.answer_step_size)
        if not math.isclose(steps, round(steps), rel_tol=1e-9, abs_tol=1e-6):
            raise Invalid(
                f"The answer must be {offset:f} plus a multiple of {question.answer_step_size.normalize():f}."
            )


def _check_text(value: str, *, question: QuestionSpec) -> None:
    shortest, longest = question.answer_min_length, question.answer_max_length
    if shortest is not None and len(value) < shortest:
        raise Invalid(f"The answer must have at least {shortest} characters.")
    if longest is not None and len(value) > longest:
        raise Invalid(f"The answer must have at most {longest} characters.")
    if question.answer_match_pattern and not is_match(question.answer_match_pattern, value):
        raise Invalid(f"The answer does not match the pattern {question.answer_match_pattern}.")


def add_edit_time(*, total: timedelta | None, last: timedelta | None) -> EditTime:
    """Sum the durations of edits; an edit without one adds nothing and loses nothing.

    A clock that ran backwards counts as no time, a tab left open over night as one day.
    """
    if last is None:
        return EditTime(last=None, total=total)
    bounded = min(max(last, timedelta(0)), LONGEST_EDIT)
    return EditTime(last=bounded, total=(total or timedelta(0)) + bounded)


def add_session_time(
    time: SessionTime, *, total: timedelta | None, counted: Iterable[Sequence[Any]]
) -> tuple[timedelta | None, list[list[Any]]]:
    """Add what a session has not counted yet; returns the new total and what each session has counted, in microseconds.

    A session only ever says a sum, so neither a repeated edit nor one whose reply was lost counts twice.
    """
    known = {session: timedelta(microseconds=number) for session, number in counted}
    before = known.pop(time.session, timedelta(0))
    added = min(max(time.so_far - before, timedelta(0)), LONGEST_EDIT)
    known[time.session] = before + added
    latest = list(known.items())[-MOST_SESSIONS:]
    return (total or timedelta(0)) + added, [[session, sum_ // timedelta(microseconds=1)] for session, sum_ in latest]


def is_late(*, stored: int | None, offered: int | None) -> bool:
    """Whether an edit was overtaken on its way by one that its client made later."""
    return stored is not None and offered is not None and offered <= stored


def kept_sequence(offered: int, *, now: datetime) -> int:
    """What is kept of an edit's number: one from a clock that is ahead would outrun what others edit later."""
    return min(offered, int(now.timestamp() * 1000))


_CLOCK: Final = re.compile(
    r"(?:(?P<days>-?\d{1,6})(?: days?,?)? )?(?:(?:(?P<hours>\d{1,8}):)?(?P<minutes>\d{1,8}):)?"
    r"(?P<seconds>\d{1,10})(?:[.,](?P<micro>\d{1,6})\d{0,6})?"
)
_ISO: Final = re.compile(
    r"(?P<sign>[-+]?)P(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?:(?P<hours>\d{1,8})H)?(?:(?P<minutes>\d{1,8})M)?(?:(?P<seconds>\d{1,10})(?:\.(?P<micro>\d{1,6})\d{0,6})?S)?)?"
)


def parse_duration(text: Json, *, field: str = "last_edit_duration") -> timedelta | None:
    """Read `[DD ][HH:]MM:SS[.f]` or ISO 8601 `P0DT00H01M30S`; a bare number means seconds."""
    if text is None:
        return None
    if is_number(text):
        text = f"{text:.6f}" if text >= 0 else "-"
    match = (_CLOCK.fullmatch(text) or _ISO.fullmatch(text)) if isinstance(text, str) else None
    if match is None or text in ("P", "PT", "-P"):
        raise Invalid("A duration is written [DD ][HH:]MM:SS[.ffffff].", field=field)
    parts = match.groupdict()
    duration = timedelta(
        days=int(parts["days"] or 0),
        hours=int(parts["hours"] or 0),
        minutes=int(parts["minutes"] or 0),
        seconds=int(parts["seconds"] or 0),
        microseconds=int((parts["micro"] or "0").ljust(6, "0")),
    )
    return -duration if parts.get("sign") == "-" else duration


def format_duration(duration: timedelta | None) -> str | None:
    """Write `[D ]HH:MM:SS[.ffffff]`."""
    if duration is None:
        return None
    minutes, seconds = divmod(duration.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days = f"{duration.days} " if duration.days else ""
    fraction = f".{duration.microseconds:06d}" if duration.microseconds else ""
    return f"{days}{hours:02d}:{minutes:02d}:{seconds:02d}{fraction}"
