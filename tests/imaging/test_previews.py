import io

import numpy as np
import pytest
from PIL import Image

from readroom.imaging import Color, Geometry, ImageHeader, Pack, Scale, Window, preview_jpeg, preview_png, write_pack
from readroom.imaging.slides import slide_thumbnail
from readroom.imaging.testing import ArraySource


def png(tmp_path, values, *, size=256, frame=None, window=None, **header):
    full = ImageHeader(name="x", shape=values.shape, dtype=values.dtype, **header)
    write_pack(ArraySource(values, header=full), tmp_path / "x.pack")
    with Pack.open(tmp_path / "x.pack") as pack:
        return np.asarray(Image.open(io.BytesIO(preview_png(pack, size=size, frame=frame, window=window))))


def test_the_window_is_in_real_values(tmp_path):
    values = np.tile(np.arange(0, 2048, 16, dtype=np.int16), (128, 1))
    shades = png(tmp_path, values, scales=(Scale(1, -1024),), windows=(Window(0, 400),), size=128)
    hounsfield = values[0].astype(int) - 1024
    assert shades[0, hounsfield <= -200].max() == 0
    assert shades[0, hounsfield >= 200].min() == 255
    assert shades[0, hounsfield == 0].tolist() == [128]


def test_monochrome1_shows_low_values_bright(tmp_path):
    values = np.array([[0, 100]], np.uint8)
    assert png(tmp_path, values, windows=(Window(50, 100),), is_inverted=True).tolist() == [[255, 0]]


def test_a_preview_reads_only_a_coarse_part_of_one_frame(tmp_path):
    rng = np.random.default_rng(1)
    write_pack(ArraySource(rng.integers(0, 4000, (9, 1024, 1024), dtype=np.uint16)), tmp_path / "x.pack")
    data = (tmp_path / "x.pack").read_bytes()
    read = []

    class Store:
        def read_range(self, offset, length, /):
            read.append(length)
            return data[offset : offset + length]

        def close(self):
            pass

    with Pack.open(Store()) as pack:
        picture = Image.open(io.BytesIO(preview_jpeg(pack, size=128)))
    assert picture.size == (128, 128)
    assert sum(read[1:]) < len(data) / 9 / 10


def test_proportions_are_those_of_the_patient(tmp_path):
    values = np.zeros((3, 100, 100), np.int16)
    assert png(tmp_path, values, geometry=Geometry(spacing=(0.5, 1.0, 1.0))).shape == (100, 50)


def test_the_middle_frame_is_shown_unless_another_is_asked_for(tmp_path):
    values = np.arange(5, dtype=np.uint8)[:, None, None] * np.ones((5, 4, 4), np.uint8) * 50
    windows = (Window(127.5, 255),)
    assert png(tmp_path, values, windows=windows).max() == 100
    assert png(tmp_path, values, windows=windows, frame=4).max() == 200


@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_colour_stays_colour(tmp_path, dtype):
    full = np.iinfo(dtype).max
    values = np.zeros((1, 20, 20, 3), dtype)
    values[..., 0] = full
    assert png(tmp_path, values, color=Color.RGB)[0, 0].tolist() == [255, 0, 0]


def test_values_that_are_not_finite_are_black(tmp_path):
    values = np.array([[np.nan, 0.0, 1.0, np.inf]], np.float32)
    assert png(tmp_path, values, window=Window(0.5, 1.0)).tolist() == [[0, 0, 255, 255]]


def test_a_slide_is_averaged_strip_by_strip():
    rng = np.random.default_rng(5)
    pixels = rng.integers(0, 255, (1000, 700, 3), dtype=np.uint8)

    class Slide:
        levels = ((1000, 700), (250, 175))

        def region(self, *, level, row, column, rows, columns):
            assert level == 0
            return pixels[row : row + rows, column : column + columns]

    small = slide_thumbnail(Slide(), size=500)
    expected = pixels.reshape(500, 2, 350, 2, 3).mean(axis=(1, 3)).round()
    np.testing.assert_array_equal(small, expected)
    assert slide_thumbnail(Slide(), size=333).shape == (250, 175, 3)
