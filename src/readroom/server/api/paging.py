"""Pages of lists: ``limit`` and ``offset``, and the envelope around the results.

A handler asks for the page, reads that slice as rows, and replies::

    page = paging.parse_page(request)
    count, rows = display_sets.list_display_sets(actor, study=..., offset=page.offset, limit=page.limit)
    return paging.reply_page(request, page, count, rows)

Wrong values are not errors: a wrong limit is 100, a wrong offset 0; a page beyond the end is empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Schema

from readroom.server.api import tables
from readroom.server.api.origin import absolute
from readroom.server.api.replies import raw_reply, reply, to_json
from readroom.server.domain.errors import Invalid

DEFAULT_LIMIT = 100
LARGEST_LIMIT = 1000
LARGEST_OFFSET = 2**31
COUNTED_DIGITS = 18
FLAGS = {"true": True, "1": True, "false": False, "0": False}


T = TypeVar("T")


class PageOf(Schema, Generic[T]):
    """The envelope of a list, for the documentation of the API."""

    count: int
    next: str | None
    previous: str | None
    results: list[T]


@dataclass(frozen=True, slots=True)
class Page:
    """The slice that was asked for."""

    offset: int
    limit: int


def parse_page(request: HttpRequest) -> Page:
    limit = whole_number(request.GET.get("limit", ""))
    offset = whole_number(request.GET.get("offset", ""))
    return Page(
        offset=min(offset or 0, LARGEST_OFFSET),
        limit=min(limit, LARGEST_LIMIT) if limit else DEFAULT_LIMIT,
    )


def whole_number(text: str) -> int | None:
    """The number, or None for what is not a whole number from 0 on; of more digits than are counted, a large one."""
    if not (text.isascii() and text.isdigit()):
        return None
    return int(text) if len(text) <= COUNTED_DIGITS else 10**COUNTED_DIGITS


def reply_page(request: HttpRequest, page: Page, count: int, results: Sequence[object]) -> HttpResponse:
    """The envelope ``count``, ``next``, ``previous``, ``results``."""
    if tables.is_wanted(request):
        return tables.reply_table(to_json(results))
    before, after = neighbours(request, page, count)
    return reply({"count": count, "next": after, "previous": before, "results": results})


def reply_written_page(request: HttpRequest, page: Page, count: int, results: bytes) -> HttpResponse:
    """The same for results that are already written as a JSON list."""
    if tables.is_wanted(request):
        return tables.reply_table(results)
    before, after = neighbours(request, page, count)
    head = to_json({"count": count, "next": after, "previous": before})
    return raw_reply(b"%b,%b}" % (head[:-1], b'"results":' + results))


def neighbours(request: HttpRequest, page: Page, count: int) -> tuple[str | None, str | None]:
    after = address(request, page, page.offset + page.limit) if page.offset + page.limit < count else None
    before = address(request, page, max(0, page.offset - page.limit)) if page.offset > 0 else None
    return before, after


def address(request: HttpRequest, page: Page, offset: int) -> str:
    query = [(name, value) for name, values in request.GET.lists() for value in values]
    kept = [(name, value) for name, value in query if name not in {"limit", "offset"}]
    return absolute(request, f"{request.path}?{urlencode([('limit', page.limit), ('offset', offset), *kept])}")


def text_filter(request: HttpRequest, name: str) -> str | None:
    """The value of a filter; absent and empty are no filter."""
    return request.GET.get(name) or None


def uuid_filter(request: HttpRequest, name: str) -> UUID | None:
    """The same for ids; what is no id is refused."""
    value = request.GET.get(name)
    if not value:
        return None
    try:
        return UUID(value)
    except ValueError:
        raise Invalid("Enter a valid UUID.", field=name) from None


def flag_filter(request: HttpRequest, name: str) -> bool | None:
    """The same for yes and no; anything else is refused."""
    value = (request.GET.get(name) or "").lower()
    if value and value not in FLAGS:
        raise Invalid("Write true or false.", field=name)
    return FLAGS.get(value)
