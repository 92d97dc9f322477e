"""What an analysis of a plan is asked, and the section of the report that it gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from readroom.stats.columns import label, several
from readroom.stats.design import Design
from readroom.stats.errors import EmptySelection
from readroom.stats.plots import Plot
from readroom.stats.power import Power
from readroom.stats.results import Result
from readroom.stats.table import Readings

__all__ = ["Section", "Settings", "Task"]

Settings = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What one analysis gives the report.

    Parameters
    ----------
    name, kind : str
        As in the plan.
    methods : str
        A paragraph for a methods section.
    findings : str
        Sentences for a results section, of a comparison of modalities.
    results : tuple of Estimate or HypothesisTest
        In the order of a results section.
    components : mapping
        Variance components and mean squares.
    powers : tuple of Power
        Of a sample size calculation.
    plots : tuple of Plot
        Charts.
    files : mapping of str to bytes
        What other programs open.
    notes : tuple of str
        What a reader must know.
    refusal : str
        Why there is no result; empty when there is one.
    design : Design or None
        Who read what of the readings that the analysis chose.
    """

    name: str
    kind: str
    methods: str = ""
    findings: str = ""
    results: tuple[Result, ...] = ()
    components: Mapping[str, float] = field(default_factory=dict)
    powers: tuple[Power, ...] = ()
    plots: tuple[Plot, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    refusal: str = ""
    design: Design | None = None

    @property
    def citations(self) -> tuple[str, ...]:
        """Every paper once, in the order of first use."""
        found = [text for result in self.results for text in result.citations]
        found += [text for power in self.powers for text in power.citations]
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True, kw_only=True, eq=False)
class Task:
    """One analysis of a plan, with the readings that it is asked of.

    Parameters
    ----------
    name, kind : str
        As in the plan.
    settings : mapping
        Those of the analysis, over those of the plan.
    readings : Readings
        All of them.
    folder : Path
        What file names are relative to.
    """

    name: str
    kind: str
    settings: Settings
    readings: Readings
    folder: Path

    @property
    def level(self) -> float:
        """Coverage of the intervals."""
        return float(self.settings.get("level", 0.95))

    @cached_property
    def chosen(self) -> Readings:
        """The readings that the settings leave, with the truth that they name."""
        readings, settings = self.readings, self.settings
        if "truth_question" in settings:
            readings = readings.with_truth_of(settings["truth_question"])
        if "only" in settings:
            readings = readings.only(**settings["only"])
        if "leave_out" in settings:
            readings = readings.leave_out(**settings["leave_out"])
        for key, column in (("question", "question"), ("session", "session"), ("modalities", "modality")):
            if key in settings:
                readings = readings.only(**{column: settings[key]})
        return readings

    def kept(self, *tables: pd.DataFrame) -> list[pd.DataFrame]:
        """The rows of other tables (marks, lesions) that the settings leave, by the columns that they have."""
        left = list(tables)
        for setting, is_kept in (("only", True), ("leave_out", False)):
            for column, wanted in self.settings.get(setting, {}).items():
                names = {label(value) for value in several(wanted)}
                _require_names(column, names, tables)
                left = [
                    table[table[column].map(label).isin(names) == is_kept] if column in table else table
                    for table in left
                ]
        return left

    def section(self, **parts: Any) -> Section:  # noqa: ANN401 - the fields of a section
        """The section of this analysis, with the design of what it chose unless that is another."""
        design = parts.pop("design") if "design" in parts else self.chosen.design()
        return Section(name=self.name, kind=self.kind, design=design, **parts)


def _require_names(column: str, names: set[str | None], tables: Sequence[pd.DataFrame]) -> None:
    there = {label(value) for table in tables if column in table for value in table[column]}
    strange = sorted(str(name) for name in names - there)
    if strange:
        known = ", ".join(sorted(name for name in there if name)[:12])
        raise EmptySelection(f"No mark and no lesion has {column} {strange[0]!r}; there are {known or 'none'}.")
