"""Ground truth as a table: one row per display set, one column per question, every fault named by row and column."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from readroom.server.domain.answers import check_answer, is_empty
from readroom.server.domain.errors import Invalid
from readroom.server.domain.json_values import Json
from readroom.server.domain.questions import BOOL, CHOICE, MULTIPLE_CHOICE, SCORABLE, TEXT, QuestionSpec

EXPLANATION: Final = "__explanation"
CASE_COLUMNS: Final = ("case", "display_set")
MAXIMUM_FAULTS: Final = 50
_WORDS: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedQuestion:
    """A question with its id, as tables refer to it."""

    id: UUID
    spec: QuestionSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What is right for one question of one display set."""

    display_set: UUID
    question: UUID
    value: Json
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """Where a table is wrong and why."""

    row: int
    column: str
    message: str


def scorable(questions: Iterable[AskedQuestion]) -> list[AskedQuestion]:
    return [question for question in questions if question.spec.answer_type in SCORABLE]


def parse_csv(data: bytes, *, questions: Sequence[AskedQuestion], display_sets: Mapping[str, UUID]) -> list[Truth]:
    """Read a table; `display_sets` maps ids and titles. Nothing is returned when anything is wrong."""
    rows = _rows_of(_decoded(data))
    if len(rows) < 2:
        raise Invalid("The file has no rows below its header.", field="ground_truth")
    header = [cell.strip() for cell in rows[0][1]]
    columns = _columns(header, scorable(questions))
    truths: list[Truth] = []
    faults: list[Fault] = []
    seen: dict[UUID, int] = {}
    for number, cells in rows[1:]:
        if len(cells) != len(header):
            faults.append(Fault(number, "", f"The row has {len(cells)} cells, the header {len(header)}."))
            continue
        display_set = display_sets.get(cells[columns.case].strip())
        if display_set is None:
            faults.append(Fault(number, header[columns.case], f"There is no display set {cells[columns.case]!r}."))
        elif display_set in seen:
            faults.append(Fault(number, header[columns.case], f"Row {seen[display_set]} has the same display set."))
        else:
            seen[display_set] = number
            _read_row(number, cells, columns=columns, display_set=display_set, truths=truths, faults=faults)
    refuse(faults)
    return truths


def refuse(faults: Sequence[Fault]) -> None:
    if faults:
        shown = [{"row": f.row, "column": f.column, "message": f.message} for f in faults[:MAXIMUM_FAULTS]]
        raise Invalid.of({"rows": shown})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Columns:
    case: int
    answers: Sequence[tuple[int, AskedQuestion]]
    explanations: Mapping[UUID, int]


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Invalid(f"The file is not UTF-8 (line {line}); save it as UTF-8.", field="ground_truth") from error


def _rows_of(text: str) -> list[tuple[int, list[str]]]:
    """Rows with their numbers, blank ones left out; commas, semicolons or tabs, single or double quotes."""
    first = text.lstrip().split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    is_single = f"{delimiter}'" in text or text.startswith("'")
    quotes: dict[str, Any] = {"quotechar": "'", "escapechar": "\\"} if is_single else {"quotechar": '"'}
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True, **quotes))
    except csv.Error as error:
        raise Invalid(f"The file is not a table: {error}.", field="ground_truth") from error
    return [(number, row) for number, row in enumerate(rows, start=1) if any(cell.strip() for cell in row)]


def _columns(header: Sequence[str], questions: Sequence[AskedQuestion]) -> _Columns:
    names: dict[str, list[AskedQuestion]] = {}
    for question in questions:
        for name in {str(question.id), question.spec.question_text.strip(), _long_name(question)}:
            names.setdefault(name, []).append(question)
    case = next((number for number, name in enumerate(header) if name in CASE_COLUMNS), None)
    if case is None:
        raise Invalid('The first column must be called "case".', field="ground_truth")
    answers, explanations, problems = [], {}, []
    for number, name in enumerate(header):
        if number == case:
            continue
        base = name.removesuffix(EXPLANATION)
        found = names.get(name) or names.get(base) or []
        if len(found) != 1:
            problems.append(
                f"No question is called {name!r}." if not found else f"Two questions are called {name!r}; use ids."
            )
        elif name not in names and base in names:
            explanations[found[0].id] = number
        else:
            answers.append((number, found[0]))
    given = [question.id for _, question in answers]
    problems += [f"The column {q.spec.question_text!r} is missing." for q in questions if q.id not in given]
    if len(set(given)) < len(given):
        problems.append("A question has two columns.")
    if problems:
        raise Invalid.of({"ground_truth": problems})
    return _Columns(case=case, answers=answers, explanations=explanations)


