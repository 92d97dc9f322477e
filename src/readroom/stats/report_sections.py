"""The analyses of a plan, each as a section of the report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from readroom.stats.accuracy import reader_accuracy
from readroom.stats.agreement import between_pairs, between_readers, within_readers
from readroom.stats.annotations import marks_from_answers
from readroom.stats.design import Cube
from readroom.stats.errors import BadPlan, BadTable, StatisticsError, TooFewCases, TooFewReaders
from readroom.stats.exports import to_imrmc, to_mrmcaov, to_rjafroc
from readroom.stats.froc import FrocStudy
from readroom.stats.froc_figures import froc_figures
from readroom.stats.localization import MatchingRule, label_marks
from readroom.stats.mrmc.dbm import dbm
from readroom.stats.mrmc.endpoints import Agreement, Auc, Endpoint, Sensitivity, Specificity
from readroom.stats.mrmc.figures import Figures
from readroom.stats.mrmc.noninferiority import equivalence, noninferiority
from readroom.stats.mrmc.obuchowski_rockette import obuchowski_rockette
from readroom.stats.mrmc.results import Inference, MrmcResult
from readroom.stats.mrmc.ustatistics import u_statistics
from readroom.stats.plan import Analysis, Plan
from readroom.stats.plots import Plot, agreement_plot, forest_plot, froc_plot, learning_plot, roc_plot
from readroom.stats.power import Pilot, Power, sample_size
from readroom.stats.report_words import (
    methods_of_accuracy,
    methods_of_agreement,
    methods_of_mrmc,
    methods_of_power,
    methods_of_roc,
    methods_of_time,
    results_of_mrmc,
)
from readroom.stats.results import HypothesisTest, Result
from readroom.stats.roc import compare_modalities, reader_aucs, reader_curves
from readroom.stats.table import Readings
from readroom.stats.timing import LIMIT, case_times, learning_curve, reading_times, time_outliers

__all__ = ["Section", "run_analysis"]


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

    @property
    def citations(self) -> tuple[str, ...]:
        """Every paper once, in the order of first use."""
        found = [text for result in self.results for text in result.citations]
        found += [text for power in self.powers for text in power.citations]
        return tuple(dict.fromkeys(found))


def run_analysis(analysis: Analysis, *, readings: Readings, plan: Plan) -> Section:
    """Run one analysis; what stands in the way becomes the section's refusal, so that the others still run."""
    shared = ("session", "level") if analysis.kind == "time" else ("question", "session", "level")
    settings = {key: plan.settings[key] for key in shared if key in plan.settings}
    try:
        return SECTIONS[analysis.kind](analysis.name, settings | dict(analysis.settings), readings, plan)
    except BadPlan as error:
        raise BadPlan(f"Line {analysis.line}: {analysis.name!r}: {error}") from error
    except StatisticsError as error:
        return Section(name=analysis.name, kind=analysis.kind, refusal=f"{type(error).__name__}: {error}")


Settings = Mapping[str, Any]


def _chosen(readings: Readings, settings: Settings) -> Readings:
    for key, column in (("question", "question"), ("session", "session"), ("modalities", "modality")):
        if key in settings:
            readings = readings.only(**{column: settings[key]})
    return readings


def _level(settings: Settings) -> float:
    return float(settings.get("level", 0.95))


def _mrmc(name: str, settings: Settings, readings: Readings, plan: Plan) -> Section:  # noqa: ARG001 - one signature for all kinds
    chosen = _chosen(readings, settings)
    cube = chosen.cube()
    endpoint = _endpoint(settings)
    result = _compare(cube, endpoint, settings)
    margins = _margins(result, settings)
    plots = [forest_plot(result)] if result.differences else []
    if isinstance(endpoint, Auc):
        plots.append(roc_plot(reader_curves(chosen)))
    files, left_out = _files(cube, str(settings.get("covariance", "jackknife")))
    return Section(
        name=name,
        kind="mrmc",
        methods=methods_of_mrmc(result, margins, level=_level(settings)),
        findings=results_of_mrmc(result, margins),
        results=(*result.results, *margins),
        components=result.components,
        plots=tuple(plots),
        files=files,
        notes=(*result.notes, *left_out),
    )


def _endpoint(settings: Settings) -> Endpoint:
    name = settings.get("endpoint", "auc")
    if name == "auc":
        return Auc()
    if "threshold" not in settings:
        raise BadPlan(f"the endpoint {name!r} needs a 'threshold': the lowest rating that is positive.")
    kinds: dict[str, Callable[[float], Endpoint]] = {
        "sensitivity": Sensitivity,
        "specificity": Specificity,
        "agreement": Agreement,
    }
    return kinds[name](float(settings["threshold"]))


