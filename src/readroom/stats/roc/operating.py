"""Operating points: which rating to call diseased, and what that costs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from readroom.stats.accuracy import Accuracy, diagnostic_accuracy
from readroom.stats.citations import YOUDEN_1950
from readroom.stats.errors import UnknownChoice
from readroom.stats.results import Estimate
from readroom.stats.roc.curve import RatingsLike, RocCurve, curve_of, roc_sample

YOUDEN = "largest Youden index"
GIVEN = "given threshold"
OPTIMISM = (
    "The threshold was chosen on the same cases, so sensitivity and specificity are optimistic; the intervals do not "
    "allow for the choice. Confirm it on other cases."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatingPoint:
    """A threshold and what it gives.

    Parameters
    ----------
    threshold : float
        A rating of at least this is called diseased; infinite when nothing is.
    rule : str
        How it was chosen.
    sensitivity, specificity : Estimate
        With Wilson intervals; their names and `details` tell the threshold.
    youden : float
        Sensitivity + specificity - 1.
    """

    threshold: float
    rule: str
    sensitivity: Estimate
    specificity: Estimate
    youden: float


def operating_point(
    ratings: RatingsLike,
    truth: npt.ArrayLike | None = None,
    *,
    threshold: float | None = None,
    sensitivity: float | None = None,
    specificity: float | None = None,
    level: float = 0.95,
) -> OperatingPoint:
    """Choose a threshold of one reader under one modality and estimate what it gives.

    Examples
    --------
    >>> operating_point(ratings, truth)  # Youden
    >>> operating_point(ratings, truth, sensitivity=0.95)

    Parameters
    ----------
    ratings : Readings or array of shape (cases,)
        Higher means more suspicious.
    truth : array of shape (cases,)
        1 diseased, 0 healthy; readings bring their own.
    threshold : float, optional
        Fixed beforehand.
    sensitivity, specificity : float, optional
        At least this much of the one, with the most of the other. Give one of the three, or none for Youden's index.
    level : float
        Coverage of the intervals.

    Returns
    -------
    OperatingPoint

    Notes
    -----
    Between equal points the more specific one is taken.

    References
    ----------
    - Youden (1950), pp. 32-35: the index.
    - Wilson (1927), pp. 209-212: intervals of sensitivity and specificity.
    """
    given = [value for value in (threshold, sensitivity, specificity) if value is not None]
    if len(given) > 1:
        raise UnknownChoice("Give one of threshold, sensitivity and specificity, or none for Youden's index.")
    sample = roc_sample(ratings, truth)
    if threshold is None:
        threshold, rule = _choose(curve_of(sample), sensitivity, specificity)
        notes: tuple[str, ...] = (*sample.notes, OPTIMISM)
    else:
        rule, notes = GIVEN, sample.notes
    found: Accuracy = diagnostic_accuracy(sample.ratings >= threshold, sample.is_diseased, level=level)
    youden = found.sensitivity.value + found.specificity.value - 1
    calls = f"rating >= {threshold:g}" if np.isfinite(threshold) else "no rating is positive"
    parts = [
        replace(
            part,
            name=f"{part.name} ({calls})",
            group=sample.group,
            details={"threshold": float(threshold), "youden": youden},
            notes=notes,
            design=sample.design,
            citations=(*part.citations, YOUDEN_1950) if rule == YOUDEN else part.citations,
        )
        for part in (found.sensitivity, found.specificity)
    ]
    return OperatingPoint(
        threshold=float(threshold),
        rule=rule,
        sensitivity=parts[0],
        specificity=parts[1],
        youden=youden,
    )


def _choose(curve: RocCurve, sensitivity: float | None, specificity: float | None) -> tuple[float, str]:
    hits, clear = curve.true_positive, 1 - curve.false_positive
    if sensitivity is not None:
        return _most(clear, hits >= _share(sensitivity) - 1e-12, curve), f"sensitivity of at least {sensitivity:g}"
    if specificity is not None:
        return _most(hits, clear >= _share(specificity) - 1e-12, curve), f"specificity of at least {specificity:g}"
    return _most(hits + clear, np.ones(len(hits), dtype=bool), curve), YOUDEN


def _share(value: float) -> float:
    if not 0 <= value <= 1:
        raise UnknownChoice(f"{value!r} is no share; give a number from 0 to 1, such as 0.9.")
    return value


def _most(gain: npt.NDArray[np.float64], allowed: npt.NDArray[np.bool_], curve: RocCurve) -> float:
    """The threshold with the largest gain among the allowed, the highest of equals."""
    best = gain[allowed].max()
    return float(curve.thresholds[int(np.flatnonzero(allowed & (gain >= best - 1e-12))[0])])
