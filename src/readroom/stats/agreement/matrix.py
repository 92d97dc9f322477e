"""Categories by case and rater: the narrow form that every coefficient takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np
import numpy.typing as npt

from readroom.stats.columns import ONLY_ONE, Option, label
from readroom.stats.design import Design
from readroom.stats.errors import MismatchedShapes, TooFewCases, TooFewReaders, UnknownOption
from readroom.stats.table import Readings

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]
RatingsLike = Readings | npt.ArrayLike

LARGEST_COUNTS = 50_000_000
"""Cases times raters times options."""


@dataclass(frozen=True, slots=True, eq=False)
class RatingMatrix:
    """Which option each rater chose for each case.

    Parameters
    ----------
    codes : ndarray of int, shape (cases, raters)
        Position in `options`, -1 where a rating is missing.
    options : tuple of str
        The full list, in its order.
    raters, cases : tuple of str
        Names along the axes.
    modality : str
        The modality that was read.
    absent : tuple of str
        Raters who rated nothing and are left out.
    """

    codes: Codes
    options: tuple[str, ...]
    raters: tuple[str, ...]
    cases: tuple[str, ...]
    modality: str = ONLY_ONE
    absent: tuple[str, ...] = ()

    @property
    def counts(self) -> Floats:
        """How many raters chose each option for each case, shape (cases, options)."""
        rated = self.codes >= 0
        cases = np.broadcast_to(np.arange(len(self.codes))[:, None], self.codes.shape)
        counts = np.zeros((len(self.codes), len(self.options)))
        np.add.at(counts, (cases[rated], self.codes[rated]), 1)
        return counts

    @property
    def design(self) -> Design:
        """Who read what."""
        return Design((self.modality,), self.raters, self.cases, (self.codes >= 0).T[None])

    @property
    def n(self) -> dict[str, int]:
        """Counts for `Estimate.n`."""
        return {
            "readers": len(self.raters),
            "cases": len(self.cases),
            "readings": int((self.codes >= 0).sum()),
            "options": len(self.options),
        }

    @property
    def missing_note(self) -> tuple[str, ...]:
        """A note when readings are missing, for `Estimate.notes`."""
        missing = int((self.codes < 0).sum())
        notes = (f"{missing} of {self.codes.size} readings are missing.",) if missing else ()
        return (*notes, f"{', '.join(self.absent)} rated nothing, left out.") if self.absent else notes

    def pair(self, first: int, second: int) -> RatingMatrix:
        """Two raters, on the cases that both rated."""
        both = self.codes[:, [first, second]]
        keep = np.asarray((both >= 0).all(axis=1))
        cases = tuple(compress(self.cases, keep))
        raters = (self.raters[first], self.raters[second])
        return RatingMatrix(both[keep], self.options, raters, cases, self.modality)


def rating_matrix(ratings: RatingsLike, options: Sequence[Option] | None) -> RatingMatrix:
    """Bring readings or a table of ratings (cases x raters) into the narrow form.

    Examples
    --------
    >>> rating_matrix([[1, 1], [2, 3]], options=[1, 2, 3]).codes
    array([[0, 0],
           [1, 2]])

    Parameters
    ----------
    ratings : Readings or array of shape (cases, raters)
        None or NaN where missing. Readings must be of one question, modality and session.
    options : sequence
        The full list in its order; readings bring their own.

    Returns
    -------
    RatingMatrix
        Of at least two raters and two cases with a rating.
    """
    matrix = _of_readings(ratings) if isinstance(ratings, Readings) else _of_table(ratings, options)
    return _checked(matrix)


def _of_readings(readings: Readings) -> RatingMatrix:
    modality = readings.one("modality")
    options = readings.options_of()
    cube = readings.cube(value="answer")
    codes = np.where(np.isnan(cube.ratings[0]), -1, cube.ratings[0]).astype(np.intp).T
    return RatingMatrix(codes, options, cube.readers, cube.cases, modality)


def _of_table(table: npt.ArrayLike, options: Sequence[Option] | None) -> RatingMatrix:
    cells = np.asarray(table, dtype=object)
    if cells.ndim != 2:
        raise MismatchedShapes(f"Ratings have {cells.ndim} dimension(s); give a table of cases x raters.")
    if options is None:
        raise UnknownOption("The options were not given; give the full list in its order as 'options'.")
    names = tuple(str(label(option)) for option in options)
    if len(set(names)) != len(names):
        raise UnknownOption(f"The options name one option twice: {', '.join(names)}.")
    position = {name: code for code, name in enumerate(names)} | {None: -1}
    spelled = [[label(cell) for cell in row] for row in cells]
    unknown = sorted({str(name) for row in spelled for name in row if name not in position})
    if unknown:
        raise UnknownOption(
            f"{unknown[0]!r} is no option ({', '.join(names)}); mend the rating, or give the full list of options."
        )
    codes = np.array([[position[name] for name in row] for row in spelled], dtype=np.intp).reshape(cells.shape)
    raters = tuple(f"rater {j + 1}" for j in range(cells.shape[1]))
    return RatingMatrix(codes, names, raters, tuple(str(i + 1) for i in range(cells.shape[0])))


def _checked(matrix: RatingMatrix) -> RatingMatrix:
    if len(matrix.options) < 2:
        raise UnknownOption("Agreement needs at least two options; give the full list of options.")
    if len(matrix.options) * matrix.codes.size > LARGEST_COUNTS:
        raise UnknownOption(
            f"{len(matrix.options)} options are too many for {matrix.codes.size} ratings; use an intraclass "
            "correlation or limits of agreement for measurements."
        )
    is_rated = matrix.codes >= 0
    cases, raters = np.asarray(is_rated.any(axis=1)), np.asarray(is_rated.any(axis=0))
    if raters.sum() < 2:
        raise TooFewReaders(
            f"Agreement needs two raters, {int(raters.sum())} rated; add a reader, or a second session for "
            "agreement of a reader with itself."
        )
    if is_rated.sum(axis=1).max() < 2 or cases.sum() < 2:
        raise TooFewCases(
            f"Agreement needs at least two rated cases, one of them rated twice; {int(cases.sum())} of "
            f"{len(matrix.cases)} cases have a rating. Add display sets that several readers read."
        )
    return RatingMatrix(
        codes=matrix.codes[np.ix_(cases, raters)],
        options=matrix.options,
        raters=tuple(compress(matrix.raters, raters)),
        cases=tuple(compress(matrix.cases, cases)),
        modality=matrix.modality,
        absent=tuple(compress(matrix.raters, ~raters)),
    )
