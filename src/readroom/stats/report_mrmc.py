"""Sections of a report that compare modalities over readers and cases: ratings, marks, and the size of a study."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from readroom.stats.annotations import marks_from_answers
from readroom.stats.columns import LARGEST_FILE, label
from readroom.stats.design import Cube, Design
from readroom.stats.errors import BadPlan, BadTable, IncompleteDesign, StatisticsError
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
from readroom.stats.plan_fields import spelled
from readroom.stats.plots import forest_plot, froc_plot, roc_plot
from readroom.stats.power import Pilot, Power, sample_size
from readroom.stats.report_words import methods_of_mrmc, methods_of_power, results_of_mrmc
from readroom.stats.results import HypothesisTest
from readroom.stats.roc import reader_curves
from readroom.stats.sections import Section, Settings, Task

__all__ = ["froc_section", "mrmc_section", "power_section"]


def mrmc_section(task: Task) -> Section:
    """A comparison of modalities by ratings."""
    settings, cube = task.settings, task.chosen.cube()
    endpoint = _endpoint(settings)
    result = _compare(cube, endpoint, task)
    margins = _margins(result, settings)
    plots = [forest_plot(result)] if result.differences else []
    if isinstance(endpoint, Auc):
        plots.append(roc_plot(reader_curves(task.chosen)))
    files, left_out = _files(cube, str(settings.get("covariance", "jackknife")))
    return task.section(
        methods=methods_of_mrmc(result, margins, level=task.level),
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


def _compare(study: Cube | Figures, endpoint: Endpoint | None, task: Task) -> MrmcResult:
    settings, level = task.settings, task.level
    method = settings.get("method", "obuchowski-rockette")
    inference = _inference(settings)
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


def froc_section(task: Task) -> Section:
    """A comparison of modalities by marks and lesions."""
    settings = task.settings
    rule = MatchingRule(**settings["matching"]) if "matching" in settings else None
    study = _froc_study(task, rule)
    result = _compare(froc_figures(study, figure=settings.get("figure", "wAFROC")), None, task)
    margins = _margins(result, settings)
    sentence = rule.sentence if rule else "Marks were taken as labelled in the table of marks."
    if settings.get("unmarked") == "read":
        sentence += " Cases without a row in the table of marks were taken as read, with nothing marked."
    plots = [froc_plot(study)] + ([forest_plot(result)] if result.differences else [])
    files, left_out = _written({"rjafroc.xlsx": lambda: to_rjafroc(study)})
    return task.section(
        methods=f"{sentence} {methods_of_mrmc(result, margins, level=task.level)}",
        findings=results_of_mrmc(result, margins),
        results=(*result.results, *margins),
        components=result.components,
        plots=tuple(plots),
        files=files,
        notes=(*result.notes, sentence, *left_out),
        design=study.design,
    )


def _froc_study(task: Task, rule: MatchingRule | None) -> FrocStudy:
    settings = task.settings
    lesions = _table(task.folder / str(settings["lesions"]), "lesions")
    if "marks" in settings:
        marks, lesions = task.kept(_table(task.folder / str(settings["marks"]), "marks"), lesions)
        labelled = label_marks(marks, lesions, rule=rule) if rule else marks
        return FrocStudy.read(labelled, truth=lesions, unmarked=settings.get("unmarked", "missing"))
    if "unmarked" in settings:
        raise BadPlan("'unmarked' is about a table of marks; answers tell themselves which cases were read.")
    if rule is None:
        raise BadPlan("marks taken from answers need 'matching': when a mark is on a lesion.")
    chosen = task.chosen
    _require_all_answered(chosen.design())
    if "display_set" in lesions:
        lesions = lesions[lesions["display_set"].map(label).isin(chosen.names("display_set"))]
    marks = marks_from_answers(chosen, rating_when_missing=settings.get("rating_when_missing"))
    labelled = label_marks(marks, lesions, rule=rule)
    arms, people = chosen.names("modality"), chosen.names("reader")
    return FrocStudy.read(labelled, truth=lesions, modalities=arms, readers=people, unmarked="read")


def _require_all_answered(design: Design) -> None:
    """A case without an answer is not a case without marks."""
    if not design.is_complete:
        raise IncompleteDesign(
            f"Not every reader answered for every case ({design}), and who did not answer is not one who saw nothing. "
            "Leave incomplete readers or cases out with 'leave_out'."
        )


def _table(path: Path, what: str) -> pd.DataFrame:
    if not path.is_file():
        raise BadPlan(f"the file of {what} {path.name!r} does not exist where the plan says.")
    if path.stat().st_size > LARGEST_FILE:
        raise BadPlan(f"the file of {what} {path.name!r} is larger than {LARGEST_FILE >> 20} MiB.")
    try:
        return pd.read_csv(path)
    except (ValueError, pd.errors.ParserError) as error:
        raise BadPlan(f"the file of {what} {path.name!r} is no CSV ({error}).") from error


def power_section(task: Task) -> Section:
    """The size of the next study."""
    settings = task.settings
    if "pilot" in settings:
        pilot = Pilot.published(settings["pilot"].get("structure", "HL"), auc=settings["pilot"].get("auc", 0.855))
    else:
        cube = task.chosen.cube()
        pilot = Pilot.of(obuchowski_rockette(cube, covariance=settings.get("covariance", "jackknife")))
    found: list[Power] = []
    notes: list[str] = []
    for readers in _whole_numbers(settings["readers"]):
        try:
            target = settings.get("target", 0.8)
            found.append(sample_size(pilot, readers=readers, effect=settings["effect"], target=target))
        except StatisticsError as error:
            notes.append(str(error))
    design = None if "pilot" in settings else task.chosen.design()
    methods = methods_of_power(pilot, settings)
    return task.section(methods=methods, powers=tuple(found), notes=tuple(notes), design=design)


def _whole_numbers(values: Sequence[Any]) -> list[int]:
    if not all(isinstance(value, int) and value >= 2 for value in values):
        raise BadPlan(f"'readers' is {spelled(values)}, but must list whole numbers of 2 or more.")
    return list(values)
