"""The header of a DICOM file (PS3.5 section 7, PS3.10 section 7), without its pixels.

The walker reads the head of a file in small pieces, steps over what nobody asks for and stops where the pixels begin.
Files that it finds contradictory get a second chance with pydicom, which forgives more.
"""

from __future__ import annotations

import io
import os
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from readroom.imaging.dicom import tags
from readroom.imaging.dicom.elements import (
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    IMPLICIT_BIG,
    IMPLICIT_LITTLE,
    ITEM,
    LONG_VRS,
    SHORT_VRS,
    UNDEFINED,
    Elements,
    Encoding,
    Shortage,
    element_at,
    end_of_sequence,
    name_of,
)
from readroom.imaging.errors import CorruptFile, EmptyFile, TooLarge, TruncatedFile, UnknownFormat

if TYPE_CHECKING:
    import pydicom

FIRST_PIECE = 16 * 1024
LARGEST_ELEMENT = 64 * 1024 * 1024
LARGEST_INFLATED_HEADER = 32 * 1024 * 1024
MOST_ELEMENTS = 100_000
MOST_READS = 4_000
DEFLATED = frozenset(("1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.95"))
PIXELS = frozenset((tags.PIXEL_DATA, tags.FLOAT_PIXEL_DATA, tags.DOUBLE_FLOAT_PIXEL_DATA))


class Bytes(Protocol):
    """A file as a row of bytes that can be read anywhere."""

    size: int

    def read(self, offset: int, length: int) -> bytes:
        """At most ``length`` bytes; fewer only at the end."""
        ...


class OpenFile:
    """An open file as `Bytes`."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.size = os.fstat(descriptor).st_size

    def read(self, offset: int, length: int) -> bytes:
        there = max(min(length, self.size - offset), 0)
        return os.pread(self.descriptor, there, offset)


class Inflated:
    """The deflated data set of a file (PS3.5 A.5), inflated only as far as it is read."""

    def __init__(self, packed: Bytes, start: int, limit: int = LARGEST_INFLATED_HEADER) -> None:
        self.size = limit
        self._packed, self._next = packed, start
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        self._plain = bytearray()

    def read(self, offset: int, length: int) -> bytes:
        while len(self._plain) < offset + length and self._grow():
            if len(self._plain) > self.size:
                raise TooLarge("It inflates to more than the limit allows.")
        with memoryview(self._plain) as plain:
            return bytes(plain[offset : offset + length])

    def _grow(self) -> bool:
        rest = self._inflate.unconsumed_tail
        if not rest:
            rest = self._packed.read(self._next, 256 * 1024)
            self._next += len(rest)
        try:
            grown = self._inflate.decompress(rest, 1024 * 1024)
        except zlib.error:
            raise CorruptFile("Its deflated content is damaged; export it again from the original.") from None
        self._plain += grown
        return bool(grown or rest) and not (self._inflate.eof and not grown)


@dataclass(frozen=True, slots=True)
class PixelPlace:
    """Where the pixels stand in the file (in the inflated file, for the deflated transfer syntax)."""

    tag: int
    offset: int
    length: int | None
    """In bytes; None for encapsulated pixel data."""
    is_words: bool
    """Written as 16-bit words (OW), which matters for 8-bit pixels in big endian order."""
    is_little: bool = True


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says about itself.

    Parameters
    ----------
    path : Path
        The file.
    transfer_syntax : str
        As declared; where nothing is declared, the plain one that fits the bytes.
    elements : Elements
        Top-level elements of `tags.READ`.
    pixels : PixelPlace, optional
        Absent when the file holds none.
    data_start : int
        Where the data set begins.
    size : int
        Of the file, in bytes.
    """

    path: Path
    transfer_syntax: str
    elements: Elements
    pixels: PixelPlace | None
    data_start: int
    size: int

    @property
    def is_deflated(self) -> bool:
        return self.transfer_syntax in DEFLATED


def looks_like_dicom(head: bytes) -> bool:
    """Tell by the first bytes: the magic word, or a first element that only a DICOM file begins with."""
    if head[128:132] == b"DICM":
        return True
    tag = int.from_bytes(head[0:2], "little") << 16 | int.from_bytes(head[2:4], "little")
    swapped = int.from_bytes(head[0:2], "big") << 16 | int.from_bytes(head[2:4], "big")
    if not any(t >> 16 in (2, 8) and t & 0xFFFF <= 0x0018 for t in (tag, swapped)):
        return False
    return head[4:6] in SHORT_VRS or head[4:6] in LONG_VRS or int.from_bytes(head[4:8], "little") <= 128


