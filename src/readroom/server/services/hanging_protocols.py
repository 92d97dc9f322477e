"""Hanging protocols: anybody with an account makes them, whoever made one changes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import ProtectedError, QuerySet

from readroom.server.db.models import Archive, HangingProtocol, ReaderStudy
from readroom.server.domain.errors import Invalid, Locked, NotFound, NotSignedIn
from readroom.server.domain.hanging import check_hanging_protocol, check_view_content
from readroom.server.domain.permissions import Act
from readroom.server.services import audit
from readroom.server.services.access import Actor, require, standing
from readroom.server.services.naming import free_slug
from readroom.server.services.studies import kinds_of_sockets


def visible_hanging_protocols(actor: Actor) -> QuerySet[HangingProtocol]:
    if not actor.is_signed_in and not actor.is_superuser:
        raise NotSignedIn
    return HangingProtocol.objects.order_by("created_at", "id")


def find_hanging_protocol(actor: Actor, *, protocol_id: UUID) -> HangingProtocol:
    found = visible_hanging_protocols(actor).filter(pk=protocol_id).first()
    if found is None:
        raise NotFound
    return found


def create_hanging_protocol(actor: Actor, *, fields: Mapping[str, Any]) -> HangingProtocol:
    require(Act.CREATE_LAYOUT, standing(actor))
    protocol = HangingProtocol(creator_id=actor.id)
    with transaction.atomic():
        _apply(protocol, fields)
        protocol.slug = free_slug(HangingProtocol.objects, protocol.title)
        protocol.save(force_insert=True)
        audit.record(
            actor, "create hanging protocol", target=("hanging protocol", protocol.id), after=snapshot(protocol)
        )
    return protocol


def change_hanging_protocol(actor: Actor, *, protocol_id: UUID, changes: Mapping[str, Any]) -> HangingProtocol:
    """Change a layout, unless a study that uses it would then show nothing in one of the viewports."""
    with transaction.atomic():
        protocol = HangingProtocol.objects.select_for_update().filter(pk=protocol_id).first()
        if protocol is None:
            raise NotFound
        require(Act.EDIT_LAYOUT, standing(actor, creator_id=protocol.creator_id), seen_by=Act.VIEW_LAYOUT)
        before = snapshot(protocol)
        _apply(protocol, changes)
        _check_uses(protocol)
        protocol.save()
        audit.record(
            actor,
            "change hanging protocol",
            target=("hanging protocol", protocol_id),
            before=before,
            after=snapshot(protocol),
        )
    return protocol


def delete_hanging_protocol(actor: Actor, *, protocol_id: UUID) -> None:
    with transaction.atomic():
        protocol = HangingProtocol.objects.select_for_update().filter(pk=protocol_id).first()
        if protocol is None:
            raise NotFound
        require(Act.EDIT_LAYOUT, standing(actor, creator_id=protocol.creator_id), seen_by=Act.VIEW_LAYOUT)
        before = snapshot(protocol)
        try:
            protocol.delete()
        except ProtectedError as error:
            raise Locked("This hanging protocol is in use.") from error
        audit.record(actor, "delete hanging protocol", target=("hanging protocol", protocol_id), before=before)


def snapshot(protocol: HangingProtocol) -> dict[str, Any]:
    return {"title": protocol.title, "description": protocol.description, "json": protocol.json}


def _apply(protocol: HangingProtocol, fields: Mapping[str, Any]) -> None:
    for name in ("title", "description", "json"):
        if name in fields:
            setattr(protocol, name, fields[name])
    if not protocol.title.strip() or len(protocol.title) > 255:
        raise Invalid("A hanging protocol needs a title of at most 255 characters.", field="title")
    check_hanging_protocol(protocol.json)
    if HangingProtocol.objects.exclude(pk=protocol.pk).filter(title=protocol.title).exists():
        raise Invalid("A hanging protocol with this title exists.", field="title")


def _check_uses(protocol: HangingProtocol) -> None:
    kinds = kinds_of_sockets()
    for rows in (ReaderStudy.objects, Archive.objects):
        for title, content in rows.filter(hanging_protocol=protocol).values_list("title", "view_content"):
            try:
                check_view_content(content, kinds=kinds, protocol=protocol.json)
            except Invalid as error:
                raise Invalid(f"{title} uses it: {error.message}", field="json") from error
