"""Agreement of any number of raters beyond chance: one frame, six notions of chance.

All coefficients are ``(observed - expected) / (1 - expected)``; they differ in what they expect by chance. Missing
ratings are allowed. Standard errors are those of the linearised coefficient over a sample of cases: Gwet KL (2008),
Br J Math Stat Psychol 61:29-48, for AC1 and AC2; Gwet KL (2021), Educ Psychol Meas 81:781-790, for the
others. Intervals and tests use Student's law with one degree of freedom less than there are cases.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from readroom.stats.agreement.linearised import GWET_2008, GWET_2021, Chance, coefficient, option_shares
from readroom.stats.agreement.matrix import RatingMatrix, RatingsLike, rating_matrix
from readroom.stats.agreement.weights import WeightsLike, agreement_weights
from readroom.stats.columns import Option
from readroom.stats.results import Estimate

Floats = npt.NDArray[np.float64]


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
    """
    matrix = rating_matrix(ratings, options)
    weight = agreement_weights(weights, len(matrix.options))
    nothing = Chance(0.0, np.zeros(len(matrix.cases)))
    return coefficient("percent agreement", matrix, weight, nothing, level=level, citations=(GWET_2021,))


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
        `details` holds, for complete unweighted ratings, Fleiss' kappa of each option (``kappa of <option>``) and the
        standard error and z under no agreement (``null_standard_error``, ``null_z``).

    Notes
    -----
    pe = sum(w_kl p_k p_l) with p_k the share of option k among all ratings. Fleiss JL (1971), Psychol Bull 76:378-382;
    by option: Fleiss, Levin & Paik (2003), Statistical Methods for Rates and Proportions, 3rd ed., section 18.3; null
    variance: Fleiss, Nee & Landis (1979), Psychol Bull 86:974-977.
    """
    matrix = rating_matrix(ratings, options)
    weight = agreement_weights(weights, len(matrix.options))
    shares = option_shares(matrix)
    overall = shares.mean(axis=0)
    chance = Chance(float(overall @ weight @ overall), shares @ (weight @ overall))
    citations = ("Fleiss JL (1971). Measuring nominal scale agreement among many raters. Psychol Bull 76:378-382.",)
    is_plain = bool((matrix.codes >= 0).all()) and np.array_equal(weight, np.eye(len(weight)))
    return coefficient(
        "Fleiss' kappa",
        matrix,
        weight,
        chance,
        level=level,
        citations=(*citations, GWET_2021),
        details=_fleiss_details(matrix, chance) if is_plain else None,
    )


def _fleiss_details(matrix: RatingMatrix, chance: Chance) -> dict[str, float]:
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

    Notes
    -----
    pe = mean over pairs of raters g, h of sum(w_kl p_gk p_hl), with p_gk the share of option k among the ratings of
    rater g. Conger AJ (1980), Psychol Bull 88:322-328. With two raters it is Cohen's kappa.
    """
    matrix = rating_matrix(ratings, options)
    weight = agreement_weights(weights, len(matrix.options))
    chance = _conger_chance(matrix, weight)
    citations = (
        "Conger AJ (1980). Integration and generalization of kappas for multiple raters. Psychol Bull 88:322-328.",
        GWET_2021,
    )
    return coefficient("Conger's kappa", matrix, weight, chance, level=level, citations=citations)


def _conger_chance(matrix: RatingMatrix, weight: Floats) -> Chance:
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
    ratings : Readings or array of shape (cases, raters)
        Of one question, modality and session; missing allowed.
    options : sequence
        The full list in its order; readings bring their own. An option that nobody chose counts.
    weights : str or matrix
        Credit for near misses, see `agreement_weights`.
    level : float
        Coverage of the interval.

    Returns
    -------
    Estimate

    Notes
    -----
    pe = sum(w) / (q (q - 1)) sum(p_k (1 - p_k)) for q options. Gwet KL (2008), Br J Math Stat Psychol 61:29-48;
    weights: Gwet (2014), Handbook of Inter-Rater Reliability, 4th ed., ch. 3-5.
    """
    matrix = rating_matrix(ratings, options)
    weight = agreement_weights(weights, len(matrix.options))
    shares = option_shares(matrix)
    overall = shares.mean(axis=0)
    q = len(matrix.options)
    scale = weight.sum() / (q * (q - 1))
    chance = Chance(float(scale * (overall * (1 - overall)).sum()), scale * (shares @ (1 - overall)))
    name = "Gwet's AC1" if np.array_equal(weight, np.eye(q)) else "Gwet's AC2"
    return coefficient(name, matrix, weight, chance, level=level, citations=(GWET_2008,))


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
    ratings : Readings or array of shape (cases, raters)
        Of one question, modality and session; missing allowed.
    options : sequence
        The full list in its order; readings bring their own. An option that nobody chose counts.
    weights : str or matrix
        Credit for near misses, see `agreement_weights`.
    level : float
        Coverage of the interval.

    Returns
    -------
    Estimate

    Notes
    -----
    pe = sum(w) / q^2 for q options, 1/q without weights. Brennan RL, Prediger DJ (1981), Educ Psychol Meas 41:687-699.
    """
    citation = (
        "Brennan RL, Prediger DJ (1981). Coefficient kappa: some uses, misuses, and alternatives. "
        "Educ Psychol Meas 41:687-699."
    )
    return _uniform("Brennan-Prediger coefficient", ratings, options, weights, level, citation)


def randolph_kappa(ratings: RatingsLike, *, options: Sequence[Option] | None = None, level: float = 0.95) -> Estimate:
    """Estimate Randolph's free-marginal multirater kappa.

    The same number as `brennan_prediger` without weights, under the name that readers of it expect.

    Examples
    --------
    >>> randolph_kappa([[1, 1], [2, 2], [1, 2], [1, 1]], options=[1, 2]).value
    0.5

    Parameters
    ----------
    ratings : Readings or array of shape (cases, raters)
        Of one question, modality and session; missing allowed.
    options : sequence
        The full list in its order; readings bring their own. An option that nobody chose counts.
    level : float
        Coverage of the interval.

    Returns
    -------
    Estimate

    Notes
    -----
    Randolph JJ (2005), Free-marginal multirater kappa, Joensuu Learning and Instruction Symposium.
    """
    citation = (
        "Randolph JJ (2005). Free-marginal multirater kappa: an alternative to Fleiss' fixed-marginal multirater "
        "kappa. Joensuu Learning and Instruction Symposium."
    )
    return _uniform("Randolph's kappa", ratings, options, "unweighted", level, citation)


def _uniform(
    name: str,
    ratings: RatingsLike,
    options: Sequence[Option] | None,
    weights: WeightsLike,
    level: float,
    citation: str,
) -> Estimate:
    matrix = rating_matrix(ratings, options)
    weight = agreement_weights(weights, len(matrix.options))
    expected = float(weight.mean())
    chance = Chance(expected, np.full(len(matrix.cases), expected))
    return coefficient(name, matrix, weight, chance, level=level, citations=(citation, GWET_2021))
