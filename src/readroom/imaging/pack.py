"""Reading packs: frames, bands and resolutions, from a file or from anything that reads ranges."""

from __future__ import annotations

import hashlib
import os
import zlib
from functools import cached_property
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from readroom.imaging.errors import DamagedPack
from readroom.imaging.framecodec import decode_frame, reduced_size
from readroom.imaging.packheader import header_from_json
from readroom.imaging.packindex import PackIndex, Span, read_index
from readroom.imaging.pipeline import map_in_order
from readroom.imaging.source import Frame, ImageHeader
from readroom.imaging.volume import Volume


class RangeReader(Protocol):
    """Whatever holds a pack: a file, an object of a store."""

    def read_range(self, offset: int, length: int, /) -> bytes:
        """Return that many bytes, or fewer at the end."""
        ...

    def close(self) -> None: ...


class FileRanges:
    """Ranges of a local file; threads may read at once."""

    def __init__(self, path: str | PathLike[str]) -> None:
        self._file = Path(path).open("rb", buffering=0)  # noqa: SIM115 - closed by close()

    def read_range(self, offset: int, length: int, /) -> bytes:
        return os.pread(self._file.fileno(), length, offset)

    def close(self) -> None:
        self._file.close()


class Pack:
    """An image as it is stored: every frame, and the whole volume at lower resolutions, a slice of the file away.

    >>> with Pack.open("chest.pack") as pack:  # doctest: +SKIP
    ...     quick = pack.read(level=2)  # 128 x 128: the first 8 % of the bytes
    ...     middle = pack.frame(60)

    Parameters
    ----------
    reader : RangeReader
        Where the bytes are. It is closed with the pack.

    Raises
    ------
    DamagedPack
        The index is damaged or this is no pack. Frames and bands check themselves when they are read.
    """

    def __init__(self, reader: RangeReader) -> None:
        self._reader = reader
        self.index: PackIndex = read_index(reader.read_range)

    @classmethod
    def open(cls, where: str | PathLike[str] | RangeReader) -> Self:
        """Open a pack of the file system, or one that a `RangeReader` holds."""
        reader = FileRanges(where) if isinstance(where, (str, PathLike)) else where
        try:
            return cls(reader)
        except BaseException:
            reader.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._reader.close()

    @cached_property
    def header(self) -> ImageHeader:
        """The image's header; its ``files`` are empty, for a pack does not know where it came from."""
        return header_from_json(self.index.header)

    @property
    def stored_range(self) -> tuple[float, float] | None:
        """Smallest and largest finite stored value."""
        lowest, highest = self.index.minimum, self.index.maximum
        return None if lowest is None or highest is None else (lowest, highest)

    @property
    def frame_count(self) -> int:
        """Frames of all slices and time points."""
        return self.index.frame_count

    @property
    def levels(self) -> tuple[int, ...]:
        """Resolutions that need no more than whole bands, coarsest first."""
        return self.index.levels

    def frame_bytes(self, frame: int, *, level: int = 0) -> bytes:
        """Codestream of a frame, or its beginning up to a level; checked."""
        spans = self.index.frame_spans(frame, level=level)
        return b"".join(
            self._checked(self._read(span), band_level, frame)
            for span, band_level in zip(spans, self.levels, strict=False)
        )

    def frame(self, frame: int, *, level: int = 0) -> Frame:
        """Stored values of a frame, at full size or at one of the `levels`."""
        return decode_frame(
            self.index.codec,
            self.frame_bytes(frame, level=level),
            shape=self.header.frame_shape,
            dtype=self.header.dtype,
            level=level,
        )

    def band(self, level: int, *, start: int = 0, stop: int | None = None) -> bytes:
        """Bytes of a band as they are in the file, of all frames or of those from ``start`` to ``stop``."""
        return self._read(self.index.band_span(level, start=start, stop=stop))

    def read(self, *, level: int = 0, start: int = 0, stop: int | None = None, threads: int = 2) -> NDArray[Any]:
        """Stored values of all frames, or of those from ``start`` to ``stop``.

        The whole image has the shape of the header (with fewer rows and columns at a coarser level); some frames of it
        come as (frames, rows, columns(, samples)).
        """
        numbers = range(self.frame_count)[start:stop]
        rows, columns, *samples = self.header.frame_shape
        smaller = (reduced_size(rows, level), reduced_size(columns, level), *samples)
        values = np.empty((len(numbers), *smaller), self.header.dtype)

        def fill(place: int) -> None:
            values[place] = self.frame(numbers[place], level=level)

        for _ in map_in_order(fill, range(len(numbers)), threads=threads):
            pass
        is_whole = len(numbers) == self.frame_count
        leading = self.header.shape[: len(self.header.shape) - len(smaller)]
        return values.reshape(*leading, *smaller) if is_whole else values

    def volume(self, *, level: int = 0, threads: int = 2) -> Volume:
        """The image as an array with its geometry; at a coarser level the spacing is wider."""
        header = self.header
        return Volume.of(self.read(level=level, threads=threads), header, reduction=2**level)

    def verify(self) -> None:
        """Read every byte and compare it with the checksums.

        Raises
        ------
        DamagedPack
            Names the first frame and band that are not what was written.
        """
        for band in self.index.bands:
            digest = hashlib.sha256()
            for frame, length in enumerate(band.lengths):
                span = Span(self.index.data_start + band.offset + band.starts[frame], length)
                digest.update(self._checked(self._read(span), band.level, frame))
            if digest.hexdigest() != band.sha256:
                raise DamagedPack(f"The band of level {band.level} was altered; import the original files again.")
        if self._reader.read_range(self.index.size, 1):
            raise DamagedPack("The pack is longer than its index says; import the original files again.")

    def _read(self, span: Span) -> bytes:
        data = self._reader.read_range(span.offset, span.length)
        if len(data) < span.length:
            raise DamagedPack(
                f"The pack is cut short within {self.index.place_of(span.offset + len(data))}; "
                "import the original files again."
            )
        return data

    def _checked(self, part: bytes, level: int, frame: int) -> bytes:
        if zlib.crc32(part) != self.index.band(level).crc32[frame]:
            raise DamagedPack(
                f"Frame {frame} of the band of level {level} was altered; import the original files again."
            )
        return part
