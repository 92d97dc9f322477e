import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from readroom.stats.agreement import icc, kendall_w
from readroom.stats.agreement.intraclass import FORMS
from readroom.stats.errors import (
    ConstantRatings,
    MismatchedShapes,
    NotANumber,
    StatisticsError,
    TooFewCases,
    TooFewReaders,
    UnknownChoice,
)


@pytest.mark.parametrize("form", FORMS)
def test_the_reference_program_gives_the_same_form_and_interval(own_ratings, own_expected, form):
    name = f"ICC{form[4]}{'k' if form.endswith('k)') else ''}"
    rows = own_expected[(own_expected.dataset == "own_continuous") & (own_expected.block == name)]
    rows = rows.set_index("quantity")["value"]
    found = icc(own_ratings("own_continuous"), form=form)
    assert found.value == pytest.approx(rows["ICC"], rel=1e-10)
    assert found.interval.low == pytest.approx(rows["lower bound"], rel=1e-10)
    assert found.interval.high == pytest.approx(rows["upper bound"], rel=1e-10)
    assert found.details["F"] == pytest.approx(rows["F"], rel=1e-10)
    assert (found.details["df1"], found.details["df2"]) == (rows["df1"], rows["df2"])
    assert found.details["p_value"] == pytest.approx(rows["p"], rel=1e-6)


@pytest.mark.parametrize("form", FORMS)
def test_complete_agreement_is_one(form):
    found = icc([[1, 1], [2, 2], [3, 3], [5, 5]], form=form)
    assert (found.value, found.interval.low, found.interval.high) == (1, 1, 1)


def test_a_constant_shift_of_one_rater_costs_agreement_but_not_consistency():
    ratings = np.array([[1, 3], [2, 4], [3, 5], [7, 9.0]])
    assert icc(ratings, form="ICC(3,1)").value == pytest.approx(1)
    shifted = icc(ratings, form="ICC(2,1)")
    assert shifted.value < 0.9
    assert shifted.interval.low < shifted.value < shifted.interval.high


def test_incomplete_cases_are_left_out_and_the_notes_say_so(own_ratings):
    ratings = own_ratings("own_continuous").copy()
    ratings[3, 1] = np.nan
    found = icc(ratings)
    assert found.value == icc(np.delete(ratings, 3, axis=0)).value
    assert "1 of 40 cases" in found.notes[0]
    assert "159 of 160" in str(found.design)


@pytest.mark.parametrize("coefficient", [icc, kendall_w])
@pytest.mark.parametrize(
    ("ratings", "error"),
    [
        ([[1], [2]], TooFewReaders),
        ([[1, 2]], TooFewCases),
        ([[1, None], [None, 2], [3, 4]], TooFewCases),
        ([[4, 4], [4, 4], [4, 4]], ConstantRatings),
        ([[1, np.inf], [2, 3]], NotANumber),
        ([["low", "high"], ["low", "low"]], NotANumber),
        ([1, 2, 3], MismatchedShapes),
    ],
)
def test_bad_input_is_a_named_error(coefficient, ratings, error):
    with pytest.raises(error):
        coefficient(ratings)


def test_an_unknown_form_is_refused():
    with pytest.raises(UnknownChoice, match=r"ICC\(2,1\)"):
        icc([[1, 2], [2, 3]], form="ICC(4,1)")


tables = hnp.arrays(float, st.tuples(st.integers(3, 8), st.integers(2, 4)), elements=st.integers(0, 20).map(float))


def outcome(coefficient, ratings):
    try:
        return coefficient(ratings)
    except StatisticsError as error:
        return type(error).__name__


@pytest.mark.parametrize("form", FORMS)
@given(ratings=tables, random=st.randoms(use_true_random=False))
def test_icc_ignores_order_and_the_unit_of_measurement(form, ratings, random):
    cases, raters = list(range(ratings.shape[0])), list(range(ratings.shape[1]))
    random.shuffle(cases)
    random.shuffle(raters)
    first = outcome(lambda table: icc(table, form=form).value, ratings)
    again = outcome(lambda table: icc(table, form=form).value, ratings[np.ix_(cases, raters)] * 2.54 + 10)
    assert again == (first if isinstance(first, str) else pytest.approx(first, abs=1e-6, rel=1e-6))


@given(ratings=tables)
def test_kendall_sees_ranks_only(ratings):
    from readroom.stats.agreement import rank

    spread = rank._w(ratings)
    assert rank._w(np.exp(ratings / 3)) == pytest.approx(spread, nan_ok=True)
    assert rank._w(-ratings) == pytest.approx(spread, nan_ok=True)


def test_kendall_of_equal_ranks_is_one_with_its_test():
    found = kendall_w([[1, 10], [2, 20], [3, 30], [4, 31]])
    assert found.value == pytest.approx(1)
    assert found.details["chi2"] == pytest.approx(6)
    assert found.details["degrees_of_freedom"] == 3
