"""Packs hold every value, tell what is damaged, and every part of them is a slice of the file."""

import hashlib
import json
import subprocess
import sys

import imagecodecs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from readroom.imaging import Color, DamagedPack, Geometry, ImageHeader, Pack, Scale, Window, write_pack
from readroom.imaging.errors import CorruptFile
from readroom.imaging.framecodec import choose_levels
from readroom.imaging.geometry import Finding, FindingKind
from readroom.imaging.packindex import PREFIX, read_index
from readroom.imaging.testing import ArraySource

SHAPES = [(1, 1), (3, 3), (1, 1, 7), (5, 300, 301), (2, 2, 40, 33), (1, 9000), (9000, 1), (200, 2, 3)]


def noise(shape, dtype, seed=0):
    rng = np.random.default_rng(seed)
    kind = np.dtype(dtype)
    if kind.kind == "f":
        return rng.normal(0, 1000, shape).astype(kind)
    limits = np.iinfo(kind)
    return rng.integers(limits.min, limits.max, shape, dtype=kind, endpoint=True)


@pytest.fixture
def ct(tmp_path):
    """A pack of five slices with three bands, its path and its values."""
    rng = np.random.default_rng(7)
    values = (rng.normal(0, 30, (5, 512, 512)) + np.linspace(-900, 900, 512)).astype(np.int16)
    write_pack(ArraySource(values), tmp_path / "ct.pack")
    return tmp_path / "ct.pack", values


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_every_value_of_every_type_and_size_comes_back(tmp_path, dtype, shape):
    values = noise(shape, dtype)
    index = write_pack(ArraySource(values), tmp_path / "x.pack")
    with Pack.open(tmp_path / "x.pack") as pack:
        pack.verify()
        back = pack.read()
    assert back.dtype == values.dtype
    np.testing.assert_array_equal(back, values)
    assert index.voxels_sha256 == hashlib.sha256(values.tobytes()).hexdigest()


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (4, 1, 7)], ids=str)
@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2"])
def test_the_lowest_values_of_a_single_row_or_column_come_back(tmp_path, dtype, shape):
    """A library for pictures may lose these, so they are stored as what they are: a line of numbers."""
    values = np.full(shape, np.iinfo(dtype).min, dtype)
    index = write_pack(ArraySource(values), tmp_path / "x.pack")
    with Pack.open(tmp_path / "x.pack") as pack:
        np.testing.assert_array_equal(pack.read(), values)
    assert index.codec == "zstd"


@pytest.mark.parametrize("color", [Color.RGB, Color.RGBA])
@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_colour_comes_back(tmp_path, color, dtype):
    values = noise((2, 77, 190, 3 if color is Color.RGB else 4), dtype)
    write_pack(ArraySource(values, color=color), tmp_path / "x.pack")
    with Pack.open(tmp_path / "x.pack") as pack:
        np.testing.assert_array_equal(pack.read(), values)
        np.testing.assert_array_equal(pack.frame(1), values[1])


