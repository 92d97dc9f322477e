"""Studies of patients: a chest CT with an overlay, two brains side by side, a slide."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import SimpleITK as sitk
from editing import CHOICE, FREE, Scene

DRAWN = (
    "2D bounding box",
    "Multiple 2D bounding boxes",
    "Distance measurement",
    "Multiple distance measurements",
    "Point",
    "Multiple points",
    "Polygon",
    "Multiple polygons",
    "Line",
    "Multiple lines",
    "Angle",
    "Multiple angles",
    "Ellipse",
    "Multiple ellipses",
    "Three-point angle",
    "Multiple three-point angles",
)
SEGMENTS = [
    {"name": "nodule", "visible": True, "voxel_value": 1},
    {"name": "vessel", "visible": True, "voxel_value": 2},
]
ORGANS = [
    {"name": "lung", "visible": True, "voxel_value": 1},
    {"name": "vessel", "visible": True, "voxel_value": 2},
]
WORDS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("Findings", "Heading", {}),
    ("Is there a nodule?", "Choice", {**CHOICE, "required": True}),
    ("Certainty", "Choice", {"widget": "Select", "options": ["Low", "High"]}),
    (
        "Signs",
        "Multiple choice",
        {"widget": "Checkbox Select Multiple", "options": ["Spiculated", "Calcified", "Solid"]},
    ),
    ("Regions", "Multiple choice", {"widget": "Select Multiple", "options": ["Upper", "Lower"]}),
    ("Comment", "Text", {"widget": "Text Input", "answer_max_length": 80}),
    ("Report", "Text", {"widget": "Text Area"}),
    (
        "Count",
        "Number",
        {"widget": "Number Input", "answer_min_value": 0, "answer_max_value": 20, "answer_step_size": 1},
    ),
    (
        "Confidence",
        "Number",
        {"widget": "Number Range", "answer_min_value": 0, "answer_max_value": 100, "answer_step_size": 5},
    ),
    ("Is the quality good?", "Bool", {}),
)


def build(scene: Scene, images: Path, folder: Path) -> dict[str, Any]:
    ct = scene.socket("E2E CT", "Image", "images/e2e-ct")
    overlay = scene.socket("E2E lungs", "Segmentation", "images/e2e-lungs", overlay_segments=ORGANS)
    first = scene.socket("E2E MR one", "Image", "images/e2e-mr-one")
    second = scene.socket("E2E MR two", "Image", "images/e2e-mr-two")
    slide = scene.socket("E2E slide", "Image", "images/e2e-slide")
    age = scene.socket("E2E age", "Integer", "e2e-age.json")
    chest = in_order(images / "dicom/ct-chest-lidc0314")
    brains = sorted((images / "nifti/orientations").iterdir())
    tissue = sorted((images / "wsi").glob("*.svs"))[:1]

    help_text = "Scroll through the **whole** volume first."
    lungs = scene.study("Lung nodules", {"main": [ct, overlay, age]}, help_text=help_text, **FREE)
    ask_everything(scene, lungs)
    pairs = scene.study(
        "Two brains", {"main": [first], "secondary": [second]}, end_of_study_text="Many thanks.", **FREE
    )
    scene.ask(pairs, "Are they the same?", **CHOICE, required=True)
    slides = scene.study("Tissue", {"main": [slide]}, **FREE)
    scene.ask(slides, "Mark the glands", "Multiple polygons", image_port="Main")
    cases = {
        "lungs": scene.case(lungs, "Case one", {ct: chest, overlay: [find_lungs(chest, folder)]}, **{age: 61}),
        "lungs_two": scene.case(lungs, "Case two", {ct: chest[:20]}),
        "pairs": scene.case(pairs, "Pair", {first: brains[:1], second: brains[1:2]}),
        "tissue": scene.case(slides, "Slide", {slide: tissue}),
    }
    return {
        "studies": {"lungs": lungs, "pairs": pairs, "tissue": slides},
        "cases": cases,
        "series": [str(file) for file in chest[:20]],
        "slide": str(tissue[0]),
    }


def ask_everything(scene: Scene, study: dict[str, Any]) -> None:
    """One question of every answer type, and each widget."""
    order = 100
    for text, answer_type, fields in WORDS:
        scene.ask(study, text, **{**fields, "answer_type": answer_type}, order=(order := order + 1))
    for answer_type in DRAWN:
        scene.ask(study, f"Draw: {answer_type}", answer_type, image_port="Main", order=(order := order + 1))
    scene.ask(study, "Outline the nodule", "Mask", image_port="Main", overlay_segments=SEGMENTS, order=order + 1)


def in_order(series: Path) -> list[Path]:
    """Slices of a series, by their place."""
    return [Path(name) for name in sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(series))]


def find_lungs(slices: list[Path], folder: Path) -> Path:
    """A segmentation of a chest CT: 1 where a lung is, 2 where a vessel is in it."""
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames([str(file) for file in slices])
    chest = reader.Execute()
    pieces = sitk.RelabelComponent(
        sitk.ConnectedComponent(sitk.BinaryMorphologicalOpening((chest > -950) & (chest < -600), (2, 2, 0)))
    )
    hull = sitk.BinaryMorphologicalClosing((pieces == 1) | (pieces == 2), (9, 9, 0))
    organs = sitk.Cast(hull, sitk.sitkUInt8) + sitk.Cast(hull & (chest > -400), sitk.sitkUInt8)
    target = folder / "lungs.mha"
    sitk.WriteImage(organs, target, useCompression=True)
    return target
