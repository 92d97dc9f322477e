"""MetaImage: ``.mha`` with its pixels inside, ``.mhd`` with a ``.raw`` or ``.zraw`` beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from readroom.imaging.errors import CorruptFile, UnsupportedContent
from readroom.imaging.formats.axes import UNIT_AXES, geometry_of, uncalibrated
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
from readroom.imaging.formats.stored import Compression, FileBytes, GridSource, InflatedBytes, StoredBytes
from readroom.imaging.geometry import Finding, Geometry
from readroom.imaging.source import Color, ImageHeader, Opened, Siblings, UploadedFile

TYPES = {
    "MET_CHAR": "i1",
    "MET_ASCII_CHAR": "i1",
    "MET_UCHAR": "u1",
    "MET_SHORT": "i2",
    "MET_USHORT": "u2",
    "MET_INT": "i4",
    "MET_UINT": "u4",
    "MET_LONG": "i4",
    "MET_ULONG": "u4",
    "MET_LONG_LONG": "i8",
    "MET_ULONG_LONG": "u8",
    "MET_FLOAT": "f4",
    "MET_DOUBLE": "f8",
}
COLORS = {1: Color.GRAY, 3: Color.RGB, 4: Color.RGBA}
MODALITIES = {"MET_MOD_CT": "CT", "MET_MOD_MR": "MR", "MET_MOD_US": "US", "MET_MOD_NM": "NM", "MET_MOD_OTHER": "OT"}
FIRST_LINE = re.compile(rb"\s*(ObjectType|NDims|Comment|ObjectSubType|BinaryData|TransformType)\s*=")


class MetaImage:
    """The format of ITK, two to four dimensions, grey and colour."""

    name = "MetaImage"

    def recognizes(self, file: UploadedFile) -> bool:
        return bool(FIRST_LINE.match(file.head)) or file.name.lower().endswith((".mha", ".mhd"))

    def open(self, file: UploadedFile, siblings: Siblings) -> Opened:
        size = file_bytes(file.path, label(file))
        fields, end = read_fields(file.path, label(file))
        grid = parse_grid(fields, label(file))
        companions: tuple[UploadedFile, ...] = ()
        data, start = file, end
        if fields["ElementDataFile"].upper() != "LOCAL":
            data, start = find_companion(fields["ElementDataFile"], file, siblings), 0
            companions = (data,)
            size = file_bytes(data.path, label(data))
        pixels = locate_pixels(fields, grid, data, start=start, size=size)
        header = describe(fields, grid, files=(file, *companions))
        return Opened(images=(GridSource(header, pixels, grid.stored),), companions=companions)


@dataclass(frozen=True, slots=True)
class Grid:
    """Sizes and type, checked."""

    sizes: tuple[int, ...]
    samples: int
    stored: np.dtype[np.generic]
    bytes: int


def read_fields(path: Path, name: str) -> tuple[dict[str, str], int]:
    """Read the text header up to ElementDataFile, and where it ends."""
    fields: dict[str, str] = {}
    with path.open("rb") as file:
        text = file.read(HEADER_BYTES)
    position = 0
    while position < len(text):
        end = text.find(b"\n", position)
        end = len(text) if end < 0 else end
        key, equals, value = text[position:end].decode("utf-8", "replace").partition("=")
        position = end + 1
        if not equals:
            if key.strip():
                break
            continue
        fields[key.strip()] = value.strip()
        if key.strip() == "ElementDataFile":
            return fields, position
    raise CorruptFile(f"{name} has no complete MetaImage header; export it again from the original.")


def parse_grid(fields: dict[str, str], name: str) -> Grid:
    (dimensions,) = parse_sizes(fields.get("NDims", ""), count=1, what="NDims", name=name)
    if not 2 <= dimensions <= 4:
        raise UnsupportedContent(f"{name} has {dimensions} dimensions; save it with two, three or four.")
    sizes = parse_sizes(fields.get("DimSize", ""), count=dimensions, what="DimSize", name=name)[::-1]
    (samples,) = parse_sizes(fields.get("ElementNumberOfChannels", "1"), count=1, what="channels", name=name)
    code = TYPES.get(fields.get("ElementType", "").upper().removesuffix("_ARRAY"))
    if code is None:
        raise UnsupportedContent(f"{name} holds values of a type that is not read; save it as integers or floats.")
    if samples not in COLORS or (samples > 1 and code not in ("u1", "u2")):
        raise UnsupportedContent(f"{name} holds vectors, not grey values or colours; save one component per file.")
    is_big = is_true(fields.get("BinaryDataByteOrderMSB", fields.get("ElementByteOrderMSB", "False")))
    stored = np.dtype(f"{'>' if is_big else '<'}{code}")
    shape = (*sizes, samples) if samples > 1 else sizes
    total = check_sizes(shape, frame_axes=3 if samples > 1 else 2, item_bytes=stored.itemsize, name=name)
    return Grid(sizes, samples, stored, total)


def is_true(text: str) -> bool:
    return text.strip()[:1].upper() in ("T", "1", "Y")


def locate_pixels(fields: dict[str, str], grid: Grid, data: UploadedFile, *, start: int, size: int) -> StoredBytes:
    if "BinaryData" in fields and not is_true(fields["BinaryData"]):
        raise UnsupportedContent(f"{label(data)} holds its pixels as text; save it as binary.")
    if is_true(fields.get("CompressedData", "False")):
        with data.path.open("rb") as file:
            file.seek(start)
            mark = file.read(2)
        compression = Compression.GZIP if mark == b"\x1f\x8b" else Compression.ZLIB
        check_available(grid.bytes // 1032, size - start, label(data))  # deflate never does better
        return InflatedBytes(data.path, name=label(data), start=start, compression=compression, skip=0, size=grid.bytes)
    (skip,) = parse_sizes(fields.get("HeaderSize", "0"), count=1, what="HeaderSize", name=label(data))
    start = size - grid.bytes if skip == -1 else start + max(skip, 0)
    check_available(grid.bytes, size - max(start, 0) if start >= 0 else size, label(data))
    return FileBytes(data.path, label(data), start)


def describe(fields: dict[str, str], grid: Grid, *, files: tuple[UploadedFile, ...]) -> ImageHeader:
    name = label(files[0])
    geometry, findings = parse_geometry(fields, len(grid.sizes), name)
    times = grid.sizes[0] if len(grid.sizes) == 4 else 1
    sizes = grid.sizes[1:] if len(grid.sizes) == 4 and times == 1 else grid.sizes
    return ImageHeader(
        name=name,
        shape=(*sizes, grid.samples) if grid.samples > 1 else sizes,
        dtype=grid.stored.newbyteorder("="),
        color=COLORS[grid.samples],
        modality=MODALITIES.get(fields.get("Modality", "").upper(), ""),
        time_points=times,
        geometry=geometry,
        findings=findings,
        files=tuple(file.path for file in files),
    )


def parse_geometry(fields: dict[str, str], dimensions: int, name: str) -> tuple[Geometry, tuple[Finding, ...]]:
    """Read directions, spacing and origin as ITK does: the rows of the matrix are the axes."""
    spatial = min(dimensions, 3)
    matrix_text = next((fields[key] for key in ("TransformMatrix", "Rotation", "Orientation") if key in fields), None)
    rows = [list(axis[:spatial]) for axis in UNIT_AXES[:spatial]]
    if matrix_text is not None:
        values = parse_numbers(matrix_text, count=dimensions**2, what="TransformMatrix", name=name)
        rows = [list(values[i * dimensions : i * dimensions + spatial]) for i in range(spatial)]
    origin_text = next((fields[key] for key in ("Offset", "Position", "Origin") if key in fields), None)
    zeros = " ".join("0" * dimensions)
    origin = parse_numbers(origin_text or zeros, count=dimensions, what="Offset", name=name)[:spatial]
    spacing_text = fields.get("ElementSpacing", fields.get("ElementSize"))
    findings: tuple[Finding, ...] = ()
    if spacing_text is None:
        spacing_text, findings = " ".join("1" * dimensions), (uncalibrated("The header gives no spacing."),)
    spacing = parse_numbers(spacing_text, count=dimensions, what="ElementSpacing", name=name)
    if 0 in spacing[:spatial]:
        spacing, findings = (*(value or 1.0 for value in spacing),), (uncalibrated("The header gives a spacing of 0."),)
    units = [normalize(row, name) for row in rows]
    axes = [[value * step for value in row] for row, step in zip(units, spacing[:spatial], strict=True)]
    geometry, doubts = geometry_of(axes, origin, name=name, what="TransformMatrix")
    return geometry, (*findings, *doubts)


def normalize(row: list[float], name: str) -> list[float]:
    length = float(np.linalg.norm(row))
    if length < 1e-6:
        raise CorruptFile(f"{name}: the TransformMatrix is singular; export it again from the original.")
    return [value / length for value in row]
