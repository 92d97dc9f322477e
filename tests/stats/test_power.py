"""Power and sample size: RJafroc's values, and behaviour."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from tests.conftest import shared_folder
from tests.stats.mrmc.reference import cube_of

from readroom.stats.errors import BadRequest, MissingColumn, UnreachablePower
from readroom.stats.mrmc.obuchowski_rockette import obuchowski_rockette
from readroom.stats.mrmc.roe_metz import RoeMetz
from readroom.stats.mrmc.ustatistics import u_statistics
from readroom.stats.power import Pilot, power, sample_size


def reference() -> pd.DataFrame:
    table = pd.read_csv(shared_folder("statistics") / "mrmc_rjafroc_expected.csv", dtype={"item": str})
    return table[table.block.isin(["power", "sample_size"])]


def conditions(item: str) -> dict[str, float]:
    return {key: float(value) for key, value in (part.split("=") for part in item.split("|"))}


@pytest.fixture(scope="module")
def vandyke() -> Pilot:
    return Pilot.of(obuchowski_rockette(cube_of(shared_folder("statistics") / "data" / "vandyke.csv")))


@pytest.mark.corpus
def test_every_published_power_is_reproduced(vandyke):
    table = reference()
    rows = table[table.block == "power"]
    assert len(rows) == 20
    for item, row in rows.groupby("item"):
        wanted, given = row.set_index("quantity").value, conditions(item)
        ours = power(vandyke, readers=int(given["J"]), cases=int(given["K"]), effect=given["effect"])
        assert ours.value == pytest.approx(wanted.powerRRRC, rel=1e-7)
        assert ours.noncentrality == pytest.approx(wanted.ncpRRRC, rel=1e-9)
        assert ours.degrees_of_freedom == pytest.approx(wanted.df2RRRC, rel=1e-9)
        assert ours.critical_value == pytest.approx(wanted.fRRRC, rel=1e-9)


@pytest.mark.corpus
def test_every_published_sample_size_is_reproduced(vandyke):
    table = reference()
    rows = table[table.block == "sample_size"]
    assert len(rows) == 32
    for item, row in rows.groupby("item"):
        wanted, given = row.set_index("quantity").value, conditions(item)
        readers, effect = int(given["J"]), given["effect"]
        if wanted.K > 2000:  # their search ends at 2,000 and prints 2,001
            with pytest.raises(UnreachablePower, match=f"{readers} readers reach"):
                sample_size(vandyke, readers=readers, effect=effect)
            most = [power(vandyke, readers=readers, cases=cases, effect=effect).value for cases in (2000, 2001)]
            assert min(abs(value - wanted.achieved_power) for value in most) < 1e-7
        else:
            found = sample_size(vandyke, readers=readers, effect=effect)
            assert found.cases == wanted.K
            assert found.value == pytest.approx(wanted.achieved_power, rel=1e-7)


def test_the_sample_size_is_the_smallest_that_reaches_the_target():
    pilot = Pilot.published("LL", auc=0.855)
    found = sample_size(pilot, readers=8, effect=0.06, target=0.9)
    assert found.value >= 0.9
    assert power(pilot, readers=8, cases=found.cases - 1, effect=0.06).value < 0.9


def test_power_grows_with_readers_cases_and_effect():
    pilot = Pilot.published("HL")
    base = power(pilot, readers=5, cases=100, effect=0.05).value
    assert power(pilot, readers=8, cases=100, effect=0.05).value > base
    assert power(pilot, readers=5, cases=200, effect=0.05).value > base
    assert power(pilot, readers=5, cases=100, effect=0.08).value > base
    assert power(pilot, readers=5, cases=100, effect=-0.05).value == base


def test_the_power_from_published_settings_is_that_of_simulated_studies():
    model, pilot = RoeMetz.published("LH"), Pilot.published("LH", cases=60)
    generator = np.random.default_rng(4)
    cubes = [model.simulate(generator, readers=6, healthy=30, diseased=30, effect=0.5) for _ in range(300)]
    results = [obuchowski_rockette(cube, covariance="delong") for cube in cubes]
    share = np.mean([result.overall.p_value < 0.05 for result in results])
    effect = float(np.mean([result.differences[0].estimate.value for result in results]))
    assert power(pilot, readers=6, cases=60, effect=effect).value == pytest.approx(share, abs=0.1)


def test_a_pilot_without_crossed_components_is_refused():
    cube = RoeMetz.published("LL").simulate(np.random.default_rng(1), readers=4, healthy=30, diseased=30)
    with pytest.raises(MissingColumn, match="Cov1.*take that of an Obuchowski-Rockette analysis"):
        Pilot.of(u_statistics(cube, variance="v-statistic"))


def test_impossible_plans_are_refused():
    pilot = Pilot.published("HL")
    for given in ({"readers": 1}, {"effect": 0.0}, {"cases": 1}, {"significance": 1.0}):
        with pytest.raises(BadRequest):
            power(pilot, **{"readers": 5, "cases": 100, "effect": 0.05, **given})
    with pytest.raises(BadRequest, match="between 0 and 1"):
        sample_size(pilot, readers=5, effect=0.05, target=1.0)


def test_a_power_says_where_its_components_come_from():
    found = power(Pilot.published("HL"), readers=6, cases=200, effect=0.05)
    assert "6 readers and 200 cases" in str(found)
    assert "Roe and Metz" in str(found)
    assert any("Roe CA" in text for text in found.citations)
