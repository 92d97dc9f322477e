import numpy as np
import pytest

from readroom.stats.errors import DegenerateFit, EmptyClass
from readroom.stats.roc import auc, binormal_fit

HEALTHY = [33, 6, 6, 11, 2]
DISEASED = [3, 2, 2, 11, 33]


def expand(healthy, diseased):
    categories = np.arange(1, len(healthy) + 1)
    ratings = np.concatenate([np.repeat(categories, healthy), np.repeat(categories, diseased)])
    return ratings, np.repeat([0, 1], [sum(healthy), sum(diseased)])


def test_the_tomograms_of_hanley_and_mcneil_have_the_known_curve():
    """Hanley JA, McNeil BJ (1982), Radiology 143:29, table I; the maximum is published with many programs."""
    found = binormal_fit(*expand(HEALTHY, DISEASED))
    assert found.intercept.value == pytest.approx(1.656782, abs=2e-6)
    assert found.slope.value == pytest.approx(0.713002, abs=2e-6)
    assert found.area.value == pytest.approx(0.911331, abs=2e-6)
    assert found.thresholds == pytest.approx([0.169768, 0.463215, 0.766860, 1.797938], abs=2e-6)
    assert found.area.standard_error == pytest.approx(0.0295, abs=2e-4)
    assert found.slope.standard_error == pytest.approx(0.2159, rel=0.01)


def test_continuous_ratings_recover_the_parameters_they_came_from():
    generator = np.random.default_rng(3)
    ratings = np.concatenate([generator.normal(0, 1, 1500), generator.normal(2, 1 / 0.7, 1500)])
    truth = np.repeat([0, 1], 1500)
    found = binormal_fit(np.exp(ratings), truth)
    assert 0.7 in found.slope.interval
    assert 2 * 0.7 in found.intercept.interval
    assert found.area.value == pytest.approx(auc(ratings, truth).value, abs=0.01)
    assert found.sensitivity_at([0.0, 1.0]).tolist() == [0, 1]


def test_only_the_order_of_ratings_counts():
    ratings, truth = expand(HEALTHY, DISEASED)
    assert binormal_fit(10.0**ratings, truth).area.value == pytest.approx(binormal_fit(ratings, truth).area.value)


def test_swapping_the_labels_and_the_scale_inverts_the_slope():
    ratings, truth = expand(HEALTHY, DISEASED)
    found, mirrored = binormal_fit(ratings, truth), binormal_fit(-ratings, 1 - truth)
    assert mirrored.area.value == pytest.approx(found.area.value)
    assert mirrored.slope.value == pytest.approx(1 / found.slope.value)
    assert mirrored.log_likelihood == pytest.approx(found.log_likelihood)


def test_intervals_of_the_area_cover_the_truth():
    generator = np.random.default_rng(8)
    inside = fitted = 0
    for _ in range(150):
        ratings = np.concatenate([generator.normal(0, 1, 60), generator.normal(1.2, 1.2, 60)])
        cut = np.digitize(ratings, [-0.3, 0.3, 0.9, 1.6])
        found = binormal_fit(cut, np.repeat([0, 1], 60))
        fitted += 1
        inside += 0.7788 in found.area.interval
    assert 0.9 <= inside / fitted <= 0.99


@pytest.mark.parametrize(
    ("healthy", "diseased"),
    [
        ([20, 0, 0], [0, 0, 20]),
        ([10, 10], [5, 15]),
        ([20, 5, 0], [0, 0, 20]),
        ([15, 5, 0, 0], [0, 10, 5, 5]),
        ([10, 0, 10], [0, 20, 0]),
    ],
)
def test_a_fit_without_a_maximum_is_refused_with_the_remedy(healthy, diseased):
    with pytest.raises(DegenerateFit, match="empirical"):
        binormal_fit(*expand(healthy, diseased))


def test_a_single_class_is_refused():
    with pytest.raises(EmptyClass):
        binormal_fit([1, 2, 3], [1, 1, 1])
