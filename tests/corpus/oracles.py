"""What other libraries read from the files of an image: voxels, and where they are.

None of this project's readers is used here, only the names of the files that an image was made from.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import nibabel
import numpy as np
import pydicom
import pydicom.pixels
import SimpleITK
import tifffile
from PIL import Image, ImageOps


@dataclass(frozen=True)
class Seen:
    """What a library made of the files of an image.

    ``frames`` are stored values, or real ones where the place in ``is_real`` says so, or None where no library here
    reads that frame. ``is_ordered`` is False where one file holds frames of several images.
    """

    frames: list[np.ndarray | None]
    is_real: list[bool]
    affine: np.ndarray | None = None
    tolerance: float = 0.0
    is_ordered: bool = True


def whole(values: np.ndarray, frame_shape: tuple[int, ...], *, is_real: bool = False, **rest) -> Seen:
    frames = list(values.reshape(-1, *frame_shape))
    return Seen(frames, [is_real] * len(frames), **rest)


def dicom(paths: list[Path], frame_shape: tuple[int, ...]) -> Seen:
    """pydicom for stored values; SimpleITK, which has other decoders, for real ones where pydicom has none."""
    frames: list[np.ndarray | None] = []
    is_real: list[bool] = []
    tolerance = 0.0
    positions: list[float] = []
    with warnings.catch_warnings(action="ignore"):
        for path in paths:
            dataset = pydicom.dcmread(path, force=True)
            found, real = _dicom_frames(dataset, path, frame_shape)
            frames += found
            is_real += [real] * len(found)
            tolerance = max(tolerance, 3.0 if _is_lossy(dataset) else 0.0)
            if len(paths) == 1:
                positions = _frame_positions(dataset)
    if len(positions) == len(frames) > 1:
        frames = [frames[number] for number in np.argsort(positions, kind="stable")]
    affine = slices(paths) if len(paths) > 1 and _has_positions(paths[0]) else None
    return Seen(frames, is_real, affine=affine, tolerance=tolerance, is_ordered=len(paths) > 1 or not positions)


def _dicom_frames(
    dataset: pydicom.Dataset, path: Path, frame_shape: tuple[int, ...]
) -> tuple[list[np.ndarray | None], bool]:
    try:
        values = pydicom.pixels.pixel_array(dataset)
    except (RuntimeError, NotImplementedError):
        try:
            return list(_itk(path)[0].reshape(-1, *frame_shape)), True
        except RuntimeError:
            return [None] * int(dataset.get("NumberOfFrames") or 1), True
    if dataset.PhotometricInterpretation == "PALETTE COLOR" and "SegmentSequence" not in dataset:
        values = pydicom.pixels.apply_color_lut(values, dataset)
        if values.dtype == np.uint16:
            values = (values >> 8).astype(np.uint8)
    if "ModalityLUTSequence" in dataset:
        values = pydicom.pixels.apply_modality_lut(values, dataset)
    return list(values.reshape(-1, *frame_shape)), False


def _frame_positions(dataset: pydicom.Dataset) -> list[float]:
    """Heights of the frames of an enhanced object along the normal of its first frame."""
    groups = dataset.get("PerFrameFunctionalGroupsSequence") or []
    shared = (dataset.get("SharedFunctionalGroupsSequence") or [pydicom.Dataset()])[0]
    try:
        holder = groups[0] if "PlaneOrientationSequence" in groups[0] else shared
        row, column = np.array(holder.PlaneOrientationSequence[0].ImageOrientationPatient, float).reshape(2, 3)
        normal = np.cross(row, column)
        return [float(normal @ np.array(g.PlanePositionSequence[0].ImagePositionPatient, float)) for g in groups]
    except (AttributeError, IndexError):
        return []


def _has_positions(path: Path) -> bool:
    header = pydicom.dcmread(path, stop_before_pixels=True, force=True)
    return all(name in header for name in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"))


def _is_lossy(dataset: pydicom.Dataset) -> bool:
    syntax = getattr(dataset.file_meta, "TransferSyntaxUID", "")
    return syntax in {f"1.2.840.10008.1.2.4.{number}" for number in (50, 51, 53, 55, 81, 91, 203, 112)} or (
        "YBR" in str(dataset.get("PhotometricInterpretation", ""))
    )


def slices(paths: list[Path]) -> np.ndarray:
    """Affine of single-frame slices, from the positions of the first and the last: DICOM PS3.3 C.7.6.2.1.1."""
    first, last = (pydicom.dcmread(path, stop_before_pixels=True, force=True) for path in (paths[0], paths[-1]))
    row, column = np.array(first.ImageOrientationPatient, float).reshape(2, 3)
    affine = np.eye(4)
    affine[:3, 0] = row * float(first.PixelSpacing[1])
    affine[:3, 1] = column * float(first.PixelSpacing[0])
    step = np.array(last.ImagePositionPatient, float) - np.array(first.ImagePositionPatient, float)
    affine[:3, 2] = step / (len(paths) - 1)
    affine[:3, 3] = first.ImagePositionPatient
    return affine


def _itk(path: Path) -> tuple[np.ndarray, np.ndarray]:
    image = SimpleITK.ReadImage(str(path))
    axes = image.GetDimension()
    affine = np.eye(4)
    used = min(axes, 3)
    matrix = np.array(image.GetDirection()).reshape(axes, axes) @ np.diag(image.GetSpacing())
    affine[:used, :used] = matrix[:used, :used]
    affine[:used, 3] = image.GetOrigin()[:used]
    return SimpleITK.GetArrayFromImage(image), affine


def simpleitk(path: Path, frame_shape: tuple[int, ...]) -> Seen:
    values, affine = _itk(path)
    return whole(values, frame_shape, affine=affine)


def nifti(path: Path, frame_shape: tuple[int, ...]) -> Seen:
    image = nibabel.load(path)
    affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ image.affine
    return whole(np.asanyarray(image.dataobj).T, frame_shape, is_real=True, affine=affine, tolerance=1e-3)


def tiff(path: Path, frame_shape: tuple[int, ...]) -> Seen:
    return whole(tifffile.imread(path), frame_shape)


def picture(path: Path, frame_shape: tuple[int, ...]) -> Seen:
    with Image.open(path) as image:
        upright = ImageOps.exif_transpose(image)
        values = np.asarray(upright.convert("RGB") if upright.mode in {"P", "CMYK"} else upright)
    return whole(values, frame_shape)


READERS = {
    ".mha": simpleitk,
    ".mhd": simpleitk,
    ".nhdr": simpleitk,
    ".nrrd": simpleitk,
    ".nii": nifti,
    ".nii.gz": nifti,
    ".tif": tiff,
    ".tiff": tiff,
    ".png": picture,
    ".jpg": picture,
    ".gif": picture,
}


def see(paths: list[Path], frame_shape: tuple[int, ...]) -> Seen:
    """Read the files of an image with the library that is known for their format."""
    name = paths[0].name.lower()
    suffix = ".nii.gz" if name.endswith(".nii.gz") else paths[0].suffix.lower()
    with paths[0].open("rb") as file:
        suffix = ".png" if file.read(4) == b"\x89PNG" else suffix
    if suffix in READERS:
        return READERS[suffix](paths[0], frame_shape)
    return dicom(paths, frame_shape)
