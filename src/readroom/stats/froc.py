"""Free-response studies: marks with ratings, lesions with weights, and their arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from readroom.stats.columns import require_columns
from readroom.stats.design import Bools, Design, Floats
from readroom.stats.errors import (
    BadTable,
    DuplicateReading,
    EmptySelection,
    IncompleteDesign,
    NotANumber,
    UnknownChoice,
)

__all__ = ["FrocStudy"]

Indices = npt.NDArray[np.intp]

UNMARKED = -np.inf
"""The rating of what nobody marked: below every rating (Chakraborty & Berbaum 2004)."""

Unmarked = Literal["missing", "read"]
RULES = get_args(Unmarked)
"""What a case without a row is."""

READING = ("modality", "reader", "display_set")
"""The columns that say whose mark it is, and where."""

MARK_COLUMNS = (*READING, "mark", "lesion", "rating")
TRUTH_COLUMNS = ("display_set", "lesion")


@dataclass(frozen=True, slots=True, eq=False)
class FrocStudy:
    """All marks of a free-response study, as arrays, and who read what.

    Made by `FrocStudy.read`.

    Parameters
    ----------
    modalities, readers, cases, lesions : tuple of str
        Names; a lesion's name is ``case/lesion``.
    is_diseased : ndarray of bool, shape (cases,)
        Whether the case has a lesion.
    lesion_case : ndarray of int, shape (lesions,)
        The case of each lesion.
    lesion_weight : ndarray, shape (lesions,)
        Clinical weight; the weights of a case add to 1.
    lesion_rating : ndarray, shape (modalities, readers, lesions)
        Rating of the mark on each lesion; minus infinity when unmarked.
    false_cell, false_case, false_rating : ndarray, shape (false marks,)
        Marks elsewhere: cell (modality * readers + reader), case, rating.
    was_read : ndarray of bool, shape (modalities, readers, cases)
        Whether the case was read, with or without a mark.
    """

    modalities: tuple[str, ...]
    readers: tuple[str, ...]
    cases: tuple[str, ...]
    lesions: tuple[str, ...]
    is_diseased: Bools
    lesion_case: Indices
    lesion_weight: Floats
    lesion_rating: Floats
    false_cell: Indices
    false_case: Indices
    false_rating: Floats
    was_read: Bools

    @classmethod
    def read(
        cls,
        marks: pd.DataFrame,
        *,
        truth: pd.DataFrame,
        modalities: Sequence[str] = (),
        readers: Sequence[str] = (),
        unmarked: Unmarked = "missing",
    ) -> FrocStudy:
        """Take two tables in and check them against each other.

        Examples
        --------
        >>> marks = pd.DataFrame({"modality": ["CT"], "reader": ["anna"], "display_set": ["c1"], "mark": ["LL"],
        ...                       "lesion": [1], "rating": [80]})
        >>> truth = pd.DataFrame({"display_set": ["c1", "c2"], "lesion": [1, None]})
        >>> FrocStudy.read(marks, truth=truth).is_diseased
        array([ True, False])

        Parameters
        ----------
        marks : DataFrame
            One row per mark: ``modality``, ``reader``, ``display_set``, ``mark`` ("LL" on a lesion, "NL" elsewhere),
            ``lesion`` (of an LL), ``rating``. A row whose mark and rating are empty says that the case was read and
            nothing marked.
        truth : DataFrame
            One row per lesion: ``display_set``, ``lesion`` and, if wanted, ``weight``; one row with an empty lesion
            per healthy case.
        modalities, readers : sequence of str
            Those who took part, for one who marked nothing at all may have no row among the marks.
        unmarked : {"missing", "read"}
            What a case is that has no row of a reader under a modality: not read; or, as the rule is where a table has
            rows for marks alone, read with nothing marked.

        Returns
        -------
        FrocStudy

        Raises
        ------
        MissingColumn, NotANumber, BadTable, DuplicateReading, EmptySelection, UnknownChoice
        """
        require_columns(marks, MARK_COLUMNS, name="marks", filled=READING)
        require_columns(truth, TRUTH_COLUMNS, name="lesions", filled=("display_set",))
        if unmarked not in RULES:
            raise UnknownChoice(f"There is no rule {unmarked!r} for unmarked cases; choose {' or '.join(RULES)}.")
        has_mark = (marks["mark"].notna() | marks["rating"].notna()).to_numpy()
        if not has_mark.any():
            raise EmptySelection("There is not one mark; nothing can be said about localisation.")
        cases = _names(truth["display_set"])
        lesions = truth[truth["lesion"].notna()]
        lesion_names = tuple(_lesion_names(lesions))
        if len(set(lesion_names)) < len(lesion_names):
            raise DuplicateReading("A lesion stands in the truth twice; give each lesion of a case its own name.")
        case_of = {name: place for place, name in enumerate(cases)}
        lesion_case = np.array([case_of[_text(name)] for name in lesions["display_set"]], dtype=np.intp)
        arms, people = _names([*marks["modality"], *modalities]), _names([*marks["reader"], *readers])
        cell = _positions(marks["modality"], arms) * len(people) + _positions(marks["reader"], people)
        case = _known(marks["display_set"], case_of, "display set")
        was_read = np.full((len(arms) * len(people), len(cases)), unmarked == "read")
        was_read[cell, case] = True
        marks, cell, case = marks[has_mark], cell[has_mark], case[has_mark]
        ratings = _ratings(marks)
        is_lesion = _is_lesion_mark(marks)
        lesion_rating = _lesion_ratings(
            marks[is_lesion], cell[is_lesion], ratings[is_lesion], lesion_names, len(arms) * len(people)
        )
        is_diseased = np.zeros(len(cases), dtype=bool)
        is_diseased[lesion_case] = True
        return cls(
            arms,
            people,
            cases,
            lesion_names,
            is_diseased,
            lesion_case,
            _weights(lesions, lesion_case, len(cases)),
            lesion_rating.reshape(len(arms), len(people), -1),
            cell[~is_lesion],
            case[~is_lesion],
            ratings[~is_lesion],
            was_read.reshape(len(arms), len(people), len(cases)),
        )

    @property
    def shape(self) -> tuple[int, int, int]:
        """Modalities, readers, cases."""
        return len(self.modalities), len(self.readers), len(self.cases)

    @property
    def highest_false(self) -> Floats:
        """Highest rating of a mark off the lesions, shape (modalities, readers, cases); minus infinity without one."""
        modalities, readers, cases = self.shape
        highest = np.full((modalities * readers, cases), UNMARKED)
        np.maximum.at(highest, (self.false_cell, self.false_case), self.false_rating)
        return highest.reshape(self.shape)

    @property
    def highest(self) -> Floats:
        """Highest rating of any mark on a case: what an ROC reader would have given (the inferred rating)."""
        values = self.highest_false.copy()
        for lesion, case in enumerate(self.lesion_case):
            np.maximum(values[:, :, case], self.lesion_rating[:, :, lesion], out=values[:, :, case])
        return values

    @property
    def design(self) -> Design:
        """Who read what."""
        return Design(self.modalities, self.readers, self.cases, self.was_read)

    def require_complete(self, what: str) -> None:
        """Refuse missing readings: a case that was not read is not one on which nothing was seen."""
        if missing := self.design.missing:
            raise IncompleteDesign(
                f"{what} needs every reader to have read every case under every modality; {missing}: they have no row "
                "among the marks. Give each case that was read and not marked a row without mark and rating, or say "
                "with 'unmarked: read' that cases without a row were read, or leave readers or cases out."
            )

    @property
    def n(self) -> dict[str, int]:
        """Counts of lesions and marks."""
        diseased = int(self.is_diseased.sum())
        return {
            "diseased": diseased,
            "healthy": len(self.cases) - diseased,
            "lesions": len(self.lesions),
            "lesion_marks": int(np.isfinite(self.lesion_rating).sum()),
            "other_marks": len(self.false_rating),
        }


def _text(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _names(column: Iterable[object]) -> tuple[str, ...]:
    return tuple(sorted({_text(value) for value in column}))


def _positions(column: pd.Series[Any], names: tuple[str, ...]) -> Indices:
    place = {name: index for index, name in enumerate(names)}
    return np.array([place[_text(value)] for value in column], dtype=np.intp)


def _known(column: pd.Series[Any], places: dict[str, int], what: str) -> Indices:
    unknown = sorted({_text(value) for value in column} - set(places))
    if unknown:
        raise BadTable(
            f"The marks name {what} {unknown[0]!r}, which the truth does not; add it there or drop the mark."
        )
    return np.array([places[_text(value)] for value in column], dtype=np.intp)


def _lesion_names(rows: pd.DataFrame) -> list[str]:
    return [f"{_text(case)}/{_text(lesion)}" for case, lesion in zip(rows["display_set"], rows["lesion"], strict=True)]


def _ratings(marks: pd.DataFrame) -> Floats:
    ratings = pd.to_numeric(marks["rating"], errors="coerce").to_numpy(float)
    bad = ~np.isfinite(ratings)
    if bad.any():
        raise NotANumber(f"{int(bad.sum())} marks have no finite rating; every mark needs one.")
    return ratings


def _is_lesion_mark(marks: pd.DataFrame) -> Bools:
    kinds = set(marks["mark"]) - {"LL", "NL"}
    if kinds:
        raise BadTable(f"A mark is {min(map(str, kinds))!r}; write LL (on a lesion) or NL (elsewhere).")
    is_lesion: Bools = (marks["mark"] == "LL").to_numpy()
    return is_lesion


def _lesion_ratings(marks: pd.DataFrame, cell: Indices, ratings: Floats, names: tuple[str, ...], cells: int) -> Floats:
    place = {name: index for index, name in enumerate(names)}
    marked = _lesion_names(marks)
    unknown = sorted(set(marked) - set(place))
    if unknown:
        raise BadTable(f"A mark names lesion {unknown[0]!r}, which the truth does not; mend one of the two tables.")
    lesion = np.array([place[name] for name in marked], dtype=np.intp)
    keys = cell * len(names) + lesion
    if len(np.unique(keys)) < len(keys):
        raise DuplicateReading("A reader marked one lesion twice; keep the mark with the highest rating.")
    values = np.full((cells, len(names)), UNMARKED)
    values[cell, lesion] = ratings
    return values


def _weights(lesions: pd.DataFrame, lesion_case: Indices, cases: int) -> Floats:
    """Equal weights within a case unless given; given ones are scaled to add to 1."""
    given = pd.to_numeric(lesions["weight"], errors="coerce") if "weight" in lesions else pd.Series(1.0, lesions.index)
    weights = given.to_numpy(float)
    if not (weights > 0).all():
        raise NotANumber("A lesion has no positive weight; give every lesion a weight, or leave the column out.")
    totals = np.bincount(lesion_case, weights=weights, minlength=cases)
    scaled: Floats = weights / totals[lesion_case]
    return scaled
