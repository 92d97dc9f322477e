import numpy as np
import pytest

from readroom.stats import mean_estimate, median_estimate
from readroom.stats.errors import NotANumber, TooFewCases


def test_a_median_has_an_interval_of_order_statistics():
    values = np.arange(1, 21)
    found = median_estimate("Dice", values)
    assert found.value == 10.5
    assert (found.interval.low, found.interval.high) == (6, 15)
    few = median_estimate("Dice", [0.5, 0.7, 0.9])
    assert (few.interval.low, few.interval.high) == (0.5, 0.9)
    assert "cannot give 95 %" in few.notes[0]


def test_the_interval_of_a_median_covers():
    generator = np.random.default_rng(6)
    inside = [0 in median_estimate("x", generator.normal(size=25)).interval for _ in range(500)]
    assert np.mean(inside) >= 0.93


def test_a_mean_leaves_missing_cases_out_and_says_so():
    found = mean_estimate("Dice", [0.8, 0.9, np.nan, 0.7])
    assert found.value == pytest.approx(0.8)
    assert found.n == {"cases": 3}
    assert "1 of 4" in found.notes[0]
    with pytest.raises(TooFewCases):
        mean_estimate("Dice", [0.8])
    with pytest.raises(NotANumber):
        median_estimate("distance", [1, np.inf])
