"""Wrong passwords are counted per name, in the database, so that every server of a fleet counts the same."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.utils import timezone

from readroom.server.db.models import SignInFailure
from readroom.server.domain.errors import TooManyAttempts

ALLOWED = 10
FORGOTTEN_AFTER = timedelta(minutes=5)


def require_few(name: str) -> None:
    """Refuse to look at another password for this name, once several were wrong within minutes."""
    if SignInFailure.objects.filter(name_digest=digest_of(name), at__gt=oldest()).count() >= ALLOWED:
        raise TooManyAttempts(retry_after=int(FORGOTTEN_AFTER.total_seconds()))


def note_failure(name: str) -> None:
    SignInFailure.objects.filter(at__lte=oldest()).delete()
    SignInFailure.objects.create(name_digest=digest_of(name))


def forget(name: str) -> None:
    SignInFailure.objects.filter(name_digest=digest_of(name)).delete()


def oldest() -> datetime:
    return timezone.now() - FORGOTTEN_AFTER


def digest_of(name: str) -> str:
    """What is typed as a name is sometimes a password, so it is not kept as it is."""
    return hashlib.sha256(name.strip().casefold().encode(errors="replace")).hexdigest()
