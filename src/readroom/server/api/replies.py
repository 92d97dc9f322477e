"""JSON in and out: bodies read without a change, replies with exactly the content type that clients compare with."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from ninja.parser import Parser
from ninja.renderers import BaseRenderer
from ninja.types import DictStrAny

from readroom.server.domain.errors import OBJECT, Invalid
from readroom.server.domain.json_values import MAXIMUM_INTEGER, WIDE_NUMBER, Json, as_given

JSON = "application/json"
MANY_DIGITS = re.compile(rb"\d{19}")
OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


def to_json(value: object) -> bytes:
    try:
        return orjson.dumps(value, default=str, option=OPTIONS)
    except orjson.JSONEncodeError:
        return orjson.dumps(as_given(value), default=str, option=OPTIONS)


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
        value = read_json(request.body or b"null")
        if b"\\u0000" in request.body and has_null_character(value):
            raise Invalid("Null characters are not allowed in text.")
        return value  # type: ignore[no-any-return]


def read_json(body: bytes) -> Json:
    """Read JSON; refuses whole numbers of more than 64 bits, which would become others without a word."""
    if any(body[found.start() - 1 : found.start()] != b"." for found in MANY_DIGITS.finditer(body)):
        check_integers(json.loads(body, parse_int=bounded))
    return orjson.loads(body)


def bounded(text: str) -> int:
    """A whole number, of which Python would compute thousands of digits."""
    return int(text) if len(text) <= len(str(-MAXIMUM_INTEGER)) else MAXIMUM_INTEGER + 1


def check_integers(value: Json) -> None:
    for name, entry in value.items() if isinstance(value, dict) else [(OBJECT, value)]:
        if has_wide_integer(entry):
            raise Invalid(WIDE_NUMBER, field=name)


def has_wide_integer(value: Json) -> bool:
    if isinstance(value, dict):
        return any(map(has_wide_integer, value.values()))
    if isinstance(value, list):
        return any(map(has_wide_integer, value))
    return isinstance(value, int) and abs(value) > MAXIMUM_INTEGER


def has_null_character(value: object) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(has_null_character(part) for pair in value.items() for part in pair)
    if isinstance(value, list):
        return any(has_null_character(part) for part in value)
    return False
