"""Patterns mean what they mean to Python, and none of them takes forever."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from readroom.server.domain.errors import Invalid
from readroom.server.domain.matching import is_match
from readroom.server.domain.patterns import check_pattern

ATOMS = [
    "a", "b", "1", ".", "[ab]", "[^a]", "[a-c1]", r"\d", r"\W", r"\s", r"\b", r"\B", "^", "$", r"\Z",
    "(?=a)", "(?!b)", "(?<=a)", "(?<!1)", "(?i:B)", "(a)", "",
]  # fmt: skip
REPEATS = ["*", "+", "?", "*?", "+?", "??", "{2}", "{1,3}", "{2,}", "{0,2}?", "{0}"]
TEXTS = st.text("aAbB1 \n,", max_size=8)


def joined(parts):
    return st.one_of(
        st.tuples(parts, parts).map("".join),
        st.tuples(parts, parts).map(lambda two: f"(?:{two[0]}|{two[1]})"),
        st.tuples(parts, st.sampled_from(REPEATS)).map(lambda two: f"(?:{two[0]}){two[1]}"),
    )


PATTERNS = st.tuples(st.sampled_from(["", "(?i)", "(?s)", "(?m)"]), st.recursive(st.sampled_from(ATOMS), joined)).map(
    "".join
)


@given(pattern=PATTERNS, text=TEXTS)
@settings(max_examples=600, deadline=None)
def test_a_pattern_matches_where_python_says_so(pattern, text):
    assume(text or r"\B" not in pattern)  # re says of nothing that it has no place between letters; from 3.14 on it has
    assert is_match(pattern, text) == (re.match(pattern, text) is not None)
    assert is_match(pattern, text, is_anywhere=True) == (re.search(pattern, text) is not None)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("(a|a)*$", "a" * 3000 + "b"),
        ("(.+,)+$", "," * 3000 + "x"),
        ("(a|b|ab)*c", "ab" * 3000),
        ("(a{1,90}){1,40}$", "a" * 200 + "b"),
        ("(a?){90}a{90}$", "a" * 89),
        ("a*a*a*a*a*a*b", "a" * 3000),
    ],
)
def test_a_pattern_with_more_ways_than_can_be_tried_is_told_apart_at_once(pattern, text):
    try:
        check_pattern(pattern)
        assert not is_match(pattern, text)
    except Invalid:
        return


@pytest.mark.parametrize("pattern", ["(", "a{2,1}", "[b-a]", "(?P<x>a"])
def test_what_is_no_pattern_is_refused_when_it_is_written(pattern):
    with pytest.raises(Invalid) as refused:
        check_pattern(pattern)
    assert list(refused.value.errors) == ["answer_match_pattern"]


def test_a_text_that_cannot_be_compared_in_bounded_time_is_refused_and_not_waited_for():
    with pytest.raises(Invalid, match="too long"):
        is_match("(a|a)*$", "a" * 3000 + "b")


def test_patterns_may_look_around_and_refer_to_what_they_read():
    assert is_match(r"^(?!.*(\d)\1)\d{4}$", "1232")
    assert not is_match(r"^(?!.*(\d)\1)\d{4}$", "1223")
