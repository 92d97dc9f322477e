"""Bland-Altman over a study: whose measurements are compared with whose."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from readroom.stats import Readings, bland_altman, pairwise_limits
from readroom.stats.errors import (
    MissingTruth,
    NotANumber,
    TooFewModalities,
    TooFewReaders,
    UnknownChoice,
)


def study(*, readers=("anna", "ben", "carla"), modalities=("CT", "MRI"), sessions=("1",), truth=True, cases=12):
    generator = np.random.default_rng(5)
    size = generator.uniform(5, 40, cases)
    rows = [
        {
            "reader": reader,
            "modality": modality,
            "session": session,
            "display_set": f"case {case}",
            "answer": round(size[case] + 0.5 * r - 0.3 * m + generator.normal(0, 1), 2),
            "truth": round(size[case], 2) if truth else None,
        }
        for r, reader in enumerate(readers)
        for m, modality in enumerate(modalities)
        for session in sessions
        for case in range(cases)
    ]
    return Readings.read(pd.DataFrame(rows))


def values(readings, **choice):
    frame = readings.only(**choice).frame
    return frame.set_index("display_set")["rating"].sort_index().to_numpy()


def test_every_pair_of_readers_is_compared_within_each_modality():
    readings = study()
    found = pairwise_limits(readings)
    assert [(pair.bias.group["modality"], pair.bias.group["difference"]) for pair in found] == [
        (modality, pair) for modality in ("CT", "MRI") for pair in ("anna - ben", "anna - carla", "ben - carla")
    ]
    anna, ben = (values(readings, reader=reader, modality="CT") for reader in ("anna", "ben"))
    expected = bland_altman(np.column_stack([anna, ben]))
    assert found[0].bias.value == pytest.approx(expected.bias.value)
    assert found[0].high.interval.high == pytest.approx(expected.high.interval.high)
    assert found[0].low.group == found[0].bias.group


def test_modalities_are_compared_within_each_reader():
    readings = study()
    found = pairwise_limits(readings, compare="modalities")
    assert [tuple(pair.bias.group.values()) for pair in found] == [
        (reader, "CT - MRI") for reader in ("anna", "ben", "carla")
    ]
    one = values(readings, reader="ben", modality="CT") - values(readings, reader="ben", modality="MRI")
    assert found[1].bias.value == pytest.approx(one.mean())


def test_sessions_are_compared_within_each_reader():
    found = pairwise_limits(study(modalities=("CT",), sessions=("1", "2")), compare="sessions")
    assert [pair.bias.group["difference"] for pair in found] == ["1 - 2"] * 3
    assert found[0].bias.group == {"modality": "CT", "reader": "anna", "difference": "1 - 2"}


def test_readers_are_compared_with_the_truth_and_not_with_each_other():
    readings = study(modalities=("CT",), readers=("zoe", "anna"))
    found = pairwise_limits(readings, compare="truth")
    assert [pair.bias.group["difference"] for pair in found] == ["anna - truth", "zoe - truth"]
    own = readings.only(reader="anna").frame
    assert found[0].bias.value == pytest.approx((own["rating"] - own["truth"].astype(float)).mean())


def test_what_cannot_be_compared_is_refused_with_the_remedy():
    alone = study(readers=("anna",), modalities=("CT",), truth=False)
    with pytest.raises(TooFewReaders, match="two"):
        pairwise_limits(alone)
    with pytest.raises(TooFewModalities, match="two"):
        pairwise_limits(alone, compare="modalities")
    with pytest.raises(TooFewReaders, match="second"):
        pairwise_limits(alone, compare="sessions")
    with pytest.raises(MissingTruth, match="question"):
        pairwise_limits(alone, compare="truth")
    with pytest.raises(UnknownChoice, match="readers, modalities"):
        pairwise_limits(alone, compare="machines")
    words = alone.frame.assign(truth="large")
    with pytest.raises(NotANumber, match="large"):
        pairwise_limits(Readings.read(words), compare="truth")
    with pytest.raises(UnknownChoice, match="coverage"):
        pairwise_limits(study(), coverage=1.5)
