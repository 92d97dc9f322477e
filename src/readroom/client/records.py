"""Objects of the server as records: attributes and keys both, tolerant of what a server adds or leaves out."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, Self

Synthesis = Callable[["Record"], Any]
"""Computes a field that older servers sent and newer ones do not."""


class Field:
    """A declared field as an attribute, found at once: `__getattr__` is asked only after a search that fails."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, record: Record | None, kind: type[Record] | None = None) -> Any:
        return self if record is None else record[self._name]


class Record:
    """One object of the server.

    Parameters
    ----------
    data : mapping
        The JSON object as it came.
    synthesis : mapping of str to callable, optional
        How to make fields that the server no longer sends.

    Examples
    --------
    >>> record = Record({"pk": "1", "title": "First"})
    >>> record.title, record["title"], record.get("missing")
    ('First', 'First', None)

    Notes
    -----
    A field that the class declares and the server left out reads as None (a list as empty); a field that neither
    knows is an AttributeError or a KeyError that names the fields there are.
    """

    __slots__ = ("_data", "_synthesis")
    children: ClassVar[Mapping[str, type[Record]]] = {}

    def __init__(self, data: Mapping[str, Any], synthesis: Mapping[str, Synthesis] | None = None) -> None:
        self._data = data if type(data) is dict else dict(data)
        self._synthesis = synthesis or {}

    def __init_subclass__(cls) -> None:
        for name in inspect.get_annotations(cls):
            if name not in vars(cls):
                setattr(cls, name, Field(name))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(error.args[0]) from None

    def __getitem__(self, name: str) -> Any:
        try:
            value = self._data[name]
        except KeyError:
            return self._absent(name)
        child = self.children.get(name)
        return value if child is None else wrapped(child, value)

    def _absent(self, name: str) -> Any:
        if name in self._synthesis:
            self._data[name] = self._synthesis[name](self)
            return self._data[name]
        declared = declared_fields(type(self))
        if name not in declared:
            known = ", ".join(sorted({*self._data, *declared}))
            raise KeyError(f"{type(self).__name__} has no {name!r}; it has {known}") from None
        return [] if declared[name].startswith("list") else None

    def get(self, name: str, default: Any = None) -> Any:
        """Value of a field, or `default` when the server did not send it."""
        if name not in self:
            return default
        return self[name]

    def keys(self) -> list[str]:
        """Names of the fields that the server sent."""
        return list(self._data)

    def to_dict(self) -> dict[str, Any]:
        """Everything as the server sent it."""
        return dict(self._data)

    def __contains__(self, name: object) -> bool:
        return name in self._data or name in self._synthesis

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._data]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Record) and self._data == other._data

    def __hash__(self) -> int:
        return hash((type(self).__name__, str(self._data.get("pk"))))

    def __repr__(self) -> str:
        shown = [
            f"{name}={self._data[name]!r}" for name in ("pk", "slug", "title", "name", "status") if self._data.get(name)
        ]
        return f"<{' '.join([type(self).__name__, *shown])}>"

    def __reduce__(self) -> tuple[type[Self], tuple[dict[str, Any]]]:
        return type(self), (self._data,)


def wrapped(child: type[Record], value: Any) -> Any:
    if isinstance(value, list):
        return [child(item) if isinstance(item, Mapping) else item for item in value]
    return child(value) if isinstance(value, Mapping) else value


def declared_fields(kind: type[Record]) -> Mapping[str, str]:
    """Fields that a class of records declares, with their types as written."""
    fields: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        fields.update({name: str(text) for name, text in inspect.get_annotations(base).items()})
    fields.pop("children", None)
    return fields
