from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 1 << 20
GIBIBYTE = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much an import may read, unpack and hold.

    >>> limits = Limits(max_unpacked_bytes=2 * 1024**3)

    Parameters
    ----------
    max_files : int
        Files of one import, members of archives included.
    max_archive_nesting : int
        Archives within archives; 1 means that an archive may hold files only.
    max_unpacked_bytes : int
        Bytes that all archives of one import may unpack to.
    max_archive_ratio : int
        How many times its own size an archive may unpack to.
    free_archive_bytes : int
        Up to this many unpacked bytes the ratio does not matter: small masks compress very well.
    max_frame_bytes : int
        Size of one decoded frame, which must fit in memory a few times.
    max_frames : int
        Frames of one image.
    max_image_bytes : int
        Size of one decoded image.
    """

    max_files: int = 200_000
    max_archive_nesting: int = 3
    max_unpacked_bytes: int = 64 * GIBIBYTE
    max_archive_ratio: int = 250
    free_archive_bytes: int = 16 * MEBIBYTE
    max_frame_bytes: int = GIBIBYTE
    max_frames: int = 1_000_000
    max_image_bytes: int = 128 * GIBIBYTE
