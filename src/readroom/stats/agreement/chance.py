"""Agreement of any number of raters beyond chance: one frame, six notions of chance.

All coefficients are ``(observed - expected) / (1 - expected)``; they differ in what they expect by chance. Missing
ratings are allowed. Standard errors are those of the linearised coefficient over a sample of cases: Gwet KL (2008),
Br J Math Stat Psychol 61:29-48, eq. 36 for AC1 and AC2; Gwet KL (2021), Educ Psychol Meas 81:781-790, eq. 11 for the
others. Intervals and tests use Student's law with one degree of freedom less than there are cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import stats

from readroom.stats.agreement.matrix import RatingMatrix, RatingsLike, rating_matrix
from readroom.stats.agreement.weights import WeightsLike, agreement_weights
from readroom.stats.columns import Option
from readroom.stats.errors import ConstantRatings
from readroom.stats.intervals import clipped, t_interval
from readroom.stats.results import Estimate

Floats = npt.NDArray[np.float64]

SAMPLED_CASES = "Cases are a random sample of the cases that the statement is about; readers are the ones present."
LINEARISED = "linearised standard error, t interval over cases (cases - 1 degrees of freedom)"
GWET_2008 = (
    "Gwet KL (2008). Computing inter-rater reliability and its variance in the presence of high agreement. "
    "Br J Math Stat Psychol 61:29-48."
)
GWET_2021 = "Gwet KL (2021). Large-sample variance of Fleiss generalized kappa. Educ Psychol Meas 81:781-790, eq. 11."


@dataclass(frozen=True, slots=True, eq=False)
class Chance:
    """What is expected by chance: over all cases, and what each case adds to it (the mean is `expected`)."""

    expected: float
    by_case: Floats


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
    return _coefficient("percent agreement", matrix, weight, nothing, level=level, citations=(GWET_2021,))


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
    0.55

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
    Fleiss JL (1971), Psychol Bull 76:378-382, eqs. 2-7; by option: Fleiss, Levin & Paik (2003), Statistical Methods
    for Rates and Proportions, eq. 18.33; null variance: Fleiss, Nee & Landis (1979), Psychol Bull 86:974-977, eq. 12.
    """
    matrix = rating_matrix(ratings, options)
    weight = agreement_weights(weights, len(matrix.options))
    shares = _shares(matrix)
    overall = shares.mean(axis=0)
    chance = Chance(float(overall @ weight @ overall), shares @ (weight @ overall))
    citations = ("Fleiss JL (1971). Measuring nominal scale agreement among many raters. Psychol Bull 76:378-382.",)
    is_plain = bool((matrix.codes >= 0).all()) and np.array_equal(weight, np.eye(len(weight)))
    return _coefficient(
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
    Conger AJ (1980), Psychol Bull 88:322-328, eq. 10. With two raters it is Cohen's kappa.
    """
    matrix = rating_matrix(ratings, options)
    weight = agreement_weights(weights, len(matrix.options))
    chance = _conger_chance(matrix, weight)
    citations = (
        "Conger AJ (1980). Integration and generalization of kappas for multiple raters. Psychol Bull 88:322-328.",
        GWET_2021,
    )
    return _coefficient("Conger's kappa", matrix, weight, chance, level=level, citations=citations)


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
    Gwet KL (2008), Br J Math Stat Psychol 61:29-48, eqs. 20, 21 and 36; weights: Gwet (2014), ch. 3.
    """
    matrix = rating_matrix(ratings, options)
    weight = agreement_weights(weights, len(matrix.options))
    shares = _shares(matrix)
    overall = shares.mean(axis=0)
    q = len(matrix.options)
    scale = weight.sum() / (q * (q - 1))
    chance = Chance(float(scale * (overall * (1 - overall)).sum()), scale * (shares @ (1 - overall)))
    name = "Gwet's AC1" if np.array_equal(weight, np.eye(q)) else "Gwet's AC2"
    return _coefficient(name, matrix, weight, chance, level=level, citations=(GWET_2008,))


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
    Brennan RL, Prediger DJ (1981), Educ Psychol Meas 41:687-699, eq. 13.
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
    Randolph JJ (2005), Free-marginal multirater kappa, Joensuu Learning and Instruction Symposium, eq. 4.
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
    return _coefficient(name, matrix, weight, chance, level=level, citations=(citation, GWET_2021))


def _shares(matrix: RatingMatrix) -> Floats:
    """Share of each option among the ratings of each case, shape (cases, options)."""
    counts = matrix.counts
    return np.asarray(counts / counts.sum(axis=1, keepdims=True))


def _observed(matrix: RatingMatrix, weight: Floats) -> tuple[Floats, Floats]:
    """Agreement within each case (0 where one rater rated), and the cases that count."""
    counts = matrix.counts
    raters = counts.sum(axis=1)
    pairs = np.where(raters > 1, raters * (raters - 1), 1)
    return (counts * (counts @ weight - 1)).sum(axis=1) / pairs * (raters > 1), raters > 1


def _coefficient(
    name: str,
    matrix: RatingMatrix,
    weight: Floats,
    chance: Chance,
    *,
    level: float,
    citations: tuple[str, ...],
    details: dict[str, float] | None = None,
) -> Estimate:
    """Gwet (2008), eqs. 34-36, with the chance of the coefficient at hand."""
    agreed, counts = _observed(matrix, weight)
    cases, rated = len(counts), counts.sum()
    observed = float(agreed.sum() / rated)
    room = 1 - chance.expected
    if room < 1e-12:
        raise ConstantRatings(
            f"{name} is undefined: every rating is {matrix.options[int(matrix.codes.max())]!r}, so agreement by "
            "chance is certain. Report percent agreement or Gwet's AC1, or add cases that differ."
        )
    value = (observed - chance.expected) / room
    own = cases / rated * (agreed - chance.expected) * counts / room
    linear = own - 2 * (1 - value) * (chance.by_case - chance.expected) / room
    error = float(np.sqrt(((linear - value) ** 2).sum() / (cases * (cases - 1))))
    return with_test(
        Estimate(
            name=name,
            value=float(value),
            standard_error=error,
            n=matrix.n,
            method=f"closed form; {LINEARISED}",
            assumptions=(SAMPLED_CASES,),
            citations=citations,
            details={"observed": observed, "expected": chance.expected, **(details or {})},
            notes=matrix.missing_note,
            design=matrix.design,
        ),
        cases - 1,
        level,
    )


def with_test(estimate: Estimate, degrees_of_freedom: int, level: float) -> Estimate:
    """Add the t interval, cut at 1, and the test against no agreement beyond chance."""
    error = estimate.standard_error or 0.0
    interval = clipped(t_interval(estimate.value, error, degrees_of_freedom, level), -1.0, 1.0)
    if error < 1e-15:
        note = "The standard error is 0: all cases agree alike, and the interval has no width. Read it with n."
        return replace(estimate, interval=interval, notes=(*estimate.notes, note))
    t = estimate.value / error
    p = float(2 * stats.t.sf(abs(t), degrees_of_freedom))
    details = {**estimate.details, "t": t, "degrees_of_freedom": float(degrees_of_freedom), "p_value": p}
    return replace(estimate, interval=interval, details=details)
