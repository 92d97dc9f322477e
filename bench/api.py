"""The HTTP API on the peer's data shape: pages, iteration by the real gcapi, answers, order, export; two databases.

The peer's figures are those that were measured on a machine of the same kind; CPU compares better than wall.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from bench.measuring import ROOT
from bench.registry import Options, Row
from readroom.server.testing.clusters import postgresql_cluster
from readroom.server.testing.servers import RunningServer, running_server

SHARED = Path(os.environ.get("READROOM_SHARED", ROOT.parent / "shared"))
DRIVER = SHARED / "bench" / "api_bench.py"
GCAPI = ROOT / ".venvs" / "gcapi-0.16.1" / "bin" / "python"
PAGE, ANSWERS, POST, PATCH = "page of 100 display sets", "page of 100 answers", "POST answer", "PATCH order"
DATABASES = "SQLite", "PostgreSQL"
LARGE = 100_000
"""Display sets and answers of the large study."""
PEER = {
    PAGE: (324, 27),
    ANSWERS: (47, 58),
    POST: (53, 22),
    PATCH: (87, 33),
}
"""CPU of web and database, milliseconds a request."""


@dataclass(frozen=True)
class Scene:
    """A server with the studies that are measured."""

    server: RunningServer
    facts: dict[str, str]
    database: str


def run(options: Options) -> list[Row]:
    """Measure both databases: requests, then how pages grow with a study and what an export costs."""
    if not DRIVER.is_file():
        raise FileNotFoundError(f"{DRIVER} is absent; set READROOM_SHARED to the folder that holds bench/")
    rows: list[Row] = []
    for database in DATABASES:
        with scene(database) as made:
            small = requests(made, options)
            rows += small + iteration(made, options)
        with scene(database, sets=LARGE, answers=LARGE) as large:
            rows += growth(large, options, small={row.task: row for row in small})
            rows += [export(large, kind) for kind in ("csv", "parquet")]
    return sorted(rows, key=lambda row: list(dict.fromkeys(r.task for r in rows)).index(row.task))


@contextmanager
def scene(database: str, *, sets: int = 1000, answers: int = 10_000) -> Iterator[Scene]:
    """A server on the given database, filled."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="readroom-bench-")))
        settings = {"log_level": "error"}
        if database == "PostgreSQL":
            settings["database"] = stack.enter_context(postgresql_cluster(is_durable=True))
        server = stack.enter_context(running_server(folder / "data", **settings))
        command = [sys.executable, "-m", "bench._scene", str(sets), str(answers)]
        filled = subprocess.run(command, env=server.environment, cwd=ROOT, check=True, capture_output=True, text=True)
        yield Scene(server, json.loads(filled.stdout), database)


