"""Area under part of the curve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from readroom.stats.citations import EFRON_1993, MCCLISH_1989
from readroom.stats.errors import UnknownChoice
from readroom.stats.intervals import LARGEST_TABLE, REPLICATES, SEED, checked_level
from readroom.stats.results import Estimate, Interval
from readroom.stats.roc.curve import RatingsLike, RocSample, curve_of, roc_sample
from readroom.stats.roc.delong import ASSUMPTIONS

Floats = npt.NDArray[np.float64]
Range = tuple[float, float]

BOOTSTRAP = "bootstrap of diseased and healthy cases (2,000 samples, fixed seed, percentile interval)"


def partial_auc(
    ratings: RatingsLike,
    truth: npt.ArrayLike | None = None,
    *,
    specificity: Range | None = None,
    sensitivity: Range | None = None,
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
    part = part_of(specificity=specificity, sensitivity=sensitivity, corrected=corrected)
    sample = roc_sample(ratings, truth)
    return part.estimate(sample, part.resampled(sample), level=level)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartOfCurve:
    """The part of a curve whose area is asked for."""

    axis: Literal["specificity", "sensitivity"]
    low: float
    high: float
    is_corrected: bool

    @property
    def name(self) -> str:
        """What is estimated."""
        return f"{'corrected ' if self.is_corrected else ''}partial AUC ({self.axis} {self.low:g} to {self.high:g})"

    @property
    def largest(self) -> float:
        """The area of a perfect test."""
        return self.high - self.low

    @property
    def useless(self) -> float:
        """The area of a test that tells nothing."""
        return ((1 - self.low) ** 2 - (1 - self.high) ** 2) / 2

    def estimate(self, sample: RocSample, resampled: Floats, *, level: float) -> Estimate:
        """The area of a checked sample, with its error and interval from the areas of resamples."""
        scale = "; rescaled to 0.5 for a useless test and 1 for a perfect one" if self.is_corrected else ""
        return Estimate(
            name=self.name,
            value=float(self._area(*_fractions(sample))),
            standard_error=float(resampled.std(ddof=1)),
            interval=percentiles(resampled, level),
            n=sample.n,
            method=f"empirical, straight lines between points{scale}; {BOOTSTRAP}",
            assumptions=ASSUMPTIONS,
            citations=(MCCLISH_1989, EFRON_1993),
            group=sample.group,
            details={"largest_possible": self.largest, "of_a_useless_test": self.useless},
            notes=sample.notes,
            design=sample.design,
        )

    def resampled(self, sample: RocSample) -> Floats:
        """The areas of resamples of the diseased and of the healthy, shape (replicates,).

        Samples of the same cases in the same order are resampled alike, whoever rated them.

        Efron & Tibshirani (1993), section 8.3 (two samples).
        """
        generator = np.random.default_rng(SEED)
        levels, codes = np.unique(-sample.ratings, return_inverse=True)
        diseased, healthy = codes[sample.is_diseased], codes[~sample.is_diseased]
        at_once = max(1, LARGEST_TABLE // len(codes))
        areas = []
        for start in range(0, REPLICATES, at_once):
            draws = min(at_once, REPLICATES - start)
            true, false = (_drawn_fractions(part, draws, len(levels), generator) for part in (diseased, healthy))
            areas.append(self._area(false, true))
        return np.concatenate(areas)

    def _area(self, false: Floats, true: Floats) -> Floats:
        """Area beside the straight lines through points of shape (..., points), from (0, 0) to (1, 1)."""
        x, y = (false, true) if self.axis == "specificity" else (1 - true[..., ::-1], 1 - false[..., ::-1])
        area = _between(x, y, 1 - self.high, 1 - self.low)
        return (1 + (area - self.useless) / (self.largest - self.useless)) / 2 if self.is_corrected else area


def part_of(*, specificity: Range | None, sensitivity: Range | None, corrected: bool) -> PartOfCurve:
    """The range on one of the two axes, checked."""
    if (specificity is None) == (sensitivity is None):
        raise UnknownChoice("Give the range on one axis: of specificity, such as 0.9 to 1, or of sensitivity.")
    bounds = specificity or sensitivity or (0.0, 1.0)
    low, high = min(bounds), max(bounds)
    if not (0 <= low < high <= 1):
        raise UnknownChoice(f"The range {bounds} must lie within 0 and 1 and have a width, such as (0.9, 1).")
    axis: Literal["specificity", "sensitivity"] = "specificity" if sensitivity is None else "sensitivity"
    return PartOfCurve(axis=axis, low=low, high=high, is_corrected=corrected)


def percentiles(resampled: Floats, level: float) -> Interval:
    """The percentile interval: Efron & Tibshirani (1993), ch. 13."""
    low, high = np.quantile(resampled, [(1 - checked_level(level)) / 2, (1 + level) / 2])
    return Interval(float(low), float(high), level)


def _fractions(sample: RocSample) -> tuple[Floats, Floats]:
    curve = curve_of(sample)
    return curve.false_positive, curve.true_positive


def _drawn_fractions(codes: npt.NDArray[np.intp], draws: int, levels: int, generator: np.random.Generator) -> Floats:
    """Draw cases of one class with replacement; the share at each level or above, shape (draws, levels + 1)."""
    picked = codes[generator.integers(0, len(codes), size=(draws, len(codes)))]
    rows = picked + levels * np.arange(draws)[:, None]
    counts = np.bincount(rows.ravel(), minlength=draws * levels).reshape(draws, levels)
    shares: Floats = np.pad(counts.cumsum(axis=1) / len(codes), ((0, 0), (1, 0)))
    return shares


def _between(x: Floats, y: Floats, left: float, right: float) -> Floats:
    """Area under straight lines through points of rising x, shape (..., points), from left to right."""
    start, end = np.clip(x[..., :-1], left, right), np.clip(x[..., 1:], left, right)
    width, rise = np.diff(x), np.diff(y)
    slope = np.divide(rise, width, out=np.zeros_like(rise), where=width > 0)
    middle = y[..., :-1] + slope * ((start + end) / 2 - x[..., :-1])
    area: Floats = ((end - start) * middle).sum(axis=-1)
    return area