def _compare(study: Cube | Figures, endpoint: Endpoint | None, settings: Settings) -> MrmcResult:
    method = settings.get("method", "obuchowski-rockette")
    inference, level = _inference(settings), _level(settings)
    if method == "dbm":
        return dbm(study, endpoint=endpoint, inference=inference, level=level)
    if method in {"u-statistics", "v-statistics"} and isinstance(study, Cube):
        if inference is not Inference.RANDOM_READERS_RANDOM_CASES:
            raise BadPlan(f"{method} take readers and cases as random; leave 'readers' and 'cases' out.")
        variance = "unbiased" if method == "u-statistics" else "v-statistic"
        return u_statistics(study, endpoint=endpoint, variance=variance, level=level)  # type: ignore[arg-type] # two literals
    covariance = settings.get("covariance", "jackknife")
    return obuchowski_rockette(study, endpoint=endpoint, covariance=covariance, inference=inference, level=level)


def _inference(settings: Settings) -> Inference:
    fixed = (settings.get("readers") == "fixed", settings.get("cases") == "fixed")
    if fixed == (True, True):
        raise BadPlan("readers and cases are both fixed, which leaves nothing random; make one of them random.")
    return {
        (False, False): Inference.RANDOM_READERS_RANDOM_CASES,
        (True, False): Inference.FIXED_READERS_RANDOM_CASES,
        (False, True): Inference.RANDOM_READERS_FIXED_CASES,
    }[fixed]


def _margins(result: MrmcResult, settings: Settings) -> list[HypothesisTest]:
    tests = []
    if "noninferiority" in settings:
        wanted = settings["noninferiority"]
        new = str(wanted["new"])
        if new not in result.design.modalities:
            raise BadPlan(f"'new' is {new!r}, which is no modality; there are {', '.join(result.design.modalities)}.")
        with_margin = {"margin": wanted["margin"], "significance": wanted.get("significance", 0.025)}
        concerned = [test for test in result.differences if new in (test.group["modality"], test.group["against"])]
        tests += [noninferiority(test, new=new, **with_margin) for test in concerned]
    if "equivalence" in settings:
        wanted = settings["equivalence"]
        significance = wanted.get("significance", 0.05)
        tests += [equivalence(test, margin=wanted["margin"], significance=significance) for test in result.differences]
    return tests


def _files(cube: Cube, covariance: str) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """What other programs open, and which of them cannot hold this study."""
    table, script = to_mrmcaov(cube, name="mrmcaov.csv", covariance=covariance)
    files = {"mrmcaov.csv": table.encode(), "mrmcaov.R": script.encode()}
    writers: dict[str, Callable[[], bytes]] = {"study.imrmc": lambda: to_imrmc(cube).encode()}
    if cube.design.is_complete:
        writers["rjafroc.xlsx"] = lambda: to_rjafroc(cube)
    written, notes = _written(writers)
    return files | written, notes


def _written(writers: Mapping[str, Callable[[], bytes]]) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """A file that its program could not hold is left out and told, and the analysis stands."""
    files, notes = {}, []
    for name, write in writers.items():
        try:
            files[name] = write()
        except BadTable as error:
            notes.append(f"{name} was not written: {error}")
    return files, tuple(notes)


def _roc(name: str, settings: Settings, readings: Readings, plan: Plan) -> Section:  # noqa: ARG001 - same
    chosen = _chosen(readings, settings)
    level = _level(settings)
    areas = reader_aucs(chosen, level=level)
    tests = compare_modalities(chosen, level=level) if len(chosen.names("modality")) > 1 else ()
    plots = (roc_plot(reader_curves(chosen)),)
    return Section(name=name, kind="roc", methods=methods_of_roc(areas, tests), results=(*areas, *tests), plots=plots)


def _accuracy(name: str, settings: Settings, readings: Readings, plan: Plan) -> Section:  # noqa: ARG001 - same
    threshold = settings.get("threshold")
    found = reader_accuracy(_chosen(readings, settings), threshold=threshold, level=_level(settings))
    results = tuple(estimate for accuracy in found for estimate in accuracy.estimates)
    return Section(name=name, kind="accuracy", methods=methods_of_accuracy(results, threshold), results=results)


def _agreement(name: str, settings: Settings, readings: Readings, plan: Plan) -> Section:  # noqa: ARG001 - same
    chosen = _chosen(readings, settings)
    coefficient = str(settings.get("coefficient", "krippendorff"))
    extra = {"level": _level(settings), **settings.get("settings", {})}
    plots: tuple[Plot, ...] = ()
    try:
        if settings.get("within") == "readers":
            results = within_readers(chosen, coefficient, **extra)
        else:
            results = between_readers(chosen, coefficient, **extra)
            plots = _matrix(chosen, coefficient, extra)
    except TypeError as error:
        raise BadPlan(f"the coefficient {coefficient!r} does not take these 'settings' ({error}).") from error
    methods = methods_of_agreement(results, extra)
    return Section(name=name, kind="agreement", methods=methods, results=results, plots=plots)


def _matrix(readings: Readings, coefficient: str, extra: Mapping[str, Any]) -> tuple[Plot, ...]:
    """Pairs need two readers with cases in common; without them there is no matrix, and the estimates stand."""
    try:
        return (agreement_plot(between_pairs(readings, coefficient, **extra)),)
    except (TooFewReaders, TooFewCases):
        return ()


