from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from math import radians, tan
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, MRImageStorage

from readroom.imaging.geometry import Vector
from readroom.imaging.testing.writing import WrittenSeries, derive_uid, fill, patient_and_study, save_instance


@dataclass(frozen=True, slots=True, kw_only=True)
class TinySeries(WrittenSeries):
    """A few small slices on disk and their voxels.

    Parameters
    ----------
    voxels : ndarray
        Stored values, (slices, rows, columns), in spatial order.
    positions : tuple of vectors
        Image position of each slice, LPS millimetres.
    """

    voxels: NDArray[np.int16]
    positions: tuple[Vector, ...]


def write_tiny_series(
    folder: Path,
    *,
    slices: int = 4,
    size: int = 8,
    seed: int = 0,
    spacing: Vector = (0.5, 0.75, 2.0),
    gaps: Collection[int] = (),
    tilt_degrees: float = 0.0,
    without: Collection[str] = (),
    modality: str = "CT",
    transfer_syntax: str = ExplicitVRLittleEndian,
) -> TinySeries:
    """Write a CT or MR series of a few small slices, with the faults a test needs.

    >>> series = write_tiny_series(Path("tiny"), slices=4, gaps={2})  # doctest: +SKIP
    >>> [round(z) for _, _, z in series.positions]  # doctest: +SKIP
    [0, 2, 6]

    File names and instance numbers run against the order in space, as they do in the wild.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    slices, size : int
        Slices before the gaps are taken out; rows and columns.
    seed : int
        The same seed gives the same bytes.
    spacing : tuple of 3 floats
        Along columns, rows and slices, millimetres.
    gaps : collection of int
        Slices that are left out, counted from 0.
    tilt_degrees : float
        Gantry tilt: each slice is also shifted along its rows' axis.
    without : collection of str
        Keywords of elements that are left out, such as ``ImagePositionPatient``.
    modality : str
        ``CT`` (signed, intercept -1024) or ``MR``.
    transfer_syntax : str
        A lossless one, as for `write_ct_phantom`.

    Returns
    -------
    TinySeries
        Files, geometry and voxels, in spatial order.
    """
    folder.mkdir(parents=True, exist_ok=True)
    kept = [i for i in range(slices) if i not in set(gaps)]
    random = np.random.Generator(np.random.SFC64([seed, 5]))
    low = -200 if modality == "CT" else 0
    voxels = random.integers(low, 1500, (slices, size, size), dtype=np.int16)[kept]
    shift = tan(radians(tilt_degrees)) * spacing[2]
    positions = tuple((-10.0, round(-12.0 + i * shift, 6), round(i * spacing[2], 6)) for i in kept)
    files = tuple(folder / f"{slices - i:04d}.dcm" for i in kept)
    for index, position, pixels, file in zip(kept, positions, voxels, files, strict=True):
        dataset = describe_tiny(seed, index, position=position, spacing=spacing, modality=modality)
        dataset.InstanceNumber = slices - index
        if tilt_degrees and modality == "CT":
            dataset.GantryDetectorTilt = f"{tilt_degrees:.12g}"
        for keyword in without:
            if keyword in dataset:
                delattr(dataset, keyword)
        save_instance(dataset, pixels, file, bits_stored=16, transfer_syntax=transfer_syntax)
    return TinySeries(
        folder=folder,
        files=files,
        study_uid=derive_uid(seed, "tiny", "study", 0),
        series_uid=derive_uid(seed, "tiny", "series", modality),
        instance_uids=tuple(derive_uid(seed, "tiny", "instance", modality, i) for i in kept),
        shape=voxels.shape,
        origin=positions[0] if positions else (0.0, 0.0, 0.0),
        spacing=spacing,
        voxels=voxels,
        positions=positions,
    )


def describe_tiny(seed: int, index: int, *, position: Vector, spacing: Vector, modality: str) -> Dataset:
    elements: dict[str, Any] = patient_and_study(seed, "tiny") | {
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL" if modality == "CT" else "M"],
        "SOPClassUID": CTImageStorage if modality == "CT" else MRImageStorage,
        "SOPInstanceUID": derive_uid(seed, "tiny", "instance", modality, index),
        "SeriesInstanceUID": derive_uid(seed, "tiny", "series", modality),
        "Modality": modality,
        "SeriesDescription": f"tiny {modality}",
        "SeriesNumber": 1,
        "AcquisitionNumber": 1,
        "SliceThickness": f"{spacing[2]:.12g}",
        "ImagePositionPatient": [f"{value:.12g}" for value in position],
        "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
        "PixelSpacing": [f"{spacing[1]:.12g}", f"{spacing[0]:.12g}"],
        "WindowCenter": "400",
        "WindowWidth": "2000",
    }
    if modality == "CT":
        elements |= {"KVP": "120", "RescaleIntercept": "-1024", "RescaleSlope": "1", "RescaleType": "HU"}
    else:
        elements |= {"EchoTime": "10", "RepetitionTime": "500", "ScanningSequence": "SE", "SequenceVariant": "NONE"}
    return fill(Dataset(), elements)
