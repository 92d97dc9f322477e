"""Hanging protocols on the wire."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema

from readroom.server.api import paging, shapes
from readroom.server.api.auth import ActingRequest, known_writer
from readroom.server.api.origin import origin_of
from readroom.server.api.paging import PageOf
from readroom.server.api.replies import reply
from readroom.server.db.models import HangingProtocol
from readroom.server.services import hanging_protocols

router = Router(tags=["hanging protocols"], auth=known_writer)


class ProtocolIn(Schema):
    title: str
    description: str = ""
    viewports: list[dict[str, Any]] = Field(alias="json")


class ProtocolChangesIn(Schema):
    title: str = ""
    description: str = ""
    viewports: list[dict[str, Any]] = Field(default_factory=list, alias="json")


def _shape(request: HttpRequest, row: HangingProtocol) -> dict[str, Any] | None:
    return shapes.hanging_protocol(origin_of(request), row)


@router.get("", response=PageOf[shapes.HangingProtocolOut])
def list_protocols(request: ActingRequest) -> HttpResponse:
    page = paging.parse_page(request)
    rows = hanging_protocols.visible_hanging_protocols(request.actor)
    found = [_shape(request, row) for row in rows[page.offset : page.offset + page.limit]]
    return paging.reply_page(request, page, rows.count(), found)


@router.post("", response={201: shapes.HangingProtocolOut})
def create_protocol(request: ActingRequest, body: ProtocolIn) -> HttpResponse:
    """Make a layout: a list of viewports, one of them called main."""
    fields = body.dict(exclude_unset=True, by_alias=True)
    return reply(_shape(request, hanging_protocols.create_hanging_protocol(request.actor, fields=fields)), status=201)


@router.get("{uuid:pk}/", response=shapes.HangingProtocolOut)
def show_protocol(request: ActingRequest, pk: UUID) -> HttpResponse:
    return reply(_shape(request, hanging_protocols.find_hanging_protocol(request.actor, protocol_id=pk)))


@router.patch("{uuid:pk}/", response=shapes.HangingProtocolOut)
def change_protocol(request: ActingRequest, pk: UUID, body: ProtocolChangesIn) -> HttpResponse:
    """Change a layout that you made, unless a study that uses it would no longer fit."""
    changes = body.dict(exclude_unset=True, by_alias=True)
    changed = hanging_protocols.change_hanging_protocol(request.actor, protocol_id=pk, changes=changes)
    return reply(_shape(request, changed))


@router.delete("{uuid:pk}/", response={204: None})
def delete_protocol(request: ActingRequest, pk: UUID) -> HttpResponse:
    hanging_protocols.delete_hanging_protocol(request.actor, protocol_id=pk)
    return HttpResponse(status=204)
