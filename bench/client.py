"""The client beside gcapi: import time, installed size, uploads of many files and of a large one."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.measuring import ROOT, Subject, measure
from bench.registry import Options, Row
from readroom.server.testing.servers import RunningServer, running_server

GCAPI = ROOT / ".venvs" / "gcapi-0.16.1" / "bin" / "python"
CASES, FILES, FILE_BYTES = 20, 100, 20_000
LARGE_BYTES = 512 * 1024 * 1024
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
            rows.append(large_upload(server, token, folder / "large.bin"))
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


def large_upload(server: RunningServer, token: str, path: Path) -> Row:
    with path.open("wb") as file:
        for _ in range(LARGE_BYTES // 2**20):
            file.write(bytes(2**20))
    arguments = {"base_url": server.base_url, "token": token, "certificate": str(server.certificate), "path": str(path)}
    subject = Subject(
        name="readroom", function="bench.client_subjects:upload_large", arguments=json.loads(json.dumps(arguments))
    )
    measured = measure([subject], rounds=1)["readroom"]
    note = f"{LARGE_BYTES / 1e6 / measured.wall:.0f} MB/s"
    return Row(
        task="upload one file of 512 MiB",
        subject="readroom",
        wall=measured.wall,
        cpu=measured.cpu,
        peak_mb=measured.peak_mb,
        note=note,
        goal="<= 100 MB of memory",
        is_met=measured.peak_mb <= 100,
    )
