"""The platform's work beside its peers: upload by the real gcapi, import to ready, frames, start and memory."""

from __future__ import annotations

import http.client
import os
import ssl
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import psutil
from pydicom.uid import JPEGLSLossless

import readroom
from bench import _orthanc
from bench.client import GCAPI
from bench.measuring import Subject, measure_once
from bench.registry import Options, Row
from readroom.imaging.testing import write_ct_phantom
from readroom.server.testing.servers import RunningServer, start_server, stop_server

SLICES = 200
FRAMES = 2000
FRAME_GOALS = {"readroom, no TLS": 0.15, "readroom, TLS": 0.25}
ORTHANC = "Orthanc, no TLS, JPEG-LS"
START, UPLOAD, IMPORT, FRAME = "cold start", "gcapi uploads 200 files", "import of 200 slices", "frame through bytes"


class Frames(NamedTuple):
    """Seconds, milliseconds of CPU and bytes a frame."""

    wall: float
    cpu: float
    size: float


def run(options: Options) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="readroom-bench-") as name:
        folder = Path(name)
        write_ct_phantom(folder / "series", slices=SLICES, seed=1)
        keep_bytecode(folder / "bytecode")
        server, starting = cold_start(folder / "data")
        try:
            token = server.add_person("owner", is_superuser=True, may_create_studies=True)
            with readroom.Client(token=token, base_url=server.base_url, verify=server.certificate) as client:
                slug = client.connection.request("POST", "reader-studies/", json={"title": "bench"})["slug"]
                uploading = upload(server, token, slug, folder / "series")
                importing, image = import_series(server, client, slug, folder / "series")
                frames = frame_rows(server, client, image, folder, rounds=options.rounds)
        finally:
            stop_server(server)
    return [*starting, uploading, importing, *frames]


def keep_bytecode(folder: Path) -> None:
    """Let the server keep its compiled modules, as an installed one does, wherever Python is told not to."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(folder)


def processes_of(server: RunningServer) -> list[psutil.Process]:
    main = psutil.Process(server.process.pid)
    return [main, *main.children(recursive=True)]


def cpu_of(server: RunningServer) -> float:
    """CPU seconds of the server and its workers so far."""
    times = [process.cpu_times() for process in processes_of(server)]
    return sum(t.user + t.system + t.children_user + t.children_system for t in times)


def memory_of(server: RunningServer) -> float:
    """Megabytes that the processes hold for themselves and share among them (PSS)."""
    return sum(process.memory_full_info().pss for process in processes_of(server)) / 1e6


def cold_start(data: Path) -> tuple[RunningServer, list[Row]]:
    """An empty folder to the first answer, then the same folder again."""
    start = time.perf_counter()
    server = start_server(data, log_level="error")
    empty = time.perf_counter() - start
    stop_server(server)
    start = time.perf_counter()
    server = start_server(data, log_level="error")
    again = time.perf_counter() - start
    time.sleep(2)
    memory = memory_of(server)
    return server, [
        Row(
            task=START,
            subject="readroom, empty folder",
            wall=empty,
            note="compiles its modules, migrates and makes a certificate",
        ),
        Row(task=START, subject="readroom", wall=again, note="peer 7.3 s", goal="<= 2.5 s", is_met=again <= 2.5),
        Row(
            task=START,
            subject="memory of all processes",
            peak_mb=memory,
            note="1 service; peer 740 MiB in 7 services",
            goal="<= 200 MiB",
            is_met=memory <= 200 * 1.048576,
        ),
    ]


def upload(server: RunningServer, token: str, slug: str, series: Path) -> Row:
    if not GCAPI.is_file():
        return Row(task=UPLOAD, subject="gcapi 0.16.1", note=f"not measured: {GCAPI} is absent; run the tests once")
    arguments = {
        "base_url": server.base_url,
        "token": token,
        "certificate": str(server.certificate),
        "study": slug,
        "folder": str(series),
    }
    function = "bench.server_subjects:upload_series"
    before = cpu_of(server)
    measured = measure_once(Subject(name="gcapi", function=function, arguments=arguments, python=str(GCAPI)))
    seconds = measured.extra["seconds"]
    note = f"server CPU {cpu_of(server) - before:.1f} s; peer 8.9 s"
    return Row(
        task=UPLOAD,
        subject="gcapi 0.16.1",
        wall=seconds,
        cpu=measured.cpu,
        note=note,
        goal="<= 4 s",
        is_met=seconds <= 4,
    )


def import_series(server: RunningServer, client: readroom.Client, slug: str, series: Path) -> tuple[Row, str]:
    """From the moment all files are there to the moment the image stands in its socket."""
    files = sorted(series.rglob("*.dcm"))
    client.wait_until_ready(reader_study=slug)
    case = client.reader_studies.display_sets.create(reader_study=slug)
    uploads = client.uploads.upload_files(files)
    watch = MemoryWatch(server)
    before, start = cpu_of(server), time.perf_counter()
    value = {"interface": "generic-medical-image", "user_uploads": uploads}
    client.reader_studies.display_sets.partial_update(pk=case.pk, values=[value])
    image = until(lambda: image_of(client, case.pk), watch.look)
    wall = time.perf_counter() - start
    peak = watch.peak
    return (
        Row(
            task=IMPORT,
            subject="readroom",
            wall=wall,
            cpu=cpu_of(server) - before,
            peak_mb=peak,
            note="upload answered to image in its socket; peer 10.4 s, 5.5 s CPU, 740 MB",
            goal="<= 1.5 s, 300 MB",
            is_met=wall <= 1.5 and peak <= 300,
        ),
        image,
    )


class MemoryWatch:
    """The most that the server's processes held together while something was waited for."""

    def __init__(self, server: RunningServer) -> None:
        self._server = server
        self.peak = 0.0

    def look(self) -> None:
        self.peak = max(self.peak, memory_of(self._server))


