"""Blobs, packs and frames out, and parts of uploads in: a small ASGI application beside Django.

An address is signed and names what it allows, so nothing here asks the database. Bytes never change under their
address: replies are immutable and carry an ETag. ``?frame=7`` of a pack is one whole codestream.
"""

from __future__ import annotations

import asyncio
import logging
import mimetypes
import os
import re
from collections.abc import Awaitable, Callable, Iterator, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import quote

from readroom.server import config
from readroom.server.storage import blobs, packs, signing, stores
from readroom.server.storage.blobs import LARGEST_PART_NUMBER, MissingBlob, MissingParts, NoSpace
from readroom.server.storage.local import LocalBlobs, PartWriter
from readroom.server.storage.packs import Span

logger = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Header = tuple[bytes, bytes]

WHOLE_IN_MEMORY = 4 * 1024 * 1024
CHUNK = 1024 * 1024
RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)
SHOWN = frozenset({"image/png", "image/jpeg", "video/mp4", "application/pdf"})
"""What a browser may show; anything else it must save, so that no upload becomes a page of ours."""
THREADS = ThreadPoolExecutor(max_workers=16, thread_name_prefix="bytes")


@dataclass(frozen=True, slots=True)
class Refused(Exception):
    """A reply without bytes."""

    status: HTTPStatus
    headers: tuple[Header, ...] = ()


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one request below ``/bytes/``."""
    try:
        await answer(scope, receive, send)
    except Refused as refused:
        await reply(send, refused.status, refused.headers, refused.status.phrase.encode())
    except (MissingBlob, MissingParts):
        await reply(send, HTTPStatus.NOT_FOUND, (), b"Not found")
    except NoSpace:
        await reply(send, HTTPStatus.INSUFFICIENT_STORAGE, ((b"retry-after", b"30"),), b"The storage is full")


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    method = scope["method"]
    if method == "OPTIONS":
        raise Refused(HTTPStatus.NO_CONTENT, ((b"allow", b"GET, HEAD, PUT, OPTIONS"),))
    grant = signing.find_grant(scope["path"])
    if grant is None:
        raise Refused(HTTPStatus.FORBIDDEN)
    if grant.act == "read" and method in {"GET", "HEAD"}:
        await send_bytes(scope, send, grant)
    elif grant.act == "write" and method == "PUT":
        await receive_part(scope, receive, send, grant)
    else:
        raise Refused(HTTPStatus.METHOD_NOT_ALLOWED)


def header_of(scope: Scope, name: bytes) -> str:
    for key, value in scope["headers"]:
        if key == name:
            text: str = value.decode("latin-1")
            return text
    return ""


async def send_bytes(scope: Scope, send: Send, grant: signing.Grant) -> None:
    store = stores.current()
    if isinstance(store, LocalBlobs):
        with LocalFile(local_path(store, grant.subject)) as file:
            await send_spans(scope, send, grant, file)
    else:
        size = await in_thread(store.size, grant.subject)
        await send_spans(scope, send, grant, StoredBlob(store, grant.subject, size))


async def send_spans(scope: Scope, send: Send, grant: signing.Grant, source: LocalFile | StoredBlob) -> None:
    spans = frame_spans(scope, grant.subject)
    etag = f'"{signing_tag(grant.subject)}-{source.size}"'
    headers = [*kept_for_ever(grant.name), (b"etag", etag.encode()), (b"accept-ranges", b"bytes")]
    if etag in header_of(scope, b"if-none-match"):
        raise Refused(HTTPStatus.NOT_MODIFIED, tuple(headers))
    status = HTTPStatus.OK
    if spans is None:
        is_same = header_of(scope, b"if-range") in {"", etag}
        start, end = wanted_range(header_of(scope, b"range"), source.size, is_same=is_same)
        if (start, end) != (0, source.size):
            status = HTTPStatus.PARTIAL_CONTENT
            headers.append((b"content-range", f"bytes {start}-{end - 1}/{source.size}".encode()))
        spans = ((start, end - start),)
    length = sum(length for _start, length in spans)
    headers.append((b"content-length", b"%d" % length))
    begin = {"type": "http.response.start", "status": status.value, "headers": headers}
    if scope["method"] == "HEAD":
        await send(begin)
        await send({"type": "http.response.body", "body": b""})
    elif length <= WHOLE_IN_MEMORY and (body := source.whole(spans, length)) is not None:
        await send(begin)
        await send({"type": "http.response.body", "body": body})
    else:
        await send(begin)
        await source.send_pieces(send, spans)


class LocalFile:
    """A blob on this machine, open for one reply. Small replies are read at once, large ones piece by piece."""

    def __init__(self, path: str) -> None:
        try:
            self.descriptor = os.open(path, os.O_RDONLY)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise MissingBlob from None
        self.size = os.fstat(self.descriptor).st_size

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        os.close(self.descriptor)

    def whole(self, spans: Sequence[Span], length: int) -> bytes | bytearray:
        """Read all spans into one place; raises `MissingBlob` when the file ends before them."""
        if len(spans) == 1:
            body: bytes | bytearray = os.pread(self.descriptor, length, spans[0][0])
            got = len(body)
        else:
            body, got = bytearray(length), 0
            view = memoryview(body)
            for start, size in spans:
                got += os.preadv(self.descriptor, [view[got : got + size]], start)
        if got != length:
            raise MissingBlob
        return body

    async def send_pieces(self, send: Send, spans: Sequence[Span]) -> None:
        for start, length in spans:
            for place in range(start, start + length, CHUNK):
                piece = await in_thread(os.pread, self.descriptor, min(CHUNK, start + length - place), place)
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """A blob of a storage that is elsewhere."""

    store: blobs.BlobStore
    key: str
    size: int

    def whole(self, _spans: Sequence[Span], _length: int) -> None:
        """Nothing is at hand; it comes in pieces."""

    async def send_pieces(self, send: Send, spans: Sequence[Span]) -> None:
        for start, length in spans:
            pieces: Iterator[bytes] = await in_thread(open_span, self.store, self.key, start, length)
            while piece := await in_thread(next, pieces, b""):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


@lru_cache(maxsize=4096)
def local_path(store: LocalBlobs, key: str) -> str:
    return str(store.path(key))


@lru_cache(maxsize=4096)
def signing_tag(key: str) -> str:
    """A name of the content: keys of packs are digests, other keys are written once."""
    return key.rsplit("/", 1)[-1].partition(".")[0]


@lru_cache(maxsize=1024)
def kept_for_ever(name: str) -> tuple[Header, ...]:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    if kind not in SHOWN and not name.endswith(".json"):
        kind = "application/octet-stream"
    if name.endswith(".json"):
        kind = "text/plain; charset=utf-8"
    how = "inline" if kind in SHOWN else "attachment"
    return (
        (b"content-type", kind.encode()),
        (b"content-disposition", f"{how}; filename*=UTF-8''{quote(name)}".encode()),
        (b"cache-control", b"private, max-age=31536000, immutable"),
        (b"x-content-type-options", b"nosniff"),
        (b"content-security-policy", b"sandbox; default-src 'none'"),
    )


def wanted_range(text: str, size: int, *, is_same: bool) -> Span:
    """The half-open range of a `Range` header; the whole for none, several, or one that is no range."""
    match = RANGE.fullmatch(text.strip())
    if match is None or not is_same or match.groups() == ("", "") or len(text) > 60:
        return 0, size
    first, last = match.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    if start >= size or end <= start:
        raise Refused(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, ((b"content-range", f"bytes */{size}".encode()),))
    return start, end


def frame_spans(scope: Scope, key: str) -> Sequence[Span] | None:
    """Where the parts of the codestream stand that ``?frame=`` asks for."""
    query = scope["query_string"]
    if not query.startswith(b"frame="):
        return None
    number = query.removeprefix(b"frame=").partition(b"&")[0].decode("latin-1")
    if not number.isascii() or not number.isdigit() or len(number) > 9:
        raise Refused(HTTPStatus.NOT_FOUND)
    return packs.frame_spans(stores.current(), key, int(number))


def open_span(store: blobs.BlobStore, key: str, start: int, length: int) -> Iterator[bytes]:
    return store.read(key, start=start, length=length)


async def receive_part(scope: Scope, receive: Receive, send: Send, grant: signing.Grant) -> None:
    """Stream a part to disk. The ETag is given only when every byte is there: clients take it as success."""
    store = stores.current()
    parts_id, _, number = grant.subject.partition("/")
    if not isinstance(store, LocalBlobs) or not number.isdigit() or not 1 <= int(number) <= LARGEST_PART_NUMBER:
        raise Refused(HTTPStatus.NOT_FOUND)
    announced = header_of(scope, b"content-length")
    limit = config.current().upload_part_max_bytes
    if announced.isdigit() and int(announced) > limit:
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    writer = store.receive_part(parts_id, int(number))
    try:
        last = await take_body(receive, writer, limit)
        etag = await in_thread(finish_part, writer, last, announced)
    except BaseException:
        writer.abandon()
        raise
    await reply(send, HTTPStatus.OK, ((b"etag", etag.encode()),), b"")


def finish_part(writer: PartWriter, last: bytes, announced: str) -> str:
    if last:
        writer.write(last)
    if announced.isdigit() and writer.size != int(announced):
        raise Refused(HTTPStatus.BAD_REQUEST)
    return writer.finish()


async def take_body(receive: Receive, writer: PartWriter, limit: int) -> bytes:
    """Write what arrives, but for its end, which is returned.

    Pieces are gathered, because the way to another thread costs more than a small write.
    """
    gathered: list[bytes] = []
    waiting = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(HTTPStatus.BAD_REQUEST)
        piece = message.get("body", b"")
        gathered.append(piece)
        waiting += len(piece)
        if writer.size + waiting > limit:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if not message.get("more_body", False):
            return b"".join(gathered)
        if waiting >= CHUNK:
            await in_thread(writer.write, b"".join(gathered))
            gathered, waiting = [], 0


async def in_thread(function: Callable[..., Any], *arguments: Any) -> Any:  # noqa: ANN401 - as the function has it
    return await asyncio.get_running_loop().run_in_executor(THREADS, function, *arguments)


async def reply(send: Send, status: HTTPStatus, headers: tuple[Header, ...], body: bytes) -> None:
    without_body = status in {HTTPStatus.NOT_MODIFIED, HTTPStatus.NO_CONTENT}
    length = () if without_body else ((b"content-length", str(len(body)).encode()), (b"content-type", b"text/plain"))
    await send({"type": "http.response.start", "status": status.value, "headers": [*headers, *length]})
    await send({"type": "http.response.body", "body": b"" if without_body else body})
