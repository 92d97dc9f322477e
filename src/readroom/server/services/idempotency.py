"""A POST that is repeated with the same `Idempotency-Key` is done once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from readroom.server.db.models import RememberedReply
from readroom.server.domain.errors import Busy, Invalid
from readroom.server.services.access import Actor

REMEMBERED_FOR = timedelta(hours=24)
WORKED_ON_FOR = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Remembered:
    status: int
    body: bytes


def claim(actor: Actor, *, key: str, request_digest: str) -> Remembered | None:
    """The reply of the first request, or None when this one is the first."""
    if len(key) > 255:
        raise Invalid("An Idempotency-Key has at most 255 characters.", field="Idempotency-Key")
    user_id, now = actor.user_id(), timezone.now()
    mine = RememberedReply.objects.filter(user_id=user_id, key=key)
    mine.filter(created_at__lt=now - REMEMBERED_FOR).delete()
    mine.filter(status=0, created_at__lt=now - WORKED_ON_FOR).delete()
    try:
        with transaction.atomic():
            RememberedReply.objects.create(user_id=user_id, key=key, request_digest=request_digest)
    except IntegrityError:
        return repeated(mine.values_list("request_digest", "status", "body").first(), request_digest)
    return None


def repeated(row: tuple[str, int, bytes | memoryview[int]] | None, request_digest: str) -> Remembered:
    if row is None or (row[1] == 0 and row[0] == request_digest):
        raise Busy("The same request is being worked on.", retry_after=1)
    if row[0] != request_digest:
        raise Invalid("This key was used for another request.", field="Idempotency-Key")
    return Remembered(row[1], bytes(row[2]))


def keep(user_id: int, *, key: str, status: int, body: bytes) -> None:
    RememberedReply.objects.filter(user_id=user_id, key=key).update(status=status, body=body)


def forget(user_id: int, *, key: str) -> None:
    RememberedReply.objects.filter(user_id=user_id, key=key).delete()
