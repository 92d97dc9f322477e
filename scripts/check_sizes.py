"""Hold the size budget: no module over 400 lines, no function over 50.

Exceptions stand in EXCEPTIONS with a reason; an exception that is no longer needed fails too.
"""

from __future__ import annotations

import ast
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULE_CEILING = 400
FUNCTION_CEILING = 50
EXCEPTIONS: dict[str, str] = {}


def sources() -> list[Path]:
    python = [path for path in (ROOT / "src").rglob("*.py") if "migrations" not in path.parts]
    frontend = ROOT / "frontend" / "src"
    scripts = [path for suffix in ("*.ts", "*.tsx") for path in frontend.rglob(suffix) if "generated" not in path.name]
    return sorted(python + scripts)


def long_functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = body_length(node)
            if length > FUNCTION_CEILING:
                yield f"{node.name}", length


def body_length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring: documentation is not size."""
    end = node.end_lineno or node.lineno
    first = node.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        return end - node.lineno + 1 - ((first.end_lineno or first.lineno) - first.lineno + 1)
    return end - node.lineno + 1


def main() -> int:
    problems: list[str] = []
    needed: set[str] = set()
    lengths: list[int] = []
    for path in sources():
        name = path.relative_to(ROOT).as_posix()
        lines = len(path.read_text(encoding="utf-8").splitlines())
        lengths.append(lines)
        if lines > MODULE_CEILING:
            needed.add(name)
            if name not in EXCEPTIONS:
                problems.append(f"{name}: {lines} lines (ceiling {MODULE_CEILING})")
        if path.suffix == ".py":
            for function, length in long_functions(path):
                key = f"{name}::{function}"
                needed.add(key)
                if key not in EXCEPTIONS:
                    problems.append(f"{key}: {length} lines (ceiling {FUNCTION_CEILING})")
    problems += [f"{key}: listed as an exception, but within the budget" for key in EXCEPTIONS if key not in needed]
    print(
        "\n".join(problems) if problems else f"sizes: {len(lengths)} modules, median {statistics.median(lengths):.0f}"
    )
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
