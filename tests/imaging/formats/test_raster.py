import struct
import zlib

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from readroom.imaging.errors import CorruptFile, TooLarge, TruncatedFile, UnknownFormat, UnsupportedContent
from readroom.imaging.geometry import FindingKind
from readroom.imaging.source import Color

FILES = [
    "photo/BrainProtonDensitySlice256x256.png",
    "photo/VisibleWomanEyeSlice.png",
    "photo/cell.png",
    "photo/cxr-16bit.png",
    "photo/histology.jpg",
    "photo/ihc.png",
    "photo/microaneurysms.png",
    "photo/retina.jpg",
    "bad/png-renamed.dcm",
]
BAD = {
    "bad/jpeg-truncated.jpg": TruncatedFile,
    "bad/png-huge-dims.png": TooLarge,
    "panimg/corrupt.png": UnknownFormat,
}
RAMP = np.linspace(0, 255, 12 * 10 * 4).astype(np.uint8).reshape(12, 10, 4)


def png(columns, rows, bits, kind, lines, interlace=0):
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">2I5B", columns, rows, bits, kind, 0, 0, interlace)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


@pytest.mark.corpus
@pytest.mark.parametrize("name", FILES)
def test_pixels_are_what_a_person_would_see(name, testdata, open_image, array_of):
    source = open_image(testdata / name)
    with Image.open(testdata / name) as oracle:
        shown = oracle.convert("RGB") if oracle.mode == "P" else oracle
        assert np.array_equal(array_of(source), np.asarray(shown))
    assert FindingKind.UNCALIBRATED_SPACING in {finding.kind for finding in source.header.findings}


@pytest.mark.corpus
@pytest.mark.parametrize("name", BAD)
def test_each_bad_file_ends_in_its_own_error_with_one_sentence(name, testdata, open_image, array_of):
    with pytest.raises(BAD[name]) as caught:
        array_of(open_image(testdata / name))
    assert caught.value.reason.endswith(".")


def test_one_bit_is_black_and_white(tmp_path, open_image, array_of):
    bits = RAMP[..., 0] > 100
    Image.fromarray(bits).save(tmp_path / "a.png")
    assert np.array_equal(array_of(open_image(tmp_path / "a.png")), np.where(bits, 255, 0))


def test_a_palette_is_colours_and_not_indices(tmp_path, open_image, array_of):
    image = Image.fromarray(RAMP[..., :3]).quantize(16)
    image.save(tmp_path / "a.png")
    source = open_image(tmp_path / "a.png")
    assert source.header.color is Color.RGB
    assert np.array_equal(array_of(source), np.asarray(image.convert("RGB")))


def test_a_palette_with_a_see_through_colour_keeps_it(tmp_path, open_image, array_of):
    image = Image.fromarray(RAMP[..., :3]).quantize(16)
    image.save(tmp_path / "a.png", transparency=3)
    source = open_image(tmp_path / "a.png")
    assert source.header.color is Color.RGBA
    assert (array_of(source)[..., 3] == 0).sum() == (np.asarray(image) == 3).sum()


def test_grey_with_alpha_becomes_rgba(tmp_path, open_image, array_of):
    Image.fromarray(RAMP[..., :2], "LA").save(tmp_path / "a.png")
    array = array_of(open_image(tmp_path / "a.png"))
    assert np.array_equal(array, RAMP[..., [0, 0, 0, 1]])


@pytest.mark.parametrize(("samples", "color"), [(1, Color.GRAY), (2, Color.RGBA), (3, Color.RGB), (4, Color.RGBA)])
def test_sixteen_bits_stay_sixteen_bits(samples, color, tmp_path, open_image, array_of):
    """Pillow cuts colours of 16 bits to 8; the oracle here is what was written."""
    values = np.linspace(0, 65535, 12 * 10 * samples).astype(np.uint16).reshape(12, 10, samples)
    (tmp_path / "a.png").write_bytes(imagecodecs.png_encode(values[..., 0] if samples == 1 else values))
    source = open_image(tmp_path / "a.png")
    assert source.header.color is color
    expected = {1: values[..., 0], 2: values[..., [0, 0, 0, -1]]}.get(samples, values)
    assert np.array_equal(array_of(source), expected)


def test_interlaced_pictures_are_read(tmp_path, open_image, array_of):
    """One pixel: the first pass of seven is the whole picture."""
    (tmp_path / "a.png").write_bytes(png(1, 1, 8, 0, b"\x00\x7b", interlace=1))
    assert array_of(open_image(tmp_path / "a.png")).tolist() == [[123]]


