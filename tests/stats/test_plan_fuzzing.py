"""Whatever a plan holds, the answer is a report or a sentence: never another exception."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.stats.conftest import OWN

from readroom.stats.errors import StatisticsError
from readroom.stats.plan import Plan
from readroom.stats.plan_fields import ANALYSES, PLAN
from readroom.stats.report import analyze
from readroom.stats.table import Readings

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 9),
    st.floats(allow_nan=True, allow_infinity=True, width=16),
    st.sampled_from(
        ["", "a", "R1", "CT", "Malignant?", "2026-01-01", "[", "ICC(2,1)", "linear", "ordinal", "../x", "é"]
    ),
)
KEYS = st.sampled_from(
    ["reader", "modality", "display_set", "answer", "age", "weights", "metric", "new", "margin", "1"]
)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=6
)


def right(field):
    """Values that a field may hold, so that more than the first check is reached."""
    if field.choices:
        return st.sampled_from(field.choices)
    if field.fields:
        parts = {name: right(part) for name, part in field.fields.items()}
        needed = {name for name, part in field.fields.items() if part.is_required}
        if field.one_of:
            rest = {name: part for name, part in parts.items() if name not in field.one_of}
            choices = [st.fixed_dictionaries({name: parts[name]}, optional=rest) for name in field.one_of]
            return st.one_of(choices)
        return st.fixed_dictionaries(
            {name: parts[name] for name in needed}, optional={name: parts[name] for name in parts.keys() - needed}
        )
    return {
        "number": st.integers(0, 5),
        "positive number": st.sampled_from([0.1, 1, 5]),
        "share": st.sampled_from([0.05, 0.5, 0.95]),
        "fraction": st.sampled_from([0, 0.5, 0.9, 1]),
        "range": st.sampled_from([[0.9, 1], [0, 1], [0.2, 0.5]]),
        "yes or no": st.booleans(),
        "whole number": st.integers(1, 9),
        "list": st.lists(st.sampled_from([2, 4, "CT", "MRI", "x"]), min_size=1, max_size=3),
        "scores": st.lists(st.integers(1, 9), min_size=1, max_size=5),
        "names": st.dictionaries(KEYS, st.sampled_from(["reader", "case"]), min_size=1, max_size=2),
        "choices": st.dictionaries(
            KEYS, st.sampled_from(["R1", ["R1", "R2"], ["R2", "R3"], "CT", 3]), min_size=1, max_size=2
        ),
        "options": st.just([1, 2, 3, 4, 5]),
        "one or several": st.sampled_from([1, [1, 2], "yes"]),
        "text or table": st.sampled_from(["linear", "ordinal", "nominal", [[1, 0], [0, 1]], [[1]]]),
        "text": st.sampled_from(["Malignant?", "Malignant?", "-", "CT", "ICC(3,k)"]),
    }.get(field.kind, ANYTHING)


@st.composite
def fields_of(draw, table):
    """What is required and a few more fields, seldom of a wrong kind."""
    names = [name for name in table if name not in {"analysis", "analyses", "columns", "name"}]
    needed = [name for name in names if table[name].is_required]
    chosen = needed + draw(st.lists(st.sampled_from(names), max_size=3))
    return {name: draw(value_of(name, table[name], draw(st.integers(0, 11)) == 11)) for name in dict.fromkeys(chosen)}


def value_of(name, field, is_wrong):
    if is_wrong:
        return ANYTHING
    return st.just(f"{name}.csv") if name in {"marks", "lesions"} else right(field)


@st.composite
def plans(draw):
    kinds = draw(st.lists(st.sampled_from(sorted(ANALYSES)), min_size=1, max_size=2))
    analyses = [{"analysis": kind, "name": f"a{n}"} | draw(fields_of(ANALYSES[kind])) for n, kind in enumerate(kinds)]
    return yaml.safe_dump(draw(fields_of(PLAN)) | {"analyses": analyses})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("plan")
    names = {"treatment": "modality", "case": "display_set"}
    for name, source in (("marks", "own_froc_marks"), ("lesions", "own_froc_truth")):
        pd.read_csv(OWN / "data" / f"{source}.csv").rename(columns=names).to_csv(root / f"{name}.csv", index=False)
    return root


@pytest.fixture(scope="module")
def study():
    generator = np.random.default_rng(8)
    rows = [
        {"reader": reader, "modality": modality, "display_set": f"case {case}", "question": "Malignant?",
         "answer": int(generator.integers(1, 6)), "truth": case % 2, "seconds": 5 + case}
        for reader in ("R1", "R2", "R3") for modality in ("CT", "MRI") for case in range(10)
    ]  # fmt: skip
    return Readings.read(pd.DataFrame(rows), options=[1, 2, 3, 4, 5])


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=plans())
def test_a_plan_gives_a_report_or_a_refusal_in_a_sentence(study, folder, text):
    sentence = ""
    try:
        report = analyze(study, Plan.parse(text, folder=folder))
    except StatisticsError as error:
        sentence = str(error)
    else:
        assert all(section.results or section.powers or section.notes or section.refusal for section in report.sections)
    assert not sentence or sentence[-1] in ".'"
