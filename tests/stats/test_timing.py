import numpy as np
import pandas as pd
import pytest

from readroom.stats import Readings
from readroom.stats.errors import MissingColumn, NotANumber, TooFewCases
from readroom.stats.timing import case_times, learning_curve, reading_times, time_outliers


def readings(rate=0.9, readers=4, cases=60, noise=0.15, seed=1, **columns):
    generator = np.random.default_rng(seed)
    rows = []
    for reader in range(readers):
        for order in range(1, cases + 1):
            seconds = 60 * (1 + reader / 5) * rate ** np.log2(order) * np.exp(generator.normal(0, noise))
            rows.append((f"R{reader}", f"c{order}", 1, seconds, order))
    frame = pd.DataFrame(rows, columns=["reader", "display_set", "answer", "seconds", "order"])
    return Readings.read(frame.assign(**columns))


def test_the_rate_of_learning_is_recovered_for_readers_and_over_them():
    found = learning_curve(readings())
    assert 0.9 in found.learning_rate.interval
    assert found.learning_rate.value == pytest.approx(0.9, abs=0.02)
    assert [estimate.group["reader"] for estimate in found.by_reader] == ["R0", "R1", "R2", "R3"]
    assert found.points["fitted"].notna().all()
    assert np.log(found.points["fitted"] / found.points["seconds"]).abs().mean() < 0.2


def test_without_an_order_the_rows_are_taken_and_the_notes_say_so():
    table = readings().frame.drop(columns="order")
    found = learning_curve(Readings.read(table))
    assert found.learning_rate.value == pytest.approx(learning_curve(readings()).learning_rate.value)
    assert "order of the rows" in found.learning_rate.notes[0]


def test_the_interval_over_readers_covers():
    rates = [learning_curve(readings(seed=seed, noise=0.3, cases=30)).learning_rate.interval for seed in range(60)]
    assert np.mean([0.9 in interval for interval in rates]) >= 0.88


def test_the_unit_of_time_does_not_change_the_rate():
    minutes = Readings.read(readings().frame.assign(seconds=lambda f: f["seconds"] / 60))
    assert learning_curve(minutes).learning_rate.value == pytest.approx(learning_curve(readings()).learning_rate.value)


def test_times_are_medians_with_intervals_for_readers_and_cases():
    found = reading_times(readings())
    assert [estimate.group["reader"] for estimate in found] == ["R0", "R1", "R2", "R3", "median of readers"]
    assert found[0].interval.low < found[0].value < found[0].interval.high


def test_times_of_several_questions_of_one_case_add_up():
    frame = pd.DataFrame(
        {
            "reader": "a",
            "display_set": ["c1", "c1", "c2"],
            "question": ["q1", "q2", "q1"],
            "answer": 1,
            "seconds": [3, 4, 5],
        }
    )
    assert case_times(Readings.read(frame))["seconds"].tolist() == [7, 5]


def test_a_forgotten_tab_and_a_slipped_click_are_found():
    table = readings(rate=1, noise=0.2).frame
    table.loc[table.index[10], "seconds"] = 4000
    table.loc[table.index[70], "seconds"] = 0.4
    found = time_outliers(Readings.read(table))
    assert set(found["display_set"]) == {"c11"}
    assert len(found) == 2
    assert (found["z"] < 0).sum() == 1


def test_equal_times_have_no_outliers():
    assert time_outliers(readings(seconds=10.0)).empty


def test_bad_input_is_a_named_error():
    with pytest.raises(MissingColumn, match="seconds"):
        reading_times(readings(seconds=np.nan))
    with pytest.raises(NotANumber, match="Line 2"):
        case_times(readings(seconds=0.0))
    with pytest.raises(NotANumber, match="order"):
        learning_curve(readings(order="first"))
    with pytest.raises(TooFewCases, match="R0"):
        learning_curve(readings(cases=2))
    single = readings(cases=3).frame.assign(order=1)
    assert learning_curve(Readings.read(single)).points["order"].max() == 3
