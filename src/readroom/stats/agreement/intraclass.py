"""Intraclass correlation: the six forms of Shrout and Fleiss."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from readroom.stats.agreement.matrix import RatingsLike
from readroom.stats.agreement.scores import ScoreMatrix, score_matrix
from readroom.stats.citations import EFRON_1993, MCGRAW_1996, SHROUT_FLEISS_1979
from readroom.stats.errors import ConstantRatings, UnknownChoice
from readroom.stats.intervals import checked_level, jackknife_standard_error
from readroom.stats.results import Estimate, Interval

Floats = npt.NDArray[np.float64]

FORMS = ("ICC(1,1)", "ICC(2,1)", "ICC(3,1)", "ICC(1,k)", "ICC(2,k)", "ICC(3,k)")

NOTHING = 1e-12
"""Relative size below which a sum of squares is rounding."""

MEANING = {
    "1": "one-way random: every case is rated by other raters",
    "2": "two-way random, absolute agreement: raters are a sample, differences between them count",
    "3": "two-way mixed, consistency: these raters only, constant differences between them do not count",
}


@dataclass(frozen=True, slots=True)
class MeanSquares:
    """Two-way analysis of variance of cases by raters, without replication: what McGraw & Wong (1996), table 4, use."""

    cases: int
    raters: int
    between_cases: float
    within_cases: float
    between_raters: float
    error: float


def icc(ratings: RatingsLike, *, form: str = "ICC(2,1)", level: float = 0.95) -> Estimate:
    """Estimate an intraclass correlation.

    Examples
    --------
    >>> judges = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    >>> icc(judges, form="ICC(2,1)").value
    0.2897...

    Parameters
    ----------
    ratings : Readings or array of shape (cases, raters)
        Of one question, modality and session. Cases that not every rater rated are left out, and the notes say so.
    form : {"ICC(1,1)", "ICC(2,1)", "ICC(3,1)", "ICC(1,k)", "ICC(2,k)", "ICC(3,k)"}
        First the model (1 one-way random, 2 two-way random with absolute agreement, 3 two-way mixed with
        consistency), then single ratings or the mean of all k raters.
    level : float
        Coverage of the interval.

    Returns
    -------
    Estimate
        `details` holds F, its degrees of freedom and p of the test against 0, and the mean squares.

    Raises
    ------
    ConstantRatings
        All ratings are the same.

    Notes
    -----
    In the words of McGraw & Wong ICC(1,1) is ICC(1), ICC(2,1) is ICC(A,1) and ICC(3,1) is ICC(C,1).

    References
    ----------
    - Shrout & Fleiss (1979), pp. 420-428: the six forms and their intervals; tables 2 and 4: the example that the tests
      reproduce.
    - McGraw & Wong (1996), table 4: the forms; table 7: intervals; table 8: F tests.
    - Efron & Tibshirani (1993), eq. 11.5: jackknife error over cases.
    """
    if form not in FORMS:
        raise UnknownChoice(f"There is no form {form!r}; take {', '.join(FORMS)}.")
    checked_level(level)
    matrix = score_matrix(ratings)
    squares = mean_squares(matrix.scores)
    value = _value(squares, form)
    if not np.isfinite(value):
        raise ConstantRatings(
            f"{form} is undefined: the cases do not differ in what they were rated. Add cases that differ, or report "
            "percent agreement or Bland-Altman limits."
        )
    f, first, second = _f_test(squares, form)
    error = _standard_error(matrix, form)
    unknown = ("No standard error: leaving out one case leaves the coefficient undefined.",) if error is None else ()
    return Estimate(
        name=form,
        value=value,
        standard_error=error,
        interval=_interval(squares, form, level),
        n=matrix.n,
        method=f"analysis of variance, {MEANING[form[4]]}; F interval; jackknife standard error over cases",
        assumptions=("Cases, and errors within a case, are normally distributed with equal variances.",),
        citations=(SHROUT_FLEISS_1979, MCGRAW_1996, EFRON_1993),
        details={
            "F": f,
            "df1": first,
            "df2": second,
            "p_value": float(stats.f.sf(f, first, second)),
            "mean_square_cases": squares.between_cases,
            "mean_square_raters": squares.between_raters,
            "mean_square_error": squares.error,
            "mean_square_within": squares.within_cases,
        },
        notes=(*matrix.notes, *unknown),
        design=matrix.design,
    )


def mean_squares(scores: Floats) -> MeanSquares:
    """Mean squares of a complete table (cases, raters)."""
    cases, raters = scores.shape
    grand = scores.mean()
    by_case = scores.mean(axis=1)
    by_rater = scores.mean(axis=0)
    between_cases = raters * ((by_case - grand) ** 2).sum()
    between_raters = cases * ((by_rater - grand) ** 2).sum()
    within = ((scores - by_case[:, None]) ** 2).sum()
    residual = ((scores - by_case[:, None] - by_rater[None, :] + grand) ** 2).sum()
    rounding = (NOTHING * np.abs(scores).max()) ** 2
    mean = [
        float(square) if square > rounding else 0.0
        for square in (
            between_cases / (cases - 1),
            within / (cases * (raters - 1)),
            between_raters / (raters - 1),
            residual / ((cases - 1) * (raters - 1)),
        )
    ]
    return MeanSquares(cases, raters, *mean)


def _single(squares: MeanSquares, model: str) -> float:
    """ICC(1), ICC(A,1) or ICC(C,1): McGraw & Wong (1996), table 4."""
    k = squares.raters
    between = squares.between_cases
    error = squares.within_cases if model == "1" else squares.error
    room = between + (k - 1) * error
    if model == "2":
        room += k * (squares.between_raters - error) / squares.cases
    return (between - error) / room if room > NOTHING * (between + error) else float("nan")


def _stepped_up(single: float, raters: int) -> float:
    """Spearman-Brown: the reliability of the mean of k ratings from that of one."""
    room = 1 + (raters - 1) * single
    return raters * single / room if room > NOTHING else float("-inf")


def _value(squares: MeanSquares, form: str) -> float:
    single = _single(squares, form[4])
    return single if form.endswith(",1)") or np.isnan(single) else _stepped_up(single, squares.raters)


def _f_test(squares: MeanSquares, form: str) -> tuple[float, int, int]:
    """F against a coefficient of 0, and its degrees of freedom: McGraw & Wong (1996), table 8."""
    first = squares.cases - 1
    if form[4] == "1":
        return _ratio(squares.between_cases, squares.within_cases), first, squares.cases * (squares.raters - 1)
    return _ratio(squares.between_cases, squares.error), first, first * (squares.raters - 1)


def _ratio(upper: float, lower: float) -> float:
    """A ratio of mean squares: infinite when raters agree completely."""
    return upper / lower if lower > 0 else float("inf")


def _interval(squares: MeanSquares, form: str, level: float) -> Interval:
    low, high = _absolute_limits(squares, level) if form[4] == "2" else _f_limits(squares, form, level)
    if form.endswith(",k)"):
        low, high = _stepped_up(low, squares.raters), _stepped_up(high, squares.raters)
    return Interval(low, high, level)


def _f_limits(squares: MeanSquares, form: str, level: float) -> tuple[float, float]:
    """Limits of models 1 and 3: McGraw & Wong (1996), table 7."""
    f, first, second = _f_test(squares, form)
    if np.isinf(f):
        return 1.0, 1.0
    tail = (1 + level) / 2
    low = f / float(stats.f.ppf(tail, first, second))
    high = f * float(stats.f.ppf(tail, second, first))
    k = squares.raters
    return (low - 1) / (low + k - 1), (high - 1) / (high + k - 1)


def _absolute_limits(squares: MeanSquares, level: float) -> tuple[float, float]:
    """Limits of ICC(2,1) with Satterthwaite's degrees of freedom: McGraw & Wong (1996), table 7, ICC(A,1).

    A negative coefficient gives one mean square a negative weight, and then degrees of freedom below 1, down to none;
    1 is the least used.
    """
    n, k = squares.cases, squares.raters
    if squares.error <= 0:
        return _without_error(squares, level)
    rho = _single(squares, "2")
    f = squares.between_raters / squares.error
    spread = n * (1 + (k - 1) * rho) - k * rho
    least = (n - 1) * k**2 * rho**2 * f**2 + spread**2
    freedom = max((k - 1) * (n - 1) * (k * rho * f + spread) ** 2 / least, 1.0) if least > 0 else 1.0
    tail = (1 + level) / 2
    upper = float(stats.f.ppf(tail, n - 1, freedom))
    lower = float(stats.f.ppf(tail, freedom, n - 1))
    between, rest = squares.between_cases, k * squares.between_raters + (k * n - k - n) * squares.error
    low = n * (between - upper * squares.error) / (upper * rest + n * between)
    high = n * (lower * between - squares.error) / (rest + n * lower * between)
    return low, high


def _without_error(squares: MeanSquares, level: float) -> tuple[float, float]:
    """Raters differ by constants only: the limit of the same interval as the error goes to 0."""
    n, k = squares.cases, squares.raters
    tail = (1 + level) / 2
    rest, between = k * squares.between_raters, n * squares.between_cases
    upper = float(stats.f.ppf(tail, n - 1, k - 1))
    lower = float(stats.f.ppf(tail, k - 1, n - 1))
    return between / (upper * rest + between), lower * between / (rest + lower * between)


def _standard_error(matrix: ScoreMatrix, form: str) -> float | None:
    if len(matrix.cases) < 3:
        return None

    def without(kept: npt.NDArray[np.intp]) -> float:
        return _value(mean_squares(matrix.scores[kept]), form)

    error = jackknife_standard_error(without, len(matrix.cases))
    return error if np.isfinite(error) else None
