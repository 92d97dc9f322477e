from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from readroom.server.services import parquet_files
from readroom.server.services.parquet_files import to_parquet

COLUMNS = ["reader", "score", "order", "created"]
KINDS = ["text", "number", "whole", "moment"]
MOMENT = datetime(2026, 2, 3, 4, 5, 6, 7, tzinfo=UTC)
ROWS = [
    ("Jörg 漢字 🙂", 0.25, 7, MOMENT),
    (None, None, None, None),
    ("", -0.0, -(2**40), datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
    (True, 1e300, 0, MOMENT.astimezone(timezone(timedelta(hours=5)))),
    (12.5, 3, 1, MOMENT),
]


def read(pieces):
    return pq.read_table(pa.BufferReader(b"".join(pieces)))


def test_cells_come_back_as_they_were():
    table = read(to_parquet(COLUMNS, KINDS, iter(ROWS)))
    assert table.column("reader").to_pylist() == ["Jörg 漢字 🙂", None, "", "true", "12.5"]
    assert table.column("score").to_pylist() == [0.25, None, -0.0, 1e300, 3.0]
    assert table.column("order").to_pylist() == [7, None, -(2**40), 0, 1]
    assert table.column("created").to_pylist() == [row[3] for row in ROWS]
    table.validate(full=True)


@pytest.mark.parametrize("number", [0, 1, 7, 8, 9, 2000, 2001, 4500])
def test_a_table_of_any_length_is_whole(number, monkeypatch):
    monkeypatch.setattr(parquet_files, "ROW_GROUP", 2 * parquet_files.BATCH)
    table = read(
        to_parquet(["n", "text"], ["whole", "text"], ((n, f"<{n}>" if n % 3 else None) for n in range(number)))
    )
    table.validate(full=True)
    assert table.column("n").to_pylist() == list(range(number))
    assert table.column("text").to_pylist() == [f"<{n}>" if n % 3 else None for n in range(number)]


@pytest.mark.parametrize("number", [1, 7, 8, 9])
def test_yes_and_no_are_yes_and_no(number):
    cells = [(None, True, False)[place % 3] for place in range(number)]
    table = read(to_parquet(["seen"], ["flag"], ((cell,) for cell in cells)))
    table.validate(full=True)
    assert table.column("seen").to_pylist() == cells


def test_half_a_character_does_not_break_the_file():
    assert read(to_parquet(["a"], ["text"], iter([("x\ud800y",)]))).column("a").to_pylist() == ["x?y"]


def test_writing_loads_no_pandas():
    program = (
        "import sys\nfrom readroom.server.services.parquet_files import to_parquet\n"
        "assert list(to_parquet(['a', 'b'], ['text', 'number'], iter([('x', 1.5)])))\n"
        "sys.exit('pandas' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
