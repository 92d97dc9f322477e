"""Where the programs of this field differ from each other: what we do, as cases."""

from __future__ import annotations

import math

import numpy as np
import pytest

from readroom.stats import RoeMetz, Sensitivity, obuchowski_rockette, u_statistics
from readroom.stats.mrmc.ustatistics import rounded_degrees


def study(seed, *, auc=0.961, readers=4, cases=12):
    model = RoeMetz.published("LL", auc=auc)
    return model.simulate(np.random.default_rng(seed), readers=readers, healthy=cases, diseased=cases)


def test_intervals_are_not_cut_at_one():
    """MRMCaov cuts them, RJafroc and iMRMC do not."""
    means = [mean for seed in range(12) for mean in obuchowski_rockette(study(seed)).means]
    past = [mean for mean in means if mean.interval.high > 1]
    assert past
    assert all(mean.value - mean.interval.low == pytest.approx(mean.interval.high - mean.value) for mean in past)


@pytest.mark.parametrize(("found", "used"), [(7.99, 7), (12.8, 12), (50.0, 50), (50.01, math.inf), (900, math.inf)])
def test_degrees_of_freedom_are_rounded_down_and_above_fifty_the_normal_law_holds(found, used):
    assert rounded_degrees(found) == used


def test_a_test_tells_the_degrees_it_used_and_those_it_found():
    tests = [u_statistics(study(seed, auc=0.855), variance="v-statistic").differences[0] for seed in range(6)]
    for test in tests:
        found = test.details["df"]
        assert test.degrees_of_freedom == (() if found > 50 else (math.floor(found),))
        assert test.statistic_name == ("z" if found > 50 else "t")


def test_the_jackknife_of_sensitivity_counts_diseased_cases_only():
    """Deleting healthy cases too would change the variance by their share."""
    cube = study(3, auc=0.702)
    result = obuchowski_rockette(cube, endpoint=Sensitivity(threshold=0.5))
    share = (cube.ratings[:, :, cube.is_diseased] >= 0.5).mean(axis=2)
    n = int(cube.is_diseased.sum())
    by_hand = share * (1 - share) / (n - 1)
    assert [reader.standard_error**2 for reader in result.readers] == pytest.approx(by_hand.ravel().tolist())


def test_modalities_keep_the_names_that_the_table_gives_them():
    """Programs number the modalities of one published study the other way round."""
    cube = study(5)
    result = obuchowski_rockette(cube)
    test, (first, second) = result.differences[0], result.means
    assert (test.group["modality"], test.group["against"]) == cube.modalities
    assert test.estimate.value == pytest.approx(first.value - second.value)
    assert first.group["modality"] == cube.modalities[0]
