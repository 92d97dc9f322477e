"""An image's header in the types of JSON, as it stands in a pack's index."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from readroom.imaging.geometry import Finding, FindingKind, Geometry, Vector
from readroom.imaging.source import Color, ImageHeader, Scale, Window


def header_to_json(header: ImageHeader) -> dict[str, Any]:
    """Everything but the files: a pack does not know where it came from."""
    document: dict[str, Any] = {
        "name": header.name,
        "modality": header.modality,
        "shape": [int(size) for size in header.shape],
        "dtype": header.dtype.newbyteorder("<").str,
        "color": str(header.color),
        "time_points": header.time_points,
        "geometry": dataclasses.asdict(header.geometry),
        "findings": [
            {"kind": str(finding.kind), "message": finding.message, "frames": list(finding.frames)}
            for finding in header.findings
        ],
        "scales": [[float(scale.slope), float(scale.intercept), scale.unit] for scale in header.scales],
        "windows": [[float(window.center), float(window.width), window.label] for window in header.windows],
        "is_inverted": header.is_inverted,
        "frame_seconds": header.frame_seconds,
        "facts": header.facts,
    }
    plain: dict[str, Any] = to_plain(document)
    return plain


def header_from_json(document: Mapping[str, Any]) -> ImageHeader:
    return ImageHeader(
        name=document["name"],
        modality=document["modality"],
        shape=tuple(document["shape"]),
        dtype=np.dtype(document["dtype"]).newbyteorder("="),
        color=Color(document["color"]),
        time_points=document["time_points"],
        geometry=_geometry(document["geometry"]),
        findings=tuple(
            Finding(FindingKind(finding["kind"]), finding["message"], tuple(finding["frames"]))
            for finding in document["findings"]
        ),
        scales=tuple(Scale(*scale) for scale in document["scales"]),
        windows=tuple(Window(*window) for window in document["windows"]),
        is_inverted=document["is_inverted"],
        frame_seconds=document["frame_seconds"],
        facts=MappingProxyType(document["facts"]),
    )


def to_plain(value: Any) -> Any:  # noqa: ANN401 - whatever a header may hold
    """Turn a value into JSON's types; what has none becomes its text, NaN becomes null, bytes of no character "?"."""
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset, np.ndarray)):
        return [to_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if value is None or isinstance(value, (bool, int)):
        return value
    return str(value).encode("utf-8", "replace").decode()


def _geometry(document: Mapping[str, Any]) -> Geometry:
    first, second, third = (_vector(direction) for direction in document["directions"])
    step = document["slice_step"]
    return Geometry(
        origin=_vector(document["origin"]),
        directions=(first, second, third),
        spacing=_vector(document["spacing"]),
        slice_step=None if step is None else _vector(step),
    )


def _vector(values: list[float]) -> Vector:
    x, y, z = values
    return float(x), float(y), float(z)
