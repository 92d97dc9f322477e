"""Sections of a report about readers: accuracy, agreement, measurements, time."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from readroom.stats.accuracy import reader_accuracy
from readroom.stats.agreement import BlandAltman, between_pairs, between_readers, pairwise_limits, within_readers
from readroom.stats.agreement.study import COEFFICIENTS
from readroom.stats.errors import BadPlan, TooFewCases, TooFewReaders
from readroom.stats.plots import Plot, agreement_plot, bland_altman_plot, learning_plot
from readroom.stats.report_words import (
    methods_of_accuracy,
    methods_of_agreement,
    methods_of_limits,
    methods_of_time,
)
from readroom.stats.sections import Section, Task
from readroom.stats.table import Readings
from readroom.stats.timing import LIMIT, case_times, learning_curve, reading_times, time_outliers

__all__ = ["accuracy_section", "agreement_section", "limits_section", "time_section"]

MOST_PLOTS = 24
"""Bland-Altman plots of one section; further pairs are in the table."""


def accuracy_section(task: Task) -> Section:
    """Calls of every reader."""
    threshold = task.settings.get("threshold")
    found = reader_accuracy(task.chosen, threshold=threshold, level=task.level)
    results = tuple(estimate for accuracy in found for estimate in accuracy.estimates)
    return task.section(methods=methods_of_accuracy(results, threshold), results=results)


def agreement_section(task: Task) -> Section:
    """A coefficient between readers, or of each with themselves."""
    coefficient = str(task.settings.get("coefficient", "krippendorff"))
    extra = {"level": task.level, **task.settings.get("settings", {})}
    _require_settings(coefficient, extra)
    plots: tuple[Plot, ...] = ()
    if task.settings.get("within") == "readers":
        results = within_readers(task.chosen, coefficient, **extra)
    else:
        results = between_readers(task.chosen, coefficient, **extra)
        plots = _matrix(task.chosen, coefficient, extra)
    return task.section(methods=methods_of_agreement(results, extra), results=results, plots=plots)


def _require_settings(coefficient: str, given: Mapping[str, Any]) -> None:
    taken = [name for name in inspect.signature(COEFFICIENTS[coefficient]).parameters if name not in NOT_SET]
    for name in given:
        if name not in taken:
            raise BadPlan(f"'settings' has {name!r}, which {coefficient!r} does not take; it takes {', '.join(taken)}.")


NOT_SET = {"ratings", "options"}
"""What a coefficient gets from the readings."""


def _matrix(readings: Readings, coefficient: str, extra: Mapping[str, Any]) -> tuple[Plot, ...]:
    """Pairs need two readers with cases in common; without them there is no matrix, and the estimates stand."""
    try:
        return (agreement_plot(between_pairs(readings, coefficient, **extra)),)
    except (TooFewReaders, TooFewCases):
        return ()


def limits_section(task: Task) -> Section:
    """Bias and limits of agreement of every pair of measurements."""
    names = ("compare", "coverage", "multiplier", "limits")
    settings = {name: task.settings[name] for name in names if name in task.settings}
    found = pairwise_limits(task.chosen, level=task.level, **settings)
    results = [estimate for pair in found for estimate in (pair.bias, pair.low, pair.high)]
    notes = [f"{pair.bias.group['difference']}: {note}" for pair in found for note in pair.bias.notes]
    if len(found) > MOST_PLOTS:
        notes.append(f"The first {MOST_PLOTS} of {len(found)} pairs are drawn; all are in the table.")
    return task.section(
        methods=methods_of_limits(found[0], settings.get("compare", "readers")),
        results=tuple(results),
        plots=_limits_plots(found[:MOST_PLOTS]),
        notes=tuple(dict.fromkeys(notes)),
    )


def _limits_plots(found: Sequence[BlandAltman]) -> tuple[Plot, ...]:
    plots = []
    for number, pair in enumerate(found, start=1):
        plot = bland_altman_plot(pair, title=", ".join(pair.bias.group.values()))
        plots.append(replace(plot, name=plot.name if len(found) == 1 else f"{plot.name}-{number}"))
    return tuple(plots)


def time_section(task: Task) -> Section:
    """Reading times, and whether readers get faster."""
    chosen, level = task.chosen, task.level
    times = reading_times(chosen, level=level)
    outliers = time_outliers(chosen)
    table = {"outliers.csv": outliers.to_csv(index=False, lineterminator="\n").encode()}
    count = f"{len(outliers)} of {len(case_times(chosen))} times are outliers by modified z scores above {LIMIT:g}."
    section = task.section(
        methods=methods_of_time(times, None), results=times, files=table if len(outliers) else {}, notes=(count,)
    )
    try:
        curve = learning_curve(chosen, level=level)
    except (TooFewReaders, TooFewCases) as error:
        return replace(section, notes=(*section.notes, str(error)))
    rates = (curve.learning_rate, *curve.by_reader) if len(curve.by_reader) > 1 else curve.by_reader
    return replace(
        section,
        methods=methods_of_time(times, curve.learning_rate),
        results=(*times, *rates),
        plots=(learning_plot(curve.points.to_dict("records")),),  # type: ignore[arg-type] # column names are text
        notes=(*section.notes, *curve.learning_rate.notes),
    )
