"""Measuring a function in a process of its own: wall and CPU seconds, peak memory above the bare interpreter."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CHILD = Path(__file__).resolve().parent / "_child.py"


@dataclass(frozen=True)
class Measurement:
    wall: float
    cpu: float
    peak_mb: float
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A function of a ``*_subjects`` module, the arguments it gets and the interpreter that runs it."""

    name: str
    function: str
    arguments: Mapping[str, Any]
    python: str = sys.executable


def measure_once(subject: Subject) -> Measurement:
    command = [subject.python, str(CHILD), subject.function, json.dumps(dict(subject.arguments))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{subject.name} failed:\n{done.stderr[-3000:]}")
    return Measurement(**json.loads(done.stdout.splitlines()[-1]))


def measure(subjects: Sequence[Subject], *, rounds: int) -> dict[str, Measurement]:
    """Measure subjects in turns, so that a busy moment of the machine hits all; the best wall time of each counts."""
    found: dict[str, list[Measurement]] = {subject.name: [] for subject in subjects}
    for _ in range(rounds):
        for subject in subjects:
            found[subject.name].append(measure_once(subject))
    return {name: best(measurements) for name, measurements in found.items()}


def measure_growth(short: Subject, long: Subject, *, rounds: int) -> tuple[Measurement, float, float]:
    """Measure the same work on little and on much, in pairs; the medians of wall and CPU time over those of the short.

    The best of each would not do: short work finds a quiet moment of the machine sooner than long work.
    """
    pairs = [(measure_once(short), measure_once(long)) for _ in range(rounds)]
    wall = median(much.wall / little.wall for little, much in pairs)
    return best([much for _, much in pairs]), wall, median(much.cpu / little.cpu for little, much in pairs)


def best(measurements: Sequence[Measurement]) -> Measurement:
    fastest = min(measurements, key=lambda measurement: measurement.wall)
    return Measurement(
        fastest.wall,
        min(measurement.cpu for measurement in measurements),
        max(measurement.peak_mb for measurement in measurements),
        fastest.extra,
    )
