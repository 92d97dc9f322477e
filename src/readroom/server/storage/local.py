"""Blobs in a folder of this machine. A blob appears by a rename, so a reader never meets half of one."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from readroom.server import config
from readroom.server.storage import blobs, signing
from readroom.server.storage.blobs import (
    CHUNK,
    Joined,
    MissingBlob,
    MissingParts,
    NoSpace,
    Part,
    WrongParts,
    checked_key,
)

PARTS_ID = re.compile(r"[0-9a-f]{32}")
PART_NAME = re.compile(r"(\d{5})\.([0-9a-f]{32})\.(\d{1,12})")
"""Number, digest and size. Parts are not forced to the disk one by one, the joined file is: of a part that a power cut
left shorter than its name says, nothing counts, and it is sent again."""
SMALLEST_OF_SEVERAL = 5 * 1024 * 1024
"""S3 wants no smaller parts but the last; clients cut for S3, so a smaller first part is a whole file."""


class PartWriter:
    """Receives one part: a file beside its place until all its bytes are there."""

    def __init__(self, folder: Path, number: int) -> None:
        self.folder, self.number = folder, number
        self.digest = hashlib.md5(usedforsecurity=False)
        self.size = 0
        self.path = folder / f"{secrets.token_hex(8)}.arriving"
        self.file: BinaryIO = self.path.open("xb", buffering=0)

    def write(self, content: bytes) -> None:
        with no_space_named():
            left = memoryview(content)
            while left:  # a disk that is nearly full takes less than it was given, and says no only then
                left = left[self.file.write(left) :]
        self.digest.update(content)
        self.size += len(content)

    def finish(self) -> str:
        """Put the part into its place, instead of an earlier one of the same number; returns its ETag."""
        if self.number == 1 and self.size < SMALLEST_OF_SEVERAL:
            begin_writing(self.file.fileno())
        self.file.close()
        etag = self.digest.hexdigest()
        name = part_name(self.number, etag, self.size)
        earlier = [found for found in os.listdir(self.folder) if found[:6] == name[:6] and found != name]  # noqa: PTH208 - names
        self.path.replace(self.folder / name)
        for found in earlier:
            (self.folder / found).unlink(missing_ok=True)
        return f'"{etag}"'

    def abandon(self) -> None:
        self.file.close()
        self.path.unlink(missing_ok=True)


def part_name(number: int, digest: str, size: int) -> str:
    return f"{number:05d}.{digest}.{size}"


class LocalBlobs:
    """A `BlobStore` in ``DATA/blobs``, with arriving parts in ``DATA/parts``."""

    def __init__(self, settings: config.Config) -> None:
        self.folder = settings.data / "blobs"
        self.parts = settings.data / "parts"

    def path(self, key: str) -> Path:
        return self.folder / checked_key(key)

    def write_file(self, key: str, source: Path) -> None:
        with self.arriving(key) as place, no_space_named(), source.open("rb") as file, place.open("xb") as copy:
            shutil.copyfileobj(file, copy, CHUNK)

    def link_file(self, key: str, source: Path) -> None:
        """Keep a file that nobody changes any more; on the same disk no byte is copied."""
        try:
            with self.arriving(key) as place, no_space_named():
                os.link(source, place)
        except OSError as error:
            if error.errno not in {errno.EXDEV, errno.EPERM, errno.EMLINK}:
                raise
            self.write_file(key, source)

    def write_bytes(self, key: str, content: bytes) -> None:
        with self.arriving(key) as place, no_space_named():
            place.write_bytes(content)

    @contextmanager
    def arriving(self, key: str) -> Iterator[Path]:
        """A place beside the blob's own; what stands there in the end becomes the blob."""
        path = self.path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        place = path.with_name(f"{path.name}.{secrets.token_hex(8)}.arriving")
        try:
            yield place
            flush_to_disk(place)
            place.replace(path)
            flush_to_disk(path.parent)  # else a power cut takes the name away from bytes that are there
        finally:
            place.unlink(missing_ok=True)

    def size(self, key: str) -> int:
        try:
            return self.path(key).stat().st_size
        except FileNotFoundError:
            raise MissingBlob from None

    def read(self, key: str, *, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        try:
            file = self.path(key).open("rb")
        except FileNotFoundError:
            raise MissingBlob from None
        return pieces(file, start, length)

    def remove(self, key: str) -> None:
        self.path(key).unlink(missing_ok=True)

    @contextmanager
    def local_copy(self, key: str) -> Iterator[Path]:
        path = self.path(key)
        if not path.is_file():
            raise MissingBlob
        yield path

    def begin_parts(self, key: str) -> str:
        checked_key(key)
        parts_id = secrets.token_hex(16)
        with no_space_named():
            self.parts_folder(parts_id).mkdir(parents=True)
        return parts_id

    def parts_folder(self, parts_id: str) -> Path:
        if not PARTS_ID.fullmatch(parts_id):
            raise MissingParts
        return self.parts / parts_id[:2] / parts_id

    def part_links(self, key: str, parts_id: str, numbers: Sequence[int], *, seconds: int) -> Mapping[int, str]:
        checked_key(key)
        self.parts_folder(parts_id)
        return {n: signing.signed_path("write", f"{parts_id}/{n}", "part", seconds=seconds) for n in numbers}

    def receive_part(self, parts_id: str, number: int) -> PartWriter:
        """Where the bytes app writes what arrives."""
        try:
            with no_space_named():
                return PartWriter(self.parts_folder(parts_id), number)
        except FileNotFoundError:
            raise MissingParts from None

    def list_parts(self, key: str, parts_id: str) -> Sequence[Part]:
        checked_key(key)
        folder = self.parts_folder(parts_id)
        if not folder.is_dir():
            raise MissingParts
        found = [(PART_NAME.fullmatch(path.name), path) for path in folder.iterdir()]
        parts = [to_part(match, path) for match, path in found if match and path.stat().st_size == int(match[3])]
        return sorted(parts, key=lambda part: part.number)

    def join_parts(self, key: str, parts_id: str, parts: Sequence[tuple[int, str]]) -> Joined:
        received = {part.number: part for part in self.list_parts(key, parts_id)}
        chosen = [received.get(number) for number, _etag in parts]
        numbers = [number for number, _etag in parts]
        if numbers != sorted(set(numbers)):
            raise WrongParts("The parts must be listed once each, in rising order.")
        for part, (number, etag) in zip(chosen, parts, strict=True):
            if part is None or part.etag.strip('"') != etag.strip('"').lower():
                raise WrongParts(f"Part {number} was not received like this; upload the file again.")
        folder = self.parts_folder(parts_id)
        files = [folder / part_name(part.number, part.etag[1:-1], part.size) for part in chosen if part]
        with self.arriving(key) as place, no_space_named():
            join(files, place)
        return Joined(sum(part.size for part in chosen if part), joined_etag([etag for _number, etag in parts]))

    def drop_parts(self, key: str, parts_id: str) -> None:
        checked_key(key)
        shutil.rmtree(self.parts_folder(parts_id), ignore_errors=True)


def to_part(match: re.Match[str], path: Path) -> Part:
    facts = path.stat()
    return Part(int(match[1]), f'"{match[2]}"', facts.st_size, datetime.fromtimestamp(facts.st_mtime, UTC))


def joined_etag(etags: Sequence[str]) -> str:
    """As S3 has it: the digest of the digests, and their number."""
    digests = b"".join(bytes.fromhex(etag.strip('"')) for etag in etags)
    return f'"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-{len(etags)}"'


def join(files: Sequence[Path], place: Path) -> None:
    """One file from several; a single one is linked, not copied."""
    if len(files) == 1:
        os.link(files[0], place)
        return
    with place.open("xb") as whole:
        for path in files:
            with path.open("rb") as file:
                shutil.copyfileobj(file, whole, CHUNK)


def pieces(file: BinaryIO, start: int, length: int | None) -> Iterator[bytes]:
    with file:
        file.seek(start)
        left = length
        while left is None or left > 0:
            piece = file.read(CHUNK if left is None else min(CHUNK, left))
            if not piece:
                return
            left = None if left is None else left - len(piece)
            yield piece


def flush_to_disk(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def begin_writing(descriptor: int) -> None:
    """Send a file on its way to the disk without waiting; whoever flushes it later waits less.

    Linux begins to write what it is told is not needed, and keeps it in memory until that is done.
    """
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)


@contextmanager
def no_space_named() -> Iterator[None]:
    """Turn the ways in which a disk says that it is full into `NoSpace`."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            raise NoSpace from error
        raise


assert_is_store: type[blobs.BlobStore] = LocalBlobs
