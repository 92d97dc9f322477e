"""The people of a study: editors, readers, uploaders, and those who ask to become readers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from readroom.server.db.models import AccessRequest, Invitation, ReaderStudy, StudyMember, User
from readroom.server.domain.errors import Invalid, Locked, NotFound
from readroom.server.domain.json_values import check_length
from readroom.server.domain.permissions import Act, Role, may
from readroom.server.domain.studies import AccessRequestHandling
from readroom.server.services import audit
from readroom.server.services.access import Actor
from readroom.server.services.roles import require_in_study, roles_in_study
from readroom.server.services.studies import stream_of

LONGEST_PSEUDONYM = 64
STUDY_ROLES = (Role.EDITOR, Role.READER, Role.UPLOADER)


def list_members(actor: Actor, *, study_id: UUID) -> list[dict[str, Any]]:
    require_in_study(actor, Act.MANAGE_PEOPLE, study_id=study_id)
    rows = StudyMember.objects.filter(study_id=study_id).order_by("role", "user__username")
    return [dict(row) for row in rows.values("user_id", "user__username", "role", "pseudonym", "since")]


def add_member(actor: Actor, *, study_id: UUID, username: str, role: str, pseudonym: str = "") -> StudyMember:
    """Give a person a role; a reader's pending request is accepted with it."""
    require_in_study(actor, Act.MANAGE_PEOPLE, study_id=study_id)
    if role not in STUDY_ROLES:
        raise Invalid(f"A role is one of {', '.join(STUDY_ROLES)}.", field="role")
    pseudonym = pseudonym.strip()
    check_length(pseudonym, longest=LONGEST_PSEUDONYM, field="pseudonym")
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise Invalid("There is no account with this name.", field="username")
    with transaction.atomic():
        member, _ = StudyMember.objects.get_or_create(study_id=study_id, user=user, role=role)
        if pseudonym and member.pseudonym != pseudonym:
            _refuse_same_pseudonym(study_id, user_id=user.pk, pseudonym=pseudonym)
            member.pseudonym = pseudonym
            member.save(update_fields=["pseudonym"])
        if role == Role.READER:
            AccessRequest.objects.filter(study_id=study_id, user=user).update(status="accepted", reason="")
        audit.record(
            actor,
            "add member",
            target=("study", study_id),
            stream=stream_of(study_id),
            after={"user": user.pk, "role": role, "pseudonym": pseudonym},
        )
    return member


def _refuse_same_pseudonym(study_id: UUID, *, user_id: int, pseudonym: str) -> None:
    others = StudyMember.objects.filter(study_id=study_id, pseudonym=pseudonym).exclude(user_id=user_id)
    if others.exists():
        raise Invalid("Another person of this study has this pseudonym.", field="pseudonym")


def remove_member(actor: Actor, *, study_id: UUID, username: str, role: str, why: str = "") -> None:
    """Take a role away at once; answers stay. A study keeps at least one editor."""
    require_in_study(actor, Act.MANAGE_PEOPLE, study_id=study_id)
    with transaction.atomic():
        ReaderStudy.objects.select_for_update().get(pk=study_id)
        members = StudyMember.objects.filter(study_id=study_id, role=role)
        member = members.filter(user__username=username).first()
        if member is None:
            raise NotFound
        if role == Role.EDITOR and members.count() == 1:
            raise Locked("This is the last editor; make somebody else an editor first.")
        user_id = member.user_id
        member.delete()
        if role == Role.READER:
            AccessRequest.objects.filter(study_id=study_id, user_id=user_id).update(status="rejected")
        audit.record(
            actor,
            "remove member",
            target=("study", study_id),
            stream=stream_of(study_id),
            before={"user": user_id, "role": role},
            why=why,
        )


@dataclass(frozen=True, slots=True)
class Request:
    """Whether a request is pending or accepted, and what happens next."""

    status: str
    message: str


def request_access(actor: Actor, *, study_id: UUID) -> Request:
    """Ask to become a reader."""
    user_id = actor.user_id()
    roles = roles_in_study(actor, study_id)
    study = ReaderStudy.objects.get(pk=study_id)
    if not study.is_public and Role.READER not in roles:
        raise NotFound
    if {Role.READER, Role.EDITOR} & roles and not actor.is_superuser:
        raise Invalid("You are a member of this reader study.")
    with transaction.atomic():
        request, is_new = AccessRequest.objects.get_or_create(study_id=study_id, user_id=user_id)
        if not is_new:
            raise Invalid(f"You have asked already; your request is {request.status}.")
        is_accepted = study.access_request_handling == AccessRequestHandling.ALL or (
            study.access_request_handling == AccessRequestHandling.VERIFIED and _is_verified(user_id)
        )
        if is_accepted:
            request.status = "accepted"
            request.save(update_fields=["status"])
            StudyMember.objects.get_or_create(study_id=study_id, user_id=user_id, role=Role.READER)
        audit.record(
            actor,
            "request access",
            target=("study", study_id),
            stream=stream_of(study_id),
            after={"status": request.status},
        )
    return Request(request.status, _next_step(study.access_request_handling, is_accepted=is_accepted))


def _next_step(handling: str, *, is_accepted: bool) -> str:
    if is_accepted:
        return "You are a reader of this study now."
    if handling == AccessRequestHandling.VERIFIED:
        return (
            "Only verified accounts become readers at once: sign in with your organisation's account, or ask an editor "
            "for an invitation by mail. Until then an editor decides on your request."
        )
    return "An editor of this study decides on your request."


def _is_verified(user_id: int) -> bool:
    """Whether we know who it is: the organisation says so, or a mail to the person was answered."""
    return (
        User.objects.filter(pk=user_id, oidc_subject__isnull=False).exists()
        or Invitation.objects.filter(accepted_by_id=user_id).exists()
    )


def decide_request(actor: Actor, *, study_id: UUID, username: str, is_accepted: bool, reason: str = "") -> None:
    require_in_study(actor, Act.MANAGE_PEOPLE, study_id=study_id)
    with transaction.atomic():
        request = AccessRequest.objects.select_for_update().filter(study_id=study_id, user__username=username).first()
        if request is None:
            raise NotFound
        request.status = "accepted" if is_accepted else "rejected"
        request.reason = reason
        request.save(update_fields=["status", "reason"])
        readers = StudyMember.objects.filter(study_id=study_id, user_id=request.user_id, role=Role.READER)
        if is_accepted and not readers.exists():
            StudyMember.objects.create(study_id=study_id, user_id=request.user_id, role=Role.READER)
        elif not is_accepted:
            readers.delete()
        audit.record(
            actor,
            f"{request.status} access request",
            target=("study", study_id),
            stream=stream_of(study_id),
            after={"user": request.user_id, "reason": reason},
        )


def list_requests(actor: Actor, *, study_id: UUID) -> list[dict[str, Any]]:
    """Of everybody for editors, else one's own."""
    roles = require_in_study(actor, Act.VIEW_STUDY, study_id=study_id)
    rows = AccessRequest.objects.filter(study_id=study_id).order_by("created_at")
    if not may(Act.MANAGE_PEOPLE, roles):
        rows = rows.filter(user_id=actor.user_id())
    return [dict(row) for row in rows.values("user__username", "status", "reason", "created_at")]


def user_of(actor: Actor, *, study_id: UUID, username: str) -> int:
    """The id of somebody who is or was a reader of the study."""
    require_in_study(actor, Act.MANAGE_PEOPLE, study_id=study_id)
    found = User.objects.filter(username=username).values_list("pk", flat=True).first()
    if found is None:
        raise NotFound
    return found
