"""The binormal curve by maximum likelihood, for ratings in categories and on a continuous scale."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import stats

from readroom.stats.citations import DORFMAN_ALF_1969, METZ_1998
from readroom.stats.errors import DegenerateFit
from readroom.stats.intervals import normal_interval
from readroom.stats.results import Estimate
from readroom.stats.roc.curve import RatingsLike, RocCurve, RocSample, roc_sample
from readroom.stats.roc.delong import area_interval

Floats = npt.NDArray[np.float64]

ROUNDS = 200
CLOSE = 1e-10
REACH, POINTS = 4.0, 161
"""A drawn curve: healthy standard deviations to both sides, and points between."""
EXTREME = 20.0
"""A slope beyond this (or its inverse) is a curve of straight pieces, not a binormal one."""


@dataclass(frozen=True, slots=True, eq=False)
class BinormalFit:
    """A fitted binormal curve, sensitivity = Phi(a + b * Phi^-1(false positive fraction)).

    Parameters
    ----------
    intercept, slope : Estimate
        a and b; b is the healthy standard deviation in units of the diseased one.
    area : Estimate
        Phi(a / sqrt(1 + b^2)).
    thresholds : ndarray of float
        Category boundaries in healthy standard deviations.
    log_likelihood : float
        At the maximum.
    """

    intercept: Estimate
    slope: Estimate
    area: Estimate
    thresholds: Floats
    log_likelihood: float

    def sensitivity_at(self, false_positive: npt.ArrayLike) -> Floats:
        """Height of the fitted curve."""
        z = stats.norm.ppf(np.asarray(false_positive, dtype=float))
        return np.asarray(stats.norm.cdf(self.intercept.value + self.slope.value * z), dtype=float)

    def curve(self) -> RocCurve:
        """Points of the fitted curve, evenly spread in healthy standard deviations; their thresholds."""
        thresholds = np.concatenate([[np.inf], np.linspace(REACH, -REACH, POINTS), [-np.inf]])
        false_positive = stats.norm.sf(thresholds)
        return RocCurve(thresholds, false_positive, self.sensitivity_at(false_positive))


def binormal_fit(ratings: RatingsLike, truth: npt.ArrayLike | None = None, *, level: float = 0.95) -> BinormalFit:
    """Fit the binormal curve of one reader under one modality.

    Examples
    --------
    >>> binormal_fit(ratings, truth).area.value

    Parameters
    ----------
    ratings : Readings or array of shape (cases,)
        Categories or numbers; only their order counts.
    truth : array of shape (cases,)
        1 diseased, 0 healthy; readings bring their own.
    level : float
        Coverage of the intervals.

    Returns
    -------
    BinormalFit

    Raises
    ------
    DegenerateFit
        Too few categories overlap: the likelihood rises without end, and a curve of straight pieces fits exactly.

    Notes
    -----
    Continuous ratings are first grouped into runs of cases of the same truth, which leaves the likelihood unchanged.
    Standard errors come from the expected information; that of the area by the delta method.

    References
    ----------
    - Dorfman & Alf (1969), pp. 487-496: the likelihood, its derivatives, the expected information, scoring.
    - Metz, Herman & Shen (1998), pp. 1033-1053: runs of cases of the same truth (LABROC4).
    - Dorfman & Berbaum (1986), pp. 452-462: ratings for which there is no maximum.
    """
    sample = roc_sample(ratings, truth)
    counts = _categories(sample)
    fit = _score(counts)
    a, b = fit.parameters[0], fit.parameters[1]
    root = np.sqrt(1 + b**2)
    slope = stats.norm.pdf(a / root) * np.array([1 / root, -a * b / root**3])
    variance = fit.covariance[:2, :2]
    area, error = float(stats.norm.cdf(a / root)), float(np.sqrt(slope @ variance @ slope))
    common = Estimate(
        name="AUC (binormal)",
        value=area,
        standard_error=error,
        interval=area_interval(area, error, "logit", level),
        n=sample.n | {"categories": counts.shape[1]},
        method="binormal maximum likelihood, standard error from the expected information, logit interval",
        assumptions=("A monotone transformation makes both classes' ratings normal.", "Cases are independent."),
        citations=(DORFMAN_ALF_1969, METZ_1998),
        group=sample.group,
        details={"a": a, "b": b, "covariance_a_b": float(variance[0, 1]), "log_likelihood": fit.log_likelihood},
        notes=sample.notes,
        design=sample.design,
    )
    return BinormalFit(
        _parameter(common, "binormal a", a, float(np.sqrt(variance[0, 0])), level),
        _parameter(common, "binormal b", b, float(np.sqrt(variance[1, 1])), level),
        common,
        fit.parameters[2:],
        fit.log_likelihood,
    )


def _parameter(common: Estimate, name: str, value: float, error: float, level: float) -> Estimate:
    interval = normal_interval(value, error, level)
    method = "binormal maximum likelihood, normal interval"
    return replace(common, name=name, value=value, standard_error=error, interval=interval, method=method)


def _categories(sample: RocSample) -> Floats:
    """Counts of healthy and diseased in each category, low to high, shape (2, categories)."""
    levels, at = np.unique(sample.ratings, return_inverse=True)
    counts = np.zeros((2, len(levels)))
    np.add.at(counts, (sample.is_diseased.astype(int), at), 1)
    kinds = [0 if healthy and not diseased else 1 if diseased and not healthy else 2 for healthy, diseased in counts.T]
    starts = [i for i, kind in enumerate(kinds) if i == 0 or kind == 2 or kind != kinds[i - 1]]
    grouped = np.add.reduceat(counts, starts, axis=1)
    inner = grouped[:, 1:-1]
    if grouped.shape[1] < 3 or not (inner[0].any() or inner[1].any()) or _is_separable(grouped):
        raise DegenerateFit(
            f"The ratings leave {grouped.shape[1]} categories that mix or alternate diseased and healthy cases; a "
            "binormal curve needs overlap in at least two of three or more. Use the empirical area (auc)."
        )
    return grouped


def _is_separable(counts: Floats) -> bool:
    """Whether straight pieces through a corner fit every operating point: no point off the edges of the unit square.

    Then the likelihood has no maximum: Dorfman & Berbaum (1986), pp. 452-462.
    """
    false_positive = np.cumsum(counts[0][::-1])[:-1] / counts[0].sum()
    true_positive = np.cumsum(counts[1][::-1])[:-1] / counts[1].sum()
    inside = (false_positive > 0) & (false_positive < 1) & (true_positive > 0) & (true_positive < 1)
    return len({*zip(false_positive[inside], true_positive[inside], strict=True)}) < 2


@dataclass(frozen=True, slots=True, eq=False)
class _Maximum:
    parameters: Floats
    covariance: Floats
    log_likelihood: float


def _score(counts: Floats) -> _Maximum:
    """Fisher's scoring on (a, b, thresholds), halving steps that leave the space or lower the likelihood."""
    parameters = _start(counts)
    likelihood = _log_likelihood(parameters, counts)
    for _ in range(ROUNDS):
        gradient, information = _derivatives(parameters, counts)
        try:
            step = np.linalg.solve(information, gradient)
        except np.linalg.LinAlgError as error:
            raise DegenerateFit from error
        scale = 1.0
        while scale > 1e-10:
            proposal = parameters + scale * step
            reached = _log_likelihood(proposal, counts)
            if reached >= likelihood - 1e-12:
                break
            scale /= 2
        else:
            break
        parameters, likelihood = proposal, reached
        if not 1 / EXTREME < parameters[1] < EXTREME or abs(parameters[0]) > EXTREME:
            raise DegenerateFit
        if float(np.abs(scale * step).max()) < CLOSE:
            break
    gradient, information = _derivatives(parameters, counts)
    if float(np.abs(gradient).max()) > 1e-4:
        raise DegenerateFit
    return _Maximum(parameters, np.asarray(np.linalg.inv(information)), likelihood)


