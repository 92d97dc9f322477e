import itertools

import numpy as np
import pytest

from readroom.stats.agreement import agreement_weights, cohen_kappa, light_kappa
from readroom.stats.errors import AmbiguousSelection, ConstantRatings, MismatchedShapes, TooFewCases, UnknownChoice

OPTIONS = [1, 2, 3, 4, 5]
PAIRS = list(itertools.combinations(range(5), 2))


@pytest.mark.parametrize("weights", ["unweighted", "linear", "quadratic"])
@pytest.mark.parametrize("pair", PAIRS)
def test_scikit_learn_gives_the_same_kappa(own_ratings, own_expected_py, pair, weights):
    rows = own_expected_py[
        (own_expected_py.analysis == f"cohen_kappa {weights} labels=1..5")
        & (own_expected_py.item == f"rater{pair[0] + 1}|rater{pair[1] + 1}")
    ]
    found = cohen_kappa(own_ratings("own_ordinal_complete")[:, pair], options=OPTIONS, weights=weights)
    assert found.value == pytest.approx(rows["value"].item(), abs=1e-12)


def test_weights_span_the_full_list_and_not_the_options_that_occur(own_ratings):
    pair = own_ratings("own_ordinal_complete")[:, :2]
    seen = sorted({float(value) for value in pair.ravel()})
    assert seen == [1, 2, 3, 5]
    full = cohen_kappa(pair, options=OPTIONS, weights="linear").value
    assert cohen_kappa(pair, options=seen, weights="linear").value != pytest.approx(full, abs=1e-3)
    by_score = cohen_kappa(pair, options=seen, weights="linear", scores=seen)
    assert by_score.value == pytest.approx(full, abs=1e-12)


def test_the_error_of_kappa_is_that_of_a_known_table():
    table = np.array([[88, 10, 2], [14, 40, 6], [18, 10, 12]])
    ratings = np.repeat([(i, j) for i in range(3) for j in range(3)], table.ravel(), axis=0)
    found = cohen_kappa(ratings, options=[0, 1, 2])
    shares = table / 200
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    kappa = (np.trace(shares) - rows @ columns) / (1 - rows @ columns)
    assert found.value == pytest.approx(kappa)
    bootstrap = np.random.default_rng(1).multinomial(200, shares.ravel(), size=4000).reshape(-1, 3, 3) / 200
    expected = np.einsum("bij,bkj->bik", bootstrap, np.ones((4000, 1, 3)))[:, :, 0]
    chance = (expected * bootstrap.sum(axis=1)).sum(axis=1)
    drawn = (np.einsum("bii->b", bootstrap) - chance) / (1 - chance)
    assert found.standard_error == pytest.approx(drawn.std(), rel=0.05)


def test_light_is_the_mean_over_pairs_with_an_error_that_counts_shared_raters(own_ratings):
    ratings = own_ratings("own_ordinal_complete")
    pairs = [cohen_kappa(ratings[:, pair], options=OPTIONS).value for pair in PAIRS]
    found = light_kappa(ratings, options=OPTIONS)
    assert found.value == pytest.approx(np.mean(pairs))
    assert (found.details["smallest"], found.details["largest"]) == (min(pairs), max(pairs))
    draws = np.random.default_rng(5).integers(0, 40, size=(400, 40))
    drawn = [light_kappa(ratings[draw], options=OPTIONS).value for draw in draws]
    assert found.standard_error == pytest.approx(np.std(drawn), rel=0.12)


def test_cases_that_one_of_the_two_did_not_rate_are_left_out(own_ratings):
    pair = own_ratings("own_ordinal_missing")[:, :2]
    complete = pair[~np.isnan(pair).any(axis=1)]
    found = cohen_kappa(pair, options=OPTIONS)
    assert found.value == cohen_kappa(complete, options=OPTIONS).value
    assert found.n["cases"] == len(complete) < 40
    assert "missing" in found.notes[0]


def test_three_raters_are_too_many_for_cohen():
    with pytest.raises(AmbiguousSelection, match="Light's, Conger's or Fleiss'"):
        cohen_kappa([[1, 1, 2], [2, 2, 1]], options=[1, 2])


def test_two_constant_raters_are_refused_by_name():
    with pytest.raises(ConstantRatings, match="rater 1 and rater 2"):
        cohen_kappa([[1, 1], [1, 1]], options=[1, 2])


def test_a_pair_without_common_cases_is_named():
    ratings = [[1, 1, None], [2, 2, None], [None, 1, 2], [None, 2, 1]]
    with pytest.raises(TooFewCases, match="rater 1 and rater 3"):
        light_kappa(ratings, options=[1, 2])


@pytest.mark.parametrize(
    ("weights", "error"),
    [
        ("cubic", UnknownChoice),
        (np.eye(2), MismatchedShapes),
        ([[1, 0.5, 0], [0, 1, 0], [0, 0, 1]], UnknownChoice),
        ([[0.5, 0, 0], [0, 1, 0], [0, 0, 1]], UnknownChoice),
    ],
)
def test_weights_that_are_none_are_refused(weights, error):
    with pytest.raises(error):
        agreement_weights(weights, 3)


def test_scores_must_be_one_number_per_option():
    with pytest.raises(MismatchedShapes, match="3 different numbers"):
        agreement_weights("linear", 3, scores=[1, 2])
