"""Limits of agreement of a whole study: readers with each other, with themselves, with the truth; modalities."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd

from readroom.stats.agreement.limits import BlandAltman, LimitsOfAgreement
from readroom.stats.agreement.scores import complete_scores
from readroom.stats.agreement.study import sessions_as_readers
from readroom.stats.errors import MissingTruth, NotANumber, TooFewModalities, TooFewReaders, UnknownChoice
from readroom.stats.table import Readings

Floats = npt.NDArray[np.float64]
Parts = Iterator[tuple[Mapping[str, str], Readings]]

TRUTH = "truth"


def pairwise_limits(
    readings: Readings,
    *,
    compare: str = "readers",
    coverage: float = 0.95,
    multiplier: float | None = None,
    limits: str = "exact",
    level: float = 0.95,
) -> tuple[BlandAltman, ...]:
    """Estimate bias and limits of agreement of every pair that a study lets one compare.

    Examples
    --------
    >>> pairwise_limits(readings, compare="modalities")

    Parameters
    ----------
    readings : Readings
        Of one question whose answers are numbers, and of one session unless sessions are compared.
    compare : {"readers", "modalities", "sessions", "truth"}
        Every pair of readers within a modality; every pair of modalities, or of sessions, within a reader; or every
        reader with the truth, which must then be a number.
    coverage, multiplier, limits, level
        As for `bland_altman`.

    Returns
    -------
    tuple of BlandAltman
        The `group` of their estimates tells which part of the data and which difference.

    Raises
    ------
    TooFewReaders, TooFewModalities, TooFewCases, MissingTruth, NotANumber, UnknownChoice

    References
    ----------
    - Defined here: `bland_altman`, with its own references, for each pair.
    """
    law = LimitsOfAgreement(coverage=coverage, multiplier=multiplier, limits=limits, level=level)
    if compare not in PARTS:
        raise UnknownChoice(f"There is nothing called {compare!r} to compare; take {', '.join(PARTS)}.")
    found: list[BlandAltman] = []
    for group, part in PARTS[compare](readings):
        found += _pairs(part, group, law, with_truth=compare == TRUTH)
    if not found:
        raise (TooFewModalities if compare == "modalities" else TooFewReaders)(
            f"There is one of {compare}, and a difference needs two; add what is missing, or compare something else."
        )
    return tuple(found)


def _by_modality(readings: Readings) -> Parts:
    for modality in readings.names("modality"):
        yield {"modality": modality}, readings.only(modality=modality)


def _modalities_of_readers(readings: Readings) -> Parts:
    """The modalities of one reader stand as readers."""
    for reader in readings.names("reader"):
        own = readings.only(reader=reader)
        turned = own.frame.assign(reader=own.frame["modality"], modality=own.frame["reader"])
        yield {"reader": reader}, replace(own, frame=turned)


def _sessions_of_readers(readings: Readings) -> Parts:
    for group, part in _by_modality(readings):
        for reader in part.names("reader"):
            yield {**group, "reader": reader}, sessions_as_readers(part.only(reader=reader))


PARTS = {
    "readers": _by_modality,
    "modalities": _modalities_of_readers,
    "sessions": _sessions_of_readers,
    TRUTH: _by_modality,
}


def _pairs(part: Readings, group: Mapping[str, str], law: LimitsOfAgreement, *, with_truth: bool) -> list[BlandAltman]:
    cube = part.cube()
    columns = dict(zip(cube.readers, cube.ratings[0], strict=True))
    pairs = list(combinations(columns.items(), 2))
    if with_truth:
        truth = (TRUTH, _numeric_truth(part, cube.cases))
        pairs = [(column, truth) for column in columns.items()]
    found = []
    for (first, mine), (second, other) in pairs:
        matrix = complete_scores(np.column_stack([mine, other]), (first, second), cube.cases, cube.modalities[0])
        found.append(_named(law.of(matrix), {**group, "difference": f"{first} - {second}"}))
    return found


def _numeric_truth(part: Readings, cases: tuple[str, ...]) -> Floats:
    known = part.frame[part.frame["truth"].notna()].groupby("display_set")["truth"].first()
    if known.empty:
        raise MissingTruth("No display set has a truth to compare with; fill the column truth, or name its question.")
    numbers = pd.to_numeric(known, errors="coerce")
    if numbers.isna().any():
        case = numbers.index[numbers.isna()][0]
        raise NotANumber(f"The truth of {case} is {known[case]!r}, no number; limits need measurements.")
    return numbers.reindex(list(cases)).to_numpy(float)


def _named(found: BlandAltman, group: Mapping[str, str]) -> BlandAltman:
    bias, low, high = (replace(estimate, group=group) for estimate in (found.bias, found.low, found.high))
    return replace(found, bias=bias, low=low, high=high)
