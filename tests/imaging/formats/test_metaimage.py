import numpy as np
import pytest
import SimpleITK
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.imaging.formats.itk import assert_same_geometry, write_counting_up

from readroom.imaging.errors import (
    CorruptFile,
    MissingCompanion,
    TooLarge,
    TruncatedFile,
    UnsafePath,
    UnsupportedContent,
)
from readroom.imaging.geometry import FindingKind
from readroom.imaging.source import Color
from readroom.imaging.testing.strategies import geometries

FILES = [
    "volumes/ct-crop.mha",
    "volumes/ct-crop-compressed.mha",
    "volumes/ct-crop-raw.mhd",
    "volumes/ct-crop-zraw.mhd",
    "volumes/ct-crop-oblique.mha",
    "volumes/ct-crop-flipped-z.mha",
    "volumes/ct-crop-bigendian.mha",
    "volumes/ct-crop-mask.mha",
    "volumes/ct-crop-labels.mha",
    "volumes/ct-crop-float.mha",
    "volumes/epi-4d.mha",
    "volumes/epi-4d-compressed.mha",
    "volumes/epi-4d.mhd",
    "volumes/fundus-rgb.mha",
    "volumes/rgb-3d.mha",
    "bad/float-nan-inf.mha",
    "itk/BrainProtonDensity3Slices.mha",
    "itk/BrainProtonDensitySliceBorder20.mhd",
    "itk/BrainProtonDensitySliceBorder20DirectionPlus30.mhd",
    "itk/BrainT1SliceBorder20DirectionPlus30.mhd",
    "panimg/image10x10x10.mha",
    "panimg/image10x10x10.mhd",
    "panimg/image10x11x12x13.mha",
    "panimg/image10x11x12x13.mhd",
]
BAD = {
    "bad/mha-corrupt-zlib.mha": CorruptFile,
    "bad/mha-huge-dims.mha": TooLarge,
    "bad/mha-ndims-5.mha": UnsupportedContent,
    "bad/mha-truncated.mha": TruncatedFile,
    "bad/mhd-absolute-path.mhd": UnsafePath,
    "bad/mhd-missing-raw.mhd": MissingCompanion,
    "bad/mhd-path-traversal.mhd": UnsafePath,
    "itk/itkBrainSliceComplex.mha": UnsupportedContent,
}


def write(path, header, pixels=b""):
    path.write_bytes(header.encode() + pixels)
    return path


def header_of(**changes):
    fields = {
        "ObjectType": "Image",
        "NDims": "3",
        "BinaryData": "True",
        "TransformMatrix": "1 0 0 0 1 0 0 0 1",
        "Offset": "0 0 0",
        "ElementSpacing": "1 1 1",
        "DimSize": "4 3 2",
        "ElementType": "MET_UCHAR",
    } | changes
    fields["ElementDataFile"] = fields.pop("ElementDataFile", "LOCAL")
    return "".join(f"{key} = {value}\n" for key, value in fields.items() if value is not None)


@pytest.mark.corpus
@pytest.mark.parametrize("name", FILES)
def test_voxels_and_geometry_are_those_that_simpleitk_reads(name, testdata, open_image, array_of):
    oracle = SimpleITK.ReadImage(str(testdata / name))
    source = open_image(testdata / name)
    assert np.array_equal(
        array_of(source), SimpleITK.GetArrayFromImage(oracle), equal_nan=source.header.dtype.kind == "f"
    )
    assert_same_geometry(source.header, oracle)
    assert source.header.time_points == (oracle.GetSize()[3] if oracle.GetDimension() == 4 else 1)


@pytest.mark.corpus
@pytest.mark.parametrize("name", BAD)
def test_each_bad_file_ends_in_its_own_error_with_one_sentence(name, testdata, open_image, array_of):
    with pytest.raises(BAD[name]) as caught:
        array_of(open_image(testdata / name))
    assert caught.value.reason.endswith(".")
    assert "\n" not in caught.value.reason


@pytest.mark.corpus
def test_mirrored_axes_are_kept_and_reported(testdata, open_image):
    header = open_image(testdata / "volumes/ct-crop-flipped-z.mha").header
    assert header.geometry.directions[2] == (0, 0, -1)
    assert [finding.kind for finding in header.findings] == [FindingKind.LEFT_HANDED]


@pytest.mark.corpus
def test_the_pixel_file_is_named_as_a_companion(testdata, open_file):
    opened = open_file(testdata / "volumes/ct-crop-raw.mhd")
    assert [file.name for file in opened.companions] == ["ct-crop-raw.raw"]
    assert opened.images[0].header.files == tuple(testdata / "volumes" / f"ct-crop-raw.{end}" for end in ("mhd", "raw"))


