"""A running server with the seed of the contract, and environments with real clients that speak to it over TLS."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import ROOT, shared_folder

from readroom.server.testing.servers import running_server

HERE = Path(__file__).resolve().parent
VERSIONS = ("0.12.0", "0.13.4", "0.14.0", "0.15.1", "0.16.1")


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.conformance)
            item.add_marker(pytest.mark.xdist_group("conformance"))


@pytest.fixture(scope="session")
def seed() -> Path:
    return shared_folder("contract") / "conformance-seed.json"


@pytest.fixture(scope="session")
def server(seed, tmp_path_factory):
    """A running server that holds the seed."""
    data = tmp_path_factory.mktemp("server") / "data"
    load = [sys.executable, "-m", "readroom.server.testing.seed", str(seed)]
    subprocess.run(load, env={**os.environ, "READROOM_DATA": str(data)}, check=True, capture_output=True, text=True)
    with running_server(data) as server:
        yield server


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
            "SSL_CERT_FILE": str(server.certificate),
            "GCAPI_URL": server.base_url,
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
