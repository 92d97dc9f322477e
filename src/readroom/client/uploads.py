"""Files on their way to the server: in parts, in parallel, checked, and never twice."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

import httpx

from readroom.client import models
from readroom.client.connection import Connection
from readroom.client.errors import (
    ChecksumMismatch,
    ReadroomError,
    RequestRefused,
    ServerFailed,
    Throttled,
    TooManyUploads,
    UploadRefused,
    refusal,
)
from readroom.client.journal import Journal, UploadRecord
from readroom.client.resources import Resource, Syntheses
from readroom.client.retries import retry_after

logger = logging.getLogger(__name__)

PART_SIZE = 32 * 1024 * 1024
OBJECT_PART_SIZE = 8 * 1024 * 1024
"""Parts of what can be read only once stay in memory until they have arrived."""
BLOCK_SIZE = 1024 * 1024
URLS_AT_ONCE = 5
PART_TRIES = 5
MD5_LENGTH = 32
WAIT_FOR_ROOM = 30.0
PATIENCE = 3600.0

Progress = Callable[[Path, int], None]
"""Called with a file and the number of its bytes that have just arrived."""


class Readable(Protocol):
    """What `upload_fileobj` takes: anything with `read`."""

    def read(self, size: int = ..., /) -> bytes: ...


@dataclass(frozen=True)
class Part:
    """A stretch of a file: number from 1, offset and size in bytes."""

    number: int
    offset: int
    size: int


class Uploads(Resource[models.Upload]):
    """Uploads: single steps as the wire has them, and whole files."""

    base_path = "uploads/"
    model = models.Upload
    chunk_size = OBJECT_PART_SIZE
    n_presigned_urls = URLS_AT_ONCE
    max_retries = PART_TRIES

    def __init__(self, connection: Connection, syntheses: Syntheses | None = None, *, threads: int = 10) -> None:
        super().__init__(connection, syntheses)
        self._threads = threads
        self._wait = threading.Event().wait

    def create(self, *, filename: str | Path, part_numbers: Sequence[int] = ()) -> models.Upload:
        """Announce a file; waits when the server says that too many uploads are being processed.

        A readroom server replies the addresses of `part_numbers` at once, which saves a request.
        """
        body = {"filename": str(filename), **({"part_numbers": list(part_numbers)} if part_numbers else {})}
        waited = 0.0
        while True:
            try:
                return self.record(self.connection.request("POST", self.base_path, json=body))
            except TooManyUploads as error:
                if waited >= PATIENCE:
                    raise
                logger.warning("%s Trying again in %.0f s", " ".join(error.reasons), WAIT_FOR_ROOM)
                self._wait(WAIT_FOR_ROOM)
                waited += WAIT_FOR_ROOM

    def generate_presigned_urls(self, *, pk: str, s3_upload_id: str, part_numbers: list[int]) -> models.Upload:
        """Ask for the addresses to which parts are sent; they stand in `presigned_urls` by number."""
        return self._step(pk, s3_upload_id, "generate-presigned-urls", {"part_numbers": part_numbers})

    def complete_multipart_upload(self, *, pk: str, s3_upload_id: str, parts: list[dict[str, Any]]) -> models.Upload:
        """Say that all parts are there."""
        return self._step(pk, s3_upload_id, "complete-multipart-upload", {"parts": parts})

    def abort_multipart_upload(self, *, pk: str, s3_upload_id: str) -> models.Upload:
        """Give an upload up."""
        return self._step(pk, s3_upload_id, "abort-multipart-upload", None)

    def list_parts(self, *, pk: str, s3_upload_id: str) -> models.Upload:
        """Read which parts have arrived; they stand in `parts`."""
        return self.record(self.connection.request("GET", f"{self.base_path}{pk}/{s3_upload_id}/list-parts/"))

    def _step(self, pk: str, s3_upload_id: str, verb: str, json: Any) -> models.Upload:
        return self.record(self.connection.request("PATCH", f"{self.base_path}{pk}/{s3_upload_id}/{verb}/", json=json))

    def upload_fileobj(self, *, fileobj: Readable, filename: str) -> models.Upload:
        """Upload anything that can be read, part by part.

        Parameters
        ----------
        fileobj : object with ``read``
            Read from where it stands, once.
        filename : str
            Name on the server.
        """
        upload = self.create(filename=filename)
        identity = {"pk": upload.pk, "s3_upload_id": upload.s3_upload_id}
        try:
            parts: list[dict[str, Any]] = []
            while chunk := fileobj.read(self.chunk_size):
                number = len(parts) + 1
                url = self.generate_presigned_urls(**identity, part_numbers=[number]).presigned_urls[str(number)]
                parts.append(self._send_part(url, number, len(chunk), functools.partial(only, chunk)))
            return self.complete_multipart_upload(**identity, parts=parts)
        except BaseException:
            with contextlib.suppress(ReadroomError):
                self.abort_multipart_upload(**identity)
            raise

    def upload_multiple_fileobj(
        self, *, file_objects: Sequence[Readable], filenames: Sequence[str]
    ) -> list[models.Upload]:
        """Upload several objects at the same time, in the order given."""
        with ThreadPoolExecutor(self._threads) as pool:
            jobs = [
                pool.submit(self.upload_fileobj, fileobj=fileobj, filename=filename)
                for fileobj, filename in zip(file_objects, filenames, strict=True)
            ]
            return [job.result() for job in jobs]

    def upload_files(
        self, paths: Sequence[Path], *, journal: Journal | None = None, progress: Progress | None = None
    ) -> list[str]:
        """Upload files at the same time and tell the address of each.

        Parameters
        ----------
        paths : sequence of Path
            The files; memory does not grow with their size.
        journal : Journal, optional
            Where it is kept what has arrived, so that a second call sends the rest only.
        progress : callable, optional
            Called with a file and the bytes that have just arrived.
        """
        kept, halt = journal or Journal(None), threading.Event()
        with ThreadPoolExecutor(max(1, min(self._threads, len(paths)))) as pool:
            jobs = [pool.submit(self._upload_file, path, kept, progress, halt) for path in paths]
            try:
                ended, _ = wait(jobs, return_when=FIRST_EXCEPTION)
                for job in ended:
                    job.result()
                return [job.result() for job in jobs]
            except BaseException:
                halt.set()
                for job in jobs:
                    job.cancel()
                raise

    def _upload_file(self, path: Path, journal: Journal, progress: Progress | None, halt: threading.Event) -> str:
        size = path.stat().st_size
        urls: dict[str, str] = {}
        record = self._still_there(journal.find_upload(path), size)
        if record is None:
            record, urls = self._begin(path, size, journal)
        if record.is_complete:
            report(progress, path, size)
            return record.api_url
        arrived = {part["PartNumber"]: part for part in record.parts}
        waiting = [part for part in parts_of(size) if part.number not in arrived]
        report(progress, path, size - sum(part.size for part in waiting))
        for start in range(0, len(waiting), self.n_presigned_urls):
            group = waiting[start : start + self.n_presigned_urls]
            urls = self._addresses(record, group, urls)
            for part in group:
                arrived[part.number] = self._send_file_part(path, part, urls[str(part.number)], progress, halt)
                journal.keep_part(path, record, arrived[part.number])
        parts = [arrived[number] for number in sorted(arrived)]
        self.complete_multipart_upload(pk=record.pk, s3_upload_id=record.s3_upload_id, parts=parts)
        journal.keep_complete(path, record)
        return record.api_url

    def _begin(self, path: Path, size: int, journal: Journal) -> tuple[UploadRecord, dict[str, str]]:
        numbers = [part.number for part in parts_of(size)][: self.n_presigned_urls]
        upload = self.create(filename=path.name, part_numbers=numbers)
        record = journal.keep_upload(path, pk=upload.pk, api_url=upload.api_url, s3_upload_id=upload.s3_upload_id)
        return record, upload.get("presigned_urls", {})

    def _addresses(self, record: UploadRecord, parts: Sequence[Part], known: dict[str, str]) -> dict[str, str]:
        """Where parts are sent to, asked for where the server did not tell it already."""
        numbers = [part.number for part in parts]
        if all(str(number) in known for number in numbers):
            return known
        reply = self.generate_presigned_urls(pk=record.pk, s3_upload_id=record.s3_upload_id, part_numbers=numbers)
        return reply.presigned_urls

    def _still_there(self, record: UploadRecord | None, size: int) -> UploadRecord | None:
        """Trust the journal only as far as the server agrees: uploads expire."""
        if record is None:
            return None
        try:
            status = self.detail(pk=record.pk).status
            if status == "Completed":
                return record.completed()
            if status not in ("Initialized", "Pending"):
                return None
            listed = self.list_parts(pk=record.pk, s3_upload_id=record.s3_upload_id).parts
        except RequestRefused:
            return None
        kept = {part["PartNumber"]: part["ETag"] for part in record.parts}
        sizes = {part.number: part.size for part in parts_of(size)}
        agreed = [
            part
            for part in listed
            if kept.get(part["PartNumber"]) == part["ETag"]
            and part.get("Size", sizes.get(part["PartNumber"])) == sizes.get(part["PartNumber"])
        ]
        return record.with_parts([{"ETag": part["ETag"], "PartNumber": part["PartNumber"]} for part in agreed])

    def _send_file_part(
        self, path: Path, part: Part, url: str, progress: Progress | None, halt: threading.Event
    ) -> dict[str, Any]:
        sent = self._send_part(url, part.number, part.size, lambda: unless(halt, blocks(path, part)))
        report(progress, path, part.size)
        return sent

    def _send_part(self, url: str, number: int, size: int, content: Callable[[], Iterator[bytes]]) -> dict[str, Any]:
        for attempt in range(1, self.max_retries + 1):
            digest = hashlib.md5(usedforsecurity=False)
            try:
                response = self.connection.put(url, content=digested(content(), digest), size=size)
                tag = entity_tag(response)
            except (ConnectionError, ServerFailed, Throttled) as error:
                if attempt == self.max_retries:
                    raise
                delay = pause_after(error, attempt)
                logger.warning("%s; sending part %d again in %.1f s", error, number, delay)
                self._wait(delay)
                continue
            if is_other_content(tag, digest.hexdigest()):
                if attempt == self.max_retries:
                    raise ChecksumMismatch(f"Part {number} arrived altered {attempt} times; check the network")
                continue
            return {"ETag": tag, "PartNumber": number}
        raise AssertionError("unreachable: the last attempt returns or raises")


def report(progress: Progress | None, path: Path, count: int) -> None:
    if progress is not None:
        progress(path, count)


def only(chunk: bytes) -> Iterator[bytes]:
    yield chunk


def parts_of(size: int, *, part_size: int = PART_SIZE, most: int = 10_000) -> list[Part]:
    """Cut a file of `size` bytes into parts; larger ones when there would be more than the wire allows."""
    step = max(part_size, -(-size // most))
    return [
        Part(number, offset, min(step, size - offset)) for number, offset in enumerate(range(0, size, step), start=1)
    ]


def blocks(path: Path, part: Part) -> Iterator[bytes]:
    """Read a part from disk in small blocks."""
    with path.open("rb") as file:
        file.seek(part.offset)
        yield from take(file, part.size)


def take(file: IO[bytes], size: int) -> Iterator[bytes]:
    while size > 0 and (block := file.read(min(BLOCK_SIZE, size))):
        size -= len(block)
        yield block


def unless(halt: threading.Event, content: Iterator[bytes]) -> Iterator[bytes]:
    """End a file in its midst when another one of its case has failed, or a person has stopped the script."""
    for block in content:
        if halt.is_set():
            raise UploadRefused("The upload was stopped")
        yield block


def digested(content: Iterator[bytes], digest: Any) -> Iterator[bytes]:
    for block in content:
        digest.update(block)
        yield block


def entity_tag(response: httpx.Response) -> str:
    """The receipt for a part; a reply without one is a failure, whatever its status."""
    if not response.is_success or "ETag" not in response.headers:
        response.read()
        raise refusal(response)
    return response.headers["ETag"]


def pause_after(error: Exception, attempt: int) -> float:
    """Seconds until a part is sent again: what the server asks for, else longer each time."""
    asked = retry_after(error.response.headers) if isinstance(error, RequestRefused) else None
    return 0.25 * 2**attempt if asked is None else asked


def is_other_content(tag: str, md5: str) -> bool:
    """Compare the receipt with what was sent; stores give the MD5 of a part as its tag."""
    digest = tag.strip('"')
    return len(digest) == MD5_LENGTH and digest != md5
