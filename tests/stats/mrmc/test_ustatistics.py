"""Properties and refusals of the U-statistics."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.stats.mrmc.test_obuchowski_rockette import changed, seeds, study

from readroom.stats.design import Cube
from readroom.stats.errors import (
    EmptyClass,
    IncompleteDesign,
    NegativeVariance,
    TooFewCases,
    TooFewReaders,
    UnknownChoice,
)
from readroom.stats.mrmc.endpoints import Agreement, Auc, Sensitivity
from readroom.stats.mrmc.moments import sum_pairs
from readroom.stats.mrmc.ustatistics import decompose, u_statistics


def test_moments_equal_the_sums_over_all_combinations_written_out():
    cube = study(cases=3, readers=2)
    ratings = cube.ratings.copy()
    ratings[0, 1, 0], ratings[1, 0, 5] = np.nan, np.nan
    part = decompose(changed(cube, ratings))["A", "B"]
    healthy, diseased = np.flatnonzero(cube.truth == 0), np.flatnonzero(cube.truth == 1)
    sums, counts = np.zeros(8), np.zeros(8)
    for r, s, i, k, j, m in itertools.product(range(2), range(2), healthy, healthy, diseased, diseased):
        scores = []
        for modality, reader, low, high in ((0, r, i, j), (1, s, k, m)):
            x, y = ratings[modality, reader, low], ratings[modality, reader, high]
            scores.append(np.nan if np.isnan(x) or np.isnan(y) else (y > x) + 0.5 * (y == x))
        if not np.isnan(scores).any():
            which = (
                4 * (r != s)
                + {(True, True): 0, (False, True): 1, (True, False): 2, (False, False): 3}[(i == k, j == m)]
            )
            sums[which] += scores[0] * scores[1]
            counts[which] += 1
    assert part.moments == pytest.approx(sums / counts, rel=1e-12)
    weights = counts / counts.sum()
    weights[-1] -= 1
    assert part.coefficients == pytest.approx(weights, rel=1e-12)


def test_moments_do_not_depend_on_the_size_of_blocks(monkeypatch):
    cube = study(cases=15)
    whole = sum_pairs(cube, Auc()).sums
    monkeypatch.setattr("readroom.stats.mrmc.moments.SCORES_PER_BLOCK", 40)
    assert (sum_pairs(cube, Auc()).sums == whole).all()


@settings(max_examples=20, deadline=None)
@given(seed=seeds)
def test_order_and_monotone_changes_do_not_matter(seed):
    cube = study(seed, readers=5, cases=15)
    generator = np.random.default_rng(seed)
    cases = generator.permutation(30)
    other = Cube(
        np.cbrt(cube.ratings[:, ::-1][:, :, cases]),
        cube.truth[cases],
        cube.modalities,
        cube.readers[::-1],
        tuple(cube.cases[k] for k in cases),
    )
    first, second = decompose(cube), decompose(other)
    for pair, part in first.items():
        assert second[pair].unbiased == pytest.approx(part.unbiased, rel=1e-9, abs=1e-15)
        assert second[pair].biased == pytest.approx(part.biased, rel=1e-9, abs=1e-15)


@settings(max_examples=20, deadline=None)
@given(seed=seeds, missing=st.floats(0.0, 0.4))
def test_v_statistics_are_never_negative_whatever_is_missing(seed, missing):
    cube = study(seed, readers=4, cases=12)
    generator = np.random.default_rng(seed)
    ratings = np.where(generator.random(cube.ratings.shape) < missing, np.nan, cube.ratings)
    parts = decompose(changed(cube, ratings))
    a, b, ab = parts["A", "A"], parts["B", "B"], parts["A", "B"]
    assert a.biased >= -1e-12
    if missing == 0:
        assert a.biased + b.biased - 2 * ab.biased >= -1e-12


def test_the_unbiased_variance_is_right_on_average():
    values, variances = [], []
    for seed in range(400):
        cube = study(seed, readers=3, cases=10)
        part = decompose(cube)["A", "A"]
        values.append(part.first)
        variances.append(part.unbiased)
    assert np.mean(variances) == pytest.approx(np.var(values, ddof=1), rel=0.2)


def test_sensitivity_weighs_readers_and_cases_as_binary_data():
    cube = study(readers=4, cases=25)
    part = decompose(cube, endpoint=Sensitivity(1.0))["A", "A"]
    hits = cube.ratings[0][:, cube.truth == 1] >= 1.0
    assert part.first == pytest.approx(hits.mean())
    assert set(part.components("unbiased")) == {"C", "R", "CR"}
    whole = u_statistics(cube, endpoint=Agreement(1.0), variance="v-statistic")
    assert whole.means[0].value == pytest.approx(((cube.ratings[0] >= 1.0) == (cube.truth == 1)).mean())


def test_an_incomplete_design_is_analysed_and_named():
    cube = study(readers=8, cases=60)
    generator = np.random.default_rng(3)
    ratings = np.where(generator.random(cube.ratings.shape) < 0.2, np.nan, cube.ratings)
    result = u_statistics(changed(cube, ratings))
    assert "missing readings" in result.notes[0]
    assert result.design.was_read.sum() == result.means[0].n["readings"] < cube.ratings.size


def test_a_negative_variance_is_refused_by_name_and_v_statistics_answer():
    cubes = [study(seed, readers=2, cases=4) for seed in range(20)]
    negative = [cube for cube in cubes if min(part.unbiased for part in own_parts(cube)) < 0]
    assert negative
    for cube in negative:
        with pytest.raises(NegativeVariance, match="Use V-statistics"):
            u_statistics(cube)
        assert min(part.biased for part in own_parts(cube)) >= -1e-15


def own_parts(cube: Cube) -> list:
    parts = decompose(cube)
    return [parts["A", "A"], parts["B", "B"]]


def test_one_reader_or_nobody_under_a_modality_is_refused():
    with pytest.raises(TooFewReaders, match="One reader read under A"):
        u_statistics(study(readers=1))
    cube = study()
    ratings = cube.ratings.copy()
    ratings[1] = np.nan
    with pytest.raises(IncompleteDesign, match="Nobody read under B"):
        u_statistics(changed(cube, ratings))


def test_one_case_of_a_class_is_refused():
    cube = study(cases=5)
    keep = np.r_[0, 5:10]
    few = Cube(cube.ratings[:, :, keep], cube.truth[keep], cube.modalities, cube.readers, cube.cases[:6])
    with pytest.raises(TooFewCases):
        u_statistics(few)


def test_a_reader_without_a_healthy_case_is_named():
    cube = study()
    ratings = cube.ratings.copy()
    ratings[0, 1, cube.truth == 0] = np.nan
    for analysis in (u_statistics, decompose):
        with pytest.raises(EmptyClass, match="reader 02 under A rated no healthy case"):
            analysis(changed(cube, ratings))


def test_an_unknown_variance_is_refused():
    with pytest.raises(UnknownChoice, match="unbiased or v-statistic"):
        u_statistics(study(), variance="bootstrap")


def test_the_order_of_components_never_depends_on_hashes():
    halves = np.random.default_rng(3).integers(1, 6, (2, 3, 12)).astype(float)
    cube = Cube(halves, np.arange(12) % 2.0, ("a", "b"), ("x", "y", "z"), tuple(f"c{n}" for n in range(12)))
    for part in decompose(cube).values():
        assert list(part.components("v-statistic")) == ["D", "N", "R", "DN", "DR", "NR", "DNR"]
