"""Accounts of people: found, made, signed in to, closed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from readroom.server.db.models import AccountSettings, ApiToken, User
from readroom.server.domain.errors import Invalid, NotAllowed, NotFound, NotSignedIn
from readroom.server.services import attempts, audit
from readroom.server.services.access import Actor

WRONG = "The name or the password is not right."


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """What is known of an account when it is made."""

    username: str
    email: str = ""
    password: str = ""
    first_name: str = ""
    last_name: str = ""
    pseudonym: str = ""
    oidc_subject: str | None = None
    is_superuser: bool = False
    may_create_studies: bool = False
    may_create_archives: bool = False


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


def sign_in(*, name: str, password: str) -> User:
    """The account of this user name or mail address and password; every failure looks the same and takes as long."""
    attempts.count(name)
    user = User.objects.filter(Q(username=name) | Q(email__iexact=name, email__gt=""), is_active=True).first()
    is_right = check_password(password, user.password if user else make_password("nobody has this password"))
    if user is None or not is_right:
        raise NotSignedIn(WRONG)
    attempts.forget(name)
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(last_login=timezone.now())
        audit.record(to_actor(user), "sign in", target=("account", user.pk), stream=f"account:{user.pk}")
    return user


def create_account(actor: Actor, new: NewAccount) -> User:
    """Make an account; only the platform, its superusers and an accepted invitation do this."""
    if not actor.is_superuser:
        raise NotAllowed
    check_new(new)
    fields = {name: getattr(new, name) for name in NewAccount.__slots__ if name != "password"}
    try:
        with transaction.atomic():
            user = User.objects.create(**fields, password=make_password(new.password or None))
            audit.record(
                actor,
                "create account",
                target=("account", user.pk),
                stream=f"account:{user.pk}",
                after={"username": new.username, "is_superuser": new.is_superuser},
            )
    except IntegrityError:
        raise Invalid("There is an account with this name.", field="username") from None
    return user


def check_new(new: NewAccount) -> None:
    try:
        UnicodeUsernameValidator()(new.username)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field="username") from error
    if not new.username or len(new.username) > 150:
        raise Invalid("A user name has 1 to 150 characters.", field="username")
    if new.email:
        check_email(new.email)
        if User.objects.filter(email__iexact=new.email).exists():
            raise Invalid("There is an account with this mail address.", field="email")
    if new.password:
        check_new_password(new.password, User(username=new.username, email=new.email))


def check_email(email: str) -> None:
    try:
        validate_email(email)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field="email") from error


def check_new_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field="password") from error


def set_password(user: User, password: str, *, act: str) -> None:
    """Change a password; every session of the account ends with it."""
    check_new_password(password, user)
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(password=make_password(password))
        audit.record(to_actor(user), act, target=("account", user.pk), stream=f"account:{user.pk}")


def change_password(actor: Actor, *, old: str, new: str) -> User:
    user = User.objects.get(pk=actor.user_id())
    attempts.count(user.username)
    if not check_password(old, user.password):
        raise Invalid("This is not your password.", field="old_password")
    attempts.forget(user.username)
    set_password(user, new, act="change password")
    user.refresh_from_db()
    return user


def describe(actor: Actor) -> dict[str, Any]:
    """The caller's own account."""
    user = User.objects.get(pk=actor.user_id())
    return {
        "username": user.username,
        "name": user.get_full_name() or user.username,
        "email": user.email,
        "is_superuser": user.is_superuser,
        "may_create_studies": user.may_create_studies or user.is_superuser,
        "may_create_archives": user.may_create_archives or user.is_superuser,
    }


def close_account(actor: Actor, *, username: str) -> None:
    """Close an account: nobody signs in any more, its tokens end, its names are gone; its answers stay."""
    if not actor.is_superuser and actor.username != username:
        raise NotFound
    with transaction.atomic():
        user = User.objects.select_for_update().filter(username=username, removed_at=None).first()
        if user is None:
            raise NotFound
        closed = replace(NewAccount(username=f"closed-{uuid4().hex[:12]}"), pseudonym=user.pseudonym)
        ApiToken.objects.filter(user=user).update(revoked_at=timezone.now())
        AccountSettings.objects.filter(user=user).delete()
        User.objects.filter(pk=user.pk).update(
            username=closed.username,
            email="",
            first_name="",
            last_name="",
            oidc_subject=None,
            password=make_password(None),
            is_active=False,
            removed_at=timezone.now(),
        )
        audit.record(actor, "close account", target=("account", user.pk), stream=f"account:{user.pk}")
