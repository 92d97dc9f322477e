"""Uploads: received in parts, joined, and then used once, by an import or as a file.

The rows say how far an upload is; the bytes stand in the storage. What is done twice because a reply was lost gives the
same result. Limits count only what is unused and not yet expired, so that they free themselves.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, cast
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from readroom.server import config
from readroom.server.db.models import Blob, Upload, UploadStatus
from readroom.server.domain.errors import Invalid, NotAllowed, NotFound, NotSignedIn, StorageFull
from readroom.server.services import audit, raw_rows
from readroom.server.services.access import Actor
from readroom.server.services.streams import BlobFile
from readroom.server.storage import stores
from readroom.server.storage.blobs import (
    LARGEST_PART_NUMBER,
    MissingBlob,
    MissingParts,
    NoSpace,
    Part,
    StorageError,
    WrongParts,
)

ABANDONED_AFTER = timedelta(hours=1)
LONGEST_NAME = 128
TOO_MANY = (
    "You have created too many uploads: {count} of at most {limit} are not used yet. "
    "Use or delete some; those that nobody uses are removed after {hours} hours."
)
TOO_MUCH = "Your unused uploads hold {used} of at most {limit} bytes; use or delete some."
WAITING = (UploadStatus.INITIALIZED.value, UploadStatus.COMPLETED.value)
_UNUSED = """
SELECT COUNT(*), SUM(size) FROM readroom_upload
WHERE creator_id = %s AND status IN (%s, %s) AND used_at IS NULL AND created_at > %s
"""
_ROW = "SELECT {}, filename, creator_id, multipart_id, status, size FROM readroom_upload WHERE id = %s"
COLUMNS = ("id", "created_at", "filename", "creator_id", "multipart_id", "status", "size")


@dataclass(frozen=True, slots=True)
class UploadRow:
    """An upload as lists show it."""

    id: UUID
    created_at: datetime
    filename: str
    creator_id: int
    multipart_id: str
    status: str
    size: int

    @property
    def key(self) -> str:
        return key_of(self.creator_id, self.id)


@dataclass(frozen=True, slots=True)
class UsedUpload:
    """Bytes that left the uploads and belong to whoever asked for them."""

    blob: Blob
    filename: str
    size: int


def key_of(creator_id: int, upload_id: UUID) -> str:
    return f"uploads/{creator_id}/{upload_id}"


def own(actor: Actor) -> QuerySet[Upload]:
    return Upload.objects.filter(creator_id=actor.id or 0)


def count_uploads(actor: Actor) -> int:
    return own(actor).count()


def list_uploads(actor: Actor, *, offset: int, limit: int) -> list[UploadRow]:
    rows = own(actor).order_by("created_at", "id").values_list(*COLUMNS)
    return [UploadRow(*row) for row in rows[offset : offset + limit]]


def find_upload(actor: Actor, *, upload_id: UUID, multipart_id: str | None = None) -> UploadRow:
    """The caller's own upload; raises `NotFound`, also when the other id in the address does not belong to it."""
    found = read_row(upload_id)
    if found is None or found.creator_id != actor.id:
        raise NotFound
    if multipart_id is not None and found.multipart_id != multipart_id:
        raise NotFound
    return found


def begin_upload(actor: Actor, *, filename: str) -> UploadRow:
    """Make room for a file; its name may have a path, of which the last part is kept."""
    if not actor.is_signed_in:
        raise NotSignedIn
    name = checked_name(filename)
    require_room(actor)
    upload_id = uuid4()
    key = key_of(actor.user_id(), upload_id)
    with full_storage_named():
        multipart_id = stores.current().begin_parts(key)
    with transaction.atomic():
        row = Upload.objects.create(
            pk=upload_id,
            creator_id=actor.user_id(),
            filename=name,
            status=UploadStatus.INITIALIZED,
            multipart_id=multipart_id,
        )
        record(actor, "begin upload", upload_id, after={"status": row.status})
    return UploadRow(row.pk, row.created_at, name, row.creator_id, multipart_id, row.status, 0)


def record(actor: Actor, act: str, upload_id: UUID, *, before: object = None, after: object = None) -> None:
    """One entry in the account's trail; names of files stay out of it, because they may be names of patients."""
    target = ("upload", upload_id)
    audit.record(actor, act, target=target, stream=f"account:{actor.user_id()}", before=before, after=after)


def checked_name(filename: str) -> str:
    name = filename.replace("\\", "/").rsplit("/", 1)[-1].strip()
    if not name or name in {".", ".."} or any(ord(letter) < 32 for letter in name):
        raise Invalid("Give the name of a file.", field="filename")
    if len(name) > LONGEST_NAME:
        raise Invalid(f"Ensure this field has no more than {LONGEST_NAME} characters.", field="filename")
    return name


