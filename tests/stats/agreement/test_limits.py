import numpy as np
import pytest

from readroom.stats.agreement import bland_altman
from readroom.stats.errors import AmbiguousSelection, ConstantRatings, TooFewCases, UnknownChoice


def paired(cases=60, seed=3):
    generator = np.random.default_rng(seed)
    truth = generator.normal(100, 15, cases)
    return np.column_stack([truth + generator.normal(0, 4, cases), truth + generator.normal(-3, 4, cases)])


def test_bias_and_limits_are_those_of_the_differences(own_ratings):
    table = own_ratings("own_continuous")[:, :2]
    found = bland_altman(table)
    differences = table[:, 0] - table[:, 1]
    assert found.bias.value == pytest.approx(differences.mean())
    half = 1.959963984540054 * differences.std(ddof=1)
    assert (found.low.value, found.high.value) == pytest.approx((differences.mean() - half, differences.mean() + half))
    assert found.raters == ("rater 1", "rater 2")
    np.testing.assert_allclose(found.differences, differences)


def test_swapping_the_two_mirrors_the_result():
    table = paired()
    found, swapped = bland_altman(table), bland_altman(table[:, ::-1])
    assert swapped.bias.value == pytest.approx(-found.bias.value)
    assert swapped.low.value == pytest.approx(-found.high.value)
    assert swapped.low.interval.low == pytest.approx(-found.high.interval.high)


@pytest.mark.parametrize("limits", ["exact", "approximate"])
def test_intervals_of_the_limits_cover_the_true_limit(limits):
    generator = np.random.default_rng(11)
    true_limit = 3 + 1.959964 * np.sqrt(32)
    inside = 0
    for _ in range(400):
        truth = generator.normal(100, 15, 25)
        table = np.column_stack([truth + generator.normal(0, 4, 25), truth + generator.normal(-3, 4, 25)])
        inside += true_limit in bland_altman(table, limits=limits).high.interval
    assert 0.92 <= inside / 400 <= 0.98


def test_two_standard_deviations_as_in_the_first_paper():
    found = bland_altman(paired(), multiplier=2)
    assert found.high.value - found.bias.value == pytest.approx(2 * found.standard_deviation)
    root = found.bias.standard_error * np.sqrt(3)
    assert found.bias.details["standard_error_of_limits_1986"] == pytest.approx(root)


def test_a_trend_of_difference_on_size_shows():
    size = np.linspace(10, 100, 30)
    found = bland_altman(np.column_stack([size * 1.2, size + np.sin(size)]))
    assert found.bias.details["slope"] > 0.1
    assert found.bias.details["slope_p_value"] < 1e-6


def test_bad_input_is_a_named_error():
    with pytest.raises(AmbiguousSelection, match="two"):
        bland_altman(np.ones((5, 3)))
    with pytest.raises(TooFewCases, match="three"):
        bland_altman([[1, 2], [2, 3]])
    with pytest.raises(ConstantRatings):
        bland_altman(np.ones((5, 2)))
    with pytest.raises(UnknownChoice, match="exact"):
        bland_altman(paired(), limits="rough")


@pytest.mark.parametrize("multiplier", [0, -1.96, float("nan"), float("inf")])
def test_a_multiplier_that_draws_no_limits_is_refused(multiplier):
    with pytest.raises(UnknownChoice, match="above 0"):
        bland_altman([[1, 2], [2, 4], [3, 3]], multiplier=multiplier)