def read_header(path: Path) -> Header:
    """Read the header of a DICOM file.

    >>> read_header(Path("slice.dcm")).elements.text(tags.MODALITY)  # doctest: +SKIP
    'CT'

    Raises
    ------
    readroom.imaging.errors.RefusedFile
        `EmptyFile`, `UnknownFormat`, `TruncatedFile`, `CorruptFile` or `TooLarge`.
    """
    with opened(path) as file:
        try:
            return _walk_file(path, file)
        except (CorruptFile, TruncatedFile) as refusal:
            forgiven = _read_with_pydicom(path)
            if forgiven is None:
                raise refusal from None
            return forgiven


@contextmanager
def opened(path: Path) -> Iterator[Bytes]:
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        yield OpenFile(descriptor)
    finally:
        os.close(descriptor)


def _walk_file(path: Path, file: Bytes) -> Header:
    head = file.read(0, FIRST_PIECE)
    if not head:
        raise EmptyFile
    if not looks_like_dicom(head):
        raise UnknownFormat("It does not begin as a DICOM file does.")
    meta, start = _read_meta(head, 132 if head[128:132] == b"DICM" else 0)
    syntax = meta.text(tags.TRANSFER_SYNTAX_UID)
    if syntax in DEFLATED:
        walk = _Walk.begin(Inflated(file, start), 0)
    elif start < FIRST_PIECE // 2:
        walk = _Walk(file, start, head[start:])
    else:
        walk = _Walk.begin(file, start)
    walk.run()
    if not walk.steps:
        raise CorruptFile("It holds no data elements; export it again from the original.")
    if tags.SOP_CLASS_UID not in walk.elements:
        walk.elements.values[tags.SOP_CLASS_UID] = meta.values.get(tags.MEDIA_STORAGE_SOP_CLASS_UID, b"")
    return Header(path, syntax or _plain_syntax(walk.encoding), walk.elements, walk.pixels, start, file.size)


def _read_meta(head: bytes, position: int) -> tuple[Elements, int]:
    """Group 2, and where the data set begins."""
    meta = Elements(EXPLICIT_LITTLE)
    try:
        while head[position : position + 2] == b"\x02\x00":
            tag, _, value, length = element_at(head, position, guess_encoding(head[position : position + 8]))
            if length == UNDEFINED or value + length > len(head):
                raise TruncatedFile
            meta.values[tag] = head[value : value + length]
            position = value + length
    except Shortage:
        raise TruncatedFile from None
    return meta, position


def guess_encoding(head: bytes) -> Encoding:
    """Tell by its first element how a data set is written; declarations are wrong more often than this is."""
    is_explicit = head[4:6] in SHORT_VRS or head[4:6] in LONG_VRS
    is_big = head[0:1] == b"\0" and head[1:2] != b"\0"
    if is_explicit:
        return EXPLICIT_BIG if is_big else EXPLICIT_LITTLE
    return IMPLICIT_BIG if is_big else IMPLICIT_LITTLE


def _plain_syntax(encoding: Encoding) -> str:
    if not encoding.is_little:
        return "1.2.840.10008.1.2.2"
    return "1.2.840.10008.1.2.1" if encoding.is_explicit else "1.2.840.10008.1.2"


