"""API tokens on the wire: listed, made, taken back by their owner."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from ninja import Field, Router, Schema

from readroom.server.api.auth import ActingRequest
from readroom.server.api.replies import reply
from readroom.server.domain.errors import NotSignedIn
from readroom.server.services import tokens

router = Router(tags=["tokens"])


class TokenIn(Schema):
    name: str = ""
    scopes: list[str] = Field(default_factory=list)
    days: int | None = None


class TokenOut(Schema):
    id: UUID
    name: str
    hint: str
    scopes: list[str]
    created_at: str
    expires_at: str | None
    last_used_at: str | None


class NewTokenOut(Schema):
    id: UUID
    token: str
    expires_at: str | None


@router.get("", response=list[TokenOut])
def list_tokens(request: ActingRequest) -> HttpResponse:
    """Your own tokens; the secrets themselves are not kept."""
    if not request.actor.is_signed_in:
        raise NotSignedIn
    return reply(tokens.list_tokens(request.actor))


@router.post("", response={201: NewTokenOut})
def create_token(request: ActingRequest, body: TokenIn) -> HttpResponse:
    """Make a token; this reply is the only one that shows it. Scopes: read, upload, answer, write; none is all."""
    new = tokens.create_token(request.actor, name=body.name, scopes=body.scopes, days=body.days)
    return reply({"id": new.id, "token": new.secret, "expires_at": new.expires_at}, status=201)


@router.delete("{uuid:pk}/", response={204: None})
def revoke_token(request: ActingRequest, pk: UUID) -> HttpResponse:
    tokens.revoke_token(request.actor, token_id=pk)
    return HttpResponse(status=204)
