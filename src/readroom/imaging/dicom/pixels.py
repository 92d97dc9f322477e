"""Frames of a DICOM file as arrays of stored values (PS3.3 C.7.6.3, PS3.5 section 8)."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from readroom.imaging.dicom import tags
from readroom.imaging.dicom.codestreams import decode_codestream, decode_run_lengths
from readroom.imaging.dicom.colors import Palette, expand_422, partial_ybr_to_rgb, read_palette, ybr_to_rgb
from readroom.imaging.dicom.fragments import FrameBytes
from readroom.imaging.dicom.headers import Header
from readroom.imaging.errors import CorruptFile, RefusedFile, TooLarge, UnsupportedContent
from readroom.imaging.source import Color, Frame

Array = NDArray[Any]
RUN_LENGTHS = "1.2.840.10008.1.2.5"
DEFLATED_FRAMES = "1.2.840.10008.1.2.8.1"
ENCAPSULATED_PLAIN = "1.2.840.10008.1.2.1.98"
PLAIN = frozenset(("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"))
LARGEST_FRAME = 2 * 1024**3
MOST_FRAMES = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PixelFormat:
    """How the stored values of a file are written.

    Parameters
    ----------
    rows, columns, samples : int
        Of one frame.
    allocated, stored, high_bit : int
        Bits of a sample in the file, bits that belong to its value, and the place of its most significant bit.
    is_signed, is_planar, is_float : bool
        Two's complement; one colour plane after another; floating point pixel data.
    photometric : str
        Photometric interpretation.
    palette : Palette, optional
        For ``PALETTE COLOR``.
    """

    rows: int
    columns: int
    samples: int
    allocated: int
    stored: int
    high_bit: int
    is_signed: bool
    is_planar: bool
    is_float: bool
    photometric: str
    palette: Palette | None = None

    @classmethod
    def of(cls, header: Header) -> PixelFormat:
        """Read and bound it; raises `CorruptFile`, `TooLarge` or `UnsupportedContent`."""
        elements = header.elements
        is_float = header.pixels is not None and header.pixels.tag != tags.PIXEL_DATA
        allocated = elements.short(tags.BITS_ALLOCATED) or 0
        stored = elements.short(tags.BITS_STORED) or allocated
        photometric = elements.text(tags.PHOTOMETRIC_INTERPRETATION).upper() or "MONOCHROME2"
        is_signed = elements.short(tags.PIXEL_REPRESENTATION) == 1
        made = cls(
            rows=elements.short(tags.ROWS) or 0,
            columns=elements.short(tags.COLUMNS) or 0,
            samples=elements.short(tags.SAMPLES_PER_PIXEL) or 1,
            allocated=allocated,
            stored=stored if 0 < stored <= allocated else allocated,
            high_bit=max(elements.short(tags.HIGH_BIT) or 0, stored - 1),
            is_signed=is_signed,
            is_planar=elements.short(tags.PLANAR_CONFIGURATION) == 1,
            is_float=is_float,
            photometric=photometric,
            palette=read_palette(elements, is_signed=is_signed) if photometric == "PALETTE COLOR" else None,
        )
        made.check()
        return made

    def check(self) -> None:
        if not self.rows or not self.columns:
            raise CorruptFile(f"Its header declares {self.rows} rows and {self.columns} columns.")
        if self.allocated not in ((32, 64) if self.is_float else (1, 8, 16, 32)):
            raise UnsupportedContent(f"Its pixels take {self.allocated} bits each; convert it to 8 or 16 bits.")
        if self.samples not in (1, 3):
            raise UnsupportedContent(f"Its pixels have {self.samples} samples; convert it to grey or RGB.")
        if self.photometric == "PALETTE COLOR" and self.palette is None:
            raise CorruptFile("It has palette colours and no palette; export it again from the original.")
        if self.frame_bits // 8 > LARGEST_FRAME:
            raise TooLarge(f"One frame of {self.rows} x {self.columns} pixels takes more than 2 GB.")

    @property
    def is_422(self) -> bool:
        return self.photometric in ("YBR_FULL_422", "YBR_PARTIAL_422") and self.samples == 3 and self.columns % 2 == 0

    @property
    def frame_bits(self) -> int:
        """Bits of one frame where it is not compressed."""
        samples = 2 if self.is_422 else self.samples
        return self.rows * self.columns * samples * self.allocated

    @property
    def color(self) -> Color:
        return Color.RGB if self.samples == 3 or self.palette is not None else Color.GRAY

    @property
    def stored_dtype(self) -> np.dtype[Any]:
        """Type of the values in the file, before a palette."""
        if self.is_float:
            return np.dtype(f"f{self.allocated // 8}")
        return np.dtype(f"{'i' if self.is_signed else 'u'}{max(self.allocated // 8, 1)}")

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(np.uint8) if self.palette is not None else self.stored_dtype


def count_frames(header: Header) -> int:
    """Number of frames that the header declares; raises when it cannot be meant."""
    text = header.elements.text(tags.NUMBER_OF_FRAMES)
    count = header.elements.whole(tags.NUMBER_OF_FRAMES) if text else 1
    if count is None or count < 0:
        raise CorruptFile(f"Its number of frames, {text[:20]!r}, is not a number; export it again from the original.")
    if count > MOST_FRAMES:
        raise TooLarge(f"It declares {count:,} frames, and {MOST_FRAMES:,} are the most that is read.")
    return count or 1


class FrameReader:
    """Decodes the frames of one file, from any thread.

    Parameters
    ----------
    header : Header
        Of the file; raises `RefusedFile` when its pixels cannot be there or are of a kind that is not read.
    """

    __slots__ = ("_bytes", "count", "format", "header")

    def __init__(self, header: Header) -> None:
        if header.pixels is None:
            raise CorruptFile("It has no pixels.")
        if header.pixels.length is not None and header.transfer_syntax not in PLAIN:
            raise UnsupportedContent(
                f"Its transfer syntax {header.transfer_syntax[:64]} is not known, or does not fit its plain pixels; "
                "export it in an uncompressed one."
            )
        self.header = header
        self.format = _undo_false_422(PixelFormat.of(header), header)
        self.count = count_frames(header)
        self._bytes = FrameBytes(header, self.count, self.format.frame_bits)
        self._bytes.check()

    def frame(self, index: int) -> Frame:
        """One frame, ready for use: gray stored values, or RGB."""
        values = self.stored(index)
        if self.format.palette is not None:
            return self.format.palette(values)
        return values

    def stored(self, index: int) -> Frame:
        """One frame of stored values; colours as RGB, palettes as indices."""
        try:
            data = self._bytes.read(index)
            if self._bytes.is_encapsulated:
                return self._decompress(data)
            return self._finish(self._unpack(data, index * self.format.frame_bits % 8))
        except RefusedFile:
            raise
        except (ValueError, IndexError, zlib.error) as problem:
            raise CorruptFile(f"Frame {index + 1} cannot be decoded; export it again from the original.") from problem

    def _unpack(self, data: bytes, first_bit: int = 0) -> Array:
        """Samples of a frame that is not compressed, not yet as a picture."""
        form = self.format
        if form.allocated == 1:
            bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")
            return bits[first_bit : first_bit + form.frame_bits]
        assert self.header.pixels is not None
        place = self.header.pixels
        if form.allocated == 8 and not place.is_little and place.is_words:
            even = data if len(data) % 2 == 0 else data + b"\0"
            data = np.frombuffer(even, ">u2").astype("<u2").tobytes()[: len(data)]
        dtype = form.stored_dtype.newbyteorder("<" if place.is_little else ">")
        return np.frombuffer(data, dtype, count=form.frame_bits // form.allocated).astype(form.stored_dtype, copy=False)

    def _finish(self, samples: Array) -> Frame:
        form = self.format
        samples = self._clean(samples)
        if form.samples == 1:
            return samples.reshape(form.rows, form.columns)
        if form.is_422:
            frame = expand_422(samples, rows=form.rows, columns=form.columns)
        elif form.is_planar:
            frame = np.ascontiguousarray(samples.reshape(3, form.rows, form.columns).transpose(1, 2, 0))
        else:
            frame = samples.reshape(form.rows, form.columns, 3)
        return self._to_rgb(frame)

    def _to_rgb(self, frame: Array) -> Frame:
        if self.format.photometric.startswith("YBR_PARTIAL"):
            return partial_ybr_to_rgb(frame)
        return ybr_to_rgb(frame) if self.format.photometric in ("YBR_FULL", "YBR_FULL_422") else frame

    def _clean(self, samples: Array) -> Array:
        """Keep the bits that belong to the value; the others may hold overlays or junk."""
        form = self.format
        if form.is_float or form.stored == form.allocated or _has_only_value_bits(samples, form):
            return samples
        above = form.allocated - 1 - form.high_bit
        if form.is_signed:
            signed: Array = (samples << above) >> (form.allocated - form.stored)
            return signed
        shifted = samples >> (form.high_bit + 1 - form.stored) if form.high_bit + 1 > form.stored else samples
        cleaned: Array = shifted & samples.dtype.type((1 << form.stored) - 1)
        return cleaned

    def _decompress(self, data: bytes) -> Frame:
        form, syntax = self.format, self.header.transfer_syntax
        if syntax == RUN_LENGTHS:
            return self._finish_planes(data)
        if syntax == DEFLATED_FRAMES:
            inflate = zlib.decompressobj(-zlib.MAX_WBITS)
            return self._finish(self._unpack(inflate.decompress(data, (form.frame_bits + 7) // 8)))
        if syntax == ENCAPSULATED_PLAIN:
            return self._finish(self._unpack(data))
        frame, is_rgb = decode_codestream(
            data, rows=form.rows, columns=form.columns, is_ybr=form.photometric.startswith("YBR_FULL"), syntax=syntax
        )
        if frame.ndim != (2 if form.samples == 1 else 3):
            raise CorruptFile("A compressed frame has another number of colours than its header says.")
        _check_fit(frame, form.stored_dtype)
        if frame.ndim == 3:
            frame = np.ascontiguousarray(frame[..., :3])
            return (frame if is_rgb else self._to_rgb(frame)).astype(form.stored_dtype, copy=False)
        return self._match_type(frame)

    def _match_type(self, frame: Array) -> Frame:
        """A codestream has a type of its own; the header says how its bits are meant."""
        form = self.format
        dtype = form.stored_dtype
        if frame.dtype.kind == dtype.kind:
            return frame.astype(dtype, copy=False)
        wide: Array = frame.astype(np.dtype(f"{frame.dtype.kind}{dtype.itemsize}"), copy=False).view(dtype)
        unused = form.allocated - form.stored
        matched: Array = (wide << unused) >> unused if form.is_signed else wide & dtype.type((1 << form.stored) - 1)
        return matched

    def _finish_planes(self, data: bytes) -> Frame:
        form = self.format
        pixels = form.rows * form.columns
        if form.allocated == 1:
            packed = decode_run_lengths(data, planes=1, plane_bytes=(pixels + 7) // 8)
            return self._finish(np.unpackbits(packed[0], bitorder="little")[:pixels])
        size = form.allocated // 8
        planes = decode_run_lengths(data, planes=form.samples * size, plane_bytes=pixels)
        words = planes.reshape(form.samples, size, pixels).transpose(0, 2, 1)
        samples = np.ascontiguousarray(words).view(form.stored_dtype.newbyteorder(">"))[..., 0]
        samples = self._clean(samples.astype(form.stored_dtype))
        if form.samples == 1:
            return samples.reshape(form.rows, form.columns)
        return self._to_rgb(np.ascontiguousarray(samples.T).reshape(form.rows, form.columns, 3))


def _has_only_value_bits(samples: Array, form: PixelFormat) -> bool:
    """Whether the bits above the value hold nothing else, as in almost every file: then nothing is copied."""
    if form.high_bit + 1 != form.stored or not samples.size:
        return False
    value_bits = form.stored - form.is_signed
    is_low_enough = samples.max() < 1 << value_bits
    return bool(is_low_enough and (not form.is_signed or samples.min() >= -(1 << value_bits)))


def _check_fit(frame: Array, dtype: np.dtype[Any]) -> None:
    """Refuse values that need more bits than the header gives them, instead of cutting these off."""
    if frame.dtype.itemsize <= dtype.itemsize or not frame.size:
        return
    bits = dtype.itemsize * 8
    if int(frame.max()) >= 1 << bits or int(frame.min()) < -(1 << bits - 1):
        raise CorruptFile(
            f"A compressed frame holds values that do not fit in the {bits} bits that its header declares; "
            "export it again from the original."
        )


def _undo_false_422(form: PixelFormat, header: Header) -> PixelFormat:
    """Some writers say YBR_FULL_422 and store three samples for each pixel; their length tells."""
    assert header.pixels is not None
    if not form.is_422:
        return form
    length = header.pixels.length
    full = form.rows * form.columns * 3 * form.allocated // 8
    if length is not None and length >= full * count_frames(header):
        return replace(form, photometric="YBR_FULL")
    return form
