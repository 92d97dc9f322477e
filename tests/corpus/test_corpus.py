"""Every item of the folder of real images becomes what the table says, and what other libraries read."""

import hashlib

import numpy as np
import pytest
import tifffile
from tests.conftest import SHARED
from tests.corpus import oracles
from tests.corpus.items import item_paths, read_table, rows_of

from readroom.imaging import Pack, import_files, read_volume
from readroom.imaging.geometry import FindingKind

pytestmark = pytest.mark.corpus

ITEMS = item_paths(SHARED / "testdata") if (SHARED / "testdata").is_dir() else {}
UNSEEN = {
    "dicom/seg-compressed/liver_deflate.dcm": "deflated frames: its voxels are those of liver_j2k.dcm, see the table",
    "dicom/seg-compressed/liver_rle.dcm": "one bit in RLE: its voxels are those of liver_j2k.dcm, see the table",
    "dicom/us-jpegxl/will-jxl.dcm": "JPEG XL in DICOM",
    "dicom/us-palette-single/OBXXXX1A_expb.dcm": "pydicom swaps the palette of big endian; the other two files agree",
    "ophthalmic/e2e_minimized.e2e": "vendor format",
    "ophthalmic/fda_minimized.fda": "vendor format",
    "ophthalmic/fds_minimized.fds": "vendor format",
}
"""First files of images that no other library here reads rightly, and why."""
ROUNDED_OTHERWISE = {"258da6101df09abb": "b53a393d9ddd928f"}
"""Voxels of lossy pictures as a newer release of their library rounds them (JPEG XL 0.12): those of the table."""
SAME_CROP = {
    f"ct-crop{variant}"
    for variant in (".mha", "-compressed.mha", "-bigendian.mha", "-raw.mhd", "-zraw.mhd", ".nii", ".nii.gz", ".nrrd")
}
GEOMETRY_OF_OUR_OWN = {FindingKind.GAP, FindingKind.NON_UNIFORM_SPACING, FindingKind.DUPLICATE_POSITION}
"""With these the mean step that the oracle assumes is not the step between slices."""


def files_on_disk(testdata, item, image):
    """The original files of an image, in frame order; None for members of archives."""
    root = testdata / item
    paths = [root.parent / name if root.is_file() else root / name for name in image.files]
    return paths if all(path.is_file() for path in paths) else None


def test_the_table_has_every_item_and_no_other(testdata):
    assert set(read_table()) == set(item_paths(testdata))


@pytest.mark.parametrize("item", ITEMS)
def test_an_item_becomes_what_the_table_says(testdata, tmp_path, item):
    result = import_files([testdata / item], destination=tmp_path)
    rows = rows_of(item, result)
    for row in rows:
        row["voxels_sha256"] = ROUNDED_OTHERWISE.get(row["voxels_sha256"], row["voxels_sha256"])
    assert rows == read_table()[item]
    for image in result.images:
        if image.pack is not None:
            check_image(testdata, item, image)


def check_image(testdata, item, image):
    with Pack.open(image.pack) as pack:
        pack.verify()
        volume = pack.volume()
    little = np.ascontiguousarray(volume.array, dtype=volume.array.dtype.newbyteorder("<"))
    assert hashlib.sha256(little.tobytes()).hexdigest() == image.voxels_sha256
    paths = files_on_disk(testdata, item, image)
    key = f"{item}/{image.files[0]}"
    if paths is None or key in UNSEEN:
        return
    seen = oracles.see(paths[: volume.header.frame_count], volume.header.frame_shape)
    check_frames(volume, seen, key)
    kinds = {finding.kind for finding in volume.findings}
    if seen.affine is not None and volume.header.time_points == 1 and not kinds & GEOMETRY_OF_OUR_OWN:
        np.testing.assert_allclose(volume.affine, seen.affine, atol=2e-3, err_msg=f"{key}: geometry")


def check_frames(volume, seen, key):
    count = volume.header.frame_count
    stored = volume.array.reshape(count, *volume.header.frame_shape)
    real = volume.values().reshape(stored.shape)
    if not seen.is_ordered and len(seen.frames) != count:
        check_subset(stored, seen.frames, key)
        return
    assert len(seen.frames) == count, f"{key}: {count} frames and {len(seen.frames)}"
    for number, (frame, is_real) in enumerate(zip(seen.frames, seen.is_real, strict=True)):
        assert frame is not None, f"{key}: no library here reads frame {number}; say why in UNSEEN"
        agree(
            real[number] if is_real else stored[number], frame, max(seen.tolerance, is_real * 1e-3), f"{key}: {number}"
        )


def check_subset(stored, frames, key):
    """One file holds the frames of several images; the segments of a segmentation are values of one image."""
    theirs = {frame.tobytes() for frame in frames}
    for number, frame in enumerate(stored):
        masks = [(frame == value).astype(np.uint8) for value in np.unique(frame[frame != 0])]
        assert frame.astype(frames[0].dtype).tobytes() in theirs or (
            masks == [] or all(mask.tobytes() in theirs for mask in masks)
        ), f"{key}: frame {number} is none of the file's"


def agree(ours, theirs, tolerance, what):
    assert ours.size == theirs.size, f"{what}: {ours.shape} and {theirs.shape}"
    ours, theirs = (values.reshape(-1).astype(np.float64) for values in (ours, theirs))
    same = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
    difference = np.abs(ours[~same] - theirs[~same])
    assert difference.max(initial=0) <= tolerance, f"{what}: differ by up to {difference.max(initial=0)}"


def test_files_that_hold_one_picture_in_several_ways_have_the_same_voxels():
    table = read_table()
    hashes = {(row["item"], row["first_file"]): row["voxels_sha256"] for rows in table.values() for row in rows}
    liver = {hashes["dicom/seg-compressed", f"liver_{way}.dcm"] for way in ("deflate", "rle", "j2k")}
    crop = {digest for (item, name), digest in hashes.items() if item == "volumes" and name in SAME_CROP}
    epi = {digest for (item, name), digest in hashes.items() if item == "volumes" and name.startswith("epi-4d")}
    assert len(liver) == len(crop) == len(epi) == 1


@pytest.mark.parametrize("name", ["CMU-1-Small-Region.svs", "pyramid-tiled.tif"])
def test_the_checksum_of_a_slide_is_that_of_what_tifffile_reads(testdata, name):
    theirs = tifffile.imread(testdata / "wsi" / name, key=0)
    [row] = [row for row in read_table()["wsi"] if row["first_file"] == name]
    assert hashlib.sha256(theirs.tobytes()).hexdigest().startswith(row["voxels_sha256"])


def test_a_picture_in_eight_axis_orders_shows_the_same_anatomy(testdata):
    """What stands at one place of the head is the same, whichever way the file runs."""
    volumes = [read_volume(path) for path in sorted((testdata / "nifti" / "orientations").iterdir())]
    places = np.random.default_rng(1).uniform(-40, 40, (200, 3))
    values = [volume.array[tuple(np.rint(volume.voxels(places)).astype(int).T)] for volume in volumes]
    for other in values[1:]:
        assert np.mean(np.abs(other.astype(int) - values[0]) <= 2) > 0.99
