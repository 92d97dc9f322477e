"""The pages run as they are printed.

A block after the comment ``<!-- run -->`` is executed, all of a page in one namespace and an empty folder, so that a page
runs everywhere. What it prints must be what the ``text`` block that follows shows.
"""

import contextlib
import io
import re
from pathlib import Path

import pytest

DOCS = sorted((Path(__file__).resolve().parent.parent / "docs").rglob("*.md"))
MARKED = re.compile(r"<!-- run -->\n```python[^\n]*\n(?P<code>.*?)```\n(?:\s*```text\n(?P<output>.*?)```)?", re.DOTALL)
PAGES = [page for page in DOCS if MARKED.search(page.read_text(encoding="utf-8"))]


def blocks(page):
    """Line, code and shown output of every block to run."""
    text = page.read_text(encoding="utf-8")
    for match in MARKED.finditer(text):
        yield text.count("\n", 0, match.start("code")), match["code"], match["output"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_runs_and_prints_what_it_shows(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "__main__"}
    for line, code, shown in blocks(page):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile("\n" * line + code, str(page), "exec"), namespace)
        assert printed.getvalue() == (shown or ""), f"{page.name}, line {line}"


def test_every_mark_is_followed_by_a_block():
    for page in DOCS:
        assert page.read_text(encoding="utf-8").count("<!-- run -->") == len(list(blocks(page))), page.name
