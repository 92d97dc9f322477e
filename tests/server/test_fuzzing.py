"""Requests of every kind that the description of the API allows and forbids: none of them fails the server.

``FUZZ_EXAMPLES=500 pytest tests/server/test_fuzzing.py`` tries more of them for each operation, and
sequences of operations.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from tests.conftest import ROOT, shared_folder

from readroom.server.testing.servers import running_server

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "2"))
PHASES = "coverage,fuzzing,stateful" if "FUZZ_EXAMPLES" in os.environ else "coverage,fuzzing"
DESCRIPTION = ROOT / "contract" / "openapi.json"
PLACES = (
    "archives",
    "archives/items",
    "cases/images",
    "cases/upload-sessions",
    "components/interfaces",
    "hanging-protocols",
    "reader-studies",
    "reader-studies/answers",
    "reader-studies/display-sets",
    "reader-studies/questions",
    "uploads",
    "workstations/configs",
)
"""Where an operation's `pk` is looked up."""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server that holds the seed of the contract."""
    data = tmp_path_factory.mktemp("server") / "data"
    load = [sys.executable, "-m", "readroom.server.testing.seed", str(seed_file())]
    subprocess.run(load, env={**os.environ, "READROOM_DATA": str(data)}, check=True, capture_output=True)
    with running_server(data) as server:
        yield server


def seed_file() -> Path:
    return shared_folder("contract") / "conformance-seed.json"


def fuzz(server, folder, token, *options):
    """Run schemathesis as a stranger would; it fails when any reply is a 5xx.

    One worker: Hypothesis reads the source of functions, and `ast.parse` of two threads disturbs itself.
    """
    command = [
        *(sys.executable, "-m", "schemathesis.cli", *config_of(folder), "run", str(DESCRIPTION)),
        *("--url", f"http://127.0.0.1:{server.http_port}", "--header", f"Authorization: BEARER {token}"),
        *("--checks", "not_a_server_error", "--max-examples", str(EXAMPLES), "--seed", "1", "--workers", "1"),
        *("--suppress-health-check", "all", "--warnings", "off", "--request-timeout", "30", *options),
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    with server_client(server, token) as client:
        assert client.get("accounts/me/").status_code == 200, "the account did not survive, so the rest was refused"
    return int(re.search(r"(\d+) generated", done.stdout)[1])


def config_of(folder):
    path = folder / "schemathesis.toml"
    return ("--config-file", str(path)) if path.exists() else ()


def server_client(server, token):
    base_url = f"http://127.0.0.1:{server.http_port}/api/v1/"
    return httpx.Client(base_url=base_url, headers={"Authorization": f"BEARER {token}"}, timeout=30)


@pytest.mark.timeout(None)
def test_no_request_fails_the_server(server, tmp_path):
    token = server.add_person("fuzzer", is_superuser=True, may_create_studies=True, may_create_archives=True)
    assert fuzz(server, tmp_path, token, "--phases", PHASES, "--no-shrink") > 1000


@pytest.mark.timeout(None)
def test_no_request_about_what_is_there_fails_the_server(server, tmp_path):
    """With ids that exist, an editor's requests get past the search for them."""
    token = json.loads(seed_file().read_text())["users"]["readerstudy"]["token"]
    with server_client(server, token) as client:
        found = existing_ids(client)
    assert {"reader-studies", "reader-studies/questions", "reader-studies/display-sets", "uploads"} <= found.keys()
    (tmp_path / "schemathesis.toml").write_text("\n".join(operation(*item) for item in found.items()))
    wanted = "|".join(map(re.escape, found))
    only = ["--include-path-regex", rf"^/api/v1/({wanted})/\{{pk\}}/", "--exclude-method", "DELETE"]
    assert fuzz(server, tmp_path, token, *only, "--phases", "coverage,fuzzing", "--no-shrink") > 500


def existing_ids(client):
    """For every place with something that this person sees, the ids in its path."""
    upload = client.post("uploads/", json={"filename": "scan.mha"}).raise_for_status().json()
    found = {}
    for place in PLACES:
        rows = client.get(f"{place}/", params={"limit": 1}).raise_for_status().json()["results"]
        if rows:
            found[place] = {"path.pk": rows[0]["pk"]}
    found["uploads"] = {"path.pk": upload["pk"], "path.multipart_id": upload["s3_upload_id"]}
    return found


def operation(place, ids):
    named = ", ".join(f'"{name}" = "{value}"' for name, value in ids.items())
    pattern = rf"^/api/v1/{re.escape(place)}/\{{pk\}}/"
    return f"[[operations]]\ninclude-path-regex = '{pattern}'\nparameters = {{ {named} }}\n"
