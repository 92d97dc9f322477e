"""Heidelberg's ``.e2e``: a chain of directories whose entries lead to slices and pictures of the retina."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from readroom.imaging.errors import CorruptFile, TruncatedFile, UnsupportedContent
from readroom.imaging.formats.axes import uncalibrated
from readroom.imaging.formats.bounds import check_available, check_sizes
from readroom.imaging.formats.octframes import DecodedSource, PlainFrames, TabledFrames
from readroom.imaging.source import ImageHeader, ImageSource, Scale

SEVERAL_VOLUMES = b"E2EMultipleVolumeFile"
DIRECTORY, ENTRY, CHUNK, PICTURE = (
    struct.Struct("<12sI20s4I"),
    struct.Struct("<7IiHHII"),
    struct.Struct("<12s8IiHHII"),
    struct.Struct("<5I"),
)
MAX_DIRECTORIES = 100_000
MAX_ENTRIES = 1_000_000
PIXELS = 0x40000000
RETINA, SCAN = 0, 1
TOP = 65_535


@dataclass(frozen=True, slots=True)
class Picture:
    """One slice of a scan or one picture of the retina."""

    volume: tuple[int, int, int]
    kind: int
    slice: int
    start: int
    shape: tuple[int, int]


def read_heidelberg(path: Path, name: str, size: int) -> tuple[ImageSource, ...]:
    """List the scans and the pictures of the retina."""
    with path.open("rb") as file:
        pictures = list(list_pictures(file.fileno(), name, size))
    groups: dict[tuple[object, ...], list[Picture]] = {}
    for picture in pictures:
        groups.setdefault((picture.kind != SCAN, picture.volume, picture.shape), []).append(picture)
    images: list[ImageSource] = []
    for (_, volume, _), members in sorted(groups.items(), key=lambda item: repr(item[0])):
        title = "-".join(str(number) for number in volume)  # type: ignore[attr-defined]
        make = make_scan if members[0].kind == SCAN else make_retina
        images.append(make(path, name, f"{name} [{title}]", members))
    if not images:
        raise UnsupportedContent(f"{name} holds no OCT or fundus picture that is read; export it as DICOM.")
    return tuple(images)


def read_struct(descriptor: int, layout: struct.Struct, at: int, name: str) -> tuple[int, ...]:
    data = os.pread(descriptor, layout.size, at)
    if len(data) < layout.size:
        raise TruncatedFile(f"{name} ends inside one of its parts; upload it again from the original.")
    return layout.unpack(data)


def list_pictures(descriptor: int, name: str, size: int) -> Iterator[Picture]:
    base = 64 if os.pread(descriptor, len(SEVERAL_VOLUMES), 0) == SEVERAL_VOLUMES else 0
    for start in list_chunks(descriptor, name, base):
        if start + CHUNK.size + PICTURE.size > size:
            continue
        chunk = read_struct(descriptor, CHUNK, start, name)
        (volume, slice_, kind, type_) = (chunk[6:9], chunk[9], chunk[10], chunk[12])
        if type_ != PIXELS or kind not in (RETINA, SCAN):
            continue
        *_, rows, columns = read_struct(descriptor, PICTURE, start + CHUNK.size, name)
        if rows == 0 or columns == 0:
            continue
        total = check_sizes((rows, columns), frame_axes=2, item_bytes=2 if kind == SCAN else 1, name=name)
        pixels = start + CHUNK.size + PICTURE.size
        check_available(total, size - pixels, name)
        yield Picture((volume[0], volume[1], volume[2]), kind, slice_ // 2, pixels, (rows, columns))


def list_chunks(descriptor: int, name: str, base: int) -> Iterator[int]:
    """Walk the directories from the last to the first and yield where their entries lead."""
    at = read_struct(descriptor, DIRECTORY, base + 36, name)[4]
    seen: list[int] = []
    visited: set[int] = set()
    while at:
        if at in visited or len(seen) >= MAX_DIRECTORIES:
            raise CorruptFile(f"{name}: the chain of its directories has no end; export it again from the original.")
        visited.add(at)
        seen.append(at)
        at = read_struct(descriptor, DIRECTORY, base + at, name)[5]
    left = MAX_ENTRIES
    for directory in seen:
        count = read_struct(descriptor, DIRECTORY, base + directory, name)[3]
        left -= count
        if left < 0:
            raise CorruptFile(f"{name} lists too many parts; export it again from the original.")
        data = os.pread(descriptor, count * ENTRY.size, base + directory + DIRECTORY.size)
        for entry in ENTRY.iter_unpack(data[: len(data) // ENTRY.size * ENTRY.size]):
            if entry[1] > entry[0]:
                yield base + entry[1]


def make_scan(path: Path, name: str, title: str, members: list[Picture]) -> ImageSource:
    """Put the slices of a scan in order; where two have one number, the later counts."""
    by_number = {picture.slice: picture for picture in members}
    ordered = [by_number[number] for number in sorted(by_number)] if len(by_number) > 1 else members
    shape = ordered[0].shape
    header = ImageHeader(
        name=f"{title} [OCT]",
        shape=(len(ordered), *shape),
        dtype=np.dtype(np.uint16),
        modality="OPT",
        findings=(uncalibrated("The file records the scan in degrees."),),
        scales=(Scale(1 / TOP),),
        files=(path,),
    )
    starts = [picture.start for picture in ordered]
    return DecodedSource(header, TabledFrames(path, name, starts, shape, intensities()))


def make_retina(path: Path, name: str, title: str, members: list[Picture]) -> ImageSource:
    """Take the last picture of the retina of a series; the others repeat it."""
    picture = members[-1]
    header = ImageHeader(
        name=f"{title} [fundus]",
        shape=picture.shape,
        dtype=np.dtype(np.uint8),
        modality="OP",
        findings=(uncalibrated("The file records the picture in degrees."),),
        files=(path,),
    )
    return DecodedSource(header, PlainFrames(path, name, start=picture.start, shape=picture.shape, dtype="u1"))


@cache
def intensities() -> NDArray[np.uint16]:
    """Brightness of every code: floats with 6 bits of exponent and 10 of mantissa, shown by their logarithm."""
    codes = np.arange(TOP + 1)
    values = (1 + (codes & 0x3FF) / 1024) * np.exp2((codes >> 10) - 63.0)
    shown = np.where(values <= 1, (np.log(values + 2.44e-4) + 8.3) / 8.285, 1.0)
    levels: NDArray[np.float64] = np.rint(np.clip(shown, 0, 1) * TOP)
    return levels.astype(np.uint16)
