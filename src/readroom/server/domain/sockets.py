"""Sockets: named, typed slots, and what may stand in each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from readroom.server.domain.annotations import CHECKS, SEVERAL, SHAPES
from readroom.server.domain.errors import Invalid
from readroom.server.domain.json_values import Json, check_json, is_number, is_text, is_whole

MAXIMUM_SEGMENTS: Final = 64


class SuperKind(StrEnum):
    """Where what stands in a socket is kept."""

    VALUE = "Value"
    FILE = "File"
    IMAGE = "Image"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of socket: its name on the wire, its code, and the end of its file name."""

    label: str
    code: str
    family: str
    extension: str = ".json"


KINDS: Final[Mapping[str, Kind]] = {
    kind.label: kind
    for kind in (
        Kind("String", "STR", "json"),
        Kind("Integer", "INT", "json"),
        Kind("Float", "FLT", "json"),
        Kind("Bool", "BOOL", "json"),
        Kind("Anything", "JSON", "json"),
        Kind("Chart", "CHART", "json"),
        Kind("2D bounding box", "2DBB", "json"),
        Kind("Multiple 2D bounding boxes", "M2DB", "json"),
        Kind("Distance measurement", "DIST", "json"),
        Kind("Multiple distance measurements", "MDIS", "json"),
        Kind("Point", "POIN", "json"),
        Kind("Multiple points", "MPOI", "json"),
        Kind("Polygon", "POLY", "json"),
        Kind("Multiple polygons", "MPOL", "json"),
        Kind("Line", "LINE", "json"),
        Kind("Multiple lines", "MLIN", "json"),
        Kind("Angle", "ANGL", "json"),
        Kind("Multiple angles", "MANG", "json"),
        Kind("Ellipse", "ELLI", "json"),
        Kind("Multiple ellipses", "MELL", "json"),
        Kind("Three-point angle", "3ANG", "json"),
        Kind("Multiple three-point angles", "M3AN", "json"),
        Kind("Affine transform registration", "ATRG", "json"),
        Kind("Choice", "CHOI", "json"),
        Kind("Multiple choice", "MCHO", "json"),
        Kind("Image", "IMG", "image", ""),
        Kind("Segmentation", "SEG", "image", ""),
        Kind("Heat Map", "HMAP", "image", ""),
        Kind("Displacement field", "DSPF", "image", ""),
        Kind("DICOM Image Set", "DCMIS", "image", ""),
        Kind("PDF file", "PDF", "file", ".pdf"),
        Kind("SQREG file", "SQREG", "file", ".sqreg"),
        Kind("Thumbnail jpg", "JPEG", "thumbnail", ".jpeg"),
        Kind("Thumbnail png", "PNG", "thumbnail", ".png"),
        Kind("OBJ file", "OBJ", "file", ".obj"),
        Kind("MP4 file", "MP4", "file", ".mp4"),
        Kind("Newick tree-format file", "NEWCK", "file", ".newick"),
        Kind("BIOM format", "BIOM", "file", ".biom"),
        Kind("CSV file", "CSV", "file", ".csv"),
        Kind("ZIP file", "ZIP", "file", ".zip"),
    )
}

_FAMILY_ORDER: Final = ("json", "thumbnail", "chart", "file", "image")


def family_of(label: str) -> str:
    """The group in which display sets list a kind: charts stand apart from other JSON."""
    return "chart" if label == "Chart" else KINDS[label].family


def order_of_value(label: str, slug: str) -> tuple[int, str, str]:
    """Sort key of the values of a display set on the wire: JSON by kind, thumbnails, charts, files, images."""
    family = family_of(label)
    return _FAMILY_ORDER.index(family), KINDS[label].code if family == "json" else "", slug


def super_kind_of(label: str, *, is_stored_as_file: bool) -> SuperKind:
    family = KINDS[label].family
    if family == "image":
        return SuperKind.IMAGE
    return SuperKind.FILE if family != "json" or is_stored_as_file else SuperKind.VALUE


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketSpec:
    """What the rules need to know of a socket."""

    slug: str
    kind: str
    relative_path: str
    is_stored_as_file: bool = False
    overlay_segments: Sequence[Mapping[str, Any]] | None = None
    default_value: Json = None

    @property
    def super_kind(self) -> SuperKind:
        return super_kind_of(self.kind, is_stored_as_file=self.is_stored_as_file)


