"""Measurements out of structured reports."""

import pytest
from tests.imaging.dicom.scenes import slice_dataset, write

from readroom.imaging.dicom.reports import Measurement, read_report
from readroom.imaging.errors import UnsupportedContent


@pytest.mark.corpus
def test_measurement_groups_are_read_with_what_where_and_how_much(testdata):
    report = read_report(testdata / "dicom/sr-tid1500/sr_document_with_multiple_groups.dcm")
    assert report.title == "Imaging Measurement Report"
    assert [group.tracking for group in report.groups] == ["Image0001", "LungNodule0001", "Aorta0001", "Vertebra0001"]
    nodule = report.groups[1]
    assert (nodule.finding, nodule.site) == ("Nodule", "Lung")
    assert nodule.measurements == (Measurement("Diameter", 10.0, "mm"),)
    assert nodule.statements["Level of Significance"] == "Not significant"
    [region] = nodule.regions
    assert (region.graphic, region.points) == ("CIRCLE", ((45.0, 55.0), (45.0, 65.0)))
    assert region.instance == "1.3.6.1.4.1.5962.1.1.1.1.1.20040119072730.12322"


@pytest.mark.corpus
def test_regions_in_the_patient_have_three_coordinates(testdata):
    report = read_report(testdata / "dicom/ct-lidc-with-objects/sr-tid1500.dcm")
    [group] = report.groups
    assert group.measurements == (Measurement("Diameter", 20.0, "mm"),)
    [region] = group.regions
    assert region.graphic == "POLYGON"
    assert region.points[0] == pytest.approx((-51.0, 121.0, -523.8))
    assert len(region.points) == 5


@pytest.mark.corpus
def test_numbers_outside_groups_are_not_lost(testdata):
    report = read_report(testdata / "dicom/sr/test-SR.dcm")
    [group] = report.groups
    assert group.measurements == (Measurement("Diameter", 3.0, "cm"),) * 2


def test_an_image_is_no_report(tmp_path):
    with pytest.raises(UnsupportedContent, match="no structured report"):
        read_report(write(slice_dataset(), tmp_path / "a.dcm"))
