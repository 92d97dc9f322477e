"""NIfTI-1 and NIfTI-2: ``.nii``, ``.nii.gz``, and the pair ``.hdr`` + ``.img``.

Positions are turned from RAS to LPS. Which orientation counts is decided as the standard lets one decide: the sform
when its code is not 0, else the qform when its code is not 0, else none is recorded.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from readroom.imaging.errors import CorruptFile, UnsupportedContent
from readroom.imaging.formats.axes import geometry_of
from readroom.imaging.formats.bounds import check_available, check_sizes, file_bytes, find_companion, label
from readroom.imaging.formats.stored import (
    Compression,
    FileBytes,
    GridSource,
    InflatedBytes,
    StoredBytes,
    inflate_head,
)
from readroom.imaging.geometry import Finding, FindingKind, Geometry
from readroom.imaging.source import Color, ImageHeader, Opened, Scale, Siblings, UploadedFile, Window

GZIP_MARK = b"\x1f\x8b"
HEAD_BYTES = 1 << 16
"""Compressed bytes that always hold the header."""
TYPES = {2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2", 768: "u4", 1024: "i8", 1280: "u8"}
COLOR_TYPES = {128: Color.RGB, 2304: Color.RGBA}
MILLIMETRES = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 0.001}
MILLISECONDS = {8: 1000.0, 16: 1.0, 24: 0.001}
FIRST = {
    "dim": ("8h", 40),
    "datatype": ("h", 70),
    "pixdim": ("8f", 76),
    "vox_offset": ("f", 108),
    "scl": ("2f", 112),
    "xyzt_units": ("B", 123),
    "cal": ("2f", 124),
    "qform_code": ("h", 252),
    "sform_code": ("h", 254),
    "quatern": ("3f", 256),
    "qoffset": ("3f", 268),
    "srow": ("12f", 280),
}
SECOND = {
    "dim": ("8q", 16),
    "datatype": ("h", 12),
    "pixdim": ("8d", 104),
    "vox_offset": ("q", 168),
    "scl": ("2d", 176),
    "cal": ("2d", 192),
    "qform_code": ("i", 344),
    "sform_code": ("i", 348),
    "quatern": ("3d", 352),
    "qoffset": ("3d", 376),
    "srow": ("12d", 400),
    "xyzt_units": ("i", 500),
}
LAYOUTS = {348: FIRST, 540: SECOND}
"""Length of the header in bytes, which is also its first number, and where its fields stand."""
LEAST_START = (352, 544)


class Nifti:
    """The format of neuroimaging, with or without gzip."""

    name = "NIfTI"

    def recognizes(self, file: UploadedFile) -> bool:
        head = inflate_head(file.head, 540) if file.head.startswith(GZIP_MARK) else file.head
        return has_magic(head) or file.name.lower().endswith((".nii", ".nii.gz"))

    def open(self, file: UploadedFile, siblings: Siblings) -> Opened:
        size = file_bytes(file.path, label(file))
        is_gzip = starts_gzip(file.path)
        head = read_head(file.path, is_gzip=is_gzip)
        fields = parse_header(head, label(file))
        companions: tuple[UploadedFile, ...] = ()
        data = file
        if fields.is_pair:
            data = find_companion(name_of_pair(label(file)), file, siblings)
            companions, size, is_gzip = (data,), file_bytes(data.path, label(data)), starts_gzip(data.path)
        header = describe(fields, files=(file, *companions))
        stored = np.dtype(np.uint8) if fields.color is not Color.GRAY else np.dtype(fields.order + TYPES[fields.type])
        total = check_sizes(
            header.shape,
            frame_axes=len(header.frame_shape),
            item_bytes=stored.itemsize,
            name=label(file),
        )
        pixels = locate_pixels(data, start=fields.start, total=total, size=size, is_gzip=is_gzip)
        return Opened(images=(GridSource(header, pixels, stored),), companions=companions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """What the header says, of either version."""

    order: str
    is_pair: bool
    sizes: tuple[int, ...]
    """Fastest first, without trailing axes of length 1 beyond the third."""
    type: int
    steps: tuple[float, ...]
    start: int
    slope: float
    intercept: float
    range: tuple[float, float]
    units: int
    qform_code: int
    sform_code: int
    quaternion: tuple[float, ...]
    offset: tuple[float, ...]
    sform: NDArray[np.float64]

    @property
    def color(self) -> Color:
        return COLOR_TYPES.get(self.type, Color.GRAY)


def has_magic(head: bytes) -> bool:
    return head[344:348] in (b"n+1\0", b"ni1\0") or head[4:12] in (b"n+2\0\r\n\x1a\n", b"ni2\0\r\n\x1a\n")


def starts_gzip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == GZIP_MARK


def name_of_pair(name: str) -> str:
    stem, suffix = (name[:-3], name[-3:]) if name.lower().endswith(".gz") else (name, "")
    return stem[: -len(Path(stem).suffix) or None] + ".img" + suffix


def read_head(path: Path, *, is_gzip: bool) -> bytes:
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES if is_gzip else 540)
    if is_gzip:  # a stream that is damaged after the first header is still worth a sentence about its damage
        return inflate_head(head, 540) or inflate_head(head, 348)
    return head


def parse_header(head: bytes, name: str) -> Fields:
    """Read either version in either byte order."""
    for order in "<>":
        if len(head) >= 348 and has_magic(head):
            (length,) = struct.unpack_from(f"{order}i", head)
            if length in LAYOUTS and len(head) >= length:
                return parse_fields(head, order, LAYOUTS[length], name)
    raise CorruptFile(f"{name} has no complete NIfTI header; export it again from the original.")


def parse_fields(head: bytes, order: str, layout: Mapping[str, tuple[str, int]], name: str) -> Fields:
    raw = {key: struct.unpack_from(order + code, head, at) for key, (code, at) in layout.items()}
    is_pair = head[344:347] == b"ni1" or head[4:7] == b"ni2"
    return Fields(
        order=order,
        is_pair=is_pair,
        sizes=parse_dims(raw["dim"], name),
        type=raw["datatype"][0],
        steps=raw["pixdim"],
        start=parse_start(raw["vox_offset"][0], 0 if is_pair else LEAST_START[layout is SECOND], name),
        slope=raw["scl"][0],
        intercept=raw["scl"][1],
        range=(raw["cal"][1], raw["cal"][0]),
        units=raw["xyzt_units"][0] & 0xFF,
        qform_code=raw["qform_code"][0],
        sform_code=raw["sform_code"][0],
        quaternion=raw["quatern"],
        offset=raw["qoffset"],
        sform=np.array(raw["srow"], np.float64).reshape(3, 4),
    )


def parse_dims(dims: tuple[int, ...], name: str) -> tuple[int, ...]:
    count = dims[0]
    if not 1 <= count <= 7 or min(dims[1 : count + 1]) < 1:
        raise CorruptFile(f"{name} declares sizes that are not positive; export it again from the original.")
    sizes = list(dims[1 : count + 1])
    while len(sizes) > 3 and sizes[-1] == 1:
        sizes.pop()
    if len(sizes) > 4:
        raise UnsupportedContent(f"{name} has {len(sizes)} dimensions; save it with two, three or four.")
    return tuple(sizes + [1] * (2 - len(sizes)))


def parse_start(start: float, least: int, name: str) -> int:
    if not -1 <= start < 2**40:
        raise CorruptFile(f"{name} does not say where its pixels begin; export it again from the original.")
    return max(int(start), least)


def locate_pixels(data: UploadedFile, *, start: int, total: int, size: int, is_gzip: bool) -> StoredBytes:
    if is_gzip:
        check_available(total // 1032, size, label(data))  # deflate never does better
        return InflatedBytes(data.path, name=label(data), start=0, compression=Compression.GZIP, skip=start, size=total)
    check_available(total, size - start, label(data))
    return FileBytes(data.path, label(data), start)


def describe(fields: Fields, *, files: tuple[UploadedFile, ...]) -> ImageHeader:
    name = label(files[0])
    if fields.type not in TYPES and fields.type not in COLOR_TYPES:
        raise UnsupportedContent(f"{name} holds values of a type that is not read; save it as integers or floats.")
    geometry, findings = parse_geometry(fields, name)
    times = fields.sizes[3] if len(fields.sizes) == 4 else 1
    samples = {Color.GRAY: (), Color.RGB: (3,), Color.RGBA: (4,)}[fields.color]
    millisecond = MILLISECONDS.get(fields.units & 0x38)
    return ImageHeader(
        name=name,
        shape=(*fields.sizes[::-1], *samples),
        dtype=np.dtype(TYPES.get(fields.type, "u1")),
        color=fields.color,
        time_points=times,
        geometry=geometry,
        findings=findings,
        scales=(parse_scale(fields),),
        windows=parse_window(fields),
        files=tuple(file.path for file in files),
        facts={"TemporalResolution": float(fields.steps[4] * millisecond)} if times > 1 and millisecond else {},
    )


def parse_scale(fields: Fields) -> Scale:
    is_meant = fields.slope and np.isfinite([fields.slope, fields.intercept]).all() and fields.color is Color.GRAY
    return Scale(float(fields.slope), float(fields.intercept)) if is_meant else Scale()


def parse_window(fields: Fields) -> tuple[Window, ...]:
    low, high = (float(value) for value in fields.range)
    if not np.isfinite([low, high]).all() or high <= low:
        return ()
    return (Window((low + high) / 2, high - low),)


def parse_geometry(fields: Fields, name: str) -> tuple[Geometry, tuple[Finding, ...]]:
    """Choose the orientation that counts and turn it to LPS millimetres."""
    millimetres = MILLIMETRES.get(fields.units & 7, 1.0)
    findings: tuple[Finding, ...] = ()
    if fields.sform_code > 0:
        matrix, what = fields.sform.copy(), "sform"
        complete_flat_axis(matrix, fields)
    elif fields.qform_code > 0:
        matrix, what = matrix_of_qform(fields, name), "qform"
    else:
        matrix, what = np.hstack([np.diag(steps_of(fields)), np.zeros((3, 1))]), "pixdim"
        findings = (
            Finding(FindingKind.MISSING_ORIENTATION, "The file records no orientation; its own axes are used."),
        )
    matrix *= millimetres
    if what != "pixdim":
        matrix[:2] *= -1
    geometry, doubts = geometry_of(
        matrix[:, :3].T.tolist(), matrix[:, 3].tolist(), name=name, what=f"orientation ({what})"
    )
    return geometry, findings + doubts


def steps_of(fields: Fields) -> NDArray[np.float64]:
    """Spacing of the three axes; 1 where the header gives none."""
    steps = np.abs(np.array(fields.steps[1:4], np.float64))
    return np.where(np.isfinite(steps) & (steps > 0), steps, 1.0)


def complete_flat_axis(matrix: NDArray[np.float64], fields: Fields) -> None:
    """Give a single slice, whose axis may be left out, the direction across it."""
    is_flat = len(fields.sizes) < 3 or fields.sizes[2] == 1
    if is_flat and not np.any(matrix[:, 2]):
        across = np.cross(matrix[:, 0], matrix[:, 1])
        matrix[:, 2] = across / max(float(np.linalg.norm(across)), 1e-12) * steps_of(fields)[2]


def matrix_of_qform(fields: Fields, name: str) -> NDArray[np.float64]:
    b, c, d = (float(value) for value in fields.quaternion)
    squares = b * b + c * c + d * d
    if not squares <= 1.0 + 1e-3:
        raise CorruptFile(f"{name}: the orientation (qform) is not a rotation; export it again from the original.")
    a = max(1.0 - squares, 0.0) ** 0.5
    rotation: NDArray[Any] = np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
        ]
    )
    steps = steps_of(fields)
    if fields.steps[0] < 0:
        steps[2] *= -1
    return np.hstack([rotation * steps, np.array(fields.offset, np.float64)[:, None]])
