import bz2
import gzip

import numpy as np
import pytest
import SimpleITK
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.imaging.formats.itk import assert_same_geometry, write_counting_up

from readroom.imaging.errors import CorruptFile, TooLarge, TruncatedFile, UnsafePath, UnsupportedContent
from readroom.imaging.geometry import FindingKind
from readroom.imaging.source import Color
from readroom.imaging.testing.strategies import geometries

FILES = [
    "volumes/ct-crop.nrrd",
    "volumes/ct-crop-gzip.nrrd",
    "nrrd/adi_slice.nrrd",
    "nrrd/avf_float_32.nrrd",
    "panimg/image10x11x12.nrrd",
    "panimg/image10x11x12_compressed.nrrd",
    "itk/BrainProtonDensitySliceBorder20DirectionPlus30.nhdr",
]
BAD = {
    "bad/nrrd-detached-traversal.nhdr": UnsafePath,
    "bad/nrrd-no-data.nrrd": TruncatedFile,
    "panimg/image10x11x12_unsupported_version.nrrd": UnsupportedContent,
}


def write(path, pixels=bytes(24), **changes):
    fields = {
        "type": "uchar",
        "dimension": "3",
        "space": "left-posterior-superior",
        "sizes": "4 3 2",
        "space directions": "(1,0,0) (0,1,0) (0,0,1)",
        "space origin": "(0,0,0)",
        "kinds": "domain domain domain",
        "endian": "little",
        "encoding": "raw",
    } | {key.replace("_", " "): value for key, value in changes.items()}
    lines = ["NRRD0004", "# a comment", "key:=value", *(f"{key}: {value}" for key, value in fields.items() if value)]
    path.write_bytes("\n".join(lines).encode() + b"\n\n" + pixels)
    return path


@pytest.mark.corpus
@pytest.mark.parametrize("name", FILES)
def test_voxels_and_geometry_are_those_that_simpleitk_reads(name, testdata, open_image, array_of):
    oracle = SimpleITK.ReadImage(str(testdata / name))
    source = open_image(testdata / name)
    assert np.array_equal(array_of(source), SimpleITK.GetArrayFromImage(oracle))
    assert_same_geometry(source.header, oracle)


@pytest.mark.corpus
@pytest.mark.parametrize("name", BAD)
def test_each_bad_file_ends_in_its_own_error_with_one_sentence(name, testdata, open_image, array_of):
    with pytest.raises(BAD[name]) as caught:
        array_of(open_image(testdata / name))
    assert caught.value.reason.endswith(".")


