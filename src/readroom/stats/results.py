"""What a statistic gives back: a number with all that a methods section must say about it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pandas as pd

from readroom.stats.columns import ONLY_ONE
from readroom.stats.design import Design

MEAN_OF_READERS = "mean of readers"
"""The reader of what is averaged over readers."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval.

    Parameters
    ----------
    low, high : float
        Its ends, in the unit of the estimate; infinite where it has no end (None in tables and JSON).
    level : float
        The coverage aimed at, 0.95 unless asked otherwise.
    """

    low: float
    high: float
    level: float = 0.95

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    def __str__(self) -> str:
        return f"{100 * self.level:g} % CI {self.low:.4g} to {self.high:.4g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One estimated quantity.

    Parameters
    ----------
    name : str
        What was estimated, as a methods section would write it.
    value : float
        The estimate.
    standard_error : float or None
        None where no method gives one; `notes` says why.
    interval : Interval or None
        None where no method gives one; `notes` says why.
    n : mapping of str to int
        What it rests on: ``{"readers": 5, "cases": 40, "readings": 198}``.
    method : str
        How estimate, standard error and interval were computed.
    assumptions : tuple of str
        What must hold for them, a sentence each.
    citations : tuple of str
        Papers, as a reference list prints them; the docstring of the function names the equations.
    group : mapping of str to str
        Which part of the data: ``{"modality": "CT", "reader": "anna"}``.
    details : mapping of str to float
        Further numbers of the method: chance agreement, F, degrees of freedom.
    notes : tuple of str
        What a reader of the result must know about these data: clamping, missing readings.
    design : Design or None
        Who read what.
    """

    name: str
    value: float
    method: str
    standard_error: float | None = None
    interval: Interval | None = None
    n: Mapping[str, int] = field(default_factory=dict)
    assumptions: tuple[str, ...] = ()
    citations: tuple[str, ...] = ()
    group: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    design: Design | None = None

    def __str__(self) -> str:
        interval = f", {self.interval}" if self.interval else ""
        return f"{self.name}{_of(self.part)} {self.value:.4g}{interval}"

    @property
    def part(self) -> str:
        """Which part of the data, in words: ``"CT, anna"``; empty when it is all of them."""
        against = {"modality": f"{self.group['modality']} - {self.group['against']}"} if "against" in self.group else {}
        return _named({key: name for key, name in {**self.group, **against}.items() if key != "against"})

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON; ``design`` becomes its sentence."""
        return {
            "name": self.name,
            **_prefixed("group", self.group),
            "value": float(self.value),
            "standard_error": self.standard_error,
            **_interval_columns(self.interval),
            **_prefixed("n", self.n),
            "method": self.method,
            "assumptions": list(self.assumptions),
            "citations": list(self.citations),
            "notes": list(self.notes),
            "design": str(self.design) if self.design else None,
            **_prefixed("detail", self.details),
        }

    def to_frame(self) -> pd.DataFrame:
        """One row."""
        return to_frame([self])


@dataclass(frozen=True, slots=True, kw_only=True)
class HypothesisTest:
    """A test of a null hypothesis, with the estimate that it is about.

    Parameters
    ----------
    name : str
        What was tested: ``"AUC, CT - MRI"``.
    null : str
        The null hypothesis in words.
    statistic_name : str
        ``"z"``, ``"t"``, ``"F"`` or ``"chi2"``.
    statistic : float
        Its value.
    degrees_of_freedom : tuple of float
        None for z, one for t and chi2, numerator and denominator for F.
    p_value : float
        Two-sided unless `alternative` says otherwise.
    method : str
        How it was computed.
    alternative : str
        ``"two-sided"``, ``"greater"`` or ``"less"``.
    estimate : Estimate or None
        The difference (or other quantity) that the null fixes.
    n, assumptions, citations, group, details, notes, design
        As in `Estimate`.
    """

    __test__: ClassVar[bool] = False

    name: str
    null: str
    statistic_name: str
    statistic: float
    p_value: float
    method: str
    degrees_of_freedom: tuple[float, ...] = ()
    alternative: str = "two-sided"
    estimate: Estimate | None = None
    n: Mapping[str, int] = field(default_factory=dict)
    assumptions: tuple[str, ...] = ()
    citations: tuple[str, ...] = ()
    group: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    design: Design | None = None

    def __str__(self) -> str:
        degrees = ", ".join(f"{d:.4g}" for d in self.degrees_of_freedom)
        of = f"({degrees})" if degrees else ""
        who = f"{self.name}{_of(self.part)}"
        return f"{who}: {self.statistic_name}{of} = {self.statistic:.4g}, p = {self.p_value:.4g}"

    @property
    def part(self) -> str:
        """As of an estimate; the modalities that are compared stand in the name."""
        compared = {"modality", "against"} if "against" in self.group else set()
        return _named({key: name for key, name in self.group.items() if key not in compared})

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON; the estimate's columns stand beside those of the test."""
        estimate = self.estimate
        return {
            "name": self.name,
            **_prefixed("group", self.group),
            "null": self.null,
            "alternative": self.alternative,
            "statistic_name": self.statistic_name,
            "statistic": float(self.statistic),
            "degrees_of_freedom": [float(d) for d in self.degrees_of_freedom],
            "p_value": float(self.p_value),
            "value": float(estimate.value) if estimate else None,
            "standard_error": estimate.standard_error if estimate else None,
            **_interval_columns(estimate.interval if estimate else None),
            **_prefixed("n", self.n),
            "method": self.method,
            "assumptions": list(self.assumptions),
            "citations": list(self.citations),
            "notes": list(self.notes),
            "design": str(self.design) if self.design else None,
            **_prefixed("detail", self.details),
        }

    def to_frame(self) -> pd.DataFrame:
        """One row."""
        return to_frame([self])


Result = Estimate | HypothesisTest


def to_frame(results: Iterable[Result]) -> pd.DataFrame:
    """Put results into one table, a row each.

    Examples
    --------
    >>> to_frame([Estimate(name="AUC", value=0.9, method="Mann-Whitney")])[["name", "value"]]
      name  value
    0  AUC    0.9

    Parameters
    ----------
    results : iterable of Estimate or HypothesisTest
        In the order that the rows shall have.

    Returns
    -------
    pandas.DataFrame
        The columns of `to_dict`; lists of sentences are joined with ``"; "``.
    """
    rows = [{key: _joined(value) for key, value in result.to_dict().items()} for result in results]
    return pd.DataFrame(rows)


def _named(group: Mapping[str, str]) -> str:
    return ", ".join(name for name in group.values() if name != ONLY_ONE)


def _of(part: str) -> str:
    return f" ({part})" if part else ""


def _joined(value: object) -> object:
    return (
        "; ".join(f"{part:g}" if isinstance(part, float) else part for part in value)
        if isinstance(value, list)
        else value
    )


def _prefixed(prefix: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{prefix}_{key}": value for key, value in values.items()}


def _interval_columns(interval: Interval | None) -> dict[str, float | None]:
    if interval is None:
        return {"low": None, "high": None, "level": None}
    ends = {"low": float(interval.low), "high": float(interval.high)}
    return {name: end if math.isfinite(end) else None for name, end in ends.items()} | {"level": interval.level}
