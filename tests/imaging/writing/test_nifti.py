"""NIfTI files: what nibabel and SimpleITK read from them is what was in the image."""

import gzip

import nibabel
import numpy as np
import pytest
import SimpleITK

from readroom.imaging import Color, Geometry, ImageHeader, Scale, write_nifti
from readroom.imaging.errors import UnsupportedContent
from readroom.imaging.testing import ArraySource

TURNED = Geometry(
    origin=(-12.5, 40.25, 1000.125),
    directions=((0.6, 0.8, 0.0), (0.0, 0.0, -1.0), (-0.8, 0.6, 0.0)),
    spacing=(0.7, 1.25, 3.0),
)


def read(path):
    image = nibabel.load(path)
    return image, np.asanyarray(image.dataobj).T


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8"])
def test_every_type_comes_back(tmp_path, dtype):
    values = np.random.default_rng(1).normal(50, 20, (7, 31, 45)).astype(dtype)
    write_nifti(ArraySource(values, geometry=TURNED), tmp_path / "x.nii.gz")
    image, back = read(tmp_path / "x.nii.gz")
    assert image.get_data_dtype() == values.dtype
    np.testing.assert_array_equal(back, values)


def test_the_affine_is_in_ras(tmp_path):
    values = np.zeros((7, 31, 45), np.int16)
    write_nifti(ArraySource(values, geometry=TURNED), tmp_path / "x.nii.gz")
    image, _ = read(tmp_path / "x.nii.gz")
    x, y, z = TURNED.origin
    np.testing.assert_allclose(image.affine @ [0, 0, 0, 1], [-x, -y, z, 1], rtol=1e-6)
    step = np.array(TURNED.directions[0]) * TURNED.spacing[0] * [-1, -1, 1]
    np.testing.assert_allclose(
        (image.affine @ [1, 0, 0, 1] - image.affine @ [0, 0, 0, 1])[:3], step, rtol=1e-5, atol=1e-6
    )
    np.testing.assert_allclose(image.header.get_zooms(), TURNED.spacing, rtol=1e-6)
    assert image.header.get_xyzt_units() == ("mm", "sec")


def test_simpleitk_finds_the_same_geometry(tmp_path):
    write_nifti(ArraySource(np.zeros((7, 31, 45), np.int16), geometry=TURNED), tmp_path / "x.nii.gz")
    image = SimpleITK.ReadImage(str(tmp_path / "x.nii.gz"))
    np.testing.assert_allclose(image.GetOrigin(), TURNED.origin, rtol=1e-5)
    np.testing.assert_allclose(image.GetSpacing(), TURNED.spacing, rtol=1e-5)
    np.testing.assert_allclose(np.array(image.GetDirection()).reshape(3, 3).T, TURNED.directions, atol=1e-5)


def test_stored_values_stay_with_slope_and_intercept_beside_them(tmp_path):
    values = np.arange(24, dtype=np.uint16).reshape(2, 3, 4)
    header = ImageHeader(name="x", shape=values.shape, dtype=values.dtype, scales=(Scale(0.25, -1024, "HU"),))
    write_nifti(ArraySource(values, header=header), tmp_path / "x.nii.gz")
    image, real = read(tmp_path / "x.nii.gz")
    assert image.get_data_dtype() == np.uint16
    np.testing.assert_allclose(real, values * 0.25 - 1024)


def test_scales_that_differ_are_applied(tmp_path):
    values = np.ones((2, 3, 4), np.uint16)
    header = ImageHeader(name="x", shape=values.shape, dtype=values.dtype, scales=(Scale(0.5, 0), Scale(2.5, 1)))
    write_nifti(ArraySource(values, header=header), tmp_path / "x.nii.gz")
    _, real = read(tmp_path / "x.nii.gz")
    assert (real[0].max(), real[1].max()) == (0.5, 3.5)


def test_time_is_the_fourth_axis(tmp_path):
    values = np.arange(2 * 3 * 4 * 5, dtype=np.int16).reshape(2, 3, 4, 5)
    write_nifti(ArraySource(values, time_points=2), tmp_path / "x.nii.gz")
    image, back = read(tmp_path / "x.nii.gz")
    assert image.shape == (5, 4, 3, 2)
    np.testing.assert_array_equal(back, values)


def test_colour_of_eight_bits_is_written_and_wider_colour_refused(tmp_path):
    values = np.arange(2 * 3 * 4 * 3, dtype=np.uint8).reshape(2, 3, 4, 3)
    write_nifti(ArraySource(values, color=Color.RGB), tmp_path / "x.nii.gz")
    image = SimpleITK.ReadImage(str(tmp_path / "x.nii.gz"))
    np.testing.assert_array_equal(SimpleITK.GetArrayFromImage(image), values)
    with pytest.raises(UnsupportedContent, match="MetaImage"):
        write_nifti(ArraySource(values.astype(np.uint16), color=Color.RGB), tmp_path / "y.nii.gz")
    with pytest.raises(UnsupportedContent, match="32,767"):
        write_nifti(ArraySource(np.zeros((1, 40000), np.uint8)), tmp_path / "y.nii.gz")
    assert not (tmp_path / "y.nii.gz").exists()


def test_the_file_is_one_whole_gzip_member(tmp_path):
    values = np.random.default_rng(1).integers(0, 99, (30, 200, 200), dtype=np.int16)
    write_nifti(ArraySource(values), tmp_path / "x.nii.gz", threads=3)
    data = gzip.decompress((tmp_path / "x.nii.gz").read_bytes())
    assert data[352:] == values.tobytes()
