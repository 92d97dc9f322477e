import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from readroom.imaging import (
    Geometry,
    ImageHeader,
    NothingToRead,
    Pack,
    Scale,
    Volume,
    import_files,
    read_volume,
    write_pack,
)
from readroom.imaging.errors import UnsupportedContent
from readroom.imaging.testing import ArraySource, write_tiny_series

angles = st.floats(-np.pi, np.pi)


def turned(angle):
    c, s = float(np.cos(angle)), float(np.sin(angle))
    return ((c, s, 0.0), (-s, c, 0.0), (0.0, 0.0, 1.0))


def volume_of(geometry, shape=(4, 5, 6)):
    return Volume(
        np.zeros(shape, np.int16), ImageHeader(name="x", shape=shape, dtype=np.dtype("i2"), geometry=geometry)
    )


@given(
    angles,
    st.tuples(*[st.floats(-500, 500)] * 3),
    st.tuples(*[st.floats(0.1, 10)] * 3),
    st.tuples(*[st.floats(0, 300)] * 3),
)
def test_positions_and_indices_are_inverse(angle, origin, spacing, index):
    volume = volume_of(Geometry(origin=origin, directions=turned(angle), spacing=spacing))
    np.testing.assert_allclose(volume.voxels(volume.world(index)), index, atol=1e-6)


def test_indices_are_in_the_order_of_the_array():
    volume = volume_of(Geometry(origin=(10.0, 20.0, 30.0), spacing=(1.0, 2.0, 4.0)))
    np.testing.assert_array_equal(volume.world([1, 2, 3]), [13.0, 24.0, 34.0])
    np.testing.assert_array_equal(volume.world([[0, 0, 0], [0, 0, 1]]), [[10, 20, 30], [11, 20, 30]])
    assert volume.voxel([13.2, 23.5, 34.4]) == (1, 2, 3)
    with pytest.raises(IndexError, match="outside"):
        volume.voxel([0, 0, 0])


def test_a_tilted_gantry_moves_along_the_real_step():
    volume = volume_of(Geometry(spacing=(1.0, 1.0, 2.0), slice_step=(0.0, 0.5, 1.9)))
    np.testing.assert_allclose(volume.world([2, 0, 0]), [0.0, 1.0, 3.8])
    np.testing.assert_allclose(volume.voxels([0.0, 1.0, 3.8]), [2, 0, 0], atol=1e-12)


def test_real_values_use_the_scale_of_each_frame():
    array = np.arange(8, dtype=np.int16).reshape(2, 2, 2)
    header = ImageHeader(name="x", shape=(2, 2, 2), dtype=array.dtype, scales=(Scale(1, -1024), Scale(0.5, 10)))
    values = Volume(array, header).values()
    assert values.dtype == np.float32
    np.testing.assert_array_equal(values[0], array[0] - 1024.0)
    np.testing.assert_array_equal(values[1], array[1] * 0.5 + 10)


def test_a_folder_and_its_pack_read_alike(tmp_path):
    series = write_tiny_series(tmp_path / "dicom", slices=4, size=16)
    direct = read_volume(tmp_path / "dicom")
    [image] = import_files([tmp_path / "dicom"], destination=tmp_path / "out").images
    stored = read_volume(image.pack)
    for volume in (direct, stored):
        np.testing.assert_array_equal(volume.array, series.voxels)
        assert volume.geometry.spacing == pytest.approx((0.5, 0.75, 2.0))
        np.testing.assert_allclose(volume.world([3, 0, 0]), series.positions[3])
        np.testing.assert_array_equal(
            volume.values(), series.voxels.astype(np.float32) + volume.header.scales[0].intercept
        )


def test_a_coarser_volume_has_wider_spacing(tmp_path):
    source = ArraySource(np.zeros((2, 512, 512), np.int16), geometry=Geometry(spacing=(0.5, 0.6, 3.0)))
    write_pack(source, tmp_path / "x.pack")
    with Pack.open(tmp_path / "x.pack") as pack:
        volume = pack.volume(level=2)
    assert volume.array.shape == volume.header.shape == (2, 128, 128)
    assert volume.geometry.spacing == (2.0, 2.4, 3.0)


def test_several_images_are_listed_and_one_can_be_chosen(tmp_path):
    write_tiny_series(tmp_path / "both" / "ct", slices=2, seed=1)
    mr = write_tiny_series(tmp_path / "both" / "mr", slices=3, seed=2, modality="MR")
    with pytest.raises(UnsupportedContent, match="2 images"):
        read_volume(tmp_path / "both")
    found = [read_volume(tmp_path / "both", image=number) for number in range(2)]
    [again] = [volume for volume in found if volume.header.modality == "MR"]
    np.testing.assert_array_equal(again.array, mr.voxels)


def test_nothing_to_read_says_why(tmp_path):
    (tmp_path / "notes.txt").write_text("no image")
    with pytest.raises(NothingToRead, match=r"notes\.txt: No reader recognises"):
        read_volume(tmp_path / "notes.txt")
