"""Whole slides in DICOM."""

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, generate_frames
from tests.imaging.dicom.scenes import files_in, level, read, tile, write


@pytest.mark.corpus
def test_a_real_level_is_put_together_of_its_tiles(testdata):
    [path] = files_in(testdata / "dicom/wsi-tile-level")
    [slide] = read([path]).images
    dataset = pydicom.dcmread(path)
    rows, columns = dataset.TotalPixelMatrixRows, dataset.TotalPixelMatrixColumns
    assert slide.levels == [(rows, columns)]
    assert slide.header.shape == (rows, columns, 3)
    whole = np.full((7 * 240, 7 * 240, 3), 255, np.uint8)
    for i, frame in enumerate(generate_frames(dataset.PixelData, number_of_frames=49)):
        place = (
            dataset.PerFrameFunctionalGroupsSequence[i].PlanePositionSlideSequence[0]
            if ("PerFrameFunctionalGroupsSequence" in dataset)
            else None
        )
        row, column = (
            (place.RowPositionInTotalImagePixelMatrix - 1, place.ColumnPositionInTotalImagePixelMatrix - 1)
            if place
            else (i // 7 * 240, i % 7 * 240)
        )
        whole[row : row + 240, column : column + 240] = imagecodecs.jpeg8_decode(frame)
    expected = whole[:rows, :columns]
    np.testing.assert_array_equal(slide.region(level=0, row=0, column=0, rows=rows, columns=columns), expected)
    np.testing.assert_array_equal(
        slide.region(level=0, row=300, column=101, rows=250, columns=400), expected[300:550, 101:501]
    )


def test_a_pyramid_has_its_levels_finest_first_and_white_outside(tmp_path):
    fine = level(1, 7, 6, [tile(v).tobytes() for v in (10, 20, 30, 40)])
    coarse = level(2, 4, 3, [tile(50).tobytes()])
    [slide] = read([write(coarse, tmp_path / "b.dcm"), write(fine, tmp_path / "a.dcm")]).images
    assert slide.levels == [(7, 6), (4, 3)]
    assert slide.header.geometry.spacing[:2] == (0.5, 0.25)
    seen = slide.region(level=0, row=2, column=2, rows=7, columns=6)[..., 0]
    assert seen.tolist() == [
        [10, 10, 20, 20, 255, 255],
        [10, 10, 20, 20, 255, 255],
        [30, 30, 40, 40, 255, 255],
        [30, 30, 40, 40, 255, 255],
        [30, 30, 40, 40, 255, 255],
        [255] * 6,
        [255] * 6,
    ]
    assert (slide.region(level=1, row=-5, column=-5, rows=4, columns=4) == 255).all()


def test_tiles_that_stand_anywhere_are_found_by_their_positions(tmp_path):
    sparse = level(1, 10, 10, [tile(v).tobytes() for v in (10, 20)])
    sparse.DimensionOrganizationType = "TILED_SPARSE"
    groups = []
    for row, column in ((6, 2), (1, 7)):
        place, group = Dataset(), Dataset()
        place.RowPositionInTotalImagePixelMatrix, place.ColumnPositionInTotalImagePixelMatrix = row, column
        group.PlanePositionSlideSequence = [place]
        groups.append(group)
    sparse.PerFrameFunctionalGroupsSequence = groups
    [slide] = read([write(sparse, tmp_path / "a.dcm")]).images
    seen = slide.region(level=0, row=0, column=0, rows=10, columns=10)[..., 0]
    assert np.argwhere(seen == 10).min(axis=0).tolist() == [5, 1]
    assert np.argwhere(seen == 20).min(axis=0).tolist() == [0, 6]
    assert (seen == 10).sum() == (seen == 20).sum() == 16


def test_labels_are_images_of_their_own(tmp_path):
    label = level(9, 4, 4, [tile(7).tobytes()])
    label.ImageType = ["ORIGINAL", "PRIMARY", "LABEL", "NONE"]
    fine = level(1, 4, 4, [tile(10).tobytes()])
    images = read([write(label, tmp_path / "b.dcm"), write(fine, tmp_path / "a.dcm")]).images
    assert [hasattr(image, "levels") for image in images] == [True, False]
    assert images[1].header.shape == (4, 4, 3)


def test_a_second_instance_of_one_resolution_is_not_silently_left_out(tmp_path):
    paths = [write(level(n, 4, 4, [tile(10 * n).tobytes()]), tmp_path / f"{n}.dcm") for n in (1, 2)]
    reading = read(paths)
    [slide] = reading.images
    assert slide.header.files == (paths[0],)
    assert slide.region(level=0, row=0, column=0, rows=1, columns=1)[0, 0, 0] == 10
    assert [reading.outcomes[path].outcome for path in paths] == ["used", "ignored"]
    assert "focal planes" in reading.outcomes[paths[1]].reason


def concatenated(values, *, counts, rows=8, columns=8, **elements):
    """A level in several files: each holds the next ``counts`` tiles."""
    begin = 0
    for number, count in enumerate(counts, 1):
        part = level(number, rows, columns, [tile(v).tobytes() for v in values[begin : begin + count]], **elements)
        part.ConcatenationUID, part.InConcatenationNumber = "1.2.3.100", number
        part.InConcatenationTotalNumber, part.ConcatenationFrameOffsetNumber = len(counts), begin
        yield part
        begin += count


def test_a_level_in_several_files_is_put_together_whatever_their_order(tmp_path):
    parts = list(concatenated([10, 20, 30, 40], counts=[1, 2, 1]))
    paths = [write(part, tmp_path / f"{name}.dcm") for part, name in zip(parts, "bca", strict=True)]
    for order in (paths, paths[::-1]):
        reading = read(order)
        [slide] = reading.images
        assert slide.region(level=0, row=0, column=0, rows=8, columns=8)[::4, ::4, 0].tolist() == [[10, 20], [30, 40]]
        assert set(slide.header.files) == set(paths)
        assert {reading.outcomes[path].outcome for path in paths} == {"used"}


def test_files_of_tiles_that_stand_anywhere_are_put_together(tmp_path):
    parts = list(concatenated([10, 20], counts=[1, 1], rows=4))
    for part, column in zip(parts, (5, 1), strict=True):
        part.DimensionOrganizationType = "TILED_SPARSE"
        place, group = Dataset(), Dataset()
        place.RowPositionInTotalImagePixelMatrix, place.ColumnPositionInTotalImagePixelMatrix = 1, column
        group.PlanePositionSlideSequence = [place]
        part.PerFrameFunctionalGroupsSequence = [group]
    [slide] = read([write(part, tmp_path / f"{n}.dcm") for n, part in enumerate(parts)]).images
    assert slide.region(level=0, row=0, column=0, rows=4, columns=8)[0, ::4, 0].tolist() == [20, 10]


def test_a_level_of_which_a_file_is_missing_is_refused(tmp_path):
    first, _, last = concatenated([10, 20, 30, 40], counts=[1, 2, 1])
    reading = read([write(first, tmp_path / "a.dcm"), write(last, tmp_path / "b.dcm")])
    assert not reading.images
    assert all("in 3 files, and 2 were uploaded" in outcome.reason for outcome in reading.outcomes.values())


def test_files_of_a_level_with_tiles_of_two_sizes_are_refused(tmp_path):
    first, second = concatenated([10, 20], counts=[1, 1], rows=4)
    second.Rows, second.PixelData = 2, second.PixelData[:24]
    reading = read([write(first, tmp_path / "a.dcm"), write(second, tmp_path / "b.dcm")])
    assert not reading.images
    assert all("several sizes" in outcome.reason for outcome in reading.outcomes.values())


def test_a_slide_with_fewer_tiles_than_it_needs_is_refused(tmp_path):
    path = write(level(1, 8, 8, [tile(1).tobytes()] * 3), tmp_path / "a.dcm")
    outcome = read([path]).outcomes[path]
    assert outcome.outcome == "refused"
    assert "needs 4 tiles" in outcome.reason


def test_regions_are_bounded(tmp_path):
    [slide] = read([write(level(1, 4, 4, [tile(1).tobytes()]), tmp_path / "a.dcm")]).images
    with pytest.raises(ValueError, match="too large"):
        slide.region(level=0, row=0, column=0, rows=1 << 20, columns=1 << 20)


def test_compressed_tiles_are_decoded_one_by_one(tmp_path):
    values = [10, 200]
    streams = [imagecodecs.jpeg2k_encode(tile(v), reversible=True, codecformat="j2k") for v in values]
    dataset = level(1, 4, 8, [b""] * 2)
    dataset.PixelData = encapsulate(streams)
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.90"
    [slide] = read([write(dataset, tmp_path / "a.dcm")]).images
    assert slide.region(level=0, row=0, column=0, rows=1, columns=8)[0, :, 0].tolist() == [10] * 4 + [200] * 4
