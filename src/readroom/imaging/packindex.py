"""The index of a pack and the arithmetic of its byte ranges.

Standard library only: whatever serves packs slices them with this and decodes nothing.

A pack is ``RRPACK01``, the length of the index as little-endian uint32, the index as JSON, then the bands, coarsest
first. Each band holds one part per frame, frame after frame; a frame's parts over all bands, joined, are its
codestream.
"""

from __future__ import annotations

import hashlib
import json
import struct
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from readroom.imaging.errors import DamagedPack

MAGIC = b"RRPACK01"
PREFIX = struct.Struct("<8sI")
VERSION = 1
INDEX_LIMIT = 256 << 20
FIRST_READ = 64 << 10
"""One read of this size brings the whole index of most packs."""
_SEAL = b',"index_sha256":"'

ReadRange = Callable[[int, int], bytes]
"""``read(offset, length)``: that many bytes, or fewer at the end."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of bytes of a pack file."""

    offset: int
    length: int

    @property
    def end(self) -> int:
        return self.offset + self.length


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """All frames at one resolution: what a band adds to the coarser ones before it.

    Parameters
    ----------
    level : int
        How often rows and columns were halved: 0 is full size.
    rows, columns : int
        Size of a frame decoded up to this band.
    offset : int
        Where the band starts, counted from the end of the index.
    lengths : tuple of int
        Bytes of each frame's part.
    crc32 : tuple of int
        Check value of each part, which names the frame that is damaged.
    sha256 : str
        Of the whole band.
    """

    level: int
    rows: int
    columns: int
    offset: int
    lengths: tuple[int, ...]
    crc32: tuple[int, ...]
    sha256: str
    starts: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "starts", tuple(accumulate(self.lengths, initial=0)))

    @property
    def size(self) -> int:
        """Bytes of all parts."""
        return self.starts[-1]

    def to_json(self) -> dict[str, Any]:
        return {
            "level": self.level,
            "rows": self.rows,
            "columns": self.columns,
            "offset": self.offset,
            "lengths": list(self.lengths),
            "crc32": list(self.crc32),
            "sha256": self.sha256,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PackIndex:
    """Everything about a pack but its pixels.

    Parameters
    ----------
    codec : {'htj2k', 'zstd'}
        How a frame is compressed, always without loss.
    header : mapping
        The image's header in JSON's types.
    minimum, maximum : float or None
        Smallest and largest finite stored value.
    window : tuple of 2 floats
        Center and width of a good window for display, in real values.
    voxels_sha256 : str
        Of the stored values, C order, little endian.
    bands : tuple of Band
        Coarsest first; the last has level 0.
    data_start : int
        Where the first band starts in the file.
    """

    codec: str
    header: Mapping[str, Any]
    minimum: float | None
    maximum: float | None
    window: tuple[float, float]
    voxels_sha256: str
    bands: tuple[Band, ...]
    data_start: int = 0

    @property
    def frame_count(self) -> int:
        return len(self.bands[0].lengths)

    @property
    def size(self) -> int:
        """Bytes of the whole file."""
        return self.data_start + self.bands[-1].offset + self.bands[-1].size

    @property
    def levels(self) -> tuple[int, ...]:
        """Levels at which frames can be decoded from whole bands, coarsest first."""
        return tuple(band.level for band in self.bands)

    def band(self, level: int) -> Band:
        """Return the band of a level; `KeyError` names the levels there are."""
        for band in self.bands:
            if band.level == level:
                return band
        raise KeyError(f"no band of level {level}; this pack has the levels {self.levels}")

    def band_span(self, level: int, *, start: int = 0, stop: int | None = None) -> Span:
        """Bytes of a band, or of the frames ``start`` to ``stop`` of it."""
        band = self.band(level)
        first, end, _ = slice(start, stop).indices(self.frame_count)
        begin = band.starts[first]
        return Span(self.data_start + band.offset + begin, max(band.starts[end] - begin, 0))

    def frame_spans(self, frame: int, *, level: int = 0) -> tuple[Span, ...]:
        """Where the parts of a frame stand, up to a level; joined they decode to that level."""
        if not 0 <= frame < self.frame_count:
            raise IndexError(f"frame {frame} of {self.frame_count}")
        wanted = self.bands[: self.bands.index(self.band(level)) + 1]
        return tuple(Span(self.data_start + band.offset + band.starts[frame], band.lengths[frame]) for band in wanted)

    def frame_length(self, frame: int) -> int:
        """Bytes of a frame's codestream."""
        return sum(span.length for span in self.frame_spans(frame))

    def place_of(self, offset: int) -> str:
        """Name what stands at a byte of the file, for messages."""
        for band in self.bands:
            start = self.data_start + band.offset
            if start <= offset < start + band.size:
                return f"frame {bisect_right(band.starts, offset - start) - 1} of the band of level {band.level}"
        return "the index" if offset < self.data_start else "the end"

    def to_bytes(self) -> bytes:
        """Prefix and index as they stand at the start of the file, sealed by their own checksum."""
        document = {
            "version": VERSION,
            "codec": self.codec,
            "header": dict(self.header),
            "minimum": self.minimum,
            "maximum": self.maximum,
            "window": list(self.window),
            "voxels_sha256": self.voxels_sha256,
            "bands": [band.to_json() for band in self.bands],
        }
        text = json.dumps(document, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()[:-1]
        sealed = text + _SEAL + hashlib.sha256(text).hexdigest().encode() + b'"}'
        return PREFIX.pack(MAGIC, len(sealed)) + sealed


def read_index(read: ReadRange) -> PackIndex:
    """Read the index of a pack from anything that reads ranges.

    >>> with open("chest.pack", "rb") as file:  # doctest: +SKIP
    ...     index = read_index(lambda offset, length: os.pread(file.fileno(), length, offset))
    >>> index.band_span(2)  # doctest: +SKIP
    Span(offset=18562, length=5062144)

    Parameters
    ----------
    read : callable
        ``read(offset, length)`` returns that many bytes, or fewer at the end of the file.

    Returns
    -------
    PackIndex
        Checked: sizes are consistent and the index's own checksum holds.

    Raises
    ------
    DamagedPack
        It is no pack, ends within the index, or the index was altered.
    """
    head = read(0, FIRST_READ)
    if len(head) < PREFIX.size or not head.startswith(MAGIC):
        raise DamagedPack("This is no pack: it does not start with RRPACK01.")
    length = PREFIX.unpack_from(head)[1]
    if length > INDEX_LIMIT:
        raise DamagedPack(f"The pack is damaged: its index claims {length} bytes; import the original files again.")
    end = PREFIX.size + length
    if len(head) < end:
        head += read(len(head), end - len(head))
    if len(head) < end:
        raise DamagedPack("The pack ends within its index; import the original files again.")
    return parse_index(head[PREFIX.size : end], data_start=end)


def parse_index(sealed: bytes, *, data_start: int) -> PackIndex:
    """Check and parse the JSON of an index; ``data_start`` is where the bands begin."""
    text, seal, rest = sealed.rpartition(_SEAL)
    if not seal or rest != hashlib.sha256(text).hexdigest().encode() + b'"}':
        raise DamagedPack("The index of the pack was altered; import the original files again.")
    document = json.loads(text + b"}")
    if document["version"] != VERSION:
        raise DamagedPack(f"The pack has version {document['version']}; this program reads version {VERSION}.")
    center, width = document["window"]
    return PackIndex(
        codec=document["codec"],
        header=document["header"],
        minimum=document["minimum"],
        maximum=document["maximum"],
        window=(center, width),
        voxels_sha256=document["voxels_sha256"],
        bands=tuple(_parse_band(band) for band in document["bands"]),
        data_start=data_start,
    )


def _parse_band(band: Mapping[str, Any]) -> Band:
    return Band(**{**band, "lengths": tuple(band["lengths"]), "crc32": tuple(band["crc32"])})
