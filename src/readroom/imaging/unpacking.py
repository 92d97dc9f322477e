"""Opening archives that strangers made: bounded, without following any name out of the folder."""

from __future__ import annotations

import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from readroom.imaging.errors import (
    CorruptFile,
    ImagingError,
    TruncatedFile,
    UnsafeArchive,
    UnsafePath,
    UnsupportedContent,
)
from readroom.imaging.guarding import DISK_IS_FULL
from readroom.imaging.limits import Limits

_CHUNK = 1 << 20
_NAME_LIMIT = 1000
_BYTES_PER_DIRECTORY_ENTRY = 512
_END_OF_DIRECTORY = struct.Struct("<4s4H2LH")
_LOCAL_HEADERS = (b"PK\x03\x04", b"PK\x05\x06")
_OTHER_ARCHIVES = {
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"Rar!\x1a\x07": "RAR",
    b"\xfd7zXZ\x00": "xz",
    b"BZh": "bzip2",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"\x1f\x8b": "gzip",
}


@dataclass(frozen=True, slots=True)
class Member:
    """A file of an archive: unpacked to ``path``, or not, because of ``problem``."""

    name: str
    path: Path | None
    problem: ImagingError | None = None


@dataclass(slots=True)
class Budget:
    """What one import may still unpack; shared by its archives and those within them."""

    limits: Limits
    bytes_left: int
    files_left: int

    @classmethod
    def of(cls, limits: Limits) -> Budget:
        return cls(limits, limits.max_unpacked_bytes, limits.max_files)


@dataclass(slots=True)
class _Allowance:
    """What one archive may still unpack, those within it included."""

    budget: Budget
    bytes_left: int

    @classmethod
    def of(cls, budget: Budget, size: int) -> _Allowance:
        return cls(budget, max(budget.limits.free_archive_bytes, size * budget.limits.max_archive_ratio))

    @property
    def is_spent(self) -> bool:
        return self.bytes_left < 0 or self.budget.bytes_left < 0

    def spend(self, count: int) -> None:
        self.bytes_left -= count
        self.budget.bytes_left -= count
        if self.bytes_left < 0:
            raise UnsafeArchive(
                f"The archive unpacks to more than {self.budget.limits.max_archive_ratio} times its own size, as bombs "
                "do; upload the files themselves."
            )
        if self.budget.bytes_left < 0:
            raise UnsafeArchive(
                f"The archives unpack to more than {self.budget.limits.max_unpacked_bytes >> 20} MiB; upload them in "
                "several imports."
            )


def is_zip(head: bytes) -> bool:
    return head.startswith(_LOCAL_HEADERS)


def refuse_other_archive(head: bytes) -> None:
    """Raise `UnsupportedContent` with the remedy when the first bytes are those of another archive."""
    kind = next((kind for magic, kind in _OTHER_ARCHIVES.items() if head.startswith(magic)), None)
    if head[257:262] == b"ustar":
        kind = "tar"
    if kind:
        raise UnsupportedContent(
            f"This is a {kind} archive, which is not unpacked; upload the files themselves or pack them as a zip."
        )


def unpack_zip(path: Path, folder: Path, *, budget: Budget) -> Iterator[Member]:
    """Unpack a zip, and zips within it, into a folder.

    Parameters
    ----------
    path : Path
        The archive.
    folder : Path
        An empty folder that nobody else writes to. Nothing is written outside of it.
    budget : Budget
        Lowered by what is unpacked.

    Yields
    ------
    Member
        Every file, names sorted, ``/`` between folders and after an archive. A member that cannot be unpacked safely
        comes with its problem and spoils no other.

    Raises
    ------
    RefusedFile
        The archive as a whole cannot be trusted: it is cut short, a bomb, or holds too much.
    """
    allowance = _Allowance.of(budget, path.stat().st_size)
    yield from _unpack(path, folder, allowance, nesting=1)


def _unpack(path: Path, folder: Path, allowance: _Allowance, *, nesting: int) -> Iterator[Member]:
    if nesting > allowance.budget.limits.max_archive_nesting:
        raise UnsafeArchive(
            f"Archives are nested more than {allowance.budget.limits.max_archive_nesting} deep; upload the inner ones."
        )
    with path.open("rb") as file, _open(file, allowance) as archive:
        seen: set[str] = set()
        for entry in sorted(archive.infolist(), key=lambda entry: entry.filename):
            if not entry.filename.endswith("/"):
                yield from _unpack_member(archive, entry, folder, allowance, seen=seen, nesting=nesting)


