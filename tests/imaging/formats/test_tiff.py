import struct

import numpy as np
import openslide
import pytest
import tifffile
from PIL import Image

from readroom.imaging.errors import CorruptFile, ImagingError, TooLarge, TruncatedFile, UnsupportedContent
from readroom.imaging.geometry import FindingKind
from readroom.imaging.source import Color

BAD = {"bad/tiff-ifd-loop.tif": CorruptFile, "bad/tiff-truncated.tif": TruncatedFile}
SLIDES = {"wsi/CMU-1-Small-Region.svs": 1, "wsi/pyramid-tiled.tif": 3, "panimg/valid_tiff.tif": 2}
IMAGES = ["wsi/small.ome.tif", "wsi/stripped.tif", "wsi/uint16-tiled.tif"]
NOISE = np.random.default_rng(1)


def kinds_of(source):
    return [finding.kind for finding in source.header.findings]


@pytest.mark.corpus
@pytest.mark.parametrize("name", BAD)
def test_each_bad_file_ends_in_its_own_error_with_one_sentence(name, testdata, open_image):
    with pytest.raises(BAD[name]) as caught:
        open_image(testdata / name)
    assert caught.value.reason.endswith(".")


@pytest.mark.corpus
@pytest.mark.parametrize("name", IMAGES)
def test_pixels_are_those_that_tifffile_reads(name, testdata, open_image, array_of):
    assert np.array_equal(array_of(open_image(testdata / name)), tifffile.imread(testdata / name))


@pytest.mark.corpus
@pytest.mark.parametrize("name", SLIDES)
def test_every_level_of_a_slide_is_read_as_tifffile_reads_it(name, testdata, open_image):
    slide = open_image(testdata / name)
    assert len(slide.levels) == SLIDES[name]
    with tifffile.TiffFile(testdata / name) as oracle:
        for level, page in enumerate(oracle.series[0].levels):
            rows, columns = slide.levels[level]
            region = slide.region(level=level, row=0, column=0, rows=rows, columns=columns)
            assert np.array_equal(region, page.asarray())


@pytest.mark.corpus
@pytest.mark.parametrize("name", SLIDES)
def test_the_finest_level_is_that_which_openslide_shows(name, testdata, open_image):
    """Decoders of JPEG may differ by a rounding; in coarser levels openslide interpolates, so they are not compared."""
    slide = open_image(testdata / name)
    with openslide.OpenSlide(testdata / name) as oracle:
        assert slide.levels[0] == oracle.dimensions[::-1]
        expected = np.asarray(oracle.read_region((30, 70), 0, (120, 110)).convert("RGB"), int)
    region = slide.region(level=0, row=70, column=30, rows=110, columns=120)
    assert np.abs(region - expected).max() <= 3


@pytest.mark.corpus
def test_a_region_is_cut_from_tiles_and_white_outside(testdata, open_image):
    slide = open_image(testdata / "wsi/pyramid-tiled.tif")
    whole = slide.region(level=1, row=0, column=0, rows=768, columns=768)
    assert np.array_equal(slide.region(level=1, row=101, column=202, rows=333, columns=44), whole[101:434, 202:246])
    corner = slide.region(level=1, row=-10, column=700, rows=30, columns=100)
    assert np.array_equal(corner[10:, :68], whole[:20, 700:])
    assert (corner[:10] == 255).all()
    assert (corner[:, 68:] == 255).all()


@pytest.mark.corpus
def test_the_size_of_a_pixel_comes_from_the_scanner(testdata, open_image):
    aperio = open_image(testdata / "wsi/CMU-1-Small-Region.svs").header
    assert aperio.geometry.spacing[:2] == pytest.approx((0.000499, 0.000499))
    assert (aperio.modality, aperio.shape) == ("SM", (2967, 2220, 3))
    assert [finding.kind for finding in aperio.findings] == [FindingKind.BURNED_IN_ANNOTATION]
    ome = open_image(testdata / "wsi/small.ome.tif")
    assert ome.header.geometry.spacing[:2] == pytest.approx((0.000499, 0.000499))
    assert kinds_of(ome) == []
    pyramid = open_image(testdata / "wsi/pyramid-tiled.tif")
    with openslide.OpenSlide(testdata / "wsi/pyramid-tiled.tif") as oracle:
        assert pyramid.header.geometry.spacing[0] * 1000 == pytest.approx(float(oracle.properties["openslide.mpp-x"]))


