"""One web server and two workers as `compose.yaml` starts them, each with a folder of its own and nothing in it."""

from __future__ import annotations

import os
import re
import shlex
import ssl
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import boto3
import httpx
import imagecodecs
import numpy as np
import pytest
import SimpleITK
import yaml
from tests.conftest import ROOT

from readroom.server.testing.clusters import (
    SERVER_USER,
    free_ports,
    postgresql_cluster,
    postgresql_programs,
    s3_service,
)
from readroom.server.testing.servers import COMMAND, RunningServer, wait_for

pytestmark = [pytest.mark.postgres, pytest.mark.xdist_group("several-machines")]
SERVICES = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
GIVEN = {"POSTGRES_PASSWORD": "letters1", "S3_PASSWORD": "letters2", "READROOM_SECRET_KEY": "0123456789abcdef" * 4}
VALUES = np.random.default_rng(0).integers(-1000, 3000, (6, 512, 512), dtype=np.int16)
PATIENCE = 60


def filled_in(text):
    """A value of the file as compose hands it over."""
    return re.sub(r"\$\{(\w+)(?::[-?]([^}]*))?\}", lambda found: GIVEN.get(found[1]) or found[2], text)


def environment_of(service, data, *, database, storage):
    """What the file says, with the addresses of this machine, and less patience with a worker that is silent."""
    given = {name: filled_in(value) for name, value in SERVICES[service]["environment"].items()}
    assert urlsplit(given["READROOM_DATABASE"]).hostname == "database"
    assert urlsplit(given["READROOM_S3_ENDPOINT"]).hostname == "storage"
    here = {
        "READROOM_DATABASE": database,
        "READROOM_S3_ENDPOINT": storage,
        "READROOM_S3_PUBLIC_ENDPOINT": storage.replace("127.0.0.1", "localhost"),
        "READROOM_IMPORT_LEASE_SECONDS": "2",
    }
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("READROOM_", "AWS_"))}
    return clean | given | here | {"READROOM_DATA": str(data)}


class Machine:
    """A process of a service, with a folder and a log of its own."""

    def __init__(self, service, folder, *, more=None, **addresses):
        folder.mkdir()
        self.service, self.data, self.path = service, folder / "data", folder / "log"
        self.environment = environment_of(service, self.data, **addresses) | (more or {})
        self.process = None

    def start(self):
        program, *arguments = SERVICES[self.service]["command"]
        assert program == "readroom"
        with self.path.open("ab") as log:
            self.process = subprocess.Popen([*COMMAND, *arguments], env=self.environment, stdout=log, stderr=log)

    def log(self):
        return self.path.read_text(encoding="utf-8")

    def stop(self):
        """Seconds that it took to end after it was asked to."""
        began = time.monotonic()
        self.process.terminate()
        self.process.wait(timeout=30)
        return time.monotonic() - began

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@pytest.fixture(scope="module")
def addresses():
    with postgresql_cluster() as database, s3_service() as storage:
        key = {"aws_access_key_id": "readroom", "aws_secret_access_key": GIVEN["S3_PASSWORD"]}
        boto3.client("s3", endpoint_url=storage, region_name="us-east-1", **key).create_bucket(Bucket="readroom")
        yield {"database": database, "storage": storage}


@pytest.fixture(scope="module")
def machines(addresses, tmp_path_factory):
    """The workers are started before anybody has made a table; the web server then."""
    folder, [port] = tmp_path_factory.mktemp("machines"), free_ports(1)
    more = {"READROOM_PORT": str(port), "READROOM_HTTP_PORT": "-1", "READROOM_ORIGIN": f"https://localhost:{port}"}
    replicas = SERVICES["worker"]["deploy"]["replicas"]
    workers = [Machine("worker", folder / f"worker-{number}", **addresses) for number in range(replicas)]
    web = Machine("web", folder / "web", more=more, **addresses)
    with ExitStack() as stack:
        for machine in (*workers, web):
            stack.callback(machine.kill)
        for worker in workers:
            worker.start()
        for worker in workers:
            until(lambda worker=worker: "migrations are missing" in worker.log())
        web.start()
        wait_for(server_of(web))
        yield [web, *workers]


@pytest.fixture(scope="module")
def token(machines):
    return server_of(machines[0]).add_person("ann")


def server_of(web):
    return RunningServer(web.data, int(web.environment["READROOM_PORT"]), -1, web.process, web.environment)


def client_of(machines, token):
    server = server_of(machines[0])
    return httpx.Client(
        base_url=server.base_url,
        verify=ssl.create_default_context(cafile=str(server.certificate)),
        headers={"Authorization": f"BEARER {token}"},
        timeout=30,
        follow_redirects=True,
    )


def until(is_so, *, of=None):
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert of is None or of.process.poll() is None, of.log()
        assert time.monotonic() < deadline, of.log() if of else "it did not come to that"
        time.sleep(0.1)


