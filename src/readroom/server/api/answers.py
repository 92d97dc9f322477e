"""Answers on the wire."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import lru_cache, partial
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema

from readroom.server.api import paging
from readroom.server.api.auth import ActingRequest, known_writer
from readroom.server.api.documents import given_fields
from readroom.server.api.origin import origin_of
from readroom.server.api.paging import PageOf
from readroom.server.api.replies import raw_reply, reply, to_text
from readroom.server.api.shapes import parse_hyperlink
from readroom.server.db.models import Answer
from readroom.server.domain.answers import SessionTime, check_size, format_duration, parse_duration
from readroom.server.domain.errors import Invalid
from readroom.server.services import answer_lists, answers, moments
from readroom.server.services.answer_lists import Asked, Row
from readroom.server.services.answers import Draft

router = Router(tags=["answers"], auth=known_writer)
CHANGEABLE = frozenset(
    ("answer", "last_edit_duration", "sequence", "score", "reading_session", "reading_session_duration")
)


class AnswerOut(Schema):
    pk: UUID
    api_url: str
    answer: Any = None
    created: str
    modified: str
    creator: str
    display_set: str | None
    question: str
    answer_image: str | None
    last_edit_duration: str | None
    total_edit_duration: str | None
    is_ground_truth: bool
    score: float | None


class AnswerIn(Schema):
    """`sequence` counts the edits of a client: of two, the one with the higher number wins, whichever comes first.

    `reading_session` names what the client did since it was started, `reading_session_duration` says how long it has
    been at this answer since then: the time of an edit that arrives twice, or whose reply was lost, counts once.
    """

    question: str
    display_set: str
    answer: Any = None
    last_edit_duration: str | float | None = None
    sequence: Annotated[int, Field(ge=0, le=2**63 - 1)] | None = None
    reading_session: Annotated[str, Field(pattern="^[0-9A-Za-z-]{8,36}$")] | None = None
    reading_session_duration: str | float | None = None


class AnswerChangesIn(Schema):
    answer: Any = None
    last_edit_duration: str | float | None = None
    sequence: Annotated[int, Field(ge=0, le=2**63 - 1)] | None = None
    reading_session: Annotated[str, Field(pattern="^[0-9A-Za-z-]{8,36}$")] | None = None
    reading_session_duration: str | float | None = None


class HistoryOut(Schema):
    at: str
    by: str
    act: str
    before: Any = None
    after: Any = None


class Writer:
    """Writes answers as JSON text, straight from their rows."""

    def __init__(self, request: HttpRequest) -> None:
        origin = to_text(origin_of(request))[:-1]
        self.base = f"{origin}/api/v1/reader-studies/"
        self.images = f"{origin}/api/v1/cases/images/"

    def write(self, row: Row) -> str:
        image = f'{self.images}{row.image_id}/"' if row.image_id else "null"
        return (
            f'{{"pk":"{row.id}","api_url":{self.base}answers/{row.id}/","answer":{row.value or "null"},'
            f'"created":"{row.created_at}","modified":"{row.modified_at}","creator":{written(row.creator)},'
            f'"display_set":{self.base}display-sets/{row.display_set_id}/",'
            f'"question":{self.base}questions/{row.question_id}/","answer_image":{image},'
            f'"last_edit_duration":{duration_text(row.last_edit_duration)},'
            f'"total_edit_duration":{duration_text(row.total_edit_duration)},'
            f'"is_ground_truth":{"true" if row.is_ground_truth else "false"},"score":{written(row.score)}}}'
        )


@lru_cache(maxsize=1024)
def written(value: str | float | None) -> str:
    return to_text(value)


@lru_cache(maxsize=4096)
def duration_text(duration: timedelta | None) -> str:
    return to_text(format_duration(duration))


def reply_answers(request: HttpRequest, page: paging.Page, found: tuple[int, list[Row]]) -> HttpResponse:
    count, rows = found
    texts = ",".join(map(Writer(request).write, rows))
    return paging.reply_written_page(request, page, count, f"[{texts}]".encode())


def _asked(request: HttpRequest) -> Asked:
    return Asked(
        study_id=paging.uuid_filter(request, "question__reader_study"),
        display_set_id=paging.uuid_filter(request, "display_set"),
        question_id=paging.uuid_filter(request, "question"),
        creator=paging.text_filter(request, "creator"),
        is_ground_truth=paging.flag_filter(request, "is_ground_truth"),
    )


@router.get("", response=PageOf[AnswerOut])
def list_answers(request: ActingRequest) -> HttpResponse:
    """Your own answers, and all answers of the studies you edit."""
    page = paging.parse_page(request)
    found = answer_lists.list_answers(request.actor, asked=_asked(request), offset=page.offset, limit=page.limit)
    return reply_answers(request, page, found)


@router.get("mine/", response=PageOf[AnswerOut])
def list_my_answers(request: ActingRequest) -> HttpResponse:
    """Your own answers, without ground truth."""
    page = paging.parse_page(request)
    found = answer_lists.list_my_answers(request.actor, asked=_asked(request), offset=page.offset, limit=page.limit)
    return reply_answers(request, page, found)


@router.post("", response={201: AnswerOut})
def record_answer(request: ActingRequest, body: AnswerIn) -> HttpResponse:
    """Answer a question of a display set, once."""
    check_size(len(request.body))
    question_id = parse_hyperlink(body.question, route="reader-studies/questions", field="question")
    display_set_id = parse_hyperlink(body.display_set, route="reader-studies/display-sets", field="display_set")
    if question_id is None or display_set_id is None:
        raise Invalid("This field may not be null.", field="question" if question_id is None else "display_set")
    draft = replace(_draft(body), arrived_at=request.META.get("readroom.arrived_at"))
    made = answers.record_answer(request.actor, question_id=question_id, display_set_id=display_set_id, draft=draft)
    request.META["readroom.when_told"] = partial(moments.tell, made.id)
    return _written(request, made, status=201)


@router.get("{uuid:pk}/", response=AnswerOut)
def show_answer(request: ActingRequest, pk: UUID) -> HttpResponse:
    row = answer_lists.find_answer(request.actor, answer_id=pk)
    return raw_reply(Writer(request).write(row).encode())


@router.patch("{uuid:pk}/", response=AnswerOut)
def edit_answer(request: ActingRequest, pk: UUID, body: AnswerChangesIn) -> HttpResponse:
    """Change your own answer, where the study allows it; only the answer and how long the edit took."""
    return _edit(request, pk, body)


@router.put("{uuid:pk}/", response=AnswerOut)
def replace_answer(request: ActingRequest, pk: UUID, body: AnswerChangesIn) -> HttpResponse:
    """Like PATCH."""
    return _edit(request, pk, body)


def _edit(request: ActingRequest, pk: UUID, body: AnswerChangesIn) -> HttpResponse:
    check_size(len(request.body))
    draft = _draft(body)
    answers.require_change(request.actor, answer_id=pk)
    if surplus := sorted(given_fields(request) - CHANGEABLE):
        raise Invalid(f"Only answer and last_edit_duration can be changed, not {', '.join(surplus)}.")
    return _written(request, answers.edit_answer(request.actor, answer_id=pk, draft=draft))


@router.delete("{uuid:pk}/", response={204: None})
def delete_answer(request: ActingRequest, pk: UUID) -> HttpResponse:
    """Delete an answer, as an editor; the audit trail keeps it."""
    answers.delete_answer(request.actor, answer_id=pk)
    return HttpResponse(status=204)


@router.get("{uuid:pk}/history/", response=list[HistoryOut])
def show_history(request: ActingRequest, pk: UUID) -> HttpResponse:
    """Every state this answer was in, oldest first."""
    return reply(answer_lists.history_of(request.actor, answer_id=pk))


def _draft(body: AnswerIn | AnswerChangesIn) -> Draft:
    duration = parse_duration(body.last_edit_duration)
    so_far = parse_duration(body.reading_session_duration, field="reading_session_duration")
    is_told = body.reading_session is not None and so_far is not None
    spent = SessionTime(session=body.reading_session or "", so_far=so_far or timedelta(0)) if is_told else None
    return Draft(value=body.answer, duration=duration, sequence=body.sequence, session_time=spent)


def _written(request: ActingRequest, answer: Answer, *, status: int = 200) -> HttpResponse:
    row = answer_lists.row_of(request.actor, answer)
    return raw_reply(Writer(request).write(row).encode(), status=status)
