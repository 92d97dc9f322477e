"""JSON that every database and every reader of the wire can hold: finite, bounded, without null bytes."""

from __future__ import annotations

import math
from typing import Any, Final

from readroom.server.domain.errors import Invalid

Json = Any
"""What `json.loads` returns."""

MAXIMUM_DEPTH: Final = 64
MAXIMUM_INTEGER: Final = 2**63 - 1
"""The largest whole number that every database and script keeps exactly."""

MAXIMUM_IN_BROWSERS: Final = 2**53 - 1
"""The largest that a browser keeps exactly: what a reader sees and sends again must not be beyond."""

WIDE_NUMBER: Final = (
    f"Whole numbers must fit into 64 bits, -{MAXIMUM_INTEGER} to {MAXIMUM_INTEGER}; send others as text."
)


def is_number(value: object) -> bool:
    """A finite JSON number; `True` is none."""
    if isinstance(value, bool):
        return False
    if isinstance(value, int):
        return -MAXIMUM_INTEGER <= value <= MAXIMUM_INTEGER
    return isinstance(value, float) and math.isfinite(value)


def is_whole(value: object) -> bool:
    """An integer as JSON Schema counts it: `2.0` is one."""
    return is_number(value) and (isinstance(value, int) or (isinstance(value, float) and value.is_integer()))


def is_text(value: object) -> bool:
    """A string that can be stored: no null bytes and no lone surrogates."""
    if not isinstance(value, str) or "\x00" in value:
        return False
    return value.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in value)


def as_given(value: Json) -> Json:
    """Numbers as they were before PostgreSQL kept them: it writes 1e30 out, and no whole number has so many digits."""
    if isinstance(value, dict):
        return {name: as_given(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [as_given(entry) for entry in value]
    return float(value) if isinstance(value, int) and abs(value) > MAXIMUM_INTEGER else value


def check_length(text: str, *, longest: int, field: str) -> None:
    """Refuse a text that its column would cut, or one database refuse and another keep."""
    if not is_text(text) or len(text) > longest:
        raise Invalid(f"Ensure this field has no more than {longest} characters.", field=field)


def check_json(value: Json, *, depth: int = 0) -> None:
    """Refuse what PostgreSQL, SQLite and browsers do not agree on."""
    if depth > MAXIMUM_DEPTH:
        raise Invalid(f"The value is nested more than {MAXIMUM_DEPTH} levels deep.")
    if isinstance(value, dict):
        for key, entry in value.items():
            check_json(key, depth=depth + 1)
            check_json(entry, depth=depth + 1)
    elif isinstance(value, list | tuple):
        for entry in value:
            check_json(entry, depth=depth + 1)
    elif isinstance(value, str):
        if not is_text(value):
            raise Invalid("Null characters and unpaired surrogates are not allowed in text.")
    elif value is not None and not isinstance(value, bool) and not is_number(value):
        raise Invalid(WIDE_NUMBER if isinstance(value, int) else "Numbers must be finite.")
