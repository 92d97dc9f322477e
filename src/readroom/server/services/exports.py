"""All answers of a study as one readable table: streamed, and of one moment, whoever answers meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from hashlib import blake2b
from itertools import chain, groupby
from typing import Final
from uuid import UUID

import orjson
from django.db import transaction

from readroom.server.db.models import StudyMember
from readroom.server.domain.errors import Invalid
from readroom.server.domain.exporting import AskedIn, Cell, kind_of, question_columns, rating_of, words_of
from readroom.server.domain.permissions import Act
from readroom.server.services import audit, raw_rows
from readroom.server.services.access import Actor
from readroom.server.services.csv_files import MARK, to_csv
from readroom.server.services.exported_rows import BY_READER_AND_CASE, BY_TIME, ExportedRow, read_answers
from readroom.server.services.ground_truth import asked_questions
from readroom.server.services.parquet_files import to_parquet
from readroom.server.services.roles import require_in_study
from readroom.server.services.studies import stream_of

LONG_COLUMNS: Final = (
    "reader",
    "modality",
    "session",
    "display_set",
    "question",
    "answer",
    "rating",
    "truth",
    "seconds",
    "question_text",
    "answer_type",
    "options",
    "display_set_title",
    "display_set_order",
    "last_edit_seconds",
    "score",
    "answer_image",
    "answer_json",
    "created",
    "modified",
)
NUMBERS: Final = frozenset(("rating", "seconds", "last_edit_seconds", "score"))
WHOLE_NUMBERS: Final = frozenset(("session", "display_set_order"))
MOMENTS: Final = frozenset(("created", "modified"))
WIDE_COLUMNS: Final = (
    "reader",
    "modality",
    "session",
    "display_set",
    "display_set_title",
    "display_set_order",
    "seconds",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How a table is to look."""

    layout: str = "long"
    format: str = "csv"
    names: str = "username"

    def __post_init__(self) -> None:
        for name, words in (
            ("layout", ("long", "wide")),
            ("format", ("csv", "parquet")),
            ("names", ("username", "pseudonym")),
        ):
            if getattr(self, name) not in words:
                raise Invalid(f"Choose one of {', '.join(words)}.", field=name)


@dataclass(frozen=True, slots=True)
class Table:
    """A header and rows that are read while they are written out."""

    columns: Sequence[str]
    kinds: Sequence[str]
    rows: Iterator[Sequence[Cell]]


def export_answers(actor: Actor, *, study_id: UUID, wanted: Wanted) -> Iterator[bytes]:
    """Return the bytes of the file, piece by piece; the export itself is noted in the audit trail."""
    require_in_study(actor, Act.EXPORT_ANSWERS, study_id=study_id)
    with transaction.atomic():
        audit.record(
            actor,
            "export answers",
            target=("study", study_id),
            stream=stream_of(study_id),
            after={"layout": wanted.layout, "format": wanted.format, "names": wanted.names},
        )
    questions = {str(question.id): AskedIn(question) for question in asked_questions(study_id)}
    table = (_long if wanted.layout == "long" else _wide)(study_id, questions, _names(study_id, wanted.names))
    if wanted.format == "csv":
        return chain([MARK], to_csv(table.columns, table.rows))
    return to_parquet(table.columns, table.kinds, table.rows)


def _names(study_id: UUID, kind: str) -> partial[str]:
    pseudonyms = {
        user_id: of_study or own
        for user_id, of_study, own in StudyMember.objects.filter(study_id=study_id)
        .order_by("pseudonym")
        .values_list("user_id", "pseudonym", "user__pseudonym")
    }
    return partial(_name, study_id=study_id, pseudonyms=pseudonyms if kind == "pseudonym" else None)


def _name(user_id: int, username: str, *, study_id: UUID, pseudonyms: dict[int, str] | None) -> str:
    """The name in the table; readers without a pseudonym get one that is always the same."""
    if pseudonyms is None:
        return username
    digest = blake2b(f"{study_id}:{user_id}".encode(), digest_size=4).hexdigest()
    return pseudonyms.get(user_id) or f"reader-{digest}"


def _long(study_id: UUID, questions: dict[str, AskedIn], name: partial[str]) -> Table:
    rows = read_answers(study_id, questions, order=BY_TIME)
    return Table(LONG_COLUMNS, list(map(_kind_of, LONG_COLUMNS)), (_long_row(row, questions, name) for row in rows))


def _long_row(row: ExportedRow, questions: dict[str, AskedIn], name: partial[str]) -> Sequence[Cell]:
    value = orjson.loads(row.value) if row.value is not None else None
    question = raw_rows.shared_id_text(row.question_id)
    asked = questions[question]
    return (
        name(row.user_id, row.username),
        row.round_title,
        row.round_number,
        raw_rows.shared_id_text(row.display_set_id),
        question,
        words_of(value, asked),
        rating_of(value, asked),
        words_of(orjson.loads(row.truth), asked) if row.truth is not None else None,
        _seconds(raw_rows.duration(row.total_edit_duration)),
        asked.text,
        asked.answer_type,
        asked.options,
        row.title,
        row.order,
        _seconds(raw_rows.duration(row.last_edit_duration)),
        row.score,
        raw_rows.id_text(row.image_id) if row.image_id else None,
        row.value,
        raw_rows.to_moment(row.created_at),
        raw_rows.to_moment(row.modified_at),
    )


def _wide(study_id: UUID, questions: dict[str, AskedIn], name: partial[str]) -> Table:
    rows = read_answers(study_id, questions, order=BY_READER_AND_CASE)
    columns = question_columns(list(questions.values()), taken=WIDE_COLUMNS)
    kinds = [*map(_kind_of, WIDE_COLUMNS), *map(kind_of, questions.values())]
    places = {question: place for place, question in enumerate(questions)}

    def wide_rows() -> Iterator[Sequence[Cell]]:
        for _, group in groupby(rows, key=lambda row: (row.round_number, row.user_id, row.display_set_id)):
            yield _wide_row(list(group), questions, places, name)

    return Table([*WIDE_COLUMNS, *columns], kinds, wide_rows())


def _wide_row(
    group: Sequence[ExportedRow], questions: dict[str, AskedIn], places: dict[str, int], name: partial[str]
) -> Sequence[Cell]:
    first = group[0]
    cells: list[Cell] = [None] * len(places)
    times = [time for row in group if (time := raw_rows.duration(row.total_edit_duration)) is not None]
    for row in group:
        question = raw_rows.shared_id_text(row.question_id)
        value = orjson.loads(row.value) if row.value is not None else None
        cells[places[question]] = words_of(value, questions[question])
    case = (raw_rows.id_text(first.display_set_id), first.title, first.order)
    head = (name(first.user_id, first.username), first.round_title, first.round_number, *case)
    return (*head, _seconds(sum(times, timedelta())) if times else None, *cells)


def _seconds(duration: timedelta | None) -> float | None:
    return None if duration is None else duration.total_seconds()


def _kind_of(column: str) -> str:
    if column in MOMENTS:
        return "moment"
    return "number" if column in NUMBERS else "whole" if column in WHOLE_NUMBERS else "text"
