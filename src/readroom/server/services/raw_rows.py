"""Rows of the busiest lists as the database gives them, made into plain values once and without a model between.

Ids and moments become the text that goes over the wire; SQLite keeps both as text already, PostgreSQL has types.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection

STREAMED_AT_ONCE = 2000
Parameter = str | int | bool | UUID | None
Statement = tuple[str, Sequence[Any]]


def read(sql: str, parameters: Sequence[Parameter] = ()) -> list[Any]:
    """Run one statement; ids among the parameters are written as this database writes them."""
    with connection.cursor() as cursor:
        cursor.execute(sql, written(parameters))
        return list(cursor.fetchall())


def stream(sql: str, parameters: Sequence[Parameter]) -> Iterator[Any]:
    """The rows of one statement, some at a time, as they were when it began."""
    is_compiling = connection.vendor == "postgresql"
    with connection.chunked_cursor() as cursor:
        if is_compiling:
            write("SET jit = off", ())  # it would compile the statement for longer than it runs it
        cursor.execute(sql, written(parameters))
        if is_compiling:
            write("RESET jit", ())
        while rows := cursor.fetchmany(STREAMED_AT_ONCE):
            yield from rows


def write(sql: str, parameters: Sequence[Parameter]) -> None:
    """The same for a statement that changes rows."""
    with connection.cursor() as cursor:
        cursor.execute(sql, written(parameters))


def write_together(*statements: Statement) -> None:
    """Run statements that change different rows; a database that is elsewhere gets them as one."""
    if connection.vendor != "postgresql":
        for sql, parameters in statements:
            write(sql, parameters)
        return
    write(as_one(tuple(sql for sql, _ in statements)), [value for _, values in statements for value in values])


@lru_cache(maxsize=256)
def as_one(statements: tuple[str, ...]) -> str:
    *first, last = statements
    return (
        f"WITH {', '.join(f'part_{number} AS ({sql})' for number, sql in enumerate(first))} {last}" if first else last
    )


def written(parameters: Sequence[Parameter]) -> list[Any]:
    """Parameters as this database takes them."""
    if connection.features.has_native_uuid_field:
        return list(parameters)
    return [value.hex if isinstance(value, UUID) else value for value in parameters]


def places(values: Iterable[object]) -> str:
    """As many placeholders as values; a list of none matches nothing."""
    return ", ".join("%s" for _ in values) or "NULL"


def id_text(value: Any) -> str:  # noqa: ANN401 - what the database gives
    """Write an id with its dashes."""
    if isinstance(value, str) and len(value) == 32:
        return f"{value[:8]}-{value[8:12]}-{value[12:16]}-{value[16:20]}-{value[20:]}"
    return str(value)


shared_id_text = lru_cache(maxsize=4096)(id_text)
"""The same for ids that many rows of a page share."""


def among_ids(texts: Collection[str]) -> tuple[str, list[str]]:
    """What follows the name of a column that shall have one of these ids, and the parameters.

    PostgreSQL keeps one plan for however many, and nobody reads through their placeholders.
    """
    if connection.vendor == "postgresql":
        return "= ANY(CAST(%s AS uuid[]))", [f"{{{','.join(texts)}}}"]
    return f"IN ({places(texts)})", stored_ids(texts)


def stored_ids(texts: Iterable[str]) -> list[str]:
    """Ids with dashes as this database writes them in text."""
    return list(texts) if connection.features.has_native_uuid_field else [text.replace("-", "") for text in texts]


def moment(column: str) -> str:
    """A column of moments as text in UTC, which need not be parsed to be written: SQLite keeps just that."""
    if connection.vendor == "sqlite":
        return f"CAST({column} AS text)"
    return f"to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"


def to_moment(text: str) -> datetime:
    """The moment in a column that was asked for with `moment`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def moment_text(value: str | datetime) -> str:
    """Write a moment, or the text of a column that was asked for with `moment`."""
    text = value if isinstance(value, str) else str(value.astimezone(UTC).replace(tzinfo=None))
    return f"{text[:10]}T{text[11:].removesuffix('.000000')}Z"


@lru_cache(maxsize=4096)
def duration(value: Any) -> timedelta | None:  # noqa: ANN401 - same
    return timedelta(microseconds=value) if isinstance(value, int) else value
