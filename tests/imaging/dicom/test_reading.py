"""From any mix of DICOM files to images and one outcome per file."""

import random
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pydicom
import pytest
import SimpleITK
from pydicom.dataset import Dataset
from tests.imaging.counting import counted_statements
from tests.imaging.dicom.scenes import files_in, kinds, read, slice_dataset, upload, voxels, write, write_slices

from readroom.imaging.dicom.reading import is_dicom
from readroom.imaging.errors import RefusedFile
from readroom.imaging.source import Color, UploadedFile

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydicom")


def test_a_series_becomes_one_volume_in_the_order_of_its_places(tmp_path):
    paths = write_slices(tmp_path, [slice_dataset(n) for n in (4, 1, 3, 2)])
    [image] = read(paths).images
    assert image.header.shape == (4, 4, 6)
    assert voxels(image)[:, 0, 0].tolist() == [1, 2, 3, 4]
    assert image.header.geometry.spacing == (1.0, 1.0, 2.0)
    assert image.header.geometry.origin == (0.0, 0.0, 2.0)
    assert image.header.findings == ()
    assert [path.name for path in image.header.files] == ["001.dcm", "003.dcm", "002.dcm", "000.dcm"]


def test_the_order_of_the_files_changes_nothing(tmp_path):
    datasets = [slice_dataset(n) for n in range(5)]
    datasets += [slice_dataset(n, SeriesInstanceUID="1.2.4", SOPInstanceUID=f"1.2.4.{n}") for n in range(3)]
    paths = write_slices(tmp_path, datasets)
    headers = [image.header for image in read(paths).images]
    random.Random(1).shuffle(paths)
    assert [image.header for image in read(paths).images] == headers


# --- what another importer gets wrong -------------------------------------------------------------------------------


def test_pixel_spacing_is_rows_first_so_the_width_of_a_pixel_is_its_second_number(tmp_path):
    [image] = read(write_slices(tmp_path, [slice_dataset(n, PixelSpacing=[0.5, 1.5]) for n in (1, 2)])).images
    assert image.header.geometry.spacing == (1.5, 0.5, 2.0)


def test_detector_spacing_is_used_and_said_to_be_the_detectors(tmp_path):
    plain = slice_dataset(1, Modality="DX", ImagerPixelSpacing=[0.139, 0.139], PixelSpacing=None)
    [image] = read([write(plain, tmp_path / "a.dcm")]).images
    assert image.header.geometry.spacing[:2] == (0.139, 0.139)
    assert kinds(image) == ["detector-spacing"]


def test_detector_spacing_is_divided_by_a_recorded_magnification(tmp_path):
    magnified = slice_dataset(
        1,
        Modality="DX",
        ImagerPixelSpacing=[0.15, 0.15],
        PixelSpacing=None,
        EstimatedRadiographicMagnificationFactor=1.5,
    )
    [image] = read([write(magnified, tmp_path / "a.dcm")]).images
    assert image.header.geometry.spacing[:2] == pytest.approx((0.1, 0.1))
    assert kinds(image) == ["magnification-corrected"]


def test_missing_slices_are_counted_and_named(tmp_path):
    [image] = read(write_slices(tmp_path, [slice_dataset(n) for n in range(12) if n not in (5, 6, 7, 8)])).images
    assert image.header.geometry.spacing[2] == 2.0
    [finding] = image.header.findings
    assert finding.kind == "gap"
    assert "4 slices are missing" in finding.message
    assert finding.frames == (4,)


def test_a_slice_of_another_orientation_is_an_image_of_its_own(tmp_path):
    datasets = [slice_dataset(n) for n in range(5)]
    datasets.append(slice_dataset(9, ImageOrientationPatient=[0, 1, 0, 0, 0, -1]))
    assert [image.header.shape for image in read(write_slices(tmp_path, datasets)).images] == [(5, 4, 6), (1, 4, 6)]


def test_a_gantry_tilt_keeps_its_shear_and_is_named(tmp_path):
    datasets = [slice_dataset(n, ImagePositionPatient=[0.0, 1.0 * n, 2.0 * n]) for n in range(6)]
    [image] = read(write_slices(tmp_path, datasets)).images
    assert image.header.geometry.spacing[2] == pytest.approx(2.0)
    assert image.header.geometry.slice_step == pytest.approx((0.0, 1.0, 2.0))
    assert kinds(image) == ["gantry-tilt"]
    assert image.header.geometry.place(0, 0, 5) == pytest.approx((0.0, 5.0, 10.0))


