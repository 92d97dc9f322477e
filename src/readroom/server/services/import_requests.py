"""An import as a client asks for it: uploads, and at most one thing that wants the images."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from readroom.server.db.models import Archive, Import, ImportTarget
from readroom.server.domain.errors import Invalid
from readroom.server.services import attachments, imports
from readroom.server.services.access import Actor


def begin_import(
    actor: Actor, *, upload_ids: Sequence[UUID], target_kind: str, target: UUID | str | None, socket_slug: str | None
) -> Import:
    """Check the target, reserve the uploads and hand the import to the workers; ``target`` of an archive is a slug."""
    target_id = archive_id(target) if target_kind == ImportTarget.ARCHIVE and isinstance(target, str) else target
    if isinstance(target_id, str):
        raise Invalid("Object does not exist.", field=target_kind)
    with transaction.atomic():
        checked = attachments.check_target(actor, kind=target_kind, target_id=target_id, socket_slug=socket_slug)
        started = imports.create_import(
            actor,
            upload_ids=upload_ids,
            target_kind=checked.kind,
            target_id=checked.id,
            socket_id=checked.socket_id,
        )
        attachments.note_started(started, actor=actor)
    return started


def cancel_import(actor: Actor, *, import_id: UUID) -> None:
    """Stop an import, and let whoever waits for its image know that none will come."""
    with transaction.atomic():
        imports.cancel_import(actor, import_id=import_id)
        attachments.refuse_import(import_id, reason="The import was cancelled.")


def archive_id(slug: str) -> UUID:
    found = Archive.objects.filter(slug=slug).values_list("pk", flat=True).first()
    if found is None:
        raise Invalid("Object does not exist.", field="archive")
    return found
