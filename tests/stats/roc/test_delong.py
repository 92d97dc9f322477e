import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import roc_auc_score

from readroom.stats import Readings
from readroom.stats.errors import (
    ConstantRatings,
    EmptyClass,
    MismatchedShapes,
    MissingTruth,
    NotANumber,
    NotEstimable,
    StatisticsError,
    TooFewCases,
    TooFewModalities,
    UnknownChoice,
)
from readroom.stats.roc import (
    auc,
    average_curve,
    compare_aucs,
    compare_modalities,
    delong_covariance,
    operating_point,
    partial_auc,
    reader_aucs,
    reader_curves,
    roc_curve,
)

FUNCTIONS = [auc, roc_curve, operating_point, lambda r, t=None: partial_auc(r, t, specificity=(0.8, 1))]


def cases(diseased=30, healthy=40, seed=0, ties=True):
    generator = np.random.default_rng(seed)
    ratings = np.concatenate([generator.normal(1, 1, diseased), generator.normal(0, 1, healthy)])
    truth = np.repeat([1, 0], [diseased, healthy])
    return (np.round(ratings) if ties else ratings), truth


def components(ratings, truth):
    """DeLong's components straight from the definition: every diseased case against every healthy one."""
    wins = (ratings[truth == 1][:, None] > ratings[truth == 0]) + 0.5 * (
        ratings[truth == 1][:, None] == ratings[truth == 0]
    )
    return wins.mean(axis=1), wins.mean(axis=0)


@pytest.mark.parametrize("ties", [True, False])
def test_midranks_give_what_the_definition_gives(ties):
    first, truth = cases(ties=ties)
    second = cases(seed=1, ties=ties)[0] + first
    areas, covariance = delong_covariance(np.array([first, second]), truth == 1)
    parts = [components(row, truth) for row in (first, second)]
    expected = np.cov([part[0] for part in parts]) / 30 + np.cov([part[1] for part in parts]) / 40
    np.testing.assert_allclose(areas, [roc_auc_score(truth, row) for row in (first, second)])
    np.testing.assert_allclose(covariance, expected)


@pytest.mark.parametrize(("dataset", "readers"), [("own_mrmc_2t", 5), ("own_mrmc_3t", 4)])
def test_the_mean_variance_is_the_error_of_the_reference_program(own_data, own_expected, dataset, readers):
    cube = Readings.read(own_data(dataset), columns={"modality": "treatment", "display_set": "case"}).cube()
    _, covariance = delong_covariance(cube.ratings.reshape(-1, len(cube.cases)), cube.is_diseased)
    rows = own_expected[(own_expected.dataset == dataset) & (own_expected.analysis == "OR_auc_DeLong_RRRC")]
    rows = rows[rows.block == "vcov_comps"].set_index("item")["value"]
    assert np.diag(covariance).mean() == pytest.approx(rows["Error"], rel=1e-10)
    blocks = covariance.reshape(cube.ratings.shape[0], readers, cube.ratings.shape[0], readers)
    between = [
        blocks[i, j, k, j] for i in range(len(blocks)) for k in range(len(blocks)) for j in range(readers) if i != k
    ]
    assert np.mean(between) == pytest.approx(rows["Cov1"], rel=1e-10)


def test_the_area_comes_with_its_error_interval_and_citation():
    ratings, truth = cases()
    found = auc(ratings, truth)
    assert found.n == {"cases": 70, "diseased": 30, "healthy": 40}
    assert "DeLong" in found.citations[0]
    assert found.interval.low < found.value < found.interval.high
    logit = auc(ratings, truth, interval="logit")
    assert logit.interval != found.interval
    assert 0 < logit.interval.low < logit.value < logit.interval.high < 1


def test_complete_separation_is_one_with_a_warning():
    found = auc([1, 2, 3, 4], [0, 0, 1, 1])
    assert (found.value, found.standard_error) == (1, 0)
    assert "no width" in found.notes[-1]


def test_cases_without_a_rating_are_left_out_and_counted():
    ratings, truth = cases()
    ratings[[2, 50]] = np.nan
    found = auc(ratings, truth)
    assert found.n["cases"] == 68
    assert "2 of 70" in found.notes[0]


