"""OCT and fundus files of Topcon (``.fda``, ``.fds``) and Heidelberg (``.e2e``).

The layouts are not published; they are read as the community found them. Only pixels and their size are taken from
these files, never the patient's data. Every position and length is bounded by the file.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from readroom.imaging.errors import CorruptFile, TruncatedFile, UnsupportedContent
from readroom.imaging.formats.axes import uncalibrated
from readroom.imaging.formats.bounds import check_available, check_sizes, file_bytes, label
from readroom.imaging.formats.heidelberg import read_heidelberg
from readroom.imaging.formats.octframes import (
    DecodedSource,
    EncodedFrames,
    PlainFrames,
)
from readroom.imaging.geometry import Finding, Geometry
from readroom.imaging.source import Color, ImageHeader, ImageSource, Opened, Siblings, UploadedFile

TOPCON_MARK, HEIDELBERG_MARKS = b"FOCT", (b"CMDb", b"E2EMultipleVolumeFile")
HEADER = 15
MAX_CHUNKS = 10_000
MAX_SLICES = 10_000


class Ophthalmic:
    """Files of eye clinics: OCT volumes and the pictures of the retina beside them."""

    name = "OCT"

    def recognizes(self, file: UploadedFile) -> bool:
        return file.head.startswith((TOPCON_MARK, *HEIDELBERG_MARKS))

    def open(self, file: UploadedFile, siblings: Siblings) -> Opened:  # noqa: ARG002 - one file holds all
        name = label(file)
        size = file_bytes(file.path, name)
        if not file.head.startswith(TOPCON_MARK):
            return Opened(images=read_heidelberg(file.path, name, size))
        chunks = {chunk.name: chunk for chunk in walk_chunks(file.path, name, size)}
        images = [image for read in READERS for image in read(file.path, name, chunks)]
        if not images:
            raise UnsupportedContent(f"{name} holds no OCT or fundus picture that is read; export it as DICOM.")
        return Opened(images=tuple(images))


@dataclass(frozen=True, slots=True)
class Chunk:
    """A named part of a Topcon file."""

    name: bytes
    start: int
    size: int


Chunks = dict[bytes, Chunk]


def walk_chunks(path: Path, name: str, size: int) -> Iterator[Chunk]:
    """Yield the parts: a length and a name, a length and the content."""
    with path.open("rb") as file:
        at = HEADER
        for _ in range(MAX_CHUNKS):
            file.seek(at)
            length = file.read(1)
            if length in (b"", b"\0"):
                return
            title = file.read(length[0])
            words = file.read(4)
            if len(words) < 4:
                raise TruncatedFile(f"{name} ends inside one of its parts; upload it again from the original.")
            (content,) = struct.unpack("<I", words)
            start = at + 1 + length[0] + 4
            check_available(content, size - start, name)
            yield Chunk(title, start, content)
            at = start + content
    raise CorruptFile(f"{name} is divided into too many parts; export it again from the original.")


def unpack_at(path: Path, chunk: Chunk, format_: str, offset: int = 0) -> tuple[int, ...]:
    """Read numbers at an offset of a part, which must hold them."""
    length = struct.calcsize(format_)
    check_available(offset + length, chunk.size, path.name)
    with path.open("rb") as file:
        file.seek(chunk.start + offset)
        return struct.unpack(format_, file.read(length))


def read_raw_volume(path: Path, name: str, chunks: Chunks) -> list[ImageSource]:
    """Read an OCT volume of plain 16-bit values."""
    chunk = chunks.get(b"@IMG_SCAN_03") or chunks.get(b"@IMG_MOT_COMP_03")
    if chunk is None or b"@IMG_JPEG" in chunks:
        return []
    columns, rows, _, slices = unpack_at(path, chunk, "<4I", 1)
    total = check_sizes((slices, rows, columns), frame_axes=2, item_bytes=2, name=name)
    check_available(total, chunk.size - 22, name)
    header = describe_volume(path, name, chunks, shape=(slices, rows, columns), dtype=np.dtype(np.uint16))
    return [DecodedSource(header, PlainFrames(path, name, start=chunk.start + 22, shape=(rows, columns), dtype="<u2"))]


def read_packed_volume(path: Path, name: str, chunks: Chunks) -> list[ImageSource]:
    """Read an OCT volume whose slices are JPEG 2000 streams."""
    chunk = chunks.get(b"@IMG_JPEG")
    if chunk is None:
        return []
    columns, rows, slices = unpack_at(path, chunk, "<3I", 9)
    check_sizes((slices, rows, columns), frame_axes=2, item_bytes=2, name=name)
    if slices > MAX_SLICES:
        raise CorruptFile(f"{name} declares {slices} slices; export it again from the original.")
    spans, at = [], 25
    for _ in range(slices):
        (length,) = unpack_at(path, chunk, "<I", at)
        check_available(length, chunk.size - at - 4, name)
        spans.append((chunk.start + at + 4, length))
        at += 4 + length
    frames = EncodedFrames(path, name, spans=tuple(spans), shape=(rows, columns))
    header = describe_volume(path, name, chunks, shape=(slices, rows, columns), dtype=frames.probe())
    return [DecodedSource(header, frames)]


def read_fundus(path: Path, name: str, chunks: Chunks) -> list[ImageSource]:
    """Read the colour picture of the retina, which is stored blue first."""
    images: list[ImageSource] = []
    if chunk := chunks.get(b"@IMG_FUNDUS"):
        columns, rows = unpack_at(path, chunk, "<2I")
        (length,) = unpack_at(path, chunk, "<I", 20)
        check_sizes((rows, columns, 3), frame_axes=3, item_bytes=1, name=name)
        check_available(length, chunk.size - 24, name)
        spans = ((chunk.start + 24, length),)
        packed = EncodedFrames(path, name, spans=spans, shape=(rows, columns, 3), is_blue_first=True)
        packed.probe()
        images.append(DecodedSource(describe_fundus(path, name, (rows, columns, 3)), packed))
    elif chunk := chunks.get(b"@IMG_OBS"):
        columns, rows = unpack_at(path, chunk, "<2I")
        total = check_sizes((rows, columns, 3), frame_axes=3, item_bytes=1, name=name)
        check_available(total, chunk.size - 21, name)
        plain = PlainFrames(
            path, name, start=chunk.start + 21, shape=(rows, columns, 3), dtype="u1", is_blue_first=True
        )
        images.append(DecodedSource(describe_fundus(path, name, (rows, columns, 3)), plain))
    return images


READERS = (read_packed_volume, read_raw_volume, read_fundus)


def describe_volume(
    path: Path, name: str, chunks: Chunks, *, shape: tuple[int, int, int], dtype: np.dtype[np.generic]
) -> ImageHeader:
    spacing = spacing_of(path, chunks, shape)
    findings: Sequence[Finding] = () if spacing else (uncalibrated("The file records no size of its scan."),)
    return ImageHeader(
        name=f"{name} [OCT]",
        shape=shape,
        dtype=dtype,
        modality="OPT",
        geometry=Geometry(spacing=spacing or (1.0, 1.0, 1.0)),
        findings=tuple(findings),
        files=(path,),
    )


def spacing_of(path: Path, chunks: Chunks, shape: tuple[int, int, int]) -> tuple[float, float, float] | None:
    """Size of a voxel from the scan's width and depth and the resolution along the beam, when they are plausible."""
    offset, chunk = 12, chunks.get(b"@PARAM_SCAN_04")
    if chunk is None:
        offset, chunk = 21, chunks.get(b"@PARAM_SCAN_02")
    if chunk is None or chunk.size < offset + 24:
        return None
    width, depth, microns = unpack_at(path, chunk, "<3d", offset)
    slices, _, columns = shape
    spacing = (width / columns, microns / 1000, depth / slices)
    return spacing if all(1e-5 < value < 10 for value in spacing) else None


def describe_fundus(path: Path, name: str, shape: tuple[int, ...]) -> ImageHeader:
    return ImageHeader(
        name=f"{name} [fundus]",
        shape=shape,
        dtype=np.dtype(np.uint8),
        color=Color.RGB,
        modality="OP",
        findings=(uncalibrated("The file records no size of a pixel of the fundus picture."),),
        files=(path,),
    )
