"""Studies that show everything else: charts, documents, films, cines, uncalibrated pictures, a phantom to paint on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from editing import CHOICE, FREE, Scene

CHART = {
    "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
    "data": {"values": [{"day": "Mon", "size": 4}, {"day": "Tue", "size": 7}, {"day": "Wed", "size": 5}]},
    "mark": "bar",
    "encoding": {"x": {"field": "day", "type": "nominal"}, "y": {"field": "size", "type": "quantitative"}},
}
TISSUES = [{"name": "ball", "visible": True, "voxel_value": 1}, {"name": "cube", "visible": True, "voxel_value": 2}]
SEVERAL = (
    "2D bounding boxes",
    "distance measurements",
    "points",
    "polygons",
    "lines",
    "angles",
    "ellipses",
    "three-point angles",
)


def build(scene: Scene, images: Path, folder: Path) -> dict[str, Any]:
    phantom = scene.socket("E2E phantom", "Image", "images/e2e-phantom")
    paint = scene.study("Paint", {"main": [phantom]}, **FREE)
    scene.ask(paint, "Paint it", "Mask", image_port="Main", overlay_segments=TISSUES, order=1)
    for order, name in enumerate(SEVERAL, start=2):
        scene.ask(paint, f"Draw {name}", f"Multiple {name}", image_port="Main", order=order)
    studies = {"paint": paint, "contents": contents(scene, images), "moving": moving(scene, images, folder)}
    cases = {"paint": scene.case(paint, "Phantom", {phantom: [write_phantom(folder)]})}
    return {
        "studies": studies,
        "cases": {**cases, "contents": fill_contents(scene, studies["contents"], images, folder)},
    }


def write_phantom(folder: Path) -> Path:
    """A ball of 100 and a cube of 200 on nothing; voxels of 1, 1 and 2 mm."""
    k, j, i = np.indices((12, 64, 64))
    values = np.zeros(k.shape, np.int16)
    values[np.hypot(np.hypot(i - 20, j - 20), 2 * (k - 6)) <= 8] = 100
    values[3:9, 38:50, 38:50] = 200
    image = sitk.GetImageFromArray(values)
    image.SetSpacing((1.0, 1.0, 2.0))
    target = folder / "phantom.mha"
    sitk.WriteImage(image, target)
    return target


def contents(scene: Scene, images: Path) -> dict[str, Any]:
    """A chart, a document, a film, a thumbnail and values beside a picture."""
    kinds = {
        "chart": ("Chart", "e2e-chart.json"),
        "document": ("PDF file", "e2e-document.pdf"),
        "film": ("MP4 file", "e2e-film.mp4"),
        "thumbnail": ("Thumbnail png", "e2e-thumbnail.png"),
        "history": ("String", "e2e-history.json"),
        "weight": ("Float", "e2e-weight.json"),
        "smoker": ("Bool", "e2e-smoker.json"),
    }
    slugs = {name: scene.socket(f"E2E {name}", kind, path) for name, (kind, path) in kinds.items()}
    photo = scene.socket("E2E photo", "Image", "images/e2e-photo")
    view = {
        "main": [photo],
        "secondary": [slugs["chart"]],
        "tertiary": [slugs["document"]],
        "quaternary": [slugs["film"]],
        "quinary": [slugs["thumbnail"]],
        "senary": [slugs["history"], slugs["weight"], slugs["smoker"]],
    }
    study = scene.study("Contents", view, case_text={"cell.png": "Seen by **two** people."}, **FREE)
    scene.ask(study, "How long is it?", "Distance measurement", image_port="Main", order=1)
    scene.ask(study, "Is all of it shown?", **CHOICE, order=2)
    return study


def fill_contents(scene: Scene, study: dict[str, Any], images: Path, folder: Path) -> str:
    """One case of it; its film is made by the browser, which can write such files."""
    values = {
        "e2e-chart": CHART,
        "e2e-document": write_document(folder),
        "e2e-thumbnail": images / "photo/cell.png",
        "e2e-history": "A fall from a ladder.\nNo <b>other</b> injuries.",
        "e2e-weight": 71.5,
        "e2e-smoker": False,
    }
    return scene.case(study, "Everything", {"e2e-photo": [images / "photo/cell.png"]}, **values)


def write_document(folder: Path) -> Path:
    """The smallest document with a word on it."""
    page = b"BT /F1 24 Tf 20 100 Td (Report) Tj ET"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(page), page),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    text, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, start=1):
        places.append(len(text))
        text += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    target = folder / "document.pdf"
    target.write_bytes(text + end % (len(places) + 1, table, len(places) + 1, len(text)))
    return target


def moving(scene: Scene, images: Path, folder: Path) -> dict[str, Any]:
    """A cine of ultrasound, and a volume in time beside its own first moment."""
    cine = scene.socket("E2E cine", "Image", "images/e2e-cine")
    series = scene.socket("E2E series", "Image", "images/e2e-series")
    study = scene.study("Moving", {"main": [cine], "secondary": [series]}, **FREE)
    scene.ask(study, "Does it move?", **CHOICE)
    files = {cine: list((images / "dicom/us-cine-ybr422").iterdir()), series: [images / "volumes/epi-4d.mha"]}
    scene.case(study, "Beating", files)
    return study
