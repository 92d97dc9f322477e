"""Pages of lists as tables, for whoever asks with ``Accept: text/csv``."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse

from readroom.server.domain.exporting import safe_cell

CSV = "text/csv"


def is_wanted(request: HttpRequest) -> bool:
    """A table is sent when it is what the client names first."""
    first, _, _ = request.headers.get("Accept", "").partition(",")
    return first.partition(";")[0].strip().lower() == CSV


def reply_table(results: bytes) -> HttpResponse:
    """One row for each object of a JSON list, one column for each of its fields; what is nested is JSON in a cell."""
    rows: Sequence[Mapping[str, Any]] = orjson.loads(results)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    if columns:
        writer.writerow(columns)
    writer.writerows([cell_of(row.get(name)) for name in columns] for row in rows)
    return HttpResponse(text.getvalue().encode(), content_type=f"{CSV}; charset=utf-8")


def cell_of(value: Any) -> str | float:  # noqa: ANN401 - any JSON
    return safe_cell(orjson.dumps(value).decode() if isinstance(value, dict | list) else value)
