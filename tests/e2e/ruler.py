"""Where spots on the screen are in the patient, and which voxels a round brush covers, by SimpleITK alone.

Run as ``ruler.py JSON`` with the files of a series, the viewport's size, spots, dabs and a mask; prints JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import SimpleITK as sitk


def main(files: list[str], viewport: list[float], spots: list[Any], dabs: list[Any], mask: str) -> dict[str, Any]:
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(files)
    image = reader.Execute()
    place = screen(image, *viewport)
    kept = sitk.ReadImage(mask)
    expected = np.zeros(sitk.GetArrayFromImage(kept).shape, np.uint8)
    for dab in dabs:
        cover(expected, image, place(*dab["spot"], dab["slice"]), dab)
    voxels = sitk.GetArrayFromImage(kept)
    return {
        "places": [place(*spot["spot"], spot["slice"]) for spot in spots],
        "sameGrid": kept.GetSize() == image.GetSize()
        and all(
            np.allclose(getattr(kept, name)(), getattr(image, name)(), atol=1e-4)
            for name in ("GetOrigin", "GetSpacing", "GetDirection")
        ),
        "painted": {str(label): int((voxels == label).sum()) for label in np.unique(voxels) if label},
        "differing": int((voxels != expected).sum()),
        "slices": [int(at) for at in np.flatnonzero((voxels > 0).any((1, 2)))],
    }


def screen(image: sitk.Image, width: float, height: float) -> Callable[[float, float, int], tuple[float, ...]]:
    """The fitted view: the whole slice in the viewport, its middle in the middle."""
    columns, rows, _ = image.GetSize()
    across, down, _ = image.GetSpacing()
    scale = max(columns * across / width, rows * down / height)

    def place(x: float, y: float, number: int) -> tuple[float, ...]:
        column = (columns - 1) / 2 + (x - width / 2) * scale / across
        row = (rows - 1) / 2 + (y - height / 2) * scale / down
        point: tuple[float, ...] = image.TransformContinuousIndexToPhysicalPoint((column, row, float(number)))
        return point

    return place


def cover(voxels: np.ndarray, image: sitk.Image, center: tuple[float, ...], dab: dict[str, Any]) -> None:
    """Mark the voxels whose centres lie within the radius, on one slice."""
    middle = image.TransformPhysicalPointToContinuousIndex(center)
    rows, columns = np.indices(voxels.shape[1:])
    across, down, _ = image.GetSpacing()
    away = np.hypot((columns - middle[0]) * across, (rows - middle[1]) * down)
    voxels[dab["slice"]][away <= dab["radius"]] = dab["label"]


if __name__ == "__main__":
    print(json.dumps(main(**json.loads(sys.argv[1]))))
