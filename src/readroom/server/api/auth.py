"""Who calls: a bearer token, a signed-in browser, or nobody. Handlers read ``request.actor``.

`caller` lets anybody in, with `ANONYMOUS` for nobody: lists are then empty, objects absent, and services refuse to
write. A token that is not valid is refused on every path.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, cast

from django.http import HttpRequest, HttpResponse
from ninja.utils import check_csrf

from readroom.server.domain.errors import NotAllowed, NotSignedIn
from readroom.server.services import accounts, tokens
from readroom.server.services.access import ANONYMOUS, Actor, Scope

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
SCHEMES = frozenset({"bearer", "token"})


@dataclass(frozen=True, slots=True)
class Door:
    """Where a limited token changes something; a path is told by its beginning, as later parts are names of things."""

    prefix: str
    methods: frozenset[str]


DOORS: Final = {
    Scope.UPLOAD: (
        Door("/api/v1/uploads/", frozenset({"POST", "PUT", "PATCH", "DELETE"})),
        Door("/api/v1/cases/upload-sessions/", frozenset({"POST", "PUT", "PATCH", "DELETE"})),
    ),
    Scope.ANSWER: (Door("/api/v1/reader-studies/answers/", frozenset({"POST", "PUT", "PATCH"})),),
}
"""Answers are recorded and edited with it; who deletes them runs a study."""


class ActingRequest(HttpRequest):
    """A request whose caller is known."""

    actor: Actor


def caller(request: HttpRequest) -> Actor:
    """Find out who calls and keep it at the request."""
    actor = token_actor(request) or browser_actor(request)
    check_scope(request, actor)
    cast(ActingRequest, request).actor = actor
    return actor


def known_writer(request: HttpRequest) -> Actor:
    """Anybody may read what is public; who changes something must have said who he is, before his request is read."""
    actor = caller(request)
    if not actor.is_signed_in and request.method not in SAFE:
        raise NotSignedIn
    return actor


def token_actor(request: HttpRequest) -> Actor | None:
    header = request.headers.get("Authorization", "")
    if not header:
        return None
    scheme, _, secret = header.partition(" ")
    if scheme.lower() not in SCHEMES:
        return None
    return tokens.find_actor(secret.strip())


def browser_actor(request: HttpRequest) -> Actor:
    """The person of the session cookie; a change needs the proof that our own page sent it."""
    if "readroom-session" not in request.COOKIES:
        return ANONYMOUS
    user_id = request.session.get("_auth_user_id")
    actor = accounts.find_actor(int(user_id), session=request.session) if user_id else None
    if actor is None:
        return ANONYMOUS
    if request.method not in SAFE:
        require_own_page(request)
    return actor


def view(_request: HttpRequest) -> HttpResponse:
    """Stands for a view that is not exempt from the check."""
    return HttpResponse()


def require_own_page(request: HttpRequest) -> None:
    if check_csrf(request, view) is not None:
        raise NotAllowed("The request did not come from a page of this server; reload the page.")


def check_scope(request: HttpRequest, actor: Actor) -> None:
    """A token that is limited to some scopes does only what these say."""
    if not actor.scopes or request.method in SAFE or Scope.WRITE in actor.scopes:
        return
    doors = [door for scope, opened in DOORS.items() if scope in actor.scopes for door in opened]
    if any(request.method in door.methods and request.path.startswith(door.prefix) for door in doors):
        return
    raise NotAllowed("This token may not do that; its scopes are: " + ", ".join(sorted(actor.scopes)) + ".")


def signed_in(request: HttpRequest) -> Actor:
    """For paths that are closed to anonymous callers even for reading."""
    actor = caller(request)
    if not actor.is_signed_in:
        raise NotSignedIn
    return actor