def uploaded(client, storage, path):
    """The import of a file that was sent to the storage itself."""
    upload = client.post("uploads/", json={"filename": path.name}).raise_for_status().json()
    verbs = f"uploads/{upload['pk']}/{upload['s3_upload_id']}"
    signing = client.patch(f"{verbs}/generate-presigned-urls/", json={"part_numbers": [1]}).raise_for_status()
    address = signing.json()["presigned_urls"]["1"]
    assert urlsplit(address).hostname == "localhost"
    assert urlsplit(address).port == urlsplit(storage).port
    sent = httpx.put(address, content=path.read_bytes(), timeout=30).raise_for_status()
    parts = [{"ETag": sent.headers["ETag"], "PartNumber": 1}]
    client.patch(f"{verbs}/complete-multipart-upload/", json={"parts": parts}).raise_for_status()
    return client.post("cases/upload-sessions/", json={"uploads": [upload["api_url"]]}).raise_for_status().json()


def image_of(client, begun):
    until(lambda: client.get(begun["api_url"]).json()["status"] in {"Succeeded", "Failed"})
    ended = client.get(begun["api_url"]).json()
    assert ended["status"] == "Succeeded", ended
    return client.get(ended["image_set"][0]).raise_for_status().json()


@pytest.fixture
def scan(tmp_path):
    path = tmp_path / "scan.mha"
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(VALUES), str(path))
    return path


def is_shown(client, image, tmp_path):
    """Its frames come through the server and its file has the voxels that were sent."""
    described = client.get(f"cases/images/{image['pk']}/pack/").raise_for_status().json()
    frame = client.get(described["url"], params={"frame": 3}).raise_for_status()
    path = tmp_path / "out.mha"
    path.write_bytes(client.get(image["files"][0]["file"]).raise_for_status().content)
    found = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path)))
    return np.array_equal(imagecodecs.htj2k_decode(frame.content), VALUES[3]) and np.array_equal(found, VALUES)


def test_workers_wait_for_the_tables_and_then_import_into_the_bucket(machines, addresses, token, scan, tmp_path):
    _web, *workers = machines
    with client_of(machines, token) as client:
        image = image_of(client, uploaded(client, addresses["storage"], scan))
        assert is_shown(client, image, tmp_path)
    assert all(worker.process.poll() is None for worker in workers)
    assert not any((machine.data / "blobs").exists() for machine in machines)
    assert not any((worker.data / name).exists() for worker in workers for name in ("tls", "secret-key"))
    until(lambda: not [path for worker in workers for path in (worker.data / "work").glob("*")])


def test_the_doctor_of_each_machine_finds_everything_in_order(machines):
    for machine in machines:
        command = [*COMMAND, "doctor"]
        done = subprocess.run(command, env=machine.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "s3://readroom can be written and read" in done.stdout
        assert done.stderr == ""


def test_a_database_that_is_away_is_waited_for_and_work_goes_on(machines, addresses, token, scan, tmp_path):
    _web, *workers = machines
    control_database(addresses["database"], "stop")
    for worker in workers:
        until(lambda worker=worker: "the database failed" in worker.log(), of=worker)
    control_database(addresses["database"], "start")
    with client_of(machines, token) as client:
        image = image_of(client, uploaded(client, addresses["storage"], scan))
        assert is_shown(client, image, tmp_path)
    assert all(machine.process.poll() is None for machine in machines)


def control_database(url, verb):
    [folder] = parse_qs(urlsplit(url).query)["host"]
    fast = ["-m", "fast"] if verb == "stop" else ["-o", shlex.join(started_with(folder))]
    command = [str(postgresql_programs() / "pg_ctl"), "-D", f"{folder}/data", "-w", *fast, "-l", f"{folder}/log", verb]
    user = SERVER_USER if os.geteuid() == 0 else None
    subprocess.run(command, user=user, cwd=folder, stdout=subprocess.DEVNULL, check=True)


def started_with(folder):
    """The options of the server when it was last started."""
    return shlex.split(Path(folder, "data", "postmaster.opts").read_text(encoding="utf-8"))[3:]


def test_a_web_server_and_a_worker_that_are_killed_are_started_again_without_a_loss(
    machines, addresses, token, scan, tmp_path
):
    web, worker, _other = machines
    with client_of(machines, token) as client:
        begun = uploaded(client, addresses["storage"], scan)
    web.kill()
    worker.kill()
    worker.start()
    web.start()
    wait_for(server_of(web))
    with client_of(machines, token) as client:
        assert is_shown(client, image_of(client, begun), tmp_path)


def test_each_ends_when_it_is_asked_to_before_it_would_be_killed(machines):
    for machine in machines:
        assert machine.stop() < 10
        assert machine.process.returncode == 0, machine.log()
    assert Path(machines[0].data / "tls" / "ca.pem").exists()
