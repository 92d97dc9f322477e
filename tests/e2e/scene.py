"""Build what the browser tests read: people, studies and real images on a running server.

Run as ``python tests/e2e/scene.py DATA URL IMAGES`` beside ``readroom serve --data DATA``; prints the scene as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
import SimpleITK as sitk

PASSWORD = "a long enough password"
VIEWS = ("main", "secondary")
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


def make_people(data: str) -> str:
    """An editor and a reader; returns the editor's token."""
    os.environ["READROOM_DATA"] = data
    os.environ["DJANGO_SETTINGS_MODULE"] = "readroom.server.django_settings"
    import django

    django.setup()
    from readroom.server.db.models import User
    from readroom.server.services import accounts, tokens

    for name in ("editor", "reader"):
        user, _ = User.objects.get_or_create(username=name, defaults={"may_create_studies": name == "editor"})
        user.set_password(PASSWORD)
        user.is_superuser = name == "editor"
        user.is_staff = name == "editor"
        user.save()
    editor = User.objects.get(username="editor")
    token: str = tokens.create_token(accounts.to_actor(editor), name=f"scene {time.time()}").secret
    return token


class Scene:
    """Requests of an editor."""

    def __init__(self, url: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self.http = httpx.Client(base_url=f"{url}/api/v1/", headers=headers, timeout=60)

    def send(self, method: str, path: str, **body: Any) -> Any:
        reply = self.http.request(method, path, json=body)
        if reply.is_error:
            raise RuntimeError(f"{method} {path}: {reply.status_code} {reply.text}")
        return reply.json() if reply.content else None

    def upload(self, files: list[Path]) -> list[str]:
        found = []
        for file in files:
            upload = self.send("POST", "uploads/", filename=file.name)
            root = f"uploads/{upload['pk']}/{upload['s3_upload_id']}"
            signed = self.send("PATCH", f"{root}/generate-presigned-urls/", part_numbers=[1])
            tag = httpx.put(signed["presigned_urls"]["1"], content=file.read_bytes()).headers["ETag"]
            done = self.send("PATCH", f"{root}/complete-multipart-upload/", parts=[{"ETag": tag, "PartNumber": 1}])
            found.append(done["api_url"])
        return found

    def socket(self, title: str, kind: str, path: str, **fields: Any) -> str:
        slug = title.lower().replace(" ", "-")
        if self.http.get("components/interfaces/", params={"slug": slug}).json()["count"] == 0:
            self.send("POST", "components/interfaces/", title=title, kind=kind, relative_path=path, **fields)
        return slug

    def study(self, title: str, slugs: dict[str, list[str]], **settings: Any) -> dict[str, Any]:
        layout = [
            {"viewport_name": name, "x": at, "y": 0, "w": 1, "h": 1, "order": at} for at, name in enumerate(slugs)
        ]
        protocol = self.send("POST", "hanging-protocols/", title=title, json=layout)
        study: dict[str, Any] = self.send(
            "POST", "reader-studies/", title=title, hanging_protocol=protocol["pk"], view_content=slugs, **settings
        )
        self.send("POST", f"reader-studies/{study['pk']}/members/", username="reader", role="reader")
        return study

    def ask(self, study: dict[str, Any], text: str, answer_type: str, **fields: Any) -> None:
        required = fields.pop("required", False)
        self.send(
            "POST",
            "reader-studies/questions/",
            reader_study=study["pk"],
            question_text=text,
            answer_type=answer_type,
            required=required,
            **fields,
        )

    def case(self, study: dict[str, Any], title: str, images: dict[str, list[Path]], **values: Any) -> str:
        display_set = self.send("POST", "reader-studies/display-sets/", reader_study=study["slug"], title=title)
        parts = [
            {"interface": slug, "user_uploads": self.upload(files), **named(slug)} for slug, files in images.items()
        ]
        parts += [{"interface": slug, "value": value} for slug, value in values.items()]
        for part in parts:
            self.send("PATCH", f"reader-studies/display-sets/{display_set['pk']}/", values=[part])
        return str(display_set["pk"])

    def wait(self, pk: str, count: int) -> None:
        for _ in range(600):
            values = self.http.get(f"reader-studies/display-sets/{pk}/").json()["values"]
            if len(values) >= count:
                return
            time.sleep(0.2)
        raise RuntimeError(f"the images of display set {pk} were not imported")


def in_order(series: Path) -> list[Path]:
    """Slices of a series, by their place."""
    return [Path(name) for name in sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(series))]


def find_lungs(slices: list[Path], target: Path) -> Path:
    """A segmentation of a chest CT: 1 where a lung is, 2 where a vessel is in it."""
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames([str(file) for file in slices])
    chest = reader.Execute()
    pieces = sitk.RelabelComponent(
        sitk.ConnectedComponent(sitk.BinaryMorphologicalOpening((chest > -950) & (chest < -600), (2, 2, 0)))
    )
    hull = sitk.BinaryMorphologicalClosing((pieces == 1) | (pieces == 2), (9, 9, 0))
    sitk.WriteImage(
        sitk.Cast(hull, sitk.sitkUInt8) + sitk.Cast(hull & (chest > -400), sitk.sitkUInt8), target, useCompression=True
    )
    return target


