from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage

from readroom.imaging.geometry import Vector
from readroom.imaging.testing.writing import WrittenSeries, derive_uid, fill, patient_and_study, save_instance

FIELD_OF_VIEW = 230.0
THICKNESS = 4.0
DATES = ("20240311", "20240916", "20250320", "20250918")


@dataclass(frozen=True, slots=True, kw_only=True)
class MrPhantom(WrittenSeries):
    """A head MR on disk with a lesion that grows from one time point to the next.

    Parameters
    ----------
    lesion_center : tuple of 3 floats
        Centre, LPS millimetres.
    lesion_radii : tuple of float
        Millimetres, one per time point.
    """

    lesion_center: Vector
    lesion_radii: tuple[float, ...]


@dataclass(frozen=True)
class HeadScan:
    """One acquisition of the head: grid, time point and identity."""

    seed: int
    size: int
    slices: int
    time: int
    count: int
    is_one_series: bool
    radius: float
    lesion: Vector

    @property
    def pixel(self) -> float:
        return FIELD_OF_VIEW / self.size

    @property
    def first(self) -> float:
        return -(self.size - 1) / 2 * self.pixel

    def height(self, index: int) -> float:
        return (index - (self.slices - 1) / 2) * THICKNESS

    @property
    def series_uid(self) -> str:
        return derive_uid(self.seed, "head", "series", 0 if self.is_one_series else self.time)

    def instance_uid(self, index: int) -> str:
        return derive_uid(self.seed, "head", "instance", self.time, index)

    def pixels(self, index: int) -> NDArray[np.uint16]:
        """T1-weighted magnitudes of one slice with the Rician noise of a receiver."""
        axis = (self.first + np.arange(self.size) * self.pixel).astype(np.float32)
        x, y, z = axis[None, :], axis[:, None], np.float32(self.height(index))
        head = (x / 78) ** 2 + (y / 96) ** 2 + (z / 92) ** 2
        folds = np.float32(0.05) * np.sin(x / 4.1 + np.sin(y / 6.3) * 2) * np.sin(y / 4.7 + z / 5.1)
        signal = np.zeros((self.size, self.size), np.float32)
        for limit, value in ((1.0, 640), (0.90, 90), (0.80, 160)):
            signal[head < limit] = value
        signal[head + folds < 0.74] = 430
        signal[head + folds * 2.4 < 0.56] = 590
        for side in (-1, 1):
            signal[((x - side * 9) / 6) ** 2 + ((y + 4) / 26) ** 2 + ((z - 12) / 16) ** 2 < 1] = 150
        distance = np.sqrt(
            (x - self.lesion[0]) ** 2 + (y - self.lesion[1]) ** 2 + np.float32((z - self.lesion[2]) ** 2)
        )
        share = np.clip((np.float32(self.radius) - distance) / np.float32(self.pixel) + 0.5, 0, 1)
        signal += share * (930 - signal)
        signal *= 1 + 0.12 * (x + y) / 100
        random = np.random.Generator(np.random.SFC64([self.seed, 3, self.time, index]))
        real, imaginary = random.standard_normal((2, self.size, self.size), np.float32) * np.float32(16)
        magnitude: NDArray[np.float32] = np.rint(np.hypot(signal + real, imaginary))
        return magnitude.clip(0, 4095).astype(np.uint16)

    def header(self, index: int) -> Dataset:
        z = self.height(index)
        visit = 0 if self.is_one_series else self.time
        elements: dict[str, Any] = patient_and_study(self.seed, "head", date=DATES[visit], visit=visit) | {
            "ImageType": ["ORIGINAL", "PRIMARY", "M", "NONE"],
            "SOPClassUID": MRImageStorage,
            "SOPInstanceUID": self.instance_uid(index),
            "Modality": "MR",
            "SeriesDescription": "T1 TRA" + (" DYN" if self.is_one_series and self.count > 1 else ""),
            "BodyPartExamined": "HEAD",
            "ScanningSequence": "GR",
            "SequenceVariant": "SP",
            "ScanOptions": "",
            "MRAcquisitionType": "2D",
            "SliceThickness": f"{THICKNESS:g}",
            "RepetitionTime": "250",
            "EchoTime": "4.6",
            "NumberOfAverages": "1",
            "ImagingFrequency": "63.86",
            "EchoNumbers": 1,
            "MagneticFieldStrength": "1.5",
            "SpacingBetweenSlices": f"{THICKNESS:g}",
            "EchoTrainLength": 1,
            "FlipAngle": "70",
            "PatientPosition": "HFS",
            "SeriesInstanceUID": self.series_uid,
            "SeriesNumber": 3,
            "AcquisitionNumber": self.time + 1 if self.is_one_series else 1,
            "InstanceNumber": (self.time * self.slices if self.is_one_series else 0) + index + 1,
            "ImagePositionPatient": [f"{self.first:.12g}", f"{self.first:.12g}", f"{z:.12g}"],
            "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
            "SliceLocation": f"{z:.12g}",
            "PixelSpacing": [f"{self.pixel:.12g}", f"{self.pixel:.12g}"],
            "WindowCenter": "500",
            "WindowWidth": "1000",
        }
        if self.is_one_series and self.count > 1:
            seconds = 30 * self.time
            elements |= {
                "TemporalPositionIdentifier": self.time + 1,
                "NumberOfTemporalPositions": self.count,
                "TemporalResolution": "30000",
                "AcquisitionTime": f"1012{seconds:02d}.000000",
                "ContentTime": f"1012{seconds:02d}.500000",
            }
        return fill(Dataset(), elements)


