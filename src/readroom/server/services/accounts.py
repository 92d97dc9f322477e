"""Accounts of people."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import HASH_SESSION_KEY
from django.utils.crypto import constant_time_compare

from readroom.server.db.models import User
from readroom.server.services.access import Actor


def find_actor(user_id: int, *, session: Any = None) -> Actor | None:  # noqa: ANN401 - Django's session
    """The person of a session, unless the account is closed or its password has changed since."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        return None
    if session is not None and not constant_time_compare(
        session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()
    ):
        return None
    return to_actor(user)


def to_actor(user: User) -> Actor:
    return Actor(
        id=user.pk,
        username=user.username,
        is_superuser=user.is_superuser,
        is_staff=user.is_staff,
        may_create_studies=user.may_create_studies,
        may_create_archives=user.may_create_archives,
    )
