import hashlib
import subprocess
import sys

import imagecodecs
import numpy as np
import pydicom
import pytest
import SimpleITK
from hypothesis import given
from pydicom.encaps import get_frame
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLosslessRPCL,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from readroom.imaging.source import Color
from readroom.imaging.testing import (
    Nodule,
    write_ct_phantom,
    write_mammography_phantom,
    write_mr_phantom,
    write_tiny_series,
)
from readroom.imaging.testing import strategies as ours

SYNTAXES = [
    ImplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
    RLELossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEG2000Lossless,
    HTJ2KLosslessRPCL,
]


@pytest.fixture(scope="module")
def chest(tmp_path_factory):
    return write_ct_phantom(tmp_path_factory.mktemp("chest"), slices=60, size=192, seed=3)


@pytest.fixture(scope="module")
def chest_image(chest):
    return SimpleITK.ReadImage([str(file) for file in chest.files])


def digest(folder):
    return hashlib.sha256(b"".join(file.read_bytes() for file in sorted(folder.iterdir()))).hexdigest()


def test_the_chest_has_the_geometry_it_says_it_has(chest, chest_image):
    assert chest_image.GetSize() == chest.shape[::-1]
    assert chest_image.GetSpacing() == pytest.approx(chest.spacing)
    assert chest_image.GetOrigin() == pytest.approx(chest.origin)
    assert chest.shape[0] * chest.spacing[2] == pytest.approx(60 * 2.5)


def test_every_nodule_is_seen_at_its_place_with_its_size(chest, chest_image):
    values = SimpleITK.GetArrayFromImage(chest_image).astype(float)
    z, y, x = np.indices(values.shape)
    assert len(chest.nodules) == 6
    for nodule in chest.nodules:
        center = chest_image.TransformPhysicalPointToContinuousIndex(nodule.center)
        offsets = [(i - c) * s for i, c, s in zip((x, y, z), center, chest.spacing, strict=True)]
        distance = np.sqrt(sum(offset**2 for offset in offsets))
        lung = np.median(values[(distance > nodule.radius + 3) & (distance < nodule.radius + 4)])
        assert lung < -700
        share = (values - lung) / (nodule.value - lung)
        assert share[distance < max(nodule.radius * 0.5, 2.2)].mean() > 0.5
        volume = share[distance < nodule.radius + 2].sum() * np.prod(chest.spacing)
        assert volume == pytest.approx(4 / 3 * np.pi * nodule.radius**3, rel=0.4)


def test_nodules_stand_exactly_where_one_wants_them(tmp_path):
    wanted = Nodule(center=(70.0, 10.0, 20.0), radius=8.0, value=50.0)
    phantom = write_ct_phantom(tmp_path, slices=40, size=96, nodules=[wanted])
    assert phantom.nodules == (wanted,)


def test_more_nodules_than_fit_are_refused(tmp_path):
    with pytest.raises(ValueError, match="do not fit"):
        write_ct_phantom(tmp_path, slices=1, size=32, nodules=500)


def test_the_noise_compresses_as_the_noise_of_a_scanner(tmp_path):
    """Chest CTs of the LIDC compress 2.4 times in this codec; a phantom without noise would compress 20 times."""
    phantom = write_ct_phantom(tmp_path, slices=3, transfer_syntax=HTJ2KLosslessRPCL, nodules=0)
    size = sum(file.stat().st_size for file in phantom.files)
    assert 2.1 < 3 * 512 * 512 * 2 / size < 3.1


@pytest.mark.parametrize("write", [write_ct_phantom, write_mr_phantom, write_tiny_series], ids=lambda f: f.__name__)
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(write, tmp_path):
    for name, seed in (("first", 7), ("second", 7), ("other", 8)):
        write(tmp_path / name, slices=3, size=64, seed=seed, **({"nodules": 0} if write is write_ct_phantom else {}))
    assert digest(tmp_path / "first") == digest(tmp_path / "second") != digest(tmp_path / "other")


def decode(dataset):
    decoders = {
        JPEGLosslessSV1: imagecodecs.ljpeg_decode,
        JPEGLSLossless: imagecodecs.jpegls_decode,
        JPEG2000Lossless: imagecodecs.jpeg2k_decode,
        HTJ2KLosslessRPCL: imagecodecs.htj2k_decode,
    }
    decoder = decoders.get(dataset.file_meta.TransferSyntaxUID)
    if decoder is None:
        return dataset.pixel_array
    return decoder(get_frame(dataset.PixelData, 0, number_of_frames=1)).astype(np.uint16).view(np.int16)


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda uid: uid.name)
def test_every_lossless_transfer_syntax_holds_the_same_voxels(syntax, tmp_path):
    plain = write_tiny_series(tmp_path / "plain", slices=2, size=16)
    series = write_tiny_series(tmp_path / "series", slices=2, size=16, transfer_syntax=syntax)
    assert np.array_equal(plain.voxels, series.voxels)
    read = [decode(pydicom.dcmread(file)) for file in series.files]
    assert np.array_equal(read, plain.voxels)
    datasets = [pydicom.dcmread(file) for file in series.files]
    assert {dataset.file_meta.TransferSyntaxUID for dataset in datasets} == {syntax}


def test_a_lossy_transfer_syntax_is_refused(tmp_path):
    with pytest.raises(ValueError, match="not written as JPEG Baseline"):
        write_tiny_series(tmp_path, transfer_syntax="1.2.840.10008.1.2.4.50")


def test_every_file_says_that_it_is_of_no_person(chest):
    dataset = pydicom.dcmread(chest.files[0], stop_before_pixels=True)
    assert dataset.PatientIdentityRemoved == "YES"
    assert len(list(dataset)) > 65


