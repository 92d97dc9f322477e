import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from readroom.stats import Readings
from readroom.stats.accuracy import diagnostic_accuracy, reader_accuracy
from readroom.stats.errors import EmptyClass, MismatchedShapes, MissingTruth, TooFewCases, UnknownChoice
from readroom.stats.intervals import wilson_interval


def calls(tp, fn, fp, tn):
    return np.repeat([1, 0, 1, 0], [tp, fn, fp, tn]), np.repeat([1, 1, 0, 0], [tp, fn, fp, tn])


def test_the_interval_of_a_proportion_is_that_of_newcombe():
    """Newcombe RG (1998), Stat Med 17:857, table I, method 3."""
    for successes, trials, low, high in [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ]:
        found = wilson_interval(successes, trials)
        assert (found.low, found.high) == pytest.approx((low, high), abs=5.1e-5)


def test_the_table_gives_all_measures():
    found = diagnostic_accuracy(*calls(80, 20, 10, 190))
    values = {estimate.name: estimate.value for estimate in found.estimates}
    assert values == pytest.approx(
        {
            "sensitivity": 0.8,
            "specificity": 0.95,
            "positive predictive value": 80 / 90,
            "negative predictive value": 190 / 210,
            "accuracy": 0.9,
            "positive likelihood ratio": 16,
            "negative likelihood ratio": 0.2 / 0.95,
        }
    )
    assert found.sensitivity.interval == wilson_interval(80, 100)
    log_error = np.sqrt(1 / 80 - 1 / 100 + 1 / 10 - 1 / 200)
    assert found.positive_likelihood_ratio.interval.low == pytest.approx(16 * np.exp(-1.959964 * log_error), rel=1e-5)


def test_what_has_no_calls_is_absent_and_not_a_nan():
    found = diagnostic_accuracy(*calls(0, 20, 0, 30))
    assert found.positive_predictive_value is None
    assert found.positive_likelihood_ratio is None
    assert found.specificity.value == 1
    assert found.specificity.interval.low < 1


@given(st.tuples(*[st.integers(1, 40)] * 4))
def test_swapping_the_labels_mirrors_the_table(cells):
    called, truth = calls(*cells)
    found, mirrored = diagnostic_accuracy(called, truth), diagnostic_accuracy(1 - called, 1 - truth)
    assert mirrored.sensitivity.value == found.specificity.value
    assert mirrored.sensitivity.interval == found.specificity.interval
    assert mirrored.positive_predictive_value.value == found.negative_predictive_value.value
    assert mirrored.positive_likelihood_ratio.value == pytest.approx(1 / found.negative_likelihood_ratio.value)


def study(readers=4, copies=False):
    generator = np.random.default_rng(2)
    rows = []
    for case in range(80):
        truth = case % 2
        shared = generator.normal(truth * 1.5, 1)
        for reader in range(readers):
            rating = shared if copies else shared + generator.normal(0, 0.7)
            rows.append((f"R{reader}", f"c{case}", rating, truth))
    return Readings.read(pd.DataFrame(rows, columns=["reader", "display_set", "rating", "truth"]))


def test_every_reader_and_all_together_are_estimated():
    found = reader_accuracy(study(), threshold=0.75)
    assert [accuracy.sensitivity.group["reader"] for accuracy in found] == ["R0", "R1", "R2", "R3", "all readers"]
    pooled = found[-1].sensitivity
    assert pooled.value == pytest.approx(np.mean([accuracy.sensitivity.value for accuracy in found[:-1]]))
    assert "160" in f"{pooled.n['readings']}"


def test_readers_who_copy_each_other_add_nothing():
    copied = reader_accuracy(study(copies=True), threshold=0.75)
    alone, pooled = copied[0].sensitivity, copied[-1].sensitivity
    assert pooled.standard_error == pytest.approx(alone.standard_error, rel=0.02)
    assert pooled.interval.low == pytest.approx(alone.interval.low, abs=0.005)
    independent = reader_accuracy(study(), threshold=0.75)[-1].sensitivity
    assert independent.standard_error < pooled.standard_error


def test_bad_input_is_a_named_error():
    with pytest.raises(UnknownChoice, match="threshold"):
        diagnostic_accuracy([1, 2, 3], [0, 1, 1])
    with pytest.raises(MissingTruth):
        diagnostic_accuracy([1, 0, 1], [0, 1, np.nan])
    with pytest.raises(MismatchedShapes):
        diagnostic_accuracy([1, 0], [0, 1, 1])
    with pytest.raises(EmptyClass, match="healthy"):
        diagnostic_accuracy([1, 0], [1, 1])
    with pytest.raises(UnknownChoice, match="threshold"):
        reader_accuracy(study())
    with pytest.raises(TooFewCases):
        wilson_interval(0, 0)
