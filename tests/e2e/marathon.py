"""A study of fifty cases, each with an image of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import SimpleITK as sitk
from editing import CHOICE, Scene

CASES = 50
SIZE = (128, 128, 24)


def build(scene: Scene, folder: Path) -> dict[str, Any]:
    socket = scene.socket("E2E noise", "Image", "images/e2e-noise")
    study = scene.study("Fifty", {"main": [socket]}, allow_case_navigation=True, allow_answer_modification=True)
    scene.ask(study, "Is it noisy?", **CHOICE, required=True)
    for number in range(CASES):
        file = folder / f"noise-{number:02}.mha"
        noise = sitk.AdditiveGaussianNoise(sitk.Image(SIZE, sitk.sitkInt16), 20.0, 0.0, seed=number + 1)
        sitk.WriteImage(noise, file)
        scene.case(study, f"Noise {number + 1}", {socket: [file]})
    return {"studies": {"fifty": study}, "cases": {}}
