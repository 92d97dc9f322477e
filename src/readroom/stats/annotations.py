"""Marks from the answers of annotation questions: points and boxes in world millimetres, as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from readroom.stats.errors import BadTable, NotANumber
from readroom.stats.table import Readings

__all__ = ["marks_from_answers"]

SINGLE = {"Point": "point", "2D bounding box": "corners"}
SEVERAL = {"Multiple points": ("points", "point"), "Multiple 2D bounding boxes": ("boxes", "corners")}
AXES = ("x", "y", "z")
COLUMNS = (
    "modality",
    "reader",
    "display_set",
    "rating",
    *AXES,
    *(f"{axis}_min" for axis in AXES),
    *(f"{axis}_max" for axis in AXES),
)


def marks_from_answers(readings: Readings, *, rating_when_missing: float | None = None) -> pd.DataFrame:
    """Turn the answers of a question about places into a table of marks.

    Examples
    --------
    >>> marks = marks_from_answers(readings.only(question="Mark every nodule"))
    >>> labelled = label_marks(marks, lesions, rule=MatchingRule(criterion="distance", threshold=10))

    Parameters
    ----------
    readings : Readings
        Of one question and session whose answers are points or 2D boxes, one or several, as JSON.
    rating_when_missing : float, optional
        The rating of a mark without a probability; without it such a mark is refused.

    Returns
    -------
    DataFrame
        One row per mark: ``modality, reader, display_set, rating`` (the probability), the centre ``x, y, z`` and the
        box ``x_min ... z_max``, of a point both the point itself.

    Raises
    ------
    BadTable, NotANumber
    """
    readings.one("question")
    rows = [
        {"modality": row.modality, "reader": row.reader, "display_set": row.display_set, **mark}
        for row in readings.frame.itertuples()
        if row.answer is not None and not _is_nan(row.answer)
        for mark in _marks(str(row.answer), f"line {row.Index}", rating_when_missing)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _marks(answer: str, where: str, missing: float | None) -> Iterator[dict[str, float]]:
    try:
        value = json.loads(answer)
    except ValueError as error:
        raise BadTable(
            f"The answer in {where} is no JSON; take a question whose answers are points or boxes."
        ) from error
    for key, shape in _shapes(value, where):
        rating = shape.get("probability", missing)
        if not isinstance(rating, int | float):
            raise NotANumber(
                f"A mark in {where} has no probability, so it cannot be ranked; give a rating for such marks "
                "(rating_when_missing), or ask readers how sure they are."
            )
        yield {"rating": float(rating), **_place(shape.get(key), where)}


def _shapes(value: Any, where: str) -> list[tuple[str, Mapping[str, Any]]]:  # noqa: ANN401 - what JSON holds
    kind = value.get("type") if isinstance(value, dict) else None
    if kind in SINGLE:
        return [(SINGLE[kind], value)]
    if kind in SEVERAL:
        inside, key = SEVERAL[kind]
        shapes = value.get(inside)
        if isinstance(shapes, list) and all(isinstance(shape, dict) for shape in shapes):
            return [(key, shape) for shape in shapes]
    known = ", ".join((*SINGLE, *SEVERAL))
    raise BadTable(f"The answer in {where} is {kind or 'no annotation'}; marks are read from {known}.")


def _place(coordinates: Any, where: str) -> dict[str, float]:  # noqa: ANN401 - same
    is_several = isinstance(coordinates, list) and bool(coordinates) and isinstance(coordinates[0], list)
    corners = coordinates if is_several else [coordinates]
    if not all(_is_point(corner) for corner in corners):
        raise BadTable(f"A mark in {where} has no coordinates [x, y, z] in millimetres.")
    place: dict[str, float] = {}
    for number, axis in enumerate(AXES):
        values = [float(corner[number]) for corner in corners]
        low, high = min(values), max(values)
        place |= {axis: (low + high) / 2, f"{axis}_min": low, f"{axis}_max": high}
    return place


def _is_point(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) == len(AXES)
        and all(isinstance(number, int | float) and math.isfinite(number) for number in value)
    )
