"""JSON schemas that editors write for values: they fetch nothing, and nothing in them runs forever."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import jsonschema
import regex
from jsonschema.validators import extend
from referencing import Registry
from referencing.exceptions import Unresolvable

from readroom.server.domain.errors import Invalid
from readroom.server.domain.json_values import Json, check_json
from readroom.server.domain.matching import is_match
from readroom.server.domain.patterns import check_pattern

REFERENCES: Final = ("$ref", "$dynamicRef")
NOTHING_ELSE: Final[Registry[Json]] = Registry()
"""No schema is fetched: from elsewhere it would be whatever this server can reach, files included."""
PLAIN: Final = jsonschema.Draft202012Validator


def check_schema(schema: Json) -> None:
    check_json(schema)
    try:
        PLAIN.check_schema(schema)
    except jsonschema.SchemaError as error:
        raise Invalid(f"Not a JSON Schema: {error.message}", field="value_schema") from error
    for name, content in _keywords(schema):
        if name in REFERENCES and isinstance(content, str) and not content.startswith("#"):
            raise Invalid("A schema refers only to itself.", field="value_schema")
        if name == "unevaluatedProperties":
            raise Invalid("Use additionalProperties instead of unevaluatedProperties.", field="value_schema")
        for pattern in _patterns(name, content):
            _check_pattern(pattern)


def check_against(value: Json, *, schema: Json) -> None:
    """Refuse a value that the schema does not allow."""
    try:
        error = next(Validator(schema, registry=NOTHING_ELSE).iter_errors(value), None)
    except (Unresolvable, RecursionError) as refusal:
        raise Invalid("The schema of this socket refers to what is not there, or to itself without end.") from refusal
    except regex.error as refusal:
        raise Invalid("The schema of this socket has a pattern that is no regular expression.") from refusal
    if error is not None:
        raise Invalid(f"JSON does not fulfill schema: {error.message[:500]}")


def _keywords(schema: Json) -> Iterator[tuple[str, Any]]:
    """Everything at any depth that may be a keyword: also what only looks like one."""
    if isinstance(schema, list):
        for entry in schema:
            yield from _keywords(entry)
    elif isinstance(schema, dict):
        for name, content in schema.items():
            yield name, content
            yield from _keywords(content)


def _patterns(name: str, content: object) -> list[str]:
    if name == "pattern" and isinstance(content, str):
        return [content]
    return list(content) if name == "patternProperties" and isinstance(content, dict) else []


def _check_pattern(pattern: str) -> None:
    try:
        check_pattern(pattern)
    except Invalid as error:
        raise Invalid(error.message, field="value_schema") from error


def _is_found(pattern: str, text: str) -> bool:
    return is_match(pattern, text, is_anywhere=True)


def _match_text(_validator: Any, pattern: str, value: Any, _schema: Any) -> Iterator[jsonschema.ValidationError]:  # noqa: ANN401 - as jsonschema calls it
    if isinstance(value, str) and not _is_found(pattern, value):
        yield jsonschema.ValidationError(f"{value!r} does not match {pattern!r}")


def _match_names(
    validator: Any,  # noqa: ANN401 - as jsonschema calls it
    patterns: Mapping[str, Any],
    value: Any,  # noqa: ANN401 - same
    _schema: Any,  # noqa: ANN401 - same
) -> Iterator[jsonschema.ValidationError]:
    for pattern, inner in patterns.items() if isinstance(value, dict) else ():
        for name, content in value.items():
            if _is_found(pattern, name):
                yield from validator.descend(content, inner, path=name, schema_path=pattern)


def _match_others(
    validator: Any,  # noqa: ANN401 - as jsonschema calls it
    inner: Any,  # noqa: ANN401 - same
    value: Any,  # noqa: ANN401 - same
    schema: Mapping[str, Any],
) -> Iterator[jsonschema.ValidationError]:
    """What no property and no pattern names; the rest is as in any schema, with those names left out."""
    named = schema.get("patternProperties", {})
    if named and isinstance(value, dict):
        value = {name: part for name, part in value.items() if not any(_is_found(pattern, name) for pattern in named)}
        schema = {name: part for name, part in schema.items() if name != "patternProperties"}
    yield from PLAIN.VALIDATORS["additionalProperties"](validator, inner, value, schema)


Validator: Final = extend(  # type: ignore[no-untyped-call]
    PLAIN, {"pattern": _match_text, "patternProperties": _match_names, "additionalProperties": _match_others}
)
