"""Imports: asked for, claimed by a worker, kept alive by its lease, and ended once.

The row is the truth. A worker claims an import for some seconds and renews that while it works; a worker that dies
renews no more, and `revive_imports` hands its imports to another. What a worker has prepared counts only if the import
is still its own when it ends it, in one transaction with the images and what they are put into.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from readroom.server import config, queue
from readroom.server.db.models import Image, Import, ImportFile, ImportOutcome, ImportStatus, ImportTarget, Upload
from readroom.server.domain.errors import Invalid, NotFound
from readroom.server.domain.json_values import check_length
from readroom.server.services import audit, uploads
from readroom.server.services.access import SYSTEM, Actor

PENDING = (ImportStatus.QUEUED, ImportStatus.REQUEUED, ImportStatus.STARTED)
ENDED = (ImportStatus.SUCCEEDED, ImportStatus.FAILED, ImportStatus.CANCELLED)
GIVEN_UP = "The worker stopped {attempts} times while it read these files; they may need more memory than it has."
COLUMNS = (
    "id",
    "creator_id",
    "status",
    "error_message",
    "progress",
    "target_kind",
    "target_id",
    "created_at",
    "started_at",
    "finished_at",
)


@dataclass(frozen=True, slots=True)
class File:
    """One upload of an import."""

    upload_id: UUID
    key: str
    filename: str
    position: int


@dataclass(frozen=True, slots=True)
class Claim:
    """An import that one worker works on."""

    import_id: UUID
    worker: str
    files: tuple[File, ...]
    image_name: str
    wants_one_image: bool
    is_last_attempt: bool


class Refusing(Protocol):
    """Called in the transaction that ends a failed import: tells whoever waits for the image."""

    def __call__(self, import_id: UUID, *, reason: str) -> None: ...


Ending = Callable[[UUID], None]
"""Called in the transaction that ends an import: puts its images where they are wanted, or raises a refusal."""


def create_import(
    actor: Actor,
    *,
    upload_ids: Sequence[UUID],
    target_kind: str = ImportTarget.NOTHING,
    target_id: UUID | None = None,
    socket_id: int | None = None,
    image_name: str = "",
) -> Import:
    """Ask for images of some uploads, in the order given; inside the caller's transaction.

    Parameters
    ----------
    upload_ids : sequence of UUID
        Completed uploads of the actor, each with another file name; they belong to the import from now on.
    target_kind, target_id, socket_id
        What the images are wanted for; nothing for images that are only to be there.
    image_name : str
        Name of the image instead of the one that its files give.
    """
    check_length(image_name, longest=255, field="image_name")
    require_pending_room(actor)
    files = checked_files(actor, upload_ids)
    row = Import.objects.create(
        creator_id=actor.user_id(),
        target_kind=target_kind,
        target_id=target_id,
        socket_id=socket_id,
        image_name=image_name,
    )
    ImportFile.objects.bulk_create(
        ImportFile(import_job=row, upload_id=file.id, upload_pk=file.id, position=place, filename=file.filename)
        for place, file in enumerate(files)
    )
    after = {"target": target_kind, "target_id": target_id, "files": len(files)}
    record(actor, "begin import", row.pk, after=after)
    queue.enqueue(queue.RunImport(import_id=str(row.pk)))
    return row


def record(actor: Actor, act: str, import_id: UUID, *, before: object = None, after: object = None) -> None:
    """One entry in a stream of the import's own, so that nobody waits for it who holds what the import fills."""
    target = ("import", import_id)
    audit.record(actor, act, target=target, stream=f"import:{import_id}", before=before, after=after)


def release_uploads(import_id: UUID) -> None:
    """Give the uploads of an import that made nothing back: to be used again, or to end like others."""
    files = ImportFile.objects.filter(import_job_id=import_id)
    Upload.objects.filter(pk__in=files.values("upload_id")).update(used_at=None)


def checked_files(actor: Actor, upload_ids: Sequence[UUID]) -> list[uploads.UploadRow]:
    limit = config.current().import_max_files
    if not upload_ids:
        raise Invalid("Give at least one upload.", field="uploads")
    if len(upload_ids) > limit:
        raise Invalid(f"An import reads at most {limit} files; put them into a zip.", field="uploads")
    if len(set(upload_ids)) != len(upload_ids):
        raise Invalid("The same upload is named twice.", field="uploads")
    files = uploads.take_uploads(actor, upload_ids=upload_ids)
    names = [file.filename for file in files]
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) != len(names) else []
    if twice:
        raise Invalid(f"Filenames must be unique; these are not: {', '.join(twice[:5])}.", field="uploads")
    return files