def unused(actor: Actor) -> QuerySet[Upload]:
    """What counts against the limits."""
    since = timezone.now() - timedelta(hours=config.current().upload_hours)
    return Upload.objects.filter(creator_id=actor.id or 0, status__in=WAITING, used_at=None, created_at__gt=since)


def count_and_size(actor: Actor) -> tuple[int, int]:
    """How many there are of these and how many bytes they hold; by hand, as every file asks for it twice."""
    since = timezone.now() - timedelta(hours=config.current().upload_hours)
    written = connection.ops.adapt_datetimefield_value(since)
    count, size = raw_rows.read(_UNUSED, [actor.id or 0, *WAITING, written])[0]
    return count, int(size or 0)


def require_room(actor: Actor) -> None:
    """Raise when the caller has too many uploads, after forgetting those that he broke off, or the disk is full."""
    settings = config.current()
    if count_and_size(actor)[0] >= settings.upload_max_count:
        abandoned = unused(actor).filter(
            status=UploadStatus.INITIALIZED, created_at__lt=timezone.now() - ABANDONED_AFTER
        )
        discard_still(abandoned)
        count = unused(actor).count()
        if count >= settings.upload_max_count:
            raise Invalid(TOO_MANY.format(count=count, limit=settings.upload_max_count, hours=settings.upload_hours))
    require_free_disk()


def require_free_disk() -> None:
    settings = config.current()
    folder = settings.data
    if not folder.exists():
        folder = next(path for path in folder.resolve().parents if path.exists())
    if shutil.disk_usage(folder).free < settings.free_disk_min_bytes:
        raise StorageFull


def sign_parts(actor: Actor, *, upload: UploadRow, numbers: Sequence[int]) -> Mapping[int, str]:
    """Addresses to PUT parts to."""
    if upload.status != UploadStatus.INITIALIZED:
        raise NotAllowed("This upload does not wait for parts.")
    if not numbers or any(not 1 <= number <= LARGEST_PART_NUMBER for number in numbers) or len(numbers) > 1000:
        raise Invalid(f"Give part numbers from 1 to {LARGEST_PART_NUMBER}.", field="part_numbers")
    settings = config.current()
    used = count_and_size(actor)[1]
    if used >= settings.upload_max_bytes:
        raise NotAllowed(TOO_MUCH.format(used=used, limit=settings.upload_max_bytes))
    require_free_disk()
    return stores.current().part_links(
        upload.key, upload.multipart_id, sorted(set(numbers)), seconds=settings.part_link_seconds
    )


def list_parts(*, upload: UploadRow) -> Sequence[Part]:
    if upload.status != UploadStatus.INITIALIZED:
        return []
    try:
        return stores.current().list_parts(upload.key, upload.multipart_id)
    except MissingParts:  # a server that was restored, or a bucket that drops what is not completed
        raise NotFound from None


def complete_upload(actor: Actor, *, upload: UploadRow, parts: Sequence[tuple[int, str]]) -> UploadRow:
    """Join the parts; an upload that is complete stays so."""
    if upload.status == UploadStatus.COMPLETED:
        return upload
    if upload.status != UploadStatus.INITIALIZED:
        raise Invalid("This upload was aborted; begin a new one.")
    store = stores.current()
    try:
        with full_storage_named():
            joined = store.join_parts(upload.key, upload.multipart_id, parts)
    except WrongParts as error:
        raise Invalid(str(error), field="parts") from error
    except MissingParts:
        raise Invalid("This upload has ended; begin a new one.") from None
    with transaction.atomic():
        rows = Upload.objects.filter(pk=upload.id, status=UploadStatus.INITIALIZED)
        is_first = rows.update(status=UploadStatus.COMPLETED, size=joined.size, digest=joined.etag)
        if is_first:
            after = {"status": UploadStatus.COMPLETED, "size": joined.size, "digest": joined.etag}
            record(actor, "complete upload", upload.id, before={"status": upload.status}, after=after)
    if is_first:
        with suppress(StorageError):  # S3 has let go of them already, and its answer to this is not the client's matter
            store.drop_parts(upload.key, upload.multipart_id)
        return replace(upload, status=UploadStatus.COMPLETED, size=joined.size)
    row = read_row(upload.id)
    if row is None:
        store.remove(upload.key)
        raise NotFound
    return row


def abort_upload(actor: Actor, *, upload: UploadRow) -> UploadRow:
    """Forget what was received so far; the upload itself is kept as aborted until it expires."""
    if upload.status == UploadStatus.COMPLETED:
        raise Invalid("This upload is complete; delete it instead.")
    with transaction.atomic():
        rows = Upload.objects.filter(pk=upload.id, status=UploadStatus.INITIALIZED)
        is_aborted = rows.update(status=UploadStatus.ABORTED, multipart_id="")
        if is_aborted:
            after = {"status": UploadStatus.ABORTED}
            record(actor, "abort upload", upload.id, before={"status": upload.status}, after=after)
    if is_aborted and upload.multipart_id:
        stores.current().drop_parts(upload.key, upload.multipart_id)
    return find_row(upload.id)


