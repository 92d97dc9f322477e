"""A small file that remembers what has arrived, so that an interrupted batch goes on where it stopped.

One JSON object per line, appended as things happen; a line cut short by a crash is ignored. Losing the file loses
nothing but time, as long as cases have titles.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

LASTING = frozenset({"case", "intent"})
"""What must outlive a power cut, lest a case be made twice; a file that was sent is sent again at worst."""


@dataclass(frozen=True)
class UploadRecord:
    """What is known of one file's upload."""

    pk: str
    api_url: str
    s3_upload_id: str
    parts: tuple[Any, ...] = ()
    is_complete: bool = False

    def completed(self) -> UploadRecord:
        return replace(self, is_complete=True)

    def with_parts(self, parts: Sequence[Any]) -> UploadRecord:
        return replace(self, parts=tuple(parts))


class Journal:
    """Remembers uploads by file, and finished cases by key.

    Parameters
    ----------
    path : Path or None
        Where to keep it; None keeps nothing beyond this object.
    server : str
        Address that the entries belong to; entries of another server are not used.
    """

    def __init__(self, path: Path | None, *, server: str = "") -> None:
        self._path = path
        self._server = server
        self._lock = threading.Lock()
        self._uploads: dict[str, UploadRecord] = {}
        self._cases: dict[str, dict[str, Any]] = {}
        self._intents: dict[str, str] = {}
        for entry in self._entries():
            self._apply(entry)

    def find_upload(self, path: Path) -> UploadRecord | None:
        return self._uploads.get(file_key(path))

    def keep_upload(self, path: Path, *, pk: str, api_url: str, s3_upload_id: str) -> UploadRecord:
        self._write({"kind": "upload", "file": file_key(path), "pk": pk, "api_url": api_url, "id": s3_upload_id})
        return self._uploads[file_key(path)]

    def keep_part(self, path: Path, record: UploadRecord, part: dict[str, Any]) -> None:
        self._write({"kind": "part", "file": file_key(path), "pk": record.pk, "part": part})

    def keep_complete(self, path: Path, record: UploadRecord) -> None:
        self._write({"kind": "complete", "file": file_key(path), "pk": record.pk})

    def find_case(self, key: str) -> dict[str, Any] | None:
        """What is known of a case: `pk` of its display set, `done` when its values were sent, their `content`."""
        return self._cases.get(key)

    def intent(self, key: str) -> str:
        """Idempotency key under which a case is made: the same in a later run, so that no lost reply makes two."""
        if key not in self._intents:
            self._write({"kind": "intent", "key": key, "idempotency": str(uuid.uuid4())})
        return self._intents[key]

    def keep_case(self, key: str, *, pk: str, is_done: bool, content: str = "") -> None:
        self._write({"kind": "case", "key": key, "pk": pk, "done": is_done, "content": content})

    def forget_case(self, key: str) -> None:
        self._write({"kind": "case", "key": key, "pk": "", "done": False})

    def _entries(self) -> Iterator[dict[str, Any]]:
        if self._path is None or not self._path.is_file():
            return
        for line in self._path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if isinstance(entry, dict) and entry.get("server") == self._server:
                yield entry

    def _write(self, entry: dict[str, Any]) -> None:
        with self._lock:
            self._apply(entry)
            if self._path is None:
                return
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({**entry, "server": self._server}) + "\n")
                if entry["kind"] in LASTING:
                    file.flush()
                    os.fsync(file.fileno())

    def _apply(self, entry: dict[str, Any]) -> None:
        kind, file = entry.get("kind"), str(entry.get("file"))
        if kind == "upload":
            self._uploads[file] = UploadRecord(entry["pk"], entry["api_url"], entry["id"])
        elif kind == "case":
            self._cases[entry["key"]] = {"pk": entry["pk"], "done": entry["done"], "content": entry.get("content", "")}
            if not entry["pk"]:
                del self._cases[entry["key"]]
                self._intents.pop(entry["key"], None)
        elif kind == "intent":
            self._intents[entry["key"]] = entry["idempotency"]
        elif file in self._uploads and self._uploads[file].pk == entry.get("pk"):
            record = self._uploads[file]
            is_part = kind == "part"
            self._uploads[file] = record.with_parts([*record.parts, entry["part"]]) if is_part else record.completed()


def file_key(path: Path) -> str:
    """Identity of a file's content at a place: changes when the file does."""
    facts = path.stat()
    text = f"{path.resolve()}\0{facts.st_size}\0{facts.st_mtime_ns}"
    return hashlib.sha256(text.encode("utf-8", errors="surrogateescape")).hexdigest()[:32]
