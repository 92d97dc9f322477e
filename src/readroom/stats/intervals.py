"""Confidence intervals: of a proportion, around an estimate, and by resampling cases."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy import stats

from readroom.stats.errors import TooFewCases, UnknownChoice
from readroom.stats.results import Interval

Floats = npt.NDArray[np.float64]

REPLICATES = 2000
"""Bootstrap samples; the Monte Carlo error of a 95 % limit is then about 3 % of a standard error."""

SEED = 20070613
"""The bootstrap's fixed seed: the same data give the same interval."""

LARGEST_TABLE = 4_000_000
"""Indices that one bootstrap may hold at a time."""


def checked_level(level: float) -> float:
    """A coverage between 0 and 1, both excluded."""
    if not 0 < level < 1:
        raise UnknownChoice(f"A level of {level!r} is no coverage; take a number between 0 and 1, such as 0.95.")
    return level


def normal_interval(value: float, standard_error: float, level: float) -> Interval:
    """Estimate and standard error to an interval by the normal law."""
    half = float(stats.norm.ppf((1 + checked_level(level)) / 2)) * standard_error
    return Interval(value - half, value + half, level)


def t_interval(value: float, standard_error: float, degrees_of_freedom: float, level: float) -> Interval:
    """Estimate and standard error to an interval by Student's law."""
    half = float(stats.t.ppf((1 + checked_level(level)) / 2, degrees_of_freedom)) * standard_error
    return Interval(value - half, value + half, level)


def clipped(interval: Interval, low: float, high: float) -> Interval:
    """Cut an interval to the range its quantity can have."""
    return Interval(max(interval.low, low), min(interval.high, high), interval.level)


def wilson_interval(successes: int, trials: int, *, level: float = 0.95) -> Interval:
    """Compute the score interval of a proportion.

    Examples
    --------
    >>> wilson_interval(81, 263)
    Interval(low=0.2552..., high=0.3662..., level=0.95)

    Parameters
    ----------
    successes, trials : int
        Counts; at least one trial.
    level : float
        Coverage aimed at.

    Returns
    -------
    Interval
        Within 0 and 1; never of width 0.

    References
    ----------
    - Wilson (1927), pp. 209-212: the interval.
    - Newcombe (1998), method 3: the same, compared with six others.
    """
    if trials < 1:
        raise TooFewCases("A proportion of no cases is undefined; give at least one case.")
    return score_interval(successes / trials, trials, level)


def score_interval(share: float, trials: float, level: float) -> Interval:
    """Wilson's interval of a share; trials may be an effective number, which need not be whole."""
    z = float(stats.norm.ppf((1 + checked_level(level)) / 2))
    centre, scale = share + z * z / (2 * trials), 1 + z * z / trials
    half = z * np.sqrt(share * (1 - share) / trials + z * z / (4 * trials**2))
    low = 0.0 if share == 0 else float((centre - half) / scale)
    high = 1.0 if share == 1 else float((centre + half) / scale)
    return Interval(low, high, level)


def proportion_standard_error(successes: int, trials: int) -> float:
    """The binomial standard error at the observed proportion."""
    share = successes / trials
    return float(np.sqrt(share * (1 - share) / trials))


def bootstrap_cases(
    statistic: Callable[[npt.NDArray[np.intp]], float], cases: int, *, level: float, replicates: int = REPLICATES
) -> tuple[float, Interval, int]:
    """Resample cases with replacement, with a fixed seed.

    Parameters
    ----------
    statistic : callable
        Takes the indices of the drawn cases, returns the estimate or NaN where the draw leaves it undefined.
    cases : int
        How many there are.
    level : float
        Coverage aimed at; the interval is the percentile interval.
    replicates : int
        Samples to draw.

    Returns
    -------
    standard_error : float
    interval : Interval
    undefined : int
        Draws that left the statistic undefined and were left out.

    References
    ----------
    - Efron & Tibshirani (1993), ch. 6: standard error; ch. 13: percentile interval.
    """
    checked_level(level)
    if cases < 2:
        raise TooFewCases("Resampling cases needs at least two; add display sets that were read.")
    generator = np.random.default_rng(SEED)
    at_once = max(1, LARGEST_TABLE // cases)
    drawn = np.empty(replicates)
    for start in range(0, replicates, at_once):
        stop = min(start + at_once, replicates)
        picks = generator.integers(0, cases, size=(stop - start, cases))
        drawn[start:stop] = [statistic(row) for row in picks]
    known = drawn[np.isfinite(drawn)]
    if len(known) < replicates / 2:
        raise TooFewCases("More than half of the resamples leave the statistic undefined; add cases.")
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return float(known.std(ddof=1)), Interval(float(low), float(high), level), replicates - len(known)


def jackknife_standard_error(statistic: Callable[[npt.NDArray[np.intp]], float], cases: int) -> float:
    """Leave one case out at a time: Efron & Tibshirani (1993), eq. 11.5. NaN when that leaves it undefined."""
    everyone = np.arange(cases)
    left = np.array([statistic(np.delete(everyone, case)) for case in everyone])
    if not np.isfinite(left).all():
        return float("nan")
    return float(np.sqrt((cases - 1) / cases * ((left - left.mean()) ** 2).sum()))