def write_mr_phantom(
    folder: Path,
    *,
    slices: int = 24,
    size: int = 192,
    seed: int = 0,
    time_points: int = 2,
    separate_studies: bool = False,
    transfer_syntax: str = ExplicitVRLittleEndian,
) -> tuple[MrPhantom, ...]:
    """Write a head MR with a lesion that grows, as one dynamic series or as visits half a year apart.

    >>> baseline, follow_up = write_mr_phantom(Path("head"), separate_studies=True)  # doctest: +SKIP
    >>> baseline.lesion_radii, follow_up.lesion_radii  # doctest: +SKIP
    ((6.0,), (9.0,))

    Parameters
    ----------
    folder : Path
        Made if it is not there; one file per slice and time point.
    slices, size : int
        Slices of 4 mm; rows and columns of the 230 mm field of view.
    seed : int
        The same seed gives the same bytes.
    time_points : int
        1, or 2 for a comparison.
    separate_studies : bool
        Each time point is a DICOM study of its own, of the same person; otherwise one 4D series.
    transfer_syntax : str
        A lossless one, as for `write_ct_phantom`.

    Returns
    -------
    tuple of MrPhantom
        One per series: one, or one per time point when the studies are separate.
    """
    if not 1 <= time_points <= 2:
        message = f"the head phantom has 1 or 2 time points, not {time_points}"
        raise ValueError(message)
    folder.mkdir(parents=True, exist_ok=True)
    lesion = (31.0, 24.0, 18.0)
    scans = [
        HeadScan(seed, size, slices, time, time_points, not separate_studies, 6.0 + 3.0 * time, lesion)
        for time in range(time_points)
    ]
    written = [write_scan(scan, folder, transfer_syntax) for scan in scans]
    if separate_studies:
        return tuple(describe([scan], files, folder) for scan, files in zip(scans, written, strict=True))
    return (describe(scans, [file for files in written for file in files], folder),)


def write_scan(scan: HeadScan, folder: Path, transfer_syntax: str) -> list[Path]:
    files = [folder / f"time-{scan.time}-slice-{i:03d}.dcm" for i in range(scan.slices)]
    for index, file in enumerate(files):
        save_instance(scan.header(index), scan.pixels(index), file, bits_stored=12, transfer_syntax=transfer_syntax)
    return files


def describe(scans: list[HeadScan], files: list[Path], folder: Path) -> MrPhantom:
    first = scans[0]
    visit = 0 if first.is_one_series else first.time
    return MrPhantom(
        folder=folder,
        files=tuple(files),
        study_uid=derive_uid(first.seed, "head", "study", visit),
        series_uid=first.series_uid,
        instance_uids=tuple(scan.instance_uid(i) for scan in scans for i in range(scan.slices)),
        shape=(len(scans),) * (len(scans) > 1) + (first.slices, first.size, first.size),
        origin=(first.first, first.first, first.height(0)),
        spacing=(first.pixel, first.pixel, THICKNESS),
        lesion_center=first.lesion,
        lesion_radii=tuple(scan.radius for scan in scans),
    )
