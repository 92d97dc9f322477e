"""Agreement of any number of raters beyond chance: one frame, six notions of chance.

All coefficients are ``(observed - expected) / (1 - expected)``; they differ in what they expect by chance. Missing
ratings are allowed. Standard errors are those of the linearised coefficient over a sample of cases; intervals and tests
use Student's law with one degree of freedom less than there are cases.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from readroom.stats.agreement.linearised import Chance, coefficient, option_shares
from readroom.stats.agreement.matrix import RatingMatrix, RatingsLike, rating_matrix
from readroom.stats.agreement.weights import WeightsLike, agreement_weights
from readroom.stats.citations import (
    BRENNAN_1981,
    CONGER_1980,
    FLEISS_1971,
    FLEISS_1979,
    GWET_2008,
    GWET_2014,
    GWET_2021,
    RANDOLPH_2005,
)
from readroom.stats.columns import Option
from readroom.stats.results import Estimate

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Notion:
    """A coefficient: its name, what it expects by chance, its papers, and what it adds to the details."""

    name: str
    expect: Callable[[RatingMatrix, Floats], Chance]
    citations: tuple[str, ...]
    details: Callable[[RatingMatrix, Floats, Chance], dict[str, float]] = lambda *_: {}


def _beyond(
    notion: Notion,
    ratings: RatingsLike,
    options: Sequence[Option] | None,
    weights: WeightsLike,
    level: float,
) -> Estimate:
    """The frame of all coefficients: ratings, weights, chance, and the estimate with its error."""
    matrix = rating_matrix(ratings, options)
    weight = agreement_weights(weights, len(matrix.options))
    chance = notion.expect(matrix, weight)
    details = notion.details(matrix, weight, chance)
    return coefficient(notion.name, matrix, weight, chance, level=level, citations=notion.citations, details=details)


def percent_agreement(
    ratings: RatingsLike,
    *,
    options: Sequence[Option] | None = None,
    weights: WeightsLike = "unweighted",
    level: float = 0.95,
) -> Estimate:
    """Estimate the share of pairs of raters that agree on a case.

    Examples
    --------
    >>> percent_agreement([[1, 1], [2, 2], [1, 2]], options=[1, 2]).value
    0.666...

    Parameters
    ----------
    ratings : Readings or array of shape (cases, raters)
        Of one question, modality and session; missing allowed.
    options : sequence
        The full list in its order; readings bring their own.
    weights : str or matrix
        Credit for near misses, see `agreement_weights`.
    level : float
        Coverage of the interval.

    Returns
    -------
    Estimate

    References
    ----------
    - Fleiss (1971), eq. 2: agreement within a case.
    - Gwet (2021), pp. 781-790: weights, missing ratings and the linearised error.
    """
    return _beyond(Notion("percent agreement", _nothing, (GWET_2021,)), ratings, options, weights, level)


def _nothing(matrix: RatingMatrix, weight: Floats) -> Chance:  # noqa: ARG001 - one signature for all notions of chance
    return Chance(0.0, np.zeros(len(matrix.cases)))


def fleiss_kappa(
    ratings: RatingsLike,
    *,
    options: Sequence[Option] | None = None,
    weights: WeightsLike = "unweighted",
    level: float = 0.95,
) -> Estimate:
    """Estimate Fleiss' kappa, generalised to weights and missing ratings.

    Chance: every rater draws options as all raters together do.

    Examples
    --------
    >>> fleiss_kappa([[1, 1, 1], [2, 2, 2], [1, 1, 2]], options=[1, 2]).value
    0.55...

    Parameters
    ----------
    ratings, options, weights, level
        As for `percent_agreement`.

    Returns
    -------
    Estimate
        `details` holds, for complete unweighted ratings, Fleiss' kappa of each option (``kappa of <option>``) and the
        standard error and z under no agreement (``null_standard_error``, ``null_z``).

    Notes
    -----
    pe = sum(w_kl p_k p_l) with p_k the share of option k among all ratings.

    References
    ----------
    - Fleiss (1971), eqs. 1, 2 and 5: shares of the options, agreement within a case, chance; eqs. 20 and 21: kappa of
      one option.
    - Fleiss, Nee & Landis (1979), pp. 974-977: error under no agreement, which corrects that of 1971.
    - Gwet (2008), eqs. 33 to 35: linearised error.
    - Gwet (2021), pp. 781-790: the same with weights and missing ratings.
    """
    notion = Notion("Fleiss' kappa", _pooled, (FLEISS_1971, FLEISS_1979, GWET_2021), _fleiss_details)
    return _beyond(notion, ratings, options, weights, level)


def _pooled(matrix: RatingMatrix, weight: Floats) -> Chance:
    shares = option_shares(matrix)
    overall = shares.mean(axis=0)
    return Chance(float(overall @ weight @ overall), shares @ (weight @ overall))


def _fleiss_details(matrix: RatingMatrix, weight: Floats, chance: Chance) -> dict[str, float]:
    """Fleiss (1971), eqs. 20 and 21; null variance: Fleiss, Nee & Landis (1979). Complete, unweighted ratings only."""
    if (matrix.codes < 0).any() or not _is_identity(weight):
        return {}
    counts = matrix.counts
    cases, raters = matrix.codes.shape
    share = counts.mean(axis=0) / raters
    rest = share * (1 - share)
    pairs = cases * raters * (raters - 1)
    disagreements = (counts * (raters - counts)).sum(axis=0)
    by_option = {
        f"kappa of {option}": float(1 - apart / (pairs * chosen))
        for option, apart, chosen in zip(matrix.options, disagreements, rest, strict=True)
        if chosen > 0
    }
    total = rest.sum()
    if total == 0:
        return by_option
    variance = 2 * (total**2 - (rest * (1 - 2 * share)).sum()) / (pairs * total**2)
    kappa = 1 - disagreements.sum() / (pairs * (1 - chance.expected))
    null = float(np.sqrt(variance))
    return by_option | {"null_standard_error": null, "null_z": float(kappa) / null}


def conger_kappa(
    ratings: RatingsLike,
    *,
    options: Sequence[Option] | None = None,
    weights: WeightsLike = "unweighted",
    level: float = 0.95,
) -> Estimate:
    """Estimate Conger's kappa: Cohen's kappa for any number of raters.

    Chance: every rater draws options as that rater does.

    Examples
    --------
    >>> conger_kappa([[1, 1], [2, 2], [1, 2], [1, 1]], options=[1, 2]).value
    0.5

    Parameters
    ----------
    ratings, options, weights, level
        As for `percent_agreement`.

    Returns
    -------
    Estimate

    Notes
    -----
    pe = mean over pairs of raters g, h of sum(w_kl p_gk p_hl), with p_gk the share of option k among the ratings of
    rater g. With two raters it is Cohen's kappa.

    References
    ----------
    - Conger (1980), pp. 322-328: kappa from the shares of each rater.
    - Gwet (2021), pp. 781-790: the linearised error.
    """
    notion = Notion("Conger's kappa", _by_rater, (CONGER_1980, GWET_2021))
    return _beyond(notion, ratings, options, weights, level)


def _by_rater(matrix: RatingMatrix, weight: Floats) -> Chance:
    """Expected agreement of two different raters, each with its own shares of the options."""
    chosen = (matrix.codes[:, :, None] == np.arange(len(matrix.options))).astype(float)
    present = (matrix.codes >= 0).astype(float)
    cases, raters = present.shape
    scale = cases / present.sum(axis=0)
    own = chosen.sum(axis=0) / present.sum(axis=0)[:, None]
    others = (own.sum(axis=0) - own) @ weight
    pairs = raters * (raters - 1)
    expected = float((own * others).sum() / pairs)
    moved = (chosen - present[:, :, None] * own) * scale[None, :, None]
    return Chance(expected, expected + np.einsum("irk,rk->i", moved, others) / pairs)


def gwet_ac(
    ratings: RatingsLike,
    *,
    options: Sequence[Option] | None = None,
    weights: WeightsLike = "unweighted",
    level: float = 0.95,
) -> Estimate:
    """Estimate Gwet's AC1 (unweighted) or AC2 (weighted).

    Chance: only the ratings of hard cases are random; stays meaningful when nearly all cases get one option.

    Examples
    --------
    >>> gwet_ac([[1, 1], [2, 2], [1, 2], [1, 1]], options=[1, 2]).value
    0.52...

    Parameters
    ----------
    ratings, options, weights, level
        As for `percent_agreement`; an option that nobody chose counts.

    Returns
    -------
    Estimate

    Notes
    -----
    pe = sum(w) / (q (q - 1)) sum(p_k (1 - p_k)) for q options.

    References
    ----------
    - Gwet (2008), pp. 29-48: AC1 and its linearised error.
    - Gwet (2014), ch. 3-5: weights (AC2) and missing ratings.
    """
    is_plain = weights == "unweighted" if isinstance(weights, str) else _is_identity(weights)
    notion = Notion(f"Gwet's AC{1 if is_plain else 2}", _hard_cases, (GWET_2008, GWET_2014))
    return _beyond(notion, ratings, options, weights, level)


def _is_identity(weight: npt.ArrayLike) -> bool:
    return np.array_equal(weight, np.eye(len(np.atleast_1d(weight))))


def _hard_cases(matrix: RatingMatrix, weight: Floats) -> Chance:
    shares = option_shares(matrix)
    overall = shares.mean(axis=0)
    q = len(matrix.options)
    scale = weight.sum() / (q * (q - 1))
    return Chance(float(scale * (overall * (1 - overall)).sum()), scale * (shares @ (1 - overall)))


def brennan_prediger(
    ratings: RatingsLike,
    *,
    options: Sequence[Option] | None = None,
    weights: WeightsLike = "unweighted",
    level: float = 0.95,
) -> Estimate:
    """Estimate the Brennan-Prediger coefficient.

    Chance: every option of the full list is equally likely.

    Examples
    --------
    >>> brennan_prediger([[1, 1], [2, 2], [1, 2], [1, 1]], options=[1, 2]).value
    0.5

    Parameters
    ----------
    ratings, options, weights, level
        As for `percent_agreement`; an option that nobody chose counts.

    Returns
    -------
    Estimate

    Notes
    -----
    pe = sum(w) / q^2 for q options, 1/q without weights.

    References
    ----------
    - Brennan & Prediger (1981), pp. 687-699: the coefficient with free margins.
    - Gwet (2021), pp. 781-790: the linearised error.
    """
    notion = Notion("Brennan-Prediger coefficient", _uniform, (BRENNAN_1981, GWET_2021))
    return _beyond(notion, ratings, options, weights, level)


def randolph_kappa(ratings: RatingsLike, *, options: Sequence[Option] | None = None, level: float = 0.95) -> Estimate:
    """Estimate Randolph's free-marginal multirater kappa.

    The same number as `brennan_prediger` without weights, under the name that readers of it expect.

    Examples
    --------
    >>> randolph_kappa([[1, 1], [2, 2], [1, 2], [1, 1]], options=[1, 2]).value
    0.5

    Parameters
    ----------
    ratings, options, level
        As for `percent_agreement`; an option that nobody chose counts.

    Returns
    -------
    Estimate

    References
    ----------
    - Randolph (2005), unnumbered: the free-marginal kappa.
    - Gwet (2021), pp. 781-790: the linearised error.
    """
    notion = Notion("Randolph's kappa", _uniform, (RANDOLPH_2005, GWET_2021))
    return _beyond(notion, ratings, options, "unweighted", level)


def _uniform(matrix: RatingMatrix, weight: Floats) -> Chance:
    expected = float(weight.mean())
    return Chance(expected, np.full(len(matrix.cases), expected))
