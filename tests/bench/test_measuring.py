"""A bench measures each subject in a process of its own and says what it found."""

import hashlib
import sys

import numpy as np
import pytest
from bench.__main__ import main, show
from bench.measuring import Measurement, Subject, best, measure, measure_growth, measure_once
from bench.registry import Options, Row, benches

from bench import measuring


def test_a_subject_runs_in_its_own_process_and_returns_what_it_found(tmp_path):
    values = np.arange(1 << 20, dtype=np.int16)
    np.save(tmp_path / "x.npy", values)
    subject = Subject(name="x", function="bench.imaging_subjects:digest", arguments={"array": str(tmp_path / "x.npy")})
    found = measure([subject], rounds=2)["x"]
    assert found.extra["sha256"] == hashlib.sha256(values.tobytes()).hexdigest()
    assert found.wall > 0
    assert found.peak_mb > 2, "the array itself"


def test_a_subject_that_fails_ends_the_bench_with_its_words(tmp_path):
    subject = Subject(name="x", function="bench.imaging_subjects:digest", arguments={"array": str(tmp_path / "no.npy")})
    with pytest.raises(RuntimeError, match=r"no\.npy"):
        measure_once(subject)


def test_the_best_turn_counts_and_the_highest_memory():
    turns = [Measurement(2.0, 3.0, 10.0), Measurement(1.0, 4.0, 30.0, {"a": 1})]
    assert best(turns) == Measurement(1.0, 3.0, 30.0, {"a": 1})


def test_growth_is_the_median_of_the_pairs_however_lucky_the_short_one_was(monkeypatch):
    turns = iter([(1.0, 1.0), (3.0, 3.3), (0.5, 1.0), (3.2, 3.1), (1.0, 1.0), (3.1, 3.2)])
    monkeypatch.setattr(measuring, "measure_once", lambda _: Measurement(*next(turns), 1.0))
    subject = Subject(name="x", function="none", arguments={})
    found, wall, cpu = measure_growth(subject, subject, rounds=3)
    assert (found.wall, wall, cpu) == (3.0, 3.1, 3.2)


def test_every_bench_can_be_found_and_subjects_are_none():
    names = [name for name, _ in benches()]
    assert "imaging" in names
    assert not [name for name in names if name.startswith("_") or name.endswith("_subjects")]


def test_a_missed_goal_is_shown_and_fails_the_command(monkeypatch, capsys, tmp_path):
    rows = [Row(task="t", subject="ours", wall=1.0, goal=">= 2x", is_met=False, note="1.5x")]
    show("x", rows)
    assert "missed" in capsys.readouterr().out
    monkeypatch.setattr("bench.__main__.benches", lambda: iter([("x", lambda options: rows)]))
    monkeypatch.setattr("bench.__main__.Options", lambda rounds: Options(rounds=rounds, scratch=tmp_path))
    monkeypatch.setattr("bench.__main__.Options.rounds", 1, raising=False)
    monkeypatch.setattr(sys, "argv", ["bench", "--rounds", "1"])
    assert main() == 1
    assert (tmp_path / "x.json").exists()
