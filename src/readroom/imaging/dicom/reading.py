"""From any mix of DICOM files to images and one outcome per file."""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import pydicom
from pydicom.dataset import Dataset

from readroom.imaging.geometry import Geometry
from readroom.imaging.source import Frame, ImageHeader, ImageSource, Scale, SlideSource, UploadedFile

Outcome = Literal["used", "ignored", "refused"]


@dataclass(frozen=True, slots=True)
class FileOutcomeDraft:
    """What became of one file.

    Parameters
    ----------
    outcome : {'used', 'ignored', 'refused'}
        Ignored files are valid and no image (a report, an index); refused ones were meant to be images.
    reason : str
        One sentence for a person; empty when the file was used and there is nothing to say.
    images : tuple of int
        Places in `DicomReading.images` of the images that the file belongs to.
    """

    outcome: Outcome
    reason: str = ""
    images: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class DicomReading:
    """The images that a collection of DICOM files holds, and what became of each file."""

    images: tuple[ImageSource | SlideSource, ...] = ()
    outcomes: Mapping[Path, FileOutcomeDraft] = field(default_factory=lambda: MappingProxyType({}))


def is_dicom(file: UploadedFile) -> bool:
    """Tell from the first bytes whether `read_dicom` should see the file."""
    return file.head[128:132] == b"DICM"


def read_dicom(files: Sequence[UploadedFile]) -> DicomReading:
    """Sort DICOM files into images.

    >>> reading = read_dicom(files)  # doctest: +SKIP
    >>> [image.header.shape for image in reading.images]  # doctest: +SKIP
    [(120, 512, 512)]

    Parameters
    ----------
    files : sequence of UploadedFile
        Any DICOM files, of any number of patients and series, in any order. Nothing else: see `is_dicom`.

    Returns
    -------
    DicomReading
        Images that decode frame by frame on demand (a frame that cannot be decoded raises `RefusedFile` then, naming
        its file), in an order that does not depend on the order of ``files``; and exactly one outcome for each of
        ``files``, by its path. No exception is raised for a bad file: it gets the outcome ``refused``.
    """
    series: dict[str, list[tuple[UploadedFile, Dataset]]] = defaultdict(list)
    outcomes: dict[Path, FileOutcomeDraft] = {}
    for file in files:
        try:
            with warnings.catch_warnings(action="ignore"):
                header = pydicom.dcmread(file.path, stop_before_pixels=True)
            series[str(header.SeriesInstanceUID)].append((file, header))
        except Exception as problem:  # noqa: BLE001 - one bad file never spoils the others
            outcomes[file.path] = FileOutcomeDraft("refused", f"The file cannot be read as DICOM: {problem}")
    images = [_SliceSeries.of(members) for _, members in sorted(series.items())]
    for place, image in enumerate(images):
        outcomes |= dict.fromkeys(image.header.files, FileOutcomeDraft("used", "", (place,)))
    return DicomReading(tuple(images), MappingProxyType(outcomes))


@dataclass(frozen=True, slots=True)
class _SliceSeries:
    header: ImageHeader

    @classmethod
    def of(cls, members: Sequence[tuple[UploadedFile, Dataset]]) -> _SliceSeries:
        first = members[0][1]
        row, column = (np.array(first.ImageOrientationPatient[i : i + 3], dtype=float) for i in (0, 3))
        normal = np.cross(row, column)
        placed = sorted(
            (float(np.dot(normal, np.array(h.ImagePositionPatient, dtype=float))), f.path, h) for f, h in members
        )
        step = (placed[-1][0] - placed[0][0]) / max(len(placed) - 1, 1) or 1.0
        return cls(
            ImageHeader(
                name=str(first.get("SeriesDescription", "")),
                shape=(len(placed), int(first.Rows), int(first.Columns)),
                dtype=np.dtype(np.int16 if first.PixelRepresentation else np.uint16),
                modality=str(first.Modality),
                geometry=Geometry(
                    origin=_vector(placed[0][2].ImagePositionPatient),
                    directions=(_vector(row), _vector(column), _vector(normal)),
                    spacing=(float(first.PixelSpacing[1]), float(first.PixelSpacing[0]), step),
                ),
                scales=(Scale(float(first.get("RescaleSlope", 1)), float(first.get("RescaleIntercept", 0)), ""),),
                files=tuple(path for _, path, _ in placed),
            )
        )

    def frame(self, index: int) -> Frame:
        frame: Frame = pydicom.dcmread(self.header.files[index]).pixel_array
        return frame


def _vector(values: Any) -> tuple[float, float, float]:  # noqa: ANN401 - arrays and DICOM lists
    x, y, z = (float(value) for value in values)
    return x, y, z
