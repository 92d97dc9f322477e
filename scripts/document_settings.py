"""Write docs/reference/settings.md from the table of settings; with --check only say whether it is current."""

from __future__ import annotations

import sys
from dataclasses import fields
from pathlib import Path

from readroom.server.config import PREFIX, Config

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "settings.md"
HEAD = """# Settings of the server

Every setting is an environment variable. A name that begins with `READROOM_` and is not in this table stops the
server, so that a misspelt one is noticed; so does a value that is not allowed. `readroom serve` and `readroom worker`
have options for the most common ones; an option wins over the environment.

| name | type | default | allowed | meaning |
|---|---|---|---|---|
"""


def shown(value: object) -> str:
    return f"`{value}`" if str(value) else "empty"


def page() -> str:
    rows = [
        f"| `{PREFIX}{row.name.upper()}` | {row.type} | {shown(row.default)} | {row.metadata['allowed'].words} | "
        f"{row.metadata['sentence']} |"
        for row in fields(Config)
    ]
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    from written_page import write_or_check

    sys.exit(write_or_check(PAGE, page()))
