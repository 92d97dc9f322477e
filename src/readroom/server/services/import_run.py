"""The work of one import: fetch its files, make images of them, keep these, and end it in one transaction."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.db import close_old_connections, connection, transaction

from readroom.server import config
from readroom.server.db.models import Image, ImageFile, Import, ImportOutcome, ImportStatus, Upload
from readroom.server.domain.errors import Refusal
from readroom.server.services import audit, imports
from readroom.server.services.access import SYSTEM
from readroom.server.services.image_rows import StoredImage, store_images, store_originals
from readroom.server.services.imports import Claim, Ending, Refusing
from readroom.server.storage import stores
from readroom.server.storage.blobs import BlobStore, MissingBlob, NoSpace, OutOfReach
from readroom.server.storage.local import LocalBlobs

if TYPE_CHECKING:
    from readroom.imaging import FileOutcome, ImportResult, Progress

logger = logging.getLogger(__name__)

LONGEST_NAME = 200
FETCHING_THREADS = 8
REASONS_SHOWN = 10
STAGES = {"collecting": (0.0, 0.05), "reading": (0.05, 0.15), "storing": (0.15, 0.95)}


FULL = "The server's storage is full; ask its operator to make room, then try again."
UNEXPECTED = "An unexpected error happened; it was written to the log."
OUT_OF_REACH = "The server's storage did not answer; start the import again later."
"""Until the last attempt an import is left as it is: its lease runs out, and it is done again."""


class LeaseLost(Exception):
    """Another worker has this import now, or it was cancelled."""


class Unfinished(Exception):
    """The import cannot become what was asked for; the message is for the person who asked."""

    def __init__(self, message: str, outcomes: Sequence[FileOutcome] = ()) -> None:
        super().__init__(message)
        self.outcomes = outcomes


def run_import(import_id: UUID, *, worker: str, attach: Ending, refuse: Refusing) -> ImportStatus | None:
    """Work on an import until it has ended; None when it was not this worker's to do.

    Parameters
    ----------
    worker : str
        Name of this worker, another one for every run.
    attach : callable
        Puts the images where they are wanted, in the transaction that ends the import; a refusal makes it fail.
    refuse : callable
        Told that the import has failed, in the transaction that ends it.
    """
    claim = imports.claim_import(import_id, worker=worker)
    if claim is None:
        return None
    try:
        with Heartbeat(claim) as heart, work_folder() as folder:
            images, outcomes = make_images(claim, folder, heart)
            return finish(claim, images, outcomes, attach=attach, refuse=refuse)
    except LeaseLost:
        return None
    except Unfinished as error:
        return fail(claim, str(error), error.outcomes, refuse=refuse)
    except Exception as error:
        if isinstance(error, OutOfReach) and not claim.is_last_attempt:
            logger.warning("import put off: %s", claim.import_id, exc_info=True)
            return None
        return fail(claim, reason_of(error, claim), [], refuse=refuse)


def reason_of(error: Exception, claim: Claim) -> str:
    """What the person who asked is told of an error that is not about the files."""
    if isinstance(error, NoSpace):
        return FULL
    logger.error("import failed: %s", claim.import_id, exc_info=error)
    return OUT_OF_REACH if isinstance(error, OutOfReach) else UNEXPECTED


class Heartbeat:
    """Renews the lease of an import from a thread of its own, and says when it is lost."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.every = config.current().import_lease_seconds / 3
        self.ended = threading.Event()
        self.is_lost = False
        self.progress = 0.0
        self.thread = threading.Thread(target=self.beat, name="import-lease", daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.ended.set()
        self.thread.join()

    def beat(self) -> None:
        try:
            while not self.ended.wait(self.every):
                close_old_connections()
                if not imports.renew_lease(self.claim, progress=self.progress):
                    self.is_lost = True
                    return
        finally:
            connection.close()

    def note(self, progress: Progress) -> None:
        """Called by the import now and then; raising here ends it."""
        if self.is_lost:
            raise LeaseLost
        start, end = STAGES[progress.stage]
        self.progress = start + (end - start) * progress.done / max(progress.total, 1)


@contextmanager
def work_folder() -> Iterator[Path]:
    """A folder on the disk of the blobs, gone afterwards; what a killed worker leaves, `clear_work` removes."""
    base = config.current().data / "work"
    base.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=base, prefix="import-", ignore_cleanup_errors=True) as name:
        yield Path(name)


def clear_work(*, older_than_seconds: float) -> None:
    """Remove the folders that killed workers left behind."""
    limit = time.time() - older_than_seconds
    for folder in (config.current().data / "work").glob("*"):
        if folder.stat().st_mtime < limit:
            shutil.rmtree(folder, ignore_errors=True)


def make_images(claim: Claim, folder: Path, heart: Heartbeat) -> tuple[list[StoredImage], Sequence[FileOutcome]]:
    from readroom.imaging import Limits, import_files

    paths = fetch_files(claim, folder / "in")
    settings = config.current()
    result: ImportResult = import_files(
        paths,
        destination=folder / "out",
        progress=heart.note,
        threads=settings.import_threads,
        limits=Limits(max_files=max(settings.import_max_files, Limits().max_files)),
    )
    require_images(claim, result)
    originals = store_originals(paths)
    return store_images(result.images, originals=originals, name=claim.image_name), result.files


