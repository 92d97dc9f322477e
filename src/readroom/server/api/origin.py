"""Absolute addresses: gcapi follows a link only if it begins exactly like the address it was given."""

from __future__ import annotations

from django.http import HttpRequest

from readroom.server import config

PREFIX = "/api/v1/"


def origin_of(request: HttpRequest) -> str:
    """``https://host:port`` as the client sees us; take it once per page, then join texts."""
    configured = config.current().origin
    return configured.rstrip("/") or f"{request.scheme}://{request.get_host()}"


def absolute(request: HttpRequest, path: str) -> str:
    return origin_of(request) + path


def api_url(request: HttpRequest, *parts: object) -> str:
    """``api_url(request, "cases", "images", pk)`` -> ``https://host/api/v1/cases/images/<pk>/``."""
    return origin_of(request) + PREFIX + "/".join(str(part) for part in parts) + "/"
