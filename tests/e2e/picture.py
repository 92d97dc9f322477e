"""Greys that a slice has at spots of the screen, by SimpleITK alone.

Run as ``picture.py JSON`` with the files of a series, the viewport's size, a slice, a window and spots; prints JSON.
"""

from __future__ import annotations

import json
import sys

import SimpleITK as sitk
from ruler import screen


def main(
    files: list[str], viewport: list[float], number: int, window: list[float], spots: list[list[float]]
) -> list[float]:
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(files)
    image = reader.Execute()
    place = screen(image, *viewport)
    center, width = window
    shown = sitk.Cast(sitk.IntensityWindowing(image, center - width / 2, center + width / 2, 0, 255), sitk.sitkFloat32)
    return [shown.EvaluateAtPhysicalPoint(place(*spot, number), sitk.sitkLinear) for spot in spots]


if __name__ == "__main__":
    print(json.dumps(main(**json.loads(sys.argv[1]))))
