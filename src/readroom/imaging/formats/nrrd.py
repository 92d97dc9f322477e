"""NRRD: attached (``.nrrd``) or with its pixels in one file beside it (``.nhdr``)."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from readroom.imaging.errors import CorruptFile, UnsupportedContent
from readroom.imaging.formats.axes import geometry_of, uncalibrated
from readroom.imaging.formats.bounds import (
    HEADER_BYTES,
    check_available,
    check_sizes,
    file_bytes,
    find_companion,
    label,
    parse_numbers,
    parse_sizes,
)
from readroom.imaging.formats.stored import (
    Compression,
    FileBytes,
    GridSource,
    InflatedBytes,
    InterleavedTimes,
    StoredBytes,
)
from readroom.imaging.geometry import Finding, FindingKind, Geometry
from readroom.imaging.source import Color, ImageHeader, Opened, Siblings, UploadedFile

MAGIC = re.compile(rb"NRRD(\d{4})\r?\n")
TYPES = {
    "i1": ("signed char", "int8", "int8_t"),
    "u1": ("uchar", "unsigned char", "uint8", "uint8_t"),
    "i2": ("short", "short int", "signed short", "signed short int", "int16", "int16_t"),
    "u2": ("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"),
    "i4": ("int", "signed int", "int32", "int32_t"),
    "u4": ("uint", "unsigned int", "uint32", "uint32_t"),
    "i8": ("longlong", "long long", "long long int", "signed long long", "signed long long int", "int64", "int64_t"),
    "u8": ("ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t"),
    "f4": ("float",),
    "f8": ("double",),
}
CODES = {name: code for code, names in TYPES.items() for name in names}
COMPRESSIONS = {
    "raw": None,
    "gzip": Compression.GZIP,
    "gz": Compression.GZIP,
    "bzip2": Compression.BZIP2,
    "bz2": Compression.BZIP2,
}
TO_LPS = {
    "right-anterior-superior": (-1.0, -1.0, 1.0),
    "ras": (-1.0, -1.0, 1.0),
    "left-anterior-superior": (1.0, -1.0, 1.0),
    "las": (1.0, -1.0, 1.0),
    "left-posterior-superior": (1.0, 1.0, 1.0),
    "lps": (1.0, 1.0, 1.0),
}
TO_LPS |= {f"{short}t": TO_LPS[short] for short in ("ras", "las", "lps")}
MILLIMETRES = {"m": 1000.0, "cm": 10.0, "mm": 1.0, "um": 0.001, "µm": 0.001, "micron": 0.001, "microns": 0.001}
COLOR_KINDS = {"rgb-color": 3, "3-color": 3, "rgba-color": 4, "4-color": 4}
SPATIAL_KINDS = {"domain", "space"}
TIME_KINDS = {"time", "list"}


class Nrrd:
    """The format of Teem and Slicer: grey, colour and time."""

    name = "NRRD"

    def recognizes(self, file: UploadedFile) -> bool:
        return file.head.startswith(b"NRRD") or file.name.lower().endswith((".nrrd", ".nhdr"))

    def open(self, file: UploadedFile, siblings: Siblings) -> Opened:
        size = file_bytes(file.path, label(file))
        fields, start = read_fields(file)
        companions: tuple[UploadedFile, ...] = ()
        data = file
        named = fields.get("data file", fields.get("datafile"))
        if named is not None:
            data, start = find_companion(named, file, siblings), 0
            companions, size = (data,), file_bytes(data.path, label(data))
        grid = parse_grid(fields, label(file))
        pixels = locate_pixels(fields, grid, data, start=start, size=size)
        header = describe(fields, grid, files=(file, *companions))
        if grid.is_time_fastest:
            pixels = InterleavedTimes(
                pixels,
                times=header.time_points,
                frame_bytes=grid.frame_bytes,
                item_bytes=grid.stored.itemsize,
                total=math.prod(grid.sizes) * grid.stored.itemsize,
            )
        return Opened(images=(GridSource(header, pixels, grid.stored),), companions=companions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Sizes, type and the role of each axis, fastest first."""

    sizes: tuple[int, ...]
    spatial: tuple[int, ...]
    """Which axes are of space."""
    time: int | None
    samples: int
    stored: np.dtype[np.generic]

    @property
    def is_time_fastest(self) -> bool:
        return self.time == 0

    @property
    def shape(self) -> tuple[int, ...]:
        space = tuple(self.sizes[axis] for axis in reversed(self.spatial))
        times = (self.sizes[self.time],) if self.time is not None and self.sizes[self.time] > 1 else ()
        if times and len(space) == 2:
            space = (1, *space)
        return (*times, *space, *((self.samples,) if self.samples > 1 else ()))

    @property
    def frame_bytes(self) -> int:
        return math.prod(self.sizes[axis] for axis in self.spatial[:2]) * self.samples * self.stored.itemsize


