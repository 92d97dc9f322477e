"""A private folder for the time of an import; what a killed import left behind is swept by the next one."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PREFIX = ".import-"
_LOCK = "lock"
_SECONDS_TO_LOCK = 60.0


@contextmanager
def open_workspace(folder: Path) -> Iterator[Path]:
    """Make a hidden folder below ``folder`` and remove it with everything in it at the end."""
    sweep(folder)
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=folder, ignore_cleanup_errors=True) as name:
        workspace = Path(name)
        with (workspace / _LOCK).open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield workspace


def sweep(folder: Path) -> None:
    """Remove workspaces whose import is no longer alive: nobody holds their lock."""
    for workspace in folder.glob(f"{_PREFIX}*"):
        if not workspace.is_symlink() and _is_abandoned(workspace):
            shutil.rmtree(workspace, ignore_errors=True)


def _is_abandoned(workspace: Path) -> bool:
    try:
        with (workspace / _LOCK).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
    except FileNotFoundError:
        return _is_old(workspace)
    except OSError:
        return False


def _is_old(workspace: Path) -> bool:
    try:
        return time.time() - workspace.stat().st_mtime > _SECONDS_TO_LOCK
    except OSError:
        return False
