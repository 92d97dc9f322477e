"""From stored values to real ones, and windows (PS3.3 C.11.1, C.11.2, C.7.6.16.2.9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from readroom.imaging.dicom import tags
from readroom.imaging.dicom.elements import Elements
from readroom.imaging.errors import CorruptFile
from readroom.imaging.source import Frame, Scale, Window

UNITS = {"BQML": "Bq/ml", "HU": "HU", "US": "", "": "", "[hnsf'U]": "HU", "GY": "Gy", "1": ""}
MOST_WINDOWS = 16


def read_scale(elements: Elements, *, modality: str, groups: Sequence[Elements] = ()) -> Scale:
    """Slope, intercept and unit of a frame.

    Parameters
    ----------
    elements : Elements
        Of the data set.
    modality : str
        A CT's values are HU unless something else is said.
    groups : sequence of Elements
        The frame's own and the shared functional groups, the own first.
    """
    dose = elements.decimal(tags.DOSE_GRID_SCALING)
    if dose:
        return Scale(dose, 0.0, UNITS.get(elements.text(tags.DOSE_UNITS), ""))
    for source in (*(group.item(tags.PIXEL_VALUE_TRANSFORMATION_SEQUENCE) for group in groups), elements):
        slope, intercept = source.decimal(tags.RESCALE_SLOPE), source.decimal(tags.RESCALE_INTERCEPT)
        if slope or intercept is not None:
            kind = source.text(tags.RESCALE_TYPE) or elements.text(tags.UNITS)
            unit = UNITS.get(kind, kind) or ("HU" if modality == "CT" and kind != "US" else "")
            return Scale(slope or 1.0, intercept or 0.0, unit)
    for source in (*groups, elements):
        mapped = _real_world_scale(source.item(tags.REAL_WORLD_VALUE_MAPPING_SEQUENCE))
        if mapped is not None:
            return mapped
    return Scale()


def _real_world_scale(mapping: Elements) -> Scale | None:
    slope, intercept = mapping.double(tags.REAL_WORLD_VALUE_SLOPE), mapping.double(tags.REAL_WORLD_VALUE_INTERCEPT)
    if not slope:
        return None
    code = mapping.item(tags.MEASUREMENT_UNITS_CODE_SEQUENCE).text(tags.CODE_VALUE)
    return Scale(slope, intercept or 0.0, UNITS.get(code, code))


def read_windows(elements: Elements) -> tuple[Window, ...]:
    """Windows of a data set or of a frame's VOI LUT group, those without a positive width left out."""
    centers, widths = elements.decimals(tags.WINDOW_CENTER), elements.decimals(tags.WINDOW_WIDTH)
    labels = elements.texts(tags.WINDOW_EXPLANATION)
    pairs = zip(centers[:MOST_WINDOWS], widths, strict=False)
    return tuple(
        Window(center, width, labels[i] if i < len(labels) else "")
        for i, (center, width) in enumerate(pairs)
        if width > 0
    )


@dataclass(frozen=True, slots=True)
class ModalityTable:
    """A modality lookup table (PS3.3 C.11.1): turns stored values into others where no line does.

    Parameters
    ----------
    first : int
        The stored value that the first entry is for.
    entries : array of uint8 or uint16
        Its values.
    unit : str
        Of these.
    """

    first: int
    entries: NDArray[Any]
    unit: str

    def __call__(self, frame: Frame) -> Frame:
        """Values of stored ones; those outside take the nearest entry."""
        values: Frame = self.entries[np.clip(frame.astype(np.int64) - self.first, 0, len(self.entries) - 1)]
        return values


def read_modality_table(elements: Elements) -> ModalityTable | None:
    """The modality lookup table of a data set; None when it has none."""
    if tags.MODALITY_LUT_SEQUENCE not in elements:
        return None
    item = elements.item(tags.MODALITY_LUT_SEQUENCE)
    is_signed = elements.short(tags.PIXEL_REPRESENTATION) == 1
    descriptor = item.numbers(tags.LUT_DESCRIPTOR, "H")
    if len(descriptor) != 3:
        raise CorruptFile("The descriptor of its modality lookup table does not hold three numbers.")
    count, bits = int(descriptor[0]) or 65536, int(descriptor[2])
    first = int(item.numbers(tags.LUT_DESCRIPTOR, "h" if is_signed else "H")[1])
    entries = np.array(item.numbers(tags.LUT_DATA, "H"), np.uint16)
    if len(entries) < count:
        raise CorruptFile(f"Its modality lookup table declares {count} entries and holds {len(entries)}.")
    kind = item.text(tags.MODALITY_LUT_TYPE)
    return ModalityTable(first, entries[:count].astype(np.uint8 if bits <= 8 else np.uint16), UNITS.get(kind, kind))
