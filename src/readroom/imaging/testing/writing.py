"""Writing phantoms as DICOM files: a scanner's headers, any lossless transfer syntax, the same bytes each time."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.filewriter import dcmwrite
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from readroom.imaging.geometry import Vector

Pixels = NDArray[np.uint16] | NDArray[np.int16] | NDArray[np.uint8]
IMPLEMENTATION_UID = UID("2.25.302947564108246583174018254063142859761")
NATIVE = frozenset(
    {ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenSeries:
    """A series on disk and what is known of it.

    Parameters
    ----------
    folder : Path
        Where the files stand.
    files : tuple of Path
        In spatial order, along row x column; time point by time point where there are several.
    study_uid, series_uid : str
        Identity, derived from the seed.
    instance_uids : tuple of str
        One per file.
    shape : tuple of int
        (slices, rows, columns), with the time points in front where there are several.
    origin, spacing : tuple of 3 floats
        Geometry in LPS millimetres, x y z.
    """

    folder: Path
    files: tuple[Path, ...]
    study_uid: str
    series_uid: str
    instance_uids: tuple[str, ...]
    shape: tuple[int, ...]
    origin: Vector
    spacing: Vector


def derive_uid(seed: int, *parts: object) -> UID:
    """Make a UID that is the same for the same seed and parts, under the root for UUIDs (PS3.5 B.2)."""
    digest = hashlib.sha256(repr((seed, *parts)).encode()).digest()
    return UID(f"2.25.{int.from_bytes(digest[:16], 'big')}")


def fill(dataset: Dataset, elements: Mapping[str, Any]) -> Dataset:
    """Set elements by keyword."""
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    return dataset


def patient_and_study(seed: int, kind: str, *, date: str = "20240311", visit: int = 0) -> dict[str, Any]:
    """Elements of the patient, study and equipment modules of an invented person."""
    return {
        "SpecificCharacterSet": "ISO_IR 192",
        "InstanceCreationDate": date,
        "InstanceCreationTime": "101500.000000",
        "StudyDate": date,
        "SeriesDate": date,
        "AcquisitionDate": date,
        "ContentDate": date,
        "StudyTime": "101000.000000",
        "SeriesTime": "101200.000000",
        "AcquisitionTime": "101230.000000",
        "ContentTime": "101231.000000",
        "AccessionNumber": f"A{seed:07d}",
        "Manufacturer": "readroom",
        "ManufacturerModelName": "Digital phantom",
        "InstitutionName": "Phantom Hospital",
        "ReferringPhysicianName": "Nobody^Ann",
        "StationName": "PHANTOM1",
        "StudyDescription": f"Phantom {kind}",
        "PatientName": f"Phantom^{kind.title()}",
        "PatientID": f"PHANTOM-{seed:04d}",
        "PatientBirthDate": "19700101",
        "PatientSex": "O",
        "PatientAge": "054Y",
        "PatientIdentityRemoved": "YES",
        "DeidentificationMethod": "Digital phantom, no person",
        "DeviceSerialNumber": "0001",
        "SoftwareVersions": "1",
        "StudyInstanceUID": derive_uid(seed, kind, "study", visit),
        "StudyID": str(visit + 1),
        "FrameOfReferenceUID": derive_uid(seed, kind, "frame of reference", visit),
        "PositionReferenceIndicator": "",
    }


def describe_pixels(dataset: Dataset, pixels: Pixels, *, bits_stored: int) -> None:
    """Set the elements of the image pixel module (PS3.3 C.7.6.3) for a grey frame."""
    bits = pixels.dtype.itemsize * 8
    fill(
        dataset,
        {
            "SamplesPerPixel": 1,
            "PhotometricInterpretation": dataset.get("PhotometricInterpretation", "MONOCHROME2"),
            "Rows": pixels.shape[0],
            "Columns": pixels.shape[1],
            "BitsAllocated": bits,
            "BitsStored": bits_stored,
            "HighBit": bits_stored - 1,
            "PixelRepresentation": int(pixels.dtype.kind == "i"),
        },
    )


def save_instance(
    dataset: Dataset, pixels: Pixels, path: Path, *, bits_stored: int, transfer_syntax: str = ExplicitVRLittleEndian
) -> None:
    """Write one frame as a DICOM file."""
    syntax = UID(transfer_syntax)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = syntax
    meta.ImplementationClassUID = IMPLEMENTATION_UID
    meta.ImplementationVersionName = "READROOM"
    describe_pixels(dataset, pixels, bits_stored=bits_stored)
    file = FileDataset(str(path), dataset, file_meta=meta, preamble=b"\0" * 128)
    if syntax in NATIVE:
        stored = pixels.dtype.newbyteorder(">" if syntax == ExplicitVRBigEndian else "<")
        file.PixelData = pixels.astype(stored).tobytes()
        file["PixelData"].VR = "OW" if pixels.dtype.itemsize == 2 else "OB"
    elif syntax == RLELossless:
        file.PixelData = np.ascontiguousarray(pixels).tobytes()
        file["PixelData"].VR = "OW"
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        file.compress(RLELossless, generate_instance_uid=False)
    else:
        file.PixelData = encapsulate([encode_frame(pixels, syntax, bits_stored=bits_stored)])
        file["PixelData"].VR = "OB"
        file["PixelData"].is_undefined_length = True
    dcmwrite(path, file, enforce_file_format=True)


def encode_frame(pixels: Pixels, syntax: UID, *, bits_stored: int) -> bytes:
    """Compress one grey frame without loss."""
    frame = np.ascontiguousarray(pixels)
    unsigned = frame.view(np.uint16) if frame.dtype == np.int16 else frame  # JPEG has no signed samples (PS3.5 8.2)
    if syntax == JPEGLSLossless:
        return bytes(imagecodecs.jpegls_encode(unsigned))
    if syntax in (HTJ2KLossless, HTJ2KLosslessRPCL):
        return bytes(imagecodecs.htj2k_encode(frame, reversible=True, tlm=True))
    if syntax == JPEG2000Lossless:
        return bytes(imagecodecs.jpeg2k_encode(frame, level=0, reversible=True, codecformat="j2k"))
    if syntax == JPEGLosslessSV1:
        return bytes(imagecodecs.ljpeg_encode(unsigned, bitspersample=bits_stored))
    message = f"phantoms are not written as {syntax.name}"
    raise ValueError(message)
