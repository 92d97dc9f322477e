"""Slides that openslide reads."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import openslide

from readroom.imaging.errors import CorruptFile, TooLarge
from readroom.imaging.formats.bounds import FRAME_BYTES
from readroom.imaging.formats.slideheaders import check_region, parse_microns, slide_header
from readroom.imaging.source import Frame, ImageHeader

MOST_LEVELS = 64


def vendor_of(path: Path) -> str | None:
    try:
        vendor: str | None = openslide.OpenSlide.detect_format(str(path))
    except openslide.OpenSlideError:
        return None
    return vendor


class OpenSlideSource:
    """A slide in the layout of a scanner's maker.

    Parameters
    ----------
    path : Path
        The slide.
    name : str
        Its name.
    files : sequence of Path, optional
        The files it consists of, when they are several.
    """

    def __init__(self, path: Path, name: str, *, files: Sequence[Path] = ()) -> None:
        self.path, self._name, self._files = path, name, tuple(files) or (path,)
        self._header = self._describe()
        self._check_levels()

    @cached_property
    def slide(self) -> openslide.OpenSlide:
        try:
            return openslide.OpenSlide(str(self.path))
        except openslide.OpenSlideError as error:
            raise CorruptFile(f"{self._name} is a slide that cannot be read; export it again.") from error

    def _describe(self) -> ImageHeader:
        properties = self.slide.properties
        microns = [parse_microns(properties.get(f"openslide.mpp-{axis}")) for axis in "xy"]
        return slide_header(
            self._files,
            self._name,
            sizes=self.slide.dimensions[::-1],
            microns=(microns[0], microns[1]) if microns[0] and microns[1] else None,
            has_label=bool({"label", "macro"} & set(self.slide.associated_images)),
        )

    def _check_levels(self) -> None:
        """Refuse sizes that are none, and bound what openslide allocates for one tile."""
        properties = self.slide.properties
        for level, (columns, rows) in enumerate(self.slide.level_dimensions):
            if min(columns, rows) < 1:
                raise CorruptFile(f"{self._name} declares a size that is not positive; export it again.")
            sizes = [int(properties.get(f"openslide.level[{level}].tile-{side}", 1)) for side in ("width", "height")]
            if level >= MOST_LEVELS or sizes[0] * sizes[1] * 4 > FRAME_BYTES:
                raise TooLarge(f"{self._name} has tiles or levels that are too many or too large; export it again.")

    @property
    def header(self) -> ImageHeader:
        return self._header

    @property
    def levels(self) -> Sequence[tuple[int, int]]:
        return tuple((rows, columns) for columns, rows in self.slide.level_dimensions)

    def region(self, *, level: int, row: int, column: int, rows: int, columns: int) -> Frame:
        check_region(rows, columns)
        factor = self.slide.level_downsamples[level]
        origin = (round(column * factor), round(row * factor))
        try:
            pixels = np.asarray(self.slide.read_region(origin, level, (columns, rows)), np.uint16)
        except openslide.OpenSlideError as error:
            self.__dict__.pop("slide", None)  # openslide answers nothing more after an error: open it again next time
            raise CorruptFile(f"A tile of {self._name} is damaged; upload it again from the original.") from error
        alpha = pixels[..., 3:]
        return ((pixels[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)
