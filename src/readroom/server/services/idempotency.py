"""A POST that is repeated with the same `Idempotency-Key` is done once.

Replies are kept locked: some show a secret, of which everything else in the database and in its backups is a digest.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from django.db import IntegrityError, transaction
from django.utils import timezone

from readroom.server import config
from readroom.server.db.models import RememberedReply
from readroom.server.domain.errors import Busy, Invalid
from readroom.server.services.access import Actor

REMEMBERED_FOR = timedelta(hours=24)
WORKED_ON_FOR = timedelta(minutes=2)


@lru_cache(maxsize=1)
def lock(secret: str) -> Fernet:
    """What locks the replies of a server with this secret."""
    return Fernet(urlsafe_b64encode(hashlib.sha256(b"remembered replies:" + secret.encode()).digest()))


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
    try:
        return Remembered(row[1], lock(config.current().secret).decrypt(bytes(row[2])))
    except InvalidToken:
        raise Invalid("This key was used before the server's secret was changed.", field="Idempotency-Key") from None


def keep(user_id: int, *, key: str, status: int, body: bytes) -> None:
    locked = lock(config.current().secret).encrypt(body)
    RememberedReply.objects.filter(user_id=user_id, key=key).update(status=status, body=locked)


def forget(user_id: int, *, key: str) -> None:
    RememberedReply.objects.filter(user_id=user_id, key=key).delete()
