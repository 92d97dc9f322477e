"""Where each frame's bytes stand in a file (PS3.5 section 8 and annex A.4), and reading them."""

from __future__ import annotations

import threading
from bisect import bisect_right
from dataclasses import dataclass, field
from struct import Struct, iter_unpack

from readroom.imaging.dicom import tags
from readroom.imaging.dicom.elements import ITEM, SEQUENCE_END
from readroom.imaging.dicom.headers import Bytes, Header, Inflated, PixelPlace, opened
from readroom.imaging.errors import CorruptFile, TooLarge, TruncatedFile

Span = tuple[int, int]
"""Offset in the file, and length."""

MOST_FRAMES = 1_000_000
LARGEST_INFLATED = 256 * 1024 * 1024
ITEM_HEAD = Struct("<HHI")
CODESTREAM_STARTS = (b"\xff\xd8", b"\xff\x4f\xff\x51", b"\xff\x0a", b"\0\0\0\x0c")
"""JPEG and JPEG-LS, JPEG 2000 and HTJ2K, JPEG XL bare, and the boxed forms of the last two."""


@dataclass(slots=True)
class FrameBytes:
    """The bytes of each frame of one file; may be read from several threads.

    Parameters
    ----------
    header : Header
        Of the file; it has pixels.
    count : int
        Number of frames it declares.
    bits : int
        Bits of one frame of pixel data that is not encapsulated.
    """

    header: Header
    count: int
    bits: int
    _spans: list[list[Span]] | None = None
    _plain: bytes | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def _place(self) -> PixelPlace:
        assert self.header.pixels is not None
        return self.header.pixels

    @property
    def is_encapsulated(self) -> bool:
        return self._place.length is None

    def check(self) -> None:
        """Raise `TruncatedFile` or `CorruptFile` when not all frames are there."""
        if self.is_encapsulated:
            self._frame_spans()
            return
        needed = (self.count * self.bits + 7) // 8
        declared = self._place.length or 0
        if declared < needed:
            raise TruncatedFile(
                f"Its header declares {needed:,} bytes of pixels, and it holds {declared:,}; "
                "export it again from the original."
            )
        if self.header.is_deflated:
            self._inflated()
            return
        there = self.header.size - self._place.offset
        if there < needed:
            raise TruncatedFile(f"It ends after {max(there, 0):,} of {needed:,} bytes of pixels; upload it again.")

    def read(self, index: int) -> bytes:
        """Bytes of a frame; frames that do not begin on a whole byte come with the bits around them."""
        if self.is_encapsulated:
            spans = self._frame_spans()[index]
        else:
            first, last = index * self.bits // 8, ((index + 1) * self.bits + 7) // 8
            spans = [(self._place.offset + first, last - first)]
        if self.header.is_deflated:
            plain = self._inflated()
            return b"".join(plain[offset : offset + length] for offset, length in spans)
        with opened(self.header.path) as file:
            return b"".join(_read_exactly(file, span) for span in spans)

    def _inflated(self) -> bytes:
        with self._lock:
            if self._plain is None:
                needed = self._place.offset + (self.count * self.bits + 7) // 8
                if needed > LARGEST_INFLATED:
                    raise TooLarge("Its deflated pixels are more than 256 MB; send it in another transfer syntax.")
                with opened(self.header.path) as file:
                    source = Inflated(file, self.header.data_start, limit=needed + 1024 * 1024)
                    self._plain = source.read(0, needed)
                if len(self._plain) < needed:
                    raise TruncatedFile
            return self._plain

    def _frame_spans(self) -> list[list[Span]]:
        with self._lock:
            if self._spans is None:
                with opened(self.header.path) as file:
                    self._spans = _locate(file, self.header, self.count)
            return self._spans


def _read_exactly(file: Bytes, span: Span) -> bytes:
    data = file.read(*span)
    if len(data) < span[1]:
        raise TruncatedFile
    return data


def _locate(file: Bytes, header: Header, count: int) -> list[list[Span]]:
    assert header.pixels is not None
    offset = header.pixels.offset
    tag, length = _item_at(file, offset)
    if tag != ITEM:
        raise CorruptFile("Its pixel data should be encapsulated and are not; export it again from the original.")
    if length > min(4 * MOST_FRAMES, file.size - offset - 8):
        raise TruncatedFile("Its offset table is longer than the file; upload it again from the original.")
    table = [entry[0] for entry in iter_unpack("<I", file.read(offset + 8, length // 4 * 4))]
    first = offset + 8 + length
    extended = _extended_table(header, first, file.size)
    if len(extended) == count:
        return [[span] for span in extended]
    fragments = _list_fragments(file, first)
    if count == 1:
        return [fragments]
    if len(fragments) == count:
        return [[span] for span in fragments]
    if len(table) != count or table[0] != 0:
        table = [span[0] - first - 8 for span in fragments if file.read(span[0], 4).startswith(CODESTREAM_STARTS)]
    if len(table) != count:
        raise TruncatedFile(
            f"It declares {count:,} frames and holds {max(len(table), len(fragments)):,}; upload it again."
        )
    return _group(fragments, table, first)


def _item_at(file: Bytes, offset: int) -> tuple[int, int]:
    head = file.read(offset, 8)
    if len(head) < 8:
        raise TruncatedFile
    group, element, length = ITEM_HEAD.unpack(head)
    return group << 16 | element, length


def _extended_table(header: Header, first: int, size: int) -> list[Span]:
    """Extended Offset Table (PS3.3 C.7.6.3.1.8); empty when absent or wrong."""
    offsets = header.elements.numbers(tags.EXTENDED_OFFSET_TABLE, "Q")
    lengths = header.elements.numbers(tags.EXTENDED_OFFSET_TABLE_LENGTHS, "Q")
    spans = [(first + 8 + int(o), int(n)) for o, n in zip(offsets, lengths, strict=False)]
    return spans if len(offsets) == len(lengths) and all(o + n <= size for o, n in spans) else []


def _list_fragments(file: Bytes, offset: int) -> list[Span]:
    fragments: list[Span] = []
    while offset + 8 <= file.size:
        tag, length = _item_at(file, offset)
        if tag == SEQUENCE_END:
            break
        if tag != ITEM:
            raise CorruptFile("Its pixel data hold something that is no fragment; export it again from the original.")
        if offset + 8 + length > file.size:
            raise TruncatedFile("It ends in the middle of its compressed pixels; upload it again from the original.")
        fragments.append((offset + 8, length))
        offset += 8 + length
    if not fragments:
        raise TruncatedFile("It ends before its pixels; upload it again from the original.")
    return fragments


def _group(fragments: list[Span], table: list[int], first: int) -> list[list[Span]]:
    """Give every fragment to the frame that begins at or before it."""
    frames: list[list[Span]] = [[] for _ in table]
    for offset, length in fragments:
        frames[max(bisect_right(table, offset - 8 - first) - 1, 0)].append((offset, length))
    if not all(frames):
        raise CorruptFile("Its offset table points beside its frames; export it again from the original.")
    return frames
