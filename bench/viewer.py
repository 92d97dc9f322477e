"""The reading room in a real browser that draws with the processor: opening, arriving, scrolling, saving.

Every round is a reader of its own with an empty browser; a figure is the median of the rounds, with the best and the
worst beside it. The others' figures were measured on a machine of the same kind: OHIF 3.13 with Orthanc, and the peer's
answer request. Other work on the machine shows in every figure: the load is told in the first row.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from bench.measuring import ROOT
from bench.registry import Options, Row
from readroom.client import Client, SocketValueSpec
from readroom.imaging.testing import write_ct_phantom
from readroom.server.testing.servers import RunningServer, running_server

SCRIPT = ROOT / "frontend" / "e2e" / "measure.mjs"
PASSWORD = "a long enough password"
SLICES, PLANES_SLICES = 300, 100
COLUMNS = 512
LINK = 5_000_000
"""Bytes a second of the slow link."""
GOALS: tuple[tuple[str, str, str, str, float], ...] = (
    ("address to the list of studies, nothing cached", "start", "s", "OHIF 2.1 s to a study's view", 0),
    ("click to first image, 300-slice CT, loopback", "firstImage", "s", "OHIF 0.45-1.4 s + 2.1 s application", 0.6),
    ("first image, 5 MB/s", "firstSlow", "s", "", 0),
    ("the slice that is looked at sharp, 5 MB/s", "sharpSlow", "s", "", 0),
    ("whole volume scrollable at 128², 5 MB/s", "scrollableSlow", "s", "others 8.7-31 s", 1.2),
    ("full volume, 5 MB/s", "fullSlow", "s", "OHIF raw 31 s", 12),
    ("MPR of 100 slices complete", "planes", "s", "OHIF + Orthanc 15 s; with HTJ2K 4.8 s", 3),
    ("next case, prefetched", "nextCase", "s", "", 0.15),
    ("stack scroll", "stackFps", "fps", "OHIF's engine 60 fps", 60),
    ("stack scroll while the next case is decoded", "busyStackFps", "fps", "", 0),
    ("MPR scroll", "planesFps", "fps", "OHIF's engine 27 fps", 30),
    ("shell, compressed on the wire", "shell", "MB", "OHIF 26 MB of JS evaluated", 0.4),
    ("viewer, compressed on the wire", "viewer", "MB", "OHIF 26 MB of JS evaluated", 2),
    ("answer saved (acknowledged)", "saved", "s", "peer 73 ms", 0.03),
)
VSYNC_SLACK = 0.97
"""A display of 60 Hz counts 59 frames in some seconds."""


def run(options: Options) -> list[Row]:
    """Serve two studies, read them in a browser of its own each round, take the median of each figure."""
    require_built()
    with tempfile.TemporaryDirectory(prefix="readroom-bench-") as name:
        series = make_series(options.scratch / "data" / f"ct{SLICES}-explicit")
        with running_server(Path(name) / "data", log_level="error") as server:
            names = [f"reader{turn}" for turn in range(options.rounds)]
            readers = {name: server.add_person(name, password=PASSWORD) for name in names}
            studies = make_studies(server, series, readers)
            load = os.getloadavg()[0]
            turns = [drive(server, studies, name) for name in names]
    machine = f"{os.cpu_count()} cores, load {load:.1f} before the first of {options.rounds} rounds"
    return [Row(task="machine", subject="", note=machine), *(row(goal, turns) for goal in GOALS)]


def require_built() -> None:
    """The pages must be built, and the browser's driver installed."""
    for needed in (ROOT / "src/readroom/server/web/index.html", ROOT / "frontend/node_modules/playwright-core"):
        if not needed.exists():
            raise FileNotFoundError(f"{needed} is absent; run `make frontend-build`")


def make_series(folder: Path) -> list[Path]:
    if not folder.is_dir():
        write_ct_phantom(folder, slices=SLICES)
    return sorted(path for path in folder.iterdir() if path.is_file())


