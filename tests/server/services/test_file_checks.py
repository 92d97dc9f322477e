"""Files are looked at within bounds, whoever sends them."""

from __future__ import annotations

import io
import tracemalloc

import pytest

from readroom.server.domain.errors import Invalid
from readroom.server.services.file_checks import LARGEST_JSON, MOST_PARTS, check_file


def check(content, size=None):
    size = len(content) if size is None else size
    check_file(io.BytesIO(content), size=size, kind="Anything", schema={"type": "array"})


@pytest.mark.parametrize("part", [b"[]", b"{}", b"0", b"[[[]]]"])
def test_a_small_file_of_very_many_values_is_refused_before_it_fills_the_memory(part):
    content = b"[" + b",".join([part] * MOST_PARTS) + b",0]"
    tracemalloc.start()
    try:
        with pytest.raises(Invalid, match="values"):
            check(content)
        assert tracemalloc.get_traced_memory()[1] < 2 * len(content)
    finally:
        tracemalloc.stop()


def test_a_file_that_is_too_large_is_refused_before_it_is_read():
    with pytest.raises(Invalid, match="64 MB"):
        check(b"", size=LARGEST_JSON + 1)


def test_a_file_within_the_bounds_is_read_and_compared_with_its_schema():
    check(b"[" + b"0," * 1000 + b"0]")
    with pytest.raises(Invalid, match="schema"):
        check(b'{"a": 1}')


@pytest.mark.parametrize("content", [b"[NaN]", b"[", b"\xff", b"[" * 100_000 + b"]" * 100_000])
def test_what_is_no_json_is_refused(content):
    with pytest.raises(Invalid, match="not valid JSON"):
        check(content)