@pytest.mark.parametrize(
    ("options", "dtype"),
    [
        ({}, "u1"),
        ({}, "i2"),
        ({}, "f4"),
        ({"compression": "zlib", "predictor": True}, "u2"),
        ({"compression": "lzw"}, "u2"),
        ({"compression": "packbits"}, "u1"),
        ({"compression": "zstd", "tile": (32, 48)}, "u2"),
        ({"tile": (16, 16), "byteorder": ">"}, "u2"),
        ({"rowsperstrip": 7, "bigtiff": True}, "i4"),
    ],
    ids=str,
)
def test_every_layout_gives_the_pixels_that_were_written(options, dtype, tmp_path, open_image, array_of):
    values = NOISE.integers(0, 100, (61, 83)).astype(dtype)
    byteorder = {key: options[key] for key in ("byteorder", "bigtiff") if key in options}
    layout = {key: value for key, value in options.items() if key not in byteorder}
    with tifffile.TiffWriter(tmp_path / "a.tif", **byteorder) as file:
        file.write(values, metadata=None, **layout)
    source = open_image(tmp_path / "a.tif")
    assert source.header.dtype == np.dtype(dtype)
    assert np.array_equal(array_of(source), values)


@pytest.mark.parametrize("planarconfig", ["contig", "separate"])
@pytest.mark.parametrize("samples", [3, 4])
@pytest.mark.parametrize("tile", [None, (32, 32)])
def test_colours_are_read_in_either_layout(planarconfig, samples, tile, tmp_path, open_image, array_of):
    values = NOISE.integers(0, 255, (61, 83, samples), dtype=np.uint8)
    stored = values if planarconfig == "contig" else np.moveaxis(values, -1, 0)
    extra = ["unassalpha"] if samples == 4 else None
    tifffile.imwrite(
        tmp_path / "a.tif", stored, photometric="rgb", planarconfig=planarconfig, tile=tile, extrasamples=extra
    )
    source = open_image(tmp_path / "a.tif")
    assert source.header.color is (Color.RGB if samples == 3 else Color.RGBA)
    assert np.array_equal(array_of(source), values)


def test_a_palette_is_colours_and_not_indices(tmp_path, open_image, array_of):
    image = Image.fromarray(NOISE.integers(0, 255, (20, 30, 3), dtype=np.uint8)).quantize(16)
    image.save(tmp_path / "a.tif")
    assert np.array_equal(array_of(open_image(tmp_path / "a.tif")), np.asarray(image.convert("RGB")))


def test_one_bit_is_black_and_white(tmp_path, open_image, array_of):
    bits = NOISE.integers(0, 2, (20, 30)).astype(bool)
    for compression in (None, "group4"):
        Image.fromarray(bits).save(tmp_path / "a.tif", compression=compression)
        source = open_image(tmp_path / "a.tif")
        shown = array_of(source)
        assert np.array_equal(255 - shown if source.header.is_inverted else shown, np.where(bits, 255, 0))


def test_inks_become_colours(tmp_path, open_image, array_of):
    Image.new("CMYK", (8, 8), (0, 255, 255, 0)).save(tmp_path / "a.tif")
    assert array_of(open_image(tmp_path / "a.tif"))[0, 0].tolist() == [255, 0, 0]


def test_white_at_zero_is_told(tmp_path, open_image):
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((8, 8), np.uint8), photometric="miniswhite")
    assert open_image(tmp_path / "a.tif").header.is_inverted


