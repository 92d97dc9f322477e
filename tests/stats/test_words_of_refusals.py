"""A refusal speaks in words that serve a plan and a program alike, and names no Python syntax."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from readroom.stats import errors

SOURCE = Path(errors.__file__).parent
SYNTAX = re.compile(r"\breadings\.(?=only|leave)|\bcube\.|\w\(\.\.\.\)|\b[a-z]\w*\(\)|\b[a-z]\w*=|=\[|\{'|dtype")


def refusals():
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Raise) and node.exc is not None:
                texts = [part.value for part in ast.walk(node.exc) if isinstance(part, ast.Constant)]
                yield f"{path.name}:{node.lineno}", "".join(text for text in texts if isinstance(text, str))


def test_no_refusal_shows_python_syntax():
    shown = [(where, text) for where, text in refusals() if SYNTAX.search(text)]
    assert shown == []


@pytest.mark.parametrize("name", errors.__all__)
def test_no_default_message_shows_python_syntax(name):
    assert not SYNTAX.search(str(getattr(errors, name)()))
