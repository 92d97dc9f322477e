"""Data elements in memory: where one ends, what it holds, and the items of a sequence.

Every length is compared with what is there before it is used, nesting is counted instead of recursed into, and every
step moves forward, so that no content can make the walk crash, hang or allocate.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from struct import Struct

from readroom.imaging.errors import CorruptFile, TooLarge, TruncatedFile

UNDEFINED = 0xFFFFFFFF
DEEPEST_NESTING = 64
MOST_STEPS = 2_000_000
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
SHORT_VRS = frozenset(
    b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split()  # DICOM PS3.5 table 7.1-2
)
LONG_VRS = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())
TAG_NAMES = "({:04X},{:04X})"


class Shortage(Exception):
    """The element that begins at ``position`` goes on behind the bytes at hand."""

    def __init__(self, position: int) -> None:
        super().__init__()
        self.position = position


@dataclass(frozen=True, slots=True)
class Encoding:
    """How elements are written: with or without their value representation, and in which byte order."""

    is_explicit: bool
    is_little: bool
    head: Struct
    short: Struct
    long: Struct

    @classmethod
    def of(cls, *, is_explicit: bool, is_little: bool) -> Encoding:
        order = "<" if is_little else ">"
        return cls(
            is_explicit, is_little, Struct(order + ("HH2sH" if is_explicit else "HHI")), Struct(order + "H"),
            Struct(order + "I"),
        )  # fmt: skip


IMPLICIT_LITTLE = Encoding.of(is_explicit=False, is_little=True)
EXPLICIT_LITTLE = Encoding.of(is_explicit=True, is_little=True)
EXPLICIT_BIG = Encoding.of(is_explicit=True, is_little=False)
IMPLICIT_BIG = Encoding.of(is_explicit=False, is_little=False)


def name_of(tag: int) -> str:
    return TAG_NAMES.format(tag >> 16, tag & 0xFFFF)


def element_at(data: bytes, position: int, encoding: Encoding) -> tuple[int, bytes, int, int]:
    """Tag, value representation, where the value begins and how long it is (or `UNDEFINED`)."""
    if position + 12 > len(data):
        return _element_near_the_end(data, position, encoding)
    if not encoding.is_explicit:
        group, number, length = encoding.head.unpack_from(data, position)
        return group << 16 | number, b"", position + 8, length
    group, number, vr, length = encoding.head.unpack_from(data, position)
    if group == 0xFFFE:
        return group << 16 | number, b"", position + 8, encoding.long.unpack_from(data, position + 4)[0]
    if vr in SHORT_VRS:
        return group << 16 | number, vr, position + 8, length
    if vr in LONG_VRS:
        return group << 16 | number, vr, position + 12, encoding.long.unpack_from(data, position + 8)[0]
    return group << 16 | number, b"", position + 8, encoding.long.unpack_from(data, position + 4)[0]


def _element_near_the_end(data: bytes, position: int, encoding: Encoding) -> tuple[int, bytes, int, int]:
    if position + 8 > len(data):
        raise Shortage(position)
    tag, vr, value, length = element_at(data[position : position + 8] + bytes(4), 0, encoding)
    if value == 12:
        raise Shortage(position)
    return tag, vr, position + value, length


def end_of_sequence(data: bytes, position: int, encoding: Encoding) -> int:
    """Step over the items of a sequence of undefined length; returns where its delimiter begins."""
    is_item: list[bool] = [False]
    encodings = [encoding]
    for _ in range(MOST_STEPS):
        tag, vr, value, length = element_at(data, position, encodings[-1])
        if tag in (ITEM_END, SEQUENCE_END):
            is_item.pop()
            encodings.pop()
            if not is_item:
                return position
            position = value
        elif length != UNDEFINED:
            position = value + length
        else:
            is_item.append(tag == ITEM)
            encodings.append(IMPLICIT_LITTLE if vr == b"UN" else encodings[-1])
            position = value
            if len(is_item) > 2 * DEEPEST_NESTING:
                raise CorruptFile(f"Its sequences are nested deeper than {DEEPEST_NESTING}.")
        if position > len(data):
            raise Shortage(position)
    raise TooLarge(f"A sequence of its header has more than {MOST_STEPS:,} elements.")


@dataclass(slots=True)
class Elements:
    """The elements of a data set or of one item, as bytes, with typed ways to read them."""

    encoding: Encoding
    values: dict[int, bytes] = field(default_factory=dict)
    implicit: set[int] = field(default_factory=set)

    def __contains__(self, tag: int) -> bool:
        return bool(self.values.get(tag))

    def text(self, tag: int) -> str:
        """The value as it stands, without padding; "" when absent."""
        return self.values.get(tag, b"").decode("latin-1").strip(" \0")

    def texts(self, tag: int) -> tuple[str, ...]:
        text = self.text(tag)
        return tuple(part.strip(" \0") for part in text.split("\\")) if text else ()

    def decimals(self, tag: int) -> tuple[float, ...]:
        """Numbers written as text (DS, IS); empty when absent, unreadable or not finite."""
        try:
            numbers = tuple(map(float, self.values[tag].split(b"\\"))) if tag in self else ()
        except ValueError:
            cleaned = self.values[tag].replace(b"\0", b" ").replace(b",", b".")
            try:
                numbers = tuple(map(float, cleaned.split(b"\\")))
            except ValueError:
                return ()
        return numbers if all(map(math.isfinite, numbers)) else ()

    def decimal(self, tag: int) -> float | None:
        numbers = self.decimals(tag)
        return numbers[0] if numbers else None

    def whole(self, tag: int) -> int | None:
        number = self.decimal(tag)
        return None if number is None else int(number)

    def numbers(self, tag: int, code: str) -> tuple[float, ...]:
        """Numbers written in binary: ``code`` as in the struct module (H, I, d ...)."""
        data = self.values.get(tag, b"")
        size = Struct("<" + code).size
        order = "<" if self.encoding.is_little or tag in self.implicit else ">"
        return Struct(f"{order}{len(data) // size}{code}").unpack_from(data)

    def short(self, tag: int) -> int | None:
        """The first unsigned 16-bit number."""
        data = self.values.get(tag, b"")
        return int(self.encoding.short.unpack_from(data)[0]) if len(data) >= 2 else None

    def doubles(self, tag: int) -> tuple[float, ...]:
        numbers = self.numbers(tag, "d")
        return numbers if all(map(math.isfinite, numbers)) else ()

    def double(self, tag: int) -> float | None:
        numbers = self.doubles(tag)
        return numbers[0] if numbers else None

    def items(self, tag: int) -> list[Elements]:
        """The items of a sequence; raises `CorruptFile` when they contradict their lengths."""
        encoding = IMPLICIT_LITTLE if tag in self.implicit else self.encoding
        return list(split_items(self.values.get(tag, b""), encoding, tag))

    def item(self, tag: int) -> Elements:
        """The first item of a sequence, or an empty one."""
        for item in split_items(self.values.get(tag, b""), self.encoding, tag) if tag not in self.implicit else ():
            return item
        items = self.items(tag) if tag in self.implicit else []
        return items[0] if items else Elements(self.encoding)


def split_items(data: bytes, encoding: Encoding, tag: int) -> Iterator[Elements]:
    position = 0
    try:
        while position + 8 <= len(data):
            found, _, value, length = element_at(data, position, encoding)
            if found == SEQUENCE_END:
                return
            if found != ITEM:
                raise CorruptFile(f"The sequence {name_of(tag)} holds something that is no item.")
            item = Elements(encoding)
            end = len(data) if length == UNDEFINED else value + length
            position = _fill(item, data, value, end)
            yield item
    except Shortage:
        raise TruncatedFile(f"The sequence {name_of(tag)} ends too early.") from None


def _fill(item: Elements, data: bytes, position: int, end: int) -> int:
    """Read the elements of one item; returns where the next item begins."""
    if end > len(data):
        raise Shortage(position)
    while position + 8 <= end:
        tag, vr, value, length = element_at(data, position, item.encoding)
        if tag == ITEM_END:
            return value
        if vr == b"UN":
            item.implicit.add(tag)
        if length == UNDEFINED:
            stop = end_of_sequence(data, value, IMPLICIT_LITTLE if vr == b"UN" else item.encoding)
            position = stop + 8
        else:
            stop = position = value + length
        if position > end:
            raise Shortage(value)
        item.values[tag] = data[value:stop]
    return end