def test_pages_are_slices_and_their_distance_is_assumed_aloud(tmp_path, open_image, array_of):
    values = NOISE.integers(0, 60000, (5, 20, 30), dtype=np.uint16)
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        for page in values:
            file.write(page, metadata=None, contiguous=False)
    source = open_image(tmp_path / "a.tif")
    assert np.array_equal(array_of(source), values)
    assert kinds_of(source) == [FindingKind.UNCALIBRATED_SPACING, FindingKind.ASSUMED_SLICE_SPACING]


def test_frames_of_imagej_behind_one_page_are_read(tmp_path, open_image, array_of):
    values = NOISE.integers(0, 60000, (5, 20, 30), dtype=np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", values, imagej=True, metadata={"axes": "ZYX"})
    assert np.array_equal(array_of(open_image(tmp_path / "a.tif")), values)


def test_resolution_for_print_is_not_the_size_of_a_pixel(tmp_path, open_image):
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((8, 8), np.uint8), resolution=(300, 300), resolutionunit="INCH")
    assert kinds_of(open_image(tmp_path / "a.tif")) == [FindingKind.UNCALIBRATED_SPACING]


def test_ome_tells_time_slices_channels_and_size(tmp_path, open_file, array_of):
    values = NOISE.integers(0, 60000, (3, 2, 4, 20, 30), dtype=np.uint16)
    metadata = {
        "axes": "TCZYX",
        "PhysicalSizeX": 0.5,
        "PhysicalSizeY": 0.25,
        "PhysicalSizeZ": 2,
        "PhysicalSizeXUnit": "mm",
        "PhysicalSizeYUnit": "mm",
        "PhysicalSizeZUnit": "mm",
        "Channel": {"Name": ["DAPI", "FITC"]},
    }
    tifffile.imwrite(tmp_path / "a.ome.tif", values, metadata=metadata)
    images = open_file(tmp_path / "a.ome.tif").images
    assert [image.header.name for image in images] == ["a.ome.tif [DAPI]", "a.ome.tif [FITC]"]
    for channel, image in enumerate(images):
        assert np.array_equal(array_of(image), values[:, channel])
        assert image.header.time_points == 3
        assert image.header.geometry.spacing == pytest.approx((0.5, 0.25, 2))
        assert image.header.findings == ()


def test_pages_of_other_sizes_are_other_images(tmp_path, open_file, array_of):
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        for side in (20, 30):
            file.write(np.full((side, side), side, np.uint8), metadata=None)
    assert [array_of(image).shape for image in open_file(tmp_path / "a.tif").images] == [(20, 20), (30, 30)]


def test_a_grey_pyramid_is_a_slide_in_grey(tmp_path, open_image):
    values = NOISE.integers(0, 255, (256, 256), dtype=np.uint8)
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        file.write(values, subifds=1, tile=(64, 64))
        file.write(values[::2, ::2], subfiletype=1, tile=(64, 64))
    slide = open_image(tmp_path / "a.tif")
    assert slide.levels == ((256, 256), (128, 128))
    assert np.array_equal(slide.region(level=0, row=5, column=6, rows=70, columns=80)[..., 1], values[5:75, 6:86])


def ifd(entries, following=0):
    packed = b"".join(struct.pack("<2HII", *entry) for entry in entries)
    return struct.pack("<H", len(entries)) + packed + struct.pack("<I", following)


