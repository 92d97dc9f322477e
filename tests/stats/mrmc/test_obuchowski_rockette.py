"""Properties and refusals of the Obuchowski-Rockette and DBM analyses."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.stats.mrmc.test_own_expected import OWN, cube_of

from readroom.stats.design import Cube
from readroom.stats.errors import (
    ConstantRatings,
    DuplicateReading,
    EmptyClass,
    IncompleteDesign,
    MissingTruth,
    StatisticsError,
    TooFewCases,
    TooFewModalities,
    TooFewReaders,
    UnknownChoice,
)
from readroom.stats.mrmc.dbm import dbm
from readroom.stats.mrmc.designs import StudyDesign, design_of
from readroom.stats.mrmc.endpoints import Agreement, Auc, Sensitivity
from readroom.stats.mrmc.figures import figures_of
from readroom.stats.mrmc.obuchowski_rockette import obuchowski_rockette
from readroom.stats.mrmc.results import Inference
from readroom.stats.mrmc.roe_metz import RoeMetz
from readroom.stats.table import Readings

FIXED_READERS, FIXED_CASES = Inference.FIXED_READERS_RANDOM_CASES, Inference.RANDOM_READERS_FIXED_CASES


def study(seed: int = 1, *, readers: int = 4, cases: int = 20, effect: float = 0.0) -> Cube:
    model = RoeMetz.published("HH", auc=0.702)
    generator = np.random.default_rng(seed)
    return model.simulate(generator, readers=readers, healthy=cases, diseased=cases, effect=effect)


def changed(cube: Cube, ratings: np.ndarray | None = None, **labels) -> Cube:
    values = {"truth": cube.truth, "modalities": cube.modalities, "readers": cube.readers, "cases": cube.cases}
    return Cube(cube.ratings if ratings is None else ratings, **{**values, **labels})


@pytest.fixture
def vandyke_like() -> Cube:
    return cube_of(OWN / "data" / "own_mrmc_2t.csv")


seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=25, deadline=None)
@given(seed=seeds, covariance=st.sampled_from(["jackknife", "delong", "unbiased"]))
def test_the_order_and_names_of_readers_and_cases_do_not_matter(seed, covariance):
    cube = study(seed)
    generator = np.random.default_rng(seed)
    readers, cases = generator.permutation(4), generator.permutation(40)
    shuffled = Cube(
        cube.ratings[:, readers][:, :, cases],
        cube.truth[cases],
        cube.modalities,
        tuple(f"someone {j}" for j in readers),
        tuple(f"image {k}" for k in cases),
    )
    first, second = (obuchowski_rockette(c, covariance=covariance) for c in (cube, shuffled))
    assert second.overall.p_value == pytest.approx(first.overall.p_value, rel=1e-9)
    assert second.components["Var(TR)"] == pytest.approx(first.components["Var(TR)"], rel=1e-6, abs=1e-12)


@settings(max_examples=25, deadline=None)
@given(seed=seeds)
def test_a_monotone_change_of_the_ratings_leaves_every_auc_result(seed):
    cube = study(seed)
    squashed = changed(cube, np.exp(cube.ratings / 3) - 7)
    for covariance in ("jackknife", "delong", "unbiased"):
        first, second = (obuchowski_rockette(c, covariance=covariance) for c in (cube, squashed))
        assert second.overall.statistic == pytest.approx(first.overall.statistic, rel=1e-9)


@settings(max_examples=25, deadline=None)
@given(seed=seeds)
def test_swapping_the_modalities_mirrors_the_difference(seed):
    cube = study(seed, effect=0.5)
    swapped = changed(cube, cube.ratings[::-1])
    first, second = obuchowski_rockette(cube).differences[0], obuchowski_rockette(swapped).differences[0]
    assert second.estimate.value == pytest.approx(-first.estimate.value, rel=1e-9)
    assert second.p_value == pytest.approx(first.p_value, rel=1e-9)
    assert second.estimate.interval.low == pytest.approx(-first.estimate.interval.high, rel=1e-9)


@settings(max_examples=25, deadline=None)
@given(seed=seeds)
def test_turning_truth_and_ratings_around_leaves_the_auc(seed):
    cube = study(seed)
    turned = changed(cube, -cube.ratings, truth=1 - cube.truth)
    assert figures_of(turned).estimates == pytest.approx(figures_of(cube).estimates, rel=1e-12)


@settings(max_examples=25, deadline=None)
@given(seed=seeds)
def test_dbm_and_obuchowski_rockette_with_the_jackknife_agree_for_random_readers(seed):
    cube = study(seed)
    first, second = obuchowski_rockette(cube), dbm(cube)
    assert second.overall.statistic == pytest.approx(first.overall.statistic, rel=1e-8)
    assert second.overall.degrees_of_freedom == pytest.approx(first.overall.degrees_of_freedom, rel=1e-8)
    assert second.means[0].interval.low == pytest.approx(first.means[0].interval.low, rel=1e-8)


def test_the_jackknife_equals_leaving_each_case_out_by_hand():
    cube = study(cases=8)
    figures = figures_of(cube)
    by_hand = [
        figures_of(
            Cube(
                np.delete(cube.ratings, k, axis=2),
                np.delete(cube.truth, k),
                cube.modalities,
                cube.readers,
                cube.cases[:k] + cube.cases[k + 1 :],
            )
        ).estimates
        for k in range(16)
    ]
    assert figures.replicates == pytest.approx(np.stack(by_hand, axis=-1), abs=1e-12)


def test_perfect_readers_leave_nothing_to_test_and_say_so():
    cube = study()
    perfect = changed(cube, np.broadcast_to(cube.truth, cube.ratings.shape).copy())
    with pytest.raises(ConstantRatings, match="does not vary.*report the estimates"):
        obuchowski_rockette(perfect)


def test_the_jackknife_of_sensitivity_deletes_diseased_cases_only(vandyke_like):
    figures = figures_of(vandyke_like, endpoint=Sensitivity(3))
    assert figures.replicates.shape[-1] == figures.n["diseased"] == 30


def test_agreement_with_the_truth_is_the_share_of_right_calls(vandyke_like):
    right = ((vandyke_like.ratings >= 3) == (vandyke_like.truth == 1)).mean(axis=2)
    assert figures_of(vandyke_like, endpoint=Agreement(3)).estimates == pytest.approx(right)


def test_readers_nested_in_modalities_are_compared_between_groups():
    model = RoeMetz.published("HL", auc=0.855)
    rejected = 0
    generator = np.random.default_rng(7)
    for _ in range(300):
        cube = model.simulate(generator, readers=8, healthy=30, diseased=30)
        ratings = cube.ratings.copy()
        ratings[0, 4:], ratings[1, :4] = np.nan, np.nan
        result = obuchowski_rockette(changed(cube, ratings), covariance="delong")
        rejected += result.overall.p_value < 0.05
    assert result.study_design is StudyDesign.READERS_IN_MODALITIES
    assert result.overall.degrees_of_freedom[1] >= 6
    assert "MS(R(T))" in result.components
    assert 0.02 < rejected / 300 < 0.09


def test_groups_of_readers_with_cases_of_their_own_are_a_split_plot_design():
    cube = study(cases=20)
    ratings = cube.ratings.copy()
    ratings[:, :2, ::2], ratings[:, 2:, 1::2] = np.nan, np.nan
    result = obuchowski_rockette(changed(cube, ratings), covariance="delong")
    assert result.study_design is StudyDesign.CASES_IN_GROUPS
    matrix = figures_of(changed(cube, ratings), covariance="delong").covariance
    assert (matrix[:, :2, :, 2:] == 0).all()
    assert (matrix[:, 0, :, 1] != 0).all()


@pytest.mark.parametrize(
    ("hole", "design"),
    [
        ((0, 0, 0), StudyDesign.PARTLY_CROSSED),
        ((0, 0, slice(None)), StudyDesign.UNBALANCED),
    ],
)
def test_designs_are_named_by_who_read_what(hole, design):
    cube = study()
    ratings = cube.ratings.copy()
    ratings[hole] = np.nan
    assert design_of(changed(cube, ratings).design) is design


def test_readers_whose_cases_overlap_in_part_are_no_split_plot_design():
    cube = study()
    ratings = cube.ratings.copy()
    ratings[:, :2, 30:], ratings[:, 2:, :10] = np.nan, np.nan
    assert design_of(changed(cube, ratings).design) is StudyDesign.PARTLY_CROSSED


def test_a_missing_reading_is_tolerated_and_noted_by_or_and_refused_by_dbm():
    cube = study()
    ratings = cube.ratings.copy()
    ratings[0, 0, 0] = np.nan
    gap = changed(cube, ratings)
    whole, partial = obuchowski_rockette(cube), obuchowski_rockette(gap)
    assert partial.overall.p_value == pytest.approx(whole.overall.p_value, abs=0.2)
    assert any("Some readings are missing" in note for note in partial.notes)
    with pytest.raises(IncompleteDesign, match="U-statistics"):
        dbm(gap)


def test_an_unbalanced_design_is_sent_to_the_u_statistics():
    cube = study()
    ratings = cube.ratings.copy()
    ratings[0, 0] = np.nan
    with pytest.raises(IncompleteDesign, match="U-statistics"):
        obuchowski_rockette(changed(cube, ratings))


def test_nested_readers_in_unequal_numbers_are_sent_to_the_u_statistics():
    cube = study()
    ratings = cube.ratings.copy()
    ratings[0, 1:], ratings[1, :1] = np.nan, np.nan
    with pytest.raises(IncompleteDesign, match="A: 1, B: 3.*U-statistics"):
        obuchowski_rockette(changed(cube, ratings))


def test_one_reader_is_refused_unless_readers_are_fixed():
    cube = study(readers=1)
    with pytest.raises(TooFewReaders, match="fixed"):
        obuchowski_rockette(cube)
    assert obuchowski_rockette(cube, inference=FIXED_READERS).overall.statistic_name == "chi2"
    with pytest.raises(TooFewReaders):
        dbm(cube)


def test_one_modality_has_a_mean_and_no_comparison():
    cube = study()
    single = Cube(cube.ratings[:1], cube.truth, ("A",), cube.readers, cube.cases)
    result = obuchowski_rockette(single)
    both = obuchowski_rockette(cube)
    assert result.overall is None
    assert result.differences == ()
    assert result.means[0].interval.low == pytest.approx(both.means[0].interval.low)
    with pytest.raises(TooFewModalities):
        dbm(single)


@pytest.mark.parametrize("covariance", ["jackknife", "delong", "unbiased"])
def test_one_case_of_a_class_is_refused(covariance):
    cube = study(cases=5)
    keep = np.r_[0, 5:10]
    few = Cube(
        cube.ratings[:, :, keep], cube.truth[keep], cube.modalities, cube.readers, tuple(cube.cases[k] for k in keep)
    )
    with pytest.raises(TooFewCases, match="add cases"):
        obuchowski_rockette(few, covariance=covariance)


def test_a_class_without_cases_is_refused():
    cube = study()
    with pytest.raises(EmptyClass, match="healthy"):
        obuchowski_rockette(changed(cube, truth=np.ones(40)))


def test_a_reader_without_a_diseased_case_is_named():
    cube = study()
    ratings = cube.ratings.copy()
    ratings[0, 1, cube.truth == 1] = np.nan
    with pytest.raises(EmptyClass, match="reader 02 under A rated no diseased case"):
        obuchowski_rockette(changed(cube, ratings))


def test_unknown_truth_is_refused():
    cube = study()
    truth = cube.truth.copy()
    truth[3] = np.nan
    with pytest.raises(MissingTruth, match="case 0004"):
        obuchowski_rockette(changed(cube, truth=truth))


def test_constant_ratings_are_refused():
    cube = study()
    with pytest.raises(ConstantRatings, match="same"):
        obuchowski_rockette(changed(cube, np.full_like(cube.ratings, 3.0)))


def test_an_unknown_covariance_is_refused_with_the_choices():
    with pytest.raises(UnknownChoice, match="jackknife, delong, unbiased"):
        obuchowski_rockette(study(), covariance="bootstrap")


def test_duplicated_rows_are_refused_before_the_analysis(own_data):
    frame = own_data("own_mrmc_2t").rename(columns={"treatment": "modality", "case": "display_set"})
    with pytest.raises(DuplicateReading):
        Readings.read(frame.iloc[[0, *range(len(frame))]])


@settings(max_examples=60, deadline=None)
@given(
    ratings=st.lists(st.integers(1, 3), min_size=48, max_size=48),
    truth=st.lists(st.booleans(), min_size=8, max_size=8),
    covariance=st.sampled_from(["jackknife", "delong", "unbiased"]),
    inference=st.sampled_from(list(Inference)),
)
def test_coarse_ratings_give_finite_numbers_or_a_named_refusal(ratings, truth, covariance, inference):
    values = np.array(ratings, float).reshape(2, 3, 8)
    names = tuple("abcdefgh")
    cube = Cube(values, np.array(truth, float), ("A", "B"), ("r", "s", "t"), names)
    result = None
    with contextlib.suppress(StatisticsError):
        result = obuchowski_rockette(cube, endpoint=Auc(), covariance=covariance, inference=inference)
    if result is not None:
        assert np.isfinite(result.overall.p_value)
        assert all(np.isfinite(mean.value) for mean in result.means)
        assert all(mean.interval is None or np.isfinite(mean.interval.low) for mean in result.means)


def test_a_result_lists_everything_in_one_table(vandyke_like):
    result = obuchowski_rockette(vandyke_like)
    table = result.to_frame()
    assert len(table) == 1 + 2 + 1 + 10 + 5
    assert set(table.columns) >= {"name", "value", "standard_error", "low", "high", "p_value", "method", "citations"}
    assert table.citations.str.contains("Obuchowski").all()
