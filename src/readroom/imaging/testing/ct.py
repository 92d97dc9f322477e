from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from readroom.imaging.testing.chest import Chest, Nodule, Plane, grow_vessels, place_nodules
from readroom.imaging.testing.writing import WrittenSeries, derive_uid, fill, patient_and_study, save_instance

FIELD_OF_VIEW = 380.0
NOISE = 96.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CtPhantom(WrittenSeries):
    """A chest CT on disk and where its nodules are.

    Parameters
    ----------
    nodules : tuple of Nodule
        Centre (LPS millimetres), radius (millimetres) and value (HU) of each.
    """

    nodules: tuple[Nodule, ...]


@dataclass(frozen=True)
class Scanner:
    """Turns the anatomy into stored values: grid, blur and noise."""

    seed: int
    size: int
    heights: tuple[float, ...]
    nodules: tuple[Nodule, ...]

    @property
    def pixel(self) -> float:
        return FIELD_OF_VIEW / self.size

    @property
    def first(self) -> float:
        """Centre of the first column and row."""
        return -(self.size - 1) / 2 * self.pixel

    def prepare(self) -> tuple[Chest, NDArray[np.float32]]:
        axis = (self.first + np.arange(self.size) * self.pixel).astype(np.float32)
        chest = Chest(axis[None, :], axis[:, None])
        _ = chest.outline, chest.cage, chest.rib_height  # once, before threads share them
        return chest, grow_vessels(np.random.Generator(np.random.SFC64([self.seed, 1])))

    def scan(self, index: int, chest: Chest, vessels: NDArray[np.float32]) -> NDArray[np.uint16]:
        """Stored values of one slice: HU + 1024, 12 bits."""
        z = self.heights[index]
        values = chest.plane(z)
        lungs = chest.lungs(z)
        near = vessels[np.abs(vessels[:, 2] - z) < vessels[:, 3]]
        for x, y, height, radius in near.tolist():
            self.stamp(values, (x, y), max(radius**2 - (height - z) ** 2, 0.0) ** 0.5, 45.0, lungs)
        for nodule in self.nodules:
            inside = nodule.radius**2 - (nodule.center[2] - z) ** 2
            if inside > 0:
                self.stamp(values, nodule.center[:2], inside**0.5, nodule.value, None)
        random = np.random.Generator(np.random.SFC64([self.seed, 2, index]))
        values += random.standard_normal(values.shape, np.float32) * np.float32(NOISE)
        values = blur(values)
        values[chest.x**2 + chest.y**2 > (FIELD_OF_VIEW / 2) ** 2] = -1024
        stored: Plane = np.rint(values) + 1024
        return stored.clip(0, 4095).astype(np.uint16)

    def stamp(
        self, values: Plane, center: tuple[float, float], radius: float, value: float, within: NDArray[np.bool_] | None
    ) -> None:
        """Blend a disc into the plane, its border in proportion to the part of a pixel that it covers."""
        column, row = ((c - self.first) / self.pixel for c in center)
        reach = radius / self.pixel + 1
        rows, columns = (
            slice(max(int(row - reach), 0), int(row + reach) + 2),
            slice(max(int(column - reach), 0), int(column + reach) + 2),
        )
        part = values[rows, columns]
        if not part.size:
            return
        y = np.arange(rows.start, rows.start + part.shape[0], dtype=np.float32)[:, None] - np.float32(row)
        x = np.arange(columns.start, columns.start + part.shape[1], dtype=np.float32)[None, :] - np.float32(column)
        share = np.clip(np.float32(radius / self.pixel + 0.5) - np.sqrt(x * x + y * y), 0, 1)
        if within is not None:
            share *= within[rows, columns]
        part += share * (np.float32(value) - part)


def blur(plane: Plane) -> Plane:
    """Spread a point as a soft reconstruction kernel does (1 2 1, both ways)."""
    down = plane.copy()
    down[1:-1] = (plane[:-2] + plane[2:] + 2 * plane[1:-1]) * np.float32(0.25)
    across = down.copy()
    across[:, 1:-1] = (down[:, :-2] + down[:, 2:] + 2 * down[:, 1:-1]) * np.float32(0.25)
    return across