def image_of(client: readroom.Client, pk: str) -> str:
    values = client.reader_studies.display_sets.detail(pk=pk).values
    return (values[0].image or "") if values else ""


def until(found: Callable[[], str], meanwhile: Callable[[], None]) -> str:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if value := found():
            return value
        meanwhile()
        time.sleep(0.03)
    raise TimeoutError("the image did not come")


def fetch_frames(server: RunningServer, connection: http.client.HTTPConnection, query: str) -> Frames:
    """Frames one after another over one connection, as a viewer of DICOMweb asks for them."""
    before, start, size = cpu_of(server), time.perf_counter(), 0
    for number in range(FRAMES):
        connection.request("GET", f"{query}{number % SLICES}")
        reply = connection.getresponse()
        size += len(reply.read())
        if reply.status != 200:
            raise RuntimeError(f"frame {number}: {reply.status}")
    wall, used = time.perf_counter() - start, cpu_of(server) - before
    return Frames(wall / FRAMES, used * 1000 / FRAMES, size / FRAMES)


def frame_rows(server: RunningServer, client: readroom.Client, image: str, folder: Path, *, rounds: int) -> list[Row]:
    """Ours in the clear and with TLS, and the peer's of the same size, in turns; the best round of each counts."""
    address = urlsplit(client.connection.request("GET", f"{image}pack/")["url"])
    query = f"{address.path}?{address.query}{'&' if address.query else ''}frame="
    context = ssl.create_default_context(cafile=str(server.certificate))
    clear = http.client.HTTPConnection("localhost", server.http_port)
    secure = http.client.HTTPSConnection("localhost", server.port, context=context)
    subjects: dict[str, Callable[[], Frames]] = {
        "readroom, no TLS": lambda: fetch_frames(server, clear, query),
        "readroom, TLS": lambda: fetch_frames(server, secure, query),
    }
    with ExitStack() as stack:
        for connection in (clear, secure):
            stack.callback(connection.close)
        if _orthanc.is_installed():
            series = folder / "compressed"
            write_ct_phantom(series, slices=SLICES, seed=1, transfer_syntax=JPEGLSLossless)
            peer = stack.enter_context(_orthanc.running_orthanc(folder / "orthanc", series))
            subjects[ORTHANC] = lambda: Frames(*peer.fetch(FRAMES))
        turns = [{name: fetch() for name, fetch in subjects.items()} for _ in range(rounds)]
    found = {name: Frames(*map(min, zip(*(turn[name] for turn in turns), strict=True))) for name in subjects}
    return [frame_row(name, measured, found.get(ORTHANC)) for name, measured in found.items()]


def frame_row(name: str, measured: Frames, peer: Frames | None) -> Row:
    goal = FRAME_GOALS.get(name)
    note = f"{measured.cpu:.2f} ms CPU, {measured.size / 1e3:.0f} kB"
    if goal is not None:
        note += f"; Orthanc {peer.cpu / measured.cpu:.1f}x" if peer else "; Orthanc 1.0-1.4 ms elsewhere"
    return Row(
        task=FRAME,
        subject=name,
        wall=measured.wall,
        note=note,
        goal="" if goal is None else f"<= {goal} ms CPU",
        is_met=None if goal is None else measured.cpu <= goal,
    )
