"""What a setting may be, so that a wrong one stops the server with a sentence and not a request with an error.

port: int = described("Port of HTTPS.", 8443, between(1, 65535))
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Allowed:
    """A rule in words, and the rule."""

    words: str
    holds: Callable[[Any], bool]


def between(least: int, most: int) -> Allowed:
    return Allowed(f"{least} to {most}", lambda value: least <= value <= most)


def one_of(*names: str) -> Allowed:
    return Allowed(" or ".join(names), lambda text: text.lower() in names)


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        has_port = parts.port != 0
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and has_port


def _is_origin(text: str) -> bool:
    return _is_address(text) and urlsplit(text)._replace(scheme="", netloc="").geturl() in {"", "/"}


def _is_time_zone(text: str) -> bool:
    try:
        return bool(zoneinfo.ZoneInfo(text).key)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return False


def _is_long_enough(text: str) -> bool:
    return not text or len(text) >= SHORTEST_SECRET


SHORTEST_SECRET = 32
SECRET = Allowed(f"{SHORTEST_SECRET} letters or more, as of `openssl rand -hex 32`, or empty", _is_long_enough)
ANYTHING = Allowed("", lambda _value: True)
ADDRESS = Allowed("https://… or empty", lambda text: not text or _is_address(text))
ORIGIN = Allowed("https://host, without a path, or empty", lambda text: not text or _is_origin(text))
STORAGE = Allowed(
    "s3://bucket/prefix or empty", lambda text: not text or (text.startswith("s3://") and bool(urlsplit(text).netloc))
)
TIME_ZONE = Allowed("a name like Europe/Berlin", _is_time_zone)

CENTURY_DAYS = 36_500
CENTURY_HOURS = CENTURY_DAYS * 24
COUNT = between(1, 1_000_000)
BYTES = between(1, 2**60)
SECONDS = between(1, CENTURY_HOURS * 3600)
