"""Paragraphs for the methods and the results of a paper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from readroom.stats.agreement import BlandAltman
from readroom.stats.mrmc.designs import StudyDesign
from readroom.stats.mrmc.results import Inference, MrmcResult
from readroom.stats.power import Pilot
from readroom.stats.results import Estimate, HypothesisTest
from readroom.stats.roc.operating import GIVEN, OperatingPoint

__all__ = [
    "methods_of_accuracy",
    "methods_of_agreement",
    "methods_of_binormal_fits",
    "methods_of_limits",
    "methods_of_mrmc",
    "methods_of_operating_points",
    "methods_of_partial_areas",
    "methods_of_power",
    "methods_of_roc",
    "methods_of_time",
    "p_of",
    "results_of_mrmc",
]


SMALL = ("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")
SHAPES = {"AUC": " (area under the empirical receiver operating characteristic curve, by the trapezoidal rule)"}


def methods_of_mrmc(result: MrmcResult, margins: Sequence[HypothesisTest], *, level: float) -> str:
    """A comparison over readers and cases."""
    n = result.means[0].n
    readers = "reader" if n["readers"] == 1 else "readers"
    subjects = (
        f"{_counted(n['readers'])} {readers} read {n['cases']} cases ({n['diseased']} diseased, {n['healthy']} "
        f"healthy) under {_listed(result.design.modalities)}; the design was {result.study_design}."
    )
    endpoint = (
        f"The endpoint was the {result.endpoint}{SHAPES.get(result.endpoint, '')}, estimated for every reader and "
        "modality and averaged over readers."
    )
    return " ".join([subjects, endpoint, *_comparison(result, level), *map(_margin, margins), *result.notes[1:]])


def _comparison(result: MrmcResult, level: float) -> Iterator[str]:
    if result.differences:
        yield f"Modalities were compared by the method of {result.method}."
        if result.differences[0].statistic_name == "t":
            yield f"Degrees of freedom were those of {_degrees(result)}."
        yield f"Conclusions apply to {result.inference.scope}."
    else:
        yield f"Its variance was estimated by the method of {result.method}."
    tests = f"Tests of a difference are two-sided at a level of {1 - level:.2g}; " if result.differences else ""
    yield f"{tests}{'c' if tests else 'C'}onfidence intervals have a coverage of {100 * level:g} %."


def _degrees(result: MrmcResult) -> str:
    if result.method.startswith("MRMC"):
        return "Satterthwaite's approximation, rounded down"
    if result.inference is Inference.FIXED_READERS_RANDOM_CASES:
        return "the interaction of cases and modalities"
    if result.inference is Inference.RANDOM_READERS_RANDOM_CASES:
        return "Hillis"
    is_nested = result.study_design is StudyDesign.READERS_IN_MODALITIES
    return "readers within modalities" if is_nested else "the interaction of readers and modalities"


def _margin(test: HypothesisTest) -> str:
    """What was shown against a margin fixed before."""
    first, second = test.group["modality"], test.group["against"]
    margin, level = f"{test.details['margin']:g}", f"{test.details['significance']:g}"
    if test.name.startswith("non"):
        return f"Non-inferiority of {first} to {second} was tested with a margin of {margin}, one-sided, at {level}."
    return f"Equivalence of {first} and {second} within {margin} was tested by two one-sided tests, each at {level}."


def results_of_mrmc(result: MrmcResult, margins: Sequence[HypothesisTest]) -> str:
    """The sentences of a results section."""
    means = _listed(f"{mean.value:.3f}{_range(mean)} with {mean.group['modality']}" for mean in result.means)
    sentences = [f"The mean {result.endpoint} was {means}."]
    for test in result.differences:
        estimate = test.estimate
        if estimate is not None:
            pair = f"{test.group['modality']} minus {test.group['against']}"
            sentences.append(f"The difference ({pair}) was {estimate.value:.3f}{_range(estimate, p_of(test))}.")
    sentences += [f"{test.name[0].upper()}{test.name[1:]}: one-sided {p_of(test)}." for test in margins]
    return " ".join(sentences)


def _range(estimate: Estimate, *more: str) -> str:
    interval = estimate.interval
    ends = [f"{100 * interval.level:g} % CI {interval.low:.3f} to {interval.high:.3f}"] if interval else []
    return f" ({'; '.join([*ends, *more])})" if ends or more else ""


def p_of(test: HypothesisTest) -> str:
    """A p-value as journals print it."""
    if test.p_value < 0.001:
        return "p < 0.001"
    return f"p = {test.p_value:.3f}" if test.p_value < 0.2 else f"p = {test.p_value:.2f}"


def _counted(number: int) -> str:
    return SMALL[number] if number < len(SMALL) else str(number)


def methods_of_roc(areas: Sequence[Estimate], tests: Sequence[HypothesisTest]) -> str:
    """Curves and areas."""
    words = f"Empirical ROC curves were drawn for every reader and the areas under them estimated ({areas[0].method})."
    return f"{words} Modalities were compared within each reader ({tests[0].method})." if tests else words


def methods_of_partial_areas(areas: Sequence[Estimate]) -> str:
    """Areas of a part of the curves."""
    return f"The {areas[0].name} was estimated for every reader ({areas[0].method})."


def methods_of_binormal_fits(areas: Sequence[Estimate]) -> str:
    """Fitted curves; no sentence without one."""
    return f"Binormal curves were fitted to the ratings of every reader ({areas[0].method})." if areas else ""


def methods_of_operating_points(points: Sequence[OperatingPoint]) -> str:
    """Sensitivity and specificity at a threshold of each reader."""
    first, (target, _, bound) = points[0], points[0].rule.partition(" of at least ")
    at = f"the threshold with the {first.rule}"
    if bound:
        other = "specificity" if target == "sensitivity" else "sensitivity"
        at = f"the threshold with the most {other} among those with a {first.rule}"
    if first.rule == GIVEN:
        at = f"a rating of {first.threshold:g} or more as a positive call"
    method = first.sensitivity.method
    return f"Sensitivity and specificity of every reader were estimated at {at} ({method})."


def methods_of_accuracy(results: Sequence[Estimate], threshold: float | None) -> str:
    """Calls of diseased or healthy."""
    call = "Readers called cases positive or negative"
    if threshold is not None:
        call = f"A rating of {threshold:g} or more was a positive call"
    names = _listed(dict.fromkeys(result.name for result in results))
    methods = "; ".join(dict.fromkeys(result.method for result in results))
    return f"{call}. For every reader and for all together, {names} were estimated ({methods})."


def methods_of_agreement(results: Sequence[Estimate], settings: Mapping[str, Any]) -> str:
    """Agreement of readers."""
    name = results[0].name
    chosen = ", ".join(f"{key} {value}" for key, value in settings.items() if key != "level" and str(value) not in name)
    return f"Agreement was estimated by {name}{f' ({chosen})' if chosen else ''}; {results[0].method}."


COMPARED = {
    "readers": "The measurements of every pair of readers",
    "modalities": "The measurements of each reader under every pair of modalities",
    "sessions": "The measurements of each reader in every pair of sessions",
    "truth": "The measurements of each reader and the truth",
}


def methods_of_limits(found: BlandAltman, compare: str) -> str:
    """Limits of agreement of two measurements."""
    interval = found.bias.interval
    distance = (found.high.value - found.bias.value) / found.standard_deviation if found.standard_deviation else 0.0
    of_limits = found.high.method.split(", ")[1]
    return (
        f"{COMPARED[compare]} were compared by the mean of their differences (bias) and limits of agreement "
        f"{distance:.4g} standard deviations from it ({found.bias.method}; {of_limits} of the limits), "
        f"with intervals of {100 * (interval.level if interval else 0.95):g} %."
    )


def methods_of_time(times: Sequence[Estimate], rate: Estimate | None) -> str:
    """Reading times."""
    words = (
        "Reading time is the active time of a reader on a case, summed over questions, "
        f"and is given as {times[0].name} ({times[0].method})."
    )
    if rate is None:
        return words
    return f"{words} Learning is described by the factor per doubling of the cases read ({rate.method})."


def methods_of_power(pilot: Pilot, settings: Mapping[str, Any]) -> str:
    """A sample size."""
    return (
        f"The number of cases was computed for a two-sided test of the difference of two AUCs at 0.05 with random "
        f"readers and cases, a true difference of {settings['effect']:g} and a power of "
        f"{settings.get('target', 0.8):g}, from the variance components of {pilot.source}."
    )


def _listed(names: Any) -> str:  # noqa: ANN401 - any collection of names
    parts = list(names)
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
