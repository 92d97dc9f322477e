"""Ratings of diseased and healthy cases, and the empirical curve between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from readroom.stats.columns import ONLY_ONE
from readroom.stats.design import Design
from readroom.stats.errors import (
    ConstantRatings,
    EmptyClass,
    EmptySelection,
    MismatchedShapes,
    MissingTruth,
    TooFewCases,
    UnknownChoice,
)
from readroom.stats.numbers import as_numbers
from readroom.stats.table import Readings

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
RatingsLike = Readings | npt.ArrayLike


@dataclass(frozen=True, slots=True, eq=False)
class RocSample:
    """Ratings of one reader under one modality; higher means more suspicious.

    Parameters
    ----------
    ratings : ndarray of float, shape (cases,)
        No NaN: cases without a rating are left out, and `notes` says how many.
    is_diseased : ndarray of bool, shape (cases,)
        The truth.
    group : dict of str to str
        Modality and reader.
    design : Design or None
        Who read what.
    notes : tuple of str
        What was left out.
    """

    ratings: Floats
    is_diseased: Bools
    group: dict[str, str]
    design: Design | None = None
    notes: tuple[str, ...] = ()

    @property
    def diseased(self) -> Floats:
        """Ratings of the diseased cases."""
        return self.ratings[self.is_diseased]

    @property
    def healthy(self) -> Floats:
        """Ratings of the healthy cases."""
        return self.ratings[~self.is_diseased]

    @property
    def n(self) -> dict[str, int]:
        """Counts for `Estimate.n`."""
        diseased = int(self.is_diseased.sum())
        return {"cases": len(self.ratings), "diseased": diseased, "healthy": len(self.ratings) - diseased}


@dataclass(frozen=True, slots=True, eq=False)
class RocCurve:
    """Operating points of an empirical curve, from (0, 0) to (1, 1).

    Parameters
    ----------
    thresholds : ndarray of float, shape (points,)
        A case is called diseased when its rating is at least this; the first is infinite.
    false_positive, true_positive : ndarray of float, shape (points,)
        Fractions of the healthy and of the diseased cases called diseased.
    """

    thresholds: Floats
    false_positive: Floats
    true_positive: Floats

    @property
    def area(self) -> float:
        """The area under the straight lines between the points."""
        return float(np.trapezoid(self.true_positive, self.false_positive))

    def sensitivity_at(self, false_positive: npt.ArrayLike) -> Floats:
        """Height of the curve, the upper end where it is vertical; straight lines between points."""
        wanted = np.asarray(false_positive, dtype=float)
        last = np.append(np.diff(self.false_positive) > 0, True)
        first = np.insert(np.diff(self.false_positive) > 0, 0, True)
        tops, bottoms = self.true_positive[last], self.true_positive[first]
        at = self.false_positive[last]
        right = np.clip(np.searchsorted(at, wanted, side="left"), 0, len(at) - 1)
        left = np.maximum(right - 1, 0)
        width = np.where(at[right] > at[left], at[right] - at[left], 1)
        share = np.clip((wanted - at[left]) / width, 0, 1)
        between = tops[left] + share * (bottoms[right] - tops[left])
        return np.asarray(np.where(wanted >= at[right], tops[right], between), dtype=float)


def roc_sample(ratings: RatingsLike, truth: npt.ArrayLike | None = None) -> RocSample:
    """Bring readings of one reader and modality, or arrays, into the narrow form.

    Examples
    --------
    >>> roc_sample([1, 2, 3, 4], [0, 0, 1, 1]).n
    {'cases': 4, 'diseased': 2, 'healthy': 2}

    Parameters
    ----------
    ratings : Readings or array of shape (cases,)
        NaN where missing; higher means more suspicious.
    truth : array of shape (cases,)
        1 diseased, 0 healthy; readings bring their own.

    Returns
    -------
    RocSample
        Of at least two diseased and two healthy cases whose ratings are not all the same.
    """
    if isinstance(ratings, Readings):
        modality, reader = ratings.one("modality"), ratings.one("reader")
        cube = ratings.cube()
        group = {"modality": modality, "reader": reader}
        return _checked(cube.ratings[0, 0], cube.is_diseased, group, cube.design)
    if truth is None:
        raise MissingTruth("Ratings in an array need the truth beside them: auc(ratings, truth).")
    values, known = as_numbers(ratings, "ratings"), as_numbers(truth, "truths")
    if values.ndim != 1 or values.shape != known.shape:
        raise MismatchedShapes(f"Ratings {values.shape} and truth {known.shape} must be two rows of the same length.")
    if np.isnan(known).any():
        raise MissingTruth(f"The truth of {int(np.isnan(known).sum())} cases is missing; leave those cases out.")
    if not np.isin(known, [0, 1]).all():
        raise UnknownChoice("Truth must be 1 (diseased) or 0 (healthy); compare with the positive value first.")
    return _checked(values, known == 1, {}, None)


def _checked(ratings: Floats, is_diseased: Bools, group: dict[str, str], design: Design | None) -> RocSample:
    read = ~np.isnan(ratings)
    missing = int((~read).sum())
    notes = (f"{missing} of {len(read)} cases have no rating and are left out.",) if missing else ()
    sample = RocSample(ratings[read], is_diseased[read], group, design or Design.of_cases(read), notes)
    for name, count in (("diseased", len(sample.diseased)), ("healthy", len(sample.healthy))):
        if count == 0:
            raise EmptyClass(
                f"No {name} case has a rating{_of(group)}; both classes are needed. Check the truth, and which of its "
                "values is positive."
            )
        if count < 2:
            raise TooFewCases(
                f"One {name} case has a rating{_of(group)}; a standard error needs two of each class. Add cases."
            )
    if np.ptp(sample.ratings) == 0:
        raise ConstantRatings(
            f"All cases have the same rating{_of(group)}: the ratings do not order them, and there is no curve. "
            "Leave this reader out, or ask for a rating on a scale."
        )
    return sample


def _of(group: dict[str, str]) -> str:
    names = [name for name in group.values() if name != ONLY_ONE]
    return f" ({', '.join(names)})" if names else ""


def roc_curve(ratings: RatingsLike, truth: npt.ArrayLike | None = None) -> RocCurve:
    """Compute the empirical curve of one reader under one modality.

    Examples
    --------
    >>> roc_curve([1, 2, 2, 3], [0, 0, 1, 1]).true_positive
    array([0. , 0.5, 1. , 1. ])

    Parameters
    ----------
    ratings : Readings or array of shape (cases,)
        Higher means more suspicious.
    truth : array of shape (cases,)
        1 diseased, 0 healthy; readings bring their own.

    Returns
    -------
    RocCurve
        One point for each distinct rating, and (0, 0).

    References
    ----------
    - DeLong, DeLong & Clarke-Pearson (1988), eqs. 1 and 2: empirical sensitivity and specificity at a cutpoint.
    """
    return curve_of(roc_sample(ratings, truth))


def curve_of(sample: RocSample) -> RocCurve:
    """The curve of a checked sample."""
    levels = np.unique(sample.ratings)[::-1]
    healthy, diseased = np.sort(sample.healthy), np.sort(sample.diseased)
    below_healthy = np.searchsorted(healthy, levels, side="left")
    below_diseased = np.searchsorted(diseased, levels, side="left")
    return RocCurve(
        np.append(np.inf, levels),
        np.append(0.0, 1 - below_healthy / len(healthy)),
        np.append(0.0, 1 - below_diseased / len(diseased)),
    )


def average_curve(curves: Sequence[RocCurve]) -> RocCurve:
    """Average curves vertically: the mean sensitivity of the readers at each false positive fraction.

    The area under the average is the average of the areas.

    Parameters
    ----------
    curves : sequence of RocCurve
        One per reader.

    Returns
    -------
    RocCurve
        Its thresholds are NaN: a point belongs to a different threshold of each reader.

    References
    ----------
    - Chen & Samuelson (2014), unnumbered: the vertical average, whose area is the average of the areas.
    """
    if not curves:
        raise EmptySelection("There is no curve to average.")
    at = np.unique(np.concatenate([curve.false_positive for curve in curves]))
    bottoms = np.mean([_bottom(curve, at) for curve in curves], axis=0)
    tops = np.mean([curve.sensitivity_at(at) for curve in curves], axis=0)
    both = np.column_stack([np.repeat(at, 2), np.column_stack([bottoms, tops]).ravel()])
    keep = np.append(True, np.any(np.diff(both, axis=0) != 0, axis=1))
    return RocCurve(np.full(int(keep.sum()), np.nan), both[keep, 0], both[keep, 1])


def _bottom(curve: RocCurve, at: Floats) -> Floats:
    """Height of the curve just left of a false positive fraction: the lower end where it is vertical."""
    heights = curve.sensitivity_at(at)
    for step, place in enumerate(at):
        here = curve.true_positive[curve.false_positive == place]
        if len(here):
            heights[step] = here.min()
    return heights
