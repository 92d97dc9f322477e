"""Small DICOM files made for one test each."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from readroom.imaging.dicom.reading import read_dicom
from readroom.imaging.source import UploadedFile

CT_CLASS = "1.2.840.10008.5.1.4.1.1.2"
AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def slice_dataset(number=1, *, values=None, **elements):
    """A CT slice, axial, 2 mm apart; elements given as keywords replace or (None) remove its own."""
    values = np.full((4, 6), number, np.int16) if values is None else values
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    described = {
        "SOPClassUID": CT_CLASS,
        "SOPInstanceUID": f"1.2.3.{number}",
        "StudyInstanceUID": "1.2",
        "SeriesInstanceUID": "1.2.3",
        "Modality": "CT",
        "InstanceNumber": number,
        "ImagePositionPatient": [0.0, 0.0, 2.0 * number],
        "ImageOrientationPatient": list(AXIAL),
        "PixelSpacing": [1.0, 1.0],
        "SliceThickness": 2.0,
        "Rows": values.shape[0],
        "Columns": values.shape[1],
        "SamplesPerPixel": 1 if values.ndim < 3 or values.shape[2] != 3 else 3,
        "PhotometricInterpretation": "MONOCHROME2",
        "BitsAllocated": values.dtype.itemsize * 8,
        "BitsStored": values.dtype.itemsize * 8,
        "HighBit": values.dtype.itemsize * 8 - 1,
        "PixelRepresentation": int(values.dtype.kind == "i"),
        "PixelData": values.tobytes() + b"\0" * (values.nbytes % 2),
    }
    for name, value in (described | elements).items():
        if value is not None:
            setattr(dataset, name, value)
    return dataset


def tile(value):
    """A tile of a slide, of one colour."""
    return np.full((4, 4, 3), value, np.uint8)


def level(number, rows, columns, tiles, **elements):
    """A level of a slide from the bytes of its tiles."""
    dataset = slice_dataset(
        number,
        values=tile(0),
        SOPClassUID="1.2.840.10008.5.1.4.1.1.77.1.6",
        SOPInstanceUID=f"1.2.3.{number}",
        Modality="SM",
        PhotometricInterpretation="RGB",
        PlanarConfiguration=0,
        NumberOfFrames=len(tiles),
        TotalPixelMatrixRows=rows,
        TotalPixelMatrixColumns=columns,
        DimensionOrganizationType="TILED_FULL",
        ImageType=["ORIGINAL", "PRIMARY", "VOLUME", "NONE"],
        PixelSpacing=[0.25, 0.5],
        ImagePositionPatient=None,
        ImageOrientationPatient=None,
        **elements,
    )
    dataset.PixelData = b"".join(tiles)
    return dataset


def write(dataset, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.file_meta.MediaStorageSOPClassUID = dataset.get("SOPClassUID", CT_CLASS)
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.get("SOPInstanceUID", "1.2.3")
    with warnings.catch_warnings(action="ignore"):
        pydicom.dcmwrite(path, dataset, enforce_file_format=True)
    return path


def write_slices(folder: Path, datasets) -> list[Path]:
    return [write(dataset, folder / f"{number:03}.dcm") for number, dataset in enumerate(datasets)]


def upload(path: Path) -> UploadedFile:
    with path.open("rb") as file:
        return UploadedFile(path, path.name, file.read(256))


def read(paths):
    return read_dicom([upload(path) for path in paths])


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def kinds(image) -> list[str]:
    return [finding.kind.value for finding in image.header.findings]


def voxels(image):
    header = image.header
    frames = [image.frame(i) for i in range(header.frame_count)]
    return np.stack(frames).reshape(header.shape)
