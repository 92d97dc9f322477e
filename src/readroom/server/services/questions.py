"""Questions of a study: add, change, delete, list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from readroom.server.db.models import Answer, LookUpTable, Question, QuestionOption, ReaderStudy, Socket
from readroom.server.domain import hanging
from readroom.server.domain import questions as rules
from readroom.server.domain.errors import Invalid, Locked
from readroom.server.domain.permissions import Act
from readroom.server.services import audit, scores
from readroom.server.services.access import Actor
from readroom.server.services.roles import require_in_study, studies_where
from readroom.server.services.studies import kinds_of_sockets, stream_of, study_of

PLAIN_FIELDS: Final = (
    "question_text",
    "help_text",
    "answer_type",
    "widget",
    "required",
    "image_port",
    "direction",
    "order",
    "default_annotation_color",
    "overlay_segments",
    "answer_min_value",
    "answer_max_value",
    "answer_step_size",
    "answer_min_length",
    "answer_max_length",
    "answer_match_pattern",
    "empty_answer_confirmation",
    "empty_answer_confirmation_label",
    "score_tolerance",
)
"""Fields of a question that are copied and written into the file of a study; beside them options and sockets."""


def visible_questions(actor: Actor, *, study_id: UUID | None = None) -> QuerySet[Question]:
    """The questions an actor may see, in their order; a study he may not see is no valid filter."""
    if study_id is not None:
        if not studies_where(actor, Act.VIEW_STUDY).filter(pk=study_id).exists():
            raise Invalid(
                "Select a valid choice. That choice is not one of the available choices.", field="reader_study"
            )
        rows = Question.objects.filter(study_id=study_id)
    else:
        rows = Question.objects.all()
    allowed = studies_where(actor, Act.VIEW_QUESTION).values("pk")
    return rows.filter(study_id__in=allowed).order_by("order", "created_at", "id")


def to_spec(question: Question, *, options: Sequence[QuestionOption | rules.Option]) -> rules.QuestionSpec:
    """The question as its rules see it."""
    socket = question.interface
    step = question.answer_step_size
    return rules.QuestionSpec(
        question_text=question.question_text,
        answer_type=question.answer_type,
        required=question.required,
        widget=question.widget,
        image_port=question.image_port,
        direction=question.direction,
        order=question.order,
        default_annotation_color=question.default_annotation_color,
        overlay_segments=question.overlay_segments,
        interface_kind=socket.kind if socket else None,
        interface_segments=socket.overlay_segments if socket else None,
        answer_min_value=question.answer_min_value,
        answer_max_value=question.answer_max_value,
        answer_step_size=None if step is None else Decimal(str(step)),
        answer_min_length=question.answer_min_length,
        answer_max_length=question.answer_max_length,
        answer_match_pattern=question.answer_match_pattern,
        empty_answer_confirmation=question.empty_answer_confirmation,
        score_tolerance=question.score_tolerance,
        options=[rules.Option(title=option.title, id=option.id, default=option.default) for option in options],
    )


def create_question(
    actor: Actor, *, study_id: UUID, fields: Mapping[str, Any], question_id: UUID | None = None
) -> Question:
    require_in_study(actor, Act.EDIT_STUDY, study_id=study_id)
    with transaction.atomic():
        study = ReaderStudy.objects.select_for_update().get(pk=study_id)
        question = Question(study=study)
        if question_id is not None:
            question.id = question_id
        answer_type = fields.get("answer_type", "")
        question.required = answer_type not in (rules.BOOL, rules.HEADING)
        question.widget = rules.default_widget_of(answer_type)
        options = _parse_options(fields.get("options") or ())
        _apply(question, fields, options=options)
        question.save(force_insert=True)
        _write_options(question, options)
        audit.record(
            actor,
            "add question",
            target=("question", question.id),
            stream=stream_of(study_id),
            after=snapshot(question, options),
        )
    return question


def change_question(actor: Actor, *, question_id: UUID, changes: Mapping[str, Any], why: str = "") -> Question:
    """Change a question; what its answers mean cannot change once there are any."""
    study_id = study_of(Question.objects, question_id)
    require_in_study(actor, Act.EDIT_STUDY, study_id=study_id, seen_by=Act.VIEW_QUESTION)
    with transaction.atomic():
        question = (
            Question.objects.select_for_update(of=("self",)).select_related("study", "interface").get(pk=question_id)
        )
        stored = list(question.options.all())
        options = _parse_options(changes["options"]) if "options" in changes else [_to_option(o) for o in stored]
        before = snapshot(question, [_to_option(option) for option in stored])
        _apply(question, changes, options=options)
        after = snapshot(question, options)
        changed = [name for name in after if after[name] != before[name]]
        if not changed:
            return question
        rules.check_change(changed, has_answers=Answer.objects.filter(question_id=question_id).exists())
        question.save()
        if "options" in changed:
            question.options.all().delete()
            _write_options(question, options)
        if "score_tolerance" in changed:
            scores.score_study_again(study_id)
        audit.record(
            actor,
            "change question",
            target=("question", question_id),
            stream=stream_of(study_id),
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
            why=why,
        )
    return question


def delete_question(actor: Actor, *, question_id: UUID, why: str = "") -> None:
    study_id = study_of(Question.objects, question_id)
    require_in_study(actor, Act.EDIT_STUDY, study_id=study_id, seen_by=Act.VIEW_QUESTION)
    with transaction.atomic():
        question = Question.objects.select_for_update().get(pk=question_id)
        if Answer.objects.filter(question_id=question_id).exists():
            raise Locked("This question has answers; delete them first.")
        before = snapshot(question, [_to_option(option) for option in question.options.all()])
        question.delete()
        audit.record(
            actor,
            "delete question",
            target=("question", question_id),
            stream=stream_of(study_id),
            before=before,
            why=why,
        )


def snapshot(question: Question, options: Sequence[rules.Option]) -> dict[str, Any]:
    row = {name: getattr(question, name) for name in PLAIN_FIELDS}
    step = row["answer_step_size"]
    row["answer_step_size"] = None if step is None else f"{Decimal(str(step)).normalize():f}"
    row["interface"] = question.interface_id
    row["look_up_table"] = question.look_up_table_id
    row["options"] = [[option.title, option.default] for option in options]
    return row


def _to_option(option: QuestionOption) -> rules.Option:
    return rules.Option(title=option.title, id=option.id, default=option.default)


def _parse_options(given: Any) -> list[rules.Option]:  # noqa: ANN401 - as it came over the wire
    """Options as titles or as objects with a title and a default."""
    options = []
    for entry in given or ():
        row = {"title": entry} if isinstance(entry, str) else entry
        if not isinstance(row, Mapping) or not isinstance(row.get("title"), str):
            raise Invalid('Options are titles, or objects like {"title": "Yes", "default": true}.', field="options")
        options.append(rules.Option(title=row["title"].strip(), default=bool(row.get("default", False))))
    return options


def _write_options(question: Question, options: Sequence[rules.Option]) -> None:
    for option in options:
        QuestionOption.objects.create(question=question, title=option.title, default=option.default)


def _apply(question: Question, fields: Mapping[str, Any], *, options: Sequence[rules.Option]) -> None:
    for name in PLAIN_FIELDS:
        if name in fields:
            value = fields[name]
            setattr(question, name, value.strip() if name == "question_text" and isinstance(value, str) else value)
    question.image_port = question.image_port.lower()
    step = question.answer_step_size
    if step is not None:
        question.answer_step_size = _parse_step(step)
    if "interface" in fields:
        question.interface = _by_slug(Socket.objects, fields["interface"], field="interface")
    if "look_up_table" in fields:
        question.look_up_table = _by_slug(LookUpTable.objects, fields["look_up_table"], field="look_up_table")
    rules.check_question(to_spec(question, options=options))
    content = question.study.view_content
    if question.image_port and content:
        hanging.check_image_port(question.image_port, content=content, kinds=kinds_of_sockets())


def _parse_step(step: object) -> Decimal:
    try:
        value = Decimal(str(step))
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or abs(value) >= 1_000_000 or value != value.quantize(Decimal("0.000001")):
        raise Invalid("A step size has at most 6 decimal places.", field="answer_step_size")
    return value


def _by_slug(rows: Any, slug: str | None, *, field: str) -> Any:  # noqa: ANN401 - either of two models
    if slug is None:
        return None
    found = rows.filter(slug=slug).first()
    if found is None:
        raise Invalid(f"Object with slug={slug} does not exist.", field=field)
    return found
