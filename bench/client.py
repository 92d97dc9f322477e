"""The client beside gcapi: import time, installed size, long lists, uploads of many files and of large ones."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.api import DATABASES, GCAPI, Scene, scene
from bench.measuring import ROOT, Subject, measure
from bench.registry import Options, Row
from readroom.server.testing.servers import RunningServer, running_server

CASES, FILES, FILE_BYTES = 20, 100, 20_000
LARGE = ((64, 1), (512, 1), (64, 10))
"""MiB of a file, and how many such files go at once: memory must not grow with either."""
LISTS = {"display_sets": 1000, "answers": 10_000}
IMPORT = "import"
UPLOAD = f"upload {CASES} cases of {FILES} files"


def run(options: Options) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="readroom-bench-") as name:
        folder = Path(name)
        files = make_files(folder / "cases")
        with running_server(folder / "data", log_level="error", upload_max_count="20000") as server:
            token = server.add_person("owner", is_superuser=True, may_create_studies=True)
            slugs = [make_study(server, token, f"bench {turn}") for turn in ("ours", "gcapi")]
            rows = [*imports(options), installed_size(), *uploads(server, token, slugs, files, options)]
            rows += [large_upload(server, token, folder, mebibytes, count) for mebibytes, count in LARGE]
    for database in DATABASES:
        with scene(database) as made:
            for what, count in LISTS.items():
                rows += listing(made, what, count, options)
    return rows


def make_files(folder: Path) -> Path:
    """Files of noise: what the client sends is what is measured, not what the server makes of it."""
    import numpy as np

    random = np.random.default_rng(1)
    for case in range(CASES):
        for number in range(FILES):
            path = folder / f"{case:02d}" / f"{number:03d}.dcm"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(random.bytes(FILE_BYTES))
    return folder


def make_study(server: RunningServer, token: str, title: str) -> str:
    import readroom

    with readroom.Client(token=token, base_url=server.base_url, verify=server.certificate) as client:
        slug: str = client.connection.request("POST", "reader-studies/", json={"title": title})["slug"]
    return slug


def imports(options: Options) -> list[Row]:
    bare = best_seconds([sys.executable, "-c", "pass"], options)
    ours = best_seconds([sys.executable, "-c", "import readroom"], options) - bare
    used = best_seconds([sys.executable, "-c", "import readroom; readroom.Client"], options) - bare
    note = f"interpreter alone {bare:.2f} s"
    rows = [
        Row(task=IMPORT, subject="readroom", wall=ours, note=note, goal="<= 0.25 s", is_met=ours <= 0.25),
        Row(task=IMPORT, subject="readroom.Client", wall=used, goal="<= 0.25 s", is_met=used <= 0.25),
    ]
    if GCAPI.is_file():
        theirs = best_seconds([str(GCAPI), "-c", "import gcapi"], options)
        rows.append(Row(task=IMPORT, subject="gcapi 0.16.1", wall=theirs - bare))
    return rows


def best_seconds(command: list[str], options: Options) -> float:
    best = float("inf")
    for _ in range(max(5, options.rounds)):
        start = time.perf_counter()
        subprocess.run(command, check=True)
        best = min(best, time.perf_counter() - start)
    return best


def installed_size() -> Row:
    """Install the wheel without extras into an empty folder and weigh it, its dependencies included."""
    uv = Path(sys.executable).parent / "uv"
    with tempfile.TemporaryDirectory(prefix="readroom-size-") as folder:
        target = ["--target", folder, "--no-compile-bytecode"]
        subprocess.run([uv, "pip", "install", "--quiet", *target, str(ROOT)], check=True, cwd=ROOT)
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file()) / 1e6
        own = sum(path.stat().st_size for path in (Path(folder) / "readroom").rglob("*") if path.is_file()) / 1e6
    note = f"{size:.1f} MB, of which {own:.1f} MB are ours"
    return Row(task="installed size", subject="readroom without extras", note=note, goal="<= 15 MB", is_met=size <= 15)


def uploads(server: RunningServer, token: str, slugs: list[str], files: Path, options: Options) -> list[Row]:
    common = {"base_url": server.base_url, "token": token, "certificate": str(server.certificate), "folder": str(files)}
    function = "bench.client_subjects:upload"
    subjects = [
        Subject(name="readroom", function=function, arguments={**common, "client": "readroom", "study": slugs[0]})
    ]
    if GCAPI.is_file():
        arguments = {**common, "client": "gcapi", "study": slugs[1]}
        subjects.append(Subject(name="gcapi 0.16.1", function=function, arguments=arguments, python=str(GCAPI)))
    found = measure(subjects, rounds=min(2, options.rounds))
    ours = found["readroom"]
    rows = []
    for subject in subjects:
        measured = found[subject.name]
        rows.append(
            Row(
                task=UPLOAD,
                subject=subject.name,
                wall=measured.extra["seconds"],
                cpu=measured.cpu,
                peak_mb=measured.peak_mb,
            )
        )
    if len(found) > 1:
        ratio = found["gcapi 0.16.1"].extra["seconds"] / ours.extra["seconds"]
        rows.append(
            Row(task=UPLOAD, subject="ratio", note=f"{ratio:.2f}x as fast as gcapi", goal=">= 1x", is_met=ratio >= 1)
        )
    return rows


def listing(made: Scene, what: str, count: int, options: Options) -> list[Row]:
    """A whole list read by both clients from the same server, in turns."""
    task = f"list {count:,} {what.replace('_', ' ')}, {made.database}"
    server, facts = made.server, made.facts
    common = {"base_url": server.base_url, "token": facts["editor"], "certificate": str(server.certificate)}
    arguments = {**common, "study": facts["study_a"], "what": what, "turns": 5}
    function = "bench.client_subjects:read_list"
    subjects = [Subject(name="readroom", function=function, arguments={**arguments, "client": "readroom"})]
    if GCAPI.is_file():
        theirs = {**arguments, "client": "gcapi"}
        subjects.append(Subject(name="gcapi 0.16.1", function=function, arguments=theirs, python=str(GCAPI)))
    found = measure(subjects, rounds=options.rounds)
    if any(measured.extra["count"] != count for measured in found.values()):
        raise RuntimeError(f"{task}: not everything was read")
    seconds = {name: measured.extra["seconds"] for name, measured in found.items()}
    rows = [Row(task=task, subject=name, wall=best, peak_mb=found[name].peak_mb) for name, best in seconds.items()]
    if len(found) > 1:
        ratio = seconds["gcapi 0.16.1"] / seconds["readroom"]
        note = f"{ratio:.1f}x as fast as gcapi"
        rows.append(Row(task=task, subject="ratio", note=note, goal=">= 3x", is_met=ratio >= 3))
    return rows


def large_upload(server: RunningServer, token: str, folder: Path, mebibytes: int, count: int) -> Row:
    paths = [folder / f"{mebibytes}-{number}.bin" for number in range(count)]
    for path in paths:
        with path.open("wb") as file:
            for _ in range(mebibytes):
                file.write(bytes(2**20))
    arguments = {"base_url": server.base_url, "token": token, "certificate": str(server.certificate)}
    function, names = "bench.client_subjects:upload_large", [str(path) for path in paths]
    subject = Subject(name="readroom", function=function, arguments={**arguments, "paths": names})
    measured = measure([subject], rounds=1)["readroom"]
    for path in paths:
        path.unlink()
    return Row(
        task=f"upload {count} x {mebibytes} MiB",
        subject="readroom",
        wall=measured.wall,
        cpu=measured.cpu,
        peak_mb=measured.peak_mb,
        note=f"{count * mebibytes * 2**20 / 1e6 / measured.wall:.0f} MB/s",
        goal="<= 100 MB of memory",
        is_met=measured.peak_mb <= 100,
    )