def test_cmyk_becomes_rgb(tmp_path, open_image, array_of):
    image = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    image.save(tmp_path / "a.jpg", quality=95)
    source = open_image(tmp_path / "a.jpg")
    assert source.header.color is Color.RGB
    red, green, blue = array_of(source).reshape(-1, 3).mean(axis=0)
    assert red > 245
    assert max(green, blue) < 10


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_a_turned_camera_is_turned_back(orientation, suffix, tmp_path, open_image, array_of):
    upright = np.zeros((32, 48, 3), np.uint8)
    upright[:16, :16] = 255
    turn = {
        1: lambda a: a,
        2: np.fliplr,
        3: lambda a: np.rot90(a, 2),
        4: np.flipud,
        5: lambda a: a.transpose(1, 0, 2),
        6: lambda a: np.rot90(a, 1),
        7: lambda a: np.rot90(a, 2).transpose(1, 0, 2),
        8: lambda a: np.rot90(a, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(np.ascontiguousarray(turn(upright))).save(tmp_path / f"a.{suffix}", exif=exif, quality=95)
    source = open_image(tmp_path / f"a.{suffix}")
    assert source.header.shape == (32, 48, 3)
    assert np.abs(array_of(source).astype(int) - upright).max() < 60


def test_jpeg_says_that_it_lost_something(tmp_path, open_image):
    Image.fromarray(RAMP[..., :3]).save(tmp_path / "a.jpg")
    assert FindingKind.LOSSY_COMPRESSION in {finding.kind for finding in open_image(tmp_path / "a.jpg").header.findings}


def test_bmp_is_read(tmp_path, open_image, array_of):
    Image.fromarray(RAMP[..., :3]).save(tmp_path / "a.bmp")
    assert np.array_equal(array_of(open_image(tmp_path / "a.bmp")), RAMP[..., :3])


@pytest.mark.parametrize("suffix", ["gif", "webp", "jp2", "avif"])
def test_other_pictures_are_refused_with_the_remedy(suffix, tmp_path, open_image):
    Image.fromarray(RAMP[..., :3]).save(tmp_path / f"a.{suffix}")
    with pytest.raises(UnsupportedContent, match="save it as PNG"):
        open_image(tmp_path / f"a.{suffix}")


@pytest.mark.parametrize("cut", [9, 20, 30, 45, 70])
@pytest.mark.parametrize("suffix", ["png", "jpg", "bmp"])
def test_wherever_a_picture_is_cut_it_is_refused(cut, suffix, tmp_path, open_image, array_of):
    Image.fromarray(RAMP[..., :3]).save(tmp_path / f"a.{suffix}")
    data = (tmp_path / f"a.{suffix}").read_bytes()
    (tmp_path / f"a.{suffix}").write_bytes(data[: len(data) * cut // 100])
    with pytest.raises((TruncatedFile, CorruptFile)):
        array_of(open_image(tmp_path / f"a.{suffix}"))


@pytest.mark.parametrize(("columns", "rows", "error"), [(0, 5, CorruptFile), (30000, 30000, TooLarge)])
def test_impossible_sizes_are_refused_before_anything_is_decoded(columns, rows, error, tmp_path, open_image):
    (tmp_path / "a.png").write_bytes(png(columns, rows, 8, 2, b""))
    with pytest.raises(error):
        open_image(tmp_path / "a.png")


def test_a_jpeg_that_declares_a_huge_size_is_refused(tmp_path, open_image):
    Image.fromarray(RAMP[..., :3]).save(tmp_path / "a.jpg")
    data = (tmp_path / "a.jpg").read_bytes()
    at = data.index(b"\xff\xc0") + 5
    (tmp_path / "a.jpg").write_bytes(data[:at] + b"\xff\xff\xff\xff" + data[at + 4 :])
    with pytest.raises(TooLarge):
        open_image(tmp_path / "a.jpg")


def test_a_damaged_palette_or_checksum_is_refused(tmp_path, open_image, array_of):
    Image.fromarray(RAMP[..., :3]).save(tmp_path / "a.png")
    data = bytearray((tmp_path / "a.png").read_bytes())
    data[len(data) // 2] ^= 0xFF
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises((TruncatedFile, CorruptFile)):
        array_of(open_image(tmp_path / "a.png"))
