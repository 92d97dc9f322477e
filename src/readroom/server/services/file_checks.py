"""Whether an uploaded file is what its socket promises: by its first bytes, and by its content where that is small."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import IO, Final, NoReturn

from readroom.server.domain.errors import Invalid
from readroom.server.domain.json_values import Json
from readroom.server.domain.sockets import KINDS
from readroom.server.services.sockets import check_value

HEAD: Final = 4096
LARGEST_JSON: Final = 64 * 1024 * 1024
MOST_PARTS: Final = 4_000_000
"""Values in one JSON file: read, each takes a hundred bytes and more, whatever it took in the file."""


def _is_text(head: bytes) -> bool:
    if b"\x00" in head:
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > len(head) - 4 and len(head) == HEAD
    return True


def _is_newick(head: bytes) -> bool:
    text = head.decode("utf-8", "replace").strip()
    return _is_text(head) and bool(text) and (len(head) == HEAD or text.endswith(";"))


def _is_biom(head: bytes) -> bool:
    return head.startswith(b"\x89HDF\r\n\x1a\n") or bool(re.match(rb"\s*\{", head))


_CHECKS: Final[Mapping[str, Callable[[bytes], bool]]] = {
    "PDF file": lambda head: b"%PDF-" in head[:1024],
    "SQREG file": lambda head: head.startswith(b"SQLite format 3\x00"),
    "Thumbnail jpg": lambda head: head.startswith(b"\xff\xd8\xff"),
    "Thumbnail png": lambda head: head.startswith(b"\x89PNG\r\n\x1a\n"),
    "OBJ file": _is_text,
    "MP4 file": lambda head: head[4:8] == b"ftyp",
    "Newick tree-format file": _is_newick,
    "BIOM format": _is_biom,
    "CSV file": _is_text,
    "ZIP file": lambda head: head.startswith((b"PK\x03\x04", b"PK\x05\x06")),
}


def check_file(file: IO[bytes], *, size: int, kind: str, schema: Json) -> None:
    """Refuse a file that is not of its kind; JSON must also fit the schema of the kind and of the socket."""
    if KINDS[kind].family == "json":
        check_value(_parse_json(file, size=size), kind=kind, schema=schema)
    elif not _CHECKS[kind](file.read(HEAD)):
        raise Invalid(f"The file is not a {kind}.", field="user_upload")


def _parse_json(file: IO[bytes], *, size: int) -> Json:
    if size > LARGEST_JSON:
        raise Invalid(f"A JSON file has at most {LARGEST_JSON // 2**20} MB.", field="user_upload")
    content = file.read(LARGEST_JSON + 1)
    if sum(content.count(mark) for mark in (b",", b"[", b"{")) > MOST_PARTS:
        raise Invalid(f"A JSON file has at most {MOST_PARTS} values.", field="user_upload")
    try:
        return json.loads(content, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Invalid("The file is not valid JSON.", field="user_upload") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
