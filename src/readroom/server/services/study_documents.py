"""A whole study as one document, for a file that another server, or this one again, makes the same study of."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from readroom.server.db.models import Question, ReaderStudy, Socket, SocketValue
from readroom.server.domain.permissions import Act
from readroom.server.services.access import Actor
from readroom.server.services.filed_viewer_settings import CONFIGS, TABLES, describe_config, describe_table
from readroom.server.services.questions import PLAIN_FIELDS as QUESTION_FIELDS
from readroom.server.services.roles import require_in_study
from readroom.server.services.sockets import FIELDS as SOCKET_FIELDS
from readroom.server.services.studies import PLAIN_FIELDS, optional_protocols_of

VERSION: Final = 1


def export_study(actor: Actor, *, study_id: UUID) -> dict[str, Any]:
    """Describe a study without its people and answers; images and files are named, they do not travel."""
    require_in_study(actor, Act.EDIT_STUDY, study_id=study_id)
    study = ReaderStudy.objects.select_related("hanging_protocol", "workstation_config").get(pk=study_id)
    config = study.workstation_config
    optional = {protocol.pk: protocol for protocol in study.optional_hanging_protocols.all()}
    optional_in_order = [optional[pk] for pk in optional_protocols_of(study_id)]
    protocols = [*([study.hanging_protocol] if study.hanging_protocol else []), *optional_in_order]
    settings = {name: getattr(study, name) for name in PLAIN_FIELDS}
    settings["slug"] = study.slug
    settings["hanging_protocol"] = study.hanging_protocol.title if study.hanging_protocol else None
    settings["workstation_config"] = config.title if config else None
    settings["optional_hanging_protocols"] = [protocol.title for protocol in optional_in_order]
    rows = list(study.questions.select_related("interface", "look_up_table").order_by("order", "created_at", "id"))
    questions = [_question_document(question) for question in rows]
    display_sets = _display_set_documents(study)
    used = {slug for entry in display_sets for slug in entry["values"]}
    used |= {question["interface"] for question in questions if question.get("interface")}
    used |= {slug for slugs in study.view_content.values() for slug in slugs}
    sockets = list(Socket.objects.filter(slug__in=used).select_related("look_up_table").order_by("id"))
    shown = [*(question.look_up_table for question in rows), *(socket.look_up_table for socket in sockets)]
    tables = dict.fromkeys(table for table in shown if table)
    return {
        "readroom": VERSION,
        "study": settings,
        "hanging_protocols": [
            {"title": p.title, "description": p.description, "json": p.json} for p in dict.fromkeys(protocols)
        ],
        CONFIGS: [describe_config(config)] if config else [],
        TABLES: [describe_table(table) for table in tables],
        "sockets": [_socket_document(socket) for socket in sockets],
        "questions": questions,
        "display_sets": display_sets,
    }


def _socket_document(socket: Socket) -> dict[str, Any]:
    table = {"look_up_table": socket.look_up_table.slug} if socket.look_up_table else {}
    return {"slug": socket.slug, **{name: getattr(socket, name) for name in SOCKET_FIELDS}, **table}


def _question_document(question: Question) -> dict[str, Any]:
    blank = Question()
    row = {name: getattr(question, name) for name in QUESTION_FIELDS}
    kept = {name: value for name, value in row.items() if value != getattr(blank, name) or name == "question_text"}
    if "answer_step_size" in kept:
        kept["answer_step_size"] = float(kept["answer_step_size"])
    if question.interface:
        kept["interface"] = question.interface.slug
    if question.look_up_table:
        kept["look_up_table"] = question.look_up_table.slug
    options = [{"title": o.title, "default": True} if o.default else o.title for o in question.options.all()]
    return kept | ({"options": options} if options else {}) | {"required": question.required, "order": question.order}


def _display_set_documents(study: ReaderStudy) -> list[dict[str, Any]]:
    rows = {row.pk: row for row in study.display_sets.order_by("order", "created_at", "id")}
    values: dict[UUID, dict[str, Any]] = {pk: {} for pk in rows}
    found = SocketValue.objects.filter(display_set__study=study).select_related("socket", "image").order_by("id")
    for value in found:
        if value.display_set_id is not None:
            values[value.display_set_id][value.socket.slug] = _value_document(value)
    return [{"title": row.title, "order": row.order, "values": values[pk]} for pk, row in rows.items()]


def _value_document(value: SocketValue) -> dict[str, Any]:
    if value.image is not None:
        return {"image": str(value.image_id), "name": value.image.name}
    if value.file_id is not None:
        return {"file": value.file_name}
    return {"value": value.value}