def require_pending_room(actor: Actor) -> None:
    limit = config.current().import_max_pending
    if Import.objects.filter(creator_id=actor.user_id(), status__in=PENDING).count() >= limit:
        raise Invalid(f"You have {limit} imports that are not finished yet; wait until some are.")


def claim_waiting(actor: Actor, *, import_id: UUID, target_kind: str, target_id: UUID, socket_id: int | None) -> Import:
    """Say what an import without a target is wanted for; inside the caller's transaction.

    One that has already succeeded is returned as it is: the caller takes its image at once.
    """
    rows = Import.objects.select_for_update().filter(pk=import_id, creator_id=actor.user_id())
    row = rows.first()
    if row is None:
        raise NotFound
    if row.target_kind or row.status in {ImportStatus.FAILED, ImportStatus.CANCELLED}:
        raise Invalid("This upload session is used already or has failed.", field="upload_session")
    if row.status != ImportStatus.SUCCEEDED:
        row.target_kind, row.target_id, row.socket_id = target_kind, target_id, socket_id
        row.save(update_fields=["target_kind", "target_id", "socket"])
    return row


def own(actor: Actor) -> QuerySet[Import]:
    return Import.objects.all() if actor.is_system else Import.objects.filter(creator_id=actor.id or 0)


def count_imports(actor: Actor) -> int:
    return own(actor).count()


def list_imports(actor: Actor, *, offset: int, limit: int) -> list[dict[str, Any]]:
    """A page of imports as rows, with the ids of their images and uploads."""
    rows = list(own(actor).order_by("created_at", "id").values(*COLUMNS)[offset : offset + limit])
    return with_parts(rows)


def find_import(actor: Actor, *, import_id: UUID) -> dict[str, Any]:
    rows = list(own(actor).filter(pk=import_id).values(*COLUMNS))
    if not rows:
        raise NotFound
    return with_parts(rows)[0]


