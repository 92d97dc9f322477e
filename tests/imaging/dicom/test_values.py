"""From stored values to real ones, and windows."""

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.pixels import apply_modality_lut
from tests.imaging.dicom.scenes import read, slice_dataset, voxels, write

from readroom.imaging.dicom import tags
from readroom.imaging.dicom.elements import EXPLICIT_LITTLE, Elements
from readroom.imaging.dicom.values import read_windows
from readroom.imaging.source import Window


def scale_of(tmp_path, **elements):
    [image] = read([write(slice_dataset(**elements), tmp_path / "a.dcm")]).images
    [scale] = image.header.scales
    return scale.slope, scale.intercept, scale.unit


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({"RescaleSlope": 2, "RescaleIntercept": -1024}, (2.0, -1024.0, "HU")),
        ({"RescaleIntercept": -1024, "RescaleSlope": 0}, (1.0, -1024.0, "HU")),
        ({"RescaleSlope": 1, "RescaleIntercept": 0, "RescaleType": "US"}, (1.0, 0.0, "")),
        ({"RescaleSlope": 1, "RescaleIntercept": 0, "RescaleType": "OD", "Modality": "MR"}, (1.0, 0.0, "OD")),
        ({"RescaleSlope": 3, "RescaleIntercept": 0, "Units": "BQML", "Modality": "PT"}, (3.0, 0.0, "Bq/ml")),
        ({"DoseGridScaling": 1e-5, "DoseUnits": "GY", "Modality": "RTDOSE"}, (1e-5, 0.0, "Gy")),
        ({"Modality": "MR"}, (1.0, 0.0, "")),
    ],
)
def test_slope_intercept_and_unit(tmp_path, elements, expected):
    assert scale_of(tmp_path, **elements) == expected


def test_real_world_values_are_used_where_nothing_else_is_recorded(tmp_path):
    unit, mapping = Dataset(), Dataset()
    unit.CodeValue = "mm2/s"
    mapping.RealWorldValueSlope, mapping.RealWorldValueIntercept = 0.001, 5.0
    mapping.MeasurementUnitsCodeSequence = [unit]
    elements = {"Modality": "MR", "RealWorldValueMappingSequence": [mapping]}
    assert scale_of(tmp_path, **elements) == (0.001, 5.0, "mm2/s")


def test_windows_keep_their_names_and_those_without_width_are_left_out():
    elements = Elements(
        EXPLICIT_LITTLE,
        {
            tags.WINDOW_CENTER: b"40\\-600\\7",
            tags.WINDOW_WIDTH: b"400\\1500\\0",
            tags.WINDOW_EXPLANATION: b"SOFT\\LUNG",
        },
    )
    assert read_windows(elements) == (Window(40, 400, "SOFT"), Window(-600, 1500, "LUNG"))
    assert read_windows(Elements(EXPLICIT_LITTLE)) == ()


@pytest.mark.corpus
def test_a_modality_table_gives_the_values_that_pydicom_gives(testdata):
    path = testdata / "dicom/lut-tests/mlut_18.dcm"
    dataset = pydicom.dcmread(path)
    [image] = read([path]).images
    np.testing.assert_array_equal(voxels(image), apply_modality_lut(dataset.pixel_array, dataset))


@pytest.mark.corpus
def test_a_real_pet_slice_has_activity_concentrations(testdata):
    path = testdata / "dicom/pet-slice/1.dcm"
    [image] = read([path]).images
    [scale] = image.header.scales
    dataset = pydicom.dcmread(path)
    assert (scale.slope, scale.unit) == (float(dataset.RescaleSlope), "Bq/ml")
