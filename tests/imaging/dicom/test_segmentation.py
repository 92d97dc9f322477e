"""Segmentations: label volumes with the geometry of what they mark."""

from io import BytesIO

import highdicom
import numpy as np
import pydicom
import pytest
from tests.imaging.dicom.scenes import files_in, read, slice_dataset, voxels, write_slices

from readroom.imaging.dicom.segmentation import Segment, write_segmentation

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
BINARY = ["seg-liver/liver.dcm", "seg-fractional/seg_image_ct_binary.dcm", "ct-lidc-with-objects/seg-binary.dcm"]


def volume_by_highdicom(path):
    with BytesIO(path.read_bytes()) as file:
        segmentation = highdicom.seg.segread(file)
        return segmentation.get_volume(combine_segments=True)


@pytest.mark.corpus
@pytest.mark.parametrize("name", BINARY)
def test_labels_and_geometry_are_those_of_highdicom(testdata, name):
    path = testdata / "dicom" / name
    [image] = read([path]).images
    expected = volume_by_highdicom(path)
    ours, theirs = voxels(image), expected.array
    geometry = image.header.geometry
    if np.dot(expected.direction[:, 0], geometry.directions[2]) < 0:
        theirs = theirs[::-1]
    np.testing.assert_array_equal(ours, theirs)
    assert geometry.spacing[::-1] == pytest.approx(expected.spacing, rel=1e-4)
    corner = expected.map_indices_to_reference(np.array([[0, 0, 0]]))[0]
    last = expected.map_indices_to_reference(np.array([[expected.shape[0] - 1, 0, 0]]))[0]
    assert any(np.allclose(geometry.origin, place, atol=1e-2) for place in (corner, last))


@pytest.mark.corpus
def test_a_segmentation_lies_on_its_source(testdata):
    images = read(files_in(testdata / "dicom/ct-lidc-with-objects")).images
    ct = next(image for image in images if image.header.modality == "CT")
    seg = next(image for image in images if "seg-binary" in image.header.files[0].name)
    assert seg.header.shape == ct.header.shape
    for index in ((0, 0, 0), (511, 511, 11)):
        assert seg.header.geometry.place(*index) == pytest.approx(ct.header.geometry.place(*index), abs=1e-3)
    [scale] = ct.header.scales
    real = voxels(ct) * scale.slope + scale.intercept
    marked = voxels(seg) > 0
    assert real[marked].mean() < -500 < real[~marked].max()


@pytest.mark.corpus
def test_segments_that_overlap_come_in_volumes_of_their_own_and_lose_nothing(testdata):
    path = testdata / "dicom/seg-liver/partial_overlaps.dcm"
    images = read([path]).images
    segmentation = highdicom.seg.segread(path)
    expected = {
        number: int(segmentation.get_volume(segment_numbers=[number]).array.sum())
        for number in segmentation.segment_numbers
    }
    found = {}
    for image in images:
        labels = voxels(image)
        found |= {int(label): int((labels == label).sum()) for label in np.unique(labels) if label}
    assert found == expected
    assert len(images) == 3


@pytest.mark.corpus
def test_probabilities_keep_their_values_and_their_scale(testdata):
    path = testdata / "dicom/seg-fractional/seg_image_ct_true_fractional.dcm"
    [image] = read([path]).images
    dataset = pydicom.dcmread(path)
    [scale] = image.header.scales
    assert scale.slope == 1 / dataset.MaximumFractionalValue
    assert sorted(voxels(image).ravel()) == sorted(dataset.pixel_array.ravel())


@pytest.mark.corpus
def test_a_segmentation_of_a_slide_is_refused_with_a_way_out(testdata):
    path = testdata / "dicom/seg-fractional/seg_image_sm_control_labelmap.dcm"
    outcome = read([path]).outcomes[path]
    assert outcome.outcome == "refused"
    assert "slide" in outcome.reason


def source(tmp_path):
    return write_slices(
        tmp_path / "ct",
        [
            slice_dataset(
                n,
                values=np.full((8, 10), n, np.int16),
                SOPInstanceUID=f"1.2.3.{n + 1}",
                PatientID="7",
                PatientName="Doe^Jane",
                PatientBirthDate="",
                PatientSex="",
                StudyDate="20200101",
                StudyTime="",
                StudyID="",
                AccessionNumber="",
                ReferringPhysicianName="",
                FrameOfReferenceUID="1.2.9",
                SeriesNumber=3,
                ImagePositionPatient=[0.0, 1.0, 2.0 * n],
            )
            for n in range(6)
        ],
    )


def test_what_was_written_is_read_back_on_the_same_voxels(tmp_path):
    paths = source(tmp_path)
    [ct] = read(paths).images
    labels = np.zeros((6, 8, 10), np.uint8)
    labels[1:3, 2:5, 3:6], labels[4, 6, 1:9] = 1, 2
    written = tmp_path / "seg.dcm"
    written.write_bytes(
        write_segmentation(labels, source=ct.header.files, segments=[Segment(1, "nodule"), Segment(2, "vessel")])
    )
    [seg] = read([written]).images
    assert seg.header.facts["Segments"] == {"1": "nodule", "2": "vessel"}
    assert seg.header.facts["StudyInstanceUID"] == ct.header.facts["StudyInstanceUID"]
    first = round((seg.header.geometry.origin[2] - ct.header.geometry.origin[2]) / 2)
    back = np.zeros_like(labels)
    back[first : first + seg.header.shape[0]] = voxels(seg)
    np.testing.assert_array_equal(back, labels)
    assert seg.header.geometry.spacing == pytest.approx(ct.header.geometry.spacing)
    assert seg.header.geometry.place(3, 2, 0)[:2] == pytest.approx(ct.header.geometry.place(3, 2, 0)[:2])


def test_labels_without_a_segment_and_missing_slices_are_named(tmp_path):
    paths = source(tmp_path)
    labels = np.full((6, 8, 10), 4, np.uint8)
    with pytest.raises(ValueError, match=r"labels \[4\] occur and have no segment"):
        write_segmentation(labels, source=paths, segments=[Segment(1, "nodule")])
    with pytest.raises(ValueError, match="5 slices of labels do not fit a source of 6"):
        write_segmentation(labels[:5] // 4, source=paths, segments=[Segment(1, "nodule")])


def test_the_newest_segmentation_of_a_series_is_current(tmp_path):
    paths = source(tmp_path)
    labels = np.zeros((6, 8, 10), np.uint8)
    written = []
    for n, day in enumerate(("20240101", "20250101")):
        labels[n + 1] = 1
        dataset = pydicom.dcmread(BytesIO(write_segmentation(labels, source=paths, segments=[Segment(1, "nodule")])))
        dataset.SeriesInstanceUID, dataset.ContentDate = "1.2.77", day
        path = tmp_path / f"{n}.dcm"
        dataset.save_as(path)
        written.append(path)
    reading = read(written)
    [image] = reading.images
    assert image.header.files == (written[1],)
    assert reading.outcomes[written[0]].outcome == "ignored"
    assert "newer revision" in reading.outcomes[written[0]].reason
