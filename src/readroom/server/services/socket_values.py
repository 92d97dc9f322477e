"""What stands in the sockets of a display set or an archive item: set, replace, remove.

Values and images that exist are put in place at once, all or none; uploads become images later, by an import.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from readroom.server.db.models import (
    ArchiveItem,
    DisplaySet,
    Image,
    Import,
    ImportStatus,
    ImportTarget,
    RefusedValue,
    Socket,
    SocketValue,
)
from readroom.server.domain import sockets as rules
from readroom.server.domain.errors import Invalid, NotFound, Refusal
from readroom.server.domain.json_values import Json
from readroom.server.services import images, imports, uploads
from readroom.server.services.access import Actor
from readroom.server.services.file_checks import check_file
from readroom.server.services.sockets import check_value

Owner = DisplaySet | ArchiveItem
EVERY_ITEM: Final = "__all__"
_SOURCES: Final = ("value", "image", "upload_session", "user_upload", "user_uploads")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What is to stand in a socket: exactly one of a value, an image, an import or uploads."""

    socket_slug: str
    value: Json = None
    image: UUID | None = None
    upload_session: UUID | None = None
    user_upload: UUID | None = None
    user_uploads: Sequence[UUID] | None = None
    image_name: str = ""

    @property
    def given(self) -> list[str]:
        return [name for name in _SOURCES if getattr(self, name) is not None]


@dataclass(slots=True)
class Changes:
    """What happened to the sockets of one owner, for the audit trail."""

    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)


def apply_sources(actor: Actor, owner: Owner, sources: Sequence[Source]) -> Changes:
    """Fill sockets in the order given, the last one wins; any fault refuses all, with a list parallel to the input."""
    changes = Changes()
    if not sources:
        return changes
    known = {socket.slug: socket for socket in Socket.objects.filter(slug__in=[s.socket_slug for s in sources])}
    faults: list[Mapping[str, Any]] = []
    for source in sources:
        try:
            _apply_source(actor, owner, source, socket=known.get(source.socket_slug), changes=changes)
            faults.append({})
        except Invalid as error:
            faults.append(_item_errors(error))
        except Refusal as error:
            faults.append({EVERY_ITEM: [error.message]})
    if any(faults):
        raise Invalid.of({"values": faults})
    return changes


def _item_errors(error: Invalid) -> dict[str, Any]:
    return {EVERY_ITEM if name == "non_field_errors" else name: reasons for name, reasons in error.errors.items()}


def remove_all_but(owner: Owner, kept: Iterable[str]) -> Changes:
    """Empty the sockets that are not named."""
    changes = Changes()
    rows = SocketValue.objects.filter(**_of(owner)).exclude(socket__slug__in=list(kept)).select_related("socket")
    for row in rows:
        changes.before[row.socket.slug] = snapshot(row)
        changes.after[row.socket.slug] = None
    rows.delete()
    RefusedValue.objects.filter(**_of(owner)).exclude(socket__slug__in=list(kept)).delete()
    return changes


def snapshot(row: SocketValue) -> dict[str, Any]:
    if row.image_id is not None:
        return {"image": str(row.image_id)}
    if row.file_id is not None:
        return {"file": row.file_id, "name": row.file_name}
    return {"value": row.value}


def contents_of(rows: QuerySet[SocketValue]) -> dict[UUID | None, dict[str, Any]]:
    """What stands in display sets or archive items, as the audit trail keeps it: by owner, then by socket."""
    found: dict[UUID | None, dict[str, Any]] = {}
    for row in rows.select_related("socket").order_by("socket__slug"):
        found.setdefault(row.display_set_id or row.archive_item_id, {})[row.socket.slug] = snapshot(row)
    return found


def _of(owner: Owner) -> dict[str, Any]:
    return {"display_set" if isinstance(owner, DisplaySet) else "archive_item": owner}


def _target_of(owner: Owner) -> ImportTarget:
    return ImportTarget.DISPLAY_SET if isinstance(owner, DisplaySet) else ImportTarget.ARCHIVE_ITEM


def _apply_source(actor: Actor, owner: Owner, source: Source, *, socket: Socket | None, changes: Changes) -> None:
    if socket is None:
        raise Invalid(f"Object with slug={source.socket_slug} does not exist.", field="interface")
    given = source.given
    if len(given) > 1:
        raise Invalid(f"Give only one of {', '.join(given)}.")
    super_kind = rules.super_kind_of(socket.kind, is_stored_as_file=socket.is_stored_as_file)
    if super_kind is rules.SuperKind.VALUE:
        _apply_value(owner, source, socket=socket, changes=changes)
    elif super_kind is rules.SuperKind.FILE:
        _apply_file(actor, owner, source, socket=socket, changes=changes)
    else:
        _apply_image_source(actor, owner, source, socket=socket, changes=changes)


def _apply_value(owner: Owner, source: Source, *, socket: Socket, changes: Changes) -> None:
    if source.value is None:
        raise Invalid(f"A socket of kind {socket.kind} needs a value.", field="value")
    check_value(source.value, kind=socket.kind, schema=socket.value_schema)
    put(owner, socket, changes=changes, value=source.value)


