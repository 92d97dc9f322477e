"""From a file or frame as it comes to the columns we compute with, every cell checked."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from readroom.stats.errors import (
    BadTable,
    ContradictoryTruth,
    DuplicateReading,
    EmptySelection,
    MissingColumn,
    NotANumber,
    UnknownOption,
    UnreadableTable,
)
from readroom.stats.exported import by_identifier, in_words, listed_options, spoken, unshielded

KEYS = ("reader", "modality", "session", "display_set", "question")
"""The columns that name a reading; absent or empty modality, session and question become one unnamed value."""

NEEDED = ("reader", "display_set")
"""Those that no table may lack."""

CONTENT = ("answer", "rating", "truth", "seconds")
"""What a reading holds. Every other column is a covariate."""

ONLY_ONE = "-"
"""The name of the single modality, session or question of a table that names none."""

LARGEST_FILE = 1 << 28
"""Bytes; a million readings are about a third of it."""

LARGEST_TABLE = 1 << 31
"""Bytes that a Parquet file may unpack to."""

Option = str | int | float | bool


def label(value: object) -> str | None:
    """The one spelling of an answer, an option or a name: ``1``, ``1.0`` and ``"1"`` are the same, None is missing."""
    if value is None or value is pd.NA or (isinstance(value, float | np.floating) and np.isnan(value)):
        return None
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value).strip() or None


def counting_order(name: str) -> list[tuple[int, str]]:
    """Sort key that puts R2 before R10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]


def read_columns(
    raw: pd.DataFrame,
    columns: Mapping[str, str],
    options: Sequence[Option] | Mapping[str, Sequence[Option]] | None,
) -> tuple[pd.DataFrame, dict[str, tuple[str, ...]]]:
    """The checked frame, and the options of each question."""
    frame = _complete_from_each_other(_canonical(raw, columns))
    by_question = _options_by_question(frame, options)
    frame = _with_known_options(frame, by_question)
    _refuse_duplicates(frame)
    _refuse_two_truths(frame)
    return frame, by_question


def load(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise UnreadableTable(f"{path} is not a file; give the path of a CSV or Parquet file.")
    if path.stat().st_size > LARGEST_FILE:
        raise UnreadableTable(f"{path.name} is larger than {LARGEST_FILE >> 20} MiB; split it by question.")
    try:
        if path.suffix.lower() in {".parquet", ".pq"}:
            return _load_parquet(path)
        return unshielded(pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""], encoding="utf-8-sig"))
    except (ValueError, OSError, pd.errors.ParserError) as error:
        raise UnreadableTable(
            f"{path.name} cannot be read as a table ({error}); give CSV (UTF-8, one header row) or Parquet."
        ) from error


def _load_parquet(path: Path) -> pd.DataFrame:
    """A small file can unpack to a huge table: its own account of that is read first."""
    parquet: Any = importlib.import_module("pyarrow.parquet")
    metadata = parquet.ParquetFile(path).metadata
    unpacked = sum(metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups))
    if unpacked > LARGEST_TABLE or metadata.num_rows * metadata.num_columns > LARGEST_TABLE // 8:
        raise UnreadableTable(f"{path.name} unpacks to more than {LARGEST_TABLE >> 30} GiB; split it by question.")
    return pd.read_parquet(path)