def read_fields(file: UploadedFile) -> tuple[dict[str, str], int]:
    """Read the fields of the text header, and where it ends."""
    with file.path.open("rb") as stream:
        text = stream.read(HEADER_BYTES)
    magic = MAGIC.match(text)
    if magic is None or not 1 <= int(magic[1]) <= 5:
        raise UnsupportedContent(f"{label(file)} is not of an NRRD version that is read (1 to 5); save it again.")
    fields: dict[str, str] = {}
    position = magic.end()
    while position < len(text):
        end = text.find(b"\n", position)
        end = len(text) if end < 0 else end
        line = text[position:end].decode("utf-8", "replace").rstrip("\r")
        position = end + 1
        if not line:
            break
        key, colon, value = line.partition(":")
        if colon and not line.startswith("#") and not value.startswith("="):
            fields[key.strip().lower()] = value.strip()
    return fields, min(position, len(text))


def parse_grid(fields: Mapping[str, str], name: str) -> Grid:
    (dimension,) = parse_sizes(fields.get("dimension", ""), count=1, what="dimension", name=name)
    if not 1 <= dimension <= 5:
        raise UnsupportedContent(f"{name} has {dimension} dimensions; save it with two, three or four.")
    sizes = parse_sizes(fields.get("sizes", ""), count=dimension, what="sizes", name=name)
    code = CODES.get(fields.get("type", "").lower())
    if code is None:
        raise UnsupportedContent(f"{name} holds values of a type that is not read; save it as integers or floats.")
    stored = np.dtype(f"{'>' if fields.get('endian', '').lower() == 'big' else '<'}{code}")
    spatial, time, samples = parse_roles(fields, sizes, name)
    if samples > 1 and code not in ("u1", "u2"):
        raise UnsupportedContent(f"{name} holds vectors, not grey values or colours; save one component per file.")
    grid = Grid(sizes=sizes, spatial=spatial, time=time, samples=samples, stored=stored)
    check_sizes(grid.shape, frame_axes=3 if samples > 1 else 2, item_bytes=stored.itemsize, name=name)
    return grid


def parse_roles(
    fields: Mapping[str, str], sizes: tuple[int, ...], name: str
) -> tuple[tuple[int, ...], int | None, int]:
    """Tell which axes are space, which is time, and how many samples a voxel has."""
    axes = list(range(len(sizes)))
    kinds = fields.get("kinds", "").lower().split()
    kinds = kinds if len(kinds) == len(sizes) else [""] * len(sizes)
    vectors = split_vectors(fields.get("space directions", ""))
    samples, time = 1, None
    is_vector = [kinds[i] == "vector" or (len(vectors) == len(sizes) and vectors[i] == "none") for i in axes]
    if COLOR_KINDS.get(kinds[0]) == sizes[0] or (is_vector[0] and kinds[0] not in TIME_KINDS and sizes[0] in (3, 4)):
        samples = sizes[axes.pop(0)]
    for i in (axes[-1], axes[0]):
        is_rest = kinds[i] not in SPATIAL_KINDS and len(axes) == 4
        if time is None and len(axes) > 2 and (kinds[i] in TIME_KINDS or is_vector[i] or (i == axes[-1] and is_rest)):
            time = i
            axes.remove(i)
    if time is None and len(axes) == 4:
        time = axes.pop()
    if not 2 <= len(axes) <= 3 or (time == 0 and samples > 1) or (axes != list(range(axes[0], axes[-1] + 1))):
        raise UnsupportedContent(f"{name} has axes that are not read; save it with two, three or four dimensions.")
    return tuple(axes), time, samples


def split_vectors(text: str) -> list[str]:
    """Split ``none (1,0,0) (0,1,0)`` into its parts."""
    return re.findall(r"none|\([^()]*\)", text.lower())


