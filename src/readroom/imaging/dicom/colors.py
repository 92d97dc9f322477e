"""Palettes and luminance-chrominance pixels as RGB (PS3.3 C.7.6.3.1 and C.7.6.3.1.5 - C.7.9.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from readroom.imaging.dicom import tags
from readroom.imaging.dicom.elements import Elements
from readroom.imaging.errors import CorruptFile

Array = NDArray[Any]
FULL_RANGE = np.array([[1, 0, 1.402], [1, -0.114 * 1.772 / 0.587, -0.299 * 1.402 / 0.587], [1, 1.772, 0]])


def ybr_to_rgb(frame: Array) -> Array:
    """YBR_FULL as RGB, rounded to the nearest value."""
    top = np.iinfo(frame.dtype).max
    samples = frame.astype(np.float64)
    samples[..., 1:] -= (top + 1) // 2
    rgb: Array = np.clip(np.floor(samples @ FULL_RANGE.T + 0.5), 0, top).astype(frame.dtype)
    return rgb


def partial_ybr_to_rgb(frame: Array) -> Array:
    """YBR_PARTIAL (luminance 16 to 235) as RGB, 8 bit."""
    samples = frame.astype(np.float64)
    stretched = np.stack(
        [(samples[..., 0] - 16) * 255 / 219, *((samples[..., i] - 128) * 255 / 224 for i in (1, 2))], axis=-1
    )
    rgb: Array = np.clip(np.floor(stretched @ FULL_RANGE.T + 0.5), 0, 255).astype(frame.dtype)
    return rgb


def expand_422(frame: Array, *, rows: int, columns: int) -> Array:
    """Y Y B R for two neighbouring pixels, as three samples for each pixel."""
    pairs = frame.reshape(rows, columns // 2, 4)
    wide = np.empty((rows, columns // 2, 2, 3), frame.dtype)
    wide[..., 0] = pairs[..., :2]
    wide[..., 1] = pairs[..., 2:3]
    wide[..., 2] = pairs[..., 3:4]
    return wide.reshape(rows, columns, 3)


@dataclass(frozen=True, slots=True)
class Palette:
    """A palette colour lookup table.

    Parameters
    ----------
    first : int
        The stored value that the first entry is for.
    colors : array of uint8, (entries, 3)
        Its colours, the eight most significant bits of each.
    """

    first: int
    colors: Array

    def __call__(self, frame: Array) -> Array:
        """Colours of stored values; values outside take the nearest entry."""
        return self.colors[np.clip(frame.astype(np.int64) - self.first, 0, len(self.colors) - 1)]


def read_palette(elements: Elements, *, is_signed: bool) -> Palette | None:
    """Palette of a header; None when it has none."""
    if tags.RED_PALETTE_DESCRIPTOR not in elements:
        return None
    channels = (
        (tags.RED_PALETTE_DESCRIPTOR, tags.RED_PALETTE, tags.RED_SEGMENTED_PALETTE),
        (tags.GREEN_PALETTE_DESCRIPTOR, tags.GREEN_PALETTE, tags.GREEN_SEGMENTED_PALETTE),
        (tags.BLUE_PALETTE_DESCRIPTOR, tags.BLUE_PALETTE, tags.BLUE_SEGMENTED_PALETTE),
    )
    colors = [_channel(elements, *channel) for channel in channels]
    if len({len(c) for c in colors}) != 1:
        raise CorruptFile("The three channels of its palette have different lengths.")
    code = "h" if is_signed else "H"
    return Palette(int(elements.numbers(tags.RED_PALETTE_DESCRIPTOR, code)[1]), np.stack(colors, axis=-1))


def _channel(elements: Elements, descriptor_tag: int, plain: int, segmented: int) -> Array:
    descriptor = elements.numbers(descriptor_tag, "H")
    if len(descriptor) != 3:
        raise CorruptFile("The descriptor of its palette does not hold three numbers.")
    count = int(descriptor[0]) or 65536
    order = "<" if elements.encoding.is_little else ">"
    data = elements.values.get(plain) or elements.values.get(segmented, b"")
    is_bytes = descriptor[2] == 8 and (plain not in elements or len(data) <= count + 1)
    entries = np.frombuffer(data, "u1") if is_bytes else np.frombuffer(data[: len(data) & ~1], order + "u2")
    if plain not in elements:
        entries = np.array(_segments(entries.tolist(), count, is_bytes=is_bytes), np.uint16)
    if len(entries) < count:
        raise CorruptFile(f"Its palette declares {count} entries and holds {len(entries)}.")
    entries = entries[:count].astype(np.uint16)
    is_wide = descriptor[2] == 16 and int(entries.max()) > 255
    return (entries >> 8 if is_wide else entries).astype(np.uint8)


def _segments(codes: list[int], count: int, *, is_bytes: bool) -> list[int]:
    """Expand a segmented palette (PS3.3 C.7.9.2): runs, lines and references to earlier segments."""
    made: list[int] = []
    position = 0
    try:
        while position < len(codes) and len(made) < count:
            if codes[position] != 2:
                position += _extend(made, codes, position)
                continue
            if is_bytes:
                start, size = int.from_bytes(bytes(codes[position + 2 : position + 6]), "little"), 6
            else:
                start, size = (codes[position + 2] | codes[position + 3] << 16) // 2, 4
            for _ in range(codes[position + 1]):
                start += _extend(made, codes, start)
                if len(made) > 2 * 65536:
                    raise CorruptFile("Its segmented palette does not end.")
            position += size
    except IndexError:
        raise CorruptFile("Its segmented palette ends too early.") from None
    return made


def _extend(made: list[int], codes: list[int], position: int) -> int:
    """Append one run of entries or one line to ``made``; returns how many codes it took."""
    kind, length = codes[position], codes[position + 1]
    if kind not in (0, 1) or not length or (kind == 1 and not made):
        raise CorruptFile("Its segmented palette holds a segment that cannot be.")
    if kind == 0:
        made.extend(codes[position + 2 : position + 2 + length])
        return 2 + length
    start, stop = made[-1], codes[position + 2]
    made.extend(round(start + (stop - start) * step / length) for step in range(1, length + 1))
    return 3
