"""A forgotten password: a link by mail that works once, for some days."""

from __future__ import annotations

from django.contrib.auth.tokens import default_token_generator
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from readroom.server.db.models import User
from readroom.server.domain.errors import Invalid
from readroom.server.services import accounts, attempts, mails

SUBJECT = "Set a new password"
TEXT = """Somebody, probably you, asked for a new password of the account {username}.

Set it here: {link}

If it was not you, do nothing: the old password stays.
"""
ENDED = "This link was used or has ended; ask for a new one."


def ask_for_reset(*, email: str, page: str) -> None:
    """Mail a link to whoever has an account with this address; whether somebody has, nobody learns."""
    counted = f"new password of {email.lower()}"
    attempts.count(counted)
    for user in User.objects.filter(email__iexact=email, email__gt="", is_active=True):
        uid = urlsafe_base64_encode(force_bytes(user.pk))
        link = f"{page}?uid={uid}&token={default_token_generator.make_token(user)}"
        mails.send(to=user.email, subject=SUBJECT, text=TEXT.format(username=user.username, link=link))


def reset_password(*, uid: str, token: str, password: str) -> None:
    user = find_user(uid)
    if user is None or not default_token_generator.check_token(user, token):
        raise Invalid(ENDED)
    accounts.set_password(user, password, act="reset password")


def find_user(uid: str) -> User | None:
    try:
        return User.objects.filter(pk=int(urlsafe_base64_decode(uid)), is_active=True).first()
    except ValueError:
        return None
