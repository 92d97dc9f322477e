import hashlib

import imagecodecs
import numpy as np
import pytest
import tifffile
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGBaseline8Bit
from tests.imaging.dicom.scenes import level, write
from tests.imaging.formats.slidefiles import make_tissue

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


def damage(path, tile, *, at=0):
    """Overwrite 64 bytes of a tile of the finest level."""
    with tifffile.TiffFile(path) as tiff:
        page = tiff.pages.first
        place = page.dataoffsets[tile] + at
    with path.open("r+b") as file:
        file.seek(place)
        file.write(bytes(64))


def write_jpeg_slide(path):
    pixels = make_tissue(1024, 1536)
    options = {"tile": (256, 256), "photometric": "ycbcr", "compression": "jpeg"}
    with tifffile.TiffWriter(path) as writer:
        writer.write(pixels, subifds=1, **options)
        writer.write(pixels[::2, ::2], subfiletype=1, **options)


@pytest.mark.parametrize("decoded_pixels", [0, slides.HASHED_PIXELS])
def test_a_slide_with_a_damaged_tile_is_refused_with_its_place_and_spoils_no_other(
    decoded_pixels, pyramid, tmp_path, monkeypatch
):
    """Also a slide that is too large to be decoded when it is imported: a tile that does not begin as one is found."""
    monkeypatch.setattr(slides, "HASHED_PIXELS", decoded_pixels)
    good, _ = pyramid
    write_jpeg_slide(good.with_name("damaged.tif"))
    damage(good.with_name("damaged.tif"), 8)
    result = import_files([good.parent], destination=tmp_path / "out")
    assert [image.files for image in result.images] == [("biopsy.tif",)]
    [bad] = [file for file in result.files if file.outcome == "refused"]
    assert bad.error == "CorruptFile"
    assert "damaged.tif: the pixels from row 256 and column 512 on are damaged" in bad.reason


def test_a_slide_with_a_tile_that_cannot_be_unpacked_is_refused(pyramid, tmp_path):
    path, fine = pyramid
    tifffile.imwrite(path, fine, tile=(128, 128), photometric="rgb", compression="zlib")
    damage(path, 11, at=100)
    result = import_files([path], destination=tmp_path / "out")
    assert result.images == ()
    assert "row 128 and column 128 on are damaged" in result.files[0].reason


def test_a_dicom_slide_with_a_damaged_tile_is_refused(tmp_path):
    streams = [imagecodecs.jpeg8_encode(np.full((4, 4, 3), value, np.uint8)) for value in (10, 200)]
    streams[1] = bytes(len(streams[1]))
    dataset = level(1, 4, 8, [b""] * 2)
    dataset.PixelData = encapsulate(streams)
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    result = import_files([write(dataset, tmp_path / "upload" / "a.dcm")], destination=tmp_path / "out")
    assert result.images == ()
    assert (result.files[0].outcome, result.files[0].error) == ("refused", "CorruptFile")
    assert "damaged" in result.files[0].reason


def test_what_is_no_slide_is_not_opened_as_one(tmp_path):
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(NothingToRead):
        open_slide(tmp_path / "notes.txt")
