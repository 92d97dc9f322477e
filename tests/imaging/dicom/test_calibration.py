"""The size of a pixel, and how far it can be trusted."""

import struct

import pytest

from readroom.imaging.dicom import tags
from readroom.imaging.dicom.calibration import calibrate
from readroom.imaging.dicom.elements import EXPLICIT_LITTLE, Elements


def header(**values):
    return Elements(EXPLICIT_LITTLE, {getattr(tags, name): value for name, value in values.items()})


def found(elements):
    calibration = calibrate(elements)
    return calibration.spacing, [finding.kind.value for finding in calibration.findings]


def region(delta_x, delta_y, *, unit=3, form=1):
    parts = [
        (0x6012, b"US", struct.pack("<H", form)),
        (0x6024, b"US", struct.pack("<H", unit)),
        (0x6026, b"US", struct.pack("<H", unit)),
        (0x602C, b"FD", struct.pack("<d", delta_x)),
        (0x602E, b"FD", struct.pack("<d", delta_y)),
    ]
    body = b"".join(struct.pack("<HH2sH", 0x18, number, vr, len(value)) + value for number, vr, value in parts)
    return b"\xfe\xff\x00\xe0" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize(
    ("elements", "spacing", "kinds"),
    [
        ({"PIXEL_SPACING": b"0.5\\0.7"}, (0.5, 0.7), []),
        ({"PIXEL_SPACING": b"0.5"}, (0.5, 0.5), []),
        ({"MODALITY": b"DX", "PIXEL_SPACING": b"0.1\\0.1", "IMAGER_PIXEL_SPACING": b"0.15\\0.15"}, (0.1, 0.1), []),
        (
            {"MODALITY": b"DX", "PIXEL_SPACING": b"0.15\\0.15", "IMAGER_PIXEL_SPACING": b"0.15\\0.15"},
            (0.15, 0.15),
            ["detector-spacing"],
        ),
        ({"MODALITY": b"DX", "IMAGER_PIXEL_SPACING": b"0.1\\0.2"}, (0.1, 0.2), ["detector-spacing"]),
        (
            {"MODALITY": b"MG", "IMAGER_PIXEL_SPACING": b"0.1\\0.1", "ESTIMATED_MAGNIFICATION": b"1.25"},
            (0.08, 0.08),
            ["magnification-corrected"],
        ),
        (
            {"MODALITY": b"MG", "IMAGER_PIXEL_SPACING": b"0.1\\0.1", "ESTIMATED_MAGNIFICATION": b"0"},
            (0.1, 0.1),
            ["detector-spacing"],
        ),
        ({"NOMINAL_SCANNED_PIXEL_SPACING": b"0.2\\0.2"}, (0.2, 0.2), ["detector-spacing"]),
        ({}, (1.0, 1.0), ["uncalibrated-spacing"]),
        ({"PIXEL_SPACING": b"0\\0"}, (1.0, 1.0), ["uncalibrated-spacing"]),
        ({"PIXEL_SPACING": b"-1\\1"}, (1.0, 1.0), ["uncalibrated-spacing"]),
        ({"PIXEL_SPACING": b"nan\\1"}, (1.0, 1.0), ["uncalibrated-spacing"]),
        ({"PIXEL_ASPECT_RATIO": b"4\\3"}, (4 / 3, 1.0), ["uncalibrated-spacing"]),
        ({"ULTRASOUND_REGIONS": region(0.02, 0.03)}, (0.3, 0.2), []),
        ({"ULTRASOUND_REGIONS": region(0.02, -0.03) * 2}, (0.3, 0.2), []),
        ({"ULTRASOUND_REGIONS": region(0.02, 0.03) + region(1, 1, unit=4, form=2)}, (0.3, 0.2), []),
        ({"ULTRASOUND_REGIONS": region(0.02, 0.03) + region(0.04, 0.04)}, (1.0, 1.0), ["uncalibrated-spacing"]),
        ({"ULTRASOUND_REGIONS": region(0.0, 0.0)}, (1.0, 1.0), ["uncalibrated-spacing"]),
    ],
)
def test_spacing_is_between_rows_then_columns_with_what_must_be_known(elements, spacing, kinds):
    assert found(header(**elements)) == (pytest.approx(spacing), kinds)