def _apply_file(actor: Actor, owner: Owner, source: Source, *, socket: Socket, changes: Changes) -> None:
    if source.user_upload is None:
        raise Invalid(f"A socket of kind {socket.kind} needs one uploaded file.", field="user_upload")
    try:
        used = uploads.use_as_file(actor, upload_id=source.user_upload)
    except Refusal as error:
        raise Invalid(error.message, field="user_upload") from error
    with uploads.open_file(used.blob) as file:
        check_file(file, size=used.size, kind=socket.kind, schema=socket.value_schema)
    put(owner, socket, changes=changes, file=used.blob, file_name=used.filename)


def _apply_image_source(actor: Actor, owner: Owner, source: Source, *, socket: Socket, changes: Changes) -> None:
    if source.image is not None:
        try:
            image = images.find_image(actor, image_id=source.image)
        except NotFound as error:
            raise Invalid("Invalid hyperlink - Object does not exist.", field="image") from error
        check_image(image, socket=socket)
        put(owner, socket, changes=changes, image=image)
    elif source.user_uploads is not None:
        if socket.kind == "DICOM Image Set" and not source.image_name:
            raise Invalid("A DICOM image set needs an image_name.", field="image_name")
        _start_import(actor, owner, source, socket=socket, changes=changes)
    elif source.upload_session is not None:
        _use_import(actor, owner, source, socket=socket, changes=changes)
    else:
        raise Invalid(f"A socket of kind {socket.kind} needs an image or uploads.", field="image")


def _start_import(actor: Actor, owner: Owner, source: Source, *, socket: Socket, changes: Changes) -> None:
    try:
        started = imports.create_import(
            actor,
            upload_ids=list(source.user_uploads or ()),
            target_kind=_target_of(owner),
            target_id=owner.pk,
            socket_id=socket.pk,
            image_name=source.image_name,
        )
    except Invalid as error:
        raise Invalid(error.message, field="user_uploads") from error
    RefusedValue.objects.filter(**_of(owner), socket=socket).delete()
    changes.after[socket.slug] = {"import": str(started.pk)}


def _use_import(actor: Actor, owner: Owner, source: Source, *, socket: Socket, changes: Changes) -> None:
    """Take the images of an import that was started before anybody said what for."""
    try:
        found = imports.claim_waiting(
            actor,
            import_id=UUID(str(source.upload_session)),
            target_kind=_target_of(owner),
            target_id=owner.pk,
            socket_id=socket.pk,
        )
    except Refusal as error:
        raise Invalid(error.message, field="upload_session") from error
    changes.after[socket.slug] = {"import": str(found.pk)}
    if found.status == ImportStatus.SUCCEEDED:
        put(owner, socket, changes=changes, image=only_image_of(found))


def only_image_of(finished: Import) -> Image:
    """Return the one image of an import; a socket has no place for two."""
    found = list(finished.images.all()[:2])
    if len(found) != 1:
        number = finished.images.count()
        raise Invalid(f"The files became {number} images; a socket holds exactly one. Upload them one by one.")
    return found[0]


def check_image(image: Image, *, socket: Socket) -> None:
    """Refuse an image that does not fit the kind of its socket."""
    if socket.kind == "DICOM Image Set" and not image.is_dicom_set:
        raise Invalid("This socket needs a DICOM image set; the image was made from other files.")
    if socket.kind == "Segmentation":
        if image.segments is None:
            raise Invalid("A segmentation has few, whole voxel values; this image has too many or fractions.")
        rules.check_voxel_values(image.segments, segments=socket.overlay_segments)
    if socket.kind == "Displacement field" and not (len(image.shape) == 4 and image.shape[-1] == 3):
        raise Invalid("A displacement field has four dimensions, the last with 3 components.")


def put(
    owner: Owner,
    socket: Socket,
    *,
    changes: Changes,
    value: Json = None,
    image: Image | None = None,
    file: Any = None,  # noqa: ANN401 - a blob
    file_name: str = "",
) -> None:
    """Let this stand in the socket, in place of what stood there."""
    now = {"value": value, "image": image, "file": file, "file_name": file_name}
    row = SocketValue.objects.filter(**_of(owner), socket=socket).first()
    if row is None:
        row = SocketValue.objects.create(**_of(owner), socket=socket, **now)
        changes.before.setdefault(socket.slug, None)
    else:
        changes.before.setdefault(socket.slug, snapshot(row))
        for name, part in now.items():
            setattr(row, name, part)
        row.save()
    changes.after[socket.slug] = snapshot(row)
    RefusedValue.objects.filter(**_of(owner), socket=socket).delete()


def refuse(owner: Owner, socket: Socket, *, reason: str) -> None:
    """Remember why an upload did not become the value; what stood in the socket stays."""
    RefusedValue.objects.update_or_create(**_of(owner), socket=socket, defaults={"reason": reason})
