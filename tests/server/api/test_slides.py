from __future__ import annotations

import io
from urllib.parse import urlsplit
from uuid import uuid4

import numpy as np
import pytest
import SimpleITK
import tifffile
from PIL import Image as Picture
from tests.imaging.dicom.scenes import level, tile, write
from tests.imaging.formats.slidefiles import MICRONS, Mirax, make_tissue, write_vms
from tests.server.api.conftest import import_files

from readroom.server.services import slide_tiles

SLIDES = "/api/v1/cases/slides/"


@pytest.fixture
def client(ann, client_of):
    return client_of(ann)


@pytest.fixture
def slide(ann, actor_of, testdata):
    return import_files(actor_of(ann), testdata / "wsi" / "CMU-1-Small-Region.svs")


def test_a_slide_says_its_size_its_place_and_how_far_it_zooms_out(client, slide):
    shown = client.get(f"{SLIDES}{slide.pk}/").json()
    assert (shown["width"], shown["height"], shown["tile_size"]) == (2220, 2967, 512)
    assert shown["halvings"] == 3
    assert 0.0001 < shown["geometry"]["spacing"][0] < 0.001


def test_tiles_cover_the_slide_exactly(client, slide):
    widths = [picture_of(client, slide, 0, 0, column).width for column in range(5)]
    heights = [picture_of(client, slide, 0, row, 0).height for row in range(6)]
    assert (sum(widths), sum(heights)) == (2220, 2967)
    whole = picture_of(client, slide, 3, 0, 0)
    assert whole.size == (2220 >> 3, 2967 >> 3)


def test_a_coarse_tile_is_the_mean_of_the_finer_ones(client, slide):
    fine = np.asarray(picture_of(client, slide, 0, 0, 0), dtype=float).reshape(256, 2, 256, 2, 3).mean((1, 3))
    coarse = np.asarray(picture_of(client, slide, 1, 0, 0), dtype=float)[:256, :256]
    assert np.abs(fine - coarse).mean() < 4


def test_outside_the_slide_there_is_nothing(client, slide):
    for address in ("0/6/0", "0/0/5", "4/0/0", "31/0/0", "0/99999999/0"):
        assert client.get(f"{SLIDES}{slide.pk}/{address}.jpg").status_code == 404


def test_a_stranger_sees_neither_slide_nor_tile(client_of, make_user, slide):
    stranger = client_of(make_user("eve"))
    for address in ("", "source/", "0/0/0.jpg"):
        assert stranger.get(f"{SLIDES}{slide.pk}/{address}").status_code == 404


def test_the_source_of_pixels_is_a_pack_or_a_slide(client, ann, actor_of, slide, tmp_path):
    shown = client.get(f"{SLIDES}{slide.pk}/source/").json()
    assert shown["url"] is None
    assert shown["slide"]["width"] == 2220
    path = tmp_path / "small.mha"
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(np.zeros((3, 8, 8), np.int16)), str(path))
    volume = import_files(actor_of(ann), path)
    packed = client.get(f"{SLIDES}{volume.pk}/source/").json()
    assert packed["slide"] is None
    assert 0 < packed["coarse_bytes"] <= client.get(f"/api/v1/cases/images/{volume.pk}/pack/").json()["size"]
    assert urlsplit(packed["url"]).path.startswith("/bytes/")
    assert client.get(f"{SLIDES}{uuid4()}/source/").status_code == 404


@pytest.mark.parametrize("make", [Mirax().write, write_vms])
def test_a_slide_of_several_uploads_shows_its_pixels(make, client, ann, actor_of, tmp_path):
    """Uploads have names without folders."""
    make(tmp_path)
    paths = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    slide = import_files(actor_of(ann), *reversed(paths))
    used = slide.origin.outcomes.filter(outcome="used").values_list("name", flat=True)
    assert sorted(used) == sorted(path.name for path in paths)
    assert slide.files.filter(kind="slide").count() == slide.files.filter(kind="original").count() == len(paths)
    shown = client.get(f"{SLIDES}{slide.pk}/").json()
    expected = make_tissue(shown["height"], shown["width"])
    assert shown["geometry"]["spacing"][0] == pytest.approx(MICRONS / 1000)
    tile = np.asarray(picture_of(client, slide, 0, 0, 0), dtype=int)
    assert tile.shape == expected.shape
    assert np.abs(tile - expected).mean() < 3