def _froc(name: str, settings: Settings, readings: Readings, plan: Plan) -> Section:
    lesions = _table(plan.folder, str(settings["lesions"]), "lesions")
    rule = MatchingRule(**settings["matching"]) if "matching" in settings else None
    study = _froc_study(settings, readings, lesions, rule, plan.folder)
    result = _compare(froc_figures(study, figure=settings.get("figure", "wAFROC")), None, settings)
    margins = _margins(result, settings)
    sentence = rule.sentence if rule else "Marks were taken as labelled in the table of marks."
    plots = [froc_plot(study)] + ([forest_plot(result)] if result.differences else [])
    files, left_out = _written({"rjafroc.xlsx": lambda: to_rjafroc(study)})
    return Section(
        name=name,
        kind="froc",
        methods=f"{sentence} {methods_of_mrmc(result, margins, level=_level(settings))}",
        findings=results_of_mrmc(result, margins),
        results=(*result.results, *margins),
        components=result.components,
        plots=tuple(plots),
        files=files,
        notes=(*result.notes, sentence, *left_out),
    )


def _froc_study(
    settings: Settings, readings: Readings, lesions: pd.DataFrame, rule: MatchingRule | None, folder: Path
) -> FrocStudy:
    if "marks" in settings:
        marks = _table(folder, str(settings["marks"]), "marks")
        return FrocStudy.read(label_marks(marks, lesions, rule=rule) if rule else marks, truth=lesions)
    if rule is None:
        raise BadPlan("marks taken from answers need 'matching': when a mark is on a lesion.")
    chosen = _chosen(readings, settings)
    marks = marks_from_answers(chosen, rating_when_missing=settings.get("rating_when_missing"))
    labelled = label_marks(marks, lesions, rule=rule)
    return FrocStudy.read(labelled, truth=lesions, modalities=chosen.names("modality"), readers=chosen.names("reader"))


def _table(folder: Path, name: str, what: str) -> pd.DataFrame:
    path = folder / name
    if not path.is_file():
        raise BadPlan(f"the file of {what} {name!r} does not exist beside the plan.")
    try:
        return pd.read_csv(path)
    except (ValueError, pd.errors.ParserError) as error:
        raise BadPlan(f"the file of {what} {name!r} is no CSV ({error}).") from error


def _time(name: str, settings: Settings, readings: Readings, plan: Plan) -> Section:  # noqa: ARG001 - same
    chosen, level = _chosen(readings, settings), _level(settings)
    times = reading_times(chosen, level=level)
    outliers = time_outliers(chosen)
    table = {"outliers.csv": outliers.to_csv(index=False, lineterminator="\n").encode()}
    section = Section(
        name=name,
        kind="time",
        methods=methods_of_time(times, None),
        results=times,
        files=table if len(outliers) else {},
        notes=(
            f"{len(outliers)} of {len(case_times(chosen))} times are outliers by modified z scores above {LIMIT:g}.",
        ),
    )
    try:
        curve = learning_curve(chosen, level=level)
    except (TooFewReaders, TooFewCases) as error:
        return replace(section, notes=(*section.notes, str(error)))
    return replace(
        section,
        methods=methods_of_time(times, curve.learning_rate),
        results=(*times, curve.learning_rate, *curve.by_reader),
        plots=(learning_plot(curve.points.to_dict("records")),),  # type: ignore[arg-type] # column names are text
        notes=(*section.notes, *curve.learning_rate.notes),
    )


def _power(name: str, settings: Settings, readings: Readings, plan: Plan) -> Section:  # noqa: ARG001 - same
    if "pilot" in settings:
        pilot = Pilot.published(settings["pilot"].get("structure", "HL"), auc=settings["pilot"].get("auc", 0.855))
    else:
        cube = _chosen(readings, settings).cube()
        pilot = Pilot.of(obuchowski_rockette(cube, covariance=settings.get("covariance", "jackknife")))
    found: list[Power] = []
    notes: list[str] = []
    for readers in _whole_numbers(settings["readers"]):
        try:
            target = settings.get("target", 0.8)
            found.append(sample_size(pilot, readers=readers, effect=settings["effect"], target=target))
        except StatisticsError as error:
            notes.append(str(error))
    return Section(
        name=name, kind="power", methods=methods_of_power(pilot, settings), powers=tuple(found), notes=tuple(notes)
    )


def _whole_numbers(values: Sequence[Any]) -> list[int]:
    if not all(isinstance(value, int) and value >= 2 for value in values):
        raise BadPlan(f"'readers' is {values!r}, but must list whole numbers of 2 or more.")
    return list(values)


SECTIONS: dict[str, Callable[[str, Settings, Readings, Plan], Section]] = {
    "mrmc": _mrmc,
    "roc": _roc,
    "accuracy": _accuracy,
    "agreement": _agreement,
    "froc": _froc,
    "time": _time,
    "power": _power,
}