def _renamed(raw: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """The table under our names, with the columns that nothing works without."""
    absent = [name for name in columns.values() if name not in raw]
    if absent:
        raise MissingColumn(
            f"'columns' names {absent[0]!r}, which the table does not have: {', '.join(map(str, raw))}."
        )
    given = in_words(raw, columns).rename(columns={theirs: ours for ours, theirs in columns.items()})
    double = given.columns[given.columns.duplicated()]
    if len(double):
        raise BadTable(f"There are two columns {str(double[0])!r}; rename one of them.")
    for needed in NEEDED:
        _require_column(given, needed)
    if "answer" not in given and "rating" not in given:
        raise MissingColumn(
            "There is neither a column 'answer' nor 'rating'; rename one in the file, or name yours in 'columns'."
        )
    if given.empty:
        raise EmptySelection("The table has no rows; export it again when answers have been given.")
    return given


def _canonical(raw: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    given = _renamed(raw, columns)
    frame = pd.DataFrame(index=pd.RangeIndex(2, len(given) + 2, name="line"))
    for key in KEYS:
        frame[key] = _texts(given[key]).to_numpy() if key in given else None
        if key not in NEEDED and frame[key].isna().all():
            frame[key] = ONLY_ONE
        if frame[key].isna().any():
            raise MissingColumn(f"Column {key!r} is empty in {_lines(frame, frame[key].isna())}; fill it.")
    for column in ("answer", "truth"):
        frame[column] = _texts(given[column]).to_numpy() if column in given else None
    for column in ("rating", "seconds"):
        frame[column] = _floats(given[column], frame, column) if column in given else np.nan
    for covariate in given.columns.difference([*KEYS, *CONTENT], sort=False):
        frame[covariate] = given[covariate].to_numpy()
    return frame


def _require_column(frame: pd.DataFrame, name: str) -> None:
    if name not in frame:
        raise MissingColumn(
            f"There is no column {name!r} among {', '.join(map(str, frame.columns))}; "
            "rename it in the file, or name yours in 'columns'."
        )


def require_columns(frame: pd.DataFrame, columns: Sequence[str], *, name: str, filled: Sequence[str]) -> None:
    """Refuse a table beside the readings that lacks a column, or has an empty cell in one that must be filled."""
    absent = [column for column in columns if column not in frame]
    if absent:
        there = ", ".join(map(str, frame.columns))
        raise MissingColumn(f"The table of {name} has no column {absent[0]!r}; there are {there}.")
    for column in filled:
        empty = np.flatnonzero(frame[column].isna())
        if len(empty):
            raise MissingColumn(f"Column {column!r} of the table of {name} is empty in line {empty[0] + 2}; fill it.")


def _texts(column: pd.Series[Any]) -> pd.Series[Any]:
    return column.map(label).astype(object)


def _floats(column: pd.Series[Any], frame: pd.DataFrame, name: str) -> npt.NDArray[np.float64]:
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(float)
    bad = (np.isnan(numbers) & column.map(label).notna().to_numpy()) | np.isinf(numbers)
    if bad.any():
        where = _lines(frame, pd.Series(bad, index=frame.index))
        raise NotANumber(
            f"Column {name!r} holds {column.to_numpy()[bad][0]!r} in {where}; "
            "write a number with a decimal point, or leave it empty where it is missing."
        )
    return numbers


def _lines(frame: pd.DataFrame, rows: pd.Series[bool]) -> str:
    """Rows as a text editor numbers them: the header is line 1."""
    lines = [str(line) for line in frame.index[rows]]
    more = ", ..." if len(lines) > 3 else ""
    return f"{'line' if len(lines) == 1 else 'lines'} {', '.join(lines[:3])}{more}"


def several(wanted: Option | Iterable[Option]) -> list[Option]:
    return [wanted] if isinstance(wanted, str) or not isinstance(wanted, Iterable) else list(wanted)


def labels(positive: Option | Iterable[Option]) -> frozenset[str]:
    return frozenset(name for name in map(label, several(positive)) if name is not None)


def _options_by_question(
    frame: pd.DataFrame, options: Sequence[Option] | Mapping[str, Sequence[Option]] | None
) -> dict[str, tuple[str, ...]]:
    listed: dict[str, tuple[str, ...]] = dict(listed_options(frame))
    if options is None:
        return listed
    questions = sorted(set(frame["question"]))
    given = by_identifier(frame, options) if isinstance(options, Mapping) else dict.fromkeys(questions, options)
    lists = listed | {question: tuple(str(label(option)) for option in row) for question, row in given.items()}
    for question, row in lists.items():
        if len(set(row)) != len(row):
            raise UnknownOption(f"The options of {question!r} name one option twice: {', '.join(row)}.")
    return lists


def _with_known_options(frame: pd.DataFrame, options: Mapping[str, tuple[str, ...]]) -> pd.DataFrame:
    """Spell every answer as its option; refuse those that match none."""
    for question, names in options.items():
        rows = (frame["question"] == question) & frame["answer"].notna()
        spelled = frame.loc[rows, "answer"].map(lambda answer, names=names: _match(answer, names))
        unknown = spelled.isna()
        if unknown.any():
            line = spelled.index[unknown][0]
            raise UnknownOption(
                f"Line {line}: {frame.loc[line, 'answer']!r} is no option of "
                f"{spoken(frame, 'question', question)!r} ({', '.join(names)}); "
                "mend the answer, or give the full list of options."
            )
        frame.loc[rows, "answer"] = spelled
    return frame


def _match(answer: str, names: tuple[str, ...]) -> str | None:
    if answer in names:
        return answer
    try:
        number = label(float(answer))
    except ValueError:
        return None
    return number if number in names else None


def _complete_from_each_other(frame: pd.DataFrame) -> pd.DataFrame:
    """A question with numeric answers and no ratings is rated by its answers; one with ratings alone answers them."""
    for question in frame["question"].unique():
        rows = frame["question"] == question
        if frame.loc[rows, "rating"].isna().all():
            frame.loc[rows, "rating"] = _as_numbers_or_nothing(frame.loc[rows, "answer"])
        elif frame.loc[rows, "answer"].isna().all():
            frame.loc[rows, "answer"] = frame.loc[rows, "rating"].map(label).astype(object)
    return frame


def _as_numbers_or_nothing(answers: pd.Series[Any]) -> npt.NDArray[np.float64]:
    numbers = pd.to_numeric(answers, errors="coerce").to_numpy(float)
    is_text = np.isnan(numbers) & answers.notna().to_numpy()
    return np.full(len(numbers), np.nan) if is_text.any() else numbers


def _refuse_duplicates(frame: pd.DataFrame) -> None:
    repeated = frame.duplicated(list(KEYS), keep=False)
    if repeated.any():
        first = frame[repeated].iloc[0]
        same = (frame[list(KEYS)] == first[list(KEYS)]).all(axis=1)
        raise DuplicateReading(
            f"{first['reader']} answered {first['question']!r} of {first['display_set']} twice "
            f"({_lines(frame, same)}); remove one row, or give each pass its own value in the column session."
        )


def _refuse_two_truths(frame: pd.DataFrame) -> None:
    known = frame[frame["truth"].notna()]
    counts = known.groupby(["question", "display_set"])["truth"].nunique()
    double = counts[counts > 1]
    if len(double):
        question, case = double.index[0]
        rows = (frame["question"] == question) & (frame["display_set"] == case)
        truths = ", ".join(sorted(set(frame.loc[rows, "truth"].dropna())))
        raise ContradictoryTruth(
            f"The truth of {question!r} of {case} is given as {truths} ({_lines(frame, rows)}); keep one."
        )
