"""Where spots on the screen are on a slide that fits it, by OpenSlide alone.

Run as ``slide_ruler.py JSON`` with the slide's file, the viewport's size and spots; prints JSON.
"""

from __future__ import annotations

import json
import sys

import openslide


def main(file: str, viewport: list[float], spots: list[list[float]]) -> dict[str, list[list[float]]]:
    with openslide.OpenSlide(file) as slide:
        columns, rows = slide.dimensions
        across, down = (float(slide.properties[f"openslide.mpp-{axis}"]) / 1000 for axis in "xy")
    width, height = viewport
    scale = max(columns * across / width, rows * down / height)
    middle = ((columns - 1) / 2 * across, (rows - 1) / 2 * down)
    places = [[middle[0] + (x - width / 2) * scale, middle[1] + (y - height / 2) * scale, 0.0] for x, y in spots]
    return {"places": places}


if __name__ == "__main__":
    print(json.dumps(main(**json.loads(sys.argv[1]))))
