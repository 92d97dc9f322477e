"""What can stand in the way of a statistic, as one tree.

```
StatisticsError
├── BadTable                     the table itself must be mended
│   ├── UnreadableTable          the file is not CSV or Parquet, or too large
│   ├── MissingColumn
│   ├── NotANumber               text where a rating or a time belongs
│   ├── DuplicateReading         one reader answered one question of one display set twice
│   ├── UnknownOption            an answer that the question does not offer
│   └── ContradictoryTruth       one display set has two truths
├── BadRequest                   the data are fine, what was asked of them is not
│   ├── UnknownChoice            a method, weight or unit of that name does not exist
│   ├── AmbiguousSelection       several questions, modalities or sessions where one is needed
│   ├── EmptySelection           nothing is left after selecting
│   ├── BadPlan                  a field of an analysis plan is missing, unknown or wrong
│   └── MismatchedShapes         arrays or masks that do not belong together
├── NotEnoughData                more has to be read before this can be computed
│   ├── TooFewReaders
│   ├── TooFewCases
│   ├── TooFewModalities
│   ├── EmptyClass               no diseased or no healthy cases
│   ├── MissingTruth
│   ├── EmptyMask                a contour without a single voxel
│   └── IncompleteDesign         the method needs every reading, and some are missing
└── NotEstimable                 the data leave the quantity undefined
    ├── ConstantRatings          nobody varied: agreement beyond chance, or a curve, is undefined
    ├── DegenerateFit            maximum likelihood has no finite answer
    ├── NegativeVariance         the unbiased estimate of the variance is below zero
    └── UnreachablePower         no number of cases gives these few readers the power asked for
```

The docstring of each class is its default message.
"""

from __future__ import annotations

import inspect

__all__ = [
    "AmbiguousSelection",
    "BadPlan",
    "BadRequest",
    "BadTable",
    "ConstantRatings",
    "ContradictoryTruth",
    "DegenerateFit",
    "DuplicateReading",
    "EmptyClass",
    "EmptyMask",
    "EmptySelection",
    "IncompleteDesign",
    "MismatchedShapes",
    "MissingColumn",
    "MissingTruth",
    "NegativeVariance",
    "NotANumber",
    "NotEnoughData",
    "NotEstimable",
    "StatisticsError",
    "TooFewCases",
    "TooFewModalities",
    "TooFewReaders",
    "UnknownChoice",
    "UnknownOption",
    "UnreachablePower",
    "UnreadableTable",
]


class StatisticsError(ValueError):
    """The statistic cannot be computed."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or inspect.getdoc(type(self)))


class BadTable(StatisticsError):
    """The table of readings must be mended."""


class UnreadableTable(BadTable):
    """The file is no table of readings; give CSV (UTF-8, one header row) or Parquet."""


class MissingColumn(BadTable):
    """A column is missing; rename it in the file, or name yours in 'columns'."""


class NotANumber(BadTable):
    """A rating or a time is not a number; write numbers with a decimal point and leave what is missing empty."""


class DuplicateReading(BadTable):
    """A reader answered one question of one display set twice; remove one row or give each pass its own session."""


class UnknownOption(BadTable):
    """An answer is not among the options of its question; mend the answer or give the full list of options."""


class ContradictoryTruth(BadTable):
    """One display set has two truths; give every row of a display set and question the same truth."""


class BadRequest(StatisticsError):
    """The data are fine; what was asked of them is not."""


class UnknownChoice(BadRequest):
    """There is no choice of that name."""


class AmbiguousSelection(BadRequest):
    """Several are present where one is needed; choose one with 'only'."""


class EmptySelection(BadRequest):
    """No reading is left after the selection; choose among the names that occur in the table."""


class BadPlan(BadRequest):
    """A field of the analysis plan is missing, unknown or wrong; the message names its line."""


class MismatchedShapes(BadRequest):
    """The arrays do not belong together; give them the same shape."""


class NotEnoughData(StatisticsError):
    """More has to be read before this can be computed."""


class TooFewReaders(NotEnoughData):
    """The method needs more readers; add readers or choose a method for a single reader."""


class TooFewCases(NotEnoughData):
    """The method needs more cases; add display sets that were read."""


class TooFewModalities(NotEnoughData):
    """A comparison needs two modalities; fill the column modality or ask for an estimate of one modality."""


class EmptyClass(NotEnoughData):
    """There are no diseased or no healthy cases; both are needed, check the truth and which value is positive."""


class MissingTruth(NotEnoughData):
    """The truth of some cases is missing; fill the column truth, or leave those cases out with 'leave_out'."""


class EmptyMask(NotEnoughData):
    """A mask has no voxel, so it has no surface; report the overlap, or leave the pair out and say so."""


class IncompleteDesign(NotEnoughData):
    """The method needs every reader to have read every case; use one for any design or drop what is incomplete."""


class NotEstimable(StatisticsError):
    """The data leave the quantity undefined."""


class ConstantRatings(NotEstimable):
    """All ratings are the same, so agreement beyond chance is undefined; report the percentage of agreement."""


class DegenerateFit(NotEstimable):
    """Maximum likelihood has no finite answer for these ratings; use the empirical curve."""


class NegativeVariance(NotEstimable):
    """The unbiased estimate of the variance is negative; use V-statistics (biased, never negative) instead."""


class UnreachablePower(NotEstimable):
    """No number of cases reaches the power asked for, as readers vary too much; add readers."""
