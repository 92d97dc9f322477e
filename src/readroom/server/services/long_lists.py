"""Pages of long lists that cost the same at any depth, however often they are asked for.

A database counts through all that a page passes over, and through everything to tell how much there is. What it found
is kept here for the version of the list that it was found in: the count, and which row stands where a page began or
ended. A version is the length of the audit streams that tell of every change of the list, so whatever changes it,
in any process, makes a new one; what is short is counted afresh each time, as that costs nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final
from uuid import UUID

from django.db import connection

from readroom.server.services import raw_rows

LONG: Final = 2000
KEPT_LISTS: Final = 64
KEPT_PLACES: Final = 2048
_COUNT: Final = "SELECT COUNT(*) FROM {} WHERE {}"
Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """A table in an order that an index has, and what is read of its rows besides; the order ends with the id."""

    table: str
    alias: str
    order: tuple[str, ...]
    columns: str
    joins: str = ""


@dataclass(slots=True)
class Marks:
    """What is known of one version of a list: its length, and at or behind which row an offset lies."""

    count: int | None = None
    places: dict[int, tuple[str, Key]] = field(default_factory=dict)

    def note(self, count: int, offset: int, rows: Sequence[Key], *, width: int) -> None:
        """Rows of a page, which begin with as many columns as the order has."""
        if count < LONG:
            return
        self.count = count
        if rows and len(self.places) < KEPT_PLACES:
            self.places[offset] = (">=", rows[0][:width])
            self.places[offset + len(rows)] = (">", rows[-1][:width])


kept: OrderedDict[Hashable, Marks] = OrderedDict()
lock = Lock()


def marks_of(name: Hashable) -> Marks:
    with lock:
        marks = kept.setdefault(name, Marks())
        kept.move_to_end(name)
        while len(kept) > KEPT_LISTS:
            kept.popitem(last=False)
    return marks


def read_page(
    source: Source,
    *,
    where: str,
    parameters: Sequence[raw_rows.Parameter],
    version: int | None,
    offset: int,
    limit: int,
) -> tuple[int, list[Any]]:
    """How long the list is, and the rows of one page, the order's columns first; without a version nothing is kept."""
    marks = Marks() if version is None else marks_of((source.table, where, tuple(parameters), version))
    known, place = marks.count, marks.places.get(offset)
    comparison, key = place or ("", ())
    passed = 0 if place else offset
    counted = parameters if known is None else ()
    sql = _statement(source, where, comparison=comparison, is_counted=known is None, is_passing=passed > 0)
    rows = raw_rows.read(sql, [*counted, *parameters, *key, limit, passed])
    if known is None:
        known = rows[0][-1] if rows else _count(source, where, parameters)
        rows = [row[:-1] for row in rows]
    marks.note(known, offset, rows, width=len(source.order))
    return known, rows


def _statement(source: Source, where: str, *, comparison: str, is_counted: bool, is_passing: bool) -> str:
    """What is passed over is counted in the index alone, without a look at its rows."""
    table, alias, order = f"{source.table} {source.alias}", source.alias, ", ".join(source.order)
    keys = ", ".join(_as_text(name) for name in source.order)
    count = f", ({_COUNT.format(table, where)})" if is_counted else ""
    behind = f"AND ({order}) {comparison} ({raw_rows.places(source.order)})" if comparison else ""
    select, page = f"SELECT {keys}, {source.columns}{count}", f"ORDER BY {order} LIMIT %s OFFSET %s"
    if not is_passing:
        return f"{select} FROM {table} {source.joins} WHERE {where} {behind} {page}"
    ids = f"SELECT {alias}.id FROM {table} WHERE {where} {page}"  # noqa: S608 - names of ours, values as parameters
    return f"{select} FROM ({ids}) p JOIN {table} ON {alias}.id = p.id {source.joins} ORDER BY {order}"


def _as_text(column: str) -> str:
    """An id or a moment of the order as it is written and compared."""
    kind = column.partition(".")[2]
    return raw_rows.moment(column) if kind == "created_at" else f"CAST({column} AS text)" if kind == "id" else column


def _count(source: Source, where: str, parameters: Sequence[raw_rows.Parameter]) -> int:
    number: int = raw_rows.read(_COUNT.format(f"{source.table} {source.alias}", where), parameters)[0][0]
    return number


_STREAMS: Final = {
    "sqlite": "SELECT SUM(length) FROM readroom_auditstream WHERE name = %s OR (name > %s AND name < %s)",
    "postgresql": "SELECT SUM(length) FROM readroom_auditstream WHERE name = %s OR name LIKE %s",
}


def version_of_answers(study_id: UUID) -> int:
    """Grows with every change of a study and of any reader's answers in it."""
    prefix = f"answers:{study_id}:"
    ends = (prefix, f"{prefix[:-1]};") if connection.vendor == "sqlite" else (f"{prefix}%",)
    return int(raw_rows.read(_STREAMS[connection.vendor], [f"study:{study_id}", *ends])[0][0] or 0)