def test_the_paired_test_is_antisymmetric_and_has_the_difference_in_its_interval():
    first, truth = cases()
    second = first + np.random.default_rng(4).normal(0, 2, len(first))
    found, swapped = compare_aucs(first, second, truth), compare_aucs(second, first, truth)
    assert found.statistic == pytest.approx(-swapped.statistic)
    assert found.p_value == pytest.approx(swapped.p_value)
    assert found.estimate.value == pytest.approx(auc(first, truth).value - auc(second, truth).value)
    assert found.estimate.value in found.estimate.interval


def test_two_that_order_alike_have_no_test():
    ratings, truth = cases()
    with pytest.raises(NotEstimable, match="order the cases alike"):
        compare_aucs(ratings, ratings * 2, truth)


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize(
    ("ratings", "truth", "error"),
    [
        ([1, 2, 3, 4], [1, 1, 1, 1], EmptyClass),
        ([1, 2, 3, 4], [0, 0, 0, 0], EmptyClass),
        ([1, 2, 3, 4], [0, 0, 0, 1], TooFewCases),
        ([2, 2, 2, 2], [0, 0, 1, 1], ConstantRatings),
        ([1, 2, 3, 4], [0, 0, 1, np.nan], MissingTruth),
        ([1, 2, 3, 4], None, MissingTruth),
        ([1, 2, 3, 4], [1, 2, 1, 2], UnknownChoice),
        ([1, 2, 3], [0, 0, 1, 1], MismatchedShapes),
        (["a", "b", "c", "d"], [0, 0, 1, 1], NotANumber),
        ([1, 2, 3, np.inf], [0, 0, 1, 1], NotANumber),
    ],
)
def test_bad_input_is_a_named_error(function, ratings, truth, error):
    with pytest.raises(error):
        function(ratings, truth)


samples = hnp.arrays(float, st.integers(6, 30), elements=st.integers(0, 6).map(float))


def outcome(function):
    try:
        return function()
    except StatisticsError as error:
        return type(error).__name__


def same(first, second):
    return first == second if isinstance(first, str) or isinstance(second, str) else first == pytest.approx(second)


@given(ratings=samples, data=st.data())
def test_monotone_transforms_and_the_order_of_cases_leave_the_area(ratings, data):
    truth = np.array(data.draw(st.lists(st.integers(0, 1), min_size=len(ratings), max_size=len(ratings))))
    order = data.draw(st.permutations(range(len(ratings))))
    found = outcome(lambda: (e := auc(ratings, truth), [e.value, e.standard_error])[1])
    moved = outcome(lambda: (e := auc(np.exp(ratings[order]) * 3 - 7, truth[order]), [e.value, e.standard_error])[1])
    assert same(found, moved)


@given(ratings=samples, data=st.data())
def test_swapping_the_labels_mirrors_the_area(ratings, data):
    truth = np.array(data.draw(st.lists(st.integers(0, 1), min_size=len(ratings), max_size=len(ratings))))
    found = outcome(lambda: auc(ratings, truth).value)
    mirrored = outcome(lambda: 1 - auc(ratings, 1 - truth).value)
    negated = outcome(lambda: auc(-ratings, 1 - truth).value)
    assert same(found, mirrored)
    assert same(found, negated)


@given(ratings=samples, data=st.data())
def test_the_curve_is_monotone_and_its_area_is_the_estimate(ratings, data):
    truth = np.array(data.draw(st.lists(st.integers(0, 1), min_size=len(ratings), max_size=len(ratings))))
    found = outcome(lambda: roc_curve(ratings, truth))
    if not isinstance(found, str):
        assert (np.diff(found.false_positive) >= 0).all()
        assert (np.diff(found.true_positive) >= 0).all()
        assert (found.false_positive[-1], found.true_positive[-1]) == (1, 1)
        assert found.area == pytest.approx(auc(ratings, truth).value)


@given(ratings=samples, data=st.data(), low=st.floats(0, 0.8))
def test_partial_areas_add_up_to_the_whole(ratings, data, low):
    from readroom.stats.roc.partial import _between

    truth = np.array(data.draw(st.lists(st.integers(0, 1), min_size=len(ratings), max_size=len(ratings))))
    curve = outcome(lambda: roc_curve(ratings, truth))
    if not isinstance(curve, str):
        points = curve.false_positive, curve.true_positive
        parts = _between(*points, 0, low) + _between(*points, low, 1)
        assert parts == pytest.approx(curve.area)


