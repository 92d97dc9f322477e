import gzip
import struct

import nibabel
import numpy as np
import pytest
import SimpleITK
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from readroom.imaging.errors import CorruptFile, MissingCompanion, TooLarge, TruncatedFile, UnsupportedContent
from readroom.imaging.geometry import FindingKind
from readroom.imaging.source import Color, Scale, Window
from readroom.imaging.testing.strategies import geometries
from readroom.imaging.volume import affine_of

FILES = [
    "volumes/ct-crop.nii",
    "volumes/ct-crop.nii.gz",
    "volumes/epi-4d.nii.gz",
    "nifti/misc/adi_slice.nii.gz",
    "nifti/misc/anatomical.nii",
    "nifti/misc/avf_float_32.nii.gz",
    "nifti/misc/example4d.nii.gz",
    "nifti/misc/example_nifti2.nii.gz",
    "nifti/misc/functional.nii",
    "nifti/misc/someones_anatomy.nii.gz",
    "nifti/orientations/ASL.nii.gz",
    "nifti/orientations/ILP.nii.gz",
    "nifti/orientations/LAS.nii.gz",
    "nifti/orientations/LPS.nii.gz",
    "nifti/orientations/PIR.nii.gz",
    "nifti/orientations/RAS.nii.gz",
    "nifti/orientations/RPI.nii.gz",
    "nifti/orientations/SAR.nii.gz",
    "panimg/image10x11x12.nii",
    "panimg/image10x11x12.nii.gz",
]
NOT_BY_SIMPLEITK = {
    "nifti/misc/example_nifti2.nii.gz": "SimpleITK does not read NIfTI-2",
}
BAD = {
    "bad/nifti-bad-dims.nii": CorruptFile,
    "bad/nifti-singular-affine.nii": CorruptFile,
    "bad/nifti-truncated.nii.gz": TruncatedFile,
}
TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def make(array, affine=None, *, order="<", kind=nibabel.Nifti1Image, sform=1, qform=1, units=("mm", "sec")):
    affine = np.eye(4) if affine is None else affine
    header = kind.header_class(endianness=order)
    header.set_data_dtype(array.dtype)
    image = kind(array, affine, header=header)
    image.set_qform(affine, code=qform, update_affine=False)
    image.set_sform(affine, code=sform, update_affine=False)
    image.header.set_xyzt_units(*units)
    return image


def patched(path, position, format_, *values):
    data = bytearray(path.read_bytes())
    struct.pack_into(format_, data, position, *values)
    path.write_bytes(data)
    return path


@pytest.mark.corpus
@pytest.mark.parametrize("name", FILES)
def test_voxels_and_affine_are_those_that_nibabel_reads(name, testdata, open_image, array_of):
    oracle = nibabel.load(testdata / name)
    source = open_image(testdata / name)
    stored = np.asanyarray(oracle.dataobj.get_unscaled())
    assert np.array_equal(array_of(source), stored.T)
    slope, intercept = oracle.dataobj.slope, oracle.dataobj.inter
    assert source.header.scales == (Scale(float(slope), float(intercept)),)
    assert affine_of(source.header.geometry) == pytest.approx(TO_LPS @ oracle.affine, abs=1e-4)


@pytest.mark.corpus
@pytest.mark.parametrize("name", [name for name in FILES if name not in NOT_BY_SIMPLEITK])
def test_geometry_is_that_which_simpleitk_reads(name, testdata, open_image):
    oracle = SimpleITK.ReadImage(str(testdata / name))
    geometry = open_image(testdata / name).header.geometry
    direction = np.array(oracle.GetDirection()).reshape(oracle.GetDimension(), -1)[:3, :3]
    assert pytest.approx(direction, abs=1e-5) == np.array(geometry.directions).T
    assert geometry.spacing == pytest.approx(oracle.GetSpacing()[:3], rel=1e-5)
    assert geometry.origin == pytest.approx(oracle.GetOrigin()[:3], abs=1e-4)


@pytest.mark.corpus
@pytest.mark.parametrize("name", BAD)
def test_each_bad_file_ends_in_its_own_error_with_one_sentence(name, testdata, open_image, array_of):
    with pytest.raises(BAD[name]) as caught:
        array_of(open_image(testdata / name))
    assert caught.value.reason.endswith(".")


@pytest.mark.corpus
def test_a_singular_orientation_is_named(testdata, open_image):
    with pytest.raises(CorruptFile, match=r"orientation \(sform\) is singular"):
        open_image(testdata / "bad/nifti-singular-affine.nii")