class _Walk:
    """Steps along the top-level elements; fetches another piece of the file when one goes on behind the last."""

    def __init__(self, source: Bytes, position: int, piece: bytes) -> None:
        self.source, self.base, self.piece = source, position, piece
        self.encoding = guess_encoding(piece)
        self.elements = Elements(self.encoding)
        self.pixels: PixelPlace | None = None
        self.steps = 0

    @classmethod
    def begin(cls, source: Bytes, position: int) -> _Walk:
        return cls(source, position, source.read(position, FIRST_PIECE))

    def run(self) -> None:
        while True:
            try:
                self._walk_piece()
            except Shortage as shortage:
                if not self._fetch(self.base + shortage.position):
                    return
            else:
                return

    def _fetch(self, offset: int) -> bool:
        """Have the bytes from ``offset`` on, more than last time; False when the file ends exactly there."""
        is_longer = offset == self.base and bool(self.piece)
        length = 4 * len(self.piece) if is_longer else FIRST_PIECE
        if length > 4 * LARGEST_ELEMENT:
            raise TooLarge(f"One element of its header takes more than {LARGEST_ELEMENT >> 20} MB.")
        piece = self.source.read(offset, length)
        if not piece and offset <= self.source.size:
            return False
        if not piece or (is_longer and len(piece) <= len(self.piece)):
            raise TruncatedFile
        self.base, self.piece = offset, piece
        return True

    def _walk_piece(self) -> None:
        data, encoding, position = self.piece, self.encoding, 0
        while True:
            tag, vr, value, length = element_at(data, position, encoding)
            self.steps += 1
            if tag in PIXELS:
                self.pixels = self._place(tag, vr, value, length)
                return
            self._check(tag)
            end = value + length
            if length == UNDEFINED:
                try:
                    end = end_of_sequence(data, value, IMPLICIT_LITTLE if vr == b"UN" else encoding)
                except Shortage:
                    raise Shortage(position) from None
            if tag in tags.READ:
                if end > len(data):
                    raise Shortage(position)
                self.elements.values[tag] = data[value:end]
                if vr == b"UN":
                    self.elements.implicit.add(tag)
            position = end + 8 if length == UNDEFINED else end

    def _place(self, tag: int, vr: bytes, value: int, length: int) -> PixelPlace:
        known = None if length == UNDEFINED else length
        return PixelPlace(tag, self.base + value, known, is_words=vr != b"OB", is_little=self.encoding.is_little)

    def _check(self, tag: int) -> None:
        if tag < 0x00010000 or tag == ITEM:
            raise CorruptFile(f"Its header holds {name_of(tag)}, where no such element can stand.")
        if self.steps > MOST_ELEMENTS:
            raise TooLarge(f"Its header has more than {MOST_ELEMENTS:,} elements.")


def _read_with_pydicom(path: Path) -> Header | None:
    """Let pydicom read what contradicts itself, and walk along what it understood."""
    import pydicom

    try:
        with warnings.catch_warnings(action="ignore"), path.open("rb") as file:
            dataset = pydicom.dcmread(_Rationed(file), stop_before_pixels=True, force=True)
            rest = _Walk.begin(OpenFile(file.fileno()), file.tell())
            kept = pydicom.Dataset()
            for tag in tags.READ.intersection(map(int, dataset.keys())):
                with suppress(NotImplementedError, ValueError, TypeError):
                    if _is_shallow(dataset[tag]):
                        kept.add(dataset[tag])
            plain = io.BytesIO()
            pydicom.dcmwrite(plain, kept, implicit_vr=False, little_endian=True, enforce_file_format=False)
        walk = _Walk(_Plain(plain.getvalue()), 0, plain.getvalue())
        walk.run()
        rest.run()
    except Exception:  # noqa: BLE001 - whatever it meets in a broken file, the walker's own refusal stands
        return None
    if rest.pixels is None or not walk.elements.values:
        return None
    syntax = str(dataset.file_meta.get("TransferSyntaxUID", "")) or _plain_syntax(rest.encoding)
    return Header(path, syntax, walk.elements, rest.pixels, 0, path.stat().st_size)


def _is_shallow(element: pydicom.DataElement, allowed: int = 4) -> bool:
    """Whether a sequence has few levels: what pydicom says about an error doubles with each."""
    if element.VR != "SQ":
        return True
    return allowed > 0 and all(_is_shallow(inner, allowed - 1) for item in element.value for inner in item)


class _Rationed:
    """A file that can be read so many times and no more: pydicom has no bounds of its own."""

    def __init__(self, file: BinaryIO) -> None:
        self.seek, self.tell = file.seek, file.tell
        self._read, self._left = file.read, MOST_READS

    def read(self, length: int = -1) -> bytes:
        self._left -= 1
        if self._left < 0 or not 0 <= length <= LARGEST_ELEMENT:
            raise TooLarge
        return self._read(length)


class _Plain:
    """Bytes in memory as `Bytes`."""

    def __init__(self, data: bytes) -> None:
        self.data, self.size = data, len(data)

    def read(self, offset: int, length: int) -> bytes:
        return self.data[offset : offset + length]
