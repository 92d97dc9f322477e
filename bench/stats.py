"""Overlap and surface distances of two large masks: ours and SimpleITK."""

from __future__ import annotations

from bench.measuring import Measurement, Subject, measure
from bench.registry import Options, Row
from bench.stats_subjects import masks

TASK = "Dice and HD95 of two 512 x 512 x 300 masks"
GOAL = 2.0
OURS, VOXELS, SIMPLEITK = "readroom, surface elements", "readroom, surface voxels", "SimpleITK, distance maps"


def run(options: Options) -> list[Row]:
    """Make the masks where they are missing, measure, compare with the goal."""
    path = str(masks(options.scratch / "data" / "masks-512x512x300.npy"))
    ours = "bench.stats_subjects:readroom_overlap"
    subjects = [
        Subject(name=OURS, function=ours, arguments={"path": path}),
        Subject(name=VOXELS, function=ours, arguments={"path": path, "surface": "voxels"}),
        Subject(name=SIMPLEITK, function="bench.stats_subjects:simpleitk_overlap", arguments={"path": path}),
    ]
    found = measure(subjects, rounds=options.rounds)
    check_same(found)
    faster = found[SIMPLEITK].wall / found[OURS].wall
    return [
        row(OURS, found, note=values(found[OURS]), goal=f"<= {GOAL:g} s", is_met=found[OURS].wall <= GOAL),
        row(VOXELS, found, note=values(found[VOXELS]), goal=f"<= {GOAL:g} s", is_met=found[VOXELS].wall <= GOAL),
        row(SIMPLEITK, found, note=f"{values(found[SIMPLEITK])}; we are {faster:.1f}x faster"),
    ]


def row(name: str, found: dict[str, Measurement], *, note: str, goal: str = "", is_met: bool | None = None) -> Row:
    measured = found[name]
    return Row(
        task=TASK,
        subject=name,
        wall=measured.wall,
        cpu=measured.cpu,
        peak_mb=measured.peak_mb,
        note=note,
        goal=goal,
        is_met=is_met,
    )


def values(measured: Measurement) -> str:
    return f"Dice {measured.extra['dice']:.4f}, HD95 {measured.extra['hd95']:.3f} mm"


def check_same(found: dict[str, Measurement]) -> None:
    """A fast wrong answer is no answer: all agree on Dice, and those of surface voxels on the distances."""
    dice = {round(measured.extra["dice"], 9) for measured in found.values()}
    if len(dice) > 1 or abs(found[VOXELS].extra["hausdorff"] - found[SIMPLEITK].extra["hausdorff"]) > 1e-4:
        raise RuntimeError(f"the results differ: {found}")
