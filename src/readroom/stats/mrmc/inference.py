"""From an estimate, its standard error and degrees of freedom to an interval and a test."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from scipy import stats

from readroom.stats.design import Design
from readroom.stats.errors import ConstantRatings
from readroom.stats.intervals import checked_level
from readroom.stats.results import MEAN_OF_READERS, Estimate, HypothesisTest, Interval

__all__ = ["Report", "hillis_degrees", "refuse_no_variance"]


def hillis_degrees(error: float, mean_square: float, degrees: int) -> float:
    """Degrees of freedom of a mean square plus a constant, ddf_H: Hillis et al. (2011), eqs. 2 and 7."""
    ratio = error / mean_square if mean_square > 0 else math.inf
    return degrees * ratio * ratio


def refuse_no_variance(variance: float, what: str) -> float:
    """Give a positive variance back; refuse one of nothing."""
    if not variance > 0:
        raise ConstantRatings(
            f"{what} does not vary over readers and cases, so there is no standard error and no test; report the "
            "estimates, and look for ratings copied from one reader or modality to another."
        )
    return variance


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Report:
    """Builds estimates and tests that share their method, counts and citations."""

    endpoint: str
    method: str
    level: float
    n: Mapping[str, int]
    assumptions: tuple[str, ...]
    citations: tuple[str, ...]
    notes: tuple[str, ...]
    design: Design

    def __post_init__(self) -> None:
        checked_level(self.level)

    def interval(self, value: float, error: float, degrees: float) -> Interval:
        """Student's t with the degrees of freedom given; infinite ones mean the normal law."""
        half = float(stats.t.ppf(0.5 + self.level / 2, degrees)) * error
        return Interval(value - half, value + half, self.level)

    def estimate(self, value: float, variance: float, degrees: float, group: Mapping[str, str]) -> Estimate:
        """An estimate with its interval; without one, and with a note, where the variance is negative or unknown.

        A group without a reader is their mean.
        """
        if not variance >= 0:
            why = "One case of a class has no variance" if math.isnan(variance) else f"The variance is {variance:.3g}"
            return replace(
                self.estimate(value, 0.0, degrees, group),
                standard_error=None,
                interval=None,
                notes=(*self.notes, f"{why}: there is no interval."),
            )
        error = math.sqrt(variance)
        return Estimate(
            name=self.endpoint,
            value=float(value),
            standard_error=error,
            interval=self.interval(float(value), error, degrees),
            n=self.n,
            method=self.method,
            assumptions=self.assumptions,
            citations=self.citations,
            group={**group, "reader": group.get("reader", MEAN_OF_READERS)},
            details={} if math.isinf(degrees) else {"df": float(degrees)},
            notes=self.notes,
            design=self.design,
        )

    def difference(self, value: float, variance: float, degrees: float, group: Mapping[str, str]) -> HypothesisTest:
        """A two-sided test that a difference is 0."""
        first, second = group["modality"], group["against"]
        refuse_no_variance(variance, f"The difference of {self.endpoint} between {first} and {second}")
        estimate = self.estimate(value, variance, degrees, group)
        statistic = estimate.value / math.sqrt(variance)
        is_normal = math.isinf(degrees)
        who = f" of {group['reader']}" if "reader" in group else ""
        return HypothesisTest(
            name=f"{self.endpoint}, {first} - {second}",
            null=f"the {self.endpoint}{who} is the same under {first} and {second}",
            statistic_name="z" if is_normal else "t",
            statistic=statistic,
            degrees_of_freedom=() if is_normal else (float(degrees),),
            p_value=float(2 * stats.t.sf(abs(statistic), degrees)),
            estimate=estimate,
            method=self.method,
            n=self.n,
            assumptions=self.assumptions,
            citations=self.citations,
            group=estimate.group,
            notes=self.notes,
            design=self.design,
        )

    def equality(self, mean_square: float, error: float, degrees: tuple[int, float]) -> HypothesisTest:
        """The test that all modalities are equal: F, or chi-squared when the denominator is taken as known."""
        refuse_no_variance(error, self.endpoint)
        numerator, denominator = degrees
        ratio = mean_square / error
        is_chi = math.isinf(denominator)
        p_value = stats.chi2.sf(numerator * ratio, numerator) if is_chi else stats.f.sf(ratio, numerator, denominator)
        return HypothesisTest(
            name=f"{self.endpoint}, equality of modalities",
            null=f"the {self.endpoint} is the same under all modalities",
            statistic_name="chi2" if is_chi else "F",
            statistic=numerator * ratio if is_chi else ratio,
            degrees_of_freedom=(float(numerator),) if is_chi else (float(numerator), float(denominator)),
            p_value=float(p_value),
            method=self.method,
            n=self.n,
            assumptions=self.assumptions,
            citations=self.citations,
            details={"mean_square_modality": mean_square, "denominator": error},
            notes=self.notes,
            design=self.design,
        )