def write_ct_phantom(
    folder: Path,
    *,
    slices: int = 120,
    size: int = 512,
    seed: int = 0,
    transfer_syntax: str = ExplicitVRLittleEndian,
    nodules: int | Sequence[Nodule] = 6,
) -> CtPhantom:
    """Write a chest CT with nodules of known place and size as a DICOM series.

    >>> phantom = write_ct_phantom(Path("chest"))  # doctest: +SKIP
    >>> phantom.nodules[0].center, phantom.nodules[0].radius  # doctest: +SKIP
    ((-61.73, 20.11, 34.4), 7.02)

    Parameters
    ----------
    folder : Path
        Made if it is not there; one file per slice.
    slices : int
        300 mm of chest are divided into so many, but a slice is never thicker than 2.5 mm.
    size : int
        Rows and columns of the 380 mm field of view.
    seed : int
        The same seed gives the same bytes.
    transfer_syntax : str
        A lossless one: implicit or explicit little endian, big endian, deflated, RLE, JPEG lossless, JPEG-LS,
        JPEG 2000 or HTJ2K.
    nodules : int or sequence of Nodule
        How many to place in the lungs, or exactly these.

    Returns
    -------
    CtPhantom
        Files, geometry and the nodules.
    """
    folder.mkdir(parents=True, exist_ok=True)
    thickness = min(2.5, 300 / slices)
    heights = tuple(round((i - (slices - 1) / 2) * thickness, 6) for i in range(slices))
    if isinstance(nodules, int):
        random = np.random.Generator(np.random.SFC64([seed, 0]))
        nodules = place_nodules(nodules, random, reach=(max(heights[0], -90.0), min(heights[-1], 110.0)))
    scanner = Scanner(seed, size, heights, tuple(nodules))
    chest, vessels = scanner.prepare()
    files = tuple(folder / f"slice-{i:04d}.dcm" for i in range(slices))

    def write(index: int) -> None:
        dataset = describe_slice(scanner, index, thickness)
        pixels = scanner.scan(index, chest, vessels)
        save_instance(dataset, pixels, files[index], bits_stored=12, transfer_syntax=transfer_syntax)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, range(slices)))
    return CtPhantom(
        folder=folder,
        files=files,
        study_uid=derive_uid(seed, "chest", "study", 0),
        series_uid=derive_uid(seed, "chest", "series"),
        instance_uids=tuple(derive_uid(seed, "chest", "instance", i) for i in range(slices)),
        shape=(slices, size, size),
        origin=(scanner.first, scanner.first, heights[0]),
        spacing=(scanner.pixel, scanner.pixel, thickness),
        nodules=scanner.nodules,
    )


def describe_slice(scanner: Scanner, index: int, thickness: float) -> Dataset:
    """Header of one slice, as a scanner would fill it."""
    z = scanner.heights[index]
    elements: dict[str, Any] = patient_and_study(scanner.seed, "chest") | {
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
        "SOPClassUID": CTImageStorage,
        "SOPInstanceUID": derive_uid(scanner.seed, "chest", "instance", index),
        "Modality": "CT",
        "SeriesDescription": "CHEST 2.5 B30",
        "ProtocolName": "CHEST ROUTINE",
        "BodyPartExamined": "CHEST",
        "ScanOptions": "HELIX",
        "SliceThickness": f"{thickness:.6g}",
        "KVP": "120",
        "DataCollectionDiameter": "500",
        "ReconstructionDiameter": f"{FIELD_OF_VIEW:g}",
        "GantryDetectorTilt": "0",
        "TableHeight": "150",
        "RotationDirection": "CW",
        "ExposureTime": "500",
        "XRayTubeCurrent": 220,
        "Exposure": 110,
        "FilterType": "BODY",
        "ConvolutionKernel": "B30",
        "PatientPosition": "HFS",
        "SeriesInstanceUID": derive_uid(scanner.seed, "chest", "series"),
        "SeriesNumber": 2,
        "AcquisitionNumber": 1,
        "InstanceNumber": index + 1,
        "ImagePositionPatient": [f"{scanner.first:.12g}", f"{scanner.first:.12g}", f"{z:.12g}"],
        "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
        "SliceLocation": f"{z:.12g}",
        "PixelSpacing": [f"{scanner.pixel:.12g}", f"{scanner.pixel:.12g}"],
        "WindowCenter": ["40", "-600"],
        "WindowWidth": ["400", "1500"],
        "WindowCenterWidthExplanation": ["MEDIASTINUM", "LUNG"],
        "RescaleIntercept": "-1024",
        "RescaleSlope": "1",
        "RescaleType": "HU",
    }
    return fill(Dataset(), elements)
