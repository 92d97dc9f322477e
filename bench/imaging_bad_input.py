"""What bad input costs: every bad file at hand, and real headers broken a hundred thousand times."""

from __future__ import annotations

from pathlib import Path

from bench.measuring import ROOT, Subject, measure_once
from bench.registry import Options, Row

SHARED = ROOT.parent / "shared" / "testdata"
MUTATIONS = 100_000
SECONDS, MEGABYTES = 2.0, 256


def run(options: Options) -> list[Row]:
    """CPU seconds count: they are those of the file, whatever else the machine does."""
    folder = options.scratch / "bad"
    folder.mkdir(parents=True, exist_ok=True)
    given = SHARED if SHARED.is_dir() else None
    return [import_row(folder, given), *fuzz_rows(given)]


def import_row(folder: Path, given: Path | None) -> Row:
    found = measure_once(
        Subject(
            name="bad files",
            function="bench.imaging_subjects:import_bad_files",
            arguments={"folder": str(folder), "given": str(given / "bad") if given else ""},
        )
    )
    slowest, name, count = (found.extra[key] for key in ("slowest", "name", "count"))
    return Row(
        task="import bad files, one at a time",
        subject=f"{count} files",
        wall=found.wall,
        cpu=found.cpu,
        peak_mb=found.peak_mb,
        note=f"the slowest takes {slowest:.2f} s of CPU ({name})",
        goal=f"<= {SECONDS:g} s each, <= {MEGABYTES} MB",
        is_met=slowest <= SECONDS and found.peak_mb <= MEGABYTES,
    )


def fuzz_rows(given: Path | None) -> list[Row]:
    """Real files are needed to be broken."""
    if given is None:
        return []
    found = measure_once(
        Subject(
            name="mutations",
            function="bench.imaging_subjects:read_mutations",
            arguments={"folder": str(given), "count": MUTATIONS},
        )
    )
    slowest, failures = found.extra["slowest"], found.extra["failures"]
    return [
        Row(
            task="read broken DICOM headers",
            subject=f"{MUTATIONS:,} mutations of {found.extra['seeds']} files",
            wall=found.wall,
            cpu=found.cpu,
            note=f"{failures} failures, the slowest takes {slowest:.2f} s of CPU",
            goal=f"0 failures, <= {SECONDS:g} s each",
            is_met=failures == 0 and slowest <= SECONDS,
        )
    ]
