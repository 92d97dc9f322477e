"""What all slides have in common: the header, the size of a pixel, the bound of a region."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from readroom.imaging.formats.axes import uncalibrated
from readroom.imaging.formats.bounds import FRAME_BYTES
from readroom.imaging.geometry import Finding, FindingKind, Geometry
from readroom.imaging.source import Color, ImageHeader

MPP = re.compile(r"\bMPP\s*=\s*([0-9.]{1,20})")
PLAUSIBLE_MICRONS = (0.02, 100.0)
LABEL = Finding(
    FindingKind.BURNED_IN_ANNOTATION,
    "The file carries a picture of the slide's label, which may name the patient; it is not shown.",
)


def check_region(rows: int, columns: int) -> None:
    if rows < 1 or columns < 1 or rows * columns * 4 > FRAME_BYTES:
        message = f"a region of {rows} x {columns} pixels is empty or too large"
        raise ValueError(message)


def slide_header(
    files: Sequence[Path], name: str, *, sizes: tuple[int, int], microns: tuple[float, float] | None, has_label: bool
) -> ImageHeader:
    findings = [LABEL] if has_label else []
    if microns is None:
        findings.append(uncalibrated("The slide records no size of a pixel."))
    width, height = (value / 1000 for value in microns) if microns else (1.0, 1.0)
    return ImageHeader(
        name=name,
        shape=(*sizes, 3),
        dtype=np.dtype(np.uint8),
        color=Color.RGB,
        modality="SM",
        geometry=Geometry(spacing=(width, height, 1.0)),
        findings=tuple(findings),
        files=tuple(files),
    )


def parse_microns(text: str | None) -> float | None:
    """Read a size of a pixel; None when it is missing or implausible."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if PLAUSIBLE_MICRONS[0] <= value <= PLAUSIBLE_MICRONS[1] else None


def microns_of_aperio(description: str) -> tuple[float, float] | None:
    found = MPP.search(description)
    value = parse_microns(found[1]) if found else None
    return (value, value) if value else None
