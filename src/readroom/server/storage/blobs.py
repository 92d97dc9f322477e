"""Where bytes are kept: the port, and the adapter that the settings name.

A key is a relative path of plain parts, ``packs/ab/abcd.rrpack``. Writing a key twice keeps the later bytes; a reader
sees all of the old or all of the new ones. Parts of an upload are bytes without a key until they are joined.

```
StorageError
├── MissingBlob        nothing is kept under this key
├── MissingParts       there is no upload with this id, or not any more
├── WrongParts         the parts named are not the parts received
└── NoSpace            the storage is full
```
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

CHUNK = 1024 * 1024
LARGEST_PART_NUMBER = 10_000
KEY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*", re.ASCII)


class StorageError(Exception):
    """The storage did not do what it was asked for."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or inspect.getdoc(type(self)))


class OutOfReach(StorageError):
    """The storage does not answer now; it may again."""


class MissingBlob(StorageError):
    """Nothing is kept under this key."""


class MissingParts(StorageError):
    """There is no such upload, or it has ended."""


class WrongParts(StorageError):
    """The parts named are not the parts received; upload the file again."""


class NoSpace(StorageError):
    """The storage is full."""


@dataclass(frozen=True, slots=True)
class Part:
    """A received part of an upload. ``etag`` stands in quotes, as on the wire."""

    number: int
    etag: str
    size: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Joined:
    """What an upload's parts became."""

    size: int
    etag: str


class BlobStore(Protocol):
    """What an adapter does; `readroom.server.testing.storage.BlobStoreConformance` tests it."""

    def __hash__(self) -> int: ...

    def write_file(self, key: str, source: Path) -> None:
        """Keep a copy of a file."""
        ...

    def write_bytes(self, key: str, content: bytes) -> None: ...

    def size(self, key: str) -> int:
        """Raise `MissingBlob` for an unknown key."""
        ...

    def read(self, key: str, *, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """A range of the bytes in pieces; raises `MissingBlob` before the first piece."""
        ...

    def remove(self, key: str) -> None:
        """Forget a key; an unknown one is forgotten already."""
        ...

    def local_copy(self, key: str) -> AbstractContextManager[Path]:
        """The bytes as a file, to be read and never changed, while the context lasts."""
        ...

    def begin_parts(self, key: str) -> str:
        """Start to receive parts; returns an id that is safe in a path."""
        ...

    def part_links(self, key: str, parts_id: str, numbers: Sequence[int], *, seconds: int) -> Mapping[int, str]:
        """Signed addresses to PUT parts to: absolute, or paths of this server."""
        ...

    def list_parts(self, key: str, parts_id: str) -> Sequence[Part]: ...

    def join_parts(self, key: str, parts_id: str, parts: Sequence[tuple[int, str]]) -> Joined:
        """Make the blob of (number, etag) in this order; the same call again gives the same blob."""
        ...

    def drop_parts(self, key: str, parts_id: str) -> None:
        """Forget the parts; unknown ones are forgotten already."""
        ...


def checked_key(key: str) -> str:
    """Refuse a key that could leave its folder."""
    if not KEY.fullmatch(key) or len(key) > 255:
        raise MissingBlob(f"{key!r} is not a key")
    return key