@given(
    geometry=geometries(right_handed=False),
    dtype=st.sampled_from(["u1", "i1", "u2", "i2", "i4", "u4", "i8", "f4", "f8"]),
    order=st.sampled_from("<>"),
    kind=st.sampled_from([nibabel.Nifti1Image, nibabel.Nifti2Image]),
    suffix=st.sampled_from([".nii", ".nii.gz"]),
    times=st.sampled_from([1, 2]),
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_nibabel_writes_is_read_back(
    geometry, dtype, order, kind, suffix, times, tmp_path, open_image, array_of
):
    array = np.arange(60 * times).reshape(5, 4, 3, times).astype(dtype)
    image = make(array, TO_LPS @ affine_of(geometry), order=order, kind=kind)
    path = tmp_path / f"image{suffix}"
    nibabel.save(image, path)
    source = open_image(path)
    expected = array.T if times > 1 else array.T[0]
    assert np.array_equal(array_of(source), expected)
    assert source.header.time_points == times
    assert affine_of(source.header.geometry) == pytest.approx(affine_of(geometry), rel=1e-4, abs=1e-3)


def test_the_sform_counts_before_the_qform(tmp_path, open_image):
    image = make(np.zeros((4, 3, 2), np.uint8))
    image.set_sform(np.diag([2.0, 2.0, 2.0, 1.0]), code=1)
    image.set_qform(np.diag([3.0, 3.0, 3.0, 1.0]), code=1)
    nibabel.save(image, tmp_path / "image.nii")
    assert open_image(tmp_path / "image.nii").header.geometry.spacing == (2, 2, 2)


def test_the_qform_counts_where_there_is_no_sform(tmp_path, open_image):
    affine = np.array([[0, -2.0, 0, 5], [2.0, 0, 0, 6], [0, 0, -3.0, 7], [0, 0, 0, 1]])
    nibabel.save(make(np.zeros((4, 3, 2), np.uint8), affine, sform=0), tmp_path / "image.nii")
    header = open_image(tmp_path / "image.nii").header
    assert affine_of(header.geometry) == pytest.approx(TO_LPS @ affine, abs=1e-6)
    assert [finding.kind for finding in header.findings] == [FindingKind.LEFT_HANDED]


def test_a_file_without_any_orientation_says_so(tmp_path, open_image):
    """nibabel invents an orientation here; the standard's method 1 has spacing alone, which is what ITK takes too."""
    image = make(np.zeros((4, 3, 2), np.uint8), np.diag([2.0, 2.5, 3.0, 1.0]), sform=0, qform=0)
    (tmp_path / "image.nii").write_bytes(image.to_bytes())
    header = open_image(patched(tmp_path / "image.nii", 252, "<2h", 0, 0)).header
    assert header.geometry.spacing == (2, 2.5, 3)
    assert [finding.kind for finding in header.findings] == [FindingKind.MISSING_ORIENTATION]
    oracle = SimpleITK.ReadImage(str(tmp_path / "image.nii"))
    assert np.array(header.geometry.directions).T.ravel() == pytest.approx(oracle.GetDirection())


@pytest.mark.parametrize(("unit", "factor"), [("meter", 1000), ("mm", 1), ("micron", 0.001), ("unknown", 1)])
def test_lengths_are_turned_to_millimetres(unit, factor, tmp_path, open_image):
    """nibabel ignores the unit; the header says it, and a volume of a mouse eye would be a metre wide."""
    nibabel.save(make(np.zeros((4, 3, 2), np.uint8), units=(unit, "sec")), tmp_path / "image.nii")
    assert open_image(tmp_path / "image.nii").header.geometry.spacing == pytest.approx((factor,) * 3)


def test_the_step_in_time_is_told_in_milliseconds(tmp_path, open_image):
    image = make(np.zeros((4, 3, 2, 5), np.uint8))
    image.header["pixdim"][4] = 2.5
    nibabel.save(image, tmp_path / "image.nii")
    assert open_image(tmp_path / "image.nii").header.facts["TemporalResolution"] == 2500


@pytest.mark.parametrize(("samples", "color"), [(3, Color.RGB), (4, Color.RGBA)])
def test_colours_are_read(samples, color, tmp_path, open_image, array_of):
    values = np.arange(24 * samples, dtype=np.uint8).reshape(2, 3, 4, samples)
    kind = np.dtype([(name, "u1") for name in "RGBA"[:samples]])
    structured = np.ascontiguousarray(values.transpose(2, 1, 0, 3)).view(kind)[..., 0]
    nibabel.save(make(structured), tmp_path / "image.nii")
    source = open_image(tmp_path / "image.nii")
    assert source.header.color is color
    assert np.array_equal(array_of(source), values)


def test_a_pair_of_files_is_one_image(tmp_path, open_file, array_of):
    array = np.arange(24, dtype=np.int16).reshape(4, 3, 2)
    nibabel.save(nibabel.Nifti1Pair(array, np.eye(4)), tmp_path / "image.hdr")
    opened = open_file(tmp_path / "image.hdr")
    assert np.array_equal(array_of(opened.images[0]), array.T)
    assert [file.name for file in opened.companions] == ["image.img"]
    (tmp_path / "image.img").unlink()
    with pytest.raises(MissingCompanion):
        open_file(tmp_path / "image.hdr")


def test_gzip_files_of_several_members_are_read(tmp_path, open_image, array_of):
    array = np.arange(24, dtype=np.int16).reshape(4, 3, 2)
    data = make(array).to_bytes()
    (tmp_path / "image.nii.gz").write_bytes(gzip.compress(data[:370]) + gzip.compress(data[370:]))
    assert np.array_equal(array_of(open_image(tmp_path / "image.nii.gz")), array.T)


def test_a_gzip_file_is_recognised_by_its_content_under_any_name(tmp_path, open_image):
    (tmp_path / "scan.bin").write_bytes(gzip.compress(make(np.zeros((4, 3, 2), np.uint8)).to_bytes()))
    assert open_image(tmp_path / "scan.bin").header.shape == (2, 3, 4)


def test_a_damaged_checksum_is_noticed(tmp_path, open_image, array_of):
    data = bytearray(gzip.compress(make(np.zeros((4, 3, 2), np.uint8)).to_bytes()))
    data[-5] ^= 1
    (tmp_path / "image.nii.gz").write_bytes(data)
    with pytest.raises(CorruptFile, match="damaged"):
        array_of(open_image(tmp_path / "image.nii.gz"))


def test_the_range_for_display_becomes_a_window(tmp_path, open_image):
    image = make(np.zeros((4, 3, 2), np.uint8))
    image.header["cal_min"], image.header["cal_max"] = 10, 50
    nibabel.save(image, tmp_path / "image.nii")
    assert open_image(tmp_path / "image.nii").header.windows == (Window(30, 40),)


@pytest.mark.parametrize(
    ("position", "format_", "values", "error"),
    [
        (40, "<8h", (9, 4, 3, 2, 1, 1, 1, 1), CorruptFile),
        (40, "<8h", (0, 4, 3, 2, 1, 1, 1, 1), CorruptFile),
        (40, "<8h", (3, 4, 0, 2, 1, 1, 1, 1), CorruptFile),
        (40, "<8h", (5, 4, 3, 2, 1, 3, 1, 1), UnsupportedContent),
        (40, "<8h", (3, 32767, 32767, 32767, 1, 1, 1, 1), TooLarge),
        (40, "<8h", (3, 4, 3, 3, 1, 1, 1, 1), TruncatedFile),
        (70, "<h", (32,), UnsupportedContent),
        (108, "<f", (float("nan"),), CorruptFile),
        (108, "<f", (1e30,), CorruptFile),
        (108, "<f", (100000.0,), TruncatedFile),
        (280, "<f", (float("inf"),), CorruptFile),
        (0, "<i", (349,), CorruptFile),
    ],
)
def test_no_header_gets_past_its_bounds(position, format_, values, error, tmp_path, open_image, array_of):
    path = tmp_path / "image.nii"
    path.write_bytes(make(np.zeros((4, 3, 2), np.uint8)).to_bytes())
    with pytest.raises(error):
        array_of(open_image(patched(path, position, format_, *values)))


def test_a_qform_that_is_no_rotation_is_refused(tmp_path, open_image):
    path = tmp_path / "image.nii"
    path.write_bytes(make(np.zeros((4, 3, 2), np.uint8), sform=0).to_bytes())
    with pytest.raises(CorruptFile, match="not a rotation"):
        open_image(patched(path, 256, "<3f", 2.0, 2.0, 2.0))


def test_a_single_slice_without_a_direction_across_gets_one(tmp_path, open_image):
    image = make(np.zeros((4, 3, 1), np.uint8))
    path = tmp_path / "image.nii"
    path.write_bytes(image.to_bytes())
    data = bytearray(path.read_bytes())
    for row in range(3):
        struct.pack_into("<f", data, 280 + row * 16 + 8, 0.0)
    path.write_bytes(data)
    geometry = open_image(path).header.geometry
    assert np.abs(geometry.directions[2]).tolist() == [0, 0, 1]
