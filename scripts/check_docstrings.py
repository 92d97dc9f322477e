"""Hold the public documentation to the code.

What `readroom.client`, `readroom.imaging` and `readroom.stats` export has a docstring in NumPy style, and every
parameter that any docstring names exists in the signature.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from numpydoc.docscrape import NumpyDocString

SOURCE = Path(__file__).resolve().parent.parent / "src" / "readroom"
LIBRARIES = ("client", "imaging", "stats")
Documented = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def exported_names(package: Path) -> set[str]:
    for node in ast.walk(ast.parse((package / "__init__.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
            return set(ast.literal_eval(node.value))
    return set()


def top_level(path: Path) -> Iterator[Documented]:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, Documented):
            yield node


def parameters(node: Documented) -> set[str]:
    """Names that a caller may pass, for a class its fields and those of `__init__`."""
    if isinstance(node, ast.ClassDef):
        fields = {s.target.id for s in node.body if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name)}
        inits = [s for s in node.body if isinstance(s, ast.FunctionDef) and s.name == "__init__"]
        return fields.union(*(parameters(init) for init in inits))
    arguments = node.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    extra = [a for a in (arguments.vararg, arguments.kwarg) if a]
    return {a.arg for a in [*every, *extra]} - {"self", "cls"}


def problems_of(path: Path, node: Documented, *, is_exported: bool) -> Iterator[str]:
    where = f"{path.relative_to(SOURCE.parent.parent)}:{node.lineno} {node.name}"
    text = ast.get_docstring(node)
    if text is None:
        if is_exported:
            yield f"{where}: exported and not documented"
        return
    if "Parameters\n---" not in text:
        if is_exported and not isinstance(node, ast.ClassDef) and parameters(node):
            yield f"{where}: exported, and its parameters are not documented"
        return
    documented = {name.strip(" *") for entry in NumpyDocString(text)["Parameters"] for name in entry.name.split(",")}
    unknown = documented - parameters(node)
    if unknown:
        yield f"{where}: documents {', '.join(sorted(unknown))}, which it does not take"


def main() -> int:
    problems = []
    for library in LIBRARIES:
        names = exported_names(SOURCE / library)
        for path in sorted((SOURCE / library).rglob("*.py")):
            for node in top_level(path):
                problems += problems_of(path, node, is_exported=node.name in names)
    print("\n".join(problems) if problems else "docstrings: ok")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
