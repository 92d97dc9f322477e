"""From the paths of an upload to its candidates: folders walked, archives unpacked, links and noise left out."""

from __future__ import annotations

import os
import posixpath
import shutil
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

from readroom.imaging.errors import (
    EmptyFile,
    ImagingError,
    MissingCompanion,
    TooLarge,
    UnsafePath,
    UnsupportedContent,
)
from readroom.imaging.guarding import DISK_IS_FULL, translated
from readroom.imaging.outcomes import OutcomeBook
from readroom.imaging.source import Siblings, UploadedFile
from readroom.imaging.unpacking import Budget, is_zip, unpack_zip

HEAD_BYTES = 4096
"""First bytes that the readers see to recognise a format."""
_NOISE = {".ds_store", "thumbs.db", "desktop.ini", ".directory"}


@dataclass(slots=True)
class Collection:
    """Candidates for images, the names of all files in order, and what is already known about them.

    Parameters
    ----------
    book : OutcomeBook
        What is decided.
    candidates : list of UploadedFile
        Files that a reader should see.
    names : list of str
        All files, in order.
    uploads : dict
        The uploaded file of each name: that of the archive for its members.
    archives : dict
        Names of the members of each archive.
    remarks : dict
        What to say about a file should it be used.
    """

    book: OutcomeBook
    candidates: list[UploadedFile] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    uploads: dict[str, Path] = field(default_factory=dict)
    archives: dict[str, list[str]] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)
    _by_name: dict[str, UploadedFile] = field(default_factory=dict)

    def add(self, name: str, upload: Path) -> str:
        """Enter a file; of two with one name the second is renamed."""
        unique, number = name, 2
        while unique in self.uploads:
            unique, number = f"{name} ({number})", number + 1
        self.names.append(unique)
        self.uploads[unique] = upload
        return unique

    def refuse(self, name: str, problem: ImagingError) -> None:
        self.book.refuse(name, self.uploads[name], problem)

    def ignore(self, name: str, reason: str) -> None:
        self.book.note(name, self.uploads[name], "ignored", reason)

    def siblings_of(self, file: UploadedFile) -> Siblings:
        """Make the function with which a reader asks for the other files of an image."""
        if len(self._by_name) < len(self.candidates):
            folded = {candidate.name.casefold(): candidate for candidate in reversed(self.candidates)}
            self._by_name = folded | {candidate.name: candidate for candidate in self.candidates}
        folder = posixpath.dirname(file.name)
        return lambda given: _find_sibling(given, folder, self._by_name)


def collect_files(paths: Sequence[str | PathLike[str]], workspace: Path | None, budget: Budget) -> Collection:
    """List all files below the paths.

    Archives are unpacked into ``workspace``, whose parent is never walked; without one they are refused.
    """
    collection = Collection(OutcomeBook())
    given = [Path(path) for path in paths]
    for root in given:
        prefix = f"{root.name}/" if len(given) > 1 and root.is_dir() else ""
        for name, path in _walk(root, without=workspace and workspace.resolve().parent):
            unique = collection.add(prefix + name, path)
            budget.files_left -= 1
            try:
                if budget.files_left < 0:
                    raise TooLarge(f"An import takes {budget.limits.max_files} files; upload the rest in another.")
                _enter(collection, unique, path, root, workspace=workspace, budget=budget)
            except ImagingError as problem:
                collection.refuse(unique, problem)
            except OSError as problem:
                if problem.errno in DISK_IS_FULL:
                    raise
                reason = problem.strerror or type(problem).__name__
                collection.refuse(unique, UnsupportedContent(f"The file cannot be opened ({reason})."))
    return collection


def collect_named(files: Mapping[str, Path]) -> Collection:
    """Take files by name as the candidates; no archive is unpacked."""
    collection = Collection(OutcomeBook())
    for name, path in files.items():
        unique = collection.add(name, path)
        try:
            _enter_candidate(collection, UploadedFile(path, unique, _read_head(path)))
        except ImagingError as problem:
            collection.refuse(unique, problem)
    return collection


