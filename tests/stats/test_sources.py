"""Every statistic names its paper, and the place in it that it was written from."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import readroom.stats
from readroom.stats import citations

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "readroom" / "stats"

HOLDERS = frozenset({
    "Accuracy", "BinormalFit", "BlandAltman", "Consensus", "Cube", "Design", "Estimate", "FrocStudy", "HypothesisTest",
    "Inference", "Interval", "LearningCurve", "MrmcResult", "OperatingPoint", "Overlap", "Power", "Readings", "RocCurve",
    "ShapeOverlap", "StatisticsError", "StudyDesign", "SurfaceDistance",
})  # fmt: skip
"""What results and data are held in: they compute nothing that a paper defines."""

PLUMBING = frozenset({
    "case_times", "label_marks", "marks_from_answers", "to_frame", "to_imrmc", "to_mrmcaov", "to_rjafroc",
})  # fmt: skip
"""What brings tables from one form into another."""

ESTIMATORS = sorted(set(readroom.stats.__all__) - HOLDERS - PLUMBING)

LOCATOR = re.compile(
    r"^(?:eqs?\. \d|after eq\. \d|tables? [\dIVX]|sections? [\d\"A-Z]|algorithms? \d|ch\. \d|pp?\. [A-Z]?e?\d|method \d"
    r"|steps? \d|unnumbered)"
)
ENTRY = re.compile(r"^(?P<authors>[^()]+) \((?P<year>\d{4})\), (?P<place>.+)$")


def script():
    namespace: dict[str, object] = {"__name__": "document_sources", "__file__": str(ROOT / "scripts" / "x.py")}
    path = ROOT / "scripts" / "document_sources.py"
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), namespace)
    return namespace


REFERENCES = script()["references"]


def cited(entry):
    """Papers and places of one entry; `and` joins two papers with one remark."""
    parts = [] if entry.startswith("Defined here: ") else re.split(r", and (?=[A-Z][^()]* \(\d{4}\), )", entry)
    return [ENTRY.match(part) for part in parts]


@pytest.mark.parametrize("name", ESTIMATORS)
def test_every_estimator_tells_where_in_which_paper_its_formula_stands(name):
    entries = REFERENCES(name)
    assert entries
    for entry in entries:
        assert entry.endswith("."), entry
        for paper in cited(entry):
            assert paper, entry
            assert LOCATOR.match(paper["place"]), entry


@pytest.mark.parametrize("name", ESTIMATORS)
def test_every_paper_of_a_docstring_is_in_the_list_of_papers(name):
    for entry in REFERENCES(name):
        for paper in cited(entry):
            surname = re.split(r",| &| et al", paper["authors"])[0]
            listed = [
                text for text in citations.PAPERS if text.startswith(f"{surname} ") and f"({paper['year']})" in text
            ]
            assert len(listed) >= 1, entry


def test_what_needs_no_paper_exists_and_names_none():
    assert set(readroom.stats.__all__) >= HOLDERS | PLUMBING
    assert [name for name in sorted(HOLDERS | PLUMBING) if REFERENCES(name)] == []


def test_every_paper_is_used_by_a_result_or_a_docstring():
    """A paper that nothing names is left over from something that is gone."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py") if path.name != "citations.py")
    for name, paper in vars(citations).items():
        if name.isupper() and isinstance(paper, str):
            surname, year = paper.split(" (")[0].split(",")[0].rsplit(" ", 1)[0], re.search(r"\((\d{4})\)", paper)[1]
            assert re.search(rf"\b{name}\b", text) or re.search(rf"{surname}[^\n]*\(?{year}", text), name


def test_no_citation_stands_outside_the_list_of_papers():
    strays = [
        f"{path.name}: {node.value[:60]}"
        for path in SOURCE.rglob("*.py")
        if path.name != "citations.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if re.match(r"[A-Z][a-z]+ [A-Z]{1,3}\b.*\(\d{4}\)", node.value)
    ]
    assert strays == []


def test_the_page_of_sources_is_current():
    command = [sys.executable, str(ROOT / "scripts" / "document_sources.py"), "--check"]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0
