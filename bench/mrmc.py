"""MRMC analyses: how fast they are, and how often their tests and intervals are wrong.

The simulation draws 2,000 studies of 5 readers and 100 cases without a difference between modalities (Roe & Metz 1997)
per setting; every analysis sees the same studies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from bench.measuring import Measurement, Subject, measure
from bench.registry import Options, Row
from readroom.stats.design import Cube
from readroom.stats.errors import NegativeVariance
from readroom.stats.mrmc.dbm import dbm
from readroom.stats.mrmc.obuchowski_rockette import obuchowski_rockette
from readroom.stats.mrmc.results import MrmcResult
from readroom.stats.mrmc.roe_metz import RoeMetz
from readroom.stats.mrmc.ustatistics import u_statistics

SUBJECTS = {
    "OR, DeLong": ("obuchowski_rockette", {"covariance": "delong"}, 0.5),
    "OR, jackknife": ("obuchowski_rockette", {"covariance": "jackknife"}, 0.5),
    "OR, unbiased": ("obuchowski_rockette", {"covariance": "unbiased"}, 2.0),
    "DBM": ("dbm", {}, 2.0),
    "U-statistics": ("u_statistics", {}, 2.0),
}
STUDIES, READERS, CASES = 2000, 5, 100
SETTINGS = (("HH", 0.702), ("LL", 0.855), ("HL", 0.855))
ERROR_GOAL, COVERAGE_GOAL = (0.04, 0.06), (0.93, 0.97)

Analysis = Callable[[Cube], MrmcResult]
ANALYSES: dict[str, Analysis] = {
    "OR, jackknife": obuchowski_rockette,
    "OR, DeLong": lambda cube: obuchowski_rockette(cube, covariance="delong"),
    "OR, unbiased": lambda cube: obuchowski_rockette(cube, covariance="unbiased"),
    "DBM": dbm,
    "U-statistics": u_statistics,
}
HELD_TO_THE_GOAL = "OR, jackknife"


def run(options: Options) -> list[Row]:
    """Measure speed in turns, then simulate."""
    return [*speed(options), *(row for setting in SETTINGS for row in simulation(*setting))]


def speed(options: Options) -> Iterator[Row]:
    subjects = [
        Subject(name=name, function=f"bench.mrmc_subjects:{function}", arguments=arguments)
        for name, (function, arguments, _) in SUBJECTS.items()
    ]
    found = measure(subjects, rounds=options.rounds)
    for name, (_, _, limit) in SUBJECTS.items():
        yield speed_row(name, found[name], limit)


def speed_row(name: str, found: Measurement, limit: float) -> Row:
    return Row(
        task="10 readers x 2 modalities x 1,000 cases, AUC",
        subject=name,
        wall=found.wall,
        cpu=found.cpu,
        peak_mb=found.peak_mb,
        note=f"p {found.extra['p']:.4f}",
        goal=f"<= {limit:g} s",
        is_met=found.wall <= limit,
    )


def simulation(structure: str, auc: float) -> Iterator[Row]:
    """Share of null studies in which the test rejects and the interval covers, per analysis."""
    model = RoeMetz.published(structure, auc=auc)
    generator = np.random.default_rng([ord(letter) for letter in structure] + [round(1000 * auc)])
    half = CASES // 2
    cubes = [model.simulate(generator, readers=READERS, healthy=half, diseased=half) for _ in range(STUDIES)]
    for name, analysis in ANALYSES.items():
        yield simulation_row(
            f"null studies, {structure}, AUC {auc}", name, [outcome(analysis, c, model.auc) for c in cubes]
        )


def outcome(analysis: Analysis, cube: Cube, auc: float) -> tuple[bool, bool, bool] | None:
    """Whether the test rejects, the difference's interval covers 0, the first mean's covers the truth."""
    try:
        result = analysis(cube)
    except NegativeVariance:
        return None
    test, mean = result.differences[0], result.means[0]
    assert test.estimate is not None
    assert test.estimate.interval is not None
    assert mean.interval is not None
    return test.p_value < 0.05, 0.0 in test.estimate.interval, auc in mean.interval


def simulation_row(task: str, name: str, outcomes: list[tuple[bool, bool, bool] | None]) -> Row:
    known = np.array([row for row in outcomes if row is not None])
    error, of_difference, of_mean = known.mean(axis=0)
    refused = len(outcomes) - len(known)
    is_met = None
    if name == HELD_TO_THE_GOAL:
        is_met = ERROR_GOAL[0] <= error <= ERROR_GOAL[1] and all(
            COVERAGE_GOAL[0] <= share <= COVERAGE_GOAL[1] for share in (of_difference, of_mean)
        )
    return Row(
        task=task,
        subject=name,
        note=f"type I {error:.4f}, coverage {of_difference:.4f} (difference) {of_mean:.4f} (mean)"
        + (f", {refused} refused" if refused else ""),
        goal="type I 0.04-0.06, coverage 0.93-0.97" if name == HELD_TO_THE_GOAL else "",
        is_met=is_met,
        extra={"type_1_error": float(error), "coverage": float(of_difference), "coverage_of_mean": float(of_mean)},
    )
