"""Area under part of the curve."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from readroom.stats.citations import EFRON_1993, MCCLISH_1989
from readroom.stats.errors import UnknownChoice
from readroom.stats.intervals import REPLICATES, SEED, checked_level
from readroom.stats.results import Estimate, Interval
from readroom.stats.roc.curve import RatingsLike, RocCurve, RocSample, curve_of, roc_sample
from readroom.stats.roc.delong import ASSUMPTIONS

Floats = npt.NDArray[np.float64]

BOOTSTRAP = "bootstrap of diseased and healthy cases (2,000 samples, fixed seed, percentile interval)"


def partial_auc(
    ratings: RatingsLike,
    truth: npt.ArrayLike | None = None,
    *,
    specificity: tuple[float, float] | None = None,
    sensitivity: tuple[float, float] | None = None,
    corrected: bool = False,
    level: float = 0.95,
) -> Estimate:
    """Estimate the area under the part of the curve that matters in practice.

    Examples
    --------
    >>> partial_auc(ratings, truth, specificity=(0.9, 1.0), corrected=True)

    Parameters
    ----------
    ratings : Readings or array of shape (cases,)
        Of one reader under one modality; higher means more suspicious.
    truth : array of shape (cases,)
        1 diseased, 0 healthy; readings bring their own.
    specificity, sensitivity : tuple of two floats
        The range, on one of the two axes. On the sensitivity axis it is the area right of the curve.
    corrected : bool
        Put on the scale where a useless test has 0.5 and a perfect one 1 (McClish 1989).
    level : float
        Coverage of the interval.

    Returns
    -------
    Estimate
        `details` holds the largest area possible in the range, and that of a useless test.

    Notes
    -----
    Straight lines between operating points.

    References
    ----------
    - McClish (1989), pp. 190-195: the partial area and its correction.
    - Efron & Tibshirani (1993), section 8.3: resampling of two samples; ch. 13: percentile interval.
    """
    if (specificity is None) == (sensitivity is None):
        raise UnknownChoice("Give the range on one axis: of specificity, such as 0.9 to 1, or of sensitivity.")
    low, high = _range(specificity or sensitivity or (0.0, 1.0))
    sample = roc_sample(ratings, truth)
    if sensitivity is not None:
        sample = RocSample(-sample.ratings, ~sample.is_diseased, sample.group, sample.design, sample.notes)
    left, right = 1 - high, 1 - low
    most, least = right - left, (right**2 - left**2) / 2

    def area(of: RocSample) -> float:
        part = _between(curve_of(of), left, right)
        return (1 + (part - least) / (most - least)) / 2 if corrected else part

    error, interval = bootstrap_classes(sample, area, level=level)
    axis = "specificity" if sensitivity is None else "sensitivity"
    return Estimate(
        name=f"{'corrected ' if corrected else ''}partial AUC ({axis} {low:g} to {high:g})",
        value=area(sample),
        standard_error=error,
        interval=interval,
        n=sample.n if sensitivity is None else roc_sample(ratings, truth).n,
        method=f"empirical, straight lines between points; {BOOTSTRAP}",
        assumptions=ASSUMPTIONS,
        citations=(MCCLISH_1989, EFRON_1993),
        group=sample.group,
        details={"largest_possible": most, "of_a_useless_test": least},
        notes=sample.notes,
        design=sample.design,
    )


def _range(bounds: tuple[float, float]) -> tuple[float, float]:
    low, high = min(bounds), max(bounds)
    if not (0 <= low < high <= 1):
        raise UnknownChoice(f"The range {bounds} must lie within 0 and 1 and have a width, such as (0.9, 1).")
    return low, high


def _between(curve: RocCurve, left: float, right: float) -> float:
    inside = (curve.false_positive > left) & (curve.false_positive < right)
    at = np.concatenate([[left], curve.false_positive[inside], [right]])
    ends = _right_limit(curve, left), _left_limit(curve, right)
    heights = np.concatenate([[ends[0]], curve.true_positive[inside], [ends[1]]])
    return float(np.trapezoid(heights, at))


def _right_limit(curve: RocCurve, at: float) -> float:
    return float(curve.sensitivity_at([at])[0])


def _left_limit(curve: RocCurve, at: float) -> float:
    here = curve.true_positive[curve.false_positive == at]
    return float(here.min()) if len(here) else _right_limit(curve, at)


def bootstrap_classes(
    sample: RocSample, statistic: Callable[[RocSample], float], *, level: float
) -> tuple[float, Interval]:
    """Resample diseased and healthy cases separately, with a fixed seed.

    Efron & Tibshirani (1993), section 8.3 (two samples) and ch. 13.
    """
    checked_level(level)
    generator = np.random.default_rng(SEED)
    diseased, healthy = sample.diseased, sample.healthy
    truth = np.repeat([True, False], [len(diseased), len(healthy)])
    drawn = np.empty(REPLICATES)
    for step in range(REPLICATES):
        ratings = np.concatenate([generator.choice(diseased, len(diseased)), generator.choice(healthy, len(healthy))])
        drawn[step] = statistic(RocSample(ratings, truth, {}))
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return float(drawn.std(ddof=1)), Interval(float(low), float(high), level)
