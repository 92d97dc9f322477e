"""What a bench is: a module of this package with ``run(options) -> list[Row]``."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import bench

FOLDER = Path(__file__).resolve().parent
RESULTS = FOLDER / "results"


@dataclass(frozen=True, kw_only=True)
class Options:
    """How to measure.

    Parameters
    ----------
    rounds : int
        Every subject runs so often, taking turns with the others; the best wall time counts.
    scratch : Path
        Where data is made and kept between runs, and results are written.
    """

    rounds: int = 3
    scratch: Path = RESULTS


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table.

    Parameters
    ----------
    task : str
        What is done; rows of one task stand together.
    subject : str
        Who does it.
    wall, cpu : float, optional
        Seconds.
    peak_mb : float, optional
        Peak memory above the bare interpreter.
    note : str
        A ratio or another figure, in words.
    goal : str
        What it should be.
    is_met : bool, optional
        Whether it is.
    """

    task: str
    subject: str
    wall: float | None = None
    cpu: float | None = None
    peak_mb: float | None = None
    note: str = ""
    goal: str = ""
    is_met: bool | None = None
    extra: dict[str, float] = field(default_factory=dict)


def benches() -> Iterator[tuple[str, Callable[[Options], list[Row]]]]:
    """Yield the modules beside this one that have a ``run``."""
    for module in sorted(pkgutil.iter_modules(bench.__path__), key=lambda module: module.name):
        if module.name.startswith("_") or module.name.endswith("_subjects"):
            continue
        run = getattr(importlib.import_module(f"bench.{module.name}"), "run", None)
        if run is not None:
            yield module.name, run
