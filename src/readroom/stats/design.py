"""Who read what: the design matrix, and ratings as an array with its three axes named."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from readroom.stats.columns import ONLY_ONE, counting_order
from readroom.stats.errors import EmptyClass, IncompleteDesign, MissingTruth

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """Which reader read which case under which modality.

    Parameters
    ----------
    modalities, readers, cases : tuple of str
        The names along the axes, sorted.
    was_read : ndarray of bool, shape (modalities, readers, cases)
        True where a rating exists.
    """

    modalities: tuple[str, ...]
    readers: tuple[str, ...]
    cases: tuple[str, ...]
    was_read: Bools

    @classmethod
    def of(cls, rows: pd.DataFrame) -> Design:
        """What the rows of a table with modality, reader and display_set say was read."""
        columns = ("modality", "reader", "display_set")
        axes = [tuple(sorted({str(name) for name in rows[column]}, key=counting_order)) for column in columns]
        was_read = np.zeros([len(axis) for axis in axes], dtype=bool)
        was_read[tuple(pd.Index(a).get_indexer(pd.Index(rows[c])) for a, c in zip(axes, columns, strict=True))] = True
        return cls(axes[0], axes[1], axes[2], was_read)

    @classmethod
    def of_cases(cls, was_read: Bools) -> Design:
        """One unnamed reader and modality, cases numbered from 1: for values that come as an array."""
        cases = tuple(str(number) for number in range(1, len(was_read) + 1))
        return cls((ONLY_ONE,), (ONLY_ONE,), cases, was_read[None, None])

    @property
    def is_complete(self) -> bool:
        """Whether every reader read every case under every modality (fully crossed)."""
        return bool(self.was_read.all())

    @property
    def missing(self) -> str:
        """How many readings are missing, and the first of them; empty when none is."""
        absent = np.argwhere(~self.was_read)
        if not len(absent):
            return ""
        modality, reader, case = absent[0]
        first = ", ".join((self.modalities[modality], self.readers[reader], self.cases[case]))
        return f"{len(absent)} of {self.was_read.size} readings are missing (first: {first})"

    @property
    def n(self) -> dict[str, int]:
        """Counts for `Estimate.n`."""
        return {
            "modalities": len(self.modalities),
            "readers": len(self.readers),
            "cases": len(self.cases),
            "readings": int(self.was_read.sum()),
        }

    def __str__(self) -> str:
        n = self.n
        of = f"{n['readers']} readers x {n['modalities']} modalities x {n['cases']} cases"
        if self.is_complete:
            return f"{of}, fully crossed, no reading missing"
        return f"{of}, {n['readings']} of {self.was_read.size} readings present"

    def to_frame(self) -> pd.DataFrame:
        """One row per case, one column per (modality, reader), True where it was read."""
        columns = pd.MultiIndex.from_product([self.modalities, self.readers], names=["modality", "reader"])
        rows = self.was_read.reshape(-1, len(self.cases)).T
        return pd.DataFrame(rows, index=pd.Index(self.cases, name="display_set"), columns=columns)


@dataclass(frozen=True, slots=True, eq=False)
class Cube:
    """Ratings of one question, by modality, reader and case.

    Parameters
    ----------
    ratings : ndarray of float, shape (modalities, readers, cases)
        NaN where a reading is missing.
    truth : ndarray of float, shape (cases,)
        1 diseased, 0 healthy, NaN unknown.
    modalities, readers, cases : tuple of str
        The names along the axes, sorted.
    """

    ratings: Floats
    truth: Floats
    modalities: tuple[str, ...]
    readers: tuple[str, ...]
    cases: tuple[str, ...]

    @property
    def mask(self) -> Bools:
        """True where a rating exists; same shape as `ratings`."""
        return ~np.isnan(self.ratings)

    @property
    def design(self) -> Design:
        """Who read what."""
        return Design(self.modalities, self.readers, self.cases, self.mask)

    @property
    def is_diseased(self) -> Bools:
        """True for diseased cases; the truth of every case must be known, and both classes present."""
        self.require_truth()
        diseased: Bools = self.truth == 1
        return diseased

    def require_truth(self) -> None:
        """Refuse cases of unknown truth and samples without diseased or without healthy cases."""
        unknown = [case for case, truth in zip(self.cases, self.truth, strict=True) if np.isnan(truth)]
        if unknown:
            raise MissingTruth(
                f"The truth of {len(unknown)} of {len(self.cases)} cases is missing, or neither 0 nor 1 "
                f"({_some(unknown)}); fill the column truth, name the values that mean diseased in 'positive', take "
                "the truth from another question, or leave those cases out with 'leave_out'."
            )
        diseased = int((self.truth == 1).sum())
        if diseased in {0, len(self.cases)}:
            absent = "healthy" if diseased else "diseased"
            raise EmptyClass(
                f"None of the {len(self.cases)} cases is {absent}; both classes are needed. "
                "Check the column truth, and which of its values is positive."
            )

    def require_complete(self, method: str) -> None:
        """Refuse a design with missing readings, for methods that need every one."""
        if missing := self.design.missing:
            raise IncompleteDesign(
                f"{method} needs every reader to have read every case under every modality; {missing}. Use the "
                "U-statistics, which take any design, or leave out incomplete readers or cases with 'leave_out'."
            )

    def complete_cases(self) -> Cube:
        """The cases that every reader read under every modality."""
        keep: Bools = np.all(self.mask, axis=(0, 1))
        cases = tuple(case for case, kept in zip(self.cases, keep, strict=True) if kept)
        return Cube(self.ratings[:, :, keep], self.truth[keep], self.modalities, self.readers, cases)


def _some(names: list[str], most: int = 3) -> str:
    shown = ", ".join(names[:most])
    return f"{shown}, ..." if len(names) > most else shown
