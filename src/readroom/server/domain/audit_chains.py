"""Entries of the audit trail, each carrying a digest of itself and of the one before: who alters one breaks the rest.

An exported trail is checked without the server it came from: one JSON object per line, with every field of `FIELDS` as
it was digested, and the digest::

    with open("trail.jsonl") as lines:
        for place in find_breaks(map(json.loads, lines)):
            print(place.stream, place.position, place.reason)
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

FIELDS: Final = (
    "stream",
    "position",
    "at",
    "actor_id",
    "actor_name",
    "act",
    "target_kind",
    "target_id",
    "before",
    "after",
    "why",
)


@dataclass(frozen=True, slots=True)
class Break:
    """A place where a chain does not hold."""

    stream: str
    position: int
    reason: str


def chained_digest(previous: str, entry: Mapping[str, Any]) -> str:
    content = [previous, *(canonical(entry[name]) for name in FIELDS)]
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def canonical(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """A value as it reads after a round through the database: both databases keep microseconds, in UTC."""
    return value.isoformat() if isinstance(value, datetime) else value


@dataclass(slots=True)
class Seal:
    """One digest for all entries that were looked at: of a file that was cut it is another one."""

    digest: str = ""
    entries: int = 0

    def watch(self, entries: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
        """The same entries, counted in."""
        for entry in entries:
            self.digest = hashlib.sha256(f"{self.digest}{entry['digest']}".encode()).hexdigest()
            self.entries += 1
            yield entry


def find_breaks(entries: Iterable[Mapping[str, Any]]) -> Iterator[Break]:
    """Walk entries of any number of streams, each in the order of its positions.

    What was cut off at the end of a stream is not seen here: the database knows how long each is, and a `Seal` that was
    written down knows it of a file.
    """
    ends: dict[str, tuple[int, str]] = {}
    for entry in entries:
        stream = entry["stream"]
        position, digest = ends.get(stream, (0, ""))
        if entry["position"] != position + 1:
            yield Break(stream, position + 1, "entries are missing")
        elif chained_digest(digest, entry) != entry["digest"]:
            yield Break(stream, entry["position"], "the entry was altered")
        ends[stream] = (entry["position"], entry["digest"])
