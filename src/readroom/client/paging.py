"""Pages of a list, and a whole list read page by page as it is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")

FIRST_PAGE = 100
LATER_PAGES = 1000


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
    after `next` goes on where `next` stopped, as with an iterator; the loop after that starts at the beginning.
    """

    def __init__(self, read_page: Callable[[int, int], Page[T]]) -> None:
        self._read_page = read_page
        self._known: list[T] = []
        self._total: int | None = None
        self._cursor = 0

    def __next__(self) -> T:
        if not self._is_there(self._cursor):
            raise StopIteration
        self._cursor += 1
        return self._known[self._cursor - 1]

    def __iter__(self) -> Iterator[T]:
        position, self._cursor = self._cursor, 0
        return self._from(position)

    def _from(self, position: int) -> Iterator[T]:
        while self._is_there(position):
            yield self._known[position]
            position += 1

    def _is_there(self, position: int) -> bool:
        while position >= len(self._known):
            if self._total is not None and len(self._known) >= self._total:
                return False
            page = self._read_page(len(self._known), LATER_PAGES if self._known else FIRST_PAGE)
            self._known.extend(page)
            self._total = page.total_count if len(page) else len(self._known)
        return True

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


def query(params: dict[str, Any] | None, *, offset: int, limit: int) -> dict[str, Any]:
    """Parameters of one page, without touching the caller's."""
    return {**(params or {}), "offset": offset, "limit": limit}
