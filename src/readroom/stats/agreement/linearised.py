"""What all coefficients beyond chance share: observed agreement, the linearised error, interval and test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import stats

from readroom.stats.agreement.matrix import RatingMatrix
from readroom.stats.errors import ConstantRatings
from readroom.stats.intervals import clipped, t_interval
from readroom.stats.results import Estimate

Floats = npt.NDArray[np.float64]

SAMPLED_CASES = "Cases are a random sample of the cases that the statement is about; readers are the ones present."
LINEARISED = "linearised standard error, t interval over cases (cases - 1 degrees of freedom)"


@dataclass(frozen=True, slots=True, eq=False)
class Chance:
    """What is expected by chance: over all cases, and what each case adds to it (the mean is `expected`)."""

    expected: float
    by_case: Floats


def option_shares(matrix: RatingMatrix) -> Floats:
    """Share of each option among the ratings of each case, shape (cases, options)."""
    counts = matrix.counts
    return np.asarray(counts / counts.sum(axis=1, keepdims=True))


def _observed(matrix: RatingMatrix, weight: Floats) -> tuple[Floats, Floats]:
    """Agreement within each case (0 where one rater rated), and the cases that count."""
    counts = matrix.counts
    raters = counts.sum(axis=1)
    pairs = np.where(raters > 1, raters * (raters - 1), 1)
    return (counts * (counts @ weight - 1)).sum(axis=1) / pairs * (raters > 1), raters > 1


def coefficient(
    name: str,
    matrix: RatingMatrix,
    weight: Floats,
    chance: Chance,
    *,
    level: float,
    citations: tuple[str, ...],
    details: Mapping[str, float],
) -> Estimate:
    """Value, error, interval and test of (pa - pe) / (1 - pe): Gwet (2008), eqs. 33 to 35, for Fleiss' pi.

    The same for the other coefficients: Gwet (2021), pp. 781-790.

    With pa_i and pe_i what case i adds to observed and expected agreement, and k_i = (pa_i - pe) / (1 - pe), the
    variance is sum((k_i - 2 (1 - k) (pe_i - pe) / (1 - pe) - k)^2) / (n (n - 1)).
    """
    agreed, counts = _observed(matrix, weight)
    cases, rated = len(counts), counts.sum()
    observed = float(agreed.sum() / rated)
    room = 1 - chance.expected
    if room < 1e-12:
        raise ConstantRatings(
            f"{name} is undefined: every rating is {matrix.options[int(matrix.codes.max())]!r}, so agreement by "
            "chance is certain. Report percent agreement or Gwet's AC1, or add cases that differ."
        )
    value = (observed - chance.expected) / room
    own = cases / rated * (agreed - chance.expected) * counts / room
    linear = own - 2 * (1 - value) * (chance.by_case - chance.expected) / room
    error = float(np.sqrt(((linear - value) ** 2).sum() / (cases * (cases - 1))))
    return with_test(
        Estimate(
            name=name,
            value=float(value),
            standard_error=error,
            n=matrix.n,
            method=f"closed form; {LINEARISED}",
            assumptions=(SAMPLED_CASES,),
            citations=citations,
            details={"observed": observed, "expected": chance.expected, **details},
            notes=matrix.missing_note,
            design=matrix.design,
        ),
        cases - 1,
        level,
    )


def with_test(estimate: Estimate, degrees_of_freedom: int, level: float) -> Estimate:
    """Add the t interval, cut at 1, and the test against no agreement beyond chance."""
    error = estimate.standard_error or 0.0
    interval = clipped(t_interval(estimate.value, error, degrees_of_freedom, level), -np.inf, 1.0)
    if error < 1e-15:
        note = "The standard error is 0: all cases agree alike, and the interval has no width. Read it with n."
        return replace(estimate, interval=interval, notes=(*estimate.notes, note))
    t = estimate.value / error
    p = float(2 * stats.t.sf(abs(t), degrees_of_freedom))
    details = {**estimate.details, "t": t, "degrees_of_freedom": float(degrees_of_freedom), "p_value": p}
    return replace(estimate, interval=interval, details=details)
