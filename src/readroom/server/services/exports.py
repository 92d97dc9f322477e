"""All answers of a study as one readable table: streamed, and of one moment, whoever answers meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from hashlib import blake2b
from itertools import chain, groupby
from typing import Any, Final
from uuid import UUID

import orjson
from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery, TextField
from django.db.models.functions import Cast

from readroom.server.db.models import Answer, StudyMember
from readroom.server.domain.errors import Invalid
from readroom.server.domain.exporting import AskedIn, Cell, question_columns, rating_of, words_of
from readroom.server.domain.permissions import Act
from readroom.server.services import audit
from readroom.server.services.access import Actor
from readroom.server.services.csv_files import MARK, to_csv
from readroom.server.services.ground_truth import asked_questions
from readroom.server.services.parquet_files import to_parquet
from readroom.server.services.roles import require_in_study
from readroom.server.services.studies import stream_of

BATCH: Final = 2000
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
_COLUMNS: Final = (
    "creator_id",
    "creator__username",
    "round__number",
    "round__title",
    "display_set_id",
    "display_set__title",
    "display_set__order",
    "question_id",
    "text",
    "truth",
    "score",
    "last_edit_duration",
    "total_edit_duration",
    "image_id",
    "created_at",
    "modified_at",
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
    questions = {question.id: AskedIn(question) for question in asked_questions(study_id)}
    table = (_long if wanted.layout == "long" else _wide)(study_id, questions, _names(study_id, wanted.names))
    if wanted.format == "csv":
        return chain([MARK], to_csv(table.columns, table.rows))
    return to_parquet(table.columns, [_kind_of(column) for column in table.columns], table.rows)


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


def _answers(study_id: UUID, questions: Iterable[UUID]) -> QuerySet[Answer]:
    """All that is exported, as one statement: a statement sees the tables as they were when it began."""
    truth = Answer.objects.filter(
        display_set_id=OuterRef("display_set_id"),
        question_id=OuterRef("question_id"),
        round_id=OuterRef("round_id"),
        is_ground_truth=True,
    )
    return Answer.objects.filter(study_id=study_id, is_ground_truth=False, question_id__in=list(questions)).annotate(
        text=Cast("value", TextField()), truth=Subquery(truth.annotate(t=Cast("value", TextField())).values("t")[:1])
    )


def _long(study_id: UUID, questions: dict[UUID, AskedIn], name: partial[str]) -> Table:
    rows = _answers(study_id, questions).order_by("created_at", "id").values_list(*_COLUMNS)
    found = rows.iterator(chunk_size=BATCH)
    return Table(LONG_COLUMNS, (_long_row(row, questions[row[7]], name) for row in found))


def _long_row(row: Sequence[Any], asked: AskedIn, name: partial[str]) -> Sequence[Cell]:
    user_id, username, number, arm, display_set, title, order, question, text, truth, score, last, total, image, *at = (
        row
    )
    value = orjson.loads(text) if text is not None else None
    return (
        name(user_id, username),
        arm,
        number,
        str(display_set),
        str(question),
        words_of(value, asked),
        rating_of(value, asked),
        words_of(orjson.loads(truth), asked) if truth is not None else None,
        _seconds(total),
        asked.text,
        asked.answer_type,
        asked.options,
        title,
        order,
        _seconds(last),
        score,
        str(image) if image else None,
        text,
        at[0],
        at[1],
    )


def _wide(study_id: UUID, questions: dict[UUID, AskedIn], name: partial[str]) -> Table:
    order = ("round__number", "creator__username", "display_set__order", "display_set__created_at", "display_set_id")
    rows = _answers(study_id, questions).order_by(*order).values_list(*_COLUMNS).iterator(chunk_size=BATCH)
    columns = question_columns(list(questions.values()))
    places = {question: place for place, question in enumerate(questions)}

    def wide_rows() -> Iterator[Sequence[Cell]]:
        for _, group in groupby(rows, key=lambda row: (row[2], row[0], row[4])):
            yield _wide_row(list(group), questions, places, name)

    return Table([*WIDE_COLUMNS, *columns], wide_rows())


def _wide_row(
    group: Sequence[Sequence[Any]], questions: dict[UUID, AskedIn], places: dict[UUID, int], name: partial[str]
) -> Sequence[Cell]:
    first = group[0]
    cells: list[Cell] = [None] * len(places)
    times = [row[12] for row in group if row[12] is not None]
    for row in group:
        value = orjson.loads(row[8]) if row[8] is not None else None
        cells[places[row[7]]] = words_of(value, questions[row[7]])
    head = (name(first[0], first[1]), first[3], first[2], str(first[4]), first[5], first[6])
    return (*head, _seconds(sum(times, timedelta())) if times else None, *cells)


def _seconds(duration: timedelta | None) -> float | None:
    return None if duration is None else duration.total_seconds()


def _kind_of(column: str) -> str:
    if column in MOMENTS:
        return "moment"
    return "number" if column in NUMBERS else "whole" if column in WHOLE_NUMBERS else "text"
