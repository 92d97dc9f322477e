"""Regular expressions compared with texts in bounded time."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import regex

from readroom.server.domain.errors import Invalid

MOST_SECONDS: Final = 0.5
"""Some patterns have more ways through a text than can ever be tried; a usual one takes microseconds."""


@lru_cache(maxsize=1024)
def compile_pattern(pattern: str) -> regex.Pattern[str]:
    return regex.compile(pattern)


def is_match(pattern: str, text: str, *, is_anywhere: bool = False) -> bool:
    """Whether the pattern matches from the start of the text, or anywhere; end it with `$` to match all of it."""
    compiled = compile_pattern(pattern)
    compare = compiled.search if is_anywhere else compiled.match
    try:
        return compare(text, concurrent=True, timeout=MOST_SECONDS) is not None
    except TimeoutError:
        raise Invalid("It takes too long to compare this text with its pattern; ask for a simpler pattern.") from None
