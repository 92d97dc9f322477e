"""Documents in requests and replies: JSON, and YAML without its dangers."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, NoReturn

import orjson
import yaml
from django.http import HttpRequest, HttpResponse
from ninja import Schema

from readroom.server.api.replies import read_json, reply
from readroom.server.domain.errors import Invalid
from readroom.server.domain.json_values import as_given

MOST_HINTS = 20
TAG = "tag:yaml.org,2002:"
TEXT_SINCE_1_2 = frozenset((f"{TAG}int", f"{TAG}float", f"{TAG}timestamp"))


class _PlainLoader(yaml.SafeLoader):
    """YAML 1.2: what has a colon or is a date is a text, which 1.1 computed to base 60 in the square of its length.

    Refuses tags, and aliases: a few lines of them unfold to more than any memory holds.
    """

    def compose_node(self, parent: Any, index: Any) -> Any:  # noqa: ANN401 - the library publishes no types
        if self.check_event(yaml.events.AliasEvent):
            _refuse("aliases (&name, *name) are not allowed")
        if getattr(self.peek_event(), "tag", None) is not None:  # type: ignore[no-untyped-call]
            _refuse("tags (!name) are not allowed")
        return super().compose_node(parent, index)

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:  # noqa: ANN401 - same
        tag = super().resolve(kind, value, implicit)  # type: ignore[no-untyped-call]
        is_text = kind is yaml.ScalarNode and tag in TEXT_SINCE_1_2 and (":" in value or tag == f"{TAG}timestamp")
        return f"{TAG}str" if is_text else tag


def _refuse(reason: str) -> NoReturn:
    raise Invalid(f"The document cannot be read: {reason}.", field="detail")


def read_document(request: HttpRequest) -> dict[str, Any]:
    """Read the body of a request as one object."""
    try:
        if "yaml" in request.headers.get("Content-Type", ""):
            document = yaml.load(request.body, Loader=_PlainLoader)  # noqa: S506 - built on the safe loader
        else:
            document = read_json(request.body)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        _refuse(" ".join(str(error).split())[:300])
    if not isinstance(document, dict):
        _refuse("it is not an object")
    return document


def read_list(request: HttpRequest) -> list[dict[str, Any]]:
    """Read the body of a request as a list of objects."""
    try:
        entries = read_json(request.body)
    except (ValueError, RecursionError) as error:
        _refuse(str(error))
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        _refuse("it is not a list of objects")
    return entries


class _PlainDumper(yaml.SafeDumper):
    """Writes out what appears twice, instead of an alias that would not be read again."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ANN401, ARG002 - the library's signature
        return True


def write_document(document: dict[str, Any], *, kind: str) -> HttpResponse:
    if kind != "yaml":
        return reply(document)
    text = yaml.dump(as_given(document), Dumper=_PlainDumper, allow_unicode=True, sort_keys=False)
    return HttpResponse(text, content_type="application/yaml")


def given_fields(request: HttpRequest) -> set[str]:
    """Name the fields in the body of a request, known or not."""
    given = orjson.loads(request.body or b"{}")
    return set(given) if isinstance(given, dict) else set()


def refuse_unknown(request: HttpRequest, *, taken: type[Schema], shown: type[Schema]) -> None:
    """Refuse a field that is neither taken nor shown: a misspelt one would be lost in silence."""
    unknown = sorted(given_fields(request) - taken.model_fields.keys() - shown.model_fields.keys())[:MOST_HINTS]
    if unknown:
        near = {name: get_close_matches(name, taken.model_fields, n=1) for name in unknown}
        raise Invalid.of(
            {name: ["There is no such field." + (f" Is it {near[name][0]}?" if near[name] else "")] for name in unknown}
        )
