"""Between the readers' libraries and the import: sizes are checked, and foreign errors get a sentence of ours."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from readroom.imaging.errors import CorruptFile, ImagingError, TooLarge
from readroom.imaging.limits import Limits
from readroom.imaging.pipeline import map_in_order
from readroom.imaging.source import Frame, ImageHeader, ImageSource

DISK_IS_FULL = frozenset((errno.ENOSPC, errno.EDQUOT))
"""Error numbers that are no fault of a file: they end the import."""


def check_size(header: ImageHeader, limits: Limits, *, is_slide: bool = False) -> None:
    """Raise `TooLarge` before anything is allocated."""
    if any(size < 1 for size in header.shape):
        raise CorruptFile("The image has no pixels: one of its sizes is zero; export it again from the original.")
    if is_slide:
        return
    frame_bytes = int(np.prod(header.frame_shape, dtype=object)) * header.dtype.itemsize
    if frame_bytes > limits.max_frame_bytes:
        raise TooLarge(
            f"One frame would take {frame_bytes >> 20} MiB, more than the {limits.max_frame_bytes >> 20} MiB allowed; "
            "export it smaller or as a tiled slide."
        )
    frames = int(np.prod(header.shape[: len(header.shape) - len(header.frame_shape)], dtype=object))
    if frames > limits.max_frames:
        raise TooLarge(f"The image declares {frames} frames, more than the {limits.max_frames} allowed.")
    if frames * frame_bytes > limits.max_image_bytes:
        raise TooLarge(
            f"The image would take {frames * frame_bytes >> 20} MiB, more than the {limits.max_image_bytes >> 20} MiB "
            "allowed; split it."
        )


@contextmanager
def translated(what: str = "The file") -> Iterator[None]:
    """Turn what a library raises into one of our errors, with its sentence."""
    try:
        yield
    except ImagingError:
        raise
    except MemoryError as problem:
        raise TooLarge(f"{what} does not fit in the memory; export it smaller.") from problem
    except OSError as problem:
        if problem.errno in DISK_IS_FULL:
            raise
        raise CorruptFile(f"{what} cannot be read; upload it again.") from problem
    except Exception as problem:
        raise CorruptFile(
            f"{what} cannot be decoded ({type(problem).__name__}); export it again from the original."
        ) from problem


class Guarded:
    """An image source whose frames fail with our errors only.

    Parameters
    ----------
    source : ImageSource
        What is asked.
    """

    def __init__(self, source: ImageSource) -> None:
        self._source = source
        self.header = source.header

    def frame(self, index: int) -> Frame:
        what = f"Frame {index + 1} of {self.header.frame_count}" if self.header.frame_count > 1 else "The image"
        with translated(what):
            return self._source.frame(index)


def find_bad_frames(source: ImageSource, *, threads: int) -> Iterator[tuple[int, ImagingError]]:
    """Decode every frame and yield those that fail, with the reason."""
    guarded = Guarded(source)

    def check(number: int) -> ImagingError | None:
        try:
            frame = guarded.frame(number)
        except ImagingError as problem:
            return problem
        if frame.shape != source.header.frame_shape or frame.dtype != source.header.dtype:
            return CorruptFile("The pixels are not what the header announces; export the file again.")
        return None

    for number, problem in enumerate(map_in_order(check, range(source.header.frame_count), threads=threads)):
        if problem is not None:
            yield number, problem
