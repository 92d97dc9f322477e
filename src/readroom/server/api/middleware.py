"""What happens to every request before a handler sees it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

from readroom.server.api import auth, problems
from readroom.server.api.replies import raw_reply
from readroom.server.domain.errors import Refusal
from readroom.server.services import idempotency

OWN_MACHINE = re.compile(r"(localhost|127\.[0-9.]+|\[::1\])(:[0-9]+)?$")
"""Names that browsers take for this machine, which has a door without TLS too."""
Handler = Callable[[HttpRequest], HttpResponse]


def reject_unusable_text(handle: Handler) -> Handler:
    """Refuse addresses with null characters, which no database can compare with."""

    def checked(request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return problems.no_such_path(request)
        return handle(request)

    return checked


def keep_cookies_encrypted(handle: Handler) -> Handler:
    """Let no cookie that was given over TLS travel without; on the machine itself both doors have the same name."""

    def kept(request: HttpRequest) -> HttpResponse:
        response = handle(request)
        if response.cookies and request.is_secure() and not OWN_MACHINE.match(request.headers.get("Host", "")):
            for cookie in response.cookies.values():
                cookie["secure"] = True
        return response

    return kept


def repeat_safely(handle: Handler) -> Handler:
    """Answer a repeated POST with the same `Idempotency-Key` like the first one, without doing it again."""

    def once(request: HttpRequest) -> HttpResponse:
        key = request.headers.get("Idempotency-Key", "")
        if not key or request.method != "POST" or not request.path.startswith("/api/v1/"):
            return handle(request)
        try:
            actor = auth.caller(request)
            if not actor.is_signed_in:
                return handle(request)
            digest = hashlib.sha256(request.path.encode() + b"\n" + request.body).hexdigest()
            remembered = idempotency.claim(actor, key=key, request_digest=digest)
        except Refusal as error:
            return problems.refused(request, error)
        if remembered is not None:
            return raw_reply(remembered.body, status=remembered.status)
        return remember(
            actor_id=actor.user_id(), key=key, response=handle_or_forget(handle, request, actor.user_id(), key)
        )

    return once


def handle_or_forget(handle: Handler, request: HttpRequest, user_id: int, key: str) -> HttpResponse:
    try:
        return handle(request)
    except BaseException:
        idempotency.forget(user_id, key=key)
        raise


def remember(*, actor_id: int, key: str, response: HttpResponse) -> HttpResponse:
    """Keep what was done; what was refused by the server's state may be tried again."""
    if response.status_code >= 429 or response.streaming:
        idempotency.forget(actor_id, key=key)
    else:
        idempotency.keep(actor_id, key=key, status=response.status_code, body=response.content)
    return response


def tell_in_json(handle: Handler) -> Handler:
    """Answer a method that a path does not offer like every other error: after the token, and as JSON."""

    def told(request: HttpRequest) -> HttpResponse:
        response = handle(request)
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED or not request.path.startswith("/api/v1/"):
            return response
        try:
            auth.caller(request)
        except Refusal as error:
            return problems.refused(request, error)
        allowed = {"Allow": response.headers.get("Allow", "")}
        return problems.detail(HTTPStatus.METHOD_NOT_ALLOWED, f'Method "{request.method}" not allowed.', allowed)

    return told
