from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import DigitalMammographyXRayImageStorageForPresentation, ExplicitVRLittleEndian

from readroom.imaging.testing.writing import derive_uid, fill, patient_and_study, save_instance

DETECTOR = (240.0, 192.0)
"""Height and width in millimetres."""
VIEW_CODES = {
    "CC": ("399162004", "cranio-caudal"),
    "MLO": ("399368009", "medio-lateral oblique"),
}
WHITE = 3600.0
"""Level of the brightest gland."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mammogram:
    """One view on disk.

    Parameters
    ----------
    file : Path
        The DICOM file.
    laterality, view : str
        ``L`` or ``R``; ``CC`` or ``MLO``.
    instance_uid : str
        Identity, derived from the seed.
    pixel : float
        Side of a pixel at the detector, millimetres.
    mass : tuple of 3 floats, optional
        Row, column and radius of a mass, in pixels.
    """

    file: Path
    laterality: str
    view: str
    instance_uid: str
    pixel: float
    mass: tuple[float, float, float] | None


def write_mammography_phantom(
    folder: Path, *, rows: int = 1200, seed: int = 0, transfer_syntax: str = ExplicitVRLittleEndian
) -> tuple[Mammogram, ...]:
    """Write the four views of a mammography, with a mass in the left breast.

    >>> views = write_mammography_phantom(Path("breast"))  # doctest: +SKIP
    >>> [(view.laterality, view.view) for view in views]  # doctest: +SKIP
    [('R', 'CC'), ('L', 'CC'), ('R', 'MLO'), ('L', 'MLO')]

    Parameters
    ----------
    folder : Path
        Made if it is not there; one file per view, each view a series of its own.
    rows : int
        Matrix height; the width is four fifths of it, the detector 240 mm x 192 mm.
    seed : int
        The same seed gives the same bytes.
    transfer_syntax : str
        A lossless one, as for `write_ct_phantom`.

    Returns
    -------
    tuple of Mammogram
        R CC, L CC, R MLO, L MLO.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pixel = DETECTOR[0] / rows
    views = []
    for view in ("CC", "MLO"):
        for laterality in ("R", "L"):
            pixels, mass = draw_breast(rows, view=view, laterality=laterality, seed=seed)
            file = folder / f"{laterality}-{view}.dcm"
            dataset = describe_view(view, laterality, seed=seed, pixel=pixel)
            save_instance(dataset, pixels, file, bits_stored=12, transfer_syntax=transfer_syntax)
            views.append(
                Mammogram(
                    file=file,
                    laterality=laterality,
                    view=view,
                    instance_uid=dataset.SOPInstanceUID,
                    pixel=pixel,
                    mass=mass,
                )
            )
    return tuple(views)


def draw_breast(
    rows: int, *, view: str, laterality: str, seed: int
) -> tuple[NDArray[np.uint16], tuple[float, float, float] | None]:
    """Draw one view; the chest wall of a left breast is at the first column, of a right one at the last."""
    columns = rows * 4 // 5
    random = np.random.Generator(np.random.SFC64([seed, 4, view == "CC", laterality == "L"]))
    pixel = DETECTOR[0] / rows
    y = (np.arange(rows, dtype=np.float32)[:, None] * np.float32(pixel)) - np.float32(DETECTOR[0] / 2)
    x = np.arange(columns, dtype=np.float32)[None, :] * np.float32(pixel)
    edge = (x / 118) ** 2 + (y / 92) ** 2
    inside = edge < 1
    thickness = np.clip((1 - edge) * 6, 0, 1)
    texture = smooth_noise((rows, columns), random)
    gland = (0.55 + 0.3 * texture / texture.std()) * np.exp(-(((x - 45) / 50) ** 2) - (y / 50) ** 2)
    levels = np.full((rows, columns), 30.0, np.float32)
    tissue = 450 + 650 * thickness + 1300 * np.clip(gland, 0, 1.3)
    levels[inside] = tissue[inside]
    if view == "MLO":
        muscle = (x < (70 - (y + DETECTOR[0] / 2) * 0.42)) & inside
        levels[muscle] = levels[muscle] * 0.4 + 1700
    mass = None
    if laterality == "L":
        row, column, radius = (0.56 if view == "CC" else 0.62) * rows, 0.26 * columns, 7.0 / pixel
        distance = np.hypot(x / pixel - column, y / pixel + rows / 2 - row)
        levels += np.clip((radius - distance) / (0.25 * radius), 0, 1).astype(np.float32) * 900
        mass = (row, column, radius)
    else:
        for row, column in random.normal((0.45 * rows, 0.3 * columns), 4 / pixel, (12, 2)):
            levels[int(row) : int(row) + 2, int(column) : int(column) + 2] += 1100
    levels += random.standard_normal(levels.shape, np.float32) * np.sqrt(levels) * np.float32(0.5)
    pixels = np.clip(np.rint(levels), 0, 4095).astype(np.uint16)
    return (pixels if laterality == "L" else np.ascontiguousarray(pixels[:, ::-1])), mass


