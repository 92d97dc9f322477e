"""Regular expressions that editors write: valid, short, and unable to run forever, here and in a reader's browser."""

from __future__ import annotations

import re
from typing import Any, Final

import regex

from readroom.server.domain.errors import Invalid
from readroom.server.domain.matching import compile_pattern

MAXIMUM_LENGTH: Final = 512
_REPEATS: Final = frozenset(("MAX_REPEAT", "MIN_REPEAT"))


def check_pattern(pattern: str) -> None:
    field = "answer_match_pattern"
    if len(pattern) > MAXIMUM_LENGTH:
        raise Invalid(f"A pattern has at most {MAXIMUM_LENGTH} characters.", field=field)
    try:
        parsed = re._parser.parse(pattern)  # type: ignore[attr-defined] # noqa: SLF001 - the only way to see its structure
        re.compile(pattern)
        _refuse_nested_repeats(parsed)
        compile_pattern(pattern)
    except (re.error, regex.error, OverflowError, RecursionError) as error:
        raise Invalid(f"Not a regular expression: {error}.", field=field) from error
    except Invalid as error:
        raise Invalid(error.message, field=field) from error


def _refuse_nested_repeats(parsed: Any) -> None:  # noqa: ANN401 - the parser publishes no types
    if _has_nested_repeat(parsed, is_inside=False):
        raise Invalid("A repetition directly inside a repetition can take forever; write it without.")


def _has_nested_repeat(node: Any, *, is_inside: bool) -> bool:  # noqa: ANN401 - same
    """Whether unbounded repetitions follow each other without anything between, where backtracking explodes."""
    if isinstance(node, tuple) and len(node) == 2 and str(node[0]) in _REPEATS:
        _, most, body = node[1]
        is_unbounded = int(most) > 100
        if is_unbounded and is_inside:
            return True
        is_open = is_unbounded and not _has_separator(body)
        return _has_nested_repeat(body, is_inside=is_open)
    if _is_sequence(node):
        return any(_has_nested_repeat(entry, is_inside=is_inside) for entry in node)
    return False


def _has_separator(node: Any) -> bool:  # noqa: ANN401 - same
    """Whether a character stands between one turn of a repetition and the next, as a comma does."""
    for entry in node:
        operation = str(entry[0])
        if operation in ("LITERAL", "NOT_LITERAL", "IN", "ANY"):
            return True
        if operation == "SUBPATTERN" and _has_separator(entry[1][-1]):
            return True
    return False


def _is_sequence(node: Any) -> bool:  # noqa: ANN401 - same
    return isinstance(node, list | tuple) or type(node).__name__ == "SubPattern"