@given(
    geometry=geometries(right_handed=False),
    dtype=st.sampled_from(["u1", "i1", "u2", "i2", "i4", "f4", "f8"]),
    is_compressed=st.booleans(),
    suffix=st.sampled_from([".mha", ".mhd"]),
)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_simpleitk_writes_is_read_back(geometry, dtype, is_compressed, suffix, tmp_path, open_image, array_of):
    path = tmp_path / f"image{suffix}"
    array, image = write_counting_up(path, geometry, dtype, is_compressed=is_compressed)
    source = open_image(path)
    assert np.array_equal(array_of(source), array)
    assert_same_geometry(source.header, image)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"NDims": "99999999999999999999"}, CorruptFile),
        ({"NDims": "nan"}, CorruptFile),
        ({"NDims": None}, CorruptFile),
        ({"DimSize": "4 3"}, CorruptFile),
        ({"DimSize": "4 3 0"}, CorruptFile),
        ({"DimSize": "4 -3 2"}, CorruptFile),
        ({"DimSize": "4 3 1.5"}, CorruptFile),
        ({"DimSize": "4 3 1e300"}, CorruptFile),
        ({"DimSize": "1000 1000 1000000"}, TooLarge),
        ({"DimSize": "4 3 3"}, TruncatedFile),
        ({"DimSize": "4 3 1000000", "CompressedData": "True"}, TruncatedFile),
        ({"ElementSpacing": "1 nan 1"}, CorruptFile),
        ({"Offset": "0 inf 0"}, CorruptFile),
        ({"TransformMatrix": "1 0 0 1 0 0 0 0 1"}, CorruptFile),
        ({"TransformMatrix": "0 0 0 0 0 0 0 0 0"}, CorruptFile),
        ({"TransformMatrix": "1 0 0 0"}, CorruptFile),
        ({"ElementType": "MET_NONE"}, UnsupportedContent),
        ({"ElementType": "MET_FLOAT", "ElementNumberOfChannels": "3"}, UnsupportedContent),
        ({"ElementNumberOfChannels": "7"}, UnsupportedContent),
        ({"BinaryData": "False"}, UnsupportedContent),
        ({"HeaderSize": "1e30"}, CorruptFile),
        ({"HeaderSize": "9999"}, TruncatedFile),
        ({"ElementDataFile": "LIST"}, UnsupportedContent),
        ({"ElementDataFile": "slice%03d.raw 1 24 1"}, UnsupportedContent),
        ({"ElementDataFile": "image.mha"}, MissingCompanion),
        ({"ElementDataFile": "C:\\pixels.raw"}, UnsafePath),
        ({"ElementDataFile": "..\\pixels.raw"}, UnsafePath),
    ],
    ids=str,
)
def test_no_header_gets_past_its_bounds(changes, error, tmp_path, open_image, array_of):
    path = write(tmp_path / "image.mha", header_of(**changes), bytes(24))
    with pytest.raises(error):
        array_of(open_image(path))


def test_a_header_without_an_end_is_refused(tmp_path, open_image):
    with pytest.raises(CorruptFile, match="no complete MetaImage header"):
        open_image(write(tmp_path / "image.mha", "ObjectType = Image\n" + "Comment = x\n" * 10))


def test_spacing_that_is_not_recorded_is_reported_not_assumed_in_silence(tmp_path, open_image):
    for spacing in (None, "1 0 1"):
        header = open_image(write(tmp_path / "image.mha", header_of(ElementSpacing=spacing), bytes(24))).header
        assert [finding.kind for finding in header.findings] == [FindingKind.UNCALIBRATED_SPACING]
        assert header.geometry.spacing == (1, 1, 1)


def test_axes_that_are_not_at_right_angles_are_reported(tmp_path, open_image):
    header = open_image(
        write(tmp_path / "image.mha", header_of(TransformMatrix="1 0 0 0 1 0 0 0.6 0.8"), bytes(24))
    ).header
    assert [finding.kind for finding in header.findings] == [FindingKind.NON_ORTHOGONAL]
    assert "36.87 degrees" in header.findings[0].message


def test_a_negative_header_size_counts_from_the_end(tmp_path, open_image, array_of):
    path = write(tmp_path / "image.mhd", header_of(HeaderSize="-1", ElementDataFile="pixels.raw"))
    (tmp_path / "pixels.raw").write_bytes(b"vendor header" + bytes(range(24)))
    assert array_of(open_image(path)).ravel().tolist() == list(range(24))


def test_a_time_axis_of_one_is_no_time_axis(tmp_path, open_image):
    path = write(
        tmp_path / "image.mha",
        header_of(NDims="4", DimSize="4 3 2 1", TransformMatrix=None, Offset="0 0 0 0", ElementSpacing="1 1 1 1"),
        bytes(24),
    )
    assert open_image(path).header.shape == (2, 3, 4)


def test_modality_and_colour_are_told(tmp_path, open_image):
    path = write(
        tmp_path / "image.mha",
        header_of(Modality="MET_MOD_CT", ElementNumberOfChannels="4", DimSize="3 2 1"),
        bytes(24),
    )
    header = open_image(path).header
    assert (header.modality, header.color, header.shape) == ("CT", Color.RGBA, (1, 2, 3, 4))
