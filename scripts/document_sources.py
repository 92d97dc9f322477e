"""Write the sources of the statistics into docs/reference/statistics.md; with --check only say whether it is current.

The table of functions comes from the section References of their docstrings, the list of papers from
`readroom.stats.citations`.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

from numpydoc.docscrape import NumpyDocString

import readroom.stats
from readroom.stats.citations import PAPERS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "statistics.md"
BEGIN, END = "<!-- sources: written by scripts/document_sources.py -->", "<!-- end of sources -->"


def references(name: str) -> list[str]:
    """The entries of the section References of an exported name, one line each."""
    text = inspect.getdoc(getattr(readroom.stats, name)) or ""
    found: list[str] = []
    for line in NumpyDocString(text)["References"]:
        if line.startswith("- "):
            found.append(line[2:])
        elif found:
            found[-1] += f" {line.strip()}"
    return found


def rows() -> Iterator[str]:
    for name in readroom.stats.__all__:
        entries = references(name)
        if entries:
            yield f"| `{name}` | {'<br>'.join(entries)} |"


def sources() -> str:
    head = "| function | source: equation, table, section or page |\n|---|---|\n"
    papers = "\n".join(f"- {paper}" for paper in PAPERS)
    return f"{BEGIN}\n\n{head}" + "\n".join(rows()) + f"\n\n### Papers\n\n{papers}\n\n{END}"


def page() -> str:
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    return before + sources() + rest.partition(END)[2]


if __name__ == "__main__":
    from written_page import write_or_check

    sys.exit(write_or_check(PAGE, page()))
