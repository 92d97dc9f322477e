"""Lines of the log: what happened, where and of which kind, and never a word that a request or a file brought along.

Errors quote values, and paths end with names of files; both may be the names of patients.
"""

from __future__ import annotations

import json
import logging
import re
import traceback
from datetime import UTC, datetime
from typing import Any, Final

LONGEST_CHAIN: Final = 10
NAMELESS: Final = {"int", "uuid", "uuidstr"}
"""Parts of a path that tell nothing of anybody."""
SPEAK_OF_THEMSELVES: Final = {"OperationalError", "StorageError", "OutOfReach"}
"""Errors whose words are quoted: neither names files or people."""


class TextLines(logging.Formatter):
    """Lines for a person; a trace has the places and the kinds of errors, without what they say."""

    def formatException(self, ei: Any) -> str:  # noqa: N802, ANN401 - logging's name and type
        links: list[str] = []
        error: BaseException | None = ei[1]
        while error is not None and len(links) < LONGEST_CHAIN:
            links.append("".join([*traceback.format_tb(error.__traceback__), kind_of(error)]))
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\nwhich led to\n".join(reversed(links))


class JsonLines(TextLines):
    """One JSON object per log line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line)


class FailedRequests(logging.Filter):
    """Of what Django says of failed requests: what we have not said already, without the path itself."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.args = ("request failed", place_of(getattr(record, "request", None)))
        return bool(record.exc_info)


def kind_of(error: BaseException) -> str:
    """The class of an error; a database or a storage that is away and a full disk speak of themselves alone."""
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    words = error.strerror if isinstance(error, OSError) else ""
    if type(error).__name__ in SPEAK_OF_THEMSELVES:
        words = str(error).strip()
    return f"{kind}: {words}" if words else kind


def place_of(request: Any) -> str:  # noqa: ANN401 - a request of Django's
    """The path of a request; only its pattern where a part of it is a text."""
    match = getattr(request, "resolver_match", None)
    if match is None:
        return "?"
    parts = {kind for kind, _name in re.findall(r"<(?:(\w+):)?(\w+)>", match.route)}
    return str(request.path if parts <= NAMELESS else match.route)


def folder_of(path: str) -> str:
    """A path that nobody resolved, up to the last slash: what comes behind may be the name of a file."""
    return path.rpartition("/")[0] + "/"
