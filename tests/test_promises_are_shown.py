"""Every promise of the pages names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("edge-cases", "platform")
ROW = re.compile(r"\| (?P<number>[^|]*) \| (?P<text>[^|]+) \| (?P<tests>`[^|]+`) \|")
TEST = re.compile(r"`(?P<file>[\w/.-]+) (?P<name>[^`]+)`")


def rows(page):
    text = (ROOT / "docs" / "reference" / f"{page}.md").read_text(encoding="utf-8")
    return [match.groupdict() for match in ROW.finditer(text)]


def named_on(page):
    return sorted({(match["file"], match["name"]) for row in rows(page) for match in TEST.finditer(row["tests"])})


def test_the_cases_are_numbered_without_a_gap():
    assert [int(row["number"]) for row in rows("edge-cases")] == list(range(1, 109))


@pytest.mark.parametrize("page", PAGES)
def test_every_row_names_a_test(page):
    text = (ROOT / "docs" / "reference" / f"{page}.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| |")]
    assert len(lines) == len(rows(page)) > 50
    assert all(TEST.search(row["tests"]) for row in rows(page))


@pytest.mark.parametrize("page", PAGES)
def test_every_test_that_is_named_exists(page):
    missing = []
    for file, name in named_on(page):
        path = ROOT / file if file.startswith("frontend/") else ROOT / "tests" / file
        wanted = f"def {name}(" if path.suffix == ".py" else f'"{name}"'
        if not path.is_file() or wanted not in path.read_text(encoding="utf-8"):
            missing.append(f"{file} {name}")
    assert missing == []