def plain(width=8, height=8, *, count=1, offset=200, length=64, bits=8, compression=1, following=0):
    entries = [
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, 1, bits),
        (259, 3, 1, compression),
        (262, 3, 1, 1),
        (273, 4, count, offset),
        (278, 4, 1, height),
        (279, 4, count, length),
    ]
    return b"II*\0" + struct.pack("<I", 8) + ifd(entries, following).ljust(192, b"\0") + bytes(64)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (plain(width=0), ImagingError),
        (plain(width=2**31, height=2**31), ImagingError),
        (plain(width=200_000, height=200_000), TooLarge),
        (plain(length=2**31), ImagingError),
        (plain(offset=2**31), TruncatedFile),
        (plain(count=2**30), ImagingError),
        (plain(bits=200), ImagingError),
        (plain(compression=34676), UnsupportedContent),
        (plain(following=8), CorruptFile),
        (plain(following=2**31), TruncatedFile),
        (b"II*\0\0\0\0\0", CorruptFile),
        (b"II*\0", TruncatedFile),
        (b"MM\0+\0\x08\0\0" + b"\xff" * 8, (TruncatedFile, CorruptFile)),
    ],
)
def test_no_header_gets_past_its_bounds(data, error, tmp_path, open_image, array_of):
    (tmp_path / "a.tif").write_bytes(data)
    with pytest.raises(error):
        array_of(open_image(tmp_path / "a.tif"))


def test_the_plain_file_that_the_bounds_are_tried_on_is_good(tmp_path, open_image, array_of):
    (tmp_path / "a.tif").write_bytes(plain())
    assert array_of(open_image(tmp_path / "a.tif")).shape == (8, 8)


def test_two_pages_that_name_each_other_are_refused(tmp_path, open_image):
    first = plain(following=400).ljust(400, b"\0")
    (tmp_path / "a.tif").write_bytes(first + plain(following=8)[8:])
    with pytest.raises(CorruptFile, match="no end"):
        open_image(tmp_path / "a.tif")


def test_xml_with_entities_is_refused_before_it_is_parsed(tmp_path, open_image):
    bomb = '<?xml version="1.0"?><!DOCTYPE OME [<!ENTITY a "aaaa">]><OME>&a;</OME>'
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((8, 8), np.uint8), description=bomb, metadata=None)
    with pytest.raises(CorruptFile, match="entities"):
        open_image(tmp_path / "a.tif")


def test_a_tile_that_declares_another_size_is_not_decoded(tmp_path, open_image, array_of):
    values = NOISE.integers(0, 255, (64, 64, 3), dtype=np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", values, compression="jpeg", tile=(64, 64), photometric="ycbcr")
    assert array_of(open_image(tmp_path / "a.tif")).shape == (64, 64, 3)
    data = (tmp_path / "a.tif").read_bytes()
    at = data.index(b"\xff\xc0") + 5
    (tmp_path / "a.tif").write_bytes(data[:at] + b"\xff\xff\xff\xff" + data[at + 4 :])
    with pytest.raises(CorruptFile, match="another size"):
        array_of(open_image(tmp_path / "a.tif"))


def test_damaged_deflate_is_named(tmp_path, open_image, array_of):
    tifffile.imwrite(tmp_path / "a.tif", NOISE.integers(0, 255, (64, 64), dtype=np.uint8), compression="zlib")
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        at = file.pages.first.dataoffsets[0]
    data = bytearray((tmp_path / "a.tif").read_bytes())
    data[at : at + 40] = bytes(40)
    (tmp_path / "a.tif").write_bytes(data)
    with pytest.raises(CorruptFile, match="damaged"):
        array_of(open_image(tmp_path / "a.tif"))


def test_samples_that_are_no_colour_are_not_dropped_in_silence(tmp_path, open_image):
    tifffile.imwrite(
        tmp_path / "a.tif",
        np.zeros((8, 8, 5), np.uint8),
        photometric="minisblack",
        planarconfig="contig",
        extrasamples=["unspecified"] * 4,
        metadata=None,
    )
    with pytest.raises(UnsupportedContent, match="one channel per page"):
        open_image(tmp_path / "a.tif")


def test_a_fourth_sample_that_is_not_declared_as_opacity_hides_nothing(tmp_path, open_image, array_of):
    values = NOISE.integers(0, 255, (8, 8, 4), dtype=np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="rgb", extrasamples=["unspecified"], metadata=None)
    assert np.array_equal(array_of(open_image(tmp_path / "a.tif")), values[..., :3])
