"""A protocol with a side view, a minimap and a curve over time, as one viewport may belong to another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from editing import CHOICE, FREE, Scene

LAYOUT: list[dict[str, Any]] = [
    {"viewport_name": "main", "x": 0, "y": 0, "w": 4, "h": 4, "order": 0},
    {
        "viewport_name": "side",
        "x": 4,
        "y": 0,
        "w": 2,
        "h": 2,
        "order": 1,
        "specialized_view": "3D-sideview",
        "parent_id": "main",
        "orientation": "coronal",
        "slice_plane_indicator": "main",
        "slice_plane_indicator_fade_ms": 400,
    },
    {
        "viewport_name": "map",
        "x": 0,
        "y": 3,
        "w": 1,
        "h": 1,
        "order": 2,
        "specialized_view": "minimap",
        "parent_id": "main",
    },
    {"viewport_name": "secondary", "x": 4, "y": 2, "w": 1, "h": 2, "order": 3, "show_current_slice": False},
    {
        "viewport_name": "tertiary",
        "x": 5,
        "y": 2,
        "w": 1,
        "h": 2,
        "order": 4,
        "specialized_view": "intensity-over-time-chart",
        "parent_id": "secondary",
        "draggable": True,
    },
]


def build(scene: Scene, images: Path) -> dict[str, Any]:
    volume = scene.socket("E2E belonging volume", "Image", "images/e2e-belonging-volume")
    series = scene.socket("E2E belonging series", "Image", "images/e2e-belonging-series")
    shown = {"main": volume, "side": volume, "map": volume, "secondary": series, "tertiary": series}
    study = scene.study("Belonging", {"main": [volume]}, **FREE)
    protocol = scene.send("POST", "hanging-protocols/", title="Belonging together", json=LAYOUT)
    scene.send(
        "PATCH",
        f"reader-studies/{study['pk']}/",
        hanging_protocol=protocol["pk"],
        view_content={name: [slug] for name, slug in shown.items()},
    )
    scene.ask(study, "Is it whole?", **CHOICE)
    files = {volume: [images / "volumes/ct-crop.mha"], series: [images / "volumes/epi-4d.mha"]}
    return {"studies": {"belonging": study}, "cases": {"belonging": scene.case(study, "Together", files)}}
