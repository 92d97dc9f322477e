from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest

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
