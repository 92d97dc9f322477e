"""Cohen's kappa of two raters, with and without weights, and Light's mean of it over pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
from scipy import stats

from readroom.stats.agreement.linearised import SAMPLED_CASES
from readroom.stats.agreement.matrix import RatingMatrix, RatingsLike, rating_matrix
from readroom.stats.agreement.weights import WeightsLike, agreement_weights
from readroom.stats.citations import COHEN_1960, COHEN_1968, FLEISS_COHEN_EVERITT_1969, LIGHT_1971
from readroom.stats.columns import Option
from readroom.stats.errors import AmbiguousSelection, ConstantRatings, TooFewCases
from readroom.stats.intervals import clipped, normal_interval
from readroom.stats.results import Estimate

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class PairKappa:
    """Kappa of two raters, what each case adds to its error, and the standard error under no agreement."""

    value: float
    observed: float
    expected: float
    influence: Floats
    null_standard_error: float


def cohen_kappa(
    ratings: RatingsLike,
    *,
    options: Sequence[Option] | None = None,
    weights: WeightsLike = "unweighted",
    scores: Sequence[float] | None = None,
    level: float = 0.95,
) -> Estimate:
    """Estimate Cohen's kappa of two raters.

    Examples
    --------
    >>> cohen_kappa([[1, 1], [2, 2], [1, 2], [3, 3]], options=[1, 2, 3], weights="linear").value
    0.714...

    Parameters
    ----------
    ratings : Readings or array of shape (cases, 2)
        Cases that one of the two did not rate are left out, and the notes say so.
    options : sequence
        The full list in its order; readings bring their own. Weights span the full list, not the options that
        happen to occur.
    weights : {"unweighted", "linear", "quadratic", "ordinal"} or matrix
        Credit for near misses, see `agreement_weights`.
    scores : sequence of float, optional
        The number each option stands for, when their steps are not equal.
    level : float
        Coverage of the interval.

    Returns
    -------
    Estimate
        The standard error is that at the kappa found; `details` holds the one under no agreement, and its z.

    Raises
    ------
    ConstantRatings
        Both raters gave one option throughout.

    References
    ----------
    - Cohen (1960), eq. 1: kappa.
    - Cohen (1968), pp. 213-220: weights.
    - Fleiss, Cohen & Everitt (1969), eq. 8: error of kappa; pp. 323-327: of weighted kappa, and under no agreement.
    """
    matrix = rating_matrix(ratings, options)
    if len(matrix.raters) != 2:
        raise AmbiguousSelection(
            f"Cohen's kappa compares two raters, there are {len(matrix.raters)} ({', '.join(matrix.raters[:6])}); "
            "keep two of them with 'only', or use Light's, Conger's or Fleiss' kappa."
        )
    pair = matrix.pair(0, 1)
    found = pair_kappa(pair, agreement_weights(weights, len(matrix.options), scores))
    error = float(np.sqrt((found.influence**2).sum()) / len(pair.cases))
    z = found.value / found.null_standard_error if found.null_standard_error > 0 else np.nan
    details = {
        "observed": found.observed,
        "expected": found.expected,
        "null_standard_error": found.null_standard_error,
    }
    if np.isfinite(z):
        details |= {"null_z": float(z), "p_value": float(2 * stats.norm.sf(abs(z)))}
    return Estimate(
        name="Cohen's kappa" if weights == "unweighted" else "weighted kappa",
        value=found.value,
        standard_error=error,
        interval=clipped(normal_interval(found.value, error, level), -np.inf, 1.0),
        n=pair.n,
        method=f"closed form, {_describe(weights)}; large-sample standard error, normal interval",
        assumptions=(SAMPLED_CASES,),
        citations=(COHEN_1960 if weights == "unweighted" else COHEN_1968, FLEISS_COHEN_EVERITT_1969),
        group={"readers": " and ".join(matrix.raters)},
        details=details,
        notes=matrix.missing_note,
        design=matrix.design,
    )


def light_kappa(
    ratings: RatingsLike,
    *,
    options: Sequence[Option] | None = None,
    weights: WeightsLike = "unweighted",
    level: float = 0.95,
) -> Estimate:
    """Estimate Light's kappa: the mean of Cohen's kappa over all pairs of raters.

    Examples
    --------
    >>> light_kappa([[1, 1, 1], [2, 2, 2], [1, 2, 1], [3, 3, 3]], options=[1, 2, 3]).value
    0.757...

    Parameters
    ----------
    ratings : Readings or array of shape (cases, raters)
        Each pair uses the cases that both rated.
    options : sequence
        The full list in its order; readings bring their own.
    weights : str or matrix
        Credit for near misses, see `agreement_weights`.
    level : float
        Coverage of the interval.

    Returns
    -------
    Estimate
        `details` holds the smallest and largest pairwise kappa.

    Notes
    -----
    The standard error adds up what each case adds to every pairwise kappa (delta method), because pairs share raters
    and cases.

    References
    ----------
    - Light (1971), pp. 365-377: mean of the kappas of all pairs.
    - Fleiss, Cohen & Everitt (1969), eq. 8: what a case adds to the error of one kappa.
    """
    matrix = rating_matrix(ratings, options)
    weight = agreement_weights(weights, len(matrix.options))
    total = np.zeros(len(matrix.cases))
    values = []
    for first, second in combinations(range(len(matrix.raters)), 2):
        both = (matrix.codes[:, [first, second]] >= 0).all(axis=1)
        found = pair_kappa(matrix.pair(first, second), weight)
        values.append(found.value)
        total[both] += found.influence * len(total) / both.sum()
    error = float(np.sqrt((total**2).sum()) / (len(values) * len(total)))
    value = float(np.mean(values))
    return Estimate(
        name="Light's kappa",
        value=value,
        standard_error=error,
        interval=clipped(normal_interval(value, error, level), -np.inf, 1.0),
        n=matrix.n,
        method=f"mean of {len(values)} pairwise kappas, {_describe(weights)}; delta-method error, normal interval",
        assumptions=(SAMPLED_CASES,),
        citations=(LIGHT_1971, FLEISS_COHEN_EVERITT_1969),
        details={"smallest": min(values), "largest": max(values)},
        notes=matrix.missing_note,
        design=matrix.design,
    )


def pair_kappa(pair: RatingMatrix, weight: Floats) -> PairKappa:
    """Kappa of two raters on cases that both rated: Cohen (1968); errors: Fleiss, Cohen & Everitt (1969), eq. 8."""
    if len(pair.cases) < 2:
        raise TooFewCases(
            f"{' and '.join(pair.raters)} have {len(pair.cases)} case(s) in common; kappa needs at least two. "
            "Let them read the same display sets, or use Krippendorff's alpha over all readers."
        )
    options = np.arange(len(pair.options))
    rows = (pair.codes[:, 0][:, None] == options).mean(axis=0)
    columns = (pair.codes[:, 1][:, None] == options).mean(axis=0)
    expected = float(rows @ weight @ columns)
    if 1 - expected < 1e-12:
        raise ConstantRatings(
            f"{' and '.join(pair.raters)} gave {pair.options[int(pair.codes[0, 0])]!r} for every case, so kappa is "
            "undefined; report percent agreement or Gwet's AC1, or add cases that differ."
        )
    credit = weight[pair.codes[:, 0], pair.codes[:, 1]]
    observed = float(credit.mean())
    value = (observed - expected) / (1 - expected)
    margins = (weight @ columns)[:, None] + (rows @ weight)[None, :]
    own = margins[pair.codes[:, 0], pair.codes[:, 1]]
    influence = (credit - own * (1 - value) - (value - expected * (1 - value))) / (1 - expected)
    spread = float(rows @ ((weight - margins) ** 2) @ columns) - expected**2
    null = np.sqrt(max(spread, 0.0) / len(pair.cases)) / (1 - expected)
    return PairKappa(value, observed, expected, influence, float(null))


def _describe(weights: WeightsLike) -> str:
    if not isinstance(weights, str):
        return "weights given as a matrix"
    return weights if weights == "unweighted" else f"{weights} weights over the full list of options"
