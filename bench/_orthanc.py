"""Orthanc with its DICOMweb plug-in, where it is installed: the peer of frames, measured in the same run."""

from __future__ import annotations

import http.client
import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pydicom

from readroom.server.testing.clusters import free_ports

PROGRAM = shutil.which("Orthanc")
PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
PATIENCE = 20.0
AS_STORED = {"Accept": 'multipart/related; type="application/octet-stream"; transfer-syntax=*'}


def is_installed() -> bool:
    return PROGRAM is not None and PLUGIN.exists()


@dataclass(frozen=True)
class Orthanc:
    """A running one, with the addresses of the frames that it holds."""

    process: psutil.Process
    port: int
    frames: tuple[str, ...]

    def fetch(self, count: int) -> tuple[float, float, float]:
        """Seconds, milliseconds of CPU and bytes a frame, as they are stored, one after another."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        before, start, size = cpu_of(self.process), time.perf_counter(), 0
        for number in range(count):
            connection.request("GET", self.frames[number % len(self.frames)], headers=AS_STORED)
            reply = connection.getresponse()
            size += len(reply.read())
            if reply.status != 200:
                raise RuntimeError(f"Orthanc answered {reply.status}")
        connection.close()
        wall, used = time.perf_counter() - start, cpu_of(self.process) - before
        return wall / count, used * 1000 / count, size / count


def cpu_of(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


@contextmanager
def running_orthanc(folder: Path, series: Path) -> Iterator[Orthanc]:
    """Start one on an empty folder and send it a series."""
    [port] = free_ports(1)
    folder.mkdir()
    settings = {
        "HttpPort": port,
        "DicomServerEnabled": False,
        "AuthenticationEnabled": False,
        "StorageDirectory": str(folder),
        "IndexDirectory": str(folder),
        "Plugins": [str(PLUGIN)],
        "DicomWeb": {"Enable": True},
    }
    (folder / "settings.json").write_text(json.dumps(settings))
    command = [str(PROGRAM), str(folder / "settings.json")]
    started = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield Orthanc(
            psutil.Process(started.pid), port, tuple(send(port, path) for path in sorted(series.glob("*.dcm")))
        )
    finally:
        started.terminate()
        started.wait()


def wait_for(port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/system", timeout=PATIENCE).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


def send(port: int, path: Path) -> str:
    """Store one file; returns the address of its frame."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/instances", data=path.read_bytes(), method="POST")
    urllib.request.urlopen(request, timeout=PATIENCE).close()
    header = pydicom.dcmread(path, stop_before_pixels=True)
    place = (header.StudyInstanceUID, header.SeriesInstanceUID, header.SOPInstanceUID)
    return "/dicom-web/studies/{}/series/{}/instances/{}/frames/1".format(*place)
