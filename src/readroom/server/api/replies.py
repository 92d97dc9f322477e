"""JSON replies, with exactly the content type that clients compare with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from ninja.parser import Parser
from ninja.renderers import BaseRenderer
from ninja.types import DictStrAny

JSON = "application/json"
OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


def to_json(value: object) -> bytes:
    return orjson.dumps(value, default=str, option=OPTIONS)


def to_text(value: object) -> str:
    """JSON of a plain value, to be put into a larger text."""
    return orjson.dumps(value).decode()


def reply(value: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """A JSON reply, written in one go from plain values: the way out of every list."""
    response = raw_reply(to_json(value), status=status)
    for name, text in (headers or {}).items():
        response[name] = text
    return response


def raw_reply(body: bytes, *, status: int = 200) -> HttpResponse:
    """A reply whose JSON is already written."""
    response = HttpResponse(body, status=status, content_type=JSON)
    response["Content-Length"] = str(len(body))
    return response


class JsonRenderer(BaseRenderer):
    media_type = JSON
    charset = "utf-8"

    def render(self, _request: HttpRequest, data: Any, *, response_status: int) -> bytes:  # noqa: ANN401, ARG002 - ninja's signature
        return to_json(data)


class JsonParser(Parser):
    """Bodies as JSON without NaN, infinity and null characters, none of which a database keeps."""

    def parse_body(self, request: HttpRequest) -> DictStrAny:
        value = orjson.loads(request.body or b"null")
        if b"\\u0000" in request.body and has_null_character(value):
            raise ValueError("null characters are not allowed")
        return value  # type: ignore[no-any-return]


def has_null_character(value: object) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(has_null_character(part) for pair in value.items() for part in pair)
    if isinstance(value, list):
        return any(has_null_character(part) for part in value)
    return False
