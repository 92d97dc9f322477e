from __future__ import annotations

import json
import runpy
from pathlib import Path

import jsonschema
import pytest
import yaml

from readroom.server.api import examples
from readroom.server.testing import factories

ROOT = Path(__file__).resolve().parents[3]
DESCRIPTION = ROOT / "contract" / "openapi.json"


def test_the_checked_in_description_is_current():
    current = runpy.run_path(str(ROOT / "scripts" / "write_openapi.py"))["current"]()
    assert DESCRIPTION.read_text(encoding="utf-8") == current, "run `make openapi` and look at what changed"


def test_every_operation_has_a_name_of_its_own():
    paths = json.loads(DESCRIPTION.read_text(encoding="utf-8"))["paths"]
    names = [operation["operationId"] for methods in paths.values() for operation in methods.values()]
    assert len(names) > 130
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("path", ["reader-studies/", "reader-studies/display-sets/", "reader-studies/answers/mine/"])
def test_the_description_names_the_paths_of_the_contract(path):
    assert f"/api/v1/{path}" in json.loads(DESCRIPTION.read_text(encoding="utf-8"))["paths"]


def bodies():
    """Every operation with a body in JSON, and its schema."""
    description = json.loads(DESCRIPTION.read_text(encoding="utf-8"))
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if body is not None:
                yield method, path, body, description["components"]


def test_every_body_has_an_example_that_fits_its_form():
    seen = set()
    for method, path, body, components in bodies():
        reference = body["schema"].get("$ref", "")
        found = components["schemas"][reference.rpartition("/")[2]]["examples"] if reference else [body["example"]]
        assert found, f"{method} {path}"
        for example in found:
            jsonschema.validate(example, body["schema"] | {"components": components})
        seen.add(reference)
    assert len(seen) > 35


def test_no_operation_that_reads_a_body_hides_it():
    described = {(method, path) for method, path, _body, _components in bodies()}
    for path in ("apply/", "{pk}/ground-truth/"):
        assert described & {("post", f"/api/v1/reader-studies/{path}"), ("put", f"/api/v1/reader-studies/{path}")}


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("components/interfaces/", "SocketIn"),
        ("hanging-protocols/", "ProtocolIn"),
        ("workstations/window-presets/", "PresetIn"),
        ("workstations/look-up-tables/", "LookUpTableIn"),
        ("workstations/configs/", "ConfigIn"),
        ("archives/", "ArchiveIn"),
        ("tokens/", "TokenIn"),
        ("uploads/", "UploadIn"),
    ],
)
def test_an_example_of_a_body_is_accepted(client_of, make_user, path, name):
    client = client_of(make_user("ann", may_create_archives=True))
    reply = client.send("POST", f"/api/v1/{path}", examples.BODIES[name])
    assert reply.status_code == 201, reply.content


def test_the_examples_make_a_study(client_of, make_user):
    client = client_of(make_user("ann", may_create_studies=True))
    make_user("kim")
    for title, kind in (("Chest CT", "Image"), ("Age", "Integer")):
        factories.make_socket(kind, title=title)
    study = client.send("POST", "/api/v1/reader-studies/", examples.BODIES["StudyIn"]).json()
    path = f"/api/v1/reader-studies/{study['pk']}/"
    for address, method, name in (
        (path, "PATCH", "StudyChangesIn"),
        (f"{path}members/", "POST", "MemberIn"),
        ("/api/v1/reader-studies/questions/", "POST", "QuestionIn"),
        ("/api/v1/reader-studies/display-sets/", "POST", "DisplaySetIn"),
        (f"{path}copy/", "POST", "CopyIn"),
        (f"{path}state/", "POST", "StateIn"),
    ):
        reply = client.send(method, address, examples.BODIES[name])
        assert reply.status_code in {200, 201}, (name, reply.content)


def test_the_study_file_of_the_description_is_applied(client_of, make_user):
    assert yaml.safe_load(examples.STUDY_TEXT) == examples.STUDY_FILE
    client = client_of(make_user("ann", may_create_studies=True))
    path = "/api/v1/reader-studies/apply/"
    assert client.send("POST", path, examples.STUDY_FILE).status_code == 201
    again = client.post(path, data=examples.STUDY_TEXT, content_type="application/yaml")
    assert (again.status_code, again.json()["changed"]) == (200, [])
