"""One measure of many cases in one number: median and mean, with intervals that assume no law."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import stats

from readroom.stats.citations import CONOVER_1999, EFRON_1993
from readroom.stats.design import Design
from readroom.stats.errors import TooFewCases
from readroom.stats.intervals import bootstrap_cases, checked_level
from readroom.stats.numbers import as_numbers
from readroom.stats.results import Estimate, Interval

Floats = npt.NDArray[np.float64]


def median_estimate(name: str, values: npt.ArrayLike, *, level: float = 0.95) -> Estimate:
    """Estimate a median over cases, with an interval that assumes no law.

    Examples
    --------
    >>> median_estimate("Dice", [0.81, 0.9, 0.85, 0.7, 0.92, 0.88]).value
    0.865

    Parameters
    ----------
    name : str
        What was measured.
    values : array of float, shape (cases,)
        NaN where missing.
    level : float
        Coverage of the interval; with few cases the interval is from smallest to largest, and the notes say so.

    Returns
    -------
    Estimate
        `details` holds the quartiles and the extremes.

    References
    ----------
    - Conover (1999), section 3.2: order statistics by the binomial law.
    """
    known, missing, design = _known(values)
    ordered = np.sort(known)
    n = len(ordered)
    checked_level(level)
    below = int(stats.binom.ppf((1 - level) / 2, n, 0.5))
    while below > 0 and 2 * stats.binom.cdf(below - 1, n, 0.5) > 1 - level:
        below -= 1
    notes = missing
    if below == 0:
        below = 1
        reached = 1 - 2 * 0.5**n
        if reached < level:
            notes = (
                *notes,
                f"{n} cases cannot give {100 * level:g} %; from smallest to largest is {100 * reached:.3g} %.",
            )
    low, median, high = (float(value) for value in np.quantile(ordered, [0.25, 0.5, 0.75]))
    return Estimate(
        name=f"median {name}",
        value=median,
        standard_error=None,
        interval=Interval(float(ordered[below - 1]), float(ordered[n - below]), level),
        n={"cases": n},
        method="median, interval between order statistics",
        assumptions=("Cases are an independent random sample.",),
        citations=(CONOVER_1999,),
        details={
            "quartile_1": low,
            "quartile_3": high,
            "smallest": float(ordered[0]),
            "largest": float(ordered[-1]),
        },
        notes=(*notes, "No standard error: the interval of a median comes from the order of the values."),
        design=design,
    )


def mean_estimate(name: str, values: npt.ArrayLike, *, level: float = 0.95) -> Estimate:
    """Estimate a mean over cases, with a bootstrap interval.

    Examples
    --------
    >>> mean_estimate("Dice", [0.81, 0.9, 0.85, 0.7, 0.92, 0.88]).value
    0.8433...

    Parameters
    ----------
    name : str
        What was measured.
    values : array of float, shape (cases,)
        NaN where missing.
    level : float
        Coverage of the interval.

    Returns
    -------
    Estimate

    References
    ----------
    - Efron & Tibshirani (1993), ch. 6: standard error; ch. 13: percentile interval.
    """
    known, missing, design = _known(values)
    error, interval, _ = bootstrap_cases(lambda drawn: float(known[drawn].mean()), len(known), level=level)
    return Estimate(
        name=f"mean {name}",
        value=float(known.mean()),
        standard_error=error,
        interval=interval,
        n={"cases": len(known)},
        method="mean; bootstrap over cases (2,000 samples, fixed seed, percentile interval)",
        assumptions=("Cases are an independent random sample.",),
        citations=(EFRON_1993,),
        details={"standard_deviation": float(known.std(ddof=1))},
        notes=missing,
        design=design,
    )


def _known(values: npt.ArrayLike) -> tuple[Floats, tuple[str, ...], Design]:
    numbers = as_numbers(values, "values").ravel()
    known = numbers[~np.isnan(numbers)]
    if len(known) < 2:
        raise TooFewCases(f"{len(known)} case(s) have a value; an interval needs at least two.")
    missing = len(numbers) - len(known)
    notes = (f"{missing} of {len(numbers)} cases have no value and are left out.",) if missing else ()
    return known, notes, Design.of_cases(~np.isnan(numbers))
