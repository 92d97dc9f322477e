"""Numbers by case and rater, for coefficients of measurements and ranks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from readroom.stats.agreement.matrix import RatingsLike
from readroom.stats.columns import ONLY_ONE
from readroom.stats.design import Design
from readroom.stats.errors import MismatchedShapes, TooFewCases, TooFewReaders
from readroom.stats.numbers import as_numbers
from readroom.stats.table import Readings

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class ScoreMatrix:
    """The number each rater gave each case.

    Parameters
    ----------
    scores : ndarray of float, shape (cases, raters)
        No NaN: incomplete cases are left out, and `notes` says how many.
    raters, cases : tuple of str
        Names along the axes.
    design : Design
        Who read what, incomplete cases included.
    notes : tuple of str
        What was left out.
    """

    scores: Floats
    raters: tuple[str, ...]
    cases: tuple[str, ...]
    design: Design
    notes: tuple[str, ...] = ()

    @property
    def n(self) -> dict[str, int]:
        """Counts for `Estimate.n`."""
        return {"readers": len(self.raters), "cases": len(self.cases), "readings": int(self.scores.size)}


def score_matrix(ratings: RatingsLike) -> ScoreMatrix:
    """Bring readings or a table of numbers (cases x raters) into the narrow form, complete cases only."""
    if isinstance(ratings, Readings):
        modality = ratings.one("modality")
        cube = ratings.cube()
        return complete_scores(cube.ratings[0].T, cube.readers, cube.cases, modality)
    table = as_numbers(ratings, "ratings")
    if table.ndim != 2:
        raise MismatchedShapes(f"Ratings have {table.ndim} dimension(s); give a table of cases x raters.")
    raters = tuple(f"rater {j + 1}" for j in range(table.shape[1]))
    return complete_scores(table, raters, tuple(str(i + 1) for i in range(table.shape[0])), ONLY_ONE)


def complete_scores(table: Floats, raters: tuple[str, ...], cases: tuple[str, ...], modality: str) -> ScoreMatrix:
    """The complete cases of a table (cases, raters) whose axes are named."""
    if len(raters) < 2:
        raise TooFewReaders(
            f"Agreement needs two raters, there is {len(raters)}; add a reader, or a second session for agreement "
            "of a reader with itself."
        )
    design = Design((modality,), raters, cases, ~np.isnan(table).T[None])
    complete = np.asarray(~np.isnan(table).any(axis=1))
    if complete.sum() < 2:
        raise TooFewCases(
            f"{int(complete.sum())} of {len(cases)} cases were rated by all {len(raters)} raters; at least two are "
            "needed. Leave out the raters who read little with 'leave_out'."
        )
    left = tuple(case for case, kept in zip(cases, complete, strict=True) if kept)
    missing = len(cases) - len(left)
    notes = (f"{missing} of {len(cases)} cases were not rated by every rater and are left out.",) if missing else ()
    return ScoreMatrix(table[complete], raters, left, design, notes)
