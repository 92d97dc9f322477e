"""Kendall's coefficient of concordance."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import stats

from readroom.stats.agreement.linearised import SAMPLED_CASES
from readroom.stats.agreement.matrix import RatingsLike
from readroom.stats.agreement.scores import score_matrix
from readroom.stats.citations import EFRON_1993, KENDALL_1990
from readroom.stats.errors import ConstantRatings
from readroom.stats.intervals import bootstrap_cases
from readroom.stats.results import Estimate

Floats = npt.NDArray[np.float64]


def kendall_w(ratings: RatingsLike, *, level: float = 0.95) -> Estimate:
    """Estimate Kendall's W: how alike raters rank the cases, corrected for ties.

    Examples
    --------
    >>> kendall_w([[1, 1, 2], [2, 2, 1], [3, 3, 3]]).value
    0.777...

    Parameters
    ----------
    ratings : Readings or array of shape (cases, raters)
        Numbers; cases that not every rater rated are left out, and the notes say so.
    level : float
        Coverage of the interval.

    Returns
    -------
    Estimate
        0 no, 1 complete agreement of ranks. `details` holds chi2, its degrees of freedom and p of no agreement.

    Raises
    ------
    ConstantRatings
        A rater gave every case the same rating, so it ranks nothing.

    Notes
    -----
    The bootstrap repeats cases, which adds ties; W is corrected for them.

    References
    ----------
    - Kendall & Gibbons (1990), ch. 6: W, its correction for ties, and the chi-squared test.
    - Efron & Tibshirani (1993), ch. 6 and 13: bootstrap.
    """
    matrix = score_matrix(ratings)
    flat = [rater for rater, column in zip(matrix.raters, matrix.scores.T, strict=True) if np.ptp(column) == 0]
    if flat:
        raise ConstantRatings(
            f"{flat[0]} gave every case the same rating and so ranks nothing; leave that rater out with "
            "'leave_out', or use percent agreement."
        )
    value = _w(matrix.scores)
    cases, raters = matrix.scores.shape
    chi2 = raters * (cases - 1) * value
    error, interval, _ = bootstrap_cases(lambda drawn: _w(matrix.scores[drawn]), cases, level=level)
    return Estimate(
        name="Kendall's W",
        value=value,
        standard_error=error,
        interval=interval,
        n=matrix.n,
        method="ranks, corrected for ties; bootstrap over cases (2,000 samples, fixed seed, percentile interval)",
        assumptions=(SAMPLED_CASES,),
        citations=(KENDALL_1990, EFRON_1993),
        details={"chi2": chi2, "degrees_of_freedom": cases - 1.0, "p_value": float(stats.chi2.sf(chi2, cases - 1))},
        notes=matrix.notes,
        design=matrix.design,
    )


def _w(scores: Floats) -> float:
    """Kendall & Gibbons (1990), ch. 6, with the correction for ties."""
    cases, raters = scores.shape
    ranks = stats.rankdata(scores, axis=0)
    sums = ranks.sum(axis=1)
    ties = sum(float((counts**3 - counts).sum()) for counts in map(_repeats, scores.T))
    room = raters**2 * (cases**3 - cases) - raters * ties
    return float(12 * ((sums - sums.mean()) ** 2).sum() / room) if room > 0 else float("nan")


def _repeats(column: Floats) -> npt.NDArray[np.float64]:
    return np.unique(column, return_counts=True)[1].astype(float)
