import numpy as np
import pytest

from readroom.stats.agreement import krippendorff_alpha
from readroom.stats.agreement.krippendorff import METRICS
from readroom.stats.errors import (
    ConstantRatings,
    MismatchedShapes,
    NotANumber,
    TooFewCases,
    UnknownChoice,
    UnknownOption,
)

OPTIONS = [1, 2, 3, 4, 5]


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("dataset", ["own_ordinal_complete", "own_ordinal_missing"])
def test_the_reference_program_gives_the_same_alpha(own_ratings, own_expected_py, dataset, metric):
    rows = own_expected_py[
        (own_expected_py.dataset == dataset)
        & (own_expected_py.analysis == "krippendorff_alpha")
        & (own_expected_py.item == metric)
    ]
    found = krippendorff_alpha(own_ratings(dataset), metric=metric, options=OPTIONS)
    assert found.value == pytest.approx(rows["value"].item(), abs=1e-12)


@pytest.mark.parametrize(
    ("metric", "weights"), [("nominal", "unweighted"), ("interval", "quadratic"), (None, "linear")]
)
@pytest.mark.parametrize("dataset", ["own_ordinal_complete", "own_ordinal_missing"])
def test_the_error_is_that_of_the_reference_program(own_ratings, own_expected, dataset, metric, weights):
    rows = own_expected[
        (own_expected.dataset == dataset)
        & (own_expected.analysis == "krippen.alpha.raw categ.labels=1..5")
        & (own_expected.block == weights)
    ].set_index("quantity")["value"]
    steps = np.abs(np.subtract.outer(OPTIONS, OPTIONS))
    found = krippendorff_alpha(own_ratings(dataset), metric=metric or steps, options=OPTIONS)
    scale = {"nominal": 1, "interval": 16, None: 4}[metric]
    assert found.value == pytest.approx(rows["coeff.val"], abs=5.1e-6)
    assert found.standard_error == pytest.approx(rows["coeff.se"], abs=5.1e-6)
    assert found.details["p_value"] == pytest.approx(rows["p.value"], rel=1e-3)
    readings = found.n["readings"]
    expected = 1 - found.details["expected_disagreement"] / scale * (readings - 1) / readings
    assert expected == pytest.approx(rows["pe"])
    assert expected + found.value * (1 - expected) == pytest.approx(rows["pa"])


def test_options_that_nobody_chose_change_nothing(own_ratings):
    ratings = own_ratings("own_ordinal_missing")
    for metric in METRICS:
        full = krippendorff_alpha(ratings, metric=metric, options=[1, 2, 3, 4, 5, 6])
        assert full.value == pytest.approx(krippendorff_alpha(ratings, metric=metric).value)


def test_ordinal_alpha_has_a_bootstrap_error_that_does_not_change_between_runs(own_ratings):
    ratings = own_ratings("own_ordinal_missing")
    first = krippendorff_alpha(ratings, metric="ordinal", options=OPTIONS)
    assert "bootstrap over cases" in first.method
    assert krippendorff_alpha(ratings, metric="ordinal", options=OPTIONS).interval == first.interval
    interval = krippendorff_alpha(ratings, metric="interval", options=OPTIONS)
    assert first.standard_error == pytest.approx(interval.standard_error, rel=0.2)


def test_a_case_with_one_rating_does_not_count():
    two = [[1, 1], [2, 2], [1, 2]]
    found = krippendorff_alpha([*two, [2, None]])
    assert found.value == krippendorff_alpha(two).value
    assert "single rating" in " ".join(found.notes)


def test_random_ratings_have_alpha_near_zero():
    ratings = np.random.default_rng(2).integers(1, 6, size=(400, 4))
    found = krippendorff_alpha(ratings)
    assert abs(found.value) < 3 * found.standard_error


def test_bad_input_is_a_named_error():
    with pytest.raises(ConstantRatings):
        krippendorff_alpha([[3, 3], [3, 3]], options=OPTIONS)
    with pytest.raises(UnknownChoice, match="nominal"):
        krippendorff_alpha([[1, 2], [2, 2]], metric="circular")
    with pytest.raises(NotANumber, match="ordinal"):
        krippendorff_alpha([["a", "b"], ["b", "b"]], metric="interval", options=["a", "b"])
    with pytest.raises(NotANumber, match="interval"):
        krippendorff_alpha([[-1, 2], [2, 2]], metric="ratio")
    with pytest.raises(UnknownOption, match="'options'"):
        krippendorff_alpha([["a", "b"], ["b", "b"]])
    with pytest.raises(TooFewCases, match="two ratings"):
        krippendorff_alpha([[1, 2], [None, 2], [1, None]])
    with pytest.raises(MismatchedShapes, match="symmetric"):
        krippendorff_alpha([[1, 2], [2, 2]], metric=[[0, 1], [2, 0]])
    with pytest.raises(UnknownChoice, match="icc"):
        krippendorff_alpha(np.arange(4200).reshape(-1, 2), metric="interval")
    with pytest.raises(UnknownOption, match="too many"):
        krippendorff_alpha(np.arange(20_000).reshape(-1, 2))
