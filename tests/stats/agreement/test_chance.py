import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from readroom.stats import Readings
from readroom.stats.agreement import (
    brennan_prediger,
    cohen_kappa,
    conger_kappa,
    fleiss_kappa,
    gwet_ac,
    krippendorff_alpha,
    light_kappa,
    percent_agreement,
    randolph_kappa,
)
from readroom.stats.errors import (
    ConstantRatings,
    MismatchedShapes,
    StatisticsError,
    TooFewCases,
    TooFewReaders,
    UnknownChoice,
    UnknownOption,
)

OPTIONS = [1, 2, 3, 4, 5]
BY_PROGRAM = {
    "gwet.ac1": gwet_ac,
    "fleiss.kappa": fleiss_kappa,
    "conger.kappa": conger_kappa,
    "bp.coeff": brennan_prediger,
}
ALL = [*BY_PROGRAM.values(), percent_agreement, krippendorff_alpha, light_kappa, randolph_kappa]
BEYOND_CHANCE = [fleiss_kappa, conger_kappa, krippendorff_alpha, light_kappa]


@pytest.mark.parametrize("weights", ["unweighted", "linear", "quadratic"])
@pytest.mark.parametrize("dataset", ["own_ordinal_complete", "own_ordinal_missing"])
@pytest.mark.parametrize("program", sorted(BY_PROGRAM))
def test_the_reference_program_gives_the_same_five_decimals(own_ratings, own_expected, dataset, program, weights):
    rows = own_expected[
        (own_expected.dataset == dataset)
        & (own_expected.analysis == f"{program}.raw categ.labels=1..5")
        & (own_expected.block == weights)
    ].set_index("quantity")["value"]
    found = BY_PROGRAM[program](own_ratings(dataset), options=OPTIONS, weights=weights)
    assert len(rows) == 5
    assert found.details["observed"] == pytest.approx(rows["pa"], rel=1e-12)
    assert found.details["expected"] == pytest.approx(rows["pe"], rel=1e-12)
    assert found.value == pytest.approx(rows["coeff.val"], abs=5.1e-6)
    assert found.standard_error == pytest.approx(rows["coeff.se"], abs=5.1e-6)
    assert found.details["p_value"] == pytest.approx(rows["p.value"], rel=1e-6, abs=1e-14)


def test_a_result_carries_what_a_methods_section_needs(own_ratings):
    found = gwet_ac(own_ratings("own_ordinal_missing"), options=OPTIONS, weights="linear")
    assert found.name == "Gwet's AC2"
    assert found.n == {"readers": 5, "cases": 40, "readings": 186, "options": 5}
    assert "186 of 200" in str(found.design)
    assert found.notes == ("14 of 200 readings are missing.",)
    assert "Gwet KL (2008)" in found.citations[0]
    assert found.interval.low < found.value < found.interval.high


def test_an_option_that_nobody_chose_changes_what_chance_expects(own_ratings):
    ratings = own_ratings("own_ordinal_complete")
    assert 4 not in ratings
    full = brennan_prediger(ratings, options=OPTIONS)
    seen = brennan_prediger(ratings, options=[1, 2, 3, 5])
    assert full.details["expected"] == pytest.approx(0.2)
    assert seen.details["expected"] == pytest.approx(0.25)


def test_fleiss_kappa_by_option_averages_to_the_whole(own_ratings):
    found = fleiss_kappa(own_ratings("own_ordinal_complete"), options=OPTIONS)
    ratings = own_ratings("own_ordinal_complete")
    shares = {option: float((ratings == option).mean()) for option in OPTIONS}
    weights = {option: share * (1 - share) for option, share in shares.items() if share > 0}
    mean = sum(found.details[f"kappa of {option}"] * weight for option, weight in weights.items())
    assert mean / sum(weights.values()) == pytest.approx(found.value)
    assert "kappa of 4" not in found.details


def test_conger_of_two_raters_is_cohen(own_ratings):
    pair = own_ratings("own_ordinal_complete")[:, :2]
    for weights in ("unweighted", "linear", "quadratic"):
        conger = conger_kappa(pair, options=OPTIONS, weights=weights)
        assert conger.value == pytest.approx(cohen_kappa(pair, options=OPTIONS, weights=weights).value)


def test_randolph_is_brennan_prediger_without_weights(own_ratings):
    ratings = own_ratings("own_ordinal_missing")
    assert randolph_kappa(ratings, options=OPTIONS).value == brennan_prediger(ratings, options=OPTIONS).value


def test_readings_and_a_table_of_ratings_give_the_same(own_ratings):
    import pandas as pd

    ratings = own_ratings("own_ordinal_missing")
    rows = [
        {"reader": f"R{j}", "display_set": f"c{i}", "answer": value}
        for i, row in enumerate(ratings)
        for j, value in enumerate(row)
    ]
    readings = Readings.read(pd.DataFrame(rows), options=OPTIONS)
    assert fleiss_kappa(readings).value == pytest.approx(fleiss_kappa(ratings, options=OPTIONS).value)
    assert fleiss_kappa(readings).design.readers == ("R0", "R1", "R2", "R3", "R4")


