"""A table as CSV, piece by piece; no text in it is taken for a formula by a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from readroom.server.domain.exporting import Cell, safe_cell

BATCH: Final = 2000
MARK: Final = b"\xef\xbb\xbf"
"""To be sent first where a spreadsheet would misread other alphabets."""


def to_csv(columns: Sequence[str], rows: Iterator[Sequence[Cell]]) -> Iterator[bytes]:
    """The header comes with the first rows: whoever has a piece knows that they are read."""
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow(list(map(safe_cell, columns)))
    while batch := list(islice(rows, BATCH)):
        writer.writerows([list(map(safe_cell, row)) for row in batch])
        yield _taken(target)
    if target.tell():
        yield _taken(target)


def _taken(target: io.StringIO) -> bytes:
    text = target.getvalue()
    target.seek(0)
    target.truncate()
    return text.encode("utf-8", "replace")
