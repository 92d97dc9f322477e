"""The plan of an analysis: a YAML file, checked field by field, with the line of whatever is wrong."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from readroom.stats.columns import label
from readroom.stats.errors import BadPlan
from readroom.stats.plan_fields import ANALYSES, KINDS, PLAN, Field, spelled

__all__ = ["Analysis", "Plan"]

LARGEST = 1 << 20
"""Bytes of a plan; more is no plan."""
REMEDY = "check indentation, colons and quotes."


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """One analysis of a plan.

    Parameters
    ----------
    kind : str
        A key of `ANALYSES`.
    name : str
        For headings and files; the kind unless given.
    settings : mapping
        The other fields.
    line : int
        Where it starts in the plan.
    """

    kind: str
    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to compute, fixed before looking at the answers.

    Examples
    --------
    >>> plan = Plan.parse('''
    ... title: Malignancy on CT and MRI
    ... analyses:
    ...   - analysis: mrmc
    ...     method: obuchowski-rockette
    ... ''')
    >>> plan.analyses[0].settings["method"]
    'obuchowski-rockette'

    Parameters
    ----------
    title : str
        Of the report.
    analyses : tuple of Analysis
        In order.
    settings : mapping
        The other fields of `PLAN`.
    source : str
        The text of the plan.
    folder : Path
        What file names in the plan are relative to.
    """

    title: str
    analyses: tuple[Analysis, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""
    folder: Path = Path()

    @classmethod
    def read(cls, path: str | Path) -> Plan:
        """Read a plan from a file."""
        file = Path(path)
        if not file.is_file():
            raise BadPlan(f"{file} is not a file; give the path of a plan in YAML.")
        if file.stat().st_size > LARGEST:
            raise BadPlan(f"{file.name} is larger than 1 MiB, which is no plan.")
        try:
            text = file.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise BadPlan(f"{file.name} is not UTF-8 text; save it as UTF-8.") from error
        return cls.parse(text, folder=file.parent)

    @classmethod
    def parse(cls, text: str, *, folder: Path | None = None) -> Plan:
        """Read a plan from text.

        Parameters
        ----------
        text : str
            YAML.
        folder : Path
            What file names in it are relative to.

        Returns
        -------
        Plan

        Raises
        ------
        BadPlan
        """
        root = _compose(text)
        if not isinstance(root, yaml.MappingNode):
            raise BadPlan("Line 1: a plan is a list of fields such as 'title: ...' and 'analyses: ...'.")
        values = _check(root, PLAN, "the plan", skip=("analyses",))
        analyses = tuple(_analyses(_child(root, "analyses")))
        _refuse_same_names(analyses)
        title = values.pop("title", "Analysis of a reader study")
        return cls(title=title, analyses=analyses, settings=values, source=text, folder=folder or Path())


def _compose(text: str) -> yaml.Node | None:
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                raise BadPlan(f"Line {_line(event)}: *{event.anchor} refers to another field; write the value out.")
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        raise BadPlan(f"{_place(error.problem_mark)}the plan is no YAML ({error.problem}); {REMEDY}") from error
    except yaml.YAMLError as error:
        raise BadPlan(f"The plan is no YAML ({error}); {REMEDY}") from error
    except RecursionError as error:
        raise BadPlan("The plan nests lists in lists without end, which is no plan.") from error


def _place(mark: yaml.Mark | None) -> str:
    return "" if mark is None else f"Line {mark.line + 1}: "


def _line(thing: yaml.Node | yaml.Event) -> int:
    mark: Any = thing.start_mark
    return int(mark.line) + 1


def _pairs(node: yaml.MappingNode) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
    for key, value in node.value:
        yield str(key.value), key, value


def _child(node: yaml.MappingNode, name: str) -> yaml.Node:
    return next(value for key, _, value in _pairs(node) if key == name)


def _check(node: yaml.MappingNode, fields: Mapping[str, Field], where: str, *, skip: tuple[str, ...]) -> dict[str, Any]:
    """The values of a mapping by its table of fields."""
    values: dict[str, Any] = {}
    for name, key, value in _pairs(node):
        if name not in fields:
            raise BadPlan(f"Line {_line(key)}: {where} has no field {name!r}{_suggestion(name, fields)}.")
        if name in values:
            raise BadPlan(f"Line {_line(key)}: {name!r} stands twice in {where}; keep one.")
        values[name] = None if name in skip else _value(name, value, fields[name])
    for name, wanted in fields.items():
        if wanted.is_required and name not in values:
            raise BadPlan(f"Line {_line(node)}: {where} lacks the field {name!r}: {wanted.sentence}")
    return {name: value for name, value in values.items() if name not in skip}


def _suggestion(name: str, fields: Mapping[str, Field]) -> str:
    close = difflib.get_close_matches(name, fields, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; it may have {', '.join(fields)}"


def _value(name: str, node: yaml.Node, wanted: Field) -> Any:  # noqa: ANN401 - whatever the field holds
    if wanted.fields:
        if not isinstance(node, yaml.MappingNode) or not node.value:
            raise BadPlan(f"Line {_line(node)}: {name!r} must be {KINDS['mapping']}. {wanted.sentence}")
        return _require_one(_check(node, wanted.fields, repr(name), skip=()), wanted, name, node)
    try:
        value = yaml.constructor.SafeConstructor().construct_document(node)
    except yaml.YAMLError as error:
        raise BadPlan(f"Line {_line(node)}: {name!r} is no plain value; {REMEDY}") from error
    problem = wanted.problem(value)
    if problem:
        raise BadPlan(f"Line {_line(node)}: {name!r} is {spelled(value)}, but must be {problem}. {wanted.sentence}")
    return (label(value) or "") if wanted.kind == "text" else value


def _require_one(values: dict[str, Any], wanted: Field, name: str, node: yaml.Node) -> dict[str, Any]:
    given = [choice for choice in wanted.one_of if choice in values]
    if wanted.one_of and len(given) != 1:
        has = f"has {' and '.join(given)}" if given else "says too little"
        raise BadPlan(f"Line {_line(node)}: {name!r} {has}; give one of {', '.join(wanted.one_of)}. {wanted.sentence}")
    return values


def _analyses(node: yaml.Node) -> Iterator[Analysis]:
    if not isinstance(node, yaml.SequenceNode) or not node.value:
        raise BadPlan(f"Line {_line(node)}: 'analyses' must be a list with '- analysis: ...' for each.")
    for item in node.value:
        if not isinstance(item, yaml.MappingNode):
            raise BadPlan(f"Line {_line(item)}: write '- analysis: mrmc' and its fields below it.")
        yield _analysis(item)


def _analysis(node: yaml.MappingNode) -> Analysis:
    kinds = {name: value for name, _, value in _pairs(node)}
    kind = kinds.get("analysis")
    if kind is None:
        raise BadPlan(f"Line {_line(node)}: an analysis lacks the field 'analysis': one of {', '.join(ANALYSES)}.")
    if kind.value not in ANALYSES:
        raise BadPlan(f"Line {_line(kind)}: there is no analysis {kind.value!r}; choose among {', '.join(ANALYSES)}.")
    values = _check(node, ANALYSES[kind.value], f"the analysis {kind.value!r}", skip=("analysis",))
    name = values.pop("name", kind.value)
    return Analysis(kind=kind.value, name=name, settings=values, line=_line(node))


def _refuse_same_names(analyses: tuple[Analysis, ...]) -> None:
    seen: set[str] = set()
    for analysis in analyses:
        if slug(analysis.name) in seen:
            raise BadPlan(f"Line {analysis.line}: two analyses are called {analysis.name!r}; give this one a 'name'.")
        seen.add(slug(analysis.name))


def slug(name: str) -> str:
    """A name as part of a path: letters, digits and hyphens, never empty and never a dot."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "analysis"
