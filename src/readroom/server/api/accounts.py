"""One's own account, forgotten passwords, and invitations."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from readroom.server.api import auth
from readroom.server.api.auth import ActingRequest, known_writer
from readroom.server.api.origin import absolute
from readroom.server.api.replies import reply
from readroom.server.api.session import BACKEND, PersonOut
from readroom.server.domain.errors import NotFound, NotSignedIn
from readroom.server.services import account_settings, accounts, invitations, password_reset
from readroom.server.services.studies import find_named

router = Router(tags=["accounts"])


class SettingsIn(Schema):
    """Put `settings` in the place of all that were there; `version` may come along and is not looked at."""

    settings: dict[str, Any]
    version: int | None = None


class SettingsOut(Schema):
    """The caller's own settings of the viewer; `version` counts their changes."""

    settings: dict[str, Any]
    version: int


class PasswordIn(Schema):
    old_password: str
    password: str


class ForgottenIn(Schema):
    email: str


class ResetIn(Schema):
    uid: str
    token: str
    password: str


class InvitationIn(Schema):
    """`study` is the slug, the id or the address of a study; without one, the invitation is to the platform."""

    email: str
    study: str | None = None
    role: str = ""
    pseudonym: str = ""


class InvitationOut(Schema):
    id: UUID
    email: str
    role: str
    pseudonym: str
    created_at: str
    expires_at: str


class SentOut(Schema):
    id: UUID
    link: str
    is_mailed: bool


class AcceptanceIn(Schema):
    invitation: str
    username: str = ""
    password: str = ""


@router.get("me/", response=PersonOut)
def show_account(request: ActingRequest) -> HttpResponse:
    if not request.actor.is_signed_in:
        raise NotSignedIn
    return reply(accounts.describe(request.actor))


@router.get("me/settings/", response=SettingsOut)
def show_settings(request: ActingRequest) -> HttpResponse:
    """How you like the viewer, on every computer: settings and keys."""
    return reply(asdict(account_settings.show_settings(request.actor)))


@router.put("me/settings/", response=SettingsOut)
def keep_settings(request: ActingRequest, body: SettingsIn) -> HttpResponse:
    """Keep these settings instead of the ones before, at most 64 KiB of JSON; of two writers the last one wins."""
    return reply(asdict(account_settings.keep_settings(request.actor, settings=body.settings)))


@router.post("password/", response={204: None})
def change_password(request: ActingRequest, body: PasswordIn) -> HttpResponse:
    """Set another password; other sessions of the account end."""
    user = accounts.change_password(request.actor, old=body.old_password, new=body.password)
    if "readroom-session" in request.COOKIES:
        login(request, user, backend=BACKEND)
    return HttpResponse(status=204)


@router.post("password/forgotten/", auth=None, response={204: None})
def ask_for_reset(request: HttpRequest, body: ForgottenIn) -> HttpResponse:
    """Mail a link to the account with this address, if there is one."""
    password_reset.ask_for_reset(email=body.email, page=absolute(request, "/new-password"))
    return HttpResponse(status=204)


@router.post("password/reset/", auth=None, response={204: None})
def reset_password(request: HttpRequest, body: ResetIn) -> HttpResponse:
    """Set a new password with the link of the mail."""
    password_reset.reset_password(uid=body.uid, token=body.token, password=body.password)
    return HttpResponse(status=204)


@router.get("invitations/", response=list[InvitationOut])
def list_invitations(request: ActingRequest, study: UUID) -> HttpResponse:
    """Invitations to a study that are still open."""
    return reply(invitations.list_invitations(request.actor, study_id=study))


@router.post("invitations/", response={201: SentOut})
def invite(request: ActingRequest, body: InvitationIn) -> HttpResponse:
    """Invite a person by mail; the reply has the link of the mail, to hand over where none could be sent."""
    study_id = find_named(body.study) if body.study else None
    if body.study and study_id is None:
        raise NotFound
    sent = invitations.invite(
        request.actor,
        email=body.email,
        page=absolute(request, "/join"),
        study_id=study_id,
        role=body.role,
        pseudonym=body.pseudonym,
    )
    return reply(asdict(sent), status=201)


@router.delete("invitations/{uuid:pk}/", auth=known_writer, response={204: None})
def revoke_invitation(request: ActingRequest, pk: UUID) -> HttpResponse:
    invitations.revoke_invitation(request.actor, invitation_id=pk)
    return HttpResponse(status=204)


@router.post("invitations/accept/", response=PersonOut)
def accept_invitation(request: ActingRequest, body: AcceptanceIn) -> HttpResponse:
    """Take what an invitation gives, with your account or with a new one, which is then signed in to."""
    if not request.actor.is_signed_in:
        auth.require_own_page(request)
    user = invitations.accept_invitation(
        request.actor, secret=body.invitation, username=body.username, password=body.password
    )
    if not request.actor.is_signed_in:
        login(request, user, backend=BACKEND)
    return reply(accounts.describe(accounts.to_actor(user)))
