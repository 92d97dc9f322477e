"""Schemas mean what JSON Schema says, within what a server can afford."""

from __future__ import annotations

import jsonschema
import pytest

from readroom.server.domain.errors import Invalid
from readroom.server.services.value_schemas import check_against, check_schema

NAMED = {
    "properties": {"age": {"type": "integer"}},
    "patternProperties": {"^x-": {"type": "string", "pattern": "[0-9]{2}"}, "count$": {"type": "integer"}},
}
SCHEMAS = [
    {"pattern": "^[a-z]+[0-9]*$"},
    {"pattern": "b"},
    NAMED,
    NAMED | {"additionalProperties": False},
    NAMED | {"additionalProperties": {"type": "null"}},
    {"additionalProperties": False},
    {"properties": {"age": {}}, "additionalProperties": {"type": "integer"}},
]
VALUES = [
    "abc", "abc12", "ABC", 7, None, {}, {"age": 1}, {"age": "x"}, {"x-a": "12"}, {"x-a": "1"}, {"x-a": 12},
    {"count": 1}, {"x-count": "12"}, {"count": "1"}, {"other": None}, {"other": 3, "age": 2}, [{"x-a": 1}],
]  # fmt: skip


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
@pytest.mark.parametrize("value", VALUES, ids=str)
def test_a_value_fits_where_the_specification_says_so(schema, value):
    check_schema(schema)
    if jsonschema.Draft202012Validator(schema).is_valid(value):
        check_against(value, schema=schema)
    else:
        with pytest.raises(Invalid, match="schema"):
            check_against(value, schema=schema)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"pattern": "^(a|a)*$"}, "a" * 2000 + "b"),
        ({"patternProperties": {"^(a|a)*$": False}, "additionalProperties": False}, {"a" * 2000 + "b": 1}),
        ({"items": {"additionalProperties": False, "patternProperties": {"^(.+,)+$": {}}}}, [{"," * 2000 + "x": 1}]),
    ],
)
def test_no_pattern_of_a_schema_keeps_the_server_busy(schema, value):
    check_schema(schema)
    with pytest.raises(Invalid, match="schema|takes too long"):
        check_against(value, schema=schema)


@pytest.mark.parametrize(
    "schema",
    [
        {"pattern": "["},
        {"items": [{"pattern": "["}]},
        {"anyOf": [{"pattern": "(a+)+$"}]},
        {"patternProperties": {"(a*)*": {}}},
        {"unevaluatedProperties": False},
        {"type": "nothing"},
    ],
    ids=str,
)
def test_what_a_server_cannot_afford_is_refused_when_it_is_written(schema):
    with pytest.raises(Invalid) as refused:
        check_schema(schema)
    assert list(refused.value.errors) == ["value_schema"]


def test_a_pattern_that_was_stored_before_and_is_none_refuses_values():
    with pytest.raises(Invalid, match="no regular expression"):
        check_against("a", schema={"pattern": "["})
