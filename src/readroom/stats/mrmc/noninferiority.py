"""Non-inferiority and equivalence with a margin, from the difference of any MRMC analysis."""

from __future__ import annotations

import math
from dataclasses import replace

from scipy import stats

from readroom.stats.citations import CHEN_2012
from readroom.stats.errors import BadRequest, UnknownChoice
from readroom.stats.results import Estimate, HypothesisTest, Interval

__all__ = ["equivalence", "noninferiority"]


def noninferiority(
    difference: HypothesisTest, *, new: str, margin: float, significance: float = 0.025
) -> HypothesisTest:
    """Test that the new modality is worse than the other by no more than a margin.

    Examples
    --------
    >>> result = obuchowski_rockette(cube, covariance="delong")
    >>> print(noninferiority(result.difference("AI", "alone"), new="AI", margin=0.05))

    Parameters
    ----------
    difference : HypothesisTest
        One of the differences of an MRMC result.
    new : str
        The modality that shall not be inferior.
    margin : float
        Positive, in the unit of the endpoint, fixed before the study.
    significance : float
        One-sided; 0.025 matches a two-sided interval of 95 %.

    Returns
    -------
    HypothesisTest
        One-sided t = (difference + margin) / standard error; its estimate is new minus other with the two-sided
        interval of coverage ``1 - 2 * significance``, whose lower end must lie above minus the margin.

    Raises
    ------
    BadRequest, UnknownChoice

    References
    ----------
    - Chen, Petrick & Sahiner (2012), table 1: the hypotheses; section "Analysis of data for noninferiority tests": t.
    """
    estimate, error, degrees, other = _new_minus_other(difference, new, margin, significance)
    statistic = (estimate.value + margin) / error
    return replace(
        difference,
        name=f"non-inferiority of {new} to {other}, {estimate.name}, margin {margin:g}",
        null=f"{estimate.name} under {new} is at least {margin:g} below that under {other}",
        alternative="greater",
        statistic=statistic,
        p_value=float(stats.t.sf(statistic, degrees)),
        estimate=estimate,
        citations=(*difference.citations, CHEN_2012),
        details={**difference.details, "margin": margin, "significance": significance},
        group=estimate.group,
    )


def equivalence(difference: HypothesisTest, *, margin: float, significance: float = 0.05) -> HypothesisTest:
    """Test that two modalities differ by less than a margin either way (two one-sided tests).

    Examples
    --------
    >>> print(equivalence(result.difference("CT", "MRI"), margin=0.05))

    Parameters
    ----------
    difference : HypothesisTest
        One of the differences of an MRMC result.
    margin : float
        Positive, in the unit of the endpoint, fixed before the study.
    significance : float
        Of each of the two one-sided tests; 0.05 matches a two-sided interval of 90 %.

    Returns
    -------
    HypothesisTest
        With the larger of the two p-values.

    Raises
    ------
    BadRequest

    References
    ----------
    - Chen, Petrick & Sahiner (2012), table 1: the hypotheses; section "Equivalence tests": as two one-sided tests.
    """
    first, second = difference.group["modality"], difference.group["against"]
    estimate, error, degrees, _ = _new_minus_other(difference, first, margin, significance)
    statistic = min(estimate.value + margin, margin - estimate.value) / error
    return replace(
        difference,
        name=f"equivalence of {first} and {second}, {estimate.name}, margin {margin:g}",
        null=f"{estimate.name} differs between {first} and {second} by {margin:g} or more",
        alternative="greater",
        statistic=statistic,
        p_value=float(stats.t.sf(statistic, degrees)),
        estimate=estimate,
        citations=(*difference.citations, CHEN_2012),
        details={**difference.details, "margin": margin, "significance": significance},
    )


def _new_minus_other(
    difference: HypothesisTest, new: str, margin: float, significance: float
) -> tuple[Estimate, float, float, str]:
    """The estimate as new minus other, with its interval; its standard error, degrees of freedom; the other."""
    if not margin > 0 or not 0 < significance < 0.5:
        raise BadRequest(
            f"Margin {margin:g} must be positive and significance {significance:g} between 0 and 0.5; the margin is a "
            "difference of the endpoint, such as 0.05."
        )
    names = (difference.group["modality"], difference.group["against"])
    if new not in names:
        raise UnknownChoice(f"{new!r} is not part of the comparison of {names[0]} and {names[1]}.")
    estimate = difference.estimate
    if estimate is None or estimate.standard_error is None:
        raise BadRequest("This test has no difference with a standard error; take one of result.differences.")
    degrees = difference.degrees_of_freedom[0] if difference.degrees_of_freedom else math.inf
    value = estimate.value if new == names[0] else -estimate.value
    half = float(stats.t.ppf(1 - significance, degrees)) * estimate.standard_error
    other = names[1] if new == names[0] else names[0]
    interval = Interval(value - half, value + half, 1 - 2 * significance)
    group = {**difference.group, "modality": new, "against": other}
    turned = replace(estimate, value=value, interval=interval, group=group)
    return turned, estimate.standard_error, degrees, other
