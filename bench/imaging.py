"""Import and export of a chest CT: ours, panimg and SimpleITK."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from bench.measuring import Measurement, Subject, measure, measure_growth, measure_once
from bench.registry import FOLDER, Options, Row
from readroom.imaging import import_files, read_volume
from readroom.imaging.testing import write_ct_phantom

SYNTAXES = {"explicit": "1.2.840.10008.1.2.1", "jpegls": "1.2.840.10008.1.2.4.80"}
FEW, MANY, PAIRS = 300, 1000, 5
OURS, PANIMG, SIMPLEITK, BOUND = "readroom, to pack", "panimg, to .mha", "SimpleITK, to .mha", "bound"


def run(options: Options) -> list[Row]:
    """Make the data where it is missing, measure, compare with the goals."""
    python = panimg_environment()
    series = {name: phantom(options.scratch, name, FEW) for name in SYNTAXES}
    many = phantom(options.scratch, "explicit", MANY)
    out = options.scratch / "out"
    out.mkdir(parents=True, exist_ok=True)
    explicit = measure(import_subjects(series["explicit"], out, python), rounds=options.rounds)
    rows = explicit_rows(explicit)
    jpegls = measure(import_subjects(series["jpegls"], out, python)[:3], rounds=options.rounds)
    rows += jpegls_rows(jpegls)
    rows += growth_rows(series["explicit"], many, out, rounds=options.rounds)
    rows += mha_rows(series["explicit"], out, rounds=options.rounds)
    return rows


def panimg_environment() -> str:
    """Build the peer's environment from its pinned list, once."""
    folder = FOLDER.parent / ".venvs" / "panimg"
    python = folder / "bin" / "python"
    mark = folder / ".complete"
    pins = FOLDER / "requirements-panimg.txt"
    if not mark.exists() or mark.read_text() != pins.read_text():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(pins)]
        subprocess.run(command, check=True)
        mark.write_text(pins.read_text())
    return str(python)


def phantom(scratch: Path, name: str, slices: int) -> Path:
    """Return the folder of a phantom series, written once."""
    folder = scratch / "data" / f"ct{slices}-{name}"
    if len(list(folder.glob("*.dcm"))) != slices:
        write_ct_phantom(folder, slices=slices, transfer_syntax=SYNTAXES[name])
    return folder


def import_subjects(folder: Path, out: Path, python: str) -> list[Subject]:
    arguments = {"folder": str(folder), "out": str(out)}
    return [
        Subject(name=OURS, function="bench.imaging_subjects:readroom_import", arguments=arguments),
        Subject(name=PANIMG, function="bench.imaging_subjects:panimg_convert", arguments=arguments, python=python),
        Subject(name=SIMPLEITK, function="bench.imaging_subjects:simpleitk_series", arguments=arguments),
        Subject(name=BOUND, function="bench.imaging_subjects:bound", arguments=arguments),
    ]


def row_of(task: str, name: str, found: Measurement, **rest: Any) -> Row:
    return Row(task=task, subject=name, wall=found.wall, cpu=found.cpu, peak_mb=found.peak_mb, **rest)


def compare(ours: Measurement, theirs: Measurement) -> str:
    """Wall time counts where two cores are free; CPU time tells the same on a busy machine, for our two threads."""
    return f"we are {theirs.wall / ours.wall:.1f}x faster (CPU {theirs.cpu / ours.cpu:.1f}x)"


def explicit_rows(found: dict[str, Measurement]) -> list[Row]:
    task = f"import {FEW} slices, explicit little endian"
    ours, faster = found[OURS], found[PANIMG].wall / found[OURS].wall
    over = ours.wall / found[BOUND].wall
    return [
        row_of(task, OURS, ours, goal="<= 200 MB", is_met=ours.peak_mb <= 200),
        row_of(task, PANIMG, found[PANIMG], note=compare(ours, found[PANIMG]), goal=">= 6x", is_met=faster >= 6),
        row_of(task, SIMPLEITK, found[SIMPLEITK], note=compare(ours, found[SIMPLEITK])),
        row_of(
            task,
            "read + HTJ2K + write alone",
            found[BOUND],
            note=f"we take {over:.2f}x (CPU {ours.cpu / found[BOUND].cpu:.2f}x)",
            goal="<= 1.6x",
            is_met=over <= 1.6,
        ),
    ]


def jpegls_rows(found: dict[str, Measurement]) -> list[Row]:
    task = f"import {FEW} slices, JPEG-LS"
    ours, faster = found[OURS], found[PANIMG].wall / found[OURS].wall
    return [
        row_of(task, OURS, ours, goal="<= 200 MB", is_met=ours.peak_mb <= 200),
        row_of(task, PANIMG, found[PANIMG], note=compare(ours, found[PANIMG]), goal=">= 4x", is_met=faster >= 4),
        row_of(task, SIMPLEITK, found[SIMPLEITK], note=compare(ours, found[SIMPLEITK])),
    ]


def growth_rows(some: Path, many: Path, out: Path, *, rounds: int) -> list[Row]:
    """Compare the long series with the short one of the same moment: what else the machine does changes in minutes."""
    short, long = (
        Subject(
            name=OURS,
            function="bench.imaging_subjects:readroom_import",
            arguments={"folder": str(folder), "out": str(out)},
        )
        for folder in (some, many)
    )
    found, growth, cpu = measure_growth(short, long, rounds=max(rounds, PAIRS))
    task = f"import {MANY} slices"
    note = f"{growth:.2f}x of {FEW} (CPU {cpu:.2f}x)"
    return [
        row_of(task, OURS, found, note=note, goal="<= 3.4x, <= 200 MB", is_met=growth <= 3.4 and found.peak_mb <= 200)
    ]


def mha_rows(folder: Path, out: Path, *, rounds: int) -> list[Row]:
    """Compare the writers alone: reading or holding the array is not counted."""
    [image] = import_files([folder], destination=out).images
    assert image.pack is not None
    array = out / "ct.npy"
    np.save(array, read_volume(image.pack).array)
    values = {"array": str(array), "out": str(out)}
    subjects = [
        Subject(name="SimpleITK", function="bench.imaging_subjects:simpleitk_mha", arguments=values),
        Subject(name="readroom", function="bench.imaging_subjects:readroom_mha", arguments=values),
        Subject(
            name="readroom, decoding the pack",
            function="bench.imaging_subjects:readroom_mha_from_pack",
            arguments={"pack": str(image.pack), "out": str(out)},
        ),
    ]
    found = measure(subjects, rounds=rounds)
    expected = measure_once(
        Subject(name="digest", function="bench.imaging_subjects:digest", arguments={"array": str(array)})
    )
    assert expected.extra["sha256"] == image.voxels_sha256, "the pack does not hold the voxels of the files"
    image.pack.unlink()
    array.unlink()
    base = found["SimpleITK"].extra["seconds"]
    rows = []
    for name, measured in found.items():
        faster = base / measured.extra["seconds"]
        is_ours = name != "SimpleITK"
        rows.append(
            Row(
                task=f"write {FEW} slices as .mha, compressed",
                subject=name,
                wall=measured.extra["seconds"],
                cpu=measured.cpu,
                peak_mb=measured.peak_mb,
                note=f"{measured.extra['mb']:.0f} MB" + (f", {faster:.1f}x faster" if is_ours else ""),
                goal=">= 2.5x" if name == "readroom" else "",
                is_met=faster >= 2.5 if name == "readroom" else None,
            )
        )
    return rows
