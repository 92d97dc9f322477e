"""Pages of a TIFF file: found with tifffile, read segment by segment, so that any rectangle costs only its tiles."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from readroom.imaging.errors import CorruptFile, ImagingError, TooLarge, TruncatedFile, UnsupportedContent
from readroom.imaging.formats.bounds import FRAME_BYTES, MIB
from readroom.imaging.formats.codestreams import declared_size
from readroom.imaging.source import Color, Frame

MAX_PAGES = 65_536
MARKS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
SEGMENT_BYTES = 64 * MIB
"""Largest decoded tile or strip."""
VALUE_BYTES = {3: 2, 4: 4, 5: 8, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
"""Bytes of a value by its type; the others have one."""
COMPRESSIONS = frozenset({1, 2, 3, 4, 5, 7, 8, 32773, 32946, 33003, 33004, 33005, 34712, 50000})
"""None, CCITT, LZW, JPEG, deflate, PackBits, JPEG 2000 and zstd: their decoders can be told what they may make."""
WITH_OWN_SIZE = frozenset({7, 33003, 33004, 33005, 34712})
"""JPEG and JPEG 2000: their streams declare a size of their own."""
JPEG_MARK = b"\xff\xd8"
J2K_MARKS = (b"\xff\x4f", b"\0\0\0\x0cjP  ")
MIN_IS_WHITE, MIN_IS_BLACK, RGB, PALETTE, SEPARATED, YCBCR = 0, 1, 2, 3, 5, 6
SAMPLES = {MIN_IS_WHITE: (1, 1), MIN_IS_BLACK: (1, 1), PALETTE: (1, 1), RGB: (3, 4), YCBCR: (3, 4), SEPARATED: (4, 4)}
"""Fewest and most samples of a pixel, without the opacity of a grey one."""
JPEG = 7


@contextmanager
def opened_tiff(path: Path, name: str) -> Iterator[tifffile.TiffFile]:
    """Open a file whose chain of pages has an end; whatever tifffile raises becomes an error of ours."""
    check_chain(path, name)
    try:
        with tifffile.TiffFile(path, _multifile=False) as file:
            refuse_entities(file, name)
            yield file
    except ImagingError:
        raise
    except MemoryError as error:
        raise TooLarge(f"{name} does not fit into memory; export it smaller.") from error
    except Exception as error:
        raise CorruptFile(f"{name} is not a TIFF that can be read; export it again from the original.") from error


def refuse_entities(file: tifffile.TiffFile, name: str) -> None:
    """Refuse XML that defines entities before anything parses it: they can grow without bound."""
    description = file.pages.first.description
    if "<!DOCTYPE" in description or "<!ENTITY" in description:
        raise CorruptFile(f"{name} holds a description that defines entities; export it again from the original.")


def check_chain(path: Path, name: str) -> None:
    """Walk the chain of page headers; refuse one that is broken, bites its tail or never ends.

    Values must fit in the file: libraries allocate as many as a header says.
    """
    with path.open("rb") as file:
        head = file.read(16)
        if head[:4] not in MARKS:
            raise CorruptFile(f"{name} does not begin as a TIFF does; export it again from the original.")
        order = "<" if head[:2] == b"II" else ">"
        is_big = 43 in head[2:4]
        count, entry, link, start = (("Q", 20, "Q", 8), ("H", 12, "I", 4))[not is_big]
        width = struct.calcsize(link)
        seen: set[int] = set()
        at = unpack_or_end(order + link, head[start : start + width], name)
        size = path.stat().st_size
        while at:
            if at >= size:
                raise TruncatedFile(f"{name} ends before the description of its pages; upload it again.")
            if at in seen or len(seen) >= MAX_PAGES:
                raise CorruptFile(f"{name}: the chain of its pages has no end; export it again from the original.")
            seen.add(at)
            file.seek(at)
            entries = unpack_or_end(order + count, file.read(struct.calcsize(count)), name)
            if not 0 < entries < 65_536:
                raise CorruptFile(f"{name}: a page has no description; export it again from the original.")
            check_values(file.read(entries * entry), order, is_big=is_big, size=size, name=name)
            at = unpack_or_end(order + link, file.read(width), name)
        if not seen:
            raise CorruptFile(f"{name} has no pages; export it again from the original.")


def check_values(entries: bytes, order: str, *, is_big: bool, size: int, name: str) -> None:
    """Refuse more values of a page than the file has room for."""
    layout = struct.Struct(f"{order}HH{'Q8x' if is_big else 'I4x'}")
    for _, kind, count in layout.iter_unpack(entries[: len(entries) // layout.size * layout.size]):
        if count * VALUE_BYTES.get(kind, 1) > size:
            raise CorruptFile(f"{name} describes more than it has room for; export it again from the original.")


def unpack_or_end(format_: str, data: bytes, name: str) -> int:
    if len(data) < struct.calcsize(format_):
        raise TruncatedFile(f"{name} ends inside the description of its pages; upload it again from the original.")
    value: int = struct.unpack(format_, data)[0]
    return value


@dataclass(frozen=True)
class Page:
    """One page, ready to be read in part by several threads.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        Its name, for messages.
    key : tifffile.TiffPage
        Describes how its segments are coded.
    offsets, lengths : tuple of int
        Where its segments stand.
    """

    path: Path
    name: str
    key: Any
    offsets: tuple[int, ...]
    lengths: tuple[int, ...]

    @classmethod
    def of(cls, page: Any, path: Path, name: str) -> Page:  # noqa: ANN401 - tifffile has no common base of its pages
        """Check a page of tifffile and keep what is needed to read it after the file is closed."""
        key = page.keyframe
        check_page(key, name)
        result = cls(path, name, key, tuple(page.dataoffsets), tuple(page.databytecounts))
        result.check_length()
        _ = key.decode, key.jpegtables, key.jpegheader, key.colormap  # read while the file is open
        return result

    def check_length(self) -> None:
        """Refuse a page whose segments end beyond the file."""
        size = self.path.stat().st_size
        if any(start + length > size for start, length in zip(self.offsets, self.lengths, strict=True)):
            raise TruncatedFile(f"{self.name} ends before its pixels do; upload it again from the original.")

    def check_marks(self) -> None:
        """Refuse a page with a segment that does not begin as its code does, without decoding any."""
        marks = (JPEG_MARK,) if self.key.compression == JPEG else J2K_MARKS
        if self.key.compression not in WITH_OWN_SIZE:
            return
        with self.path.open("rb") as file:
            for index, (start, length) in enumerate(zip(self.offsets, self.lengths, strict=True)):
                if length and not os.pread(file.fileno(), 12, start).startswith(marks):
                    raise self.damaged(index)

    def damaged(self, index: int) -> CorruptFile:
        """Name the segment that cannot be decoded by its place in the page."""
        height, width = segment_size(self.key)
        row, column = divmod(index, -(-self.columns // width))
        return CorruptFile(
            f"{self.name}: the pixels from row {row % -(-self.rows // height) * height} and column {column * width} on "
            f"are damaged, at the resolution of {self.columns} x {self.rows}; upload it again from the original."
        )

    @property
    def rows(self) -> int:
        return int(self.key.imagelength)

    @property
    def columns(self) -> int:
        return int(self.key.imagewidth)

    @property
    def color(self) -> Color:
        if self.key.photometric in (RGB, YCBCR) and has_alpha(self.key):
            return Color.RGBA
        return Color.RGB if self.key.photometric in (RGB, YCBCR, PALETTE, SEPARATED) else Color.GRAY

    @property
    def dtype(self) -> np.dtype[Any]:
        dtype = np.dtype(self.key.dtype)
        return np.dtype(np.uint8) if dtype == np.bool_ or self.is_palette else dtype.newbyteorder("=")

    @property
    def is_palette(self) -> bool:
        return bool(self.key.photometric == PALETTE)

    @property
    def is_slide_like(self) -> bool:
        """Pixels of a kind that a slide has: 8 bits, grey or colour."""
        return self.dtype == np.uint8

    def region(self, row: int, column: int, rows: int, columns: int) -> Frame:
        """Decode the segments that a rectangle inside the page touches."""
        samples = int(self.key.samplesperpixel)
        stored: NDArray[Any] = np.zeros((samples, rows, columns), self.key.dtype.newbyteorder("="))
        with self.path.open("rb") as file:
            for index in self.touched(row, rows, column, columns):
                data = (
                    os.pread(file.fileno(), self.lengths[index], self.offsets[index]) if self.lengths[index] else None
                )
                segment, (plane, _, top, left, *_), _ = self.decode(data, index)
                if segment is not None:
                    paste(stored, segment, plane=plane, top=top - row, left=left - column)
        return self.finish(stored)

    def touched(self, row: int, rows: int, column: int, columns: int) -> Iterator[int]:
        """Numbers of the segments that a rectangle touches, of all planes."""
        height, width = segment_size(self.key)
        across, down = -(-self.columns // width), -(-self.rows // height)
        planes = len(self.offsets) // max(across * down, 1)
        for plane in range(max(planes, 1)):
            for i in range(row // height, min((row + rows - 1) // height + 1, down)):
                for j in range(column // width, min((column + columns - 1) // width + 1, across)):
                    yield plane * across * down + i * across + j

    def decode(self, data: bytes | None, index: int) -> Any:  # noqa: ANN401 - tifffile's tuple of array and indices
        if data is not None and self.key.compression in WITH_OWN_SIZE:
            height, width = segment_size(self.key)
            declared = declared_size(data)
            if declared is None or declared[0] * declared[1] > 4 * height * width + MIB:
                raise CorruptFile(f"{self.name}: a tile declares another size than the page; export it again.")
        try:
            return self.key.decode(data, index, jpegtables=self.key.jpegtables, jpegheader=self.key.jpegheader)
        except Exception as error:
            raise self.damaged(index) from error

    def finish(self, stored: NDArray[Any]) -> Frame:
        """Turn planes of stored samples into the values of a frame."""
        if stored.dtype == np.bool_:
            stored = stored.view(np.uint8) * np.uint8(255)
        if self.is_palette:
            palette = (np.asarray(self.key.colormap) >> 8).astype(np.uint8)
            return np.ascontiguousarray(np.take(palette, stored[0], axis=1, mode="clip").transpose(1, 2, 0))
        if self.key.photometric == SEPARATED:
            return cmyk_to_rgb(stored)
        count = {Color.GRAY: 1, Color.RGB: 3, Color.RGBA: 4}[self.color]
        return stored[0] if count == 1 else np.ascontiguousarray(stored[:count].transpose(1, 2, 0))


def check_page(key: Any, name: str) -> None:  # noqa: ANN401 - tifffile's page
    """Refuse a page whose description is impossible, or of a kind that is not read."""
    if key.compression not in COMPRESSIONS:
        raise UnsupportedContent(f"{name} is compressed in a way that is not read; save it with LZW or deflate.")
    if key.dtype is None or key.dtype.kind not in "bBiuf" or key.dtype.itemsize > 8 or key.imagedepth != 1:
        raise UnsupportedContent(f"{name} holds values of a type that is not read; save it as integers or floats.")
    if key.photometric not in (MIN_IS_WHITE, MIN_IS_BLACK, RGB, PALETTE, SEPARATED, YCBCR):
        raise UnsupportedContent(f"{name} holds colours of a kind that is not read; save it as RGB.")
    is_mixed = key.photometric == YCBCR and key.compression != JPEG
    least, most = SAMPLES[int(key.photometric)]
    if is_mixed or not least <= key.samplesperpixel <= most + (most == 1 and has_alpha(key)):
        raise UnsupportedContent(f"{name} holds samples that are neither grey nor RGB; save one channel per page.")
    if min(key.imagelength, key.imagewidth, key.samplesperpixel) < 1 or key.samplesperpixel > 16:
        raise CorruptFile(f"{name} declares a size that is not positive; export it again from the original.")
    if key.photometric == PALETTE and (key.colormap is None or key.dtype.kind != "u" or key.dtype.itemsize > 2):
        raise CorruptFile(f"{name} has no palette for its colours; export it again from the original.")
    height, width = segment_size(key)
    if min(height, width) < 1 or height * width * key.samplesperpixel * key.dtype.itemsize > SEGMENT_BYTES:
        raise TooLarge(f"{name} has tiles or strips of {height} x {width} pixels; export it with smaller tiles.")
    across, down = -(-key.imagewidth // width), -(-key.imagelength // height)
    planes = key.samplesperpixel if key.planarconfig == 2 else 1
    if len(key.dataoffsets) < across * down * planes or len(key.dataoffsets) != len(key.databytecounts):
        raise CorruptFile(f"{name} does not say where all its pixels are; export it again from the original.")
    if max(key.databytecounts, default=0) > FRAME_BYTES:
        raise TooLarge(f"{name} has a tile or strip that is too long; export it with smaller tiles.")


def has_alpha(key: Any) -> bool:  # noqa: ANN401 - tifffile's page
    """Tell whether the last sample is declared to be opacity; one that is not declared hides nothing."""
    return len(key.extrasamples) == 1 and int(key.extrasamples[0]) in (1, 2)


def segment_size(key: Any) -> tuple[int, int]:  # noqa: ANN401 - tifffile's page
    """Rows and columns of a tile or strip."""
    if key.is_tiled:
        return int(key.tilelength), int(key.tilewidth)
    return min(int(key.rowsperstrip or key.imagelength), int(key.imagelength)), int(key.imagewidth)


def paste(target: NDArray[Any], segment: NDArray[Any], *, plane: int, top: int, left: int) -> None:
    """Copy the part of a segment (1, rows, columns, samples) that lies inside the target."""
    pixels = segment[0].transpose(2, 0, 1)
    first, last = max(top, 0), min(top + pixels.shape[1], target.shape[1])
    start, stop = max(left, 0), min(left + pixels.shape[2], target.shape[2])
    if first < last and start < stop:
        part = pixels[:, first - top : last - top, start - left : stop - left]
        target[plane : plane + len(part), first:last, start:stop] = part


def cmyk_to_rgb(planes: NDArray[Any]) -> Frame:
    """Mix printing inks, without a colour profile."""
    top = float(np.iinfo(planes.dtype).max)
    inks = planes[:4].astype(np.float32) / top
    light = (1 - inks[:3]) * (1 - inks[3])
    return np.ascontiguousarray(np.rint(light * top).astype(planes.dtype).transpose(1, 2, 0))