_UUID: Final = re.compile(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", re.IGNORECASE)
_SAFE_PATH: Final = re.compile(
    r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?:/[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)*"
)


def check_socket(spec: SocketSpec) -> None:
    """Refuse a socket that contradicts itself."""
    if spec.kind not in KINDS:
        raise Invalid(f'"{spec.kind}" is not a kind of socket; known are {", ".join(KINDS)}.', field="kind")
    family = KINDS[spec.kind].family
    if spec.is_stored_as_file and family != "json":
        raise Invalid("Only kinds with a JSON value can choose to be stored as a file.", field="super_kind")
    if spec.kind in SEVERAL and spec.super_kind is not SuperKind.FILE:
        raise Invalid(f"Sockets of kind {spec.kind} are stored as files.", field="super_kind")
    _check_relative_path(spec)
    check_overlay_segments(spec.overlay_segments, is_allowed=spec.kind == "Segmentation")
    if spec.kind == "Segmentation" and not spec.overlay_segments:
        raise Invalid("A segmentation socket needs overlay segments.", field="overlay_segments")
    if spec.default_value is not None:
        if spec.super_kind is not SuperKind.VALUE:
            raise Invalid("Only sockets that hold a value can have a default.", field="default_value")
        check_value(spec.default_value, kind=spec.kind)


def _check_relative_path(spec: SocketSpec) -> None:
    path = spec.relative_path
    if len(path) > 255 or not _SAFE_PATH.fullmatch(path) or ".." in path or _UUID.search(path):
        raise Invalid(
            "The relative path must be made of letters, digits, '.', '_', '-' and '/', without UUIDs and '..'.",
            field="relative_path",
        )
    if spec.super_kind is SuperKind.IMAGE:
        if not path.startswith("images/"):
            raise Invalid("The relative path of an image socket starts with images/.", field="relative_path")
        return
    if path.split("/")[0] == "images":
        raise Invalid("Only image sockets stand below images/.", field="relative_path")
    extension = KINDS[spec.kind].extension
    if not path.endswith(extension):
        raise Invalid(f"The relative path must end with {extension}.", field="relative_path")


def check_overlay_segments(segments: Json, *, is_allowed: bool) -> None:
    """Refuse segments that are not named, contiguous voxel values above the background 0."""
    if not segments:
        return
    if not is_allowed:
        raise Invalid("Overlay segments are only for segmentations and masks.", field="overlay_segments")
    if not isinstance(segments, list | tuple) or not all(_is_segment(segment) for segment in segments):
        raise Invalid("Every overlay segment has exactly name, visible and voxel_value.", field="overlay_segments")
    if len(segments) > MAXIMUM_SEGMENTS:
        raise Invalid(f"At most {MAXIMUM_SEGMENTS} overlay segments are supported.", field="overlay_segments")
    given = [segment["voxel_value"] for segment in segments]
    values = sorted({*given, 0})
    if len(set(given)) < len(given) or values != list(range(len(values))):
        raise Invalid("Voxel values of overlay segments must be unique and contiguous.", field="overlay_segments")
    if len({segment["name"] for segment in segments}) < len(segments):
        raise Invalid("Names of overlay segments must be unique.", field="overlay_segments")


def _is_segment(segment: Json) -> bool:
    return (
        isinstance(segment, Mapping)
        and segment.keys() == {"name", "visible", "voxel_value"}
        and is_text(segment["name"])
        and bool(segment["name"])
        and isinstance(segment["visible"], bool)
        and is_whole(segment["voxel_value"])
        and segment["voxel_value"] >= 0
    )


def check_voxel_values(values: Sequence[float], *, segments: Sequence[Mapping[str, Any]] | None) -> None:
    """Refuse a segmentation with voxel values that no segment names; the background 0 is always allowed."""
    if not segments:
        return
    allowed = {0, *(segment["voxel_value"] for segment in segments)}
    if surplus := sorted(set(values) - allowed):
        raise Invalid(
            f"The segmentation has the voxel values {_short(surplus)}, allowed are {_short(sorted(allowed))}."
        )


def _short(values: Sequence[float]) -> str:
    return ", ".join(f"{value:g}" for value in values[:10]) + (", …" if len(values) > 10 else "")


def _is_affine(value: Json) -> bool:
    if not (isinstance(value, dict) and value.keys() == {"3d_affine_transform"}):
        return False
    rows = value["3d_affine_transform"]
    return isinstance(rows, list) and len(rows) == 4 and all(_is_row(row) for row in rows)


def _is_row(row: Json) -> bool:
    return isinstance(row, list) and len(row) == 4 and all(is_number(number) for number in row)


def _is_chart(value: Json) -> bool:
    """A Vega-Lite description names its schema or has a mark or a composition."""
    return isinstance(value, dict) and bool(value.keys() & {"mark", "layer", "hconcat", "vconcat", "concat", "spec"})


_PLAIN: Final[Mapping[str, tuple[Callable[[Any], bool], str]]] = {
    "String": (is_text, "a text"),
    "Integer": (is_whole, "a whole number"),
    "Float": (is_number, "a number"),
    "Bool": (lambda value: isinstance(value, bool), "true or false"),
    "Anything": (lambda _: True, "JSON"),
    "Chart": (_is_chart, "a Vega-Lite description"),
    "Affine transform registration": (_is_affine, "an object with 3d_affine_transform, four rows of four numbers"),
    "Choice": (is_text, "a text"),
    "Multiple choice": (lambda value: isinstance(value, list) and all(map(is_text, value)), "a list of texts"),
}


def check_value(value: Json, *, kind: str) -> None:
    """Refuse a JSON value that does not fit the kind of its socket."""
    check_json(value)
    if kind in SHAPES or kind in SEVERAL:
        CHECKS[kind](value, "")
        return
    is_fit, expected = _PLAIN[kind]
    if not is_fit(value):
        raise Invalid(f"The value of a socket of kind {kind} must be {expected}.")
