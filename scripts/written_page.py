"""A page of the documentation that a script writes; with --check it is only compared."""

from __future__ import annotations

import sys
from pathlib import Path


def write_or_check(page: Path, text: str) -> int:
    """The exit code: 1 when the page was only compared and is not current."""
    if "--check" in sys.argv:
        return int(page.read_text(encoding="utf-8") != text)
    page.write_text(text, encoding="utf-8")
    return 0
