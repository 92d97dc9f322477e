from __future__ import annotations

import io
import os
import ssl
import subprocess
import tarfile
import time

import httpx
import numpy as np
import psycopg
import pytest
import SimpleITK

from readroom.server.testing.clusters import postgresql_cluster
from readroom.server.testing.servers import COMMAND, running_server


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def databases(request):
    """A database and an empty one."""
    if request.param == "sqlite":
        yield "", ""
        return
    with postgresql_cluster() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE empty")
        yield url, url.replace("/postgres?", "/empty?")


def readroom(*arguments):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("READROOM_")}
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, env=environment, check=False)


def client_of(server, token):
    context = ssl.create_default_context(cafile=str(server.certificate))
    headers = {"Authorization": f"BEARER {token}"}
    return httpx.Client(base_url=server.base_url, verify=context, headers=headers, timeout=30)


def import_picture(client, tmp_path):
    values = np.arange(4 * 64 * 64, dtype=np.int16).reshape(4, 64, 64)
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(values), str(tmp_path / "a.mha"))
    upload = client.post("uploads/", json={"filename": "a.mha"}).json()
    path = f"uploads/{upload['pk']}/{upload['s3_upload_id']}"
    signed = client.patch(f"{path}/generate-presigned-urls/", json={"part_numbers": [1]}).json()
    etag = client.put(signed["presigned_urls"]["1"], content=(tmp_path / "a.mha").read_bytes()).headers["ETag"]
    client.patch(f"{path}/complete-multipart-upload/", json={"parts": [{"ETag": etag, "PartNumber": 1}]})
    url = client.post("cases/upload-sessions/", json={"uploads": [upload["api_url"]]}).json()["api_url"]
    deadline = time.monotonic() + 60
    while client.get(url).json()["status"] not in {"Succeeded", "Failed"} and time.monotonic() < deadline:
        time.sleep(0.1)
    return client.get(url).json()["image_set"][0].split("/api/v1/")[1]


def begin_upload(client):
    upload = client.post("uploads/", json={"filename": "half.mha"}).json()
    path = f"uploads/{upload['pk']}/{upload['s3_upload_id']}"
    signed = client.patch(f"{path}/generate-presigned-urls/", json={"part_numbers": [1]}).json()
    assert client.put(signed["presigned_urls"]["1"], content=b"half").status_code == 200
    return path


def make_shuffled(client):
    """A study whose display sets its owner meets in an order of his own."""
    study = client.post("reader-studies/", json={"title": "Shuffled", "shuffle_hanging_list": True}).json()
    for number in range(9):
        add_case(client, study["slug"], f"case {number}")
    return study


def add_case(client, slug, title):
    made = client.post("reader-studies/display-sets/", json={"reader_study": slug, "title": title})
    assert made.status_code == 201, made.text


def order_of(client, study):
    rows = client.get("reader-studies/display-sets/", params={"reader_study": study["pk"], "limit": 100}).json()
    return [row["title"] for row in rows["results"]]


def test_a_backup_of_a_running_server_becomes_the_same_server(tmp_path, databases):
    file = tmp_path / "backup.tar"
    with running_server(tmp_path / "data", database=databases[0]) as server:
        token = server.add_person("ann", may_create_studies=True)
        with client_of(server, token) as client:
            image = import_picture(client, tmp_path)
            before = client.get(image).json()
            study = make_shuffled(client)
            order = order_of(client, study)
            add_case(client, study["slug"], "late")
            order = order_of(client, study)
            pixels = client.get(client.get(f"{image}pack/").json()["url"]).content
            half = begin_upload(client)
            assert client.get(f"{half}/list-parts/").json()["parts"]
        done = readroom("backup", str(file), "--data", str(tmp_path / "data"), "--database", databases[0])
        assert done.returncode == 0, done.stderr
    again = ("restore", str(file), "--data", str(tmp_path / "new"), "--database", databases[1])
    done = readroom(*again)
    assert done.returncode == 0, done.stderr
    with running_server(tmp_path / "new", database=databases[1]) as server, client_of(server, token) as client:
        after = client.get(image).json()
        assert {name: after[name] for name in ("pk", "name", "shape")} == {
            name: before[name] for name in ("pk", "name", "shape")
        }
        assert client.get(client.get(f"{image}pack/").json()["url"]).content == pixels
        assert client.get(f"{half}/list-parts/").status_code == 404, "its parts are gone, so it is sent again"
        assert order_of(client, study) == order
        add_case(client, study["slug"], "later")
        assert order_of(client, study) == [*order, "later"]
        assert server.certificate.read_bytes() == (tmp_path / "data" / "tls" / "ca.pem").read_bytes()
    doctor = readroom("doctor", "--audit", "--data", str(tmp_path / "new"), "--database", databases[1])
    assert doctor.returncode == 0, doctor.stdout
    second = readroom(*again)
    assert second.returncode == 1
    assert "not empty" in second.stderr


@pytest.mark.parametrize("name", ["blobs/../../outside", "blobs//etc/outside", "blobs/.hidden"])
def test_a_backup_cannot_write_outside_of_its_folder(tmp_path, name):
    with tarfile.open(tmp_path / "bad.tar", "w") as tar:
        entry = tarfile.TarInfo(name)
        entry.size = 1
        tar.addfile(entry, io.BytesIO(b"x"))
    done = readroom("restore", str(tmp_path / "bad.tar"), "--data", str(tmp_path / "new"))
    assert done.returncode == 1
    assert "leaves its folder" in done.stderr
    assert not list(tmp_path.rglob("outside*"))


def test_a_file_that_is_no_whole_backup_is_refused(tmp_path):
    with tarfile.open(tmp_path / "empty.tar", "w"):
        pass
    done = readroom("restore", str(tmp_path / "empty.tar"), "--data", str(tmp_path / "new"))
    assert done.returncode == 1
    assert "not whole" in done.stderr


def test_a_backup_that_was_cut_is_refused_with_a_sentence(tmp_path):
    with tarfile.open(tmp_path / "cut.tar", "w") as tar:
        entry = tarfile.TarInfo("blobs/originals/aa/aa")
        entry.size = 100_000
        tar.addfile(entry, io.BytesIO(bytes(100_000)))
    (tmp_path / "cut.tar").write_bytes((tmp_path / "cut.tar").read_bytes()[:50_000])
    (tmp_path / "none.tar").write_bytes(b"no tar at all")
    for name in ("cut.tar", "none.tar"):
        done = readroom("restore", str(tmp_path / name), "--data", str(tmp_path / "new"))
        assert (done.returncode, "Traceback" in done.stderr) == (1, False)
        assert "the backup is not whole, or no backup" in done.stderr


def test_what_cannot_be_backed_up_is_told_and_nothing_is_made(tmp_path):
    done = readroom("backup", str(tmp_path / "a.tar"), "--data", str(tmp_path / "nowhere"))
    assert (done.returncode, "there is no folder" in done.stderr) == (2, True)
    assert not (tmp_path / "nowhere").exists()
    (tmp_path / "empty").mkdir()
    done = readroom("backup", str(tmp_path / "a.tar"), "--data", str(tmp_path / "empty"))
    assert (done.returncode, "there is no server to back up" in done.stderr) == (1, True)
    readroom("account", "create", "ann", "--password", "a long enough passphrase", "--data", str(tmp_path / "own"))
    done = readroom("backup", str(tmp_path / "nowhere" / "a.tar"), "--data", str(tmp_path / "own"))
    assert (done.returncode, "the backup could not be written" in done.stderr) == (1, True)
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("*.tar*"))