def test_a_useless_test_has_a_corrected_partial_area_of_a_half_and_a_perfect_one_of_one():
    ratings = np.tile(np.arange(100), 2)
    useless = partial_auc(ratings, np.repeat([0, 1], 100), specificity=(0.8, 1), corrected=True)
    assert useless.value == pytest.approx(0.5, abs=0.01)
    assert 0.5 in useless.interval
    perfect = partial_auc(np.arange(200), np.repeat([0, 1], 100), specificity=(0.8, 1), corrected=True)
    assert perfect.value == pytest.approx(1)


def test_the_range_of_a_partial_area_is_on_one_axis():
    ratings, truth = cases()
    with pytest.raises(UnknownChoice, match="one axis"):
        partial_auc(ratings, truth)
    with pytest.raises(UnknownChoice, match="width"):
        partial_auc(ratings, truth, specificity=(0.9, 0.9))
    both = [partial_auc(ratings, truth, sensitivity=(0, 1)), partial_auc(ratings, truth, specificity=(0, 1))]
    assert both[0].value == pytest.approx(both[1].value)


def test_operating_points_follow_their_rule():
    ratings, truth = cases(diseased=100, healthy=100)
    youden = operating_point(ratings, truth)
    curve = roc_curve(ratings, truth)
    assert youden.youden == pytest.approx((curve.true_positive - curve.false_positive).max())
    assert "same cases" in youden.sensitivity.notes[-1]
    sensitive = operating_point(ratings, truth, sensitivity=0.9)
    assert sensitive.sensitivity.value >= 0.9
    higher = curve.true_positive[curve.thresholds > sensitive.threshold]
    assert (higher < 0.9).all()
    specific = operating_point(ratings, truth, specificity=0.9)
    assert specific.specificity.value >= 0.9
    fixed = operating_point(ratings, truth, threshold=1)
    assert fixed.sensitivity.value == (ratings[truth == 1] >= 1).mean()
    assert not fixed.sensitivity.notes
    with pytest.raises(UnknownChoice, match="one of"):
        operating_point(ratings, truth, threshold=1, sensitivity=0.5)
    with pytest.raises(UnknownChoice, match="from 0 to 1"):
        operating_point(ratings, truth, sensitivity=90)


def study(modalities=("CT", "MRI")):
    generator = np.random.default_rng(9)
    rows = []
    for case in range(60):
        truth = case % 2
        for modality in modalities:
            for reader in ("anna", "ben", "carl"):
                rating = int(np.clip(np.round(3 + truth + generator.normal(0, 1)), 1, 5))
                rows.append((reader, modality, f"c{case}", rating, truth))
    return Readings.read(pd.DataFrame(rows, columns=["reader", "modality", "display_set", "rating", "truth"]))


def test_every_reader_has_an_area_and_the_mean_follows():
    found = reader_aucs(study())
    assert [tuple(e.group.values()) for e in found[:4]] == [
        ("CT", "anna"), ("CT", "ben"), ("CT", "carl"), ("CT", "mean of readers"),
    ]  # fmt: skip
    assert found[3].value == pytest.approx(np.mean([e.value for e in found[:3]]))
    assert found[3].standard_error < max(e.standard_error for e in found[:3])


def test_the_average_curve_has_the_average_area():
    curves = reader_curves(study())
    own = [curves["CT", reader] for reader in ("anna", "ben", "carl")]
    assert curves["CT", "mean of readers"].area == pytest.approx(np.mean([curve.area for curve in own]))
    assert average_curve(own[:1]).area == pytest.approx(own[0].area)


def test_modalities_are_compared_for_each_reader():
    found = compare_modalities(study())
    assert [test.group["reader"] for test in found] == ["anna", "ben", "carl"]
    cube = study().cube()
    alone = compare_aucs(cube.ratings[0, 0], cube.ratings[1, 0], cube.truth, names=("CT", "MRI"))
    assert found[0].p_value == alone.p_value
    assert found[0].name == "AUC, CT - MRI"
    with pytest.raises(TooFewModalities):
        compare_modalities(study(modalities=("CT",)))
