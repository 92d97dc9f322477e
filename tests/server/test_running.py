"""The server as a process: it starts on an empty folder, stops when asked, and survives being killed."""

from __future__ import annotations

import contextlib
import json
import random
import signal
import socket
import ssl
import threading
import time

import httpx
import numpy as np
import psutil
import pytest
import SimpleITK

from readroom.server.testing.clusters import postgresql_cluster
from readroom.server.testing.servers import running_server, start_server, stop_server

ENDED = {"Succeeded", "Failed", "Cancelled"}
PATIENCE = 90


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request):
    if request.param == "sqlite":
        yield ""
        return
    with postgresql_cluster() as url:
        yield url


@pytest.fixture(scope="module")
def volume(tmp_path_factory):
    """A volume whose import takes a moment."""
    values = np.random.default_rng(0).integers(0, 2000, (12, 512, 512), dtype=np.int16)
    path = tmp_path_factory.mktemp("volume") / "noise.mha"
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(values), str(path))
    return path.read_bytes()


def client_of(server, token):
    context = ssl.create_default_context(cafile=str(server.certificate))
    return httpx.Client(
        base_url=server.base_url, verify=context, headers={"Authorization": f"BEARER {token}"}, timeout=30
    )


def send_file(client, name, content):
    upload = client.post("uploads/", json={"filename": name}).raise_for_status().json()
    path = f"uploads/{upload['pk']}/{upload['s3_upload_id']}"
    size = 8 * 1024 * 1024
    pieces = [content[start : start + size] for start in range(0, len(content), size)]
    numbers = list(range(1, len(pieces) + 1))
    signed = client.patch(f"{path}/generate-presigned-urls/", json={"part_numbers": numbers}).raise_for_status().json()
    parts = [
        {"ETag": client.put(signed["presigned_urls"][str(n)], content=piece).headers["ETag"], "PartNumber": n}
        for n, piece in zip(numbers, pieces, strict=True)
    ]
    return client.patch(f"{path}/complete-multipart-upload/", json={"parts": parts}).raise_for_status().json()


def begin_import(client, name, content):
    upload = send_file(client, name, content)
    return client.post("cases/upload-sessions/", json={"uploads": [upload["api_url"]]}).raise_for_status().json()


