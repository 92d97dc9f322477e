"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, BinaryIO


@contextmanager
def write_atomically(path: Path) -> Iterator[BinaryIO]:
    """Open a file that takes the place of ``path`` once it is complete and on the disk; on an error nothing remains."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:80]}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fchmod(file.fileno(), 0o666 & ~_umask())
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(name).unlink()
        raise
    sync_folder(path.parent)


def append_file(source: IO[bytes], target: IO[bytes]) -> None:
    """Append a file to another, within the kernel where it can."""
    count, done = source.tell(), 0
    source.flush()
    target.flush()
    with suppress(OSError, AttributeError):
        while done < count and (copied := os.copy_file_range(source.fileno(), target.fileno(), count - done, done)):
            done += copied
    target.seek(0, os.SEEK_END)
    source.seek(done)
    shutil.copyfileobj(source, target, 1 << 20)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _umask() -> int:
    """Read the process's mask; there is no call that only reads it, except on Linux."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        return int(status.split("Umask:")[1].split()[0], 8)
    except (OSError, IndexError, ValueError):
        return 0o022