@settings(max_examples=40, deadline=None)
@given(
    values=hnp.arrays(
        st.sampled_from([np.uint8, np.int8, np.uint16, np.int16]),
        hnp.array_shapes(min_dims=2, max_dims=3, max_side=70),
    )
)
def test_whatever_the_values_they_come_back(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("pack") / "x.pack"
    write_pack(ArraySource(values), path, threads=1)
    with Pack.open(path) as pack:
        np.testing.assert_array_equal(pack.read(threads=1), values)


def test_values_that_are_not_finite_are_kept_and_named(tmp_path):
    values = np.ones((3, 4, 5), np.float32)
    values[1, 2, 3], values[1, 0, 0], values[2, 0, 0] = np.nan, np.inf, 7
    index = write_pack(ArraySource(values), tmp_path / "x.pack")
    with Pack.open(tmp_path / "x.pack") as pack:
        np.testing.assert_array_equal(pack.read(), values)
        [finding] = pack.header.findings
    assert finding.kind is FindingKind.NON_FINITE_VALUES
    assert finding.frames == (1,)
    assert (index.minimum, index.maximum) == (1.0, 7.0)


def test_an_image_without_any_finite_value_still_has_an_index(tmp_path):
    values = np.full((2, 2), np.nan, np.float64)
    index = write_pack(ArraySource(values), tmp_path / "x.pack")
    assert (index.minimum, index.maximum) == (None, None)
    json.loads((tmp_path / "x.pack").read_bytes()[PREFIX.size : index.data_start])


@pytest.mark.parametrize(
    ("size", "levels"),
    [((512, 512), (2, 1, 0)), ((64, 64), (0,)), ((128, 128), (0,)), ((129, 128), (1, 0)), ((3062, 2394), (5, 4, 0))],
)
def test_bands_end_at_128_and_256_squared(size, levels):
    assert choose_levels("htj2k", *size) == levels


def test_bands_stand_coarsest_first_and_fill_the_file(ct):
    path, _ = ct
    with Pack.open(path) as pack:
        index = pack.index
    assert [(band.level, band.rows, band.columns) for band in index.bands] == [
        (2, 128, 128),
        (1, 256, 256),
        (0, 512, 512),
    ]
    assert index.size == path.stat().st_size
    spans = [index.band_span(level) for level in index.levels]
    assert spans[0].offset == index.data_start
    assert [span.end for span in spans[:-1]] == [span.offset for span in spans[1:]]


def test_a_coarse_band_alone_decodes_to_the_exact_small_image(ct):
    path, values = ct
    with Pack.open(path) as pack:
        band = pack.index.band(2)
        part = path.read_bytes()[pack.index.data_start + band.offset :][: band.lengths[0]]
        whole = pack.frame_bytes(0)
        np.testing.assert_array_equal(pack.read(level=2)[0], imagecodecs.htj2k_decode(whole, skipres=2))
    assert whole.startswith(part)
    np.testing.assert_array_equal(
        imagecodecs.htj2k_decode(part, skipres=2, resilient=True), imagecodecs.htj2k_decode(whole, skipres=2)
    )
    np.testing.assert_array_equal(imagecodecs.htj2k_decode(whole), values[0])


def test_a_frame_is_three_slices_of_the_file(ct):
    path, _ = ct
    data = path.read_bytes()
    with Pack.open(path) as pack:
        joined = b"".join(data[span.offset : span.end] for span in pack.index.frame_spans(3))
        assert joined == pack.frame_bytes(3)
        assert len(joined) == pack.index.frame_length(3)
        assert pack.frame_bytes(3, level=1) == joined[: sum(s.length for s in pack.index.frame_spans(3, level=1))]


def test_some_frames_of_a_band_are_one_slice_of_it(ct):
    path, values = ct
    with Pack.open(path) as pack:
        lengths = pack.index.band(1).lengths
        assert pack.band(1, start=1, stop=3) == pack.band(1)[lengths[0] : sum(lengths[:3])]
        np.testing.assert_array_equal(pack.read(start=1, stop=4), values[1:4])
        assert pack.read(start=2, stop=2).shape == (0, 512, 512)
        with pytest.raises(IndexError, match="frame 5 of 5"):
            pack.frame(5)
        with pytest.raises(KeyError, match="levels"):
            pack.band(4)


def test_a_pack_is_read_through_anything_that_reads_ranges(ct):
    path, values = ct
    requests = []

    class Store:
        def read_range(self, offset, length, /):
            requests.append((offset, length))
            return path.read_bytes()[offset : offset + length]

        def close(self):
            requests.append("closed")

    with Pack.open(Store()) as pack:
        np.testing.assert_array_equal(pack.frame(4), values[4])
    assert len(requests) == 1 + 3 + 1
    assert requests[-1] == "closed"


def test_a_cut_pack_names_where_it_ends(ct):
    path, _ = ct
    data = path.read_bytes()
    with Pack.open(path) as pack:
        index = pack.index
    path.write_bytes(data[:-1])
    with Pack.open(path) as pack:
        assert pack.frame(0).shape == (512, 512)
        with pytest.raises(DamagedPack, match="cut short within frame 4 of the band of level 0"):
            pack.frame(4)
        with pytest.raises(DamagedPack, match="cut short"):
            pack.verify()
    for end in (0, 7, 11, 400, index.data_start - 1):
        path.write_bytes(data[:end])
        with pytest.raises(DamagedPack):
            Pack.open(path)


def test_any_flipped_bit_is_detected(ct):
    path, _ = ct
    data = path.read_bytes()
    rng = np.random.default_rng(3)
    places = [*range(60), *(int(place) for place in rng.integers(0, len(data), 150))]
    for place in places:
        path.write_bytes(data[:place] + bytes([data[place] ^ (1 << int(rng.integers(8)))]) + data[place + 1 :])
        with pytest.raises(DamagedPack), Pack.open(path) as pack:
            pack.verify()


def test_a_flipped_bit_is_named_by_frame_and_band_and_spoils_no_other_frame(ct):
    path, values = ct
    data = bytearray(path.read_bytes())
    with Pack.open(path) as pack:
        span = pack.index.frame_spans(2)[1]
    data[span.offset + 10] ^= 16
    path.write_bytes(data)
    with Pack.open(path) as pack:
        np.testing.assert_array_equal(pack.frame(1), values[1])
        assert pack.frame(2, level=2).shape == (128, 128)
        for read in (lambda: pack.frame(2), pack.verify, pack.read):
            with pytest.raises(DamagedPack, match="Frame 2 of the band of level 1 was altered"):
                read()


def test_bytes_after_the_end_are_damage_too(ct):
    path, _ = ct
    with path.open("ab") as file:
        file.write(b"more")
    with pytest.raises(DamagedPack, match="longer"), Pack.open(path) as pack:
        pack.verify()


def test_a_file_that_is_no_pack_is_not_taken_for_one(tmp_path):
    (tmp_path / "x").write_bytes(b"\x89PNG" * 100)
    with pytest.raises(DamagedPack, match="no pack"):
        Pack.open(tmp_path / "x")
    (tmp_path / "y").write_bytes(PREFIX.pack(b"RRPACK01", 0xFFFFFFFF))
    with pytest.raises(DamagedPack, match="claims"):
        Pack.open(tmp_path / "y")


def test_the_header_comes_back_from_the_index(tmp_path):
    header = ImageHeader(
        name="Thorax \udcff ü",
        shape=(2, 3, 4),
        dtype=np.dtype(np.int16),
        modality="CT",
        geometry=Geometry(origin=(1.5, -2.0, 3.25), spacing=(0.7, 0.8, 2.5), slice_step=(0.0, 0.4, 2.4)),
        findings=(Finding(FindingKind.GANTRY_TILT, "tilted by 9.5 degrees", (1,)),),
        scales=(Scale(2.0, -1024.0, "HU"), Scale(1.0, -1000.0, "HU")),
        windows=(Window(40, 400, "SOFT"), Window(-600, 1500)),
        is_inverted=True,
        frame_seconds=0.04,
        facts={"SeriesInstanceUID": "1.2.3", "Weights": np.array([1, 2]), "Nested": {"a": (1.5, None, float("nan"))}},
    )
    index = write_pack(ArraySource(np.zeros((2, 3, 4), np.int16), header=header), tmp_path / "x.pack")
    with Pack.open(tmp_path / "x.pack") as pack:
        back = pack.header
    assert back.name == "Thorax ? ü"
    for name in (
        "shape",
        "dtype",
        "modality",
        "geometry",
        "findings",
        "scales",
        "windows",
        "is_inverted",
        "frame_seconds",
    ):
        assert getattr(back, name) == getattr(header, name)
    assert back.facts == {"SeriesInstanceUID": "1.2.3", "Weights": [1, 2], "Nested": {"a": [1.5, None, None]}}
    assert index.window == (40.0, 400.0)


def test_a_frame_that_is_not_what_the_header_says_ends_the_pack_and_leaves_nothing(tmp_path):
    source = ArraySource(np.zeros((3, 8, 8), np.int16))
    source.frame = lambda index: np.zeros((8, 8 + index), np.int16)
    with pytest.raises(CorruptFile, match="Frame 2"):
        write_pack(source, tmp_path / "x.pack")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_keeps_the_pack_that_was_there(ct):
    path, _ = ct
    before = path.read_bytes()
    source = ArraySource(np.zeros((3, 8, 8), np.int16))
    source.frame = lambda index: 1 / 0
    with pytest.raises(ZeroDivisionError):
        write_pack(source, path)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["ct.pack"]


def test_only_a_few_frames_wait_in_memory(tmp_path):
    alive = most = 0

    class Counted(np.ndarray):
        def __del__(self):
            nonlocal alive
            alive -= 1

    class Source(ArraySource):
        def frame(self, index):
            nonlocal alive, most
            alive += 1
            most = max(most, alive)
            return super().frame(index).view(Counted)

    write_pack(Source(np.zeros((200, 64, 64), np.int16)), tmp_path / "x.pack", threads=2)
    assert most <= 8


def test_the_index_and_its_ranges_need_no_pixel_library(ct):
    path, _ = ct
    program = (
        "import os, sys\n"
        "from readroom.imaging.packindex import read_index\n"
        f"file = os.open({str(path)!r}, os.O_RDONLY)\n"
        "index = read_index(lambda offset, length: os.pread(file, length, offset))\n"
        "assert index.frame_count == 5, index\n"
        "heavy = {'numpy', 'imagecodecs', 'pydicom', 'SimpleITK'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_an_index_longer_than_the_first_read_is_read_in_two(tmp_path):
    write_pack(ArraySource(np.zeros((9000, 2, 2), np.int16)), tmp_path / "x.pack")
    data = (tmp_path / "x.pack").read_bytes()
    reads = []

    def read(offset, length):
        reads.append(length)
        return data[offset : offset + length]

    index = read_index(read)
    assert len(reads) == 2
    assert index.frame_count == 9000
    assert index.size == len(data)


def test_a_window_comes_from_percentiles_of_real_values_where_none_is_recorded(tmp_path):
    values = np.tile(np.arange(101, dtype=np.int16), (101, 1))
    header = ImageHeader(name="x", shape=values.shape, dtype=values.dtype, scales=(Scale(2.0, -1000.0),))
    center, width = write_pack(ArraySource(values, header=header), tmp_path / "x.pack").window
    assert center == pytest.approx(-900, abs=4)
    assert width == pytest.approx(196, abs=8)


@pytest.mark.parametrize(("rows", "most"), [(64, 2 + 8), (4096, 2 + 2)])
def test_few_frames_wait_for_their_turn_and_fewer_large_ones(tmp_path, rows, most):
    source, asked, waiting = ArraySource(np.zeros((20, rows, 1024), np.int16)), [], []
    frame = source.frame
    source.frame = lambda number: (asked.append(number), frame(number))[1]
    write_pack(source, tmp_path / "x.pack", on_frame=lambda done: waiting.append(len(asked) - done))
    assert 0 < max(waiting) <= most
