"""Area under the empirical curve, its DeLong variance by midranks, and the tests on it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import stats

from readroom.stats.citations import DELONG_1988, SUN_XU_2014
from readroom.stats.errors import MismatchedShapes, NotEstimable, UnknownChoice
from readroom.stats.intervals import checked_level, clipped, normal_interval
from readroom.stats.numbers import as_numbers
from readroom.stats.results import Estimate, HypothesisTest, Interval
from readroom.stats.roc.curve import RatingsLike, RocSample, roc_sample

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

ASSUMPTIONS = ("Cases are independent random samples of the diseased and of the healthy.",)
NO_WIDTH = (
    "The standard error is 0 because the ratings separate the classes completely (or never); the interval has no "
    "width and understates what the sample leaves open."
)


def placements(ratings: Floats, is_diseased: Bools) -> tuple[Floats, Floats]:
    """Compute each case's share in the area, by midranks.

    Parameters
    ----------
    ratings : ndarray of float, shape (..., cases)
        Any number of curves at once; no NaN.
    is_diseased : ndarray of bool, shape (cases,)
        The truth.

    Returns
    -------
    of_diseased : ndarray, shape (..., diseased)
        The fraction of healthy cases rated below each diseased case; ties count a half.
    of_healthy : ndarray, shape (..., healthy)
        The fraction of diseased cases rated above each healthy case; ties count a half.

    References
    ----------
    - DeLong, DeLong & Clarke-Pearson (1988), section 2: the components V10 and V01.
    - Sun & Xu (2014), algorithm 1: the same by midranks.
    """
    diseased, healthy = ratings[..., is_diseased], ratings[..., ~is_diseased]
    everyone = stats.rankdata(np.concatenate([diseased, healthy], axis=-1), axis=-1)
    m, n = diseased.shape[-1], healthy.shape[-1]
    of_diseased = (everyone[..., :m] - stats.rankdata(diseased, axis=-1)) / n
    of_healthy = 1 - (everyone[..., m:] - stats.rankdata(healthy, axis=-1)) / m
    return np.asarray(of_diseased), np.asarray(of_healthy)


def delong_covariance(ratings: Floats, is_diseased: Bools) -> tuple[Floats, Floats]:
    """Compute the areas of several curves on the same cases, and their covariance.

    Examples
    --------
    >>> areas, covariance = delong_covariance(cube.ratings.reshape(-1, len(cube.cases)), cube.is_diseased)

    Parameters
    ----------
    ratings : ndarray of float, shape (curves, cases)
        No NaN.
    is_diseased : ndarray of bool, shape (cases,)
        The truth; at least two of each class.

    Returns
    -------
    areas : ndarray, shape (curves,)
    covariance : ndarray, shape (curves, curves)

    References
    ----------
    - DeLong, DeLong & Clarke-Pearson (1988), section 2: S = S10 / m + S01 / n for m diseased and n healthy cases.
    - Sun & Xu (2014), algorithm 2: the same by midranks.
    """
    of_diseased, of_healthy = placements(ratings, is_diseased)
    covariance = np.cov(of_diseased) / of_diseased.shape[1] + np.cov(of_healthy) / of_healthy.shape[1]
    return of_diseased.mean(axis=1), np.asarray(np.atleast_2d(covariance))


def auc(
    ratings: RatingsLike, truth: npt.ArrayLike | None = None, *, interval: str = "normal", level: float = 0.95
) -> Estimate:
    """Estimate the area under the empirical curve of one reader under one modality.

    Examples
    --------
    >>> auc([1, 2, 3, 2, 3, 4], [0, 0, 0, 1, 1, 1]).value
    0.777...

    Parameters
    ----------
    ratings : Readings or array of shape (cases,)
        Higher means more suspicious. Cases without a rating are left out, and the notes say so.
    truth : array of shape (cases,)
        1 diseased, 0 healthy; readings bring their own.
    interval : {"normal", "logit"}
        Symmetric and cut at 0 and 1, or symmetric on the logit scale, which is better near 1.
    level : float
        Coverage of the interval.

    Returns
    -------
    Estimate

    Raises
    ------
    EmptyClass, TooFewCases, ConstantRatings, MissingTruth

    References
    ----------
    - Bamber (1975), pp. 387-415: the area is the Mann-Whitney statistic.
    - DeLong, DeLong & Clarke-Pearson (1988), eqs. 3 and 4: the statistic, ties counted half; section 2: its variance.
    - Pepe (2003), ch. 5: logit interval.
    """
    return auc_of(roc_sample(ratings, truth), interval=interval, level=level)


def auc_of(sample: RocSample, *, interval: str = "normal", level: float = 0.95) -> Estimate:
    """The area of a checked sample."""
    areas, covariance = delong_covariance(sample.ratings[None], sample.is_diseased)
    value, error = float(areas[0]), float(np.sqrt(max(covariance[0, 0], 0.0)))
    return Estimate(
        name="AUC",
        value=value,
        standard_error=error,
        interval=area_interval(value, error, interval, level),
        n=sample.n,
        method=f"empirical (Mann-Whitney), DeLong standard error, {interval} interval",
        assumptions=ASSUMPTIONS,
        citations=(DELONG_1988, SUN_XU_2014),
        group=sample.group,
        notes=(*sample.notes, NO_WIDTH) if error < 1e-12 else sample.notes,
        design=sample.design,
    )


def area_interval(value: float, error: float, kind: str, level: float) -> Interval:
    """An interval within 0 and 1."""
    if kind == "normal":
        return clipped(normal_interval(value, error, level), 0.0, 1.0)
    if kind != "logit":
        raise UnknownChoice(f"There is no interval {kind!r}; take normal or logit.")
    if not 0 < value < 1:
        return Interval(value, value, checked_level(level))
    around = normal_interval(float(np.log(value / (1 - value))), error / (value * (1 - value)), level)
    return Interval(float(1 / (1 + np.exp(-around.low))), float(1 / (1 + np.exp(-around.high))), level)


def compare_aucs(
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    truth: npt.ArrayLike,
    *,
    names: tuple[str, str] = ("first", "second"),
    level: float = 0.95,
) -> HypothesisTest:
    """Test whether two curves on the same cases have the same area.

    Examples
    --------
    >>> compare_aucs(with_ai, without_ai, truth, names=("with", "without")).p_value

    Parameters
    ----------
    first, second : array of shape (cases,)
        Ratings of the same cases; a case that misses one is left out, and the notes say so.
    truth : array of shape (cases,)
        1 diseased, 0 healthy.
    names : tuple of str
        What the two are called.
    level : float
        Coverage of the interval of the difference.

    Returns
    -------
    HypothesisTest
        `estimate` is the difference, first minus second; `details` holds both areas and their covariance.

    Raises
    ------
    NotEstimable
        The two order the cases alike, so the difference has no variance.

    Notes
    -----
    z = (A1 - A2) / sqrt(S11 + S22 - 2 S12).

    References
    ----------
    - DeLong, DeLong & Clarke-Pearson (1988), section 2: the standard normal test of a contrast L, here (1, -1).
    - Sun & Xu (2014), algorithm 2: the covariance by midranks.
    """
    rows, known = [as_numbers(row, "ratings") for row in (first, second)], as_numbers(truth, "truths")
    if known.ndim != 1 or any(row.shape != known.shape for row in rows):
        raise MismatchedShapes("Both ratings and the truth must be rows of the same length, one value per case.")
    ratings = np.stack(rows)
    both: Bools = np.all(~np.isnan(ratings), axis=0)
    samples = [roc_sample(row[both], known[both]) for row in ratings]
    areas, covariance = delong_covariance(ratings[:, both], samples[0].is_diseased)
    missing = int((~both).sum())
    notes = (f"{missing} of {len(both)} cases lack one of the two ratings and are left out.",) if missing else ()
    return difference_test(areas, covariance, names, samples[0], notes, level)


def difference_test(
    areas: Floats, covariance: Floats, names: tuple[str, str], sample: RocSample, notes: tuple[str, ...], level: float
) -> HypothesisTest:
    """Z test on the difference of two areas with their covariance."""
    difference = float(areas[0] - areas[1])
    variance = float(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    if variance < 1e-15:
        raise NotEstimable(
            f"{names[0]} and {names[1]} order the cases alike, so their difference has no variance and no test. "
            "Report both areas."
        )
    error = float(np.sqrt(variance))
    z = difference / error
    method = "DeLong test of two areas on the same cases, normal law"
    estimate = Estimate(
        name=f"AUC, {names[0]} - {names[1]}",
        value=difference,
        standard_error=error,
        interval=normal_interval(difference, error, level),
        n=sample.n,
        method=method,
        assumptions=ASSUMPTIONS,
        citations=(DELONG_1988, SUN_XU_2014),
        notes=notes,
        design=sample.design,
    )
    return HypothesisTest(
        name=estimate.name,
        null="both have the same area under the curve",
        statistic_name="z",
        statistic=z,
        p_value=float(2 * stats.norm.sf(abs(z))),
        method=method,
        estimate=estimate,
        n=sample.n,
        assumptions=ASSUMPTIONS,
        citations=(DELONG_1988, SUN_XU_2014),
        details={
            f"AUC {names[0]}": float(areas[0]),
            f"AUC {names[1]}": float(areas[1]),
            "covariance": float(covariance[0, 1]),
        },
        notes=notes,
        design=sample.design,
    )