@given(
    geometry=geometries(right_handed=False),
    dtype=st.sampled_from(["u1", "i1", "u2", "i2", "i4", "f4", "f8"]),
    is_compressed=st.booleans(),
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_simpleitk_writes_is_read_back(geometry, dtype, is_compressed, tmp_path, open_image, array_of):
    path = tmp_path / "image.nrrd"
    array, image = write_counting_up(path, geometry, dtype, is_compressed=is_compressed)
    source = open_image(path)
    assert np.array_equal(array_of(source), array)
    assert_same_geometry(source.header, image)


@pytest.mark.parametrize(
    ("space", "signs"),
    [("left-posterior-superior", (1, 1)), ("RAS", (-1, -1)), ("right-anterior-superior", (-1, -1)), ("LAS", (1, -1))],
)
def test_every_anatomical_space_is_turned_to_lps(space, signs, tmp_path, open_image):
    header = open_image(write(tmp_path / "image.nrrd", space=space, space_origin="(10,20,30)")).header
    assert header.geometry.origin == (10 * signs[0], 20 * signs[1], 30)
    assert (header.geometry.directions[0][0], header.geometry.directions[1][1]) == signs
    expected = [] if signs[0] == signs[1] else [FindingKind.LEFT_HANDED]
    assert [finding.kind for finding in header.findings] == expected


def test_a_space_without_anatomy_says_so(tmp_path, open_image):
    header = open_image(write(tmp_path / "image.nrrd", space=None, space_directions=None, spacings="0.5 0.6 2")).header
    assert header.geometry.spacing == (0.5, 0.6, 2)
    assert [finding.kind for finding in header.findings] == [FindingKind.MISSING_ORIENTATION]


def test_spacing_that_is_not_recorded_is_reported(tmp_path, open_image):
    header = open_image(write(tmp_path / "image.nrrd", space=None, space_directions=None)).header
    assert {finding.kind for finding in header.findings} == {
        FindingKind.UNCALIBRATED_SPACING,
        FindingKind.MISSING_ORIENTATION,
    }


def test_lengths_are_turned_to_millimetres(tmp_path, open_image):
    header = open_image(write(tmp_path / "image.nrrd", space_units='"um" "um" "um"', space_origin="(1000,0,0)")).header
    assert header.geometry.spacing == pytest.approx((0.001,) * 3)
    assert header.geometry.origin == pytest.approx((1, 0, 0))


@pytest.mark.parametrize("encoding", ["raw", "gzip", "bz2"])
def test_every_encoding_gives_the_same_voxels(encoding, tmp_path, open_image, array_of):
    pack = {"raw": bytes, "gzip": gzip.compress, "bz2": bz2.compress}[encoding]
    path = write(tmp_path / "image.nrrd", pack(bytes(range(24))), encoding=encoding)
    assert array_of(open_image(path)).ravel().tolist() == list(range(24))


def test_colours_are_read(tmp_path, open_image, array_of):
    path = write(
        tmp_path / "image.nrrd",
        bytes(range(72)),
        dimension="4",
        sizes="3 4 3 2",
        kinds="RGB-color domain domain domain",
        space_directions="none (1,0,0) (0,1,0) (0,0,1)",
    )
    source = open_image(path)
    assert (source.header.color, source.header.shape) == (Color.RGB, (2, 3, 4, 3))
    assert array_of(source).ravel().tolist() == list(range(72))


@pytest.mark.parametrize("is_fastest", [True, False], ids=["time first", "time last"])
def test_time_is_read_whichever_axis_it_is(is_fastest, tmp_path, open_image, array_of):
    values = np.arange(120, dtype="<i2").reshape(5, 2, 3, 4)
    vectors = "(1,0,0) (0,1,0) (0,0,1)"
    path = write(
        tmp_path / "image.nrrd",
        (values.transpose(1, 2, 3, 0) if is_fastest else values).tobytes(),
        type="short",
        dimension="4",
        sizes="5 4 3 2" if is_fastest else "4 3 2 5",
        kinds="list domain domain domain" if is_fastest else "domain domain domain list",
        space_directions=f"none {vectors}" if is_fastest else f"{vectors} none",
    )
    source = open_image(path)
    assert (source.header.time_points, source.header.shape) == (5, (5, 2, 3, 4))
    assert np.array_equal(array_of(source), values)


def test_a_detached_file_is_a_companion_with_lines_and_bytes_to_skip(tmp_path, open_file, array_of):
    path = write(tmp_path / "image.nhdr", b"", data_file="pixels.raw", line_skip="1", byte_skip="3")
    (tmp_path / "pixels.raw").write_bytes(b"a line\nabc" + bytes(range(24)))
    opened = open_file(path)
    assert [file.name for file in opened.companions] == ["pixels.raw"]
    assert array_of(opened.images[0]).ravel().tolist() == list(range(24))


def test_a_byte_skip_of_minus_one_counts_from_the_end(tmp_path, open_image, array_of):
    path = write(tmp_path / "image.nrrd", b"vendor header" + bytes(range(24)), byte_skip="-1")
    assert array_of(open_image(path)).ravel().tolist() == list(range(24))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"dimension": "0"}, UnsupportedContent),
        ({"dimension": "16"}, UnsupportedContent),
        ({"dimension": None}, CorruptFile),
        ({"sizes": "4 3"}, CorruptFile),
        ({"sizes": "4 -3 2"}, CorruptFile),
        ({"sizes": "100000 100000 100000"}, TooLarge),
        ({"sizes": "4 3 3"}, TruncatedFile),
        ({"sizes": "4 3 100000", "encoding": "gzip"}, TruncatedFile),
        ({"encoding": "gzip"}, CorruptFile),
        ({"encoding": "bzip2"}, CorruptFile),
        ({"encoding": "hex"}, UnsupportedContent),
        ({"type": "block"}, UnsupportedContent),
        ({"space_directions": "(1,0,0) (1,0,0) (0,0,1)"}, CorruptFile),
        ({"space_directions": "(1,0,0) (0,nan,0) (0,0,1)"}, CorruptFile),
        ({"space_origin": "(0,0)"}, CorruptFile),
        ({"byte_skip": "1e300"}, CorruptFile),
        ({"byte_skip": "100"}, TruncatedFile),
        ({"line_skip": "100"}, CorruptFile),
        ({"data_file": "LIST"}, UnsupportedContent),
        ({"data_file": "slice%03d.raw 1 2 1"}, UnsupportedContent),
        ({"data_file": "/etc/passwd"}, UnsafePath),
    ],
    ids=str,
)
def test_no_header_gets_past_its_bounds(changes, error, tmp_path, open_image, array_of):
    with pytest.raises(error):
        array_of(open_image(write(tmp_path / "image.nrrd", **changes)))
