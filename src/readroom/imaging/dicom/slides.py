"""Whole slides in DICOM: a pyramid of tiled instances (PS3.3 C.8.12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from readroom.imaging.dicom import tags
from readroom.imaging.dicom.calibration import calibrate
from readroom.imaging.dicom.elements import Elements
from readroom.imaging.dicom.facts import description_of, facts_for_storage
from readroom.imaging.dicom.image_sets import ImageSet
from readroom.imaging.dicom.levels import Level, open_level, parts_of
from readroom.imaging.dicom.sources import DicomSource, Member, make_images
from readroom.imaging.formats.slideheaders import check_region
from readroom.imaging.geometry import Geometry
from readroom.imaging.source import Color, Frame, ImageHeader


@dataclass(frozen=True, slots=True)
class DicomSlide:
    """A DICOM slide as `SlideSource`."""

    header: ImageHeader
    pyramid: Sequence[Level]

    @property
    def levels(self) -> list[tuple[int, int]]:
        return [(level.rows, level.columns) for level in self.pyramid]

    def region(self, *, level: int, row: int, column: int, rows: int, columns: int) -> Frame:
        """RGB pixels of a rectangle of one level; white where the slide has none."""
        check_region(rows, columns)
        painted = np.full((rows, columns, 3), 255, np.uint8)
        self.pyramid[level].paint(painted, row, column)
        return painted


def open_pyramid(
    image_set: ImageSet, members: Sequence[Member]
) -> tuple[list[DicomSlide | DicomSource], Sequence[Member]]:
    """A pyramid as a slide, and the instances that it shows.

    Of several with one resolution that is the first, with what is concatenated to it. Labels, overviews and thumbnails
    in one piece are plain images.
    """
    flavor = image_set.key[0] if image_set.key else "VOLUME"
    if flavor != "VOLUME" and all(member.reader.count == 1 for member in members):
        return [image for member in members for image in make_images(image_set, [member])], members
    sizes: dict[tuple[int, int], list[Member]] = {}
    for member in members:
        sizes.setdefault(_matrix_size(member.header.elements), []).append(member)
    finest_first = sorted(sizes, reverse=True)
    parts = [parts_of(sizes[size]) for size in finest_first]
    pyramid = [open_level(found, *size) for found, size in zip(parts, finest_first, strict=True)]
    shown = [member for found in parts for member in found]
    return [DicomSlide(_header(image_set, shown, finest_first[0]), pyramid)], shown


def _matrix_size(elements: Elements) -> tuple[int, int]:
    rows = elements.numbers(tags.TOTAL_PIXEL_MATRIX_ROWS, "I")
    columns = elements.numbers(tags.TOTAL_PIXEL_MATRIX_COLUMNS, "I")
    if rows and columns and rows[0] and columns[0]:
        return int(rows[0]), int(columns[0])
    return elements.short(tags.ROWS) or 0, elements.short(tags.COLUMNS) or 0


def _header(image_set: ImageSet, members: Sequence[Member], size: tuple[int, int]) -> ImageHeader:
    finest = members[0]
    elements = finest.header.elements
    measures = elements.item(tags.SHARED_FUNCTIONAL_GROUPS).item(tags.PIXEL_MEASURES_SEQUENCE)
    calibration = calibrate(measures if tags.PIXEL_SPACING in measures else elements)
    rows_apart, columns_apart = calibration.spacing
    return ImageHeader(
        name=description_of(elements, tags.SERIES_DESCRIPTION) or finest.file.name,
        shape=(*size, 3),
        dtype=np.dtype(np.uint8),
        color=Color.RGB,
        modality=finest.facts.modality,
        geometry=Geometry(spacing=(columns_apart, rows_apart, 1.0)),
        findings=calibration.findings,
        files=tuple(member.file.path for member in members),
        facts=facts_for_storage(
            finest.header, image_set=image_set.id, rule=image_set.rule, instances=[member.facts for member in members]
        ),
    )
