"""The catalogue of sockets: anybody with an account lists it, those who may create studies add to it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any, Final

from django.db import transaction
from django.db.models import ProtectedError, QuerySet

from readroom.server.db.models import LookUpTable, Question, Socket, SocketValue
from readroom.server.domain import sockets as rules
from readroom.server.domain.errors import Invalid, Locked, NotAllowed, NotFound, NotSignedIn
from readroom.server.domain.json_values import Json
from readroom.server.domain.permissions import Act
from readroom.server.services import audit, raw_rows
from readroom.server.services.access import Actor, require, standing
from readroom.server.services.naming import free_slug
from readroom.server.services.value_schemas import check_against, check_schema

FIELDS: Final = (
    "title",
    "description",
    "kind",
    "is_stored_as_file",
    "relative_path",
    "value_schema",
    "default_value",
    "overlay_segments",
)
MEANING: Final = ("kind", "is_stored_as_file", "relative_path", "value_schema", "overlay_segments")


def visible_sockets(actor: Actor, *, slug: str | None = None) -> QuerySet[Socket]:
    if not actor.is_signed_in and not actor.is_superuser:
        raise NotSignedIn
    rows = Socket.objects.select_related("look_up_table").order_by("id")
    return rows.filter(slug=slug) if slug else rows


def find_socket(actor: Actor, *, socket_id: int) -> Socket:
    found = visible_sockets(actor).filter(pk=socket_id).first()
    if found is None:
        raise NotFound
    return found


_SHOWN: Final = (
    "id",
    "title",
    "slug",
    "description",
    "kind",
    "is_stored_as_file",
    "relative_path",
    "look_up_table_id",
    "default_value",
    "overlay_segments",
)


def shown_sockets(socket_ids: Collection[int]) -> list[Socket]:
    """Read what pages show of some sockets by hand: composing the statement takes longer than reading them."""
    sql = f"SELECT {', '.join(_SHOWN)} FROM readroom_socket WHERE id IN ({raw_rows.places(socket_ids)})"  # noqa: S608 - names of ours
    rows = [dict(zip(_SHOWN, row, strict=True)) for row in raw_rows.read(sql, list(socket_ids))]
    tables = LookUpTable.objects.in_bulk({row["look_up_table_id"] for row in rows} - {None})
    for row in rows:
        row["look_up_table"] = tables.get(row.pop("look_up_table_id"))
        row |= {name: json.loads(row[name] or "null") for name in ("default_value", "overlay_segments")}
    return [Socket(**row) for row in rows]


def create_socket(actor: Actor, *, fields: Mapping[str, Any]) -> Socket:
    if not (actor.may_create_studies or actor.may_create_archives or actor.is_superuser):
        raise NotAllowed("Your account may not create sockets; ask an administrator.")
    socket = Socket(creator_id=actor.id)
    with transaction.atomic():
        _apply(socket, fields)
        socket.slug = free_slug(Socket.objects, socket.title)
        socket.save(force_insert=True)
        audit.record(actor, "create socket", target=("socket", socket.pk), after=snapshot(socket))
    return socket


def change_socket(actor: Actor, *, socket_id: int, changes: Mapping[str, Any]) -> Socket:
    """Change a socket; what its values mean cannot change once there are any."""
    with transaction.atomic():
        socket = (
            Socket.objects.select_for_update(of=("self",)).select_related("look_up_table").filter(pk=socket_id).first()
        )
        if socket is None:
            raise NotFound
        require(Act.EDIT_SOCKET, standing(actor, creator_id=socket.creator_id), seen_by=Act.VIEW_SOCKET)
        before = snapshot(socket)
        _apply(socket, changes)
        after = snapshot(socket)
        changed = [name for name in after if after[name] != before[name]]
        if set(changed) & set(MEANING) and SocketValue.objects.filter(socket_id=socket_id).exists():
            raise Locked("This socket holds values; its kind, path and limits can no longer change.")
        socket.save()
        audit.record(actor, "change socket", target=("socket", socket_id), before=before, after=after)
    return socket


def delete_socket(actor: Actor, *, socket_id: int) -> None:
    with transaction.atomic():
        socket = Socket.objects.select_for_update().filter(pk=socket_id).first()
        if socket is None:
            raise NotFound
        require(Act.EDIT_SOCKET, standing(actor, creator_id=socket.creator_id), seen_by=Act.VIEW_SOCKET)
        if Question.objects.filter(interface_id=socket_id).exists():
            raise Locked("Questions start from this socket.")
        before = snapshot(socket)
        try:
            socket.delete()
        except ProtectedError as error:
            raise Locked("This socket holds values.") from error
        audit.record(actor, "delete socket", target=("socket", socket_id), before=before)


def snapshot(socket: Socket) -> dict[str, Any]:
    return {name: getattr(socket, name) for name in FIELDS} | {
        "look_up_table": socket.look_up_table.slug if socket.look_up_table else None
    }


def to_spec(socket: Socket) -> rules.SocketSpec:
    return rules.SocketSpec(
        slug=socket.slug,
        kind=socket.kind,
        relative_path=socket.relative_path,
        is_stored_as_file=socket.is_stored_as_file,
        overlay_segments=socket.overlay_segments,
        default_value=socket.default_value,
    )


def _apply(socket: Socket, fields: Mapping[str, Any]) -> None:
    for name in FIELDS:
        if name in fields:
            setattr(socket, name, fields[name])
    if "look_up_table" in fields:
        slug = fields["look_up_table"]
        socket.look_up_table = LookUpTable.objects.filter(slug=slug).first() if slug else None
        if slug and socket.look_up_table is None:
            raise Invalid(f"Object with slug={slug} does not exist.", field="look_up_table")
    if not socket.title.strip() or len(socket.title) > 255:
        raise Invalid("A socket needs a title of at most 255 characters.", field="title")
    rules.check_socket(to_spec(socket))
    _check_schema(socket)
    others = Socket.objects.exclude(pk=socket.pk)
    for name in ("title", "relative_path"):
        if others.filter(**{name: getattr(socket, name)}).exists():
            raise Invalid("Another socket has it.", field=name)


def _check_schema(socket: Socket) -> None:
    if socket.value_schema is None:
        return
    if rules.KINDS[socket.kind].family != "json":
        raise Invalid("Only sockets with a JSON value have a schema.", field="value_schema")
    check_schema(socket.value_schema)


def check_value(value: Json, *, kind: str, schema: Json) -> None:
    """Refuse a value that does not fit the kind of its socket or the socket's own schema."""
    rules.check_value(value, kind=kind)
    if schema is not None:
        check_against(value, schema=schema)
