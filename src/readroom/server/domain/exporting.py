"""Answers in words and numbers, as people and statistics programs read them."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from readroom.server.domain.ground_truth import AskedQuestion
from readroom.server.domain.json_values import Json, is_number
from readroom.server.domain.questions import BOOL, CHOICE, MULTIPLE_CHOICE, NUMBER

Cell = str | float | int | bool | datetime | None
SEPARATOR: Final = "; "
_SUSPECT: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "'")
_IS_HARMLESS: Final = re.compile(
    r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?|'(?!'*[=+\-@\t\r\n]).*", re.ASCII | re.IGNORECASE | re.DOTALL
)
"""A number, and an apostrophe that cannot be mistaken for the one that is put before a formula."""


class AskedIn:
    """A question of an exported study, with what its cells need."""

    __slots__ = ("answer_type", "id", "options", "ranks", "text", "titles")

    def __init__(self, question: AskedQuestion) -> None:
        spec = question.spec
        self.id = question.id
        self.text = spec.question_text
        self.answer_type = spec.answer_type
        self.titles = {option.id: option.title for option in spec.options}
        self.ranks = {option.id: rank for rank, option in enumerate(spec.options, start=1)}
        self.options = SEPARATOR.join(self.titles.values())


def words_of(value: Json, asked: AskedIn) -> Cell:
    """The answer as a person would write it: titles of options, numbers as numbers, annotations as JSON."""
    if value is None or isinstance(value, str | bool):
        return value
    if asked.answer_type == CHOICE:
        return asked.titles.get(value, str(value))
    if asked.answer_type == MULTIPLE_CHOICE:
        return SEPARATOR.join(asked.titles.get(entry, str(entry)) for entry in value)
    if is_number(value):
        number: float | int = value
        return number
    return json.dumps(value, ensure_ascii=False)


def rating_of(value: Json, asked: AskedIn) -> float | None:
    """The answer as a number on a scale: numbers as they are, yes as 1, options by their place, from 1."""
    if value is None:
        return None
    if asked.answer_type == NUMBER and is_number(value):
        return float(value)
    if asked.answer_type == BOOL:
        return float(value)
    if asked.answer_type == CHOICE and value in asked.ranks:
        return float(asked.ranks[value])
    return None


def question_columns(questions: Sequence[AskedIn], *, taken: Collection[str] = ()) -> list[str]:
    """One name per question: its text, with its id where two, or a question and another column, have the same."""
    texts = [*taken, *(question.text for question in questions)]
    return [
        question.text if texts.count(question.text) == 1 else f"{question.text} [{question.id}]"
        for question in questions
    ]


def kind_of(asked: AskedIn) -> str:
    """What a column of answers holds, for tables whose columns have types."""
    return {NUMBER: "number", BOOL: "flag"}.get(asked.answer_type, "text")


def safe_cell(cell: Cell) -> str | float | int:
    """Write a cell so that no spreadsheet takes a text for a formula; numbers keep their point."""
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(_SUSPECT) and not _IS_HARMLESS.fullmatch(cell) else cell
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return cell.isoformat() if isinstance(cell, datetime) else cell
