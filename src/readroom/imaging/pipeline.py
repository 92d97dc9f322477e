"""Work on many frames with a few threads, in order, holding only a few at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_in_order(
    work: Callable[[Item], Result], items: Iterable[Item], *, threads: int, ahead: int = 2
) -> Iterator[Result]:
    """Yield ``work(item)`` in the order of the items.

    Parameters
    ----------
    work : callable
        Runs in a thread; its exception is raised here, at its item's turn.
    items : iterable
        Taken one by one as the work proceeds.
    threads : int
        How many work at once. With 1 no thread is started.
    ahead : int
        Results that may wait for their turn, above one per thread: this bounds the memory.

    Yields
    ------
    object
        Results, in order.
    """
    if threads <= 1:
        yield from map(work, items)
        return
    pending: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(threads, thread_name_prefix="frames") as pool:
        try:
            for item in items:
                pending.append(pool.submit(work, item))
                if len(pending) >= threads + ahead:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()
