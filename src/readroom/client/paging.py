"""Pages of a list, and a whole list read page by page as it is needed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")

GLANCE = 100
"""Elements to read for one that is asked for: `next`, an index, the length."""
PAGE = 1000
"""Elements to read for a loop, and of what follows; the most that servers give."""


class Page(Sequence[T], Generic[T]):
    """One page: a sequence that knows where it stands.

    Attributes
    ----------
    offset, limit, total_count : int
        Position of the first element, elements asked for, elements there are in all.
    """

    def __init__(self, results: list[T], *, offset: int, limit: int, total_count: int) -> None:
        self._results = results
        self.offset = offset
        self.limit = limit
        self.total_count = total_count

    @overload
    def __getitem__(self, key: int) -> T: ...
    @overload
    def __getitem__(self, key: slice) -> list[T]: ...
    def __getitem__(self, key: int | slice) -> T | list[T]:
        return self._results[key]

    def __len__(self) -> int:
        return len(self._results)

    def __repr__(self) -> str:
        return f"<Page {self.offset}-{self.offset + len(self)} of {self.total_count}>"


Fetched = Callable[[], Page[T]]
"""A reply that has come and is not read yet: called, it gives its page."""


class Listing(Sequence[T], Generic[T]):
    """Everything a query matches: iterate, ask for `next`, index, slice, take the length; pages come as needed.

    Examples
    --------
    >>> study = next(client.reader_studies.iterate_all({"slug": "nodules"}))  # doctest: +SKIP
    >>> display_sets = client.reader_studies.display_sets.iterate_all({"reader_study": study.pk})  # doctest: +SKIP
    >>> len(display_sets), display_sets[0].title, display_sets[-5:]  # doctest: +SKIP

    Notes
    -----
    What was read once is kept, so the list does not change under a script; ask again for news. A loop that starts
    after `next` goes on where `next` stopped, as with an iterator; the loop after that starts at the beginning. Once a
    loop has gone beyond its first page, the page to come is fetched while the one at hand is fetched, read and used.
    """

    def __init__(self, fetch_page: Callable[[int, int], Fetched[T]]) -> None:
        self._fetch_page = fetch_page
        self._known: list[T] = []
        self._total: int | None = None
        self._coming: tuple[int, Future[Fetched[T]]] | None = None
        self._first, self._size = GLANCE, PAGE
        self._cursor = 0

    def __next__(self) -> T:
        if not self._is_there(self._cursor):
            raise StopIteration
        self._cursor += 1
        return self._known[self._cursor - 1]

    def __iter__(self) -> Iterator[T]:
        position, self._cursor = self._cursor, 0
        self._first = PAGE
        return self._from(position)

    def _from(self, position: int) -> Iterator[T]:
        while self._is_there(position, is_loop=True):
            known = self._known[position:]
            yield from known
            position += len(known)

    def _is_there(self, position: int, *, is_loop: bool = False) -> bool:
        while position >= len(self._known):
            if self._total is not None and len(self._known) >= self._total:
                return False
            self._read_on(is_loop=is_loop)
        return True

    def _read_on(self, *, is_loop: bool) -> None:
        start = len(self._known)
        size = self._size if start else self._first
        fetched = self._fetched_at(start, size)
        if is_loop and start and start + size < (self._total or 0):
            self._coming = start + size, begun(lambda: self._fetch_page(start + size, size))
        page = fetched()
        self._known.extend(page)
        self._total = page.total_count if len(page) else len(self._known)
        if len(page) < size:
            self._size = len(page) or size  # all that this server gives at once

    def _fetched_at(self, start: int, size: int) -> Fetched[T]:
        """What gives the page from here on; one that is on its way need not have come for the next to be begun."""
        (at, promise), self._coming = self._coming or (None, None), None
        if promise is None or at != start:
            return self._fetch_page(start, size)

        def awaited() -> Page[T]:
            return promise.result()()

        return awaited

    def __len__(self) -> int:
        if self._total is None:
            self._is_there(0)
        return self._total or 0

    @overload
    def __getitem__(self, key: int) -> T: ...
    @overload
    def __getitem__(self, key: slice) -> list[T]: ...
    def __getitem__(self, key: int | slice) -> T | list[T]:
        if isinstance(key, slice):
            start, stop, step = key.indices(len(self))
            return [self[position] for position in range(start, stop, step)]
        position = key + len(self) if key < 0 else key
        if position < 0 or not self._is_there(position):
            raise IndexError(f"There are {len(self)} elements; {key} is outside")
        return self._known[position]

    def __bool__(self) -> bool:
        return self._is_there(0)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Sequence) and list(self) == list(other))

    __hash__ = None  # type: ignore[assignment]  # a list may grow while it is read

    def __repr__(self) -> str:
        return f"<Listing of {self._total if self._total is not None else 'not yet read'}>"


def begun(work: Callable[[], T]) -> Future[T]:
    """Begin a piece of work beside what goes on; its error comes out with its result, or with nobody's."""
    promise: Future[T] = Future()

    def run() -> None:
        try:
            promise.set_result(work())
        except BaseException as error:  # noqa: BLE001 - handed to whoever takes the result
            promise.set_exception(error)

    threading.Thread(target=run, name="next page", daemon=True).start()
    return promise


def query(params: dict[str, Any] | None, *, offset: int, limit: int) -> dict[str, Any]:
    """Parameters of one page, without touching the caller's."""
    return {**(params or {}), "offset": offset, "limit": limit}
