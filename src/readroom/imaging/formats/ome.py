"""What the XML of an OME-TIFF says about the size of a voxel."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree as ET

MICRONS = {"m": 1e6, "cm": 1e4, "mm": 1e3, "µm": 1.0, "um": 1.0, "nm": 1e-3, "pm": 1e-6, "Å": 1e-4}
LONGEST = 16 << 20


@dataclass(frozen=True, slots=True)
class Calibration:
    """Size of a voxel in microns, and the names of the channels."""

    microns: tuple[float, float] | None = None
    depth: float | None = None
    channels: tuple[str, ...] = ()


def parse_ome(text: str) -> tuple[Calibration, ...]:
    """Read one calibration per image of the file; none when the XML is no OME."""
    if len(text) > LONGEST or "<!" in text.replace("<!--", ""):
        return ()
    try:
        root = ET.fromstring(text)  # noqa: S314 - without entities, of bounded length
    except ET.ParseError:
        return ()
    return tuple(calibrate(pixels) for pixels in root.iter() if pixels.tag.endswith("}Pixels"))


def calibrate(pixels: ET.Element) -> Calibration:
    width, height, depth = (length(pixels, axis) for axis in "XYZ")
    names = tuple(child.get("Name", "") for child in pixels if child.tag.endswith("}Channel"))
    return Calibration((width, height) if width and height else None, depth, names)


def length(pixels: ET.Element, axis: str) -> float | None:
    """Physical size along an axis in microns, when it is a length."""
    try:
        value = float(pixels.get(f"PhysicalSize{axis}", ""))
    except ValueError:
        return None
    factor = MICRONS.get(pixels.get(f"PhysicalSize{axis}Unit", "µm"))
    return value * factor if factor and 0 < value < float("inf") else None
