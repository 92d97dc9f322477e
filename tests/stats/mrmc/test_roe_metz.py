"""The simulator agrees with the variances that it implies."""

from __future__ import annotations

import numpy as np
import pytest

from readroom.stats.errors import UnknownChoice
from readroom.stats.mrmc.obuchowski_rockette import obuchowski_rockette
from readroom.stats.mrmc.roe_metz import STRUCTURES, RoeMetz


@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize("auc", [0.702, 0.855, 0.961])
def test_published_settings_have_the_published_auc(structure, auc):
    assert RoeMetz.published(structure, auc=auc).auc == pytest.approx(
        auc, abs=0.008
    )  # the published AUC leaves the spread of readers out


def test_simulated_studies_have_the_implied_components_on_average():
    model = RoeMetz.published("HH", auc=0.702)
    generator = np.random.default_rng(1)
    found = [
        obuchowski_rockette(
            model.simulate(generator, readers=5, healthy=30, diseased=20), covariance="unbiased"
        ).components
        for _ in range(400)
    ]
    implied = model.components(healthy=30, diseased=20)
    for name, value in implied.items():
        draws = np.array([components[name] for components in found])
        assert draws.mean() == pytest.approx(value, abs=4 * draws.std() / 20), name


def test_an_effect_raises_the_auc_of_the_second_modality_alone():
    model = RoeMetz.published("LL")
    cubes = [model.simulate(np.random.default_rng(2), readers=4, healthy=40, diseased=40, effect=e) for e in (0, 1)]
    plain, raised = (obuchowski_rockette(cube).means for cube in cubes)
    assert raised[0].value == plain[0].value
    assert raised[1].value > plain[1].value


def test_an_unknown_setting_is_refused_with_the_choices():
    with pytest.raises(UnknownChoice, match=r"HH, HL, LH, LL.*0\.702"):
        RoeMetz.published("XX")
