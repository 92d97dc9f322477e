import errno

import numpy as np
import pytest

from readroom.imaging import ImageHeader, Limits
from readroom.imaging.errors import CorruptFile, TooLarge, TruncatedFile
from readroom.imaging.guarding import Guarded, check_size, find_bad_frames
from readroom.imaging.testing import ArraySource


def failing_with(problem):
    source = ArraySource(np.zeros((3, 4, 4), np.int16))

    def frame(index):
        if index == 1:
            raise problem
        return np.zeros((4, 4), np.int16)

    source.frame = frame
    return source


@pytest.mark.parametrize(
    ("problem", "expected"),
    [
        (ValueError("from a library"), CorruptFile),
        (KeyError(7), CorruptFile),
        (MemoryError(), TooLarge),
        (OSError(errno.EIO, "Input/output error"), CorruptFile),
        (TruncatedFile("ours, with its own words"), TruncatedFile),
    ],
)
def test_whatever_a_library_raises_becomes_one_of_our_errors(problem, expected):
    guarded = Guarded(failing_with(problem))
    with pytest.raises(expected) as caught:
        guarded.frame(1)
    assert type(caught.value) is expected
    assert "from a library" not in caught.value.reason, "a library's words may tell of the patient"


def test_a_full_disk_is_no_fault_of_the_file():
    with pytest.raises(OSError, match="No space"):
        Guarded(failing_with(OSError(errno.ENOSPC, "No space left on device"))).frame(1)


def test_the_bad_frames_are_found_and_the_good_ones_not():
    [(number, problem)] = find_bad_frames(failing_with(ValueError("x")), threads=2)
    assert number == 1
    assert "Frame 2 of 3" in problem.reason


@pytest.mark.parametrize(
    ("shape", "limits", "expected"),
    [
        ((10, 1000, 1000), Limits(max_frame_bytes=1_999_999), TooLarge),
        ((10, 10, 10), Limits(max_frames=9), TooLarge),
        ((10, 10, 10), Limits(max_image_bytes=1999), TooLarge),
        ((10**9, 10**9, 10**9), Limits(), TooLarge),
        ((3, 0, 5), Limits(), CorruptFile),
    ],
)
def test_sizes_are_refused_before_anything_is_allocated(shape, limits, expected):
    with pytest.raises(expected):
        check_size(ImageHeader(name="x", shape=shape, dtype=np.dtype(np.int16)), limits)


def test_sizes_at_the_limit_are_allowed():
    header = ImageHeader(name="x", shape=(10, 10, 10), dtype=np.dtype(np.int16))
    check_size(header, Limits(max_frame_bytes=200, max_frames=10, max_image_bytes=2000))
