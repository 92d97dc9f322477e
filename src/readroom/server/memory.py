"""How a process that serves handles its memory: what is used again and again is kept."""

from __future__ import annotations

import ctypes
import gc
import sys

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""Names of glibc's <malloc.h>."""
KEPT_FREE_BYTES = 16 * 1024 * 1024
LARGEST_KEPT_BYTES = 4 * 1024 * 1024


def keep_what_is_used_again() -> None:
    """Call it when everything is imported.

    glibc would give the memory of every frame back to the system, and get it again page by page: half of a frame's
    cost. The collector would look through all that was imported: a tenth of the cost of a list.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            mallopt(M_MMAP_THRESHOLD, LARGEST_KEPT_BYTES)
            mallopt(M_TRIM_THRESHOLD, KEPT_FREE_BYTES)
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
