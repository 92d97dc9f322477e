"""The shapes of annotations: points, lines and areas in world millimetres, with a version.

A shape is told once, as the fields of its single form; the form for several of them is derived from it. No key
other than those told here is allowed anywhere, so that a misspelt field is noticed when it is sent and not when
the answers are analysed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from readroom.server.domain.errors import Invalid
from readroom.server.domain.json_values import Json, is_number, is_text, is_whole

Check = Callable[[Any, str], None]


def _fail(where: str, expected: str) -> None:
    raise Invalid(f"{where or 'The annotation'} must be {expected}.")


def _point(value: Json, where: str) -> None:
    if not (isinstance(value, list) and len(value) == 3 and all(is_number(number) for number in value)):
        _fail(where, "three finite numbers [x, y, z] in millimetres")


def _text(value: Json, where: str) -> None:
    if not is_text(value):
        _fail(where, "a text")


def _probability(value: Json, where: str) -> None:
    if not (is_number(value) and 0 <= value <= 1):
        _fail(where, "a number from 0 to 1")


def _version(value: Json, where: str) -> None:
    is_version = isinstance(value, dict) and value.keys() == {"major", "minor"}
    if not (is_version and all(is_whole(number) and number >= 0 for number in value.values())):
        _fail(where, 'an object like {"major": 1, "minor": 0}')


def _list_of(check: Check, *, exactly: int | None = None) -> Check:
    def check_list(value: Json, where: str) -> None:
        if not isinstance(value, list) or (exactly is not None and len(value) != exactly):
            _fail(where, f"a list of {exactly} entries" if exactly is not None else "a list")
        for number, entry in enumerate(value):
            check(entry, f"{where}[{number}]")

    return check_list


def _literal(text: str) -> Check:
    def check_literal(value: Json, where: str) -> None:
        if value != text or not isinstance(value, str):
            _fail(where, f'"{text}"')

    return check_literal


def _object(required: Mapping[str, Check], optional: Mapping[str, Check]) -> Check:
    def check_object(value: Json, where: str) -> None:
        if not isinstance(value, dict):
            _fail(where, "an object")
        inside = f"{where}." if where else ""
        if missing := sorted(required.keys() - value.keys()):
            raise Invalid(f"{inside}{missing[0]} is missing.")
        if unknown := sorted(map(str, value.keys() - required.keys() - optional.keys())):
            raise Invalid(f"{inside}{unknown[0]} is not a known field.")
        for key, check in (*required.items(), *optional.items()):
            if key in value:
                check(value[key], f"{inside}{key}")

    return check_object


_axis = _list_of(_point, exactly=2)
_path = _list_of(_point)

SHAPES: Final[Mapping[str, Mapping[str, Check]]] = {
    "2D bounding box": {"corners": _list_of(_point, exactly=4)},
    "Distance measurement": {"start": _point, "end": _point},
    "Point": {"point": _point},
    "Polygon": {"seed_point": _point, "path_points": _path, "sub_type": _text, "groups": _list_of(_text)},
    "Line": {"seed_points": _path, "path_point_lists": _list_of(_path)},
    "Angle": {"lines": _list_of(_axis, exactly=2)},
    "Ellipse": {"major_axis": _axis, "minor_axis": _axis},
    "Three-point angle": {"angle": _list_of(_point, exactly=3)},
}
"""Of every single annotation the fields that are its own."""

SEVERAL: Final[Mapping[str, tuple[str, str]]] = {
    "Multiple 2D bounding boxes": ("2D bounding box", "boxes"),
    "Multiple distance measurements": ("Distance measurement", "lines"),
    "Multiple points": ("Point", "points"),
    "Multiple polygons": ("Polygon", "polygons"),
    "Multiple lines": ("Line", "lines"),
    "Multiple angles": ("Angle", "angles"),
    "Multiple ellipses": ("Ellipse", "ellipses"),
    "Multiple three-point angles": ("Three-point angle", "angles"),
}
"""Of every annotation that holds several: what it holds, and under which key."""

_NAMED: Final[Mapping[str, Check]] = {"name": _text, "probability": _probability}


def _single(label: str) -> Check:
    return _object({"type": _literal(label), **SHAPES[label], "version": _version}, _NAMED)


def _several(label: str) -> Check:
    single, key = SEVERAL[label]
    entry = _object(SHAPES[single], {"type": _literal(single), **_NAMED})
    return _object({"type": _literal(label), key: _list_of(entry), "version": _version}, {"name": _text})


CHECKS: Final[Mapping[str, Check]] = {
    **{label: _single(label) for label in SHAPES},
    **{label: _several(label) for label in SEVERAL},
}


def check_annotation(value: Json, *, label: str) -> None:
    """Refuse an annotation that is not exactly of the shape its label tells."""
    CHECKS[label](value, "")
