"""Plans: what is right is read, what is wrong is named with its line."""

from __future__ import annotations

import pytest
from tests.conftest import ROOT

from readroom.stats.errors import BadPlan
from readroom.stats.plan import Plan
from readroom.stats.plan_fields import ANALYSES, PLAN

GOOD = """\
title: Two techniques
question: Malignant?
options: [1, 2, 3, 4, 5]
columns: {display_set: case}
analyses:
  - analysis: mrmc
    name: primary
    method: u-statistics
    noninferiority: {new: AI, margin: 0.05}
  - analysis: accuracy
    threshold: 3
"""


def test_a_plan_is_read_with_its_analyses_in_order():
    plan = Plan.parse(GOOD)
    assert plan.title == "Two techniques"
    assert plan.settings["columns"] == {"display_set": "case"}
    assert [(a.kind, a.name, a.line) for a in plan.analyses] == [("mrmc", "primary", 6), ("accuracy", "accuracy", 10)]
    assert plan.analyses[0].settings["noninferiority"] == {"new": "AI", "margin": 0.05}
    assert plan.source == GOOD


@pytest.mark.parametrize(
    ("was", "now", "words"),
    [
        ("title:", "titel:", "Line 1: the plan has no field 'titel'; did you mean 'title'"),
        ("method: u-statistics", "method: bootstrap", "Line 8: 'method' is 'bootstrap', but must be one of obuchowski"),
        ("analysis: accuracy", "analysis: acuracy", "Line 10: there is no analysis 'acuracy'; choose among mrmc"),
        ("threshold: 3", "threshold: three", "Line 11: 'threshold' is 'three', but must be a number"),
        ("margin: 0.05", "margin: -1", "Line 9: 'margin' is -1, but must be a number above 0"),
        ("new: AI, ", "", "Line 9: 'noninferiority' lacks the field 'new'"),
        ("new: AI", "old: AI", "Line 9: 'noninferiority' has no field 'old'"),
        ("name: primary", "name: accuracy", "Line 10: two analyses are called 'accuracy'"),
        ("name: primary", "name: ACCURACY!", "Line 10: two analyses are called 'accuracy'"),
        ("    threshold: 3", "    threshold: 3\n    threshold: 4", "Line 12: 'threshold' stands twice"),
        ("- analysis: accuracy", "- name: x", "Line 10: an analysis lacks the field 'analysis'"),
        ("options: [1", "options: &a [1", None),
        ("display_set: case}", "display_set: *a}", "Line 4"),
        ("display_set: case}", "display_set: case", "Line 5: the plan is no YAML"),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_the_remedy(was, now, words):
    assert was in GOOD
    text = GOOD.replace(was, now)
    if words is None:
        assert Plan.parse(text).settings["options"] == [1, 2, 3, 4, 5]
        return
    with pytest.raises(BadPlan) as refusal:
        Plan.parse(text)
    assert words in str(refusal.value)


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("partial: {}", "'partial' must be a mapping of names to values. The area of a part of the curve"),
        ("partial: {corrected: true}", "'partial' says too little; give one of specificity, sensitivity. The area"),
        (
            "partial: {specificity: [0.9, 1], sensitivity: [0, 1]}",
            "'partial' has specificity and sensitivity; give one of specificity, sensitivity.",
        ),
        ("partial: {specificity: 0.9}", "'specificity' is 0.9, but must be two numbers from 0 to 1, the lower first"),
        ("partial: {specificity: [1, 0.9]}", "'specificity' is [1, 0.9], but must be two numbers from 0 to 1"),
        ("partial: {specificity: [0.9, 0.9]}", "such as [0.9, 1]. From and to"),
        ("partial: {specificity: [90, 100]}", "must be two numbers from 0 to 1"),
        ("partial: {specificity: [0.9, 1], corrected: 1}", "'corrected' is 1, but must be true or false."),
        ("fit: proper", "'fit' is 'proper', but must be one of binormal."),
        ("interval: exact", "'interval' is 'exact', but must be one of normal, logit."),
        ("operating_point: youden", "'operating_point' must be a mapping of names to values."),
        ("operating_point: {sensitivity: 90}", "'sensitivity' is 90, but must be a number from 0 to 1."),
        ("operating_point: {largest: kappa}", "'largest' is 'kappa', but must be one of youden."),
        ("operating_point: {threshold: 3, sensitivity: 1}", "has threshold and sensitivity; give one of threshold"),
        ("operating_point: {cutoff: 3}", "'operating_point' has no field 'cutoff'"),
    ],
)
def test_a_curve_that_is_asked_for_wrongly_is_refused_with_its_line(field, words):
    with pytest.raises(BadPlan, match="^Line 3: ") as refusal:
        Plan.parse(f"analyses:\n  - analysis: roc\n    {field}\n")
    assert words in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "a list of fields"),
        ("- 1", "a list of fields"),
        ("title: x", "lacks the field 'analyses'"),
        ("analyses: []", "must be a list"),
        ("analyses: [mrmc]", "write '- analysis: mrmc'"),
        ("analyses: !!python/object/apply:os.system [ls]", "write '- analysis: mrmc'"),
        (
            "title: !!python/object/apply:os.system [ls]\nanalyses: [{analysis: roc}]",
            "Line 1: 'title' is no plain value",
        ),
        ("a: &x [1]\nanalyses: [*x]", "write the value out"),
        ("\tx", "no YAML"),
    ],
)
def test_text_that_is_no_plan_is_refused(text, words):
    with pytest.raises(BadPlan) as refusal:
        Plan.parse(text)
    assert words in str(refusal.value)


def test_files_that_are_no_plan_are_refused(tmp_path):
    with pytest.raises(BadPlan, match="not a file"):
        Plan.read(tmp_path / "absent.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"title: \xe9\xff")
    with pytest.raises(BadPlan, match="UTF-8"):
        Plan.read(tmp_path / "latin.yaml")
    (tmp_path / "huge.yaml").write_bytes(b"#" * ((1 << 20) + 1))
    with pytest.raises(BadPlan, match="1 MiB"):
        Plan.read(tmp_path / "huge.yaml")


def test_every_field_has_a_sentence():
    for fields in ANALYSES.values():
        for name, wanted in fields.items():
            assert wanted.sentence.endswith("."), name


def test_every_field_stands_in_the_how_to():
    page = (ROOT / "docs" / "how-to" / "analyze-a-study.md").read_text(encoding="utf-8")
    for fields in (PLAN, *ANALYSES.values()):
        assert [name for name in fields if f"`{name}" not in page and f"{name}:" not in page] == []
