"""Figures of merit of free-response studies, with their jackknife, and their MRMC tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from readroom.stats.citations import CHAKRABORTY_2004, CHAKRABORTY_2017
from readroom.stats.design import Bools, Floats
from readroom.stats.errors import EmptyClass, TooFewCases, UnknownChoice
from readroom.stats.froc import FrocStudy, Indices
from readroom.stats.mrmc.figures import Figures

__all__ = ["FigureOfMerit", "froc_figures"]

FigureOfMerit = Literal[
    "AFROC", "AFROC1", "wAFROC", "wAFROC1", "FROC", "HR-AUC", "HR-sensitivity", "HR-specificity", "max-LLF", "max-NLF"
]
Cell = tuple[float, Floats]
"""An estimate, and the estimates without each of the cases it depends on."""

CITATIONS = (CHAKRABORTY_2004, CHAKRABORTY_2017)


def froc_figures(study: FrocStudy, *, figure: FigureOfMerit = "wAFROC") -> Figures:
    """Compute a figure of merit per modality and reader, ready for `obuchowski_rockette` and `dbm`.

    Examples
    --------
    >>> study = FrocStudy.read(marks, truth=lesions)
    >>> print(obuchowski_rockette(froc_figures(study, figure="wAFROC")).overall)

    Parameters
    ----------
    study : FrocStudy
        Marks and lesions.
    figure : str
        ``AFROC``: chance that a lesion is rated above the highest false mark of a healthy case. ``wAFROC``: the same
        with the lesions' weights, so that every diseased case counts alike. ``AFROC1``, ``wAFROC1``: false marks of
        all cases. ``FROC``: area under the empirical FROC curve. ``HR-AUC``, ``HR-sensitivity``, ``HR-specificity``:
        of the highest rating of each case. ``max-LLF``: share of lesions marked. ``max-NLF``: false marks per healthy
        case.

    Returns
    -------
    Figures
        With jackknife replicates over the cases that the figure depends on.

    Raises
    ------
    EmptyClass, IncompleteDesign, TooFewCases, UnknownChoice

    References
    ----------
    - Chakraborty & Berbaum (2004), pp. 2313-2330: the chance that a lesion is rated above false marks; unmarked ones.
    - Chakraborty (2017), ch. 13 and 14: the empirical FROC, AFROC, wAFROC and inferred ROC curves and their areas.
    """
    if figure not in FIGURES:
        raise UnknownChoice(f"There is no figure of merit {figure!r}; choose among {', '.join(FIGURES)}.")
    study.require_complete(f"The {figure} figure of merit")
    _require_cases(study)
    false, highest = study.highest_false.reshape(-1, len(study.cases)), study.highest.reshape(-1, len(study.cases))
    lesions = study.lesion_rating.reshape(-1, len(study.lesions))
    cells = [
        FIGURES[figure](study, CellMarks(false[cell], highest[cell], lesions[cell], study.false_cell == cell))
        for cell in range(len(false))
    ]
    shape = study.shape[:2]
    return Figures.from_replicates(
        f"{figure} figure of merit",
        estimates=np.array([estimate for estimate, _ in cells]).reshape(shape),
        replicates=np.stack([replicates for _, replicates in cells]).reshape(*shape, -1),
        design=study.design,
        n=study.n,
        citations=CITATIONS,
    )


def _require_cases(study: FrocStudy) -> None:
    diseased = int(study.is_diseased.sum())
    for count, word in ((diseased, "diseased"), (len(study.cases) - diseased, "healthy")):
        if count == 0:
            raise EmptyClass(f"No case is {word}; the figures of merit compare lesions with healthy cases.")
        if count == 1:
            raise TooFewCases(f"One case is {word}; the jackknife needs two of each class. Add cases.")


class CellMarks:
    """The marks of one reader under one modality."""

    __slots__ = ("false", "highest", "is_mine", "lesions")

    def __init__(self, false: Floats, highest: Floats, lesions: Floats, is_mine: Bools) -> None:
        self.false = false
        self.highest = highest
        self.lesions = lesions
        self.is_mine = is_mine


def _wins(lower: Floats, higher: Floats) -> Floats:
    """1 where `higher` beats `lower`, one half at a tie (also of two unmarked), shape (lower, higher)."""
    wins: Floats = (higher[None, :] > lower[:, None]) + 0.5 * (higher[None, :] == lower[:, None])
    return wins


def _afroc(*, is_weighted: bool, all_cases: bool) -> Callable[[FrocStudy, CellMarks], Cell]:
    """AFROC family: pairs of a case's highest false mark and a lesion (Chakraborty & Berbaum 2004, pp. 2313-2330)."""

    def cell(study: FrocStudy, marks: CellMarks) -> Cell:
        weights = study.lesion_weight if is_weighted else np.ones(len(study.lesions))
        rows = np.arange(len(study.cases)) if all_cases else np.flatnonzero(~study.is_diseased)
        return _delete_from_pairs(
            _wins(marks.false[rows], marks.lesions) * weights, rows, study.lesion_case, weights, len(study.cases)
        )

    return cell