def fetch_files(claim: Claim, folder: Path) -> list[Path]:
    """The uploads as files under their own names; local ones are linked, not copied."""
    folder.mkdir(parents=True)
    store = stores.current()
    places = [folder / disk_name(file.filename, file.position) for file in claim.files]
    threads = 1 if isinstance(store, LocalBlobs) else FETCHING_THREADS
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda file, place: fetch(store, file.key, place), claim.files, places))
    return places


def disk_name(filename: str, position: int) -> str:
    """The name of the upload, shortened where it is longer than a disk allows."""
    if len(filename.encode()) <= LONGEST_NAME:
        return filename
    stem, dot, suffix = filename.rpartition(".")
    return f"{position}-{(stem or filename)[:40]}{dot}{suffix[:10]}"


def fetch(store: BlobStore, key: str, place: Path) -> None:
    try:
        if isinstance(store, LocalBlobs):
            os.link(store.path(key), place)
            return
        with place.open("xb") as file:
            file.writelines(store.read(key))
    except (MissingBlob, FileNotFoundError):
        raise Unfinished("An uploaded file is gone; upload the files again.") from None


def require_images(claim: Claim, result: ImportResult) -> None:
    if not result.images:
        raise Unfinished(f"No image could be made. {reasons_of(result.files)}".strip(), result.files)
    if claim.wants_one_image and len(result.images) > 1:
        names = ", ".join(image.header.name for image in result.images[:REASONS_SHOWN])
        raise Unfinished(f"The files make {len(result.images)} images where one is wanted: {names}.", result.files)


def reasons_of(outcomes: Sequence[FileOutcome]) -> str:
    """Why files became no images, the first ones in full."""
    refused = [outcome for outcome in outcomes if outcome.outcome != "used"]
    shown = [f"{outcome.name}: {outcome.reason}" for outcome in refused[:REASONS_SHOWN]]
    more = f"… and {len(refused) - REASONS_SHOWN} more files." if len(refused) > REASONS_SHOWN else ""
    return " ".join([*shown, more]).strip()


def finish(
    claim: Claim,
    images: Sequence[StoredImage],
    outcomes: Sequence[FileOutcome],
    *,
    attach: Ending,
    refuse: Refusing,
) -> ImportStatus | None:
    """End the import with its images, or as failed when they are not wanted any more."""
    try:
        with transaction.atomic():
            row = locked_row(claim)
            write_images(row, images)
            write_outcomes(row, outcomes)
            refused = [outcome for outcome in outcomes if outcome.outcome == "refused"]
            imports.end(row, ImportStatus.SUCCEEDED, message=reasons_of(refused))
            if row.target_kind:
                attach(row.pk)
            note_end(row)
            Upload.objects.filter(pk__in=[file.upload_id for file in claim.files]).delete()
    except Refusal as error:
        return fail(claim, error.message, outcomes, refuse=refuse)
    remove_uploads(claim)
    return ImportStatus.SUCCEEDED


def locked_row(claim: Claim) -> Import:
    rows = Import.objects.select_for_update().filter(pk=claim.import_id, leased_by=claim.worker)
    row = rows.filter(status=ImportStatus.STARTED).first()
    if row is None:
        raise LeaseLost
    return row


def write_images(row: Import, images: Sequence[StoredImage]) -> None:
    made = [Image(origin=row, creator_id=row.creator_id, **image.fields) for image in images]
    Image.objects.bulk_create(made)
    ImageFile.objects.bulk_create(
        ImageFile(
            image=image,
            blob_id=file.key,
            kind=file.kind,
            position=place,
            name=file.name,
            instance_uid=file.instance_uid,
        )
        for image, stored in zip(made, images, strict=True)
        for place, file in enumerate(stored.files)
    )


def write_outcomes(row: Import, outcomes: Sequence[FileOutcome]) -> None:
    row.outcomes.all().delete()
    ImportOutcome.objects.bulk_create(
        ImportOutcome(import_job=row, name=outcome.name[-512:], outcome=outcome.outcome, reason=outcome.reason)
        for outcome in outcomes
    )


def note_end(row: Import) -> None:
    audit.record(
        SYSTEM,
        "end import",
        target=("import", row.pk),
        stream=f"account:{row.creator_id}",
        after={"status": row.status, "target": row.target_kind, "target_id": row.target_id},
        why=row.error_message,
    )


def fail(claim: Claim, message: str, outcomes: Sequence[FileOutcome], *, refuse: Refusing) -> ImportStatus | None:
    """End the import as failed. Its uploads stay until they expire, so that it can be started again."""
    try:
        with transaction.atomic():
            row = locked_row(claim)
            write_outcomes(row, outcomes)
            imports.end(row, ImportStatus.FAILED, message=message)
            refuse(row.pk, reason=message)
            Upload.objects.filter(pk__in=[file.upload_id for file in claim.files]).update(used_at=None)
            note_end(row)
    except LeaseLost:
        return None
    return ImportStatus.FAILED


def remove_uploads(claim: Claim) -> None:
    store = stores.current()
    for file in claim.files:
        store.remove(file.key)
