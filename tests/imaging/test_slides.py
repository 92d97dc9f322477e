import hashlib

import numpy as np
import pytest
import tifffile

from readroom.imaging import NothingToRead, import_files, open_slide, slides


@pytest.fixture
def pyramid(tmp_path):
    """A tiled pyramid of two levels, half a micrometre a pixel."""
    rng = np.random.default_rng(3)
    coarse = rng.integers(0, 255, (256, 320, 3), dtype=np.uint8)
    fine = np.kron(coarse, np.ones((4, 4, 1), np.uint8))
    options = {"tile": (128, 128), "photometric": "rgb", "resolutionunit": "CENTIMETER"}
    path = tmp_path / "upload" / "biopsy.tif"
    path.parent.mkdir()
    with tifffile.TiffWriter(path) as writer:
        writer.write(fine, subifds=1, resolution=(20000, 20000), **options)
        writer.write(coarse, subfiletype=1, resolution=(5000, 5000), **options)
    return path, fine


def test_a_slide_is_kept_byte_for_byte_with_a_thumbnail_and_the_size_of_a_pixel(pyramid, tmp_path):
    path, _ = pyramid
    [image] = import_files([path], destination=tmp_path / "out").images
    assert image.pack is None
    assert image.slide.read_bytes() == path.read_bytes()
    assert image.slide.suffix == ".tif"
    assert image.thumbnail.read_bytes().startswith(b"\xff\xd8\xff")
    assert image.header.geometry.spacing[:2] == pytest.approx((0.0005, 0.0005))
    assert image.header.shape == (1024, 1280, 3)


def test_regions_of_a_kept_slide_are_its_pixels(pyramid, tmp_path):
    path, fine = pyramid
    [image] = import_files([path], destination=tmp_path / "out").images
    slide = open_slide(image.slide)
    region = slide.region(level=0, row=100, column=200, rows=300, columns=150)
    np.testing.assert_array_equal(region[..., :3], fine[100:400, 200:350])


@pytest.mark.parametrize("strip", [slides._HASHED_STRIP, 1280 * 300])
def test_a_slide_has_the_checksum_of_its_finest_values(pyramid, tmp_path, monkeypatch, strip):
    path, fine = pyramid
    monkeypatch.setattr(slides, "_HASHED_STRIP", strip)
    [image] = import_files([path], destination=tmp_path / "out").images
    assert image.voxels_sha256 == hashlib.sha256(fine.tobytes()).hexdigest()


def test_a_very_large_slide_is_not_decoded_for_a_checksum():
    class Slide:
        levels = ((100_000, 100_000),)

    assert slides.slide_sha256(Slide()) is None


def test_what_is_no_slide_is_not_opened_as_one(tmp_path):
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(NothingToRead):
        open_slide(tmp_path / "notes.txt")
