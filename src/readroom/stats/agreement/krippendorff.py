"""Krippendorff's alpha for nominal, ordinal, interval and ratio ratings, with missing readings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from readroom.stats.agreement.linearised import SAMPLED_CASES, with_test
from readroom.stats.agreement.matrix import RatingMatrix, RatingsLike, rating_matrix
from readroom.stats.citations import EFRON_1993, GWET_2021, KRIPPENDORFF_2011
from readroom.stats.columns import Option, label
from readroom.stats.errors import ConstantRatings, MismatchedShapes, NotANumber, TooFewCases, UnknownChoice
from readroom.stats.intervals import bootstrap_cases
from readroom.stats.numbers import as_numbers
from readroom.stats.results import Estimate
from readroom.stats.table import Readings

Floats = npt.NDArray[np.float64]

METRICS = ("nominal", "ordinal", "interval", "ratio")
MOST_VALUES = 2000
"""Different values; the metric is a table of their square."""

RESAMPLED = "bootstrap over cases (2,000 samples, fixed seed, percentile interval)"


def krippendorff_alpha(
    ratings: RatingsLike,
    *,
    metric: str | npt.ArrayLike = "nominal",
    options: Sequence[Option] | None = None,
    level: float = 0.95,
) -> Estimate:
    """Estimate Krippendorff's alpha.

    Examples
    --------
    >>> krippendorff_alpha([[1, 1], [2, 2], [1, 2], [3, None]], metric="nominal").value
    0.444...

    Parameters
    ----------
    ratings : Readings or array of shape (cases, raters)
        Of one question, modality and session; None or NaN where missing. Cases with one rating do not count.
    metric : {"nominal", "ordinal", "interval", "ratio"} or matrix
        How far apart two ratings are. Interval and ratio take the options (or ratings) as numbers. A matrix holds
        the squared distances between the options.
    options : sequence, optional
        The list in its order. Alpha does not change when it holds options that nobody chose; without it numeric
        ratings stand for themselves.
    level : float
        Coverage of the interval.

    Returns
    -------
    Estimate
        `details` holds observed and expected disagreement.

    Raises
    ------
    ConstantRatings
        All ratings are the same.

    Notes
    -----
    The standard error of nominal, interval and ratio alpha leaves out the factor 1 - 1/(number of ratings), as its
    source does. The ordinal metric depends on the ratings themselves, so its error comes from a bootstrap over cases.

    References
    ----------
    - Krippendorff (2011), section D: coincidences, alpha, and the difference functions of the four metrics.
    - Gwet (2021), pp. 781-790: linearised error.
    - Efron & Tibshirani (1993), ch. 6 and 13: bootstrap.
    """
    matrix = rating_matrix(ratings, _options(ratings, options))
    distances = _distances(matrix, metric)
    counts = matrix.counts
    counts = counts[counts.sum(axis=1) >= 2]
    if len(counts) < 2:
        raise TooFewCases(
            f"{len(counts)} case(s) have two ratings; alpha needs at least two such cases. "
            "Add display sets that several readers read."
        )
    observed, expected = _disagreements(counts, distances)
    if expected <= 0:
        raise ConstantRatings(
            "Alpha is undefined: all ratings are the same, so no disagreement is expected. "
            "Report percent agreement, or add cases that differ."
        )
    estimate = Estimate(
        name=f"Krippendorff's alpha ({metric if isinstance(metric, str) else 'distances given'})",
        value=1 - observed / expected,
        n=matrix.n,
        method="coincidence matrix",
        assumptions=(SAMPLED_CASES,),
        citations=(KRIPPENDORFF_2011,),
        details={"observed_disagreement": observed, "expected_disagreement": expected},
        notes=(*matrix.missing_note, *_left_out(matrix)),
        design=matrix.design,
    )
    return _with_error(estimate, counts, distances, level)


def _options(ratings: RatingsLike, options: Sequence[Option] | None) -> Sequence[Option] | None:
    """Numeric ratings without a list of options stand for themselves, in their order."""
    if options is not None or isinstance(ratings, Readings):
        return options
    try:
        numbers = np.asarray(ratings, dtype=float)
    except (TypeError, ValueError):
        return None
    return [str(label(number)) for number in np.unique(numbers[np.isfinite(numbers)])]


def _numbers(matrix: RatingMatrix) -> Floats:
    try:
        return np.array([float(option) for option in matrix.options])
    except ValueError as error:
        raise NotANumber(
            f"Interval and ratio alpha need options that are numbers; {', '.join(matrix.options)} are not all. "
            "Use the ordinal or the nominal metric, or name the options by numbers."
        ) from error


def _left_out(matrix: RatingMatrix) -> tuple[str, ...]:
    single = int((matrix.counts.sum(axis=1) < 2).sum())
    return (f"{single} case(s) with a single rating do not count.",) if single else ()


def _distances(matrix: RatingMatrix, metric: str | npt.ArrayLike) -> Floats | None:
    """Difference functions, squared (Krippendorff 2011, section D); None for the ordinal one, made from the ratings."""
    if len(matrix.options) > MOST_VALUES:
        raise UnknownChoice(f"{len(matrix.options)} different values are too many for alpha; use icc for measurements.")
    if not isinstance(metric, str):
        return _given_distances(as_numbers(metric, "distances"), len(matrix.options))
    if metric == "ordinal":
        return None
    if metric == "nominal":
        return np.asarray(1 - np.eye(len(matrix.options)))
    if metric not in METRICS:
        raise UnknownChoice(f"There is no metric {metric!r}; take {', '.join(METRICS)} or a matrix.")
    values = _numbers(matrix)
    steps = values[:, None] - values[None, :]
    if metric == "interval":
        return np.asarray(steps**2)
    if (values < 0).any():
        raise NotANumber("Ratio alpha needs ratings of 0 or more; use the interval metric.")
    sums = values[:, None] + values[None, :]
    return np.asarray((steps / np.where(sums == 0, 1, sums)) ** 2)


def _given_distances(distances: Floats, options: int) -> Floats:
    is_metric = distances.shape == (options, options) and bool(np.isfinite(distances).all())
    if not is_metric or (distances < 0).any() or np.diag(distances).any() or not np.allclose(distances, distances.T):
        raise MismatchedShapes(
            f"The distances must be a symmetric {options} x {options} table of numbers from 0, with 0 on the diagonal."
        )
    return distances


def _disagreements(counts: Floats, distances: Floats | None) -> tuple[float, float]:
    """Observed and expected disagreement from counts (cases, options): Krippendorff (2011), section D."""
    totals = counts.sum(axis=0)
    if distances is None:
        middle = np.cumsum(totals) - totals / 2
        distances = (middle[:, None] - middle[None, :]) ** 2
    raters = counts.sum(axis=1, keepdims=True)
    within = (counts / (raters - 1) * (counts @ distances)).sum()
    pairs = totals.sum()
    return float(within / pairs), float(totals @ distances @ totals / (pairs * (pairs - 1)))


def _with_error(estimate: Estimate, counts: Floats, distances: Floats | None, level: float) -> Estimate:
    if distances is not None:
        error = _linearised_error(counts, distances)
        method = "coincidence matrix; linearised standard error, t interval over cases (cases - 1 degrees of freedom)"
        closed = replace(estimate, standard_error=error, method=method, citations=(KRIPPENDORFF_2011, GWET_2021))
        return with_test(closed, len(counts) - 1, level)

    def alpha(drawn: npt.NDArray[np.intp]) -> float:
        observed, expected = _disagreements(counts[drawn], None)
        return 1 - observed / expected if expected > 0 else float("nan")

    error, interval, undefined = bootstrap_cases(alpha, len(counts), level=level)
    notes = estimate.notes
    if undefined:
        notes = (*notes, f"{undefined} bootstrap samples had no disagreement to expect and were left out.")
    method = f"coincidence matrix; {RESAMPLED}"
    citations = (KRIPPENDORFF_2011, EFRON_1993)
    return replace(estimate, standard_error=error, interval=interval, method=method, citations=citations, notes=notes)


def _linearised_error(counts: Floats, apart: Floats) -> float:
    """Gwet (2021), with shares and agreement taken over ratings instead of cases, and alpha's small-sample factor."""
    weight = 1 - apart / apart.max()
    raters = counts.sum(axis=1)
    mean = raters.mean()
    shares = counts / mean
    overall = shares.mean(axis=0)
    expected = float(overall @ weight @ overall)
    agreed = (counts * (counts @ weight - 1)).sum(axis=1) / (mean * (raters - 1))
    observed = agreed.mean()
    value = (observed - expected) / (1 - expected)
    excess = (raters - mean) / mean
    corrected = 1 - (1 - observed) * (1 - 1 / raters.sum())
    own = (agreed - corrected * excess - expected) / (1 - expected)
    chance = shares @ (weight @ overall) - expected * excess
    linear = own - 2 * (1 - value) * (chance - expected) / (1 - expected)
    return float(np.sqrt(((linear - value) ** 2).sum() / (len(counts) * (len(counts) - 1))))
