"""Whether a server works on a data folder: each of its processes holds a lock on a file of it for as long as it lives.

keeping = presence.keep(data)  # held until `keeping` is closed or the process ends, however it ends
"""

from __future__ import annotations

import os
from fcntl import LOCK_EX, LOCK_NB, LOCK_SH, flock
from pathlib import Path
from typing import IO

NAME = "running"


def keep(data: Path) -> IO[bytes]:
    """Say that a process works on this folder; several may say so at once."""
    data.mkdir(parents=True, exist_ok=True)
    file = (data / NAME).open("ab")
    flock(file, LOCK_SH)
    return file


def is_kept(data: Path) -> bool:
    """Whether any process works on this folder now."""
    try:
        descriptor = os.open(data / NAME, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        flock(descriptor, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
