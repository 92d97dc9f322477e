"""What is measured on each cell (modality, reader): AUC, sensitivity, specificity or agreement with the truth.

Every one of these is a mean over the cases of one or two classes, so one description serves all: the estimate and,
per class, the *components* whose mean is the estimate. For the AUC these are the structural components V01 and V10 of
DeLong, DeLong & Clarke-Pearson (1988), section 2; for proportions they are the 0/1 scores.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from readroom.stats.design import Bools, Cube, Floats
from readroom.stats.errors import EmptyClass, TooFewCases

__all__ = ["Agreement", "Auc", "Components", "Endpoint", "Sensitivity", "Specificity"]


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """Estimates of all cells (modalities slowest) and what each case adds to them.

    Parameters
    ----------
    estimates : ndarray, shape (cells,)
        NaN where a cell has no readings.
    classes : tuple of ndarray, each of shape (cells, cases of the class)
        One per class of cases that the endpoint depends on; NaN where not read.
    """

    estimates: Floats
    classes: tuple[Floats, ...]

    def delete_one(self) -> Floats:
        """Estimates without each case in turn, shape ``(cells, cases of all classes)``.

        Deleting case i of a class with n cases leaves ``(n * estimate - component_i) / (n - 1)``; a cell that did not
        read the case keeps its estimate. Only cases that the endpoint depends on are deleted. Jackknife: Efron &
        Tibshirani (1993), eq. 11.5.
        """
        return np.hstack([_delete_one_of_class(self.estimates, values) for values in self.classes])


def _delete_one_of_class(estimates: Floats, values: Floats) -> Floats:
    known = ~np.isnan(values)
    count = known.sum(axis=1, keepdims=True)
    if (count[~np.isnan(estimates)] < 2).any():
        raise TooFewCases(
            "The jackknife leaves out one case at a time and needs two of each class per reader; add cases."
        )
    theta = estimates[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        deleted = (count * theta - values) / (count - 1)
    answer: Floats = np.where(known, deleted, theta)
    return answer


class Endpoint(Protocol):
    """A figure of merit per cell that is a mean over cases."""

    @property
    def name(self) -> str:
        """As a methods section writes it."""
        ...

    def components(self, cube: Cube) -> Components:
        """The estimate of every cell with the share of each case."""
        ...


@dataclass(frozen=True, slots=True)
class Auc:
    """Area under the empirical ROC curve (the Mann-Whitney statistic; a tie counts one half).

    Examples
    --------
    >>> cube = readings.only(question="Malignant?").cube()
    >>> Auc().components(cube).estimates  # one per modality and reader

    References
    ----------
    - DeLong, DeLong & Clarke-Pearson (1988), eqs. 3 and 4: the Mann-Whitney statistic; section 2: components.
    """

    @property
    def name(self) -> str:
        """As a methods section writes it."""
        return "AUC"

    def components(self, cube: Cube) -> Components:
        """Structural components by ranks: of a diseased case the share of healthy ones below."""
        healthy, diseased = ratings_by_class(cube)
        of_healthy, of_diseased = np.full_like(healthy, np.nan), np.full_like(diseased, np.nan)
        estimates = np.full(len(healthy), np.nan)
        for cell in np.flatnonzero(cube.mask.any(axis=2).ravel()):
            rated0, rated1 = ~np.isnan(healthy[cell]), ~np.isnan(diseased[cell])
            _require_both_classes(cube, int(cell), rated0, rated1)
            negative, positive = healthy[cell, rated0], diseased[cell, rated1]
            of_diseased[cell, rated1] = _share_below(negative, positive)
            of_healthy[cell, rated0] = 1.0 - _share_below(positive, negative)
            estimates[cell] = of_diseased[cell, rated1].mean()
        return Components(estimates, (of_healthy, of_diseased))


def ratings_by_class(cube: Cube) -> tuple[Floats, Floats]:
    """Ratings of healthy and of diseased cases, one row per cell, modalities slowest."""
    rows = cube.ratings.reshape(-1, len(cube.cases))
    is_diseased = cube.is_diseased
    return rows[:, ~is_diseased], rows[:, is_diseased]


def cell_name(cube: Cube, cell: int) -> str:
    modality, reader = divmod(cell, len(cube.readers))
    return f"{cube.readers[reader]} under {cube.modalities[modality]}"


def _share_below(others: Floats, values: Floats) -> Floats:
    """For each value, the share of `others` below it, ties counted half."""
    ordered = np.sort(others)
    left, right = np.searchsorted(ordered, values, "left"), np.searchsorted(ordered, values, "right")
    share: Floats = (left + right) / (2.0 * len(others))
    return share


def _require_both_classes(cube: Cube, cell: int, rated_healthy: Bools, rated_diseased: Bools) -> None:
    for rated, word in ((rated_healthy, "healthy"), (rated_diseased, "diseased")):
        if not rated.any():
            name = cell_name(cube, cell)
            raise EmptyClass(f"{name} rated no {word} case; complete the readings or leave the reader out.")


@dataclass(frozen=True, slots=True)
class _Calls(ABC):
    """A share of right calls among some cases; a rating at or above the threshold is a call of diseased."""

    threshold: float
    words: ClassVar[str]

    @property
    def name(self) -> str:
        """As a methods section writes it."""
        return self.words.format(self.threshold)

    def components(self, cube: Cube) -> Components:
        """A score of 1 per case called as it is, among the cases that the endpoint depends on."""
        is_right = (cube.ratings >= self.threshold) == cube.is_diseased
        return _proportion(cube, is_right, self._is_used(cube.is_diseased))

    @abstractmethod
    def _is_used(self, is_diseased: Bools) -> Bools:
        """The cases that the endpoint depends on."""


@dataclass(frozen=True, slots=True)
class Sensitivity(_Calls):
    """Share of diseased cases rated at or above the threshold; healthy cases play no part, nor in its jackknife.

    Examples
    --------
    >>> obuchowski_rockette(cube, endpoint=Sensitivity(threshold=3))

    Parameters
    ----------
    threshold : float
        The lowest rating that counts as positive.

    References
    ----------
    - Gallas, Pennello & Myers (2007), pp. B70-B80: binary scores of readers and cases.
    """

    threshold: float
    words: ClassVar[str] = "sensitivity (rating >= {:g})"

    def _is_used(self, is_diseased: Bools) -> Bools:
        return is_diseased


@dataclass(frozen=True, slots=True)
class Specificity(_Calls):
    """Share of healthy cases rated below the threshold; diseased cases play no part, nor in its jackknife.

    Examples
    --------
    >>> obuchowski_rockette(cube, endpoint=Specificity(threshold=3))

    Parameters
    ----------
    threshold : float
        As for `Sensitivity`.

    References
    ----------
    - Gallas, Pennello & Myers (2007), pp. B70-B80: binary scores of readers and cases.
    """

    threshold: float
    words: ClassVar[str] = "specificity (rating >= {:g} is positive)"

    def _is_used(self, is_diseased: Bools) -> Bools:
        return ~is_diseased


@dataclass(frozen=True, slots=True)
class Agreement(_Calls):
    """Share of all cases on which the call (rating at or above the threshold) agrees with the truth.

    Examples
    --------
    >>> u_statistics(cube, endpoint=Agreement(threshold=3))

    Parameters
    ----------
    threshold : float
        As for `Sensitivity`.

    References
    ----------
    - Gallas, Pennello & Myers (2007), pp. B70-B80: binary scores of readers and cases.
    """

    threshold: float
    words: ClassVar[str] = "agreement with the truth (rating >= {:g} is positive)"

    def _is_used(self, is_diseased: Bools) -> Bools:
        return np.ones_like(is_diseased)


def _proportion(cube: Cube, is_hit: Bools, is_used: Bools) -> Components:
    scores = np.where(cube.mask, is_hit, np.nan)[:, :, is_used].reshape(-1, int(is_used.sum()))
    known = ~np.isnan(scores)
    has_readings = cube.mask.any(axis=2).ravel()
    without = np.flatnonzero(has_readings & ~known.any(axis=1))
    if without.size:
        name = cell_name(cube, int(without[0]))
        raise TooFewCases(f"{name} rated none of the cases that this endpoint depends on; complete the readings.")
    with np.errstate(invalid="ignore"):
        estimates = np.where(has_readings, np.nansum(scores, axis=1) / known.sum(axis=1), np.nan)
    return Components(estimates, (scores,))