def named(slug: str) -> dict[str, str]:
    return {"image_name": slug} if slug.startswith("e2e-dicom") else {}


def ask_everything(scene: Scene, study: dict[str, Any]) -> None:
    """One question of every answer type, and each widget."""
    scene.ask(study, "Findings", "Heading")
    scene.ask(
        study, "Is there a nodule?", "Choice", widget="Radio Select", options=["No", "Yes"], required=True, order=101
    )
    scene.ask(study, "Certainty", "Choice", widget="Select", options=["Low", "High"], order=102)
    scene.ask(
        study,
        "Signs",
        "Multiple choice",
        widget="Checkbox Select Multiple",
        options=["Spiculated", "Calcified", "Solid"],
        order=103,
    )
    scene.ask(study, "Regions", "Multiple choice", widget="Select Multiple", options=["Upper", "Lower"], order=104)
    scene.ask(study, "Comment", "Text", widget="Text Input", answer_max_length=80, order=105)
    scene.ask(study, "Report", "Text", widget="Text Area", order=106)
    scene.ask(
        study,
        "Count",
        "Number",
        widget="Number Input",
        answer_min_value=0,
        answer_max_value=20,
        answer_step_size=1,
        order=107,
    )
    scene.ask(
        study,
        "Confidence",
        "Number",
        widget="Number Range",
        answer_min_value=0,
        answer_max_value=100,
        answer_step_size=5,
        order=108,
    )
    scene.ask(study, "Is the quality good?", "Bool", order=109)
    for number, answer_type in enumerate(DRAWN):
        scene.ask(study, f"Draw: {answer_type}", answer_type, image_port="Main", order=120 + number)
    scene.ask(study, "Outline the nodule", "Mask", image_port="Main", overlay_segments=SEGMENTS, order=150)


def build(url: str, token: str, images: Path) -> dict[str, Any]:
    scene = Scene(url, token)
    ct = scene.socket("E2E CT", "Image", "images/e2e-ct")
    overlay = scene.socket("E2E lungs", "Segmentation", "images/e2e-lungs", overlay_segments=ORGANS)
    first = scene.socket("E2E MR one", "Image", "images/e2e-mr-one")
    second = scene.socket("E2E MR two", "Image", "images/e2e-mr-two")
    slide = scene.socket("E2E slide", "Image", "images/e2e-slide")
    age = scene.socket("E2E age", "Integer", "e2e-age.json")
    free = {
        "allow_answer_modification": True,
        "enable_autosaving": True,
        "allow_case_navigation": True,
        "allow_show_all_annotations": True,
    }
    chest = in_order(images / "dicom/ct-chest-lidc0314")
    brains = sorted((images / "nifti/orientations").iterdir())
    lungs = scene.study(
        "Lung nodules", {"main": [ct, overlay, age]}, help_text="Scroll through the **whole** volume first.", **free
    )
    ask_everything(scene, lungs)
    pairs = scene.study(
        "Two brains", {"main": [first], "secondary": [second]}, end_of_study_text="Many thanks.", **free
    )
    scene.ask(pairs, "Are they the same?", "Choice", widget="Radio Select", options=["No", "Yes"], required=True)
    tissue = scene.study("Tissue", {"main": [slide]}, **free)
    scene.ask(tissue, "Mark the glands", "Multiple polygons", image_port="Main")
    with tempfile.TemporaryDirectory() as folder:
        organs = find_lungs(chest, Path(folder) / "lungs.mha")
        first_case = scene.case(lungs, "Case one", {ct: chest, overlay: [organs]}, **{age: 61})
    cases = {
        "lungs": first_case,
        "lungs_two": scene.case(lungs, "Case two", {ct: chest[:20]}),
        "pairs": scene.case(pairs, "Pair", {first: brains[:1], second: brains[1:2]}),
        "tissue": scene.case(tissue, "Slide", {slide: sorted((images / "wsi").glob("*.svs"))[:1]}),
    }
    scene.wait(cases["lungs"], 3)
    scene.wait(cases["lungs_two"], 1)
    scene.wait(cases["pairs"], 2)
    scene.wait(cases["tissue"], 1)
    for study in (lungs, pairs, tissue):
        scene.send("POST", f"reader-studies/{study['pk']}/state/", state="open")
    slugs = {"lungs": lungs["slug"], "pairs": pairs["slug"], "tissue": tissue["slug"]}
    series = [str(file) for file in chest[:20]]
    return {"token": token, "password": PASSWORD, "cases": cases, "studies": slugs, "series": series}


if __name__ == "__main__":
    data, url, images = sys.argv[1:4]
    print(json.dumps(build(url, make_people(data), Path(images))))
