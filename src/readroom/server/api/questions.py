"""Questions on the wire."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from readroom.server.api import paging, shapes
from readroom.server.api.auth import ActingRequest, known_writer
from readroom.server.api.documents import refuse_unknown
from readroom.server.api.origin import origin_of
from readroom.server.api.paging import PageOf
from readroom.server.api.replies import reply
from readroom.server.db.models import Question
from readroom.server.domain.errors import NotFound
from readroom.server.services import questions
from readroom.server.services.rich_text import to_html, without_tags
from readroom.server.services.studies import find_named

router = Router(tags=["questions"], auth=known_writer)


class OptionOut(Schema):
    id: int
    title: str
    default: bool


class OptionIn(Schema):
    title: str
    default: bool = False


class QuestionOut(Schema):
    pk: UUID
    api_url: str
    reader_study: str
    question_text: str
    question_text_safe: str
    help_text: str
    help_text_safe: str
    answer_type: str
    form_direction: str
    image_port: str
    default_annotation_color: str | None
    required: bool
    options: list[OptionOut]
    interface: shapes.SocketOut | None
    overlay_segments: list[dict[str, Any]] | None
    look_up_table: shapes.LookUpTableOut | None
    widget: str
    answer_min_value: float | None
    answer_max_value: float | None
    answer_step_size: str | None
    answer_min_length: int | None
    answer_max_length: int | None
    answer_match_pattern: str
    empty_answer_confirmation: bool
    empty_answer_confirmation_label: str
    empty_answer_confirmation_label_safe: str
    interactive_algorithms: list[str]
    algorithms: list[dict[str, Any]]
    order: int
    score_tolerance: float


class QuestionFieldsIn(Schema):
    question_text: str = ""
    help_text: str = ""
    widget: str = ""
    required: bool = True
    image_port: str = ""
    direction: str = "Horizontal"
    order: int = 100
    default_annotation_color: str = ""
    overlay_segments: list[dict[str, Any]] | None = None
    interface: str | None = None
    look_up_table: str | None = None
    answer_min_value: float | None = None
    answer_max_value: float | None = None
    answer_step_size: float | None = None
    answer_min_length: shapes.Count | None = None
    answer_max_length: shapes.Count | None = None
    answer_match_pattern: str = ""
    empty_answer_confirmation: bool = False
    empty_answer_confirmation_label: str = ""
    score_tolerance: float = 0
    options: list[OptionIn | str] | None = None


class QuestionIn(QuestionFieldsIn):
    """`reader_study` is the slug, the id or the address of a study."""

    reader_study: str
    question_text: str
    answer_type: str


class QuestionChangesIn(QuestionFieldsIn):
    answer_type: str = ""


def shape(origin: str, row: Question) -> dict[str, Any]:
    """A question as clients expect it; limits that are whole numbers are written as such."""
    step = row.answer_step_size
    base = f"{origin}/api/v1/reader-studies/"
    return {
        "pk": row.pk,
        "api_url": f"{base}questions/{row.pk}/",
        "reader_study": f"{base}{row.study_id}/",
        "question_text": row.question_text,
        "question_text_safe": without_tags(row.question_text),
        "help_text": row.help_text,
        "help_text_safe": to_html(row.help_text),
        "answer_type": row.answer_type,
        "form_direction": row.direction,
        "image_port": row.image_port.capitalize(),
        "default_annotation_color": row.default_annotation_color,
        "required": row.required,
        "options": [{"id": o.pk, "title": o.title, "default": o.default} for o in row.options.all()],
        "interface": shapes.socket(row.interface) if row.interface else None,
        "overlay_segments": row.overlay_segments,
        "look_up_table": shapes.look_up_table(row.look_up_table),
        "widget": row.widget,
        "answer_min_value": _whole(row.answer_min_value),
        "answer_max_value": _whole(row.answer_max_value),
        "answer_step_size": None if step is None else f"{step:.6f}".rstrip("0").rstrip("."),
        "answer_min_length": row.answer_min_length,
        "answer_max_length": row.answer_max_length,
        "answer_match_pattern": row.answer_match_pattern,
        "empty_answer_confirmation": row.empty_answer_confirmation,
        "empty_answer_confirmation_label": row.empty_answer_confirmation_label,
        "empty_answer_confirmation_label_safe": without_tags(row.empty_answer_confirmation_label),
        "interactive_algorithms": [],
        "algorithms": [],
        "order": row.order,
        "score_tolerance": row.score_tolerance,
    }


def _whole(number: float | None) -> float | int | None:
    return int(number) if number is not None and float(number).is_integer() else number


RELATED = ("interface__look_up_table", "look_up_table")


def shape_all(request: HttpRequest, rows: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - a query of questions
    origin = origin_of(request)
    return [shape(origin, row) for row in rows.select_related(*RELATED).prefetch_related("options")]


@router.get("", response=PageOf[QuestionOut])
def list_questions(request: ActingRequest) -> HttpResponse:
    """Questions of the studies you may see, in their order; `reader_study` chooses one."""
    page = paging.parse_page(request)
    rows = questions.visible_questions(request.actor, study_id=paging.uuid_filter(request, "reader_study"))
    found = shape_all(request, rows[page.offset : page.offset + page.limit])
    return paging.reply_page(request, page, rows.count(), found)


@router.post("", response={201: QuestionOut})
def create_question(request: ActingRequest, body: QuestionIn) -> HttpResponse:
    """Add a question; options are titles, or objects with a title and a default."""
    refuse_unknown(request, taken=QuestionIn, shown=QuestionOut)
    fields = body.dict(exclude_unset=True)
    study_id = find_named(fields.pop("reader_study"))
    if study_id is None:
        raise NotFound
    made = questions.create_question(request.actor, study_id=study_id, fields=fields)
    return _shown(request, made.pk, status=201)


@router.get("{uuid:pk}/", response=QuestionOut)
def show_question(request: ActingRequest, pk: UUID) -> HttpResponse:
    return _shown(request, pk)


@router.patch("{uuid:pk}/", response=QuestionOut)
def change_question(request: ActingRequest, pk: UUID, body: QuestionChangesIn) -> HttpResponse:
    """Change a question; once it has answers, only what does not change their meaning."""
    refuse_unknown(request, taken=QuestionChangesIn, shown=QuestionOut)
    questions.change_question(request.actor, question_id=pk, changes=body.dict(exclude_unset=True))
    return _shown(request, pk)


@router.delete("{uuid:pk}/", response={204: None})
def delete_question(request: ActingRequest, pk: UUID) -> HttpResponse:
    """Delete a question without answers."""
    questions.delete_question(request.actor, question_id=pk)
    return HttpResponse(status=204)


def _shown(request: ActingRequest, pk: UUID, *, status: int = 200) -> HttpResponse:
    found = shape_all(request, questions.visible_questions(request.actor).filter(pk=pk))
    if not found:
        raise NotFound
    return reply(found[0], status=status)
