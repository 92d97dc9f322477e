"""Bland and Altman's limits of agreement of two measurements."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt
from scipy import stats

from readroom.stats.agreement.matrix import RatingsLike
from readroom.stats.agreement.scores import ScoreMatrix, score_matrix
from readroom.stats.citations import BLAND_ALTMAN_1986, BLAND_ALTMAN_1999, CARKEET_2015
from readroom.stats.errors import AmbiguousSelection, ConstantRatings, TooFewCases, UnknownChoice
from readroom.stats.intervals import checked_level, t_interval
from readroom.stats.results import Estimate, Interval

Floats = npt.NDArray[np.float64]

ASSUMPTIONS = (
    "Differences are normally distributed, with a mean and a spread that do not change with the size measured.",
    "Cases are independent: one pair of measurements each.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlandAltman:
    """Bias and limits of agreement, with the points of the plot.

    Parameters
    ----------
    bias, low, high : Estimate
        Mean difference and the limits of agreement, with intervals.
    standard_deviation : float
        Of the differences.
    means, differences : ndarray of float, shape (cases,)
        The plot's two axes.
    raters : tuple of str
        First and second; differences are first minus second.
    """

    bias: Estimate
    low: Estimate
    high: Estimate
    standard_deviation: float
    means: Floats
    differences: Floats
    raters: tuple[str, str]


def bland_altman(
    ratings: RatingsLike,
    *,
    coverage: float = 0.95,
    multiplier: float | None = None,
    limits: str = "exact",
    level: float = 0.95,
) -> BlandAltman:
    """Estimate bias and limits of agreement of two measurements of each case.

    Examples
    --------
    >>> found = bland_altman([[494, 512], [395, 430], [516, 520], [434, 428], [476, 500]])
    >>> found.bias.value
    -15.0

    Parameters
    ----------
    ratings : Readings or array of shape (cases, 2)
        Differences are the first column (reader) minus the second. Cases measured once are left out, and the notes
        say so.
    coverage : float
        Share of differences that the limits shall hold.
    multiplier : float, optional
        Standard deviations from bias to limit, instead of the normal quantile of `coverage` (1.96 for 0.95); the
        paper of 1986 takes 2.
    limits : {"exact", "approximate"}
        Intervals of the limits: from the noncentral t law (Carkeet 2015), or from the large-sample standard error of
        Bland & Altman (1999).
    level : float
        Coverage of the intervals.

    Returns
    -------
    BlandAltman
        `bias.details` holds the slope of difference on mean and its p (a trend breaks the assumptions), and the
        standard error of a limit by the rule of 1986, the root of 3 s2/n.

    Notes
    -----
    The variance of a limit is s2 (1/n + z2/(2(n - 1))).

    References
    ----------
    - Bland & Altman (1986), pp. 307-310: bias, limits, and the error of a limit as the root of 3 s2/n.
    - Bland & Altman (1999), pp. 135-160: the variance of a limit.
    - Carkeet (2015), pp. e71-e80: exact intervals of a limit by the noncentral t law.
    """
    law = LimitsOfAgreement(coverage=coverage, multiplier=multiplier, limits=limits, level=level)
    return law.of(score_matrix(ratings))


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitsOfAgreement:
    """How limits are drawn, with the settings of `bland_altman`."""

    coverage: float = 0.95
    multiplier: float | None = None
    limits: str = "exact"
    level: float = 0.95

    def __post_init__(self) -> None:
        if self.limits not in {"exact", "approximate"}:
            raise UnknownChoice(f"There are no limits {self.limits!r}; take exact or approximate.")
        checked_level(self.coverage)
        if self.multiplier is not None and not 0 < self.multiplier < np.inf:
            raise UnknownChoice(f"A multiplier of {self.multiplier!r} draws no limits; take a number above 0, as 1.96.")

    @property
    def z(self) -> float:
        """Standard deviations from the bias to a limit."""
        return float(stats.norm.ppf((1 + self.coverage) / 2)) if self.multiplier is None else self.multiplier

    def of(self, matrix: ScoreMatrix) -> BlandAltman:
        """Bias and limits of two measurements of each case."""
        return _bland_altman(matrix, self)


def _bland_altman(matrix: ScoreMatrix, law: LimitsOfAgreement) -> BlandAltman:
    if len(matrix.raters) != 2:
        raise AmbiguousSelection(
            f"Bland-Altman compares two measurements, there are {len(matrix.raters)}; keep two of them with 'only'."
        )
    first, second = matrix.scores.T
    if len(first) < 3:
        raise TooFewCases(f"Limits of agreement need at least three cases, there are {len(first)}.")
    differences, means = first - second, (first + second) / 2
    mean, spread, n = float(differences.mean()), float(differences.std(ddof=1)), len(differences)
    error = float(spread / np.sqrt(n))
    bias = Estimate(
        name="bias",
        value=mean,
        standard_error=error,
        interval=t_interval(mean, error, n - 1, law.level),
        n=matrix.n,
        method="mean difference, t interval",
        assumptions=ASSUMPTIONS,
        citations=(BLAND_ALTMAN_1986,),
        group={"readers": " - ".join(matrix.raters)},
        details=_trend(means, differences, first, second)
        | {"standard_error_of_limits_1986": float(np.sqrt(3) * error)},
        notes=matrix.notes,
        design=matrix.design,
    )
    limit = partial(_limit, bias, spread=spread, n=n, z=law.z, how=law.limits, level=law.level)
    return BlandAltman(
        bias=bias,
        low=limit(side=-1),
        high=limit(side=+1),
        standard_deviation=spread,
        means=means,
        differences=differences,
        raters=(matrix.raters[0], matrix.raters[1]),
    )


def _limit(bias: Estimate, *, side: int, spread: float, n: int, z: float, how: str, level: float) -> Estimate:
    value = bias.value + side * z * spread
    error = float(spread * np.sqrt(1 / n + z**2 / (2 * (n - 1))))
    interval = (
        _exact_interval(bias.value, spread, n, side * z, level)
        if how == "exact"
        else t_interval(value, error, n - 1, level)
    )
    law = "exact interval (noncentral t)" if how == "exact" else "large-sample t interval"
    return replace(
        bias,
        name="upper limit of agreement" if side > 0 else "lower limit of agreement",
        value=value,
        standard_error=error,
        interval=interval,
        method=f"bias {'+' if side > 0 else '-'} {z:.4g} standard deviations, {law}",
        citations=(BLAND_ALTMAN_1999, CARKEET_2015) if how == "exact" else (BLAND_ALTMAN_1999,),
        details={},
    )


def _exact_interval(bias: float, spread: float, n: int, z: float, level: float) -> Interval:
    """Bounds of a normal quantile: (limit - mean) / (s / sqrt n) is noncentral t (Carkeet 2015)."""
    root = np.sqrt(n)
    low, high = stats.nct.ppf([(1 - level) / 2, (1 + level) / 2], n - 1, z * root) / root
    return Interval(float(bias + low * spread), float(bias + high * spread), level)


def _trend(means: Floats, differences: Floats, first: Floats, second: Floats) -> dict[str, float]:
    """Slope of difference on mean, and the correlation that Bland & Altman (1986) warn against."""
    if np.ptp(means) == 0:
        raise ConstantRatings("Every case has the same mean measurement; limits of agreement need cases that differ.")
    details: dict[str, float] = {}
    if np.ptp(differences) > 0:
        fit = stats.linregress(means, differences)
        details = {"slope": float(fit.slope), "slope_p_value": float(fit.pvalue)}
    if np.ptp(first) > 0 and np.ptp(second) > 0:
        details["pearson_r"] = float(np.corrcoef(first, second)[0, 1])
    return details
