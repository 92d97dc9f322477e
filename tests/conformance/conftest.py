"""A running server with the seed of the contract, and environments with real clients that speak to it over TLS."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.conftest import ROOT, shared_folder

HERE = Path(__file__).resolve().parent
VERSIONS = ("0.12.0", "0.13.4", "0.14.0", "0.15.1", "0.16.1")
STARTING_SECONDS = 60


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.conformance)
            item.add_marker(pytest.mark.xdist_group("conformance"))


@dataclass(frozen=True)
class Server:
    """Where the server is, and which authority its certificate has."""

    url: str
    authority: Path


@pytest.fixture(scope="session")
def seed() -> Path:
    return shared_folder("contract") / "conformance-seed.json"


@pytest.fixture(scope="session")
def server(seed, tmp_path_factory):
    data = tmp_path_factory.mktemp("server")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("READROOM_", "DJANGO_"))}
    environment["READROOM_DATA"] = str(data)
    load = [sys.executable, "-m", "readroom.server.testing.seed", str(seed)]
    subprocess.run(load, env=environment, check=True, capture_output=True, text=True)
    port = free_port()
    readroom = Path(sys.executable).parent / "readroom"
    command = [readroom, "serve", "--data", data, "--port", str(port), "--http-port", "-1"]
    log = (data / "serve.log").open("w")
    process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        running = Server(f"https://localhost:{port}/api/v1/", data / "tls" / "ca.pem")
        wait_for(running, process, data / "serve.log")
        yield running
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(server: Server, process: subprocess.Popen, log: Path) -> None:
    import ssl

    deadline = time.monotonic() + STARTING_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            context = ssl.create_default_context(cafile=server.authority)
            with urllib.request.urlopen(f"{server.url}gcapi/", context=context, timeout=5):
                return
        except (OSError, FileNotFoundError):
            time.sleep(0.2)
    pytest.fail(f"the server did not start:\n{log.read_text()}")


@pytest.fixture(scope="session")
def python_with():
    """``python_with("0.16.1")``: an interpreter with that client, made from its pinned and hashed requirements."""
    return make_environment


def make_environment(version: str) -> Path:
    folder = ROOT / ".venvs" / f"gcapi-{version}"
    requirements = HERE / "requirements" / f"gcapi-{version}.txt"
    python = folder / "bin" / "python"
    mark = folder / ".made"
    folder.parent.mkdir(exist_ok=True)
    with (folder.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not mark.exists() or mark.read_text() != requirements.read_text():
            uv = ROOT / ".venv" / "bin" / "uv"
            environment = os.environ | {"VIRTUAL_ENV": str(folder)}
            subprocess.run([uv, "venv", "--quiet", "--clear", "-p", sys.executable, folder], check=True)
            install = [uv, "pip", "sync", "--quiet", "--require-hashes", requirements]
            subprocess.run(install, check=True, env=environment)
            mark.write_text(requirements.read_text())
    return python


@pytest.fixture(scope="session")
def series(tmp_path_factory) -> Path:
    """A short CT series of a phantom."""
    from readroom.imaging.testing import write_ct_phantom

    folder = tmp_path_factory.mktemp("series")
    write_ct_phantom(folder, slices=6)
    for path in list(folder.rglob("*")):
        if path.is_file():
            path.rename(folder / f"{path.stem}.dcm")
    return folder


@pytest.fixture
def drive(server, python_with, seed, series, tmp_path):
    """``drive("0.16.1", "upload_a_case")`` runs one case of a script with the real client and shows why it fails."""

    def run(version: str, case: str, *, script: str = "cases.py") -> None:
        environment = {
            "PATH": os.environ["PATH"],
            "SSL_CERT_FILE": str(server.authority),
            "GCAPI_URL": server.url,
            "GCAPI_SEED": str(seed),
            "GCAPI_VERSION": version,
            "GCAPI_FOLDER": str(tmp_path),
            "GCAPI_DICOM": str(series),
        }
        command = [str(python_with(version)), str(HERE / script), case]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)
        if done.returncode:
            pytest.fail(f"{case} with gcapi {version}:\n{done.stdout}\n{done.stderr}", pytrace=False)

    return run
