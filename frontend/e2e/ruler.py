"""Where spots on the screen are in the patient, and which voxels a round brush covers, by SimpleITK alone.

Run as ``ruler.py JSON`` with the files of a series, the viewport's size, spots, dabs and a mask; prints JSON.
"""

import json
import sys

import numpy as np
import SimpleITK as sitk


def main(files, viewport, spots, dabs, mask):
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(sorted(files, key=lambda file: float(sitk.ReadImage(file).GetOrigin()[2])))
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


def screen(image, width, height):
    """The fitted view: the whole slice in the viewport, its middle in the middle."""
    columns, rows, _ = image.GetSize()
    across, down, _ = image.GetSpacing()
    scale = max(columns * across / width, rows * down / height)

    def place(x, y, number):
        column = (columns - 1) / 2 + (x - width / 2) * scale / across
        row = (rows - 1) / 2 + (y - height / 2) * scale / down
        return image.TransformContinuousIndexToPhysicalPoint((column, row, float(number)))

    return place


def cover(voxels, image, center, dab):
    """Mark the voxels whose centres lie within the radius, on one slice."""
    middle = image.TransformPhysicalPointToContinuousIndex(center)
    rows, columns = np.indices(voxels.shape[1:])
    across, down, _ = image.GetSpacing()
    away = np.hypot((columns - middle[0]) * across, (rows - middle[1]) * down)
    voxels[dab["slice"]][away <= dab["radius"]] = dab["label"]


if __name__ == "__main__":
    print(json.dumps(main(**json.loads(sys.argv[1]))))