def test_a_scout_of_another_size_does_not_spoil_the_series(tmp_path):
    datasets = [slice_dataset(n) for n in range(5)]
    datasets.append(slice_dataset(9, values=np.zeros((8, 6), np.int16), ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"]))
    reading = read(write_slices(tmp_path, datasets))
    assert [image.header.shape for image in reading.images] == [(5, 4, 6), (1, 8, 6)]
    assert {outcome.outcome for outcome in reading.outcomes.values()} == {"used"}


def test_rescale_in_functional_groups_gives_hounsfield_units(tmp_path):
    enhanced = slice_dataset(
        1, values=np.full((2, 4, 6), 1000, np.int16), SOPClassUID="1.2.840.10008.5.1.4.1.1.2.1", NumberOfFrames=2
    )
    enhanced.Rows, enhanced.Columns, enhanced.SamplesPerPixel = 4, 6, 1
    shared, groups = Dataset(), [Dataset(), Dataset()]
    for name, values in {
        "PixelValueTransformationSequence": {"RescaleSlope": 1, "RescaleIntercept": -1024, "RescaleType": "HU"},
        "PixelMeasuresSequence": {"PixelSpacing": [0.7, 0.8], "SliceThickness": 3},
        "PlaneOrientationSequence": {"ImageOrientationPatient": [1, 0, 0, 0, 1, 0]},
    }.items():
        item = Dataset()
        for key, value in values.items():
            setattr(item, key, value)
        setattr(shared, name, [item])
    for z, group in zip((9.0, 4.0), groups, strict=True):
        item = Dataset()
        item.ImagePositionPatient = [0, 0, z]
        group.PlanePositionSequence = [item]
    enhanced.SharedFunctionalGroupsSequence, enhanced.PerFrameFunctionalGroupsSequence = [shared], groups
    [image] = read([write(enhanced, tmp_path / "a.dcm")]).images
    [scale] = image.header.scales
    assert 1000 * scale.slope + scale.intercept == -24
    assert scale.unit == "HU"
    assert image.header.geometry.spacing == (0.8, 0.7, 5.0)
    assert image.header.geometry.origin[2] == 4.0


def test_no_instance_number_is_no_obstacle(tmp_path):
    [image] = read(write_slices(tmp_path, [slice_dataset(n, InstanceNumber=None) for n in (3, 1, 2)])).images
    assert voxels(image)[:, 0, 0].tolist() == [1, 2, 3]
    assert image.header.findings == ()


# --- the rest of a hospital -----------------------------------------------------------------------------------------


def test_slopes_that_differ_from_slice_to_slice_are_kept_for_each(tmp_path):
    datasets = [
        slice_dataset(n, Modality="PT", RescaleSlope=0.5 * n, RescaleIntercept=0, Units="BQML") for n in (1, 2, 3)
    ]
    [image] = read(write_slices(tmp_path, datasets)).images
    assert [scale.slope for scale in image.header.scales] == [0.5, 1.0, 1.5]
    assert {scale.unit for scale in image.header.scales} == {"Bq/ml"}


def test_inverted_values_are_flagged_and_not_changed(tmp_path):
    [image] = read([write(slice_dataset(7, PhotometricInterpretation="MONOCHROME1"), tmp_path / "a.dcm")]).images
    assert image.header.is_inverted
    assert image.frame(0).max() == 7


def test_repeated_places_are_time_points_in_the_order_of_their_times(tmp_path):
    datasets = [
        slice_dataset(
            10 * time + place,
            ImagePositionPatient=[0, 0, 3.0 * place],
            AcquisitionTime=f"12000{9 - time}",
            InstanceNumber=1,
        )
        for time in range(3)
        for place in range(4)
    ]
    [image] = read(write_slices(tmp_path, datasets)).images
    assert image.header.shape == (3, 4, 4, 6)
    assert image.header.time_points == 3
    assert voxels(image)[:, :, 0, 0].tolist() == [[20, 21, 22, 23], [10, 11, 12, 13], [0, 1, 2, 3]]


def test_time_points_with_a_lost_slice_are_shown_without_a_time_axis_and_it_is_said(tmp_path):
    datasets = [
        slice_dataset(10 * t + place, ImagePositionPatient=[0, 0, 3.0 * place]) for t in range(3) for place in range(4)
    ]
    [image] = read(write_slices(tmp_path, datasets[:-1])).images
    assert image.header.shape == (11, 4, 6)
    assert "gap" in kinds(image)


def test_each_multi_frame_instance_and_each_projection_is_an_image_of_its_own(tmp_path):
    cine = {"Modality": "US", "NumberOfFrames": 3, "FrameTime": 40, "ImagePositionPatient": None, "PixelSpacing": None}
    loops = [slice_dataset(n, values=np.full((3, 4), n, np.uint8), **cine) for n in (1, 2)]
    for loop in loops:
        loop.Rows, loop.PixelData = 1, loop.PixelData
    projections = [slice_dataset(n, Modality="CR", SeriesInstanceUID="1.2.9") for n in (3, 4)]
    images = read(write_slices(tmp_path, loops + projections)).images
    assert [image.header.shape for image in images] == [(3, 1, 4), (3, 1, 4), (4, 6), (4, 6)]
    assert [image.header.frame_seconds for image in images] == [0.04, 0.04, None, None]


def test_a_file_given_twice_is_used_once_and_its_copy_is_named(tmp_path):
    paths = write_slices(tmp_path, [slice_dataset(n) for n in (1, 2, 3)])
    copy = tmp_path / "copy.dcm"
    shutil.copy(paths[1], copy)
    reading = read([*paths, copy])
    [image] = reading.images
    assert image.header.shape == (3, 4, 6)
    assert kinds(image) == ["duplicate-file"]
    assert reading.outcomes[copy].outcome == "used"
    assert "copy of 001.dcm" in reading.outcomes[copy].reason


def test_two_different_slices_under_one_uid_are_both_kept(tmp_path):
    datasets = [slice_dataset(n, SOPInstanceUID="1.2.3.9" if n < 3 else f"1.2.3.{n}") for n in (1, 2, 3)]
    [image] = read(write_slices(tmp_path, datasets)).images
    assert voxels(image)[:, 0, 0].tolist() == [1, 2, 3]


def test_what_has_no_pixels_is_ignored_with_a_sentence(tmp_path):
    report = slice_dataset(1, SOPClassUID="1.2.840.10008.5.1.4.1.1.88.33", PixelData=None)
    paths = [write(report, tmp_path / "sr.dcm"), write(slice_dataset(2), tmp_path / "ct.dcm")]
    reading = read(paths)
    assert len(reading.images) == 1
    assert reading.outcomes[paths[0]].outcome == "ignored"
    assert "structured report" in reading.outcomes[paths[0]].reason


def test_a_video_is_called_a_video(tmp_path):
    video = slice_dataset(1, NumberOfFrames=9)
    video.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.102"
    video.PixelData = pydicom.encaps.encapsulate([b"\0\0\0\x18ftypmp42"])
    path = write(video, tmp_path / "video.dcm")
    assert "video" in read([path]).outcomes[path].reason


def test_one_bad_file_never_spoils_the_others(tmp_path):
    paths = write_slices(tmp_path, [slice_dataset(n) for n in range(4)])
    paths[1].write_bytes(paths[1].read_bytes()[:300])
    reading = read(paths)
    [image] = reading.images
    assert image.header.shape == (3, 4, 6)
    assert reading.outcomes[paths[1]].outcome == "refused"
    assert kinds(image) == ["gap"]


def test_a_uid_that_is_none_never_reaches_the_facts(tmp_path):
    evil = slice_dataset(1, StudyInstanceUID="../../etc/passwd", SOPInstanceUID="1.2<script>")
    with pytest.warns(UserWarning, match="Invalid value for VR UI"):
        write(evil, tmp_path / "a.dcm")
    [image] = read([tmp_path / "a.dcm"]).images
    assert "StudyInstanceUID" not in image.header.facts
    assert not any(".." in str(value) for value in image.header.facts.values())


def test_texts_of_a_header_are_shown_as_one_printable_line(tmp_path):
    named = slice_dataset(1, SeriesDescription="CT \x1b[31mred\r\n<b>", BodyPartExamined="HEAD\tNECK")
    [image] = read([write(named, tmp_path / "a.dcm")]).images
    assert image.header.name == "CT  [31mred  <b>"
    assert image.header.facts["BodyPartExamined"] == "HEAD NECK"


def test_instances_are_named_in_the_order_of_the_frames(tmp_path):
    [image] = read(write_slices(tmp_path, [slice_dataset(n) for n in (4, 1, 3)])).images
    assert image.header.facts["SOPInstanceUIDs"] == ["1.2.3.1", "1.2.3.3", "1.2.3.4"]


def test_a_projection_says_which_way_its_rows_and_columns_run(tmp_path):
    plate = slice_dataset(1, Modality="DX", PatientOrientation=["L", "F"], ImageOrientationPatient=None)
    [image] = read([write(plate, tmp_path / "a.dcm")]).images
    assert image.header.facts["PatientOrientation"] == ["L", "F"]


def test_pixels_of_different_kinds_do_not_make_one_array(tmp_path):
    datasets = [
        slice_dataset(1),
        slice_dataset(2, values=np.zeros((4, 6), np.uint16)),
        slice_dataset(3, PhotometricInterpretation="MONOCHROME1"),
        slice_dataset(4, values=np.zeros((4, 6, 3), np.uint8), PhotometricInterpretation="RGB", PlanarConfiguration=0),
    ]
    assert len(read(write_slices(tmp_path, datasets)).images) == 4


def test_files_without_any_uid_still_become_images(tmp_path):
    datasets = [slice_dataset(n) for n in (1, 2)]
    paths = write_slices(tmp_path, datasets)
    for path in paths:
        stripped = pydicom.dcmread(path)
        del stripped.SOPInstanceUID, stripped.SeriesInstanceUID, stripped.StudyInstanceUID
        pydicom.dcmwrite(path, stripped)
    [image] = read(paths).images
    assert voxels(image)[:, 0, 0].tolist() == [1, 2]


def test_frames_decode_in_many_threads_at_once(tmp_path):
    [image] = read(write_slices(tmp_path, [slice_dataset(n) for n in range(40)])).images
    gate = threading.Barrier(8)

    def decode_all():
        gate.wait()
        return [int(image.frame(i)[0, 0]) for i in range(40)]

    with ThreadPoolExecutor(8) as pool:
        results = [job.result() for job in [pool.submit(decode_all) for _ in range(8)]]
    assert results == [list(range(40))] * 8


def test_sorting_many_slices_takes_work_in_proportion(tmp_path):
    [path] = write_slices(tmp_path, [slice_dataset(1)])
    data = path.read_bytes()
    uid, position = b"1.2.3.1\0", b"0.0\\0.0\\2.0 "
    assert data.count(position) == 1
    for n in range(400):
        made = data.replace(uid, f"1.{n:06}".encode()).replace(position, b"0\\0\\" + f"{n:07}.".encode())
        (tmp_path / f"s{n:04}.dcm").write_bytes(made)
    paths = sorted(tmp_path.glob("s*.dcm"))
    statements = {}
    for count in (1, 100, 400):
        with counted_statements() as work:
            [image] = read(paths[:count]).images
        assert image.header.shape[0] == count
        statements[count] = work.statements
    assert 10_000 < statements[400] < 4.2 * statements[100]


def test_files_are_recognised_by_their_first_bytes():
    magic = bytes(128) + b"DICM"
    assert is_dicom(UploadedFile(None, "a", magic))
    assert is_dicom(UploadedFile(None, "a", b"\x08\x00\x05\x00CS\x0a\x00ISO_IR 100"))
    assert is_dicom(UploadedFile(None, "a", b"\x08\x00\x08\x00\x10\x00\x00\x00ORIGINAL\\PRIMARY"))
    assert not is_dicom(UploadedFile(None, "a", b"\x89PNG\r\n\x1a\n"))
    assert not is_dicom(UploadedFile(None, "a", b"ObjectType = Image"))
    assert not is_dicom(UploadedFile(None, "a", b""))


# --- real files -----------------------------------------------------------------------------------------------------

SHAPES = {
    "dicom/ct-chest-lidc0314": [(50, 512, 512)],
    "dicom/ct-gantry-tilt-phantom": [(12, 512, 512)],
    "dicom/mr-t1-vsseg001": [(18, 512, 512)],
    "dicom/mr-epi-nih/series-0004": [(10, 15, 64, 64)],
    "dicom/mr-epi-nih/series-0005": [(10, 15, 64, 64)],
    "dicom/mr-3plane-localizer": [(7, 256, 256)] * 3,
    "dicom/ct-classic-and-enhanced": [(7, 512, 512)] * 2,
    "dicom/enhanced-mr-nema": [(3, 256, 256)] * 4,
    "dicom/xa-cine": [(96, 512, 512)],
    "dicom/us-cine-ybr422": [(30, 240, 320, 3)],
    "dicom/rtdose": [(15, 10, 10)],
    "dicom/mg": [(3062, 2394)],
    "dicom/cr-mono1": [(440, 440)],
    "dicom-variants/missing-slices": [(13, 64, 64)],
    "dicom-variants/duplicate-position": [(16, 64, 64)],
    "dicom-variants/duplicate-file": [(15, 64, 64)],
    "dicom-variants/mixed-matrix": [(12, 64, 64), (3, 32, 32)],
    "dicom-variants/mixed-pixel-spacing": [(10, 64, 64), (5, 64, 64)],
    "dicom-variants/one-no-orientation": [(14, 64, 64), (64, 64)],
    "dicom-variants/sop-uid-clash": [(15, 64, 64)],
    "dicom-variants/shuffled-order": [(15, 64, 64)],
}


@pytest.mark.corpus
@pytest.mark.parametrize("folder", SHAPES)
def test_real_series_become_the_images_a_radiologist_expects(testdata, folder):
    reading = read(files_in(testdata / folder))
    assert [image.header.shape for image in reading.images] == SHAPES[folder]


FINDINGS = {
    "dicom/ct-chest-lidc0314": [],
    "dicom/ct-gantry-tilt-phantom": ["gantry-tilt"],
    "dicom-variants/missing-slices": ["gap"],
    "dicom-variants/duplicate-position": ["duplicate-position"],
    "dicom-variants/duplicate-file": ["duplicate-file"],
    "dicom-variants/non-uniform-spacing": ["non-uniform-spacing"],
    "dicom-variants/no-image-position": ["missing-position", "assumed-slice-spacing"],
    "dicom-variants/shuffled-order": [],
    "dicom-variants/sop-uid-clash": [],
}


@pytest.mark.corpus
@pytest.mark.parametrize("folder", FINDINGS)
def test_what_is_wrong_with_a_real_series_is_named_and_nothing_else(testdata, folder):
    [image] = read(files_in(testdata / folder)).images
    assert kinds(image) == FINDINGS[folder]


ITK_SERIES = [
    "dicom/ct-chest-lidc0314",
    "dicom/mr-t1-vsseg001",
    "dicom/ct-lidc-with-objects",
    "dicom-variants/shuffled-order",
]


@pytest.mark.corpus
@pytest.mark.parametrize("folder", ITK_SERIES)
def test_voxels_and_geometry_are_those_of_itk(testdata, folder):
    image = next(image for image in read(files_in(testdata / folder)).images if image.header.modality in ("CT", "MR"))
    reader = SimpleITK.ImageSeriesReader()
    reader.SetFileNames([str(path) for path in image.header.files])
    itk = reader.Execute()
    geometry = image.header.geometry
    directions = np.array(itk.GetDirection()).reshape(3, 3).T
    np.testing.assert_allclose(geometry.spacing, itk.GetSpacing(), rtol=1e-6)
    np.testing.assert_allclose(geometry.origin, itk.GetOrigin(), atol=1e-6)
    np.testing.assert_allclose(geometry.directions, directions, atol=1e-6)
    [scale] = image.header.scales
    real = voxels(image) * scale.slope + scale.intercept
    np.testing.assert_array_equal(real, SimpleITK.GetArrayFromImage(itk))


@pytest.mark.corpus
def test_sagittal_and_coronal_stacks_have_the_geometry_of_itk(testdata):
    for image in read(files_in(testdata / "dicom/mr-3plane-localizer")).images:
        reader = SimpleITK.ImageSeriesReader()
        reader.SetFileNames([str(path) for path in image.header.files])
        itk = reader.Execute()
        geometry = image.header.geometry
        np.testing.assert_allclose(geometry.spacing, itk.GetSpacing(), rtol=1e-5)
        np.testing.assert_allclose(geometry.directions, np.array(itk.GetDirection()).reshape(3, 3).T, atol=1e-6)
        for index in ((0, 0, 0), (10, 20, 6), (255, 255, 3)):
            np.testing.assert_allclose(geometry.place(*index), itk.TransformIndexToPhysicalPoint(index), atol=1e-3)


@pytest.mark.corpus
def test_time_points_hold_the_slices_that_were_acquired_together(testdata):
    [image] = read(files_in(testdata / "dicom/mr-epi-nih/series-0004")).images
    numbers = [int(pydicom.dcmread(path, stop_before_pixels=True).InstanceNumber) for path in image.header.files]
    assert [sorted(numbers[i : i + 15]) for i in range(0, 150, 15)] == [
        list(range(first, first + 15)) for first in range(1, 151, 15)
    ]
    places = [
        pydicom.dcmread(path, stop_before_pixels=True).ImagePositionPatient[2] for path in image.header.files[:15]
    ]
    assert places == sorted(places)


@pytest.mark.corpus
def test_another_frame_of_reference_on_every_slice_does_not_split_a_series(testdata):
    paths = files_in(testdata / "dicom/ct-chest-lidc0314")
    assert len({pydicom.dcmread(path, stop_before_pixels=True).FrameOfReferenceUID for path in paths}) == 50
    assert len(read(paths).images) == 1


@pytest.mark.corpus
def test_real_rescale_variants_of_a_slice_have_the_same_hounsfield_units(testdata):
    source = pydicom.dcmread(testdata / "dicom/ct-chest-lidc0314/000211.dcm")
    folder = testdata / "dicom-variants/ct-pixel"
    images = {image.header.name: image for image in read(files_in(folder)).images}
    expected = source.pixel_array * float(source.RescaleSlope) + float(source.RescaleIntercept)
    values = {}
    for name in ("ct-s16", "ct-u16-rescale"):
        [scale] = images[name].header.scales
        values[name] = images[name].frame(0) * scale.slope + scale.intercept
    np.testing.assert_array_equal(values["ct-s16"], expected)
    np.testing.assert_array_equal(values["ct-u16-rescale"], expected)
    assert images["ct-mono1"].header.is_inverted
    assert images["ct-nonsquare"].header.geometry.spacing[:2] == (0.78125, 1.5625)


@pytest.mark.corpus
def test_every_bad_file_ends_in_its_own_sentence_with_little_work(testdata):
    for path in sorted((testdata / "bad").glob("*.dcm")):
        with counted_statements() as work:
            outcome = read([path]).outcomes[path]
        assert work.statements < 100_000, path
        if path.stem in GOOD_ENOUGH:
            assert outcome.outcome == "used", (path, outcome)
        elif path.stem != "corrupt-jpeg2000":
            assert outcome.outcome == "refused", (path, outcome)
            assert outcome.reason.endswith("."), path


GOOD_ENOUGH = {"invalid-utf8-name", "markup-in-header", "no-study-series-uid", "uid-path-traversal"}
"""Bad for a database or a browser; their pixels are right."""


@pytest.mark.corpus
def test_a_corrupt_codestream_is_refused_or_gives_a_whole_frame(testdata):
    [image] = read([testdata / "bad/corrupt-jpeg2000.dcm"]).images
    try:
        assert image.frame(0).shape == (1024, 1024)
    except RefusedFile as refusal:
        assert str(refusal)  # noqa: PT017


@pytest.mark.corpus
def test_every_dicom_file_of_the_corpus_has_exactly_one_outcome(testdata):
    paths = [path for path in files_in(testdata / "dicom") if is_dicom(upload(path))]
    reading = read(paths)
    assert set(reading.outcomes) == set(paths)
    for outcome in reading.outcomes.values():
        assert (outcome.outcome == "used") == bool(outcome.images)
        assert outcome.reason or outcome.outcome == "used"
    assert all(image.header.color in Color for image in reading.images)


def test_a_palette_beside_gray_values_is_told_and_the_values_stay(tmp_path):
    values = np.array([[5, 1024, 1025]], np.uint16)
    dataset = slice_dataset(values=values, PixelPresentation="COLOR")
    for name in ("Red", "Green", "Blue"):
        setattr(dataset, f"{name}PaletteColorLookupTableDescriptor", [2, 1024, 16])
        setattr(dataset, f"{name}PaletteColorLookupTableData", np.array([0, 255 << 8], "<u2").tobytes())
    [image] = read([write(dataset, tmp_path / "map.dcm")]).images
    np.testing.assert_array_equal(voxels(image)[0], values)
    [finding] = [finding for finding in image.header.findings if finding.kind == "colors-not-shown"]
    assert "from 1024 on" in finding.message
