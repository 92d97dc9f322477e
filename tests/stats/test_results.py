import json

import numpy as np
import pandas as pd
import pytest

from readroom.stats import Estimate, HypothesisTest, Interval, Readings, to_frame
from readroom.stats.agreement import between_readers
from readroom.stats.roc import auc, compare_aucs


def table():
    generator = np.random.default_rng(1)
    rows = [
        {"reader": reader, "modality": modality, "display_set": f"c{case}", "answer": int(generator.integers(1, 4))}
        for case in range(20)
        for modality in ("CT", "MRI")
        for reader in ("anna", "ben")
    ]
    return Readings.read(pd.DataFrame(rows), options=[1, 2, 3])


def test_results_become_one_table_with_a_row_each():
    frame = to_frame(between_readers(table(), "gwet"))
    assert frame["group_modality"].tolist() == ["CT", "MRI"]
    assert frame["n_cases"].tolist() == [20, 20]
    assert frame[["value", "standard_error", "low", "high"]].notna().all(axis=None)
    assert "fully crossed" in frame.loc[0, "design"]
    assert "Gwet KL (2008)" in frame.loc[0, "citations"]


def test_estimates_and_tests_are_ready_for_json():
    ratings, truth = np.arange(12.0) % 5, np.tile([0, 1], 6)
    estimate, test = auc(ratings, truth), compare_aucs(ratings, ratings[::-1], truth)
    for result in (estimate, test):
        restored = json.loads(json.dumps(result.to_dict(), allow_nan=False))
        assert restored["method"]
        assert len(result.to_frame()) == 1
    assert to_frame([estimate, test])["name"].tolist() == ["AUC", "AUC, first - second"]


def test_results_read_as_sentences():
    estimate = Estimate(name="AUC", value=0.9, method="m", interval=Interval(0.8, 0.95), group={"reader": "anna"})
    assert str(estimate) == "AUC (anna) 0.9, 95 % CI 0.8 to 0.95"
    test = HypothesisTest(
        name="AUC",
        null="equal",
        statistic_name="F",
        statistic=4.456,
        degrees_of_freedom=(1, 15.26),
        p_value=0.0517,
        method="m",
    )
    assert str(test) == "AUC: F(1, 15.26) = 4.456, p = 0.0517"


def test_a_result_names_its_modalities_and_its_reader_once():
    group = {"modality": "CT", "against": "MRI", "reader": "anna"}
    difference = Estimate(name="AUC", value=0.02, method="m", group=group)
    test = HypothesisTest(
        name="AUC, CT - MRI", null="equal", statistic_name="z", statistic=1.5, p_value=0.1336, method="m", group=group
    )
    assert str(difference) == "AUC (CT - MRI, anna) 0.02"
    assert str(test) == "AUC, CT - MRI (anna): z = 1.5, p = 0.1336"


def test_a_modality_that_the_table_does_not_name_is_not_named():
    assert Estimate(name="AUC", value=0.9, method="m", group={"modality": "-", "reader": "anna"}).part == "anna"


def test_an_interval_without_an_end_is_still_json():
    estimate = Estimate(name="ICC(2,k)", value=-3.0, method="m", interval=Interval(float("-inf"), 0.2))
    assert json.loads(json.dumps(estimate.to_dict(), allow_nan=False))["low"] is None


def test_an_interval_knows_what_it_holds():
    assert 0.85 in Interval(0.8, 0.9)
    assert 0.95 not in Interval(0.8, 0.9)
    with pytest.raises(AttributeError):
        Interval(0.8, 0.9).low = 0.5
