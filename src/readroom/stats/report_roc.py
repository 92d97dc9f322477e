"""The section of a report about curves: areas, parts of them, fitted curves, operating points."""

from __future__ import annotations

from dataclasses import dataclass

from readroom.stats.columns import ONLY_ONE
from readroom.stats.errors import DegenerateFit
from readroom.stats.plots import Plot, roc_plot
from readroom.stats.report_words import (
    methods_of_binormal_fits,
    methods_of_operating_points,
    methods_of_partial_areas,
    methods_of_roc,
)
from readroom.stats.results import Result
from readroom.stats.roc import (
    OperatingPoint,
    RocCurve,
    binormal_fit,
    compare_modalities,
    operating_point,
    reader_aucs,
    reader_curves,
    reader_partial_aucs,
)
from readroom.stats.roc.operating import OPTIMISM
from readroom.stats.sections import Section, Task
from readroom.stats.table import Readings

__all__ = ["roc_section"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Addition:
    """What a field of the plan adds to the section."""

    methods: str = ""
    results: tuple[Result, ...] = ()
    notes: tuple[str, ...] = ()
    plots: tuple[Plot, ...] = ()


def roc_section(task: Task) -> Section:
    """Curves and areas of every reader, and what the plan asks beside them."""
    chosen, level = task.chosen, task.level
    areas = reader_aucs(chosen, interval=task.settings.get("interval", "normal"), level=level)
    tests = compare_modalities(chosen, level=level) if len(chosen.names("modality")) > 1 else ()
    points = _operating_points(task)
    additions = [_partial_areas(task), _binormal_fits(task), _at_points(points)]
    plot = roc_plot(reader_curves(chosen), points=points)
    return task.section(
        methods=" ".join(filter(None, [methods_of_roc(areas, tests), *(addition.methods for addition in additions)])),
        results=(*areas, *tests, *(result for addition in additions for result in addition.results)),
        notes=tuple(note for addition in additions for note in addition.notes),
        plots=(plot, *(drawn for addition in additions for drawn in addition.plots)),
    )


def _partial_areas(task: Task) -> _Addition:
    wanted = task.settings.get("partial")
    if wanted is None:
        return _Addition()
    ranges = {axis: tuple(wanted[axis]) for axis in ("specificity", "sensitivity") if axis in wanted}
    found = reader_partial_aucs(task.chosen, **ranges, corrected=wanted.get("corrected", False), level=task.level)
    return _Addition(methods=methods_of_partial_areas(found), results=found)


def _binormal_fits(task: Task) -> _Addition:
    """The fit of every reader; one who has none is named, and the others stand."""
    if "fit" not in task.settings:
        return _Addition()
    curves: dict[tuple[str, str], RocCurve] = {}
    results, areas, notes = [], [], []
    for part in _readers(task.chosen):
        modality, reader = part.one("modality"), part.one("reader")
        try:
            fit = binormal_fit(part, level=task.level)
        except DegenerateFit as error:
            who = ", ".join(name for name in (modality, reader) if name != ONLY_ONE)
            notes.append(f"No binormal curve of {who}: {error}")
            continue
        curves[modality, reader] = fit.curve()
        areas.append(fit.area)
        results += [fit.area, fit.intercept, fit.slope]
    plots = (roc_plot(curves, name="roc-binormal", title="Binormal ROC curves"),) if curves else ()
    return _Addition(methods=methods_of_binormal_fits(areas), results=tuple(results), notes=tuple(notes), plots=plots)


def _operating_points(task: Task) -> tuple[OperatingPoint, ...]:
    wanted = task.settings.get("operating_point")
    if wanted is None:
        return ()
    rule = {name: value for name, value in wanted.items() if name != "largest"}
    return tuple(operating_point(part, **rule, level=task.level) for part in _readers(task.chosen))


def _at_points(points: tuple[OperatingPoint, ...]) -> _Addition:
    if not points:
        return _Addition()
    results = tuple(estimate for point in points for estimate in (point.sensitivity, point.specificity))
    notes = (OPTIMISM,) if any(OPTIMISM in result.notes for result in results) else ()
    return _Addition(methods=methods_of_operating_points(points), results=results, notes=notes)


def _readers(readings: Readings) -> list[Readings]:
    """The readings of every reader under every modality."""
    by_modality = [readings.only(modality=name) for name in readings.names("modality")]
    return [part.only(reader=name) for part in by_modality for name in part.names("reader")]
