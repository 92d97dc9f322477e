"""A table as Parquet, piece by piece.

Columns are packed here and not by Arrow's own reader of lists, which would load pandas: 50 MB and a second of waiting
for a server that needs none of it.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice
from typing import Any, Final

from readroom.server.domain.exporting import Cell

BATCH: Final = 2000
ROW_GROUP: Final = 10 * BATCH
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)


class Drain(io.RawIOBase):
    """A file that is handed on as soon as it is written."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.length = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:  # noqa: ANN401 - any buffer
        piece = bytes(data)
        self.pieces.append(piece)
        self.length += len(piece)
        return len(piece)

    def tell(self) -> int:
        return self.length

    def take(self) -> bytes:
        taken = b"".join(self.pieces)
        self.pieces.clear()
        return taken


def to_parquet(columns: Sequence[str], kinds: Sequence[str], rows: Iterator[Sequence[Cell]]) -> Iterator[bytes]:
    """Write rows whose columns are of the kinds ``number``, ``whole``, ``flag``, ``moment`` and ``text``."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {
        "number": pa.float64(),
        "whole": pa.int64(),
        "flag": pa.bool_(),
        "moment": pa.timestamp("us", tz="UTC"),
        "text": pa.string(),
    }
    schema = pa.schema([pa.field(name, types[kind]) for name, kind in zip(columns, kinds, strict=True)])
    drain, gathered = Drain(), []
    with pq.ParquetWriter(drain, schema, compression="zstd") as writer:
        while batch := list(islice(rows, BATCH)):
            cells = zip(kinds, schema.types, zip(*batch, strict=True), strict=True)
            arrays = [PACKERS[kind](column, of_type) for kind, of_type, column in cells]
            gathered.append(pa.RecordBatch.from_arrays(arrays, schema=schema))
            if len(gathered) == ROW_GROUP // BATCH:
                writer.write_table(pa.Table.from_batches(gathered))
                gathered.clear()
                yield drain.take()
        if gathered:
            writer.write_table(pa.Table.from_batches(gathered))
    yield drain.take()


def pack_numbers(cells: Sequence[Any], of_type: Any) -> Any:  # noqa: ANN401 - pyarrow publishes no types
    import numpy as np

    kept = np.array([0 if cell is None else cell for cell in cells], "<f8" if str(of_type) == "double" else "<i8")
    return _array(of_type, cells, [kept.tobytes()])


def pack_flags(cells: Sequence[Any], of_type: Any) -> Any:  # noqa: ANN401 - same
    import numpy as np

    return _array(of_type, cells, [np.packbits([cell is True for cell in cells], bitorder="little").tobytes()])


def pack_moments(cells: Sequence[Any], of_type: Any) -> Any:  # noqa: ANN401 - same
    whole = [None if cell is None else (cell - EPOCH) // MICROSECOND for cell in cells]
    return pack_numbers(whole, of_type)


def pack_texts(cells: Sequence[Any], of_type: Any) -> Any:  # noqa: ANN401 - same
    import numpy as np

    texts = [b"" if cell is None else text_of(cell).encode("utf-8", "replace") for cell in cells]
    offsets = np.fromiter(accumulate(map(len, texts), initial=0), "<i4", len(texts) + 1)
    return _array(of_type, cells, [offsets.tobytes(), b"".join(texts)])


def text_of(cell: Any) -> str:  # noqa: ANN401 - any cell
    return str(cell).lower() if isinstance(cell, bool) else str(cell)


def _array(of_type: Any, cells: Sequence[Any], buffers: Sequence[bytes]) -> Any:  # noqa: ANN401 - same
    """An array of packed values; of each a bit says whether it is there."""
    import numpy as np
    import pyarrow as pa

    is_there = np.packbits([cell is not None for cell in cells], bitorder="little").tobytes()
    return pa.Array.from_buffers(of_type, len(cells), [pa.py_buffer(part) for part in (is_there, *buffers)])


PACKERS: Final[dict[str, Callable[[Sequence[Any], Any], Any]]] = {
    "number": pack_numbers,
    "whole": pack_numbers,
    "flag": pack_flags,
    "moment": pack_moments,
    "text": pack_texts,
}
