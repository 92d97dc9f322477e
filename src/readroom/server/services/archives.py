"""Archives and their items: collections of images outside any study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from readroom.server.db.models import Archive, ArchiveItem, ArchiveMember, HangingProtocol, SocketValue, User
from readroom.server.domain.errors import Invalid, Locked, NotAllowed, NotFound, NotSignedIn, Refusal
from readroom.server.domain.hanging import check_view_content
from readroom.server.domain.permissions import Act, Role, may
from readroom.server.services import audit
from readroom.server.services.access import Actor
from readroom.server.services.display_sets import check_title
from readroom.server.services.naming import free_slug
from readroom.server.services.roles import archives_where, require_in_archive, roles_in_archive
from readroom.server.services.socket_values import Source, apply_sources, contents_of, remove_all_but
from readroom.server.services.studies import kinds_of_sockets

PLAIN_FIELDS: Final = ("title", "description", "is_public", "view_content")
SAME_TITLE: Final = "An archive item with this title already exists in this archive."


def stream_of(archive_id: UUID) -> str:
    return f"archive:{archive_id}"


def visible_archives(actor: Actor, *, slug: str | None = None) -> QuerySet[Archive]:
    rows = archives_where(actor, Act.VIEW_ARCHIVE).order_by("created_at", "id")
    return rows.filter(slug=slug) if slug else rows


def find_archive(actor: Actor, *, archive_id: UUID) -> Archive:
    require_in_archive(actor, Act.VIEW_ARCHIVE, archive_id=archive_id, seen_by=None)
    return Archive.objects.get(pk=archive_id)


def create_archive(actor: Actor, *, fields: Mapping[str, Any], archive_id: UUID | None = None) -> Archive:
    if not (actor.may_create_archives or actor.is_superuser):
        raise NotAllowed("Your account may not create archives; ask an administrator.")
    archive = Archive()
    if archive_id is not None:
        archive.id = archive_id
    with transaction.atomic():
        _apply(archive, fields)
        archive.slug = free_slug(Archive.objects, archive.title)
        archive.save(force_insert=True)
        if actor.id is not None:
            ArchiveMember.objects.create(archive=archive, user_id=actor.id, role=Role.EDITOR)
        audit.record(
            actor,
            "create archive",
            target=("archive", archive.pk),
            stream=stream_of(archive.pk),
            after=_snapshot(archive),
        )
    return archive


def change_archive(actor: Actor, *, archive_id: UUID, changes: Mapping[str, Any]) -> Archive:
    require_in_archive(actor, Act.EDIT_ARCHIVE, archive_id=archive_id)
    with transaction.atomic():
        archive = Archive.objects.select_for_update(of=("self",)).select_related("hanging_protocol").get(pk=archive_id)
        before = _snapshot(archive)
        _apply(archive, changes)
        archive.save()
        audit.record(
            actor,
            "change archive",
            target=("archive", archive_id),
            stream=stream_of(archive_id),
            before=before,
            after=_snapshot(archive),
        )
    return archive


def delete_archive(actor: Actor, *, archive_id: UUID, why: str = "") -> None:
    """Delete an empty archive."""
    require_in_archive(actor, Act.EDIT_ARCHIVE, archive_id=archive_id)
    with transaction.atomic():
        archive = Archive.objects.select_for_update().get(pk=archive_id)
        if archive.items.exists():
            raise Locked("This archive has items; delete them first.")
        before = _snapshot(archive)
        archive.delete()
        audit.record(
            actor,
            "delete archive",
            target=("archive", archive_id),
            stream=stream_of(archive_id),
            before=before,
            why=why,
        )


def set_archive_member(actor: Actor, *, archive_id: UUID, username: str, role: str, is_member: bool) -> None:
    """Give a person a role in an archive, or take it away; an archive keeps at least one editor."""
    require_in_archive(actor, Act.EDIT_ARCHIVE, archive_id=archive_id)
    if role not in (Role.EDITOR, Role.UPLOADER, Role.USER):
        raise Invalid("A role is one of editor, uploader, user.", field="role")
    user = User.objects.filter(username=username).first()
    if user is None:
        raise Invalid("There is no account with this name.", field="username")
    with transaction.atomic():
        Archive.objects.select_for_update().get(pk=archive_id)
        members = ArchiveMember.objects.filter(archive_id=archive_id, role=role)
        if is_member:
            ArchiveMember.objects.get_or_create(archive_id=archive_id, user=user, role=role)
        else:
            if role == Role.EDITOR and not members.exclude(user=user).exists():
                raise Locked("This is the last editor; make somebody else an editor first.")
            members.filter(user=user).delete()
        audit.record(
            actor,
            "add member" if is_member else "remove member",
            target=("archive", archive_id),
            stream=stream_of(archive_id),
            after={"user": user.pk, "role": role},
        )


def list_archive_members(actor: Actor, *, archive_id: UUID) -> list[dict[str, Any]]:
    require_in_archive(actor, Act.EDIT_ARCHIVE, archive_id=archive_id)
    rows = ArchiveMember.objects.filter(archive_id=archive_id).order_by("role", "user__username")
    return [dict(row) for row in rows.values("user__username", "role")]


def visible_items(actor: Actor, *, archive_id: UUID | None = None) -> QuerySet[ArchiveItem]:
    if archive_id is not None:
        _require_choice(actor, archive_id)
    rows = ArchiveItem.objects.filter(archive_id__in=archives_where(actor, Act.VIEW_ARCHIVE_ITEM).values("pk"))
    return (rows.filter(archive_id=archive_id) if archive_id else rows).order_by("created_at", "id")


def _require_choice(actor: Actor, archive_id: UUID) -> None:
    try:
        is_visible = may(Act.VIEW_ARCHIVE, roles_in_archive(actor, archive_id))
    except NotFound:
        is_visible = False
    if not is_visible:
        raise Invalid("Select a valid choice. That choice is not one of the available choices.", field="archive")


def find_item(actor: Actor, *, item_id: UUID) -> ArchiveItem:
    item = ArchiveItem.objects.filter(pk=item_id).first()
    if item is None or not may(Act.VIEW_ARCHIVE_ITEM, roles_in_archive(actor, item.archive_id)):
        raise NotFound
    return item


def create_item(
    actor: Actor, *, archive_id: UUID, title: str = "", sources: Sequence[Source] = (), item_id: UUID | None = None
) -> ArchiveItem:
    try:
        require_in_archive(actor, Act.EDIT_ARCHIVE_ITEM, archive_id=archive_id)
    except NotSignedIn:
        raise
    except Refusal as error:
        raise Invalid("Invalid hyperlink - Object does not exist.", field="archive") from error
    item = ArchiveItem(archive_id=archive_id, title=check_title(title), created_at=timezone.now())
    if item_id is not None:
        item.id = item_id
    try:
        with transaction.atomic():
            _refuse_same_title(item)
            item.save(force_insert=True)
            changes = apply_sources(actor, item, sources)
            audit.record(
                actor,
                "add archive item",
                target=("archive item", item.pk),
                stream=stream_of(archive_id),
                after={"title": item.title, "values": changes.after},
            )
    except IntegrityError as error:
        raise Invalid(SAME_TITLE) from error
    return item


def change_item(
    actor: Actor,
    *,
    item_id: UUID,
    title: str | None = None,
    sources: Sequence[Source] | None = None,
    is_replacement: bool = False,
) -> ArchiveItem:
    """Fill sockets and rename; a replacement empties what is not named."""
    archive_id = find_item(actor, item_id=item_id).archive_id
    require_in_archive(actor, Act.EDIT_ARCHIVE_ITEM, archive_id=archive_id)
    with transaction.atomic():
        item = ArchiveItem.objects.select_for_update().get(pk=item_id)
        before = {"title": item.title}
        if title is not None or is_replacement:
            item.title = check_title(title or "")
            _refuse_same_title(item)
        changes = apply_sources(actor, item, sources or ())
        if is_replacement:
            removed = remove_all_but(item, [source.socket_slug for source in sources or ()])
            changes.before |= removed.before
            changes.after |= removed.after
        item.save(update_fields=["title"])
        audit.record(
            actor,
            "change archive item",
            target=("archive item", item_id),
            stream=stream_of(archive_id),
            before=before | {"values": changes.before},
            after={"title": item.title, "values": changes.after},
        )
    return item


def delete_item(actor: Actor, *, item_id: UUID, why: str = "") -> None:
    item = find_item(actor, item_id=item_id)
    require_in_archive(actor, Act.EDIT_ARCHIVE_ITEM, archive_id=item.archive_id)
    with transaction.atomic():
        values = contents_of(SocketValue.objects.filter(archive_item=item)).get(item_id, {})
        item.delete()
        audit.record(
            actor,
            "delete archive item",
            target=("archive item", item_id),
            stream=stream_of(item.archive_id),
            before={"title": item.title, "values": values},
            why=why,
        )


def _refuse_same_title(item: ArchiveItem) -> None:
    others = ArchiveItem.objects.filter(archive_id=item.archive_id, title=item.title).exclude(pk=item.pk)
    if item.title and others.exists():
        raise Invalid(SAME_TITLE)


def _snapshot(archive: Archive) -> dict[str, Any]:
    return {name: getattr(archive, name) for name in PLAIN_FIELDS}


def _apply(archive: Archive, fields: Mapping[str, Any]) -> None:
    for name in PLAIN_FIELDS:
        if name in fields:
            setattr(archive, name, fields[name])
    if "hanging_protocol" in fields:
        wanted = fields["hanging_protocol"]
        archive.hanging_protocol = HangingProtocol.objects.filter(pk=wanted).first() if wanted else None
        if wanted and archive.hanging_protocol is None:
            raise Invalid("Invalid pk - object does not exist.", field="hanging_protocol")
    if not archive.title.strip() or len(archive.title) > 255:
        raise Invalid("An archive needs a title of at most 255 characters.", field="title")
    if archive.is_public and not archive.description.strip():
        raise Invalid("A public archive needs a description.", field="description")
    protocol = archive.hanging_protocol
    check_view_content(archive.view_content, kinds=kinds_of_sockets(), protocol=protocol.json if protocol else None)