def _delete_from_pairs(scores: Floats, rows: Indices, lesion_case: Indices, weights: Floats, cases: int) -> Cell:
    """Weighted mean of a table of (false mark, lesion), and without the rows and columns of each case in turn."""
    per_case = np.zeros(cases)
    per_case[rows] = scores.sum(axis=1)
    per_case += np.bincount(lesion_case, weights=scores.sum(axis=0), minlength=cases)
    row_of = np.full(cases, -1)
    row_of[rows] = np.arange(len(rows))
    own_row = row_of[lesion_case]
    both = np.where(own_row >= 0, scores[own_row, np.arange(len(lesion_case))], 0.0)
    per_case -= np.bincount(lesion_case, weights=both, minlength=cases)
    total, weight = scores.sum(), weights.sum()
    left_rows = len(rows) - (row_of >= 0)
    left_weight = weight - np.bincount(lesion_case, weights=weights, minlength=cases)
    return float(total / (len(rows) * weight)), (total - per_case) / (left_rows * left_weight)


def _froc(study: FrocStudy, marks: CellMarks) -> Cell:
    """Area under the empirical FROC curve up to its last point: pairs of a false mark and a lesion."""
    false_case, false_rating = study.false_case[marks.is_mine], study.false_rating[marks.is_mine]
    scores = _wins(false_rating, np.where(np.isfinite(marks.lesions), marks.lesions, np.nan))
    cases, lesions = len(study.cases), len(study.lesions)
    per_case = np.bincount(false_case, weights=scores.sum(axis=1), minlength=cases)
    per_case += np.bincount(study.lesion_case, weights=scores.sum(axis=0), minlength=cases)
    mark, lesion = np.nonzero(false_case[:, None] == study.lesion_case[None, :])
    per_case -= np.bincount(false_case[mark], weights=scores[mark, lesion], minlength=cases)
    left_lesions = lesions - np.bincount(study.lesion_case, minlength=cases)
    total = scores.sum()
    return float(total / (cases * lesions)), (total - per_case) / ((cases - 1) * left_lesions)


def _inferred_auc(study: FrocStudy, marks: CellMarks) -> Cell:
    healthy, diseased = np.flatnonzero(~study.is_diseased), np.flatnonzero(study.is_diseased)
    scores = _wins(marks.highest[healthy], marks.highest[diseased])
    return _delete_from_pairs(scores, healthy, diseased, np.ones(len(diseased)), len(study.cases))


def _share(hits: Floats, sizes: Floats) -> Cell:
    """Ratio of sums, and without each case in turn."""
    return float(hits.sum() / sizes.sum()), (hits.sum() - hits) / (sizes.sum() - sizes)


def _inferred_sensitivity(study: FrocStudy, marks: CellMarks) -> Cell:
    hits = np.isfinite(marks.highest[study.is_diseased]).astype(float)
    return _share(hits, np.ones_like(hits))


def _inferred_specificity(study: FrocStudy, marks: CellMarks) -> Cell:
    hits = (~np.isfinite(marks.highest[~study.is_diseased])).astype(float)
    return _share(hits, np.ones_like(hits))


def _lesions_marked(study: FrocStudy, marks: CellMarks) -> Cell:
    cases = len(study.cases)
    hits: Floats = np.bincount(study.lesion_case, np.isfinite(marks.lesions), cases).astype(np.float64)
    sizes: Floats = np.bincount(study.lesion_case, minlength=cases).astype(np.float64)
    return _share(hits[study.is_diseased], sizes[study.is_diseased])


def _false_marks(study: FrocStudy, marks: CellMarks) -> Cell:
    counts = np.bincount(study.false_case[marks.is_mine], minlength=len(study.cases)).astype(np.float64)
    healthy: Floats = counts[~study.is_diseased]
    return _share(healthy, np.ones_like(healthy))


FIGURES: dict[str, Callable[[FrocStudy, CellMarks], Cell]] = {
    "AFROC": _afroc(is_weighted=False, all_cases=False),
    "AFROC1": _afroc(is_weighted=False, all_cases=True),
    "wAFROC": _afroc(is_weighted=True, all_cases=False),
    "wAFROC1": _afroc(is_weighted=True, all_cases=True),
    "FROC": _froc,
    "HR-AUC": _inferred_auc,
    "HR-sensitivity": _inferred_sensitivity,
    "HR-specificity": _inferred_specificity,
    "max-LLF": _lesions_marked,
    "max-NLF": _false_marks,
}
