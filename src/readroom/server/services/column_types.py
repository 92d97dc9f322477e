"""Whether what a study file says fits the columns that it is for: forms of requests are checked before, files here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models

from readroom.server.domain.errors import Invalid

NUMBER: Final = (int, float)
TYPES: Final[tuple[tuple[type[models.Field[Any, Any]], tuple[type, ...], str], ...]] = (
    (models.BooleanField, (bool,), "true or false"),
    (models.CharField, (str,), "a text"),
    (models.TextField, (str,), "a text"),
    (models.IntegerField, (int,), "a whole number"),
    (models.FloatField, NUMBER, "a number"),
    (models.DecimalField, (*NUMBER, str), "a number"),
)
CONTAINERS: Final[Mapping[Any, str]] = {list: "a list", dict: "an object"}


def check_types(part: str, entry: Mapping[str, Any], *, model: type[models.Model], may_lack: bool = False) -> None:
    """Raise `Invalid` for the first field that is of another type, too long or out of range."""
    for name, value in entry.items():
        field = _column(model, name)
        if field is None or (value is None and (field.null or may_lack)):
            continue
        if wanted := _wanted(field, value):
            raise Invalid(f"{name} is {wanted}.", field=part)
        try:
            field.run_validators(field.to_python(value))
        except ValidationError as error:
            raise Invalid(f"{name}: {error.messages[0]}", field=part) from error


def check_texts(part: str, entry: Mapping[str, Any], *, names: tuple[str, ...]) -> None:
    """The same for fields that name something by a text, or nothing."""
    for name in names:
        if not isinstance(entry.get(name), str | None):
            raise Invalid(f"{name} is a text.", field=part)


def check_list(part: str, entry: Mapping[str, Any], *, name: str, of: tuple[type, ...]) -> None:
    """The same for a field that is a list of such things, or absent."""
    found = entry.get(name, [])
    if not isinstance(found, list) or not all(isinstance(each, of) for each in found):
        raise Invalid(f"{name} is a list of {' or '.join(CONTAINERS.get(kind, 'texts') for kind in of)}.", field=part)


def _column(model: type[models.Model], name: str) -> models.Field[Any, Any] | None:
    try:
        field = model._meta.get_field(name)  # noqa: SLF001 - Django's own name for it
    except FieldDoesNotExist:
        return None
    return field if isinstance(field, models.Field) and not field.is_relation else None


def _wanted(field: models.Field[Any, Any], value: object) -> str:
    """What the column takes, when the value is something else."""
    if isinstance(field, models.JSONField):
        kind = type(field.get_default())
        return "" if kind not in CONTAINERS or isinstance(value, kind) else CONTAINERS[kind]
    for kind, types, words in TYPES:
        if isinstance(field, kind):
            is_fitting = isinstance(value, types) and (bool in types or not isinstance(value, bool))
            return "" if is_fitting else words
    return ""