def _start(counts: Floats) -> Floats:
    """Thresholds from the healthy, a and b from a line through the operating points on normal paper."""
    cumulative = np.cumsum(counts, axis=1)[:, :-1]
    shares = (cumulative + 0.5) / (counts.sum(axis=1, keepdims=True) + 1)
    healthy, diseased = stats.norm.ppf(shares)
    healthy = np.maximum.accumulate(healthy + np.arange(len(healthy)) * 1e-6)
    slope, offset = np.polyfit(healthy, diseased, 1) if np.ptp(healthy) > 0 else (1.0, 0.0)
    return np.concatenate([[-offset, float(np.clip(slope, 0.2, 5.0))], healthy])


def _probabilities(parameters: Floats) -> Floats:
    """Of each category, for healthy and diseased, shape (2, categories)."""
    a, b, thresholds = parameters[0], parameters[1], parameters[2:]
    below = stats.norm.cdf([thresholds, b * thresholds - a])
    return np.asarray(np.diff(np.pad(below, ((0, 0), (1, 1)), constant_values=((0, 0), (0, 1))), axis=1))


def _log_likelihood(parameters: Floats, counts: Floats) -> float:
    if parameters[1] <= 0 or (np.diff(parameters[2:]) <= 0).any():
        return -np.inf
    shares = _probabilities(parameters)
    if (shares[counts > 0] <= 0).any():
        return -np.inf
    return float((counts[counts > 0] * np.log(shares[counts > 0])).sum())


def _derivatives(parameters: Floats, counts: Floats) -> tuple[Floats, Floats]:
    """Gradient and expected information of the multinomial likelihood: Dorfman & Alf (1969), pp. 487-496."""
    a, b, thresholds = parameters[0], parameters[1], parameters[2:]
    shares = np.maximum(_probabilities(parameters), 1e-300)
    edges = np.arange(len(thresholds))
    slopes = np.zeros((2, shares.shape[1], len(parameters)))
    height = stats.norm.pdf(thresholds), stats.norm.pdf(b * thresholds - a)
    for row, by_threshold in enumerate((height[0], b * height[1])):
        slopes[row, edges, 2 + edges] += by_threshold
        slopes[row, edges + 1, 2 + edges] -= by_threshold
    for column, moved in ((0, -height[1]), (1, thresholds * height[1])):
        slopes[1, :-1, column] += moved
        slopes[1, 1:, column] -= moved
    gradient = np.einsum("rc,rcp->p", counts / shares, slopes)
    weight = counts.sum(axis=1, keepdims=True) / shares
    information = np.einsum("rc,rcp,rcq->pq", weight, slopes, slopes, optimize=True)
    return gradient, information
