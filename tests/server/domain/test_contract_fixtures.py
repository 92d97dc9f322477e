"""The rules against the fixtures that the pages are held to as well."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from readroom.server.domain.annotations import CHECKS, check_annotation
from readroom.server.domain.answers import check_answer
from readroom.server.domain.errors import Invalid
from readroom.server.domain.hanging import check_hanging_protocol
from readroom.server.domain.matching import is_match
from readroom.server.domain.patterns import check_pattern
from readroom.server.domain.questions import ANSWER_TYPES, Option, QuestionSpec, check_question

FIXTURES = Path(__file__).resolve().parents[3] / "contract" / "fixtures"


def fixtures(folder: str) -> list[pytest.param]:
    return [
        pytest.param(json.loads(path.read_text()), id=path.stem) for path in sorted((FIXTURES / folder).glob("*.json"))
    ]


@pytest.mark.parametrize("value", fixtures("annotations/valid"))
def test_valid_annotations_are_accepted(value):
    check_annotation(value, label=value["type"])


@pytest.mark.parametrize("case", fixtures("annotations/invalid"))
def test_invalid_annotations_are_refused(case):
    with pytest.raises(Invalid):
        check_annotation(case["value"], label=case["type"])


def test_every_annotation_type_has_valid_and_invalid_fixtures():
    valid = {case.values[0]["type"] for case in fixtures("annotations/valid")}
    invalid = {case.values[0]["type"] for case in fixtures("annotations/invalid")}
    assert valid == invalid == set(CHECKS)


def spec_of(question: dict) -> QuestionSpec:
    step = question.get("answer_step_size")
    return QuestionSpec(
        **{name: value for name, value in question.items() if name not in ("options", "answer_step_size")},
        answer_step_size=None if step is None else Decimal(step),
        options=[Option(**option) for option in question.get("options", ())],
    )


@pytest.mark.parametrize("case", fixtures("answers/valid"))
def test_valid_answers_are_accepted(case):
    spec = spec_of(case["question"])
    check_question(spec)
    check_answer(case["answer"], question=spec)


@pytest.mark.parametrize("case", fixtures("answers/invalid"))
def test_invalid_answers_are_refused(case):
    spec = spec_of(case["question"])
    check_question(spec)
    with pytest.raises(Invalid):
        check_answer(case["answer"], question=spec)


@pytest.mark.parametrize("case", json.loads((FIXTURES / "patterns.json").read_text()), ids=lambda case: case["pattern"])
def test_patterns_are_read_as_the_pages_read_them(case):
    check_pattern(case["pattern"])
    assert is_match(case["pattern"], case["text"]) is case["is_match"]


@pytest.mark.parametrize("answer_type", ANSWER_TYPES)
def test_every_answer_type_is_in_the_fixtures_or_an_annotation(answer_type):
    seen = {case.values[0]["question"]["answer_type"] for case in fixtures("answers/invalid")}
    assert answer_type in seen | set(CHECKS)


@pytest.mark.parametrize("protocol", fixtures("hanging/valid"))
def test_valid_hanging_protocols_are_accepted(protocol):
    check_hanging_protocol(protocol)


@pytest.mark.parametrize("protocol", fixtures("hanging/invalid"))
def test_invalid_hanging_protocols_are_refused(protocol):
    with pytest.raises(Invalid):
        check_hanging_protocol(protocol)
