"""Tables of the platform: what names its questions and options, and undoing what protects a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pandas as pd

NAMED_BY = {"question": "question_text", "display_set": "display_set_title"}
"""Identifiers, and the column with the words that people know them by."""

CHOICE = "choice"
SEPARATOR = "; "
SHIELD = r"^'(?='*[=+\-@\t\r\n])"
"""The apostrophe before a text that a spreadsheet would take for a formula."""


def unshielded(table: pd.DataFrame) -> pd.DataFrame:
    """The texts as they were given."""
    return table.replace(SHIELD, "", regex=True)


def in_words(table: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """The table without the identifiers that give way to words.

    The client's table holds identifiers of options in ``answer``, and their titles in ``answer_text``; and a caller may
    have cases and questions of several studies called by title and text: ``{"display_set": "display_set_title"}``.
    """
    given_way = [name for name, words in columns.items() if NAMED_BY.get(name) == words and words in table]
    if "answer_text" not in table or "answer" not in table:
        return table.drop(columns=given_way, errors="ignore")
    return table.drop(columns=[*given_way, "answer"], errors="ignore").rename(columns={"answer_text": "answer"})


def identifiers(frame: pd.DataFrame, column: str, wanted: Iterable[str | None]) -> set[str]:
    """The wanted values of a column, of which some may be given by their words."""
    names = {name for name in wanted if name is not None}
    words = NAMED_BY.get(column, "")
    if words not in frame:
        return names
    return names | set(frame.loc[frame[words].isin(names), column])


def spoken(frame: pd.DataFrame, column: str, value: str) -> str:
    """The words for an identifier, or the identifier itself."""
    words = NAMED_BY.get(column, "")
    if words not in frame:
        return value
    known = frame.loc[frame[column] == value, words].dropna()
    return str(known.iloc[0]) if len(known) else value


def listed_options(frame: pd.DataFrame) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The full lists of options that the table itself gives, for questions with one choice.

    A list in which an answer is missing was cut in the wrong places (an option holds the separator): it is left out.
    """
    if "options" not in frame or "answer_type" not in frame:
        return
    is_choice = frame["answer_type"].astype(str).str.lower() == CHOICE
    for question, rows in frame[is_choice].groupby("question"):
        lists: set[Any] = set(rows["options"].dropna())
        options = tuple(part.strip() for part in lists.pop().split(SEPARATOR)) if len(lists) == 1 else ()
        if len(options) == len(set(options)) and set(rows["answer"].dropna()) <= set(options):
            yield str(question), options


def by_identifier(frame: pd.DataFrame, given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings per question, keyed by identifier where they were keyed by its text."""
    return {question: value for name, value in given.items() for question in sorted(_known(frame, name))}


def _known(frame: pd.DataFrame, name: str) -> set[str]:
    found = identifiers(frame, "question", [name]) & set(frame["question"])
    return found or {name}