def test_a_slide_of_several_dicom_files_shows_its_pixels(client, ann, actor_of, tmp_path):
    fine = write(level(1, 260, 260, [tile(i % 65).tobytes() for i in range(65 * 65)]), tmp_path / "fine.dcm")
    coarse = write(level(2, 130, 130, [tile(200).tobytes()] * 33 * 33), tmp_path / "coarse.dcm")
    slide = import_files(actor_of(ann), coarse, fine)
    shown = client.get(f"{SLIDES}{slide.pk}/").json()
    assert (shown["height"], shown["width"], shown["halvings"]) == (260, 260, 0)
    row = np.asarray(picture_of(client, slide, 0, 0, 0).convert("L"), dtype=int)[2, 2::4]
    assert np.abs(row - np.arange(65)).max() < 8


def test_a_slide_without_coarse_levels_is_shown_zoomed_out_however_large(client, ann, actor_of, tmp_path, monkeypatch):
    """Its overview is averaged strip by strip: all its pixels at once would not be handed out."""
    monkeypatch.setattr("readroom.imaging.formats.tiff.SLIDE_PIXELS", 1 << 20)
    monkeypatch.setattr("readroom.imaging.formats.slideheaders.FRAME_BYTES", 2 << 20)
    for name in ("_STRIP_PIXELS", "_HASHED_STRIP"):
        monkeypatch.setattr(f"readroom.imaging.slides.{name}", 1 << 18)
    path = tmp_path / "flat.tif"
    pixels = np.repeat(200 - 8 * np.arange(16, dtype=np.uint8), 128)[:, None, None] * np.ones((1, 2048, 3), np.uint8)
    tifffile.imwrite(path, pixels, tile=(256, 256), photometric="rgb", compression="zlib")
    slide = import_files(actor_of(ann), path)
    assert client.get(f"{SLIDES}{slide.pk}/").json()["halvings"] == 2
    whole = picture_of(client, slide, 2, 0, 0)
    assert whole.size == (512, 512)
    rows = np.asarray(whole.convert("L"), dtype=int)[16::32, 100]
    assert np.abs(rows - pixels[64::128, 0, 0]).max() <= 3


def test_a_damaged_part_of_a_slide_is_refused_and_the_others_are_shown(client, ann, actor_of, tmp_path, monkeypatch):
    """A large slide is not decoded as a whole when it is imported."""
    monkeypatch.setattr("readroom.imaging.slides.HASHED_PIXELS", 0)
    path = tmp_path / "large.tif"
    pixels = np.random.default_rng(1).integers(0, 255, (1024, 1024, 3), np.uint8)
    options = {"tile": (512, 512), "photometric": "rgb", "compression": "zlib"}
    with tifffile.TiffWriter(path) as writer:
        writer.write(pixels, subifds=1, **options)
        writer.write(pixels[::2, ::2], subfiletype=1, **options)
    with tifffile.TiffFile(path) as tiff:
        place, size = tiff.pages.first.dataoffsets[1], tiff.pages.first.databytecounts[1]
    with path.open("r+b") as file:
        file.seek(place + size // 2)
        file.write(b"\xff" * 64)
    slide = import_files(actor_of(ann), path)
    reply = client.get(f"{SLIDES}{slide.pk}/0/0/1.jpg")
    assert reply.status_code == 400
    assert "row 0 and column 512 on are damaged" in reply.json()["detail"]
    assert picture_of(client, slide, 0, 0, 0).size == (512, 512)


@pytest.mark.parametrize(("size", "halvings"), [((1, 1), 0), ((512, 512), 0), ((513, 10), 1), ((10, 5000), 4)])
def test_a_slide_is_halved_until_one_tile_holds_it(size, halvings):
    assert slide_tiles.halvings_of(*size) == halvings


def picture_of(client, slide, halvings, row, column):
    reply = client.get(f"{SLIDES}{slide.pk}/{halvings}/{row}/{column}.jpg")
    assert reply.status_code == 200
    assert reply["Content-Type"] == "image/jpeg"
    return Picture.open(io.BytesIO(reply.content))