def _long_name(question: AskedQuestion) -> str:
    return f"{question.spec.question_text.strip()} [{question.id}]"


def _read_row(
    number: int, cells: Sequence[str], *, columns: _Columns, display_set: UUID, truths: list[Truth], faults: list[Fault]
) -> None:
    for place, question in columns.answers:
        spec = question.spec
        try:
            value = read_answer(_parse_cell(cells[place], answer_type=spec.answer_type), spec=spec)
        except Invalid as error:
            faults.append(Fault(number, spec.question_text, error.message))
            continue
        if value is None and is_empty(value, answer_type=spec.answer_type):
            continue
        explanation = cells[columns.explanations[question.id]] if question.id in columns.explanations else ""
        truths.append(
            Truth(display_set=display_set, question=question.id, value=value, explanation=_plain(explanation))
        )


def _plain(text: str) -> str:
    """An explanation, which may be written as a JSON text."""
    try:
        value = json.loads(text)
    except ValueError:
        return text.strip()
    return value if isinstance(value, str) else text.strip()


def _parse_cell(cell: str, *, answer_type: str) -> Json:
    text = cell.strip()
    if text in ("", "null"):
        return None
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    if answer_type == TEXT and not isinstance(value, str):
        return text
    if answer_type == BOOL and isinstance(value, str | int):
        return _WORDS.get(str(value).strip().lower(), value)
    return value


def read_answer(value: Json, *, spec: QuestionSpec) -> Json:
    """Turn titles of options into their ids, and check the value as an answer to its question."""
    ids = {option.title: option.id for option in spec.options}
    if spec.answer_type == CHOICE and value is not None:
        value = _option_id(value, ids)
    elif spec.answer_type == MULTIPLE_CHOICE and value is not None:
        value = [_option_id(entry, ids) for entry in (value if isinstance(value, list) else [value])]
    if value is None:
        if spec.required:
            raise Invalid("An answer to this question is required.")
        return None
    check_answer(value, question=spec)
    return value


def _option_id(value: Json, ids: Mapping[str, int | None]) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and value in ids.values():
        return value
    title = value if isinstance(value, str) else json.dumps(value)
    if title not in ids:
        raise Invalid(f"{title!r} is not an option; options are {', '.join(map(repr, ids))}.")
    return ids[title]


def example_rows(questions: Sequence[AskedQuestion], display_sets: Iterable[UUID]) -> Iterator[list[str]]:
    """Yield a table that can be uploaded as it is: a valid answer to everything, in the order of columns."""
    asked = scorable(questions)
    texts = [question.spec.question_text.strip() for question in asked]
    names = [
        _long_name(question) if texts.count(text) > 1 else text for question, text in zip(asked, texts, strict=True)
    ]
    yield ["case", *(cell for name in names for cell in (name, name + EXPLANATION))]
    for display_set in display_sets:
        yield [str(display_set), *(cell for question in asked for cell in (_example(question.spec), ""))]


def _example(spec: QuestionSpec) -> str:
    if spec.answer_type == CHOICE:
        return json.dumps(spec.options[0].title, ensure_ascii=False)
    if spec.answer_type == MULTIPLE_CHOICE:
        return json.dumps([spec.options[0].title], ensure_ascii=False)
    if spec.answer_type == TEXT:
        length = max(spec.answer_min_length or 0, min(7, spec.answer_max_length or 7))
        return json.dumps(("example " * (length // 8 + 1))[:length])
    if spec.answer_type == BOOL:
        return "true"
    return f"{spec.answer_min_value if spec.answer_min_value is not None else min(0, spec.answer_max_value or 0):g}"


def answer_text(value: Json, *, spec: QuestionSpec) -> Json:
    """An answer in words: titles of options instead of ids."""
    titles = {option.id: option.title for option in spec.options}
    if spec.answer_type == CHOICE:
        return titles.get(value, value)
    if spec.answer_type == MULTIPLE_CHOICE and isinstance(value, list):
        return ", ".join(sorted(str(titles.get(entry, entry)) for entry in value))
    return value
