"""Addresses that carry their own permission: they name bytes and an end, and cannot be altered.

``/bytes/<act>/<end>/<signature>/<subject>/<name>``; the subject is a key or a part, in base64: one segment.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, unquote

from readroom.server import config

PREFIX = "/bytes/"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a signed address allows: ``read`` a key or ``write`` a part."""

    act: str
    subject: str
    name: str
    ends_at: int


def signature(secret: str, grant: Grant) -> str:
    content = "\n".join((grant.act, grant.subject, grant.name, str(grant.ends_at)))
    digest = hmac.digest(b"bytes:" + secret.encode(), content.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def signed_path(act: str, subject: str, name: str, *, seconds: int) -> str:
    """An address of `readroom.server.bytes` that ends after so many seconds, rounded up to a minute.

    The rounding makes pages that are read within a minute name the same address, so that a browser's cache holds.
    """
    ends_at = (int(time.time()) + seconds) // 60 * 60 + 60
    grant = Grant(act, subject, name, ends_at)
    packed = base64.urlsafe_b64encode(subject.encode()).decode().rstrip("=")
    return f"{PREFIX}{act}/{ends_at}/{signature(config.current().secret, grant)}/{packed}/{quote(name, safe='')}"


def find_grant(path: str) -> Grant | None:
    """What an address allows now; None for one that was altered, has ended, or never was."""
    grant = signed_grant(path, config.current().secret)
    return grant if grant is not None and grant.ends_at > time.time() else None


@lru_cache(maxsize=1024)
def signed_grant(path: str, secret: str) -> Grant | None:
    """What an address allows until it ends; the same one is asked for frame after frame."""
    segments = path.removeprefix(PREFIX).split("/")
    if len(segments) != 5 or not segments[1].isdigit() or len(segments[1]) > 12:
        return None
    act, ends_at, signed, packed, name = segments
    try:
        subject = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode()
        grant = Grant(act, subject, unquote(name), int(ends_at))
        expected = signature(secret, grant)
        is_right = hmac.compare_digest(signed.encode(), expected.encode())
    except (binascii.Error, UnicodeError, ValueError):
        return None
    return grant if is_right else None
