"""Algorithms on the wire: there are none on this server; lists are empty and nothing can be made."""

from __future__ import annotations

from django.http import HttpResponse
from ninja import Router

from readroom.server.api import paging
from readroom.server.api.auth import ActingRequest, known_writer
from readroom.server.api.paging import PageOf
from readroom.server.api.replies import reply
from readroom.server.domain.errors import NotAllowed

router = Router(tags=["algorithms"], auth=known_writer)
LISTS = ("", "images/", "jobs/", "endpoints/", "invocations/")
REFUSAL = "This server runs no algorithms."


def list_nothing(request: ActingRequest) -> HttpResponse:
    """Always empty: this server runs no algorithms."""
    return paging.reply_page(request, paging.parse_page(request), 0, [])


def refuse(request: ActingRequest) -> HttpResponse:
    """Always refused: this server runs no algorithms."""
    raise NotAllowed(REFUSAL)


for _path in LISTS:
    _name = _path.strip("/") or "algorithms"
    router.get(_path, response=PageOf[dict[str, str]], operation_id=f"list_{_name}")(list_nothing)
    router.post(_path, response={403: dict[str, str]}, operation_id=f"refuse_{_name}")(refuse)


def show_nothing(request: ActingRequest, rest: str) -> HttpResponse:
    """Always absent."""
    return reply({"detail": "Not found."}, status=404)


for _verb in ("GET", "PUT", "PATCH", "DELETE"):
    _describe = router.api_operation(
        [_verb], "{path:rest}", response={404: dict[str, str]}, operation_id=f"{_verb.lower()}_nothing"
    )
    _describe(show_nothing)
