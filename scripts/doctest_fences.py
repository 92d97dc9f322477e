"""Lets the documentation show the examples of docstrings as code, wherever they stand."""

import re

import griffe

EXAMPLE = re.compile(r"(?m)(?:^>>> .*\n?)(?:^(?!\s*$).*\n?)*")
FLAG = re.compile(r"\s*# doctest: .*$", re.MULTILINE)


def fence(text: str) -> str:
    """Put every run of lines from ``>>>`` to the next empty one into a code block."""
    return EXAMPLE.sub(lambda match: "```pycon\n" + FLAG.sub("", match[0]).rstrip("\n") + "\n```\n", text)


class DoctestFences(griffe.Extension):
    """Fences the examples of each docstring when it is loaded."""

    def on_instance(self, *, obj: griffe.Object, **_: object) -> None:
        if obj.docstring is not None and ">>>" in obj.docstring.value:
            obj.docstring.value = fence(obj.docstring.value)