@pytest.mark.parametrize("coefficient", ALL)
def test_perfect_agreement_is_one(coefficient):
    found = coefficient([[1, 1, 1], [2, 2, 2], [3, 3, 3], [1, 1, 1]], options=[1, 2, 3])
    assert found.value == pytest.approx(1)
    assert found.interval.high == 1


@pytest.mark.parametrize("coefficient", BEYOND_CHANCE)
def test_constant_ratings_are_refused_with_the_remedy(coefficient):
    with pytest.raises(ConstantRatings, match="percent agreement"):
        coefficient([[2, 2, 2]] * 5, options=[1, 2, 3])


@pytest.mark.parametrize("coefficient", [gwet_ac, brennan_prediger, randolph_kappa, percent_agreement])
def test_coefficients_that_do_not_need_variation_are_one_for_constant_ratings(coefficient):
    found = coefficient([[2, 2, 2]] * 5, options=[1, 2, 3])
    assert found.value == 1
    assert any("standard error is 0" in note for note in found.notes)


@pytest.mark.parametrize("coefficient", ALL)
@pytest.mark.parametrize(
    ("ratings", "options", "error"),
    [
        ([[1], [2], [1]], [1, 2], TooFewReaders),
        ([[1, 2]], [1, 2], TooFewCases),
        ([[1, None], [None, 2], [1, None]], [1, 2], TooFewCases),
        ([[1, 2], [3, 1]], [1, 2], UnknownOption),
        ([[1, 1], [1, 1]], [1], UnknownOption),
        ([[1, 2], [2, 1]], [1, 2, 2], UnknownOption),
        ([1, 2, 3], [1, 2, 3], MismatchedShapes),
    ],
)
def test_bad_input_is_a_named_error(coefficient, ratings, options, error):
    with pytest.raises(error):
        coefficient(ratings, options=options)


def test_options_are_given_not_guessed():
    with pytest.raises(UnknownOption, match="'options'"):
        gwet_ac([["a", "b"], ["b", "b"]])


def test_a_level_that_is_no_coverage_is_refused():
    with pytest.raises(UnknownChoice, match="between 0 and 1"):
        gwet_ac([[1, 1], [2, 2], [1, 2]], options=[1, 2], level=95)


ratings_with_gaps = hnp.arrays(
    float, st.tuples(st.integers(2, 12), st.integers(2, 5)), elements=st.sampled_from([1.0, 2.0, 3.0, np.nan])
)


def outcome(coefficient, ratings, options, **settings):
    """The value, or the kind of refusal: both must be the same for the same data."""
    try:
        return coefficient(ratings, options=options, **settings).value
    except StatisticsError as error:
        return type(error).__name__


@pytest.mark.parametrize("coefficient", [c for c in ALL if c is not light_kappa])
@given(ratings=ratings_with_gaps, random=st.randoms(use_true_random=False))
def test_the_order_of_cases_raters_and_names_does_not_matter(coefficient, ratings, random):
    cases, raters = list(range(ratings.shape[0])), list(range(ratings.shape[1]))
    random.shuffle(cases)
    random.shuffle(raters)
    shuffled = ratings[np.ix_(cases, raters)]
    renamed = np.select([shuffled == 1, shuffled == 2, shuffled == 3], [30.0, 10.0, 20.0], default=np.nan)
    first = outcome(coefficient, ratings, [1, 2, 3])
    assert outcome(coefficient, shuffled, [1, 2, 3]) == pytest.approx(first)
    assert outcome(coefficient, renamed, [30, 10, 20]) == pytest.approx(first)


@pytest.mark.parametrize("coefficient", [gwet_ac, fleiss_kappa, conger_kappa, brennan_prediger, percent_agreement])
@given(ratings=ratings_with_gaps, weights=st.sampled_from(["linear", "quadratic", "ordinal"]))
def test_weights_do_not_change_when_the_scale_is_mirrored(coefficient, ratings, weights):
    mirrored = outcome(coefficient, 4 - ratings, [1, 2, 3], weights=weights)
    assert mirrored == pytest.approx(outcome(coefficient, ratings, [1, 2, 3], weights=weights))


def test_every_agreement_value_of_the_synthetic_sets_is_claimed(own_expected, own_expected_py):
    """Those of the four programs above, of alpha, of the intraclass correlations, and of the Python programs."""
    agreement = own_expected[own_expected.dataset.str.startswith(("own_ordinal", "own_continuous"))]
    programs = agreement.analysis.str.removesuffix(".raw categ.labels=1..5")
    claimed = {**dict.fromkeys(BY_PROGRAM, 30), "krippen.alpha": 30, "icc": 42}
    assert programs.value_counts().to_dict() == claimed
    kinds = own_expected_py.analysis.str.split(" ").str[0]
    assert kinds.value_counts().to_dict() == {"cohen_kappa": 30, "krippendorff_alpha": 8}