def with_parts(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    by_id = {row["id"]: row | {"images": [], "uploads": []} for row in rows}
    for origin, image_id in (
        Image.objects.filter(origin_id__in=by_id).order_by("name", "id").values_list("origin_id", "id")
    ):
        if origin is not None:
            by_id[origin]["images"].append(image_id)
    files = ImportFile.objects.filter(import_job_id__in=by_id).order_by("import_job_id", "position")
    for import_id, upload_id in files.values_list("import_job_id", "upload_pk"):
        by_id[import_id]["uploads"].append(upload_id)
    return list(by_id.values())


def list_outcomes(actor: Actor, *, import_id: UUID) -> list[dict[str, Any]]:
    """What became of each file, with one sentence."""
    if not own(actor).filter(pk=import_id).exists():
        raise NotFound
    rows = ImportOutcome.objects.filter(import_job_id=import_id).order_by("id")
    return [dict(row) for row in rows.values("name", "outcome", "reason")]


def lease_end() -> Any:  # noqa: ANN401 - Django's stubs name it datetime only with time zones on
    return timezone.now() + timedelta(seconds=config.current().import_lease_seconds)


def claim_import(import_id: UUID, *, worker: str) -> Claim | None:
    """Take an import to work on; None when it has ended or another worker is at it."""
    with transaction.atomic():
        row = Import.objects.select_for_update().filter(pk=import_id).first()
        is_taken = row is not None and row.leased_until is not None and row.leased_until > timezone.now()
        if row is None or row.status in ENDED or is_taken:
            return None
        row.status = ImportStatus.STARTED
        row.attempts += 1
        row.started_at = row.started_at or timezone.now()
        row.leased_until, row.leased_by = lease_end(), worker
        row.save(update_fields=["status", "attempts", "started_at", "leased_until", "leased_by"])
        files = row.files.order_by("position").values_list("upload_pk", "filename", "position")
        return Claim(
            import_id,
            worker,
            tuple(
                File(upload_id, uploads.key_of(row.creator_id or 0, upload_id), filename, position)
                for upload_id, filename, position in files
            ),
            row.image_name,
            row.target_kind not in {ImportTarget.NOTHING, ImportTarget.ARCHIVE},
            row.attempts >= config.current().import_max_attempts,
        )


def renew_lease(claim: Claim, *, progress: float) -> bool:
    """Say that the worker lives; False when the import is no longer its own."""
    rows = Import.objects.filter(pk=claim.import_id, leased_by=claim.worker, status=ImportStatus.STARTED)
    return bool(rows.update(leased_until=lease_end(), progress=progress))


def revive_imports() -> int:
    """Hand imports whose worker is silent, or whose message got lost, to the workers again; give up the hopeless."""
    now = timezone.now()
    lost = now - timedelta(seconds=config.current().import_lease_seconds * 4)
    silent = Q(status=ImportStatus.STARTED) & (Q(leased_until__lt=now) | Q(leased_until=None))
    forgotten = Q(status__in=[ImportStatus.QUEUED, ImportStatus.REQUEUED], created_at__lt=lost) & (
        Q(leased_until=None) | Q(leased_until__lt=lost)
    )
    revived = 0
    for import_id in list(Import.objects.filter(silent | forgotten).values_list("pk", flat=True)):
        with transaction.atomic():
            row = Import.objects.select_for_update().filter(silent | forgotten, pk=import_id).first()
            if row is not None and row.attempts < config.current().import_max_attempts:
                row.status, row.leased_by, row.leased_until = ImportStatus.REQUEUED, "", now
                row.save(update_fields=["status", "leased_by", "leased_until"])
                queue.enqueue(queue.RunImport(import_id=str(import_id)))
                revived += 1
    return revived


def hopeless_imports() -> list[UUID]:
    """Imports that were started as often as is allowed, and whose last worker is silent."""
    limit = config.current().import_max_attempts
    rows = Import.objects.filter(status=ImportStatus.STARTED, attempts__gte=limit, leased_until__lt=timezone.now())
    return list(rows.values_list("pk", flat=True))


def give_up(import_id: UUID, *, refuse: Refusing) -> None:
    with transaction.atomic():
        row = Import.objects.select_for_update().filter(pk=import_id, status=ImportStatus.STARTED).first()
        if row is not None:
            end(row, ImportStatus.FAILED, message=GIVEN_UP.format(attempts=row.attempts))
            release_uploads(import_id)
            record(SYSTEM, "give up import", import_id, after={"attempts": row.attempts})
            refuse(import_id, reason=row.error_message)


def end(row: Import, status: ImportStatus, *, message: str = "") -> None:
    """Write down how an import ended; inside the caller's transaction, with the row locked."""
    row.status, row.error_message = status, message
    row.finished_at, row.leased_until, row.leased_by = timezone.now(), None, ""
    row.progress = 1.0 if status == ImportStatus.SUCCEEDED else row.progress
    row.save(update_fields=["status", "error_message", "finished_at", "leased_until", "leased_by", "progress"])


def cancel_import(actor: Actor, *, import_id: UUID) -> None:
    """Stop an import that has not ended; its worker notices at the next renewal. In the caller's transaction."""
    rows = own(actor).filter(pk=import_id, status__in=PENDING)
    if not rows.update(status=ImportStatus.CANCELLED, finished_at=timezone.now(), leased_by="", leased_until=None):
        raise Invalid("This import has ended.")
    release_uploads(import_id)
    record(actor, "cancel import", import_id, after={"status": ImportStatus.CANCELLED})


def retry_import(actor: Actor, *, import_id: UUID) -> None:
    """Start a failed import again while its files are still there."""
    with transaction.atomic():
        row = own(actor).select_for_update().filter(pk=import_id).first()
        if row is None:
            raise NotFound
        uploads_of_it = Upload.objects.filter(pk__in=row.files.values("upload_id"), used_at=None)
        is_over = row.status in {ImportStatus.FAILED, ImportStatus.CANCELLED}
        if not is_over or uploads_of_it.update(used_at=timezone.now()) != row.files.count():
            raise Invalid("Only a failed import whose uploads are still there, and unused, can be started again.")
        row.outcomes.all().delete()
        record(actor, "retry import", import_id, before={"status": row.status, "reason": row.error_message})
        Import.objects.filter(pk=import_id).update(
            status=ImportStatus.REQUEUED, attempts=F("attempts") * 0, error_message="", leased_until=None
        )
        queue.enqueue(queue.RunImport(import_id=str(import_id)))