def make_studies(server: RunningServer, series: Sequence[Path], readers: Mapping[str, str]) -> dict[str, str]:
    """One study of two long series, one that shows a shorter series in three planes; readers who have begun both."""
    token = server.add_person("owner", is_superuser=True, may_create_studies=True)
    with Client(token=token, base_url=server.base_url, verify=server.certificate) as client:
        ask(client, "components/interfaces/", title="Bench CT", kind="Image", relative_path="images/bench-ct")
        short = series[:PLANES_SLICES]
        cases = {"stack": [series, series[:-1], short], "planes": [short, short]}
        slugs = {name: make_study(client, name, images, readers) for name, images in cases.items()}
        for slug in slugs.values():
            study = client.reader_studies.detail(slug=slug)
            client.wait_until_ready(reader_study=study, timeout=300)
            ask(client, f"reader-studies/{study.pk}/state/", state="open")
            for reader in readers.values():
                answer_last(server, reader, study.pk)
    return slugs


def answer_last(server: RunningServer, token: str, study: str) -> None:
    """Somebody who has begun goes on from the list with one click."""
    with Client(token=token, base_url=server.base_url, verify=server.certificate) as client:
        last = list(client.reader_studies.display_sets.iterate_all({"reader_study": study}))[-1]
        question = client.reader_studies.questions.iterate_all({"reader_study": study})
        first = next(iter(question))
        ask(
            client,
            "reader-studies/answers/",
            question=first.api_url,
            display_set=last.api_url,
            answer=first.options[0]["id"],
        )


def make_study(client: Client, name: str, cases: Sequence[Sequence[Path]], readers: Iterable[str]) -> str:
    protocol = ask(client, "hanging-protocols/", title=name, json=layout(name))
    study = ask(
        client,
        "reader-studies/",
        title=name,
        hanging_protocol=protocol["pk"],
        view_content={viewport["viewport_name"]: ["bench-ct"] for viewport in layout(name)},
        allow_answer_modification=True,
        allow_case_navigation=True,
        enable_autosaving=True,
    )
    question = {"question_text": "Anything?", "answer_type": "Choice", "widget": "Radio Select"}
    ask(client, "reader-studies/questions/", reader_study=study["pk"], options=["No", "Yes"], **question)
    for reader in readers:
        ask(client, f"reader-studies/{study['pk']}/members/", username=reader, role="reader")
    for files in cases:
        spec = SocketValueSpec(socket_slug="bench-ct", files=list(files))
        client.add_case_to_reader_study(reader_study_slug=study["slug"], values=[spec])
    slug: str = study["slug"]
    return slug


def layout(name: str) -> list[dict[str, Any]]:
    if name == "stack":
        return [{"viewport_name": "main", "x": 0, "y": 0, "w": 1, "h": 1, "order": 0}]
    planes = (("main", "axial"), ("secondary", "coronal"), ("tertiary", "sagittal"))
    return [
        {"viewport_name": viewport, "x": at, "y": 0, "w": 1, "h": 1, "order": at, "orientation": plane}
        for at, (viewport, plane) in enumerate(planes)
    ]


def ask(client: Client, path: str, **body: Any) -> Any:
    return client.connection.request("POST", path, json=body)


def drive(server: RunningServer, studies: dict[str, str], reader: str) -> dict[str, Any]:
    """A reader who has answered nothing yet, from sign-in to the last figure."""
    task = {
        "url": f"http://localhost:{server.http_port}",
        "name": reader,
        "password": PASSWORD,
        "studies": studies,
        "link": LINK,
        "columns": COLUMNS,
    }
    command = [os.environ.get("NODE", "node"), str(SCRIPT), json.dumps(task)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT / "frontend")
    if done.returncode:
        raise RuntimeError(f"the browser failed:\n{done.stderr[-3000:]}")
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return measured


def row(goal: tuple[str, str, str, str, float], turns: Sequence[dict[str, Any]]) -> Row:
    """The median of the rounds; of requests that a round repeats, first their median."""
    task, key, unit, others, limit = goal
    values = sorted(median(turn[key]) if isinstance(turn[key], list) else turn[key] for turn in turns)
    middle = median(values)
    is_met = middle >= limit * VSYNC_SLACK if unit == "fps" else middle <= limit
    figure = show(middle, unit) + (f" ({show(values[0], unit)} to {show(values[-1], unit)})" if len(values) > 1 else "")
    sign = ">=" if unit == "fps" else "<="
    return Row(
        task=task,
        subject="readroom",
        wall=middle if unit == "s" else None,
        note="; ".join(filter(None, (figure, others))),
        goal=f"{sign} {limit:g} {unit}" if limit else "",
        is_met=is_met if limit else None,
    )


def show(value: float, unit: str) -> str:
    return {"s": f"{value * 1000:.0f} ms", "fps": f"{value:.0f} fps", "MB": f"{value:.2f} MB"}[unit]
