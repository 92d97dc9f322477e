"""What is no longer used goes: expired uploads, unused images, bytes without an owner, replies that were remembered."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import Exists, OuterRef, QuerySet, Sum
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from readroom.server import config
from readroom.server.db.models import Blob, Image, ImageFile, RememberedReply
from readroom.server.services import image_files, import_run, uploads
from readroom.server.services.idempotency import REMEMBERED_FOR
from readroom.server.storage import stores

logger = logging.getLogger(__name__)

WORK_IS_KEPT = timedelta(days=1)
BLOB_GRACE = timedelta(hours=1)
BATCH = 500
LOST_AFTER = timedelta(hours=2)
DONE_MESSAGES_ARE_KEPT = timedelta(days=1)


def clean_up() -> dict[str, int]:
    """Everything at once, each part for itself; returns how much went."""
    removed = {
        "uploads": uploads.discard_expired(),
        "images": discard_unused_images(grace=timedelta(hours=config.current().image_unused_hours)),
        "blobs": discard_unused_blobs(grace=BLOB_GRACE),
        "made files": trim_made_files(),
        "replies": RememberedReply.objects.filter(created_at__lt=timezone.now() - REMEMBERED_FOR).delete()[0],
    }
    import_run.clear_work(older_than_seconds=WORK_IS_KEPT.total_seconds())
    logger.info("clean-up: %s", ", ".join(f"{count} {what}" for what, count in removed.items()))
    return removed


def unreferenced(rows: QuerySet[Any], *, but: tuple[type[models.Model], ...] = ()) -> QuerySet[Any]:
    """Rows that no other table refers to; tables named in ``but`` do not count."""
    fields = rows.model._meta.get_fields(include_hidden=True)  # noqa: SLF001 - the public name of a model's facts
    for relation in [field for field in fields if field.auto_created and not field.concrete]:
        if relation.related_model not in but:
            users = relation.related_model._default_manager.filter(  # noqa: SLF001 - same
                **{relation.field.name: OuterRef("pk")}
            )
            rows = rows.exclude(Exists(users))
    return rows


def discard_unused_images(*, grace: timedelta) -> int:
    """Remove images that nothing has used for a while; their bytes follow when no other image has them."""
    now = timezone.now()
    unused = unreferenced(Image.objects.all(), but=(ImageFile,))
    Image.objects.filter(unused_since__isnull=False).exclude(pk__in=unused.values("pk")).update(unused_since=None)
    unused.filter(unused_since=None).update(unused_since=now)
    expired = unused.filter(unused_since__lte=now - grace)
    removed = 0
    for image_id in list(expired.values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            row = Image.objects.select_for_update().filter(pk=image_id).first()
            if row is not None and expired.filter(pk=image_id).exists():
                row.delete()
                removed += 1
    return removed


def discard_unused_blobs(*, grace: timedelta) -> int:
    """Remove bytes that no row refers to. The bytes go while the row is locked, so none can begin to use them."""
    now = timezone.now()
    unused = unreferenced(Blob.objects.exclude(key__startswith=image_files.FOLDER))
    unused.filter(unused_since=None).update(unused_since=now)
    expired = unused.filter(unused_since__lte=now - grace)
    return sum(discard_blob(key, expired) for key in list(expired.values_list("pk", flat=True)[:BATCH]))


def discard_blob(key: str, expired: QuerySet[Any]) -> int:
    """Remove the bytes unless somebody has announced meanwhile that he will use them."""
    store = stores.current()
    with transaction.atomic():
        row = Blob.objects.select_for_update().filter(pk=key).first()
        if row is None or not expired.filter(pk=key).exists():
            return 0
        row.delete()
        store.remove(key)
        if key.startswith("packs/"):
            discard_made_files(key)
    return 1


def discard_made_files(pack_key: str) -> None:
    keys = [image_files.derived_key(pack_key, suffix) for suffix in image_files.MAKERS]
    for key in Blob.objects.filter(pk__in=keys).values_list("pk", flat=True):
        stores.current().remove(key)
    Blob.objects.filter(pk__in=keys).delete()


def trim_made_files() -> int:
    """Remove files made on demand, the oldest first, until the rest is as small as the settings want."""
    made = Blob.objects.filter(key__startswith=image_files.FOLDER)
    excess = (made.aggregate(total=Sum("size"))["total"] or 0) - config.current().cache_max_bytes
    removed = 0
    for key, size in made.order_by("unused_since").values_list("key", "size") if excess > 0 else []:
        if excess <= 0:
            break
        stores.current().remove(key)
        Blob.objects.filter(pk=key).delete()
        excess -= size
        removed += 1
    return removed


def release_lost_messages() -> int:
    """Deliver messages again whose worker died with them in hand, and forget the old ones that were done."""
    now = timezone.now()
    DBTaskResult.objects.finished().filter(finished_at__lt=now - DONE_MESSAGES_ARE_KEPT).delete()
    lost = DBTaskResult.objects.running().filter(started_at__lt=now - LOST_AFTER)
    return lost.update(status=TaskResultStatus.READY, started_at=None)
