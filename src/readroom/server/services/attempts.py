"""Attempts at a password, counted per name until one is right; in the database, so a whole fleet counts the same."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.utils import timezone

from readroom.server.db.models import SignInFailure
from readroom.server.domain.errors import TooManyAttempts

ALLOWED = 10
FORGOTTEN_AFTER = timedelta(minutes=5)


def count(name: str) -> None:
    """Count an attempt before its password is looked at; refuse it when several were wrong within minutes.

    Many attempts at once are no way around the limit: each is counted before any of them is answered.
    """
    SignInFailure.objects.filter(at__lte=oldest()).delete()
    attempt = SignInFailure.objects.create(name_digest=digest_of(name))
    if SignInFailure.objects.filter(name_digest=attempt.name_digest).count() > ALLOWED:
        attempt.delete()
        raise TooManyAttempts(retry_after=int(FORGOTTEN_AFTER.total_seconds()))


def forget(name: str) -> None:
    """Begin to count anew: the password was right."""
    SignInFailure.objects.filter(name_digest=digest_of(name)).delete()


def oldest() -> datetime:
    return timezone.now() - FORGOTTEN_AFTER


def digest_of(name: str) -> str:
    """What is typed as a name is sometimes a password, so it is not kept as it is."""
    return hashlib.sha256(name.strip().casefold().encode(errors="replace")).hexdigest()
