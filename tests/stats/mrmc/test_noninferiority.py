"""Margins: non-inferiority and equivalence."""

from __future__ import annotations

import pytest
from scipy import stats
from tests.stats.mrmc.test_obuchowski_rockette import FIXED_READERS, study

from readroom.stats.errors import BadRequest, UnknownChoice
from readroom.stats.mrmc.noninferiority import equivalence, noninferiority
from readroom.stats.mrmc.obuchowski_rockette import obuchowski_rockette


@pytest.fixture(scope="module")
def difference():
    return obuchowski_rockette(study(5, cases=60, effect=0.1)).difference("A", "B")


def test_the_new_modality_is_not_inferior_exactly_when_the_interval_clears_the_margin(difference):
    for margin in (0.001, 0.02, 0.05, 0.1, 0.2, 0.4):
        test = noninferiority(difference, new="B", margin=margin)
        assert (test.p_value < 0.025) == (test.estimate.interval.low > -margin)
        assert test.alternative == "greater"


def test_the_difference_is_given_as_new_minus_other(difference):
    of_b, of_a = (noninferiority(difference, new=new, margin=0.05).estimate for new in "BA")
    assert of_b.value == -of_a.value == -difference.estimate.value
    assert of_b.interval.low == pytest.approx(-of_a.interval.high)


def test_the_statistic_is_the_shifted_t(difference):
    test = noninferiority(difference, new="A", margin=0.05)
    estimate = difference.estimate
    expected = stats.t.sf((estimate.value + 0.05) / estimate.standard_error, difference.degrees_of_freedom[0])
    assert test.p_value == pytest.approx(expected, rel=1e-12)


def test_equivalence_holds_exactly_when_the_interval_lies_within_the_margins(difference):
    for margin in (0.01, 0.05, 0.1, 0.2, 0.4):
        test = equivalence(difference, margin=margin)
        inside = -margin < test.estimate.interval.low and test.estimate.interval.high < margin
        assert (test.p_value < 0.05) == inside
    assert test.estimate.interval.level == pytest.approx(0.9)


def test_fixed_readers_use_the_normal_law():
    result = obuchowski_rockette(study(5), inference=FIXED_READERS)
    test = noninferiority(result.differences[0], new="A", margin=0.1)
    assert test.p_value == pytest.approx(stats.norm.sf(test.statistic), rel=1e-12)


def test_a_margin_that_is_not_positive_and_a_stranger_are_refused(difference):
    with pytest.raises(BadRequest, match="must be positive"):
        noninferiority(difference, new="A", margin=-0.05)
    with pytest.raises(UnknownChoice, match="'C' is not part"):
        noninferiority(difference, new="C", margin=0.05)