def locate_pixels(fields: Mapping[str, str], grid: Grid, data: UploadedFile, *, start: int, size: int) -> StoredBytes:
    total = math.prod(grid.sizes) * grid.stored.itemsize
    encoding = fields.get("encoding", "").lower()
    if encoding not in COMPRESSIONS:
        raise UnsupportedContent(
            f"{label(data)} holds its pixels in an encoding that is not read; save it raw or gzip."
        )
    skip = parse_skip(fields, "byte skip", "byteskip", label(data))
    start += bytes_of_lines(data, start, parse_skip(fields, "line skip", "lineskip", label(data)))
    compression = COMPRESSIONS[encoding]
    if compression is None:
        start = size - total if skip == -1 else start + skip
        check_available(total, size if start < 0 else size - start, label(data))
        return FileBytes(data.path, label(data), start)
    if compression is Compression.GZIP:
        check_available(total // 1032, size - start, label(data))  # deflate never does better
    return InflatedBytes(
        data.path, name=label(data), start=start, compression=compression, skip=max(skip, 0), size=total
    )


def parse_skip(fields: Mapping[str, str], key: str, other: str, name: str) -> int:
    (skip,) = parse_sizes(fields.get(key, fields.get(other, "0")), count=1, what=key, name=name)
    if not -1 <= skip <= 2**40:
        raise CorruptFile(f"{name}: {key} is out of range; export the file again from the original.")
    return skip


def bytes_of_lines(data: UploadedFile, start: int, lines: int) -> int:
    if lines <= 0:
        return 0
    with data.path.open("rb") as file:
        file.seek(start)
        text = file.read(HEADER_BYTES)
    parts = text.split(b"\n", lines)
    if len(parts) <= lines:
        raise CorruptFile(f"{label(data)}: line skip leads beyond the file; export it again from the original.")
    return len(text) - len(parts[-1])


def describe(fields: Mapping[str, str], grid: Grid, *, files: tuple[UploadedFile, ...]) -> ImageHeader:
    name = label(files[0])
    geometry, findings = parse_geometry(fields, grid, name)
    has_time = grid.time is not None and grid.sizes[grid.time] > 1
    return ImageHeader(
        name=name,
        shape=grid.shape,
        dtype=grid.stored.newbyteorder("="),
        color={1: Color.GRAY, 3: Color.RGB, 4: Color.RGBA}[grid.samples],
        time_points=grid.sizes[grid.time] if has_time and grid.time is not None else 1,
        geometry=geometry,
        findings=findings,
        files=tuple(file.path for file in files),
    )


def parse_geometry(fields: Mapping[str, str], grid: Grid, name: str) -> tuple[Geometry, tuple[Finding, ...]]:
    """Read axes and origin, turned to LPS millimetres where the space has anatomical names."""
    space = fields.get("space", "").lower().removesuffix("-time")
    count = len(grid.spatial)
    vectors = split_vectors(fields.get("space directions", ""))
    findings: list[Finding] = []
    axes: list[list[float]]
    if len(vectors) == len(grid.sizes):
        width = vectors[grid.spatial[0]].count(",") + 1
        axes = [
            list(parse_numbers(vectors[i].strip("()"), count=width, what="space directions", name=name))
            for i in grid.spatial
        ]
        origin = read_origin(fields, width, name)
        if width == 3 and count == 2:
            axes.append(np.cross(axes[0], axes[1]).tolist())
            axes[2] = [value / max(float(np.linalg.norm(axes[2])), 1e-12) for value in axes[2]]
    else:
        steps = read_spacings(fields, grid, name)
        if steps is None:
            findings.append(uncalibrated("The header gives no spacing."))
        axes = [[(steps or [1.0] * count)[i] * (i == j) for j in range(count)] for i in range(count)]
        origin = [0.0] * count
    signs = TO_LPS.get(space)
    if signs is None:
        findings.append(
            Finding(FindingKind.MISSING_ORIENTATION, "The header names no anatomical space; its own axes are used.")
        )
    scale = unit_of(fields)
    turn = [sign * scale for sign in signs or (1.0, 1.0, 1.0)]
    axes = [[value * sign for value, sign in zip(axis, turn, strict=False)] for axis in axes]
    origin = [value * sign for value, sign in zip(origin, turn, strict=False)]
    geometry, doubts = geometry_of(axes, origin, name=name, what="space directions")
    return geometry, (*findings, *doubts)


def read_origin(fields: Mapping[str, str], width: int, name: str) -> list[float]:
    text = fields.get("space origin", "")
    if not text:
        return [0.0] * width
    return list(parse_numbers(text.strip("() "), count=width, what="space origin", name=name))


def read_spacings(fields: Mapping[str, str], grid: Grid, name: str) -> list[float] | None:
    words = fields.get("spacings", "").lower().split()
    if len(words) != len(grid.sizes):
        return None
    chosen = " ".join(words[i] for i in grid.spatial)
    if "nan" in chosen:
        return None
    return [abs(v) or 1.0 for v in parse_numbers(chosen, count=len(grid.spatial), what="spacings", name=name)]


def unit_of(fields: Mapping[str, str]) -> float:
    """Millimetres in one unit of space."""
    units = re.findall(r'"([^"]*)"', fields.get("space units", "")) or ["mm"]
    return MILLIMETRES.get(units[0].lower(), 1.0)
