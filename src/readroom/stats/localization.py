"""Matching of marks to lesions by a named rule that is recorded with the result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import linear_sum_assignment

from readroom.stats.columns import require_columns
from readroom.stats.design import Bools, Floats
from readroom.stats.errors import BadRequest, BadTable, MismatchedShapes, NotANumber, UnknownChoice
from readroom.stats.froc import READING, TRUTH_COLUMNS
from readroom.stats.numbers import as_numbers

__all__ = ["MatchingRule", "label_marks", "match_marks"]

Indices = npt.NDArray[np.intp]
SAME_PLANE = 1e-3
"""Millimetres between two flat boxes that lie in one plane."""
CENTRE = ("x", "y", "z")
BOX = ("x_min", "y_min", "z_min", "x_max", "y_max", "z_max")


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchingRule:
    """When a mark counts as being on a lesion.

    Examples
    --------
    >>> MatchingRule(criterion="distance", threshold=10).sentence
    'A mark matched a lesion within 10 mm of its centre; marks and lesions were paired one to one so that as many as \
possible matched and then the sum of distances was least; further marks on a matched lesion were left out.'

    Parameters
    ----------
    criterion : {"distance", "iou"}
        Millimetres from the lesion's centre (or its own radius, where the lesion has one), or intersection over union
        of boxes.
    threshold : float
        Largest distance, or smallest intersection over union, that matches.
    assignment : {"hungarian", "rating"}
        One to one with most matches and then least cost; or marks in order of falling rating, each to the
        best lesion that is left.
    extra : {"ignored", "false"}
        What a further mark on a lesion that is matched already becomes: nothing, or a mark off the lesions.

    References
    ----------
    - Kuhn (1955), pp. 83-97: the assignment of least cost.
    - Defined here: most matches before least cost, and the words of the rule.
    """

    criterion: Literal["distance", "iou"]
    threshold: float
    assignment: Literal["hungarian", "rating"] = "hungarian"
    extra: Literal["ignored", "false"] = "ignored"

    def __post_init__(self) -> None:
        for name, value, allowed in (
            ("criterion", self.criterion, ("distance", "iou")),
            ("assignment", self.assignment, ("hungarian", "rating")),
            ("extra", self.extra, ("ignored", "false")),
        ):
            if value not in allowed:
                raise UnknownChoice(f"There is no {name} {value!r}; choose {' or '.join(allowed)}.")
        limit = 1.0 if self.criterion == "iou" else float("inf")
        if not 0 < self.threshold <= limit:
            raise BadRequest(
                f"A threshold of {self.threshold:g} matches nothing or everything; give millimetres above 0 for "
                "distance, a share above 0 and up to 1 for iou."
            )

    @property
    def sentence(self) -> str:
        """The rule, for a methods section."""
        what = (
            f"within {self.threshold:g} mm of its centre"
            if self.criterion == "distance"
            else f"when their boxes had an intersection over union of {self.threshold:g} or more"
        )
        how = (
            f"one to one so that as many as possible matched and then the sum of {self._cost_name} was least"
            if self.assignment == "hungarian"
            else "in order of falling rating, each mark with the best lesion left"
        )
        fate = "left out" if self.extra == "ignored" else "counted as marks off the lesions"
        return (
            f"A mark matched a lesion {what}; marks and lesions were paired {how}; further marks on a matched lesion "
            f"were {fate}."
        )

    @property
    def _cost_name(self) -> str:
        return "distances" if self.criterion == "distance" else "1 - intersection over union"


def match_marks(
    marks: npt.ArrayLike,
    lesions: npt.ArrayLike,
    *,
    rule: MatchingRule,
    ratings: npt.ArrayLike | None = None,
    radii: npt.ArrayLike | None = None,
) -> Indices:
    """Decide which mark is on which lesion, for one reader and one case.

    Examples
    --------
    >>> match_marks([[0, 0], [9, 0], [40, 40]], [[1, 0]], rule=MatchingRule(criterion="distance", threshold=10))
    array([ 0, -2, -1])

    Parameters
    ----------
    marks, lesions : array_like, shape (marks, d) and (lesions, d)
        Points in millimetres for distance; boxes as minimum then maximum corner for iou (d is 4 or 6).
    rule : MatchingRule
        When a mark counts.
    ratings : array_like, shape (marks,), optional
        Needed for ``assignment="rating"``.
    radii : array_like, shape (lesions,), optional
        Lesions' own distances; NaN falls back to the threshold.

    Returns
    -------
    ndarray of int, shape (marks,)
        Index of the lesion; -1 for a mark off all lesions; -2 for a further mark on a lesion that is matched.

    Raises
    ------
    MismatchedShapes, BadRequest

    References
    ----------
    - Kuhn (1955), pp. 83-97: the assignment of least cost.
    """
    points, targets = _rows(marks, "marks"), _rows(lesions, "lesions")
    if points.size and targets.size and points.shape[1] != targets.shape[1]:
        raise MismatchedShapes(
            f"Marks have {points.shape[1]} coordinates and lesions {targets.shape[1]}; give both in the same axes."
        )
    matched = np.full(len(points), -1, dtype=np.intp)
    if not len(points) or not len(targets):
        return matched
    cost, allowed = _costs(points, targets, rule, radii)
    if rule.assignment == "hungarian":
        pairs = _assign_best(cost, allowed)
    else:
        pairs = _assign_by_rating(cost, allowed, _falling(ratings, len(points)))
    for mark, lesion in pairs:
        matched[mark] = lesion
    is_extra = (matched < 0) & allowed.any(axis=1)
    matched[is_extra] = -2
    return matched


def _rows(values: npt.ArrayLike, name: str) -> Floats:
    rows = as_numbers(values, f"coordinates of the {name}")
    if rows.size == 0:
        return rows.reshape(0, rows.shape[-1] if rows.ndim == 2 else 0)
    if rows.ndim != 2 or not np.isfinite(rows).all():
        raise MismatchedShapes(f"The {name} are not rows of finite coordinates; give one row each.")
    return rows


def _costs(marks: Floats, lesions: Floats, rule: MatchingRule, radii: npt.ArrayLike | None) -> tuple[Floats, Bools]:
    if rule.criterion == "iou":
        overlap = _box_overlap(marks, lesions)
        return 1 - overlap, overlap >= rule.threshold
    distance: Floats = np.linalg.norm(marks[:, None] - lesions[None], axis=2)
    own = np.full(len(lesions), np.nan) if radii is None else np.asarray(radii, dtype=float)
    return distance, distance <= np.where(np.isnan(own), rule.threshold, own)


def _box_overlap(marks: Floats, lesions: Floats) -> Floats:
    """Intersection over union; along an axis on which two boxes are flat they must lie in one plane."""
    if marks.shape[1] % 2:
        raise MismatchedShapes("A box has an even number of coordinates: its minimum corner, then its maximum corner.")
    half = marks.shape[1] // 2
    low = np.maximum(marks[:, None, :half], lesions[None, :, :half])
    high = np.minimum(marks[:, None, half:], lesions[None, :, half:])
    sides = [np.clip(boxes[:, half:] - boxes[:, :half], 0, None) for boxes in (marks, lesions)]
    is_flat = (sides[0][:, None] == 0) & (sides[1][None] == 0)
    shared = np.where(is_flat, np.abs(high - low) <= SAME_PLANE, np.clip(high - low, 0, None)).prod(axis=2)
    sizes = [np.where(is_flat, 1.0, side).prod(axis=2) for side in (sides[0][:, None], sides[1][None])]
    union = sizes[0] + sizes[1] - shared
    overlap: Floats = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return overlap


def _assign_best(cost: Floats, allowed: Bools) -> list[tuple[int, int]]:
    """Most matches, then least cost: a forbidden pair costs more than all allowed ones together."""
    forbidden = 1.0 + cost[allowed].sum() if allowed.any() else 1.0
    rows, columns = linear_sum_assignment(np.where(allowed, cost, forbidden))
    return [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if allowed[i, j]]


def _assign_by_rating(cost: Floats, allowed: Bools, order: Indices) -> list[tuple[int, int]]:
    pairs: list[tuple[int, int]] = []
    free = np.ones(cost.shape[1], dtype=bool)
    for mark in order:
        choices = np.flatnonzero(allowed[mark] & free)
        if choices.size:
            lesion = int(choices[np.argmin(cost[mark, choices])])
            free[lesion] = False
            pairs.append((int(mark), lesion))
    return pairs


def _falling(ratings: npt.ArrayLike | None, count: int) -> Indices:
    values = np.asarray([] if ratings is None else ratings, dtype=float)
    if values.shape != (count,):
        raise BadRequest("Assignment by rating needs one rating per mark; give the ratings, or assign by 'hungarian'.")
    return np.argsort(-values, kind="stable")


def label_marks(marks: pd.DataFrame, lesions: pd.DataFrame, *, rule: MatchingRule) -> pd.DataFrame:
    """Turn a table of positions into the table of marks that `FrocStudy.read` takes.

    Examples
    --------
    >>> labelled = label_marks(marks, lesions, rule=MatchingRule(criterion="distance", threshold=10))
    >>> FrocStudy.read(labelled, truth=lesions)

    Parameters
    ----------
    marks : DataFrame
        ``modality``, ``reader``, ``display_set``, ``rating`` and ``x``, ``y`` (and ``z``) in millimetres, or
        ``x_min``, ``y_min``, (``z_min``,) ``x_max``, ``y_max``, (``z_max``). A row whose rating and position are empty
        says that the case was read and nothing marked, and is passed on.
    lesions : DataFrame
        ``display_set``, ``lesion``, the same coordinates and, if wanted, ``radius``; healthy cases have an empty
        lesion.
    rule : MatchingRule
        When a mark counts.

    Returns
    -------
    DataFrame
        ``modality``, ``reader``, ``display_set``, ``mark`` ("LL" or "NL"), ``lesion``, ``rating``.

    Raises
    ------
    MissingColumn, BadTable, NotANumber
    """
    columns = _coordinates(marks, lesions, rule)
    require_columns(marks, (*READING, "rating", *columns), name="marks", filled=READING)
    require_columns(lesions, (*TRUTH_COLUMNS, *columns), name="lesions", filled=("display_set",))
    is_empty = marks[["rating", *columns]].isna().all(axis=1)
    unknown = sorted(set(marks["display_set"].map(str)) - set(lesions["display_set"].map(str)))
    if unknown:
        raise BadTable(f"Display set {unknown[0]!r} has marks but no truth; add it to the lesions, empty if healthy.")
    real = lesions[lesions["lesion"].notna()]
    by_case = {str(case): rows for case, rows in real.groupby("display_set", sort=True)}
    none = real.iloc[:0]
    rows: list[dict[str, Any]] = [
        {"modality": row.modality, "reader": row.reader, "display_set": row.display_set}
        for row in marks[is_empty].itertuples()
    ]
    for key, group in marks[~is_empty].groupby(list(READING), sort=True):
        rows += _label_group(key, group, by_case.get(str(key[2]), none), columns, rule)
    return pd.DataFrame(rows, columns=["modality", "reader", "display_set", "mark", "lesion", "rating"])


def _coordinates(marks: pd.DataFrame, lesions: pd.DataFrame, rule: MatchingRule) -> tuple[str, ...]:
    names = CENTRE if rule.criterion == "distance" else BOX
    is_flat = not any(name in frame for frame in (marks, lesions) for name in ("z", "z_min"))
    return tuple(name for name in names if not (is_flat and name.startswith("z")))


def _label_group(
    key: Any,  # noqa: ANN401 - pandas gives a tuple of labels
    group: pd.DataFrame,
    lesions: pd.DataFrame,
    columns: tuple[str, ...],
    rule: MatchingRule,
) -> list[dict[str, Any]]:
    modality, reader, case = key
    ratings = pd.to_numeric(group["rating"], errors="coerce").to_numpy(float)
    if not np.isfinite(ratings).all():
        raise NotANumber(f"A mark of {reader} on {case} has no finite rating; every mark needs one.")
    radii = pd.to_numeric(lesions["radius"], errors="coerce").to_numpy(float) if "radius" in lesions else None
    matched = match_marks(
        group[list(columns)].to_numpy(float),
        lesions[list(columns)].to_numpy(float),
        rule=rule,
        ratings=ratings,
        radii=radii,
    )
    names = lesions["lesion"].tolist()
    base = {"modality": modality, "reader": reader, "display_set": case}
    return [
        {**base, "mark": "LL" if place >= 0 else "NL", "lesion": names[place] if place >= 0 else None, "rating": rating}
        for place, rating in zip(matched, ratings, strict=True)
        if place != -2 or rule.extra == "false"
    ]
