"""Paragraphs for a methods section, one per kind of analysis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from readroom.stats.mrmc.results import MrmcResult
from readroom.stats.power import Pilot
from readroom.stats.results import Estimate, HypothesisTest

__all__ = [
    "methods_of_accuracy",
    "methods_of_agreement",
    "methods_of_mrmc",
    "methods_of_power",
    "methods_of_roc",
    "methods_of_time",
]


def methods_of_mrmc(result: MrmcResult, margins: Sequence[HypothesisTest], *, level: float) -> str:
    """A comparison over readers and cases."""
    n = result.means[0].n
    sentences = [
        (
            f"{n['readers']} readers read {n['cases']} cases ({n['diseased']} diseased, {n['healthy']} healthy) under "
            f"{_listed(result.design.modalities)}."
        ),
        f"The design was {result.study_design}.",
        f"The endpoint was the {result.endpoint}, estimated for every reader and modality and averaged over readers.",
    ]
    if result.differences:
        sentences.append(
            f"Modalities were compared by the method of {result.method}; conclusions apply to {result.inference.scope}."
        )
    else:
        sentences.append(f"Its variance was estimated by the method of {result.method}.")
    if margins:
        sentences.append(f"Tested against a margin: {_listed(test.name for test in margins)}.")
    sentences += [f"Intervals have a coverage of {100 * level:g} %.", *result.notes[1:]]
    return " ".join(sentences)


def methods_of_roc(areas: Sequence[Estimate], tests: Sequence[HypothesisTest]) -> str:
    """Curves and areas."""
    words = f"Empirical ROC curves were drawn for every reader; areas under them were estimated by {areas[0].method}."
    return f"{words} Modalities were compared for each reader by {tests[0].method}." if tests else words


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
    chosen = ", ".join(f"{key} {value}" for key, value in settings.items() if key != "level")
    return f"Agreement was estimated by {results[0].name}{f' ({chosen})' if chosen else ''}: {results[0].method}."


def methods_of_time(times: Sequence[Estimate], rate: Estimate | None) -> str:
    """Reading times."""
    words = f"Reading time is given as {times[0].name}: {times[0].method}."
    return words if rate is None else f"{words} Learning was described by {rate.name}: {rate.method}."


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