def _open(file: IO[bytes], allowance: _Allowance) -> zipfile.ZipFile:
    _bound_directory(file, allowance.budget.files_left)
    try:
        archive = zipfile.ZipFile(file)
    except UnicodeDecodeError as problem:
        raise UnsafeArchive(
            "The archive claims UTF-8 names, but they are not; pack it again with plain file names."
        ) from problem
    except (zipfile.BadZipFile, struct.error, ValueError, NotImplementedError) as problem:
        raise TruncatedFile("The zip ends too early or is damaged; pack and upload it again.") from problem
    allowance.budget.files_left -= len(archive.infolist())
    declared = sum(entry.file_size for entry in archive.infolist())
    if declared > allowance.bytes_left or declared > allowance.budget.bytes_left:
        allowance.spend(declared)
    return archive


def _bound_directory(file: IO[bytes], files_left: int) -> None:
    """Look at the claimed size of the directory before the library reads it whole."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(size - _END_OF_DIRECTORY.size - 0xFFFF, 0))
    tail = file.read()
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) < place + _END_OF_DIRECTORY.size:
        raise TruncatedFile("The zip ends before its directory; pack and upload it again.")
    _, _, _, _, entries, directory, _, _ = _END_OF_DIRECTORY.unpack_from(tail, place)
    if directory == 0xFFFFFFFF or entries == 0xFFFF:
        wide = tail.rfind(b"PK\x06\x06", 0, place)
        entries, directory = (
            struct.unpack_from("<QQ", tail, wide + 32) if 0 <= wide <= len(tail) - 56 else (entries, size)
        )
    if entries > files_left or directory > max(files_left, 1) * _BYTES_PER_DIRECTORY_ENTRY:
        raise UnsafeArchive(f"The archive holds {entries} files, more than an import may; upload it in parts.")


def _unpack_member(
    archive: zipfile.ZipFile,
    entry: zipfile.ZipInfo,
    folder: Path,
    allowance: _Allowance,
    *,
    seen: set[str],
    nesting: int,
) -> Iterator[Member]:
    shown = entry.filename.encode("utf-8", "replace").decode()[:_NAME_LIMIT]
    try:
        target = folder / _safe_name(entry)
        if str(target) in seen:
            raise UnsafeArchive(f"The archive holds {shown!r} twice; pack it again with one file per name.")
        seen.add(str(target))
        _write_member(archive, entry, target, allowance)
    except ImagingError as problem:
        if allowance.is_spent:
            raise
        yield Member(shown, None, problem)
        return
    with target.open("rb") as file:
        is_archive = is_zip(file.read(4))
    if not is_archive:
        yield Member(shown, target)
        return
    inner = target.with_name(f"{target.name}.unpacked")
    try:
        inner.mkdir()
        for member in _unpack(target, inner, allowance, nesting=nesting + 1):
            yield Member(f"{shown}/{member.name}", member.path, member.problem)
    except (ImagingError, OSError) as problem:
        if allowance.is_spent:
            raise
        refused = problem if isinstance(problem, ImagingError) else UnsafePath()
        yield Member(shown, None, refused)


def _safe_name(entry: zipfile.ZipInfo) -> PurePosixPath:
    """Name of a member below the folder; raises where it points elsewhere or is no plain file."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in {0, stat.S_IFREG}:
        raise UnsafeArchive("The archive holds a link or a device instead of a file; pack it again with plain files.")
    if entry.flag_bits & 0x1:
        raise UnsafeArchive("The file is encrypted in the archive; pack it again without a password.")
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise UnsafeArchive("The file is packed in a rare way; pack it again as a plain zip.")
    parts = entry.filename.replace("\\", "/").split("/")
    if entry.filename.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or "\0" in entry.filename:
        raise UnsafePath("The name in the archive points outside of it; pack it again with plain file names.")
    kept = [part for part in parts if part not in {"", "."}]
    if not kept or any(len(part.encode("utf-8", "replace")) > 240 for part in kept) or len(kept) > 64:
        raise UnsafePath("The name in the archive is too long; pack it again with shorter names.")
    return PurePosixPath(*(part.encode("utf-8", "replace").decode() for part in kept))


def _write_member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, allowance: _Allowance) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(entry) as packed, target.open("xb") as file:
            while chunk := packed.read(_CHUNK):
                allowance.spend(len(chunk))
                file.write(chunk)
    except (zipfile.BadZipFile, zlib.error, EOFError, struct.error, ValueError) as problem:
        target.unlink(missing_ok=True)
        raise CorruptFile("The file is damaged in the archive; pack and upload it again.") from problem
    except (NotImplementedError, RuntimeError) as problem:
        target.unlink(missing_ok=True)
        raise UnsafeArchive(
            "The file is packed in a way that is not unpacked (encrypted, or a rare compression); pack it again."
        ) from problem
    except OSError as problem:
        if problem.errno in DISK_IS_FULL:
            raise
        raise UnsafePath("The archive holds a file and a folder of one name; pack it again.") from problem
