"""API tokens: made once, shown once, kept as digests, limited in scope and time, taken back at any moment."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from readroom.server import config
from readroom.server.allowed import CENTURY_DAYS
from readroom.server.db.models import ApiToken
from readroom.server.domain.errors import Invalid, NotAllowed, NotFound, NotSignedIn
from readroom.server.domain.json_values import check_length
from readroom.server.services import audit
from readroom.server.services.access import Actor, Scope

FIND = """
SELECT u.id, u.username, u.is_superuser, u.is_staff, u.may_create_studies, u.may_create_archives, t.scopes,
       t.last_used_at IS NULL OR t.last_used_at < %s
FROM readroom_apitoken t JOIN readroom_user u ON u.id = t.user_id
WHERE t.digest = %s AND t.revoked_at IS NULL AND u.is_active AND (t.expires_at IS NULL OR t.expires_at > %s)
"""
"""By hand, because every request asks it: composing it anew each time takes longer than answering it."""
INVALID = "Invalid token: it is misspelt, has ended or was taken back; make another one."
USE_IS_NOTED_EVERY = timedelta(minutes=10)
HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class NewToken:
    """The only moment at which the secret is known."""

    id: UUID
    secret: str
    expires_at: datetime | None


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def find_actor(secret: str) -> Actor:
    """Whoever holds this token; raises `NotSignedIn` for one that is wrong, expired, revoked or of a closed account."""
    if not secret or not HEX.issuperset(secret.lower()):
        raise NotSignedIn(INVALID)
    digest, now = digest_of(secret), timezone.now()
    to_text = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        cursor.execute(FIND, [to_text(now - USE_IS_NOTED_EVERY), digest, to_text(now)])
        row = cursor.fetchone()
    if row is None:
        raise NotSignedIn(INVALID)
    if row[7]:
        ApiToken.objects.filter(digest=digest).update(last_used_at=now)
    return Actor(
        id=row[0],
        username=row[1],
        is_superuser=bool(row[2]),
        is_staff=bool(row[3]),
        may_create_studies=bool(row[4]),
        may_create_archives=bool(row[5]),
        scopes=frozenset(json.loads(row[6])),
    )


def create_token(
    actor: Actor, *, name: str = "", scopes: Iterable[str] = (), days: int | None = None, secret: str = ""
) -> NewToken:
    """Make a token for the caller himself; ``secret`` only for databases of tests."""
    if actor.scopes and Scope.WRITE not in actor.scopes:
        raise NotAllowed("A limited token cannot make tokens.")
    wanted = sorted(set(scopes))
    unknown = set(wanted) - set(Scope)
    if unknown:
        raise Invalid(f"Unknown scopes: {', '.join(sorted(unknown))}.", field="scopes")
    check_length(name, longest=120, field="name")
    expires_at = end_of(config.current().token_days if days is None else days)
    secret = secret or secrets.token_hex(32)
    with transaction.atomic():
        row = ApiToken.objects.create(
            user_id=actor.user_id(),
            digest=digest_of(secret),
            hint=secret[:4],
            name=name,
            scopes=wanted,
            expires_at=expires_at,
        )
        audit.record(
            actor,
            "create token",
            target=("token", row.id),
            stream=f"account:{actor.id}",
            after={"name": name, "scopes": wanted, "expires_at": expires_at},
        )
    return NewToken(row.id, secret, expires_at)


def end_of(days: int) -> datetime | None:
    """When a token that is made now ends; 0 days are for ever."""
    if not 0 <= days <= CENTURY_DAYS:
        raise Invalid(f"Give 0 (for ever) to {CENTURY_DAYS} days.", field="days")
    return timezone.now() + timedelta(days=days) if days else None


def list_tokens(actor: Actor) -> list[dict[str, Any]]:
    fields = ("id", "name", "hint", "scopes", "created_at", "expires_at", "last_used_at")
    return list(
        ApiToken.objects.filter(user_id=actor.user_id(), revoked_at=None).order_by("-created_at").values(*fields)
    )


def revoke_token(actor: Actor, *, token_id: UUID) -> None:
    with transaction.atomic():
        rows = ApiToken.objects.filter(pk=token_id, user_id=actor.user_id(), revoked_at=None)
        if not rows.update(revoked_at=timezone.now()):
            raise NotFound
        audit.record(actor, "revoke token", target=("token", token_id), stream=f"account:{actor.id}")