def _walk(root: Path, *, without: Path | None) -> Iterator[tuple[str, Path]]:
    """Yield names and paths of the files below a root, sorted; links to folders are not walked, nor our workspace."""
    if not root.is_dir():
        yield root.name, root
        return
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if (Path(folder) / name).resolve() != without)
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        for name in sorted(files + links):
            path = Path(folder) / name
            yield _printable(path.relative_to(root).as_posix()), path


def _printable(name: str) -> str:
    """Names that are not UTF-8 come with surrogates, which no JSON and no terminal takes."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _enter(
    collection: Collection, name: str, path: Path, root: Path, *, workspace: Path | None, budget: Budget
) -> None:
    """Decide about one file of the file system."""
    if path.is_symlink() and path != root:
        path = _inside(path, root)
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise UnsupportedContent("This is a folder, a device or a pipe behind a link; upload the files themselves.")
    head = _read_head(path)
    if workspace is not None and is_zip(head):
        _enter_archive(collection, name, path, workspace=workspace, budget=budget)
    else:
        _enter_candidate(collection, UploadedFile(path, name, head))


def _enter_archive(collection: Collection, name: str, path: Path, *, workspace: Path, budget: Budget) -> None:
    folder = workspace / f"archive-{len(collection.archives)}"
    folder.mkdir()
    members = collection.archives.setdefault(name, [])
    entered: list[UploadedFile] = []
    try:
        with translated("The archive"):
            for member in unpack_zip(path, folder, budget=budget):
                unique = collection.add(f"{name}/{member.name}", collection.uploads[name])
                members.append(unique)
                if member.path is None:
                    collection.refuse(unique, member.problem or UnsafePath())
                else:
                    entered.append(UploadedFile(member.path, unique, _read_head(member.path)))
    except ImagingError as problem:
        shutil.rmtree(folder)
        for file in entered:
            collection.refuse(file.name, problem)
        raise
    for file in entered:
        try:
            _enter_candidate(collection, file)
        except ImagingError as problem:
            collection.refuse(file.name, problem)


def _enter_candidate(collection: Collection, file: UploadedFile) -> None:
    parts = file.name.split("/")
    if "__MACOSX" in parts or parts[-1].startswith("._") or parts[-1].lower() in _NOISE:
        collection.ignore(file.name, "The operating system keeps notes of its own in this file.")
    elif parts[-1].startswith(".readroom-"):
        collection.ignore(file.name, "This file remembers what was uploaded from its folder.")
    elif not file.head:
        raise EmptyFile
    else:
        collection.candidates.append(file)


def _inside(link: Path, root: Path) -> Path:
    """Follow a link that stays below the root; refuse any other."""
    try:
        target = link.resolve(strict=True)
    except (OSError, RuntimeError) as problem:
        raise UnsafePath("This is a link that leads nowhere; upload the file itself.") from problem
    if not target.is_relative_to(root.resolve()):
        raise UnsafePath("This is a link that leaves the folder; upload the file itself.")
    return target


def _read_head(path: Path) -> bytes:
    with path.open("rb", buffering=0) as file:
        return file.read(HEAD_BYTES)


def _find_sibling(given: str, folder: str, by_name: Mapping[str, UploadedFile]) -> UploadedFile:
    plain = given.strip().replace("\\", "/")
    if plain.startswith("/") or ".." in plain.split("/") or ":" in plain.split("/")[0] or "\0" in plain:
        raise UnsafePath
    wanted = posixpath.normpath(posixpath.join(folder, plain))
    found = by_name.get(wanted) or by_name.get(wanted.casefold())
    if found is None:
        shown = plain[:200]
        raise MissingCompanion(f"The second part of this file, {shown!r}, was not uploaded; upload both together.")
    return found
