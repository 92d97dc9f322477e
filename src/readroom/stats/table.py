"""The long table of readings: one row per reader, modality, session, display set and question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from readroom.stats.columns import ONLY_ONE, Option, counting_order, label, labels, load, read_columns, several
from readroom.stats.design import Cube, Design
from readroom.stats.errors import (
    AmbiguousSelection,
    ContradictoryTruth,
    EmptySelection,
    MissingColumn,
    MissingTruth,
    UnknownChoice,
    UnknownOption,
)
from readroom.stats.exported import identifiers, spoken

POSITIVE = frozenset({"1", "true"})
"""The truths that mean diseased, unless others are named."""

NEGATIVE = frozenset({"0", "false"})
"""The truths that then mean healthy; any other is not understood."""

Axes = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
Indices = npt.NDArray[np.intp]


class SupportsPandas(Protocol):
    """A frame of another library."""

    def to_pandas(self) -> pd.DataFrame: ...


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """A validated long table of readings.

    Made by `Readings.read`, never by hand.

    Parameters
    ----------
    frame : pandas.DataFrame
        The columns of `KEYS` and `CONTENT` (always all of them) and the covariates; missing stays missing.
    options : mapping of str to tuple of str
        The options of each question, in their order. Empty for questions without options.
    positive : frozenset of str
        The truths that mean diseased.
    """

    frame: pd.DataFrame
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    positive: frozenset[str] = POSITIVE

    @classmethod
    def read(
        cls,
        source: Readings | pd.DataFrame | SupportsPandas | str | Path,
        *,
        options: Sequence[Option] | Mapping[str, Sequence[Option]] | None = None,
        positive: Option | Iterable[Option] | None = None,
        columns: Mapping[str, str] | None = None,
    ) -> Readings:
        """Take a table in and check it.

        Examples
        --------
        >>> readings = Readings.read("answers.csv", options=["normal", "benign", "malignant"], positive="malignant")

        Parameters
        ----------
        source : path, DataFrame or Readings
            CSV, Parquet or a frame (of pandas or polars, the client's too) with ``reader``, ``display_set``, ``answer``
            or ``rating``, and, where they apply, ``modality``, ``session``, ``question``, ``truth``, ``seconds`` and
            covariates.
        options : sequence, or mapping of question to sequence
            The full list of options in their order. Never guessed from the answers: an option that nobody chose
            changes weighted coefficients. Without it the lists that an export of the platform brings along are taken.
        positive : option or options
            The truths that mean diseased; every other one then means healthy. Unless given, 1 and true mean diseased,
            0 and false healthy, and other truths are not understood.
        columns : mapping
            Our column name to yours, ``{"display_set": "case"}``.

        Returns
        -------
        Readings

        Raises
        ------
        BadTable
            One of its kinds, naming column, rows and remedy.
        """
        if isinstance(source, Readings):
            raw, options = source.frame, source.options if options is None else options
            positive = source.positive if positive is None else positive
        else:
            raw = _frame(source)
        frame, by_question = read_columns(raw, columns or {}, options)
        truths = POSITIVE if positive is None else labels(positive)
        return cls(frame, by_question, truths)

    def only(self, **choice: Option | Iterable[Option]) -> Readings:
        """Keep the rows whose columns have the given values.

        Examples
        --------
        >>> readings.only(question="Malignant?", reader=["anna", "ben"])

        Parameters
        ----------
        **choice : option or list of options
            By column, covariates included. Questions and display sets of an export of the platform may be named by
            their text and title.

        Returns
        -------
        Readings

        Raises
        ------
        MissingColumn, EmptySelection
        """
        kept = self._where(*(self._is_among(column, wanted) for column, wanted in choice.items()))
        if kept.frame.empty:
            asked = " and ".join(f"{column} {_listed(wanted)}" for column, wanted in choice.items())
            there = [self._there_is(column) for column in choice]
            raise EmptySelection(f"No reading has {asked}; {'; '.join(there)}.")
        return kept

    def leave_out(self, **choice: Option | Iterable[Option]) -> Readings:
        """Keep the rows of which no column has one of the given values.

        Examples
        --------
        >>> readings.leave_out(reader="anna", display_set=["c7", "c9"])

        Parameters
        ----------
        **choice : option or list of options
            By column, as for `only`; what does not occur is refused, as it is likely misspelt.

        Returns
        -------
        Readings

        Raises
        ------
        MissingColumn, EmptySelection
        """
        for column, wanted in choice.items():
            for name in several(wanted):
                self.only(**{column: name})
        kept = self._where(*(~self._is_among(column, wanted) for column, wanted in choice.items()))
        if kept.frame.empty:
            raise EmptySelection(f"No reading is left without {', '.join(choice)} of these names; leave out fewer.")
        return kept

    def _where(self, *wanted: pd.Series[bool]) -> Readings:
        """The rows for which all hold."""
        keep = pd.Series(True, index=self.frame.index)
        for one in wanted:
            keep &= one
        return replace(self, frame=self.frame[keep])

    def _is_among(self, column: str, wanted: Option | Iterable[Option]) -> pd.Series[bool]:
        if column not in self.frame:
            raise MissingColumn(f"There is no column {column!r}; there are {', '.join(self.frame.columns)}.")
        names = identifiers(self.frame, column, map(label, several(wanted)))
        return self.frame[column].isin([value for value in self.frame[column].unique() if label(value) in names])

    def with_truth_of(self, question: Option) -> Readings:
        """Compare all readings with the truth of one question.

        A study may ask how sure a reader is in one question, and hold its ground truth at another. The truth of the
        named question takes the place of that of every other; a display set that has none there has none.

        Examples
        --------
        >>> readings.with_truth_of("Malignant?")  # then choose the question that was rated

        Parameters
        ----------
        question : option
            Its text or identifier.

        Returns
        -------
        Readings

        Raises
        ------
        EmptySelection
            There is no such question.
        MissingTruth
            It has no truth for any display set.
        ContradictoryTruth
            It has two for one display set.
        """
        rows = self.only(question=question).frame
        known = rows[rows["truth"].notna()]
        if known.empty:
            raise MissingTruth(f"The question {label(question)!r} has no truth for any display set; name another.")
        counts = known.groupby("display_set")["truth"].nunique()
        if (counts > 1).any():
            case = str(counts.index[counts > 1][0])
            raise ContradictoryTruth(f"The question {label(question)!r} has two truths of {case}; keep one.")
        truth = known.groupby("display_set")["truth"].first()
        return replace(self, frame=self.frame.assign(truth=self.frame["display_set"].map(truth).astype(object)))

    def names(self, column: str) -> tuple[str, ...]:
        """The values that occur in a column, sorted as people count: R2 before R10."""
        spelled = {label(value) for value in self.frame[column].unique()}
        return tuple(sorted((name for name in spelled if name is not None), key=counting_order))

    def _spoken(self, column: str) -> list[str]:
        return [spoken(self.frame, column, name) for name in self.names(column)]

    def _there_is(self, column: str) -> str:
        names = self._spoken(column)
        if names == [ONLY_ONE]:
            return f"the table names no {column}"
        return f"{column} is one of {', '.join(names[:12])}{', ...' if len(names) > 12 else ''}"

    def one(self, column: str) -> str:
        """The single value of a key column; several are an error that says how to choose."""
        names = self.names(column)
        if len(names) != 1:
            words = self._spoken(column)
            raise AmbiguousSelection(
                f"There are {len(names)} values of {column} ({', '.join(words[:6])}) where one is needed; "
                f"choose one with 'only', such as {column}: {words[0]}."
                if names
                else f"No row has a {column}."
            )
        return names[0]

    def cube(self, *, value: str = "rating") -> Cube:
        """Pivot the ratings of one question and one session to an array.

        Examples
        --------
        >>> cube = readings.only(question="Malignant?").cube()
        >>> cube.ratings.shape  # modalities, readers, cases
        (2, 3, 40)

        Parameters
        ----------
        value : {"rating", "seconds", "answer"}
            What to pivot; answers become their position in the list of options, counted from 0.

        Returns
        -------
        Cube
            NaN where a reading is missing.
        """
        question = self.one("question")
        self._require_one_session()
        axes = self._axes()
        values = np.full([len(axis) for axis in axes], np.nan)
        where = self._positions(axes, self.frame)
        values[where] = self._numbers(value, question)
        truth = np.full(len(axes[2]), np.nan)
        known = self.frame["truth"].isin(self._understood_truths()).to_numpy()
        truth[where[2][known]] = self.frame["truth"][known].isin(self.positive).to_numpy(float)
        return Cube(values, truth, *axes)

    def design(self) -> Design:
        """Who read what, whatever the question and session."""
        axes = self._axes()
        was_read = np.zeros([len(axis) for axis in axes], dtype=bool)
        present = self.frame[self.frame["answer"].notna() | self.frame["rating"].notna()]
        was_read[self._positions(axes, present)] = True
        return Design(*axes, was_read)

    def _understood_truths(self) -> set[str]:
        """All truths when positive ones were named; else those that are plainly yes or no."""
        truths = set(self.frame["truth"].dropna())
        return truths if self.positive != POSITIVE else truths & (POSITIVE | NEGATIVE)

    def _axes(self) -> Axes:
        return self.names("modality"), self.names("reader"), self.names("display_set")

    def _positions(self, axes: Axes, rows: pd.DataFrame) -> tuple[Indices, ...]:
        columns = ("modality", "reader", "display_set")
        pairs = zip(axes, columns, strict=True)
        return tuple(pd.Index(axis).get_indexer(pd.Index(rows[column])) for axis, column in pairs)

    def _require_one_session(self) -> None:
        key = ["reader", "modality", "display_set"]
        repeated = self.frame[self.frame.duplicated(key, keep=False)]
        if len(repeated):
            first = repeated.iloc[0]
            raise AmbiguousSelection(
                f"{first['reader']} read {first['display_set']} in the sessions "
                f"{', '.join(self.names('session')[:6])}; choose one with 'session' or 'only'."
            )

    def _numbers(self, value: str, question: str) -> npt.NDArray[np.float64]:
        if value in {"rating", "seconds"}:
            return self.frame[value].to_numpy(float)
        if value != "answer":
            raise UnknownChoice(f"{value!r} cannot be pivoted; take rating, seconds or answer.")
        codes = pd.Index(self.options_of(question)).get_indexer(pd.Index(self.frame["answer"]))
        return np.where(codes < 0, np.nan, codes)

    def options_of(self, question: str | None = None) -> tuple[str, ...]:
        """The full list of options of a question, in order."""
        question = self.one("question") if question is None else question
        if question not in self.options:
            raise UnknownOption(
                f"The options of question {spoken(self.frame, 'question', question)!r} were not given; "
                "give options: [...], the full list in its order, in the plan or to Readings.read."
            )
        return self.options[question]


def _listed(wanted: Option | Iterable[Option]) -> str:
    return " or ".join(repr(label(value)) for value in several(wanted))


def _frame(source: pd.DataFrame | SupportsPandas | str | Path) -> pd.DataFrame:
    if isinstance(source, pd.DataFrame):
        return source
    return load(Path(source)) if isinstance(source, str | Path) else source.to_pandas()