def smooth_noise(shape: tuple[int, int], random: np.random.Generator) -> NDArray[np.float32]:
    """Sum octaves of random grids, each twice as fine and half as strong: the texture of glands."""
    total = np.zeros(shape, np.float32)
    for octave in range(2, 8):
        cells = 2**octave
        grid = random.standard_normal((cells + 2, cells + 2), np.float32)
        rows = np.linspace(0, cells, shape[0], dtype=np.float32)
        columns = np.linspace(0, cells, shape[1], dtype=np.float32)
        i, j = rows.astype(int), columns.astype(int)
        v, u = (rows - i)[:, None], (columns - j)[None, :]
        near = grid[i[:, None], j] * (1 - u) + grid[i[:, None], j + 1] * u
        far = grid[i[:, None] + 1, j] * (1 - u) + grid[i[:, None] + 1, j + 1] * u
        total += (near * (1 - v) + far * v) * np.float32(0.8 ** (octave - 2))
    return total


def describe_view(view: str, laterality: str, *, seed: int, pixel: float) -> Dataset:
    """Header of one view, as a mammography unit fills it."""
    code, meaning = VIEW_CODES[view]
    # PS3.3 C.8.11.7: rows first, towards the nipple; columns then run to the foot, or to the outer side in CC.
    column_direction = {"CC": "L" if laterality == "L" else "R", "MLO": "FL" if laterality == "L" else "FR"}[view]
    elements: dict[str, Any] = patient_and_study(seed, "breast") | {
        "ImageType": ["DERIVED", "PRIMARY"],
        "SOPClassUID": DigitalMammographyXRayImageStorageForPresentation,
        "SOPInstanceUID": derive_uid(seed, "breast", "instance", view, laterality),
        "SeriesInstanceUID": derive_uid(seed, "breast", "series", view, laterality),
        "SeriesNumber": 1 + 2 * (view == "MLO") + (laterality == "L"),
        "SeriesDescription": f"{laterality} {view}",
        "Modality": "MG",
        "PresentationIntentType": "FOR PRESENTATION",
        "BodyPartExamined": "BREAST",
        "InstanceNumber": 1,
        "ImageLaterality": laterality,
        "ViewPosition": view,
        "PatientOrientation": ["A" if laterality == "L" else "P", column_direction],
        "KVP": "28",
        "Exposure": 80,
        "AnodeTargetMaterial": "TUNGSTEN",
        "BodyPartThickness": "52",
        "CompressionForce": "90",
        "PositionerType": "MAMMOGRAPHIC",
        "PositionerPrimaryAngle": "45" if view == "MLO" else "0",
        "DistanceSourceToDetector": "660",
        "DistanceSourceToPatient": "640",
        "EstimatedRadiographicMagnificationFactor": "1.03125",
        "ImagerPixelSpacing": [f"{pixel:.12g}", f"{pixel:.12g}"],
        "DetectorType": "DIRECT",
        "BurnedInAnnotation": "NO",
        "LossyImageCompression": "00",
        "PixelIntensityRelationship": "LOG",
        "PixelIntensityRelationshipSign": -1,
        "PresentationLUTShape": "IDENTITY",
        "RescaleIntercept": "0",
        "RescaleSlope": "1",
        "RescaleType": "US",
        "WindowCenter": f"{WHITE / 2:g}",
        "WindowWidth": f"{WHITE:g}",
        "VOILUTFunction": "LINEAR",
        "ViewCodeSequence": [coded(code, meaning)],
        "AcquisitionContextSequence": [],
        "AnatomicRegionSequence": [coded("76752008", "Breast")],
    }
    elements["ViewCodeSequence"][0].ViewModifierCodeSequence = []
    return fill(Dataset(), elements)


def coded(value: str, meaning: str) -> Dataset:
    """Make an item of a code sequence from SNOMED CT (PS3.16 CID 4014 and 4013)."""
    return fill(Dataset(), {"CodeValue": value, "CodingSchemeDesignator": "SCT", "CodeMeaning": meaning})