def read_row(upload_id: UUID) -> UploadRow | None:
    rows = raw_rows.read(_ROW.format(raw_rows.moment("created_at")), [upload_id])
    if not rows:
        return None
    created_at, *columns = rows[0]
    return UploadRow(upload_id, raw_rows.to_moment(created_at), *columns)


def find_row(upload_id: UUID) -> UploadRow:
    return UploadRow(*Upload.objects.filter(pk=upload_id).values_list(*COLUMNS).get())


def delete_upload(actor: Actor, *, upload_id: UUID) -> None:
    """Remove an upload that nothing uses yet."""
    with transaction.atomic():
        row = own(actor).select_for_update().filter(pk=upload_id).first()
        if row is None:
            raise NotFound
        if row.used_at is not None:
            raise Invalid("This upload is being imported.")
        discard([row])
        record(actor, "delete upload", upload_id, before={"status": row.status, "size": row.size})


def discard(rows: Iterable[Upload]) -> int:
    """Remove uploads and their bytes. The row goes last: what is left behind by a crash is found again."""
    store = stores.current()
    removed = 0
    for row in rows:
        key = key_of(row.creator_id, row.pk)
        if row.multipart_id:
            store.drop_parts(key, row.multipart_id)
        store.remove(key)
        removed += Upload.objects.filter(pk=row.pk).delete()[0]
    return removed


def discard_still(rows: QuerySet[Upload]) -> int:
    """Remove one after the other what is still among these when its turn comes: it may be used or completed by then."""
    removed = 0
    for upload_id in list(rows.values_list("pk", flat=True)):
        with transaction.atomic():
            removed += discard(rows.select_for_update().filter(pk=upload_id))
    return removed


def discard_expired() -> int:
    """Remove what nobody used in time, and what an import has used up."""
    since = timezone.now() - timedelta(hours=config.current().upload_hours)
    return discard_still(Upload.objects.filter(created_at__lt=since, used_at=None))


def take_uploads(actor: Actor, *, upload_ids: Sequence[UUID], field: str = "uploads") -> list[UploadRow]:
    """Reserve the caller's completed uploads for one use, in the order given; inside the caller's transaction."""
    require_transaction()
    rows = {row[0]: UploadRow(*row) for row in own(actor).filter(pk__in=upload_ids, used_at=None).values_list(*COLUMNS)}
    missing = [str(upload_id) for upload_id in upload_ids if upload_id not in rows]
    if missing:
        raise Invalid(
            f"These uploads do not exist, are used already, or are not yours: {', '.join(missing)}.", field=field
        )
    unfinished = [row.filename for row in rows.values() if row.status != UploadStatus.COMPLETED]
    if unfinished:
        raise Invalid(f"These uploads are not completed: {', '.join(unfinished)}.", field=field)
    taken = own(actor).filter(pk__in=upload_ids, used_at=None).update(used_at=timezone.now())
    if taken != len(set(upload_ids)):
        raise Invalid("These uploads were used just now.", field=field)
    return [rows[upload_id] for upload_id in upload_ids]


def require_transaction() -> None:
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("uploads are taken in the transaction of what uses them")


def use_as_file(actor: Actor, *, upload_id: UUID) -> UsedUpload:
    """Turn a completed upload into a blob that the caller's object refers to; inside the caller's transaction.

    The bytes stay where they are; only the upload's row goes.
    """
    row = take_uploads(actor, upload_ids=[upload_id], field="user_upload")[0]
    blob = Blob.objects.create(key=row.key, size=row.size, unused_since=None)
    Upload.objects.filter(pk=row.id).delete()
    return UsedUpload(blob, row.filename, row.size)


def open_file(blob: Blob) -> IO[bytes]:
    """A blob as a file to read from, with `seek`; ranges are fetched as they are read."""
    try:
        return cast("IO[bytes]", BlobFile(stores.current(), blob.key, blob.size))
    except MissingBlob:
        raise NotFound from None


@contextmanager
def full_storage_named() -> Iterator[None]:
    """Turn a full storage into a refusal that says so."""
    try:
        yield
    except NoSpace as error:
        raise StorageFull from error


def add_file(actor: Actor, path: Path, *, filename: str = "") -> UploadRow:
    """A completed upload from a file of this machine: for what does not come over the API."""
    name, upload_id = checked_name(filename or path.name), uuid4()
    with full_storage_named():
        stores.current().write_file(key_of(actor.user_id(), upload_id), path)
    Upload.objects.create(
        pk=upload_id,
        creator_id=actor.user_id(),
        filename=name,
        status=UploadStatus.COMPLETED,
        size=path.stat().st_size,
    )
    return find_row(upload_id)
