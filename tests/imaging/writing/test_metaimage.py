"""MetaImage files: what SimpleITK reads from them is what was in the image."""

import numpy as np
import pytest
import SimpleITK

from readroom.imaging import Color, Geometry, ImageHeader, Pack, Scale, import_files, write_mha, write_pack
from readroom.imaging.geometry import FindingKind
from readroom.imaging.testing import ArraySource, write_tiny_series

TURNED = Geometry(
    origin=(-12.5, 40.25, 1000.125),
    directions=((0.6, 0.8, 0.0), (0.0, 0.0, -1.0), (-0.8, 0.6, 0.0)),
    spacing=(0.7, 1.25, 3.0),
)


@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8"])
def test_every_type_comes_back_with_its_geometry(tmp_path, dtype, compress):
    rng = np.random.default_rng(1)
    values = (rng.normal(50, 20, (7, 31, 45))).astype(dtype)
    write_mha(ArraySource(values, geometry=TURNED), tmp_path / "x.mha", compress=compress)
    image = SimpleITK.ReadImage(str(tmp_path / "x.mha"))
    back = SimpleITK.GetArrayFromImage(image)
    assert back.dtype == values.dtype
    np.testing.assert_array_equal(back, values)
    np.testing.assert_allclose(image.GetOrigin(), TURNED.origin)
    np.testing.assert_allclose(image.GetSpacing(), TURNED.spacing)
    np.testing.assert_allclose(np.array(image.GetDirection()).reshape(3, 3).T, TURNED.directions)


def test_a_long_image_is_one_stream_of_many_blocks(tmp_path):
    rng = np.random.default_rng(2)
    values = rng.integers(-1000, 1000, (40, 300, 300), dtype=np.int16)
    write_mha(ArraySource(values), tmp_path / "x.mha", threads=3)
    np.testing.assert_array_equal(SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(tmp_path / "x.mha"))), values)


def test_one_flat_image_has_two_axes(tmp_path):
    values = np.arange(12, dtype=np.uint8).reshape(3, 4)
    write_mha(ArraySource(values), tmp_path / "x.mha")
    image = SimpleITK.ReadImage(str(tmp_path / "x.mha"))
    assert image.GetDimension() == 2
    np.testing.assert_array_equal(SimpleITK.GetArrayFromImage(image), values)


def test_time_points_are_a_fourth_axis(tmp_path):
    values = np.arange(2 * 3 * 4 * 5, dtype=np.int16).reshape(2, 3, 4, 5)
    write_mha(ArraySource(values, time_points=2, geometry=TURNED), tmp_path / "x.mha")
    image = SimpleITK.ReadImage(str(tmp_path / "x.mha"))
    np.testing.assert_array_equal(SimpleITK.GetArrayFromImage(image), values)
    np.testing.assert_allclose(image.GetSpacing()[:3], TURNED.spacing)


@pytest.mark.parametrize("shape", [(9, 10, 3), (4, 9, 10, 3)])
def test_colour_keeps_its_samples(tmp_path, shape):
    values = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    write_mha(ArraySource(values, color=Color.RGB), tmp_path / "x.mha")
    image = SimpleITK.ReadImage(str(tmp_path / "x.mha"))
    assert image.GetNumberOfComponentsPerPixel() == 3
    np.testing.assert_array_equal(SimpleITK.GetArrayFromImage(image), values)


@pytest.mark.parametrize(
    ("scales", "dtype", "expected"),
    [
        ((Scale(1, -1024, "HU"),), "uint16", np.int16),
        ((Scale(2, 0),), "uint16", np.int16),
        ((Scale(30, 0),), "uint16", np.uint16),
        ((Scale(100, 0),), "uint16", np.int32),
        ((Scale(0.25, -1024),), "uint16", np.float32),
        ((Scale(1, -1024), Scale(1, 0)), "int16", np.int16),
        ((Scale(1, -1024), Scale(1.5, 0)), "int16", np.float32),
        ((Scale(2, 1),), "float32", np.float32),
    ],
)
def test_real_values_are_written_in_the_smallest_type_that_holds_them(tmp_path, scales, dtype, expected):
    values = np.array([[[0, 1], [2, 2000]], [[5, 6], [7, 8]]], dtype)
    header = ImageHeader(name="x", shape=values.shape, dtype=values.dtype, scales=scales)
    write_pack(ArraySource(values, header=header), tmp_path / "x.pack")
    with Pack.open(tmp_path / "x.pack") as pack:
        write_mha(pack, tmp_path / "x.mha")
        real = pack.volume().values()
    back = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(tmp_path / "x.mha")))
    assert back.dtype == expected
    np.testing.assert_array_equal(back, real)


def test_a_tilted_gantry_keeps_its_shear(tmp_path):
    series = write_tiny_series(tmp_path / "dicom", slices=4, tilt_degrees=15)
    [image] = import_files([tmp_path / "dicom"], destination=tmp_path / "out").images
    assert FindingKind.GANTRY_TILT in {finding.kind for finding in image.header.findings}
    with Pack.open(image.pack) as pack:
        write_mha(pack, tmp_path / "x.mha")
        affine = pack.volume().affine
    written = SimpleITK.ReadImage(str(tmp_path / "x.mha"))
    matrix = np.array(written.GetDirection()).reshape(3, 3) @ np.diag(written.GetSpacing())
    np.testing.assert_allclose(matrix, affine[:3, :3], atol=1e-9)
    last = np.array(written.GetOrigin()) + matrix @ [0, 0, 3]
    np.testing.assert_allclose(last, series.positions[3], atol=1e-6)
