"""Invitations: a link by mail that gives a person an account and, if wanted, a role in a study."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from readroom.server.db.models import Invitation, ReaderStudy, User
from readroom.server.domain.errors import Invalid, NotAllowed, NotFound
from readroom.server.domain.json_values import check_length
from readroom.server.domain.permissions import Act
from readroom.server.services import accounts, audit, mails, members
from readroom.server.services.access import SYSTEM, Actor
from readroom.server.services.roles import require_in_study

VALID_FOR = timedelta(days=14)
SUBJECT = "Invitation to {title}"
TEXT = """You are invited to {title}{role}.

Accept here: {link}

The link works once, until {until:%d %B %Y}.
"""
ENDED = "This invitation was used, taken back, or has ended; ask for a new one."


@dataclass(frozen=True, slots=True)
class Sent:
    """An invitation and its link, which is known only now."""

    id: UUID
    link: str
    is_mailed: bool


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def invite(
    actor: Actor, *, email: str, page: str, study_id: UUID | None = None, role: str = "", pseudonym: str = ""
) -> Sent:
    """Mail an invitation. An editor invites to a study, a superuser to the platform; ``page`` begins the link."""
    title = require_may_invite(actor, study_id=study_id, role=role)
    accounts.check_email(email)
    check_length(email, longest=254, field="email")
    check_length(pseudonym, longest=members.LONGEST_PSEUDONYM, field="pseudonym")
    secret = secrets.token_urlsafe(32)
    link = f"{page}?invitation={secret}"
    with transaction.atomic():
        row = Invitation.objects.create(
            email=email,
            digest=digest_of(secret),
            target_kind="study" if study_id else "",
            target_id=study_id,
            role=role,
            pseudonym=pseudonym,
            invited_by_id=actor.id,
            expires_at=timezone.now() + VALID_FOR,
        )
        stream = f"study:{study_id}" if study_id else "platform"
        audit.record(actor, "invite", target=("invitation", row.pk), stream=stream, after={"role": role})
    text = TEXT.format(title=title, role=f" as {role}" if role else "", link=link, until=row.expires_at)
    is_mailed = mails.send(to=email, subject=SUBJECT.format(title=title), text=text)
    return Sent(row.pk, link, is_mailed)


def require_may_invite(actor: Actor, *, study_id: UUID | None, role: str) -> str:
    """What the invitation is to, as text; raises unless the actor may invite to it."""
    if study_id is None:
        if not actor.is_superuser:
            raise NotAllowed
        if role:
            raise Invalid("A role needs a study.", field="role")
        return "readroom"
    require_in_study(actor, Act.MANAGE_PEOPLE, study_id=study_id)
    if role not in members.STUDY_ROLES:
        raise Invalid(f"A role is one of {', '.join(members.STUDY_ROLES)}.", field="role")
    return ReaderStudy.objects.values_list("title", flat=True).get(pk=study_id)


def list_invitations(actor: Actor, *, study_id: UUID) -> list[dict[str, Any]]:
    """Invitations to a study that nobody accepted yet."""
    require_in_study(actor, Act.MANAGE_PEOPLE, study_id=study_id)
    rows = Invitation.objects.filter(target_id=study_id, accepted_at=None, revoked_at=None).order_by("created_at")
    return [dict(row) for row in rows.values("id", "email", "role", "pseudonym", "created_at", "expires_at")]


def revoke_invitation(actor: Actor, *, invitation_id: UUID) -> None:
    row = Invitation.objects.filter(pk=invitation_id, accepted_at=None, revoked_at=None).first()
    if row is None:
        raise NotFound
    require_may_invite(actor, study_id=row.target_id, role=row.role)
    with transaction.atomic():
        Invitation.objects.filter(pk=row.pk).update(revoked_at=timezone.now())
        stream = f"study:{row.target_id}" if row.target_id else "platform"
        audit.record(actor, "revoke invitation", target=("invitation", row.pk), stream=stream)


def open_invitations() -> Any:  # noqa: ANN401 - a query set, whose stub type is not public
    return Invitation.objects.filter(accepted_at=None, revoked_at=None, expires_at__gt=timezone.now())


def accept_invitation(actor: Actor, *, secret: str, username: str = "", password: str = "") -> User:
    """Take the role with the caller's account, or with a new one under this name and password."""
    with transaction.atomic():
        row = open_invitations().select_for_update().filter(digest=digest_of(secret)).first()
        if row is None:
            raise Invalid(ENDED)
        if actor.is_signed_in:
            user = User.objects.get(pk=actor.user_id())
        else:
            if not password:
                raise Invalid("Choose a password.", field="password")
            new = accounts.NewAccount(username=username, email=row.email, password=password)
            user = accounts.create_account(SYSTEM, new)
        Invitation.objects.filter(pk=row.pk).update(accepted_at=timezone.now(), accepted_by=user)
        stream = f"study:{row.target_id}" if row.target_id else "platform"
        audit.record(accounts.to_actor(user), "accept invitation", target=("invitation", row.pk), stream=stream)
        if row.target_id is not None:
            members.add_member(
                SYSTEM, study_id=row.target_id, username=user.username, role=row.role, pseudonym=row.pseudonym
            )
    return user
