"""Work counted instead of timed: statements and bytes do not depend on what else the machine does."""

import sys
import threading
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Work:
    """What was done: statements of Python begun, or the most bytes that Python and numpy held at once."""

    statements: int = 0
    peak_bytes: int = 0


@contextmanager
def counted_statements() -> Iterator[Work]:
    """Count the statements of this thread and of the threads that it starts.

    A million of them take about a tenth of a second of CPU when nobody counts.
    """
    work = Work()

    def trace(_frame, event, _argument):
        if event == "line":
            work.statements += 1
        return trace

    before, before_of_threads = sys.gettrace(), threading.gettrace()
    threading.settrace(trace)
    sys.settrace(trace)
    try:
        yield work
    finally:
        sys.settrace(before)
        threading.settrace(before_of_threads)


@contextmanager
def measured_memory() -> Iterator[Work]:
    """Find the most bytes that Python and numpy held at once."""
    work = Work()
    tracemalloc.start()
    try:
        yield work
    finally:
        work.peak_bytes = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
