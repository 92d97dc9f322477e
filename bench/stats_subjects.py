"""What the statistics bench measures; each function imports what it needs."""

import numpy as np

SPACING = (1.0, 0.7, 0.7)


def masks(path, *, shape=(300, 512, 512)):
    """Two ellipsoids with bumps, like an organ drawn by two readers; made once."""
    if not path.exists():
        z, y, x = np.ogrid[: shape[0], : shape[1], : shape[2]]
        wave = 0.04 * np.sin(x / 9) * np.cos(y / 11) * np.sin(z / 7)
        first = ((z - 150) / 60) ** 2 + ((y - 256) / 110) ** 2 + ((x - 256) / 110) ** 2 < 1 + wave
        second = ((z - 153) / 60) ** 2 + ((y - 260) / 108) ** 2 + ((x - 250) / 112) ** 2 < 1 - wave
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, np.stack([first, second]))
    return path


def readroom_overlap(path, surface="elements", *, warm=False):
    from readroom.stats.overlap import mask_overlap, surface_distance

    first, second = np.zeros((2, 4, 4, 4), bool) if warm else np.load(path)
    if warm:
        first[1:3], second[1:3] = True, True
    dice = mask_overlap(first, second, spacing=SPACING).dice
    distance = surface_distance(first, second, spacing=SPACING, surface=surface)
    return {"dice": dice, "hd95": distance.hausdorff_95, "hausdorff": distance.hausdorff}


def simpleitk_overlap(path, *, warm=False):
    """Dice, and the distances of surface voxels by distance maps of the whole image: the recipe of its notebooks."""
    import SimpleITK

    stored = np.zeros((2, 4, 4, 4), bool) if warm else np.load(path)
    if warm:
        stored[:, 1:3] = True
    images = [SimpleITK.GetImageFromArray(mask.astype(np.uint8)) for mask in stored]
    for image in images:
        image.SetSpacing(SPACING[::-1])
    measures = SimpleITK.LabelOverlapMeasuresImageFilter()
    measures.Execute(*images)
    distances = []
    for here, there in (images, images[::-1]):
        away = SimpleITK.Abs(
            SimpleITK.SignedMaurerDistanceMap(
                SimpleITK.LabelContour(there), squaredDistance=False, useImageSpacing=True
            )
        )
        contour = SimpleITK.GetArrayFromImage(SimpleITK.LabelContour(here)) == 1
        distances.append(SimpleITK.GetArrayFromImage(away)[contour])
    return {
        "dice": measures.GetDiceCoefficient(),
        "hd95": float(max(np.percentile(distance, 95) for distance in distances)),
        "hausdorff": float(max(distance.max() for distance in distances)),
    }
