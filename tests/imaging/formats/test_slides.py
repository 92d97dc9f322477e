import struct

import numpy as np
import openslide
import pytest
from tests.imaging.formats.makers import COLUMNS, ROWS, WRITERS, write_zeiss
from tests.imaging.formats.slidefiles import assert_same_pixels, make_tissue

from readroom.imaging import import_files, open_slide
from readroom.imaging.errors import CorruptFile, TooLarge, TruncatedFile
from readroom.imaging.formats.openslides import OpenSlideSource
from readroom.imaging.formats.slideheaders import microns_of_aperio, parse_microns
from readroom.imaging.geometry import FindingKind


@pytest.mark.parametrize("name", WRITERS)
def test_a_slide_of_a_scanners_maker_is_that_which_openslide_reads(name, tmp_path):
    path = tmp_path / name
    WRITERS[name](path)
    [image] = import_files([path], destination=tmp_path / "out").images
    assert image.slide.read_bytes() == path.read_bytes()
    assert image.header.geometry.spacing[:2] == pytest.approx((0.00025, 0.00025))
    assert FindingKind.UNCALIBRATED_SPACING not in [finding.kind for finding in image.header.findings]
    slide = open_slide(image.slide)
    with openslide.OpenSlide(str(path)) as oracle:
        assert oracle.properties["openslide.vendor"] == name.split(".")[0]
        assert_same_pixels(slide, oracle)
    found = slide.region(level=0, row=0, column=0, rows=ROWS, columns=COLUMNS)
    if name != "leica.scn":  # the part that was scanned stands in a larger picture
        assert np.abs(found.astype(int) - make_tissue(ROWS, COLUMNS)).max() < 12


@pytest.mark.parametrize(
    ("tile", "error"),
    [
        ((0, 0, 256, 256, 0, 256), CorruptFile),
        ((0, 0, 256, 256, -1, 256), CorruptFile),
        ((0, 0, 1 << 16, 1 << 16, 1 << 16, 1 << 14), TooLarge),
        ((-(2**31), 0, 256, 256, 256, 256), CorruptFile),
    ],
)
@pytest.mark.parametrize("is_inner", [False, True])
def test_tiles_of_impossible_sizes_never_reach_openslide(is_inner, tile, error, tmp_path, open_image):
    """It divides by them and multiplies them, also in a slide that is embedded as the picture of the label."""
    write_zeiss(tmp_path / "inner.czi", tiles={1: tile})
    path = tmp_path / ("outer.czi" if is_inner else "inner.czi")
    if is_inner:
        write_zeiss(path, label=(tmp_path / "inner.czi").read_bytes())
    with pytest.raises(error):
        open_image(path)


@pytest.mark.parametrize(("name", "tag"), [("leica.scn", 270), ("hamamatsu.ndpi", 271)])
def test_a_page_that_claims_more_values_than_the_file_has_never_reaches_openslide(name, tag, tmp_path, open_image):
    """It allocates as many as are claimed, and ends the process when it cannot."""
    path = tmp_path / name
    WRITERS[name](path)
    data = bytearray(path.read_bytes())
    count = data.index(struct.pack("<2H", tag, 2)) + 4
    data[count : count + 4] = b"\xff\xff\xff\x7f"
    path.write_bytes(data)
    with pytest.raises(CorruptFile, match="more than it has room for"):
        open_image(path)


@pytest.mark.parametrize(
    ("kind", "count", "rows", "error"), [(4, 1, 0x7FFFFFFF, TooLarge), (4, 2, 512, CorruptFile), (4, 1, 0, CorruptFile)]
)
def test_pages_of_hamamatsu_larger_than_they_can_be_never_reach_openslide(
    kind, count, rows, error, tmp_path, open_image
):
    path = tmp_path / "slide.ndpi"
    WRITERS["hamamatsu.ndpi"](path)
    data = bytearray(path.read_bytes())
    place = data.index(struct.pack("<2HI", 257, 4, 1))
    struct.pack_into("<2H2I", data, place, 257, kind, count, rows)
    path.write_bytes(data)
    with pytest.raises(error):
        open_image(path)


def test_a_list_of_tiles_that_is_cut_short_is_refused(tmp_path, open_image):
    write_zeiss(tmp_path / "a.czi", cut=700)
    with pytest.raises(TruncatedFile):
        open_image(tmp_path / "a.czi")


@pytest.mark.corpus
def test_openslide_and_our_own_tiles_show_the_same_slide(testdata, open_image):
    path = testdata / "wsi/CMU-1-Small-Region.svs"
    ours, theirs = open_image(path), OpenSlideSource(path, path.name)
    assert theirs.header == ours.header
    assert theirs.levels == ours.levels
    for corner in ((0, 0), (1234, 777), (-20, -30), (2900, 2200)):
        place = {"level": 0, "row": corner[0], "column": corner[1], "rows": 90, "columns": 110}
        assert np.abs(theirs.region(**place).astype(int) - ours.region(**place)).max() <= 3


@pytest.mark.corpus
def test_coarse_levels_of_openslide_are_where_ours_are(testdata, open_image):
    path = testdata / "wsi/pyramid-tiled.tif"
    ours, theirs = open_image(path), OpenSlideSource(path, path.name)
    place = {"level": 2, "row": 40, "column": 50, "rows": 200, "columns": 210}
    assert np.abs(theirs.region(**place).astype(int) - ours.region(**place)).mean() < 2


def test_what_openslide_cannot_read_is_refused_with_a_sentence(tmp_path):
    (tmp_path / "a.svs").write_bytes(b"II*\0" + bytes(100))
    with pytest.raises(CorruptFile, match="cannot be read"):
        OpenSlideSource(tmp_path / "a.svs", "a.svs")


@pytest.mark.parametrize(("rows", "columns"), [(0, 5), (5, -1), (100_000, 100_000)])
@pytest.mark.corpus
def test_a_region_that_is_empty_or_too_large_is_refused(rows, columns, testdata, open_image):
    slide = open_image(testdata / "wsi/pyramid-tiled.tif")
    with pytest.raises(ValueError, match="empty or too large"):
        slide.region(level=0, row=0, column=0, rows=rows, columns=columns)


@pytest.mark.parametrize(
    ("text", "value"),
    [("0.25", 0.25), ("", None), (None, None), ("nan", None), ("0", None), ("-1", None), ("1e9", None)],
)
def test_sizes_of_pixels_must_be_plausible(text, value):
    assert parse_microns(text) == value


def test_the_size_of_a_pixel_stands_in_the_description_of_aperio():
    assert microns_of_aperio("Aperio|AppMag = 20|MPP = 0.4990|Left = 25.6") == (0.499, 0.499)
    assert microns_of_aperio("Aperio|AppMag = 20") is None
