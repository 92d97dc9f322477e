"""Decoding one compressed frame, told by its own first bytes: declared transfer syntaxes are sometimes wrong."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from struct import error as StructError  # noqa: N812 - the module calls it just `error`
from struct import unpack_from
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from readroom.imaging.errors import CorruptFile, UnsupportedContent

Array = NDArray[Any]
JPEG_LS_FRAME = 0xF7
END = b"\xff\xd9"
JPEG_FRAMES = frozenset((*range(0xC0, 0xD0), JPEG_LS_FRAME)) - {0xC4, 0xC8, 0xCC}
JPEG_2000 = b"\xff\x4f\xff\x51"
READ = frozenset(f"1.2.840.10008.1.2.4.{n}" for n in (50, 51, 57, 70, 80, 81, 90, 91, 110, 111, 112, 201, 202, 203))
"""Transfer syntaxes whose frames are known by their first bytes."""
JXL_BARE, JXL_BOX = b"\xff\x0a", b"\0\0\0\x0cJXL "


def decode_codestream(data: bytes, *, rows: int, columns: int, is_ybr: bool, syntax: str) -> tuple[Array, bool]:
    """Decode a frame of JPEG, JPEG-LS, JPEG 2000, HTJ2K or JPEG XL.

    Returns
    -------
    array
        (rows, columns) or (rows, columns, samples), with the type the codestream has.
    bool
        Whether a colour frame is RGB already, whatever the header says.
    """
    decode, size, is_rgb = _choose(data, is_ybr=is_ybr, syntax=syntax)
    if size != (rows, columns):
        raise CorruptFile(
            f"A compressed frame is {size[0]} x {size[1]} pixels, its header says {rows} x {columns}; "
            "export it again from the original."
        )
    try:
        frame = decode(data)
    except Exception as problem:
        raise CorruptFile(f"A compressed frame cannot be decoded ({_short(problem)}); upload it again.") from problem
    if frame.shape[:2] != (rows, columns):
        raise CorruptFile("A compressed frame has another size than it says.")
    return frame, is_rgb


def _short(problem: Exception) -> str:
    return str(problem).splitlines()[0][:80] if str(problem) else type(problem).__name__


def _choose(data: bytes, *, is_ybr: bool, syntax: str) -> tuple[Callable[[bytes], Array], tuple[int, int], bool]:
    try:
        if data[:2] == b"\xff\xd8":
            return _choose_jpeg(data, is_ybr=is_ybr)
        start = data.find(JPEG_2000, 0, 4096)
        if start >= 0:
            # OpenJPEG also for HTJ2K: OpenJPH is twice as fast, but hangs on some damaged streams, and wraps values
            # around that irreversible coding carries beyond their range.
            is_rgb = not is_ybr or _has_color_transform(data, start)
            return imagecodecs.jpeg2k_decode, _size_of_jpeg2000(data, start), is_rgb
        if data.startswith((JXL_BARE, JXL_BOX)):
            return imagecodecs.jpegxl_decode, _size_of_jpegxl(data), True
    except (StructError, IndexError):
        raise CorruptFile("A compressed frame ends within its first bytes; upload it again.") from None
    if syntax in READ:
        raise CorruptFile("A compressed frame is damaged: it does not begin as one; upload it again.")
    raise UnsupportedContent(
        f"Its pixels are compressed in a way that is not read (transfer syntax {syntax or 'unknown'}); "
        "convert it to JPEG 2000 or to an uncompressed transfer syntax."
    )


def _choose_jpeg(data: bytes, *, is_ybr: bool) -> tuple[Callable[[bytes], Array], tuple[int, int], bool]:
    frame, components, transform = _scan_jpeg(data)
    kind, size = data[frame + 1], unpack_from(">HH", data, frame + 5)
    if kind == JPEG_LS_FRAME:
        return _decode_jpeg_ls, size, not is_ybr
    if len(components) != 3:
        return imagecodecs.jpeg8_decode, size, True
    if kind in (0xC3, 0xC7, 0xCB):
        return _decode_as_is, size, not is_ybr
    is_coded_ybr = transform == 1 if transform is not None else is_ybr and components != b"RGB"
    space = "YCbCr" if is_coded_ybr else "RGB"
    return lambda stream: _decode_color(stream, space), size, True


def _decode_jpeg_ls(data: bytes) -> Array:
    """CharLS reads on behind its input, for seconds, when a stream has no end marker: it always gets one."""
    frame: Array = imagecodecs.jpegls_decode(data if data.rstrip(b"\0").endswith(END) else data + END)
    return frame


def _decode_color(data: bytes, space: str) -> Array:
    frame: Array = imagecodecs.jpeg8_decode(data, colorspace=space, outcolorspace="RGB")
    return frame


def _decode_as_is(data: bytes) -> Array:
    frame: Array = imagecodecs.jpeg8_decode(data, colorspace="RGB", outcolorspace="RGB")
    return frame


def _scan_jpeg(data: bytes) -> tuple[int, bytes, int | None]:
    """Where the frame header begins, its component identifiers, and the declared colour transform if any."""
    transform: int | None = None
    position = 2
    while True:
        while data[position] != 0xFF or data[position + 1] in (0xFF, 0x00):
            position += 1
        marker, (length,) = data[position + 1], unpack_from(">H", data, position + 2)
        if marker in JPEG_FRAMES:
            count = data[position + 9]
            return position, bytes(data[position + 10 + 3 * i] for i in range(count)), transform
        if marker == 0xEE and data[position + 4 : position + 9] == b"Adobe":
            transform = min(data[position + 15], 1)
        elif marker == 0xE0 and data[position + 4 : position + 8] == b"JFIF":
            transform = 1 if transform is None else transform
        position += 2 + length


def _size_of_jpeg2000(data: bytes, start: int) -> tuple[int, int]:
    x_size, y_size, x_offset, y_offset = unpack_from(">IIII", data, start + 8)
    return y_size - y_offset, x_size - x_offset


def _has_color_transform(data: bytes, start: int) -> bool:
    """Whether it undoes a colour transform of its own (COD marker, ISO/IEC 15444-1 A.6.1)."""
    position = start + 2
    while data[position] == 0xFF and data[position + 1] not in (0x90, 0x93):
        if data[position + 1] == 0x52:
            return data[position + 8] == 1
        position += 2 + unpack_from(">H", data, position + 2)[0]
    return False


def _size_of_jpegxl(data: bytes) -> tuple[int, int]:
    """Size from the first bits of a JPEG XL codestream (ISO/IEC 18181-1 size header)."""
    if data.startswith(JXL_BOX):
        start = max(data.find(b"jxlc\xff\x0a", 0, 65536) + 4, data.find(b"jxlp", 0, 65536) + 8)
        if start < 8 or data[start : start + 2] != JXL_BARE:
            raise CorruptFile("A JPEG XL frame has no codestream.")
        data = data[start : start + 32]
    bits = _Bits(int.from_bytes(data[2:24].ljust(22, b"\0"), "little"))
    if bits.take(1):
        rows, ratio = (bits.take(5) + 1) * 8, bits.take(3)
        columns = (bits.take(5) + 1) * 8 if ratio == 0 else 0
    else:
        rows = bits.take((9, 13, 18, 30)[bits.take(2)]) + 1
        ratio = bits.take(3)
        columns = bits.take((9, 13, 18, 30)[bits.take(2)]) + 1 if ratio == 0 else 0
    over, under = ((0, 1), (1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))[ratio]
    return rows, columns or rows * over // under


class _Bits:
    def __init__(self, value: int) -> None:
        self.value = value

    def take(self, count: int) -> int:
        taken = self.value & ((1 << count) - 1)
        self.value >>= count
        return taken


def decode_run_lengths(data: bytes, *, planes: int, plane_bytes: int) -> Array:
    """Byte planes of a frame in DICOM's run length encoding (PS3.5 annex G), as (planes, bytes)."""
    count = int.from_bytes(data[:4], "little")
    if count != planes or len(data) < 64:
        raise CorruptFile(f"A run length encoded frame has {count} segments where {planes} belong; upload it again.")
    starts = [int.from_bytes(data[4 + 4 * i : 8 + 4 * i], "little") for i in range(count)] + [len(data)]
    made = np.zeros((planes, plane_bytes), np.uint8)
    for plane, (start, stop) in enumerate(pairwise(starts)):
        if not 64 <= start <= stop <= len(data):
            raise CorruptFile("The segments of a run length encoded frame overlap; upload it again.")
        try:
            plain = imagecodecs.packbits_decode(data[start:stop])
        except Exception as problem:
            raise CorruptFile("A run length encoded frame cannot be decoded; upload it again.") from problem
        if len(plain) < plane_bytes:
            raise CorruptFile("A run length encoded frame ends too early; upload it again.")
        made[plane] = np.frombuffer(plain, np.uint8, plane_bytes)
    return made
