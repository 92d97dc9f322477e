"""A private folder for the time of an import; what a killed import left behind is swept by the next one."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PREFIX = ".import-"


@contextmanager
def open_workspace(folder: Path) -> Iterator[Path]:
    """Make a hidden folder below ``folder`` and remove it with everything in it at the end.

    It stays locked as long as this process lives: that is how `sweep` knows which ones are abandoned.
    """
    with lock_folder(folder):
        sweep(folder)
        workspace = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=folder))
        lock = os.open(workspace, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield workspace
    finally:
        shutil.rmtree(workspace, ignore_errors=True)
        os.close(lock)


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Let one import at a time make and give names in a folder; others wait."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def sweep(folder: Path) -> None:
    """Remove workspaces whose import is no longer alive; call it with the folder locked."""
    for workspace in folder.glob(f"{_PREFIX}*"):
        if not workspace.is_symlink() and _is_abandoned(workspace):
            shutil.rmtree(workspace, ignore_errors=True)


def _is_abandoned(workspace: Path) -> bool:
    try:
        descriptor = os.open(workspace, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True
