"""The size of a pixel, and how far it can be trusted (PS3.3 10.7)."""

from __future__ import annotations

from dataclasses import dataclass

from readroom.imaging.dicom import tags
from readroom.imaging.dicom.elements import Elements
from readroom.imaging.geometry import Finding, FindingKind

PROJECTION_MODALITIES = frozenset(("CR", "DX", "MG", "XA", "RF", "IO", "PX", "RG"))
REGION_UNITS_X, REGION_UNITS_Y = 0x00186024, 0x00186026
REGION_SPATIAL_FORMAT = 0x00186012
REGION_DELTA_X, REGION_DELTA_Y = 0x0018602C, 0x0018602E
CENTIMETRES = 3
TWO_DIMENSIONAL = 1


@dataclass(frozen=True, slots=True)
class Calibration:
    """Distance between rows and between columns, mm, with what must be known about it."""

    spacing: tuple[float, float]
    findings: tuple[Finding, ...] = ()
    is_known: bool = True


def calibrate(elements: Elements) -> Calibration:
    """Spacing of an image that has no functional groups."""
    plain = _pair(elements, tags.PIXEL_SPACING)
    detector = _pair(elements, tags.IMAGER_PIXEL_SPACING)
    is_projection = elements.text(tags.MODALITY) in PROJECTION_MODALITIES or detector is not None
    if plain is not None and not (is_projection and plain == detector):
        return Calibration(plain)
    if detector is not None:
        return _calibrate_projection(detector, elements.decimal(tags.ESTIMATED_MAGNIFICATION))
    scanned = _pair(elements, tags.NOMINAL_SCANNED_PIXEL_SPACING)
    if scanned is not None:
        message = "The size of a pixel is that of the digitised film; lengths in the patient are smaller."
        return Calibration(scanned, (Finding(FindingKind.DETECTOR_SPACING, message),))
    return _calibrate_regions(elements)


def _pair(elements: Elements, tag: int) -> tuple[float, float] | None:
    values = elements.decimals(tag)
    if not values or min(values[:2]) <= 0:
        return None
    return values[0], values[1] if len(values) > 1 else values[0]


def _calibrate_projection(detector: tuple[float, float], magnification: float | None) -> Calibration:
    if magnification is not None and magnification > 0:
        rows, columns = (value / magnification for value in detector)
        message = f"The size of a pixel at the detector was divided by the recorded magnification of {magnification:g}."
        return Calibration((rows, columns), (Finding(FindingKind.MAGNIFICATION_CORRECTED, message),))
    message = (
        f"A pixel measures {detector[0]:g} x {detector[1]:g} mm at the detector and no magnification is recorded; "
        "lengths in the patient are smaller."
    )
    return Calibration(detector, (Finding(FindingKind.DETECTOR_SPACING, message),))


def _calibrate_regions(elements: Elements) -> Calibration:
    """Ultrasound regions (PS3.3 C.8.5.5): used when all two-dimensional ones agree."""
    deltas = {delta for delta in map(_region_delta, elements.items(tags.ULTRASOUND_REGIONS)) if delta is not None}
    if len(deltas) == 1:
        return Calibration(deltas.pop())
    aspect = _pair(elements, tags.PIXEL_ASPECT_RATIO) or (1.0, 1.0)
    message = "The size of a pixel is not recorded; measure in pixels."
    if deltas:
        message = "Its ultrasound regions have pixels of different size; measure in pixels."
    finding = Finding(FindingKind.UNCALIBRATED_SPACING, message)
    return Calibration((aspect[0] / aspect[1], 1.0), (finding,), is_known=False)


def _region_delta(region: Elements) -> tuple[float, float] | None:
    units = (region.short(REGION_UNITS_Y), region.short(REGION_UNITS_X))
    deltas = (region.double(REGION_DELTA_Y), region.double(REGION_DELTA_X))
    if units != (CENTIMETRES, CENTIMETRES) or region.short(REGION_SPATIAL_FORMAT) != TWO_DIMENSIONAL:
        return None
    if not deltas[0] or not deltas[1]:
        return None
    return round(abs(deltas[0]) * 10, 9), round(abs(deltas[1]) * 10, 9)
