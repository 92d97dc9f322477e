"""What is written here is read here: the same values at the same places."""

import numpy as np
import pytest

from readroom.imaging import Color, Geometry, ImageHeader, Scale, Volume, read_volume, write_mha, write_nifti
from readroom.imaging.testing import ArraySource

TURNED = Geometry(
    origin=(-12.5, 40.25, 1000.125),
    directions=((0.6, 0.8, 0.0), (0.0, 0.0, -1.0), (-0.8, 0.6, 0.0)),
    spacing=(0.5, 1.25, 3.0),
)
WRITERS = {"mha": write_mha, "nii.gz": write_nifti}


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("dtype", ["u1", "i2", "u2", "i4", "f4"])
def test_values_and_places_come_back(tmp_path, kind, dtype):
    values = np.random.default_rng(1).integers(0, 200, (7, 31, 45)).astype(dtype)
    header = ImageHeader(
        name="x", shape=values.shape, dtype=values.dtype, geometry=TURNED, scales=(Scale(2.0, -100.0),)
    )
    WRITERS[kind](ArraySource(values, header=header), tmp_path / f"x.{kind}")
    volume = read_volume(tmp_path / f"x.{kind}")
    np.testing.assert_array_equal(volume.values(), values.astype(np.float32) * 2 - 100)
    corners = [[0, 0, 0], [6, 30, 44], [3, 10, 20]]
    np.testing.assert_allclose(volume.world(corners), Volume(values, header).world(corners), atol=1e-3)


@pytest.mark.parametrize("kind", WRITERS)
def test_time_points_come_back(tmp_path, kind):
    values = np.arange(2 * 3 * 4 * 5, dtype=np.int16).reshape(2, 3, 4, 5)
    WRITERS[kind](ArraySource(values, time_points=2), tmp_path / f"x.{kind}")
    volume = read_volume(tmp_path / f"x.{kind}")
    assert volume.header.time_points == 2
    np.testing.assert_array_equal(volume.array, values)


def test_colour_comes_back(tmp_path):
    values = np.arange(4 * 9 * 10 * 3, dtype=np.uint8).reshape(4, 9, 10, 3)
    write_mha(ArraySource(values, color=Color.RGB), tmp_path / "x.mha")
    volume = read_volume(tmp_path / "x.mha")
    assert volume.header.color is Color.RGB
    np.testing.assert_array_equal(volume.array, values)
