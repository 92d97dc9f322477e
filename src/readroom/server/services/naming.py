"""Slugs: the part of an address that a person can read, unique and safe."""

from __future__ import annotations

import re
import secrets
from typing import Any, Final

from django.db.models import Manager, QuerySet
from django.utils.text import slugify

RESERVED: Final = frozenset(("answers", "create", "display-sets", "mine", "questions", "items", "export"))
LONGEST: Final = 240


def free_slug(rows: Manager[Any] | QuerySet[Any], title: str) -> str:
    """A slug that no row has; titles without Latin letters get one made by chance."""
    wanted = slugify(title)[:LONGEST].strip("-") or f"untitled-{secrets.token_hex(3)}"
    if wanted in RESERVED:
        wanted = f"{wanted}-1"
    taken = set(rows.filter(slug__startswith=wanted).values_list("slug", flat=True))
    if wanted not in taken:
        return wanted
    return next(slug for number in range(2, len(taken) + 3) if (slug := f"{wanted}-{number}") not in taken)


def is_slug(text: str) -> bool:
    """Whether a text may stand in an address as the name of a study or a socket."""
    return len(text) <= LONGEST and re.fullmatch("[A-Za-z0-9_-]+", text) is not None and text not in RESERVED