def ended_imports(client):
    """All imports, once each of them has ended."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        rows = client.get("cases/upload-sessions/?limit=1000").raise_for_status().json()["results"]
        if all(row["status"] in ENDED for row in rows):
            return rows
        time.sleep(0.2)
    pytest.fail(f"not all ended: {[row['status'] for row in rows]}")


def test_an_empty_folder_becomes_a_server_that_stops_when_asked(tmp_path):
    server = start_server(tmp_path / "data")
    family = [psutil.Process(server.process.pid), *psutil.Process(server.process.pid).children(recursive=True)]
    assert any("readroom.server.worker" in " ".join(process.cmdline()) for process in family)
    listening = {
        (place.laddr.ip, place.laddr.port)
        for place in family[0].net_connections(kind="inet")
        if place.status == psutil.CONN_LISTEN
    }
    assert listening == {("127.0.0.1", server.port), ("127.0.0.1", server.http_port)}
    plain = httpx.get(f"http://127.0.0.1:{server.http_port}/api/v1/gcapi/")
    assert plain.headers["Content-Type"] == "application/json"
    assert (server.data / "tls" / "ca.key").stat().st_mode & 0o077 == 0
    assert (server.data / "secret-key").stat().st_mode & 0o077 == 0
    stop_server(server)
    assert server.process.returncode == 0
    assert not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in family)


def test_every_line_of_a_log_in_json_is_one_object(tmp_path):
    log, deadline = tmp_path / "data.log", time.monotonic() + PATIENCE
    with running_server(tmp_path / "data", log_format="json"):
        while "worker started" not in log.read_text():
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert any(line["event"].startswith("readroom is at https://") for line in lines)
    assert {line["level"] for line in lines} == {"info"}


def test_a_request_that_is_under_way_is_finished_before_the_server_stops(tmp_path, volume):
    with running_server(tmp_path / "data") as server:
        client = client_of(server, server.add_person("ann"))
        upload = client.post("uploads/", json={"filename": "a"}).json()
        path = f"uploads/{upload['pk']}/{upload['s3_upload_id']}"
        signed = client.patch(f"{path}/generate-presigned-urls/", json={"part_numbers": [1]}).json()
        began = threading.Event()

        def slowly():
            for start in range(0, 2_000_000, 100_000):
                yield volume[start : start + 100_000]
                began.set()
                time.sleep(0.05)

        def stop_soon():
            began.wait()
            server.process.terminate()

        threading.Thread(target=stop_soon).start()
        reply = client.put(signed["presigned_urls"]["1"], content=slowly())
        assert reply.status_code == 200
        server.process.wait(timeout=20)


def test_a_worker_that_is_killed_in_the_middle_is_replaced_and_the_import_succeeds(tmp_path, volume, database):
    data = tmp_path / "data"
    with running_server(data, database=database, import_lease_seconds="2") as server:
        token = server.add_person(f"ann{time.time_ns()}")
        with client_of(server, token) as client:
            began = begin_import(client, "noise.mha", volume)
            wait_until_started(client, began["api_url"])
            for process in psutil.Process(server.process.pid).children(recursive=True):
                if "readroom.server.worker" in " ".join(process.cmdline()):
                    process.send_signal(signal.SIGKILL)
            (row,) = ended_imports(client)
            assert row["status"] == "Succeeded"
            assert len(row["image_set"]) == 1
            assert client.get("cases/images/").json()["count"] == 1


def wait_until_started(client, url):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if client.get(url).json()["status"] != "Queued":
            return
        time.sleep(0.02)
    pytest.fail("the import did not start")


@pytest.mark.timeout(600)
def test_a_server_that_is_killed_at_any_moment_loses_nothing(tmp_path, volume, database):
    """Whatever was answered with success is there after a restart, and every import ends."""
    data, chance = tmp_path / "data", random.Random(1)
    options = {"database": database, "import_lease_seconds": "2"}
    accepted: list[str] = []
    server = start_server(data, **options)
    token = server.add_person(f"ann{time.time_ns()}")
    for _round in range(2):
        worker = threading.Thread(target=keep_importing, args=(server, token, volume, accepted))
        worker.start()
        time.sleep(chance.uniform(0.3, 2.5))
        server.kill()
        worker.join()
        server = start_server(data, **options)
    try:
        with client_of(server, token) as client:
            rows = ended_imports(client)
            assert {row["api_url"].split("/api/")[1] for row in rows} >= set(accepted)
            assert {row["status"] for row in rows} == {"Succeeded"}, [row["error_message"] for row in rows]
            assert accepted
            images = client.get("cases/images/?limit=1000").json()
            assert images["count"] == len(rows)
            packs = {client.get(f"{image['api_url']}pack/").json()["url"].split("/")[-2] for image in images["results"]}
            assert len(packs) == 1
    finally:
        stop_server(server)


def keep_importing(server, token, content, accepted):
    """Upload and import until the server is gone or a few are under way; note what it said yes to."""
    with contextlib.suppress(httpx.HTTPError, KeyError), client_of(server, token) as client:
        for _number in range(8):
            began = begin_import(client, "noise.mha", content)
            accepted.append(began["api_url"].split("/api/")[1])


def test_two_servers_that_start_together_on_one_empty_database_both_come_up(tmp_path, database):
    if not database:
        pytest.skip("one machine has one server")
    servers = [None, None]

    def start(place):
        servers[place] = start_server(tmp_path / f"data{place}", database=database)

    threads = [threading.Thread(target=start, args=(place,)) for place in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    try:
        assert all(servers)
    finally:
        for server in filter(None, servers):
            stop_server(server)


def test_the_port_being_taken_is_an_error_with_words(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(RuntimeError, match=r"cannot listen at .*Address already in use"):
            start_on(tmp_path / "data", taken.getsockname()[1])


def start_on(data, port):
    import subprocess

    from readroom.server.testing.servers import COMMAND

    done = subprocess.run(
        [*COMMAND, "serve", "--data", str(data), "--port", str(port)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(" ".join(done.stderr.replace("│", " ").split()))