def test_uids_are_unique_and_valid(chest):
    uids = [pydicom.uid.UID(uid) for uid in (*chest.instance_uids, chest.series_uid, chest.study_uid)]
    assert all(uid.is_valid for uid in uids)
    assert len(set(uids)) == len(uids)


def test_the_head_is_one_dynamic_series_of_two_time_points(tmp_path):
    (head,) = write_mr_phantom(tmp_path, slices=4, size=32)
    datasets = [pydicom.dcmread(file) for file in head.files]
    assert head.shape == (2, 4, 32, 32)
    assert [dataset.TemporalPositionIdentifier for dataset in datasets] == [1] * 4 + [2] * 4
    assert {dataset.SeriesInstanceUID for dataset in datasets} == {head.series_uid}
    assert len({dataset.InstanceNumber for dataset in datasets}) == 8


def test_the_head_is_two_studies_of_one_person_when_visits_are_compared(tmp_path):
    baseline, follow_up = write_mr_phantom(tmp_path, slices=4, size=32, separate_studies=True)
    first, second = (pydicom.dcmread(phantom.files[0]) for phantom in (baseline, follow_up))
    assert first.PatientID == second.PatientID
    assert first.StudyInstanceUID == baseline.study_uid != second.StudyInstanceUID
    assert first.StudyDate < second.StudyDate
    assert baseline.lesion_radii < follow_up.lesion_radii


def test_the_lesion_of_the_head_grows(tmp_path):
    (head,) = write_mr_phantom(tmp_path, slices=24, size=128)
    volume = np.array([pydicom.dcmread(file).pixel_array for file in head.files]).reshape(head.shape)
    before, after = ((volume[time] > 850).sum() * np.prod(head.spacing) for time in (0, 1))
    for measured, radius in zip((before, after), head.lesion_radii, strict=True):
        assert measured == pytest.approx(4 / 3 * np.pi * radius**3, rel=0.35)


def test_the_mammography_has_four_views_that_face_each_other(tmp_path):
    views = write_mammography_phantom(tmp_path, rows=300)
    assert [(view.laterality, view.view) for view in views] == [("R", "CC"), ("L", "CC"), ("R", "MLO"), ("L", "MLO")]
    for view in views:
        dataset = pydicom.dcmread(view.file)
        pixels = dataset.pixel_array
        half = pixels.shape[1] // 2
        wall, air = (
            (pixels[:, :half], pixels[:, half:]) if view.laterality == "L" else (pixels[:, half:], pixels[:, :half])
        )
        assert wall.mean() > 3 * air.mean()
        assert dataset.ImagerPixelSpacing[0] == pytest.approx(view.pixel)


def test_the_mass_is_bright_in_both_views_of_the_left_breast_and_absent_in_the_right(tmp_path):
    for view in write_mammography_phantom(tmp_path, rows=300):
        if view.laterality == "R":
            assert view.mass is None
            continue
        row, column, radius = view.mass
        pixels = pydicom.dcmread(view.file).pixel_array.astype(float)
        y, x = np.indices(pixels.shape)
        distance = np.hypot(y - row, x - column)
        assert (
            pixels[distance < radius * 0.6].mean()
            > pixels[(distance > radius + 2) & (distance < radius + 8)].mean() + 300
        )


def test_a_tiny_series_has_the_gap_and_the_tilt_it_was_asked_for(tmp_path):
    series = write_tiny_series(tmp_path, slices=5, gaps={1}, tilt_degrees=45.0)
    positions = [pydicom.dcmread(file).ImagePositionPatient for file in series.files]
    assert [position[2] for position in positions] == [0, 4, 6, 8]
    assert [position[1] - positions[0][1] for position in positions] == pytest.approx([0, 4, 6, 8])
    assert np.array_equal(series.voxels, [pydicom.dcmread(file).pixel_array for file in series.files])


def test_a_tiny_series_lacks_what_it_was_asked_to_lack(tmp_path):
    series = write_tiny_series(tmp_path, without=["ImagePositionPatient", "InstanceNumber"])
    dataset = pydicom.dcmread(series.files[0])
    assert "ImagePositionPatient" not in dataset
    assert "InstanceNumber" not in dataset


def test_names_of_tiny_files_run_against_the_order_in_space(tmp_path):
    series = write_tiny_series(tmp_path)
    assert list(series.files) == sorted(series.files, reverse=True)


@given(ours.image_sources())
def test_drawn_images_keep_their_promises(source):
    header = source.header
    frames = [source.frame(i) for i in range(header.frame_count)]
    assert all(frame.shape == header.frame_shape and frame.dtype == header.dtype for frame in frames)
    assert np.array_equal(np.reshape(frames, header.shape), source.array, equal_nan=header.dtype.kind == "f")
    assert header.color is Color.GRAY or header.shape[-1] in (3, 4)


@given(ours.rotations(right_handed=False))
def test_drawn_axes_are_unit_vectors_at_right_angles(axes):
    assert np.allclose(np.array(axes) @ np.array(axes).T, np.eye(3), atol=1e-9)


@given(ours.slice_positions())
def test_drawn_slices_are_evenly_spaced(positions):
    steps = np.diff(np.array(positions), axis=0)
    assert np.allclose(steps, steps[:1], atol=1e-6)


def test_phantoms_need_no_hypothesis():
    code = "import sys; sys.modules['hypothesis'] = None; import readroom.imaging.testing"
    subprocess.run([sys.executable, "-c", code], check=True)
