"""Sockets on the wire, and the files that stand in them."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from ninja import Router, Schema

from readroom.server.api import paging, shapes
from readroom.server.api.auth import ActingRequest, known_writer
from readroom.server.api.images import redirect_to_bytes
from readroom.server.api.paging import PageOf
from readroom.server.api.replies import reply
from readroom.server.services import sockets, value_files

router = Router(tags=["sockets"], auth=known_writer)


class SocketFieldsIn(Schema):
    title: str = ""
    description: str = ""
    kind: str = ""
    is_stored_as_file: bool = False
    relative_path: str = ""
    value_schema: dict[str, Any] | bool | None = None
    default_value: Any = None
    overlay_segments: list[dict[str, Any]] | None = None
    look_up_table: str | None = None


class SocketIn(SocketFieldsIn):
    title: str
    kind: str
    relative_path: str


@router.get("interfaces/", response=PageOf[shapes.SocketOut])
def list_sockets(request: ActingRequest) -> HttpResponse:
    """All sockets, for anybody with an account; `slug` chooses one."""
    page = paging.parse_page(request)
    rows = sockets.visible_sockets(request.actor, slug=paging.text_filter(request, "slug"))
    found = [shapes.socket(row) for row in rows[page.offset : page.offset + page.limit]]
    return paging.reply_page(request, page, rows.count(), found)


@router.post("interfaces/", response={201: shapes.SocketOut})
def create_socket(request: ActingRequest, body: SocketIn) -> HttpResponse:
    """Add a socket to the catalogue."""
    return reply(shapes.socket(sockets.create_socket(request.actor, fields=body.dict(exclude_unset=True))), status=201)


@router.get("interfaces/{int:pk}/", response=shapes.SocketOut)
def show_socket(request: ActingRequest, pk: int) -> HttpResponse:
    return reply(shapes.socket(sockets.find_socket(request.actor, socket_id=bounded(pk))))


@router.patch("interfaces/{int:pk}/", response=shapes.SocketOut)
def change_socket(request: ActingRequest, pk: int, body: SocketFieldsIn) -> HttpResponse:
    """Change a socket that you made; once it holds values, only its title, description and default."""
    changes = body.dict(exclude_unset=True)
    return reply(shapes.socket(sockets.change_socket(request.actor, socket_id=bounded(pk), changes=changes)))


@router.delete("interfaces/{int:pk}/", response={204: None})
def delete_socket(request: ActingRequest, pk: int) -> HttpResponse:
    """Delete a socket that you made and nothing uses."""
    sockets.delete_socket(request.actor, socket_id=bounded(pk))
    return HttpResponse(status=204)


@router.get("values/{int:pk}/{str:name}", response={302: None})
def download_value(request: ActingRequest, pk: int, name: str) -> HttpResponse:
    """The file that stands in a socket; follow the redirection."""
    file = value_files.find_file(request.actor, value_id=bounded(pk), name=name)
    return redirect_to_bytes(request, file.key, file.name)


def bounded(pk: int) -> int:
    """An id that no row has, for numbers larger than any id."""
    return pk if pk < 2**63 else 0
