"""Whatever was read, an MRMC analysis gives numbers or a named refusal: no NaN, no other exception, no warning."""

from __future__ import annotations

import contextlib
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from readroom.stats import (
    Agreement,
    Auc,
    Cube,
    Inference,
    Sensitivity,
    Specificity,
    StatisticsError,
    dbm,
    equivalence,
    noninferiority,
    obuchowski_rockette,
    u_statistics,
)

ANALYSES = {
    **{
        f"or {covariance} {inference.name}": lambda cube, e, c=covariance, i=inference: obuchowski_rockette(
            cube, endpoint=e, covariance=c, inference=i
        )
        for covariance in ("jackknife", "delong", "unbiased")
        for inference in Inference
    },
    **{
        f"dbm {inference.name}": lambda cube, e, i=inference: dbm(cube, endpoint=e, inference=i)
        for inference in Inference
    },
    "u": lambda cube, e: u_statistics(cube, endpoint=e),
    "v": lambda cube, e: u_statistics(cube, endpoint=e, variance="v-statistic"),
}
ENDPOINTS = [Auc(), Sensitivity(2), Specificity(2), Agreement(2)]


@st.composite
def cubes(draw) -> Cube:
    shape = draw(st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(2, 9)))
    values = st.sampled_from([1.0, 2.0, 3.0, 4.0, *([np.nan] * draw(st.integers(0, 2)))])
    ratings = draw(hnp.arrays(float, shape, elements=values))
    if draw(st.booleans()):
        nested = draw(st.integers(0, 2))
        ratings[np.indices(shape)[nested] % 2 == np.indices(shape)[(nested + 1) % 3] % 2] = np.nan
    truth = draw(hnp.arrays(float, shape[2], elements=st.sampled_from([0.0, 1.0])))
    return Cube(
        ratings, truth, *(tuple(f"{axis}{n}" for n in range(size)) for axis, size in zip("mrc", shape, strict=True))
    )


@pytest.mark.parametrize("name", ANALYSES)
@settings(max_examples=60, deadline=None)
@given(cube=cubes(), endpoint=st.sampled_from(ENDPOINTS))
def test_an_analysis_gives_numbers_or_a_named_refusal(name, cube, endpoint):
    result = None
    with contextlib.suppress(StatisticsError):
        result = ANALYSES[name](cube, endpoint)
    if result is None:
        return
    estimates = [*result.means, *result.readers, *(test.estimate for test in result.differences)]
    for estimate in estimates:
        assert math.isfinite(estimate.value)
        if estimate.interval is None:
            assert "no interval" in " ".join(estimate.notes)
        else:
            assert estimate.interval.low <= estimate.value <= estimate.interval.high
            assert math.isfinite(estimate.interval.high - estimate.interval.low)
    tests = [*result.differences, *result.reader_differences, *filter(None, [result.overall])]
    tests += [equivalence(test, margin=0.1) for test in result.differences]
    tests += [noninferiority(test, new=test.group["modality"], margin=0.1) for test in result.differences]
    for test in tests:
        assert math.isfinite(test.statistic)
        assert 0 <= test.p_value <= 1
    assert all(math.isfinite(value) for value in result.components.values())