def drive(made: Scene, mode: str, *, token: str, python: str = sys.executable, **options: Any) -> dict[str, Any]:
    """Run the shared load driver once and take its medians."""
    arguments = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    processes = [f"web={made.server.process.pid}"]
    if made.database == "PostgreSQL":
        processes += [f"database={pid}" for pid in postgresql_processes(made.server.environment["READROOM_DATABASE"])]
    command = [python, str(DRIVER), mode, "--base", made.server.base_url, "--token", made.facts[token], "--quiet"]
    command += [*arguments, *(f"--cpu={process}" for process in processes)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return measured


def postgresql_processes(url: str) -> list[int]:
    """The main process of the cluster that is measured, and of no other that runs here."""
    folder = Path(url.partition("host=")[2])
    return [int((folder / "data" / "postmaster.pid").read_text().split()[0])]


def requests(made: Scene, options: Options) -> list[Row]:
    study_a, study_b = made.facts["study_a"], made.facts["study_b"]
    turns = options.rounds
    sets = drive(made, "page", token="editor", study=study_a, what="display_sets", offset=500, n=20, rounds=turns)
    page = drive(made, "page", token="editor", study=study_a, what="answers", offset=5000, n=20, rounds=turns)
    post = drive(made, "post", token="reader_2", study=study_a, n=200, rounds=turns, clients=1)
    many = drive(made, "post", token="reader_2", study=study_a, n=400, rounds=turns, clients=4, first_slot=4000)
    patch = drive(made, "patch", token="editor", study=study_b, n=60, rounds=turns)
    return [
        row(PAGE, made, sets, limit=8, goal="<= 8 ms CPU"),
        row(ANSWERS, made, page, limit=8, goal="<= 5 + 3 ms CPU"),
        row(POST, made, post, limit=6, goal="<= 6 ms CPU"),
        rate(f"{POST}, 4 clients", made, many, peer=15.5, goal=250),
        rate(PATCH, made, patch, peer=9.1, goal=250),
    ]


def cpu_of(measured: dict[str, Any]) -> float:
    """CPU of all the server's processes, milliseconds a request."""
    return sum(value for name, value in measured.items() if name.startswith("cpu_") and name.endswith("_ms_per_req"))


def row(task: str, made: Scene, measured: dict[str, Any], *, limit: float, goal: str) -> Row:
    used, peer = cpu_of(measured), sum(PEER[task])
    web, database = PEER[task]
    note = f"{used:.1f} ms CPU, {measured['p50_ms']:.1f} ms wall; peer {web} + {database} ms, {peer / used:.0f}x"
    return Row(
        task=task,
        subject=f"readroom, {made.database}",
        wall=measured["p50_ms"] / 1000,
        note=note,
        goal=goal,
        is_met=used <= limit,
    )


def rate(task: str, made: Scene, measured: dict[str, Any], *, peer: float, goal: float) -> Row:
    per_second = measured["rps"]
    note = f"{per_second:.0f}/s, {cpu_of(measured):.1f} ms CPU each; peer {peer}/s, {per_second / peer:.0f}x"
    subject = f"readroom, {made.database}"
    return Row(
        task=task,
        subject=subject,
        wall=measured["p50_ms"] / 1000,
        note=note,
        goal=f">= {goal:.0f}/s",
        is_met=per_second >= goal,
    )


def iteration(made: Scene, options: Options) -> list[Row]:
    """The real gcapi reading everything, beside the peer; the bench of the client holds our own beside it."""
    if not GCAPI.is_file():
        return [
            Row(
                task="gcapi iterate_all",
                subject="gcapi 0.16.1",
                note=f"not measured: {GCAPI} is absent; run the tests once",
            )
        ]
    cases = (("display_sets", 1000, 3.9, 0.5), ("answers", 10_000, 12.0, 1.2))
    rows = []
    for what, count, peer, goal in cases:
        task = f"iterate {count} {what.replace('_', ' ')}"
        measured = drive(
            made,
            "gcapi",
            token="editor",
            python=str(GCAPI),
            study=made.facts["study_a"],
            what=what,
            rounds=options.rounds,
        )
        wall = measured["wall_s"]
        rows.append(
            Row(
                task=task,
                subject=f"gcapi 0.16.1, {made.database}",
                wall=wall,
                cpu=measured["cpu_web_s"],
                note=f"peer {peer} s, {peer / wall:.1f}x",
                goal=f"<= {goal} s",
                is_met=wall <= goal,
            )
        )
    return rows


def growth(made: Scene, options: Options, *, small: dict[str, Row]) -> list[Row]:
    """Pages from the middle and the end of a study a hundred times as large."""
    rows = []
    for task, what in ((PAGE, "display_sets"), (ANSWERS, "answers")):
        for offset in (LARGE // 2, LARGE - 200):
            study, turns = made.facts["study_a"], options.rounds
            measured = drive(made, "page", token="editor", study=study, what=what, offset=offset, n=20, rounds=turns)
            wall = measured["p50_ms"] / 1000
            ratio = wall / (small[task].wall or wall)
            note = f"{cpu_of(measured):.1f} ms CPU; {ratio:.2f} x the page of the small study"
            subject = f"readroom, {made.database}, from {offset:,} of {LARGE:,}"
            rows.append(Row(task=task, subject=subject, wall=wall, note=note, goal="flat", is_met=ratio <= 1.5))
    return rows


class MemoryWatch(threading.Thread):
    """The most that some processes held together while something was done."""

    def __init__(self, processes: list[psutil.Process]) -> None:
        super().__init__(daemon=True)
        self.processes, self.is_over = processes, threading.Event()
        self.before = self.peak = self.held()

    def held(self) -> float:
        return sum(process.memory_info().rss for process in self.processes) / 1e6

    def run(self) -> None:
        while not self.is_over.wait(0.01):
            self.peak = max(self.peak, self.held())


def export(made: Scene, kind: str) -> Row:
    """One call for all answers: seconds, and how much the server's memory grows meanwhile."""
    import readroom
    from readroom.client.exports import export_answers

    web = psutil.Process(made.server.process.pid)
    watch = MemoryWatch([web, *web.children(recursive=True)])
    connection = {"token": made.facts["editor"], "base_url": made.server.base_url, "verify": made.server.certificate}
    with tempfile.TemporaryDirectory(prefix="readroom-export-") as folder, readroom.Client(**connection) as client:
        study = client.reader_studies.detail(slug=made.facts["slug_a"])
        watch.start()
        start = time.perf_counter()
        target = export_answers(client.connection, study, Path(folder) / f"answers.{kind}")
        wall = time.perf_counter() - start
        watch.is_over.set()
        number = rows_of(target)
    grown = watch.peak - watch.before
    return Row(
        task=f"export {LARGE:,} answers, one call",
        subject=f"readroom, {made.database}, {kind}",
        wall=wall,
        peak_mb=grown,
        note=f"{number} rows; peer: 100 links of 1,000",
        goal="<= 3 s, 100 MB",
        is_met=wall <= 3 and grown <= 100 and number == LARGE,
    )


def rows_of(table: Path) -> int:
    if table.suffix == ".parquet":
        from pyarrow import parquet

        return parquet.ParquetFile(table).metadata.num_rows
    with table.open(newline="", encoding="utf-8-sig") as file:
        return sum(1 for _ in csv.reader(file)) - 1
