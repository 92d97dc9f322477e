"""Items of archives on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema

from readroom.server.api import paging, shapes
from readroom.server.api.archives import archive_url
from readroom.server.api.auth import ActingRequest, known_writer
from readroom.server.api.origin import origin_of
from readroom.server.api.paging import PageOf
from readroom.server.api.replies import reply
from readroom.server.api.socket_values import PostForm, ReadForm
from readroom.server.db.models import Archive, ArchiveItem
from readroom.server.domain.errors import Invalid
from readroom.server.services import archives
from readroom.server.services.display_set_lists import values_of

router = Router(tags=["archive items"], auth=known_writer)


class ItemOut(Schema):
    pk: UUID
    title: str
    archive: str
    values: list[shapes.ValueOut]
    hanging_protocol: shapes.HangingProtocolOut | None
    optional_hanging_protocols: list[shapes.HangingProtocolOut]
    view_content: dict[str, list[str]]


class PostedItemOut(Schema):
    pk: UUID
    title: str
    archive: str | None
    values: list[shapes.PostedValueOut]
    hanging_protocol: shapes.HangingProtocolOut | None
    optional_hanging_protocols: list[shapes.HangingProtocolOut]
    view_content: dict[str, list[str]]


class ItemIn(Schema):
    archive: str
    title: str = ""
    values: list[shapes.ValueIn] = Field(default_factory=list)


class ItemChangesIn(Schema):
    title: str = ""
    values: list[shapes.ValueIn] = Field(default_factory=list)


def shape_all(request: HttpRequest, rows: Sequence[ArchiveItem], *, is_posted: bool = False) -> list[dict[str, Any]]:
    origin = origin_of(request)
    values = values_of([str(row.pk) for row in rows], kind="archive_item", with_slugs=is_posted)
    written = (PostForm if is_posted else ReadForm)(origin, values.values())
    found = Archive.objects.filter(pk__in={row.archive_id for row in rows}).select_related("hanging_protocol")
    layouts = {
        row.pk: {
            "hanging_protocol": shapes.hanging_protocol(origin, row.hanging_protocol),
            "optional_hanging_protocols": [],
            "view_content": row.view_content,
        }
        for row in found
    }
    return [
        {
            "pk": row.pk,
            "title": row.title,
            "archive": archive_url(origin, row.archive_id),
            "values": orjson.Fragment(written.write(values[str(row.pk)])),
            **layouts[row.archive_id],
        }
        for row in rows
    ]


@router.get("", response=PageOf[ItemOut])
def list_items(request: ActingRequest) -> HttpResponse:
    """Items of the archives that you use; `archive` chooses one."""
    page = paging.parse_page(request)
    rows = archives.visible_items(request.actor, archive_id=paging.uuid_filter(request, "archive"))
    found = shape_all(request, list(rows[page.offset : page.offset + page.limit]))
    return paging.reply_page(request, page, rows.count(), found)


@router.post("", response={201: PostedItemOut})
def create_item(request: ActingRequest, body: ItemIn) -> HttpResponse:
    archive_id = shapes.parse_hyperlink(body.archive, route="archives", field="archive")
    if archive_id is None:
        raise Invalid("This field may not be null.", field="archive")
    made = archives.create_item(
        request.actor, archive_id=archive_id, title=body.title, sources=shapes.parse_sources(body.values)
    )
    return reply(shape_all(request, [made], is_posted=True)[0], status=201)


@router.get("{uuid:pk}/", response=ItemOut)
def show_item(request: ActingRequest, pk: UUID) -> HttpResponse:
    return reply(shape_all(request, [archives.find_item(request.actor, item_id=pk)])[0])


@router.patch("{uuid:pk}/", response=PostedItemOut)
def change_item(request: ActingRequest, pk: UUID, body: ItemChangesIn) -> HttpResponse:
    """Fill sockets and rename; what is not named stays."""
    title = body.title if "title" in body.model_fields_set else None
    changed = archives.change_item(request.actor, item_id=pk, title=title, sources=shapes.parse_sources(body.values))
    return reply(shape_all(request, [changed], is_posted=True)[0])


@router.put("{uuid:pk}/", response=PostedItemOut)
def replace_item(request: ActingRequest, pk: UUID, body: ItemChangesIn) -> HttpResponse:
    """Like PATCH, but sockets that are not named are emptied."""
    sources = shapes.parse_sources(body.values)
    changed = archives.change_item(request.actor, item_id=pk, title=body.title, sources=sources, is_replacement=True)
    return reply(shape_all(request, [changed], is_posted=True)[0])


@router.delete("{uuid:pk}/", response={204: None})
def delete_item(request: ActingRequest, pk: UUID) -> HttpResponse:
    archives.delete_item(request.actor, item_id=pk)
    return HttpResponse(status=204)
