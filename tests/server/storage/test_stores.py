from __future__ import annotations

import asyncio
import errno
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from readroom.server import bytes as bytes_app
from readroom.server import config
from readroom.server.db.models import Upload
from readroom.server.services import health
from readroom.server.storage import blobs, stores
from readroom.server.storage.blobs import StorageError
from readroom.server.storage.local import SMALLEST_OF_SEVERAL, LocalBlobs
from readroom.server.storage.s3 import S3Blobs
from readroom.server.testing.clusters import free_ports, s3_service
from readroom.server.testing.storage import BlobStoreConformance


async def call(method, path, body=b"", headers=(), query=b"", pieces=1):
    """One request to the bytes application: (status, headers, body)."""
    size = max(1, -(-len(body) // pieces))
    chunks = [body[start : start + size] for start in range(0, len(body), size)] or [b""]
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    messages[-1]["more_body"] = False
    sent = []

    async def receive():
        return messages.pop(0)

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "query_string": query, "headers": list(headers)}
    await bytes_app.application(scope, receive, send)
    found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], found, b"".join(message.get("body", b"") for message in sent[1:])


def put_over_http(url, body):
    response = httpx.put(url, content=body)
    response.raise_for_status()
    return response.headers["ETag"]


class TestLocalBlobs(BlobStoreConformance):
    @pytest.fixture
    def store(self, own_data_folder):
        return stores.current()

    @pytest.fixture
    def put_part(self):
        def put(path, body):
            status, headers, _body = asyncio.run(call("PUT", path, body, pieces=7))
            assert status == 200
            return headers["etag"]

        return put

    def test_a_full_disk_is_named_and_leaves_nothing_behind(self, store, monkeypatch):
        store.write_bytes("a", b"old")

        def no_space(*_arguments):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr("shutil.copyfileobj", no_space)
        with pytest.raises(blobs.NoSpace):
            store.write_file("a", store.path("a"))
        assert [path.name for path in store.folder.iterdir()] == ["a"]
        assert b"".join(store.read("a")) == b"old"


@pytest.mark.parametrize(
    ("number", "size", "is_whole"), [(1, 10, True), (1, SMALLEST_OF_SEVERAL, False), (2, 10, False)]
)
def test_a_whole_file_is_on_its_way_to_the_disk_when_it_has_come(own_data_folder, monkeypatch, number, size, is_whole):
    begun = []
    monkeypatch.setattr(os, "posix_fadvise", lambda descriptor, *_how: begun.append(os.fstat(descriptor).st_size))
    store = stores.current()
    writer = store.receive_part(store.begin_parts("uploads/1/a"), number)
    writer.write(bytes(size))
    writer.finish()
    assert begun == ([size] if is_whole else [])


@pytest.fixture(scope="module")
def s3_url():
    with s3_service() as url:
        yield url


class TestS3Blobs(BlobStoreConformance):
    @pytest.fixture
    def store(self, s3_url, settings_with, monkeypatch, request):
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        bucket = f"bucket-{abs(hash(request.node.name))}"
        settings_with(storage=f"s3://{bucket}/some/prefix", s3_endpoint=s3_url)
        store = stores.current()
        assert isinstance(store, S3Blobs)
        store.client().create_bucket(Bucket=bucket)
        return store

    @pytest.fixture
    def put_part(self):
        return put_over_http


@pytest.fixture
def refusing_service(settings_with, monkeypatch):
    """``refusing_service(507, "XMinioStorageFull")``: a storage whose service answers so when something is written."""
    answer = {}

    class Refusing(BaseHTTPRequestHandler):
        def do_PUT(self):
            self.rfile.read(int(self.headers["Content-Length"] or 0))
            body = f"<Error><Code>{answer['code']}</Code><Message>no</Message></Error>".encode()
            self.send_response(answer["status"])
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    threading.Thread(target=server.serve_forever).start()
    for name, value in (("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b"), ("AWS_MAX_ATTEMPTS", "1")):
        monkeypatch.setenv(name, value)

    def refusing(status, code):
        answer.update(status=status, code=code)
        settings_with(storage="s3://scans", s3_endpoint=f"http://127.0.0.1:{server.server_port}")
        return stores.current()

    yield refusing
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("status", "code", "named"),
    [
        (507, "XMinioStorageFull", blobs.NoSpace),
        (404, "NoSuchBucket", StorageError),
        (403, "SignatureDoesNotMatch", StorageError),
        (403, "AccessDenied", StorageError),
        (503, "SlowDown", blobs.OutOfReach),
        (500, "InternalError", blobs.OutOfReach),
    ],
)
def test_what_a_service_refuses_has_our_word_or_its_own(refusing_service, tmp_path, status, code, named):
    store = refusing_service(status, code)
    path = tmp_path / "file"
    path.write_bytes(b"content")
    for write in (lambda: store.write_bytes("a", b"content"), lambda: store.write_file("a", path)):
        with pytest.raises(StorageError, match=None if named is blobs.NoSpace else code) as caught:
            write()
        assert type(caught.value) is named
    check = health.attempt("storage", health.check_storage)
    assert not check.is_ok
    assert check.message.startswith(named.__name__)


def test_a_storage_that_is_neither_local_nor_s3_is_refused(settings_with):
    settings_with(storage="ftp://somewhere")
    with pytest.raises(config.WrongSetting, match="READROOM_STORAGE"):
        stores.current()


def test_the_default_is_a_folder(own_data_folder):
    assert isinstance(stores.current(), LocalBlobs)


def test_a_service_that_does_not_answer_is_an_error_of_the_storage_that_the_checks_tell(settings_with, monkeypatch):
    for name, value in (("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b"), ("AWS_MAX_ATTEMPTS", "1")):
        monkeypatch.setenv(name, value)
    [port] = free_ports(1)
    settings_with(storage="s3://scans", s3_endpoint=f"http://127.0.0.1:{port}")
    with pytest.raises(blobs.OutOfReach, match="cannot be used"):
        stores.current().size("packs/ab/abcd")
    check = health.attempt("storage", health.check_storage)
    assert not check.is_ok
    assert "cannot be used" in check.message


def test_what_is_asked_of_a_service_that_does_not_answer_is_to_be_asked_again(
    settings_with, monkeypatch, make_user, client_of
):
    for name, value in (("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b"), ("AWS_MAX_ATTEMPTS", "1")):
        monkeypatch.setenv(name, value)
    [port] = free_ports(1)
    settings_with(storage="s3://scans", s3_endpoint=f"http://127.0.0.1:{port}")
    reply = client_of(make_user("ann")).send("POST", "/api/v1/uploads/", {"filename": "a"})
    assert (reply.status_code, reply.headers["Retry-After"]) == (503, "10")
    assert "storage does not answer" in reply.json()["detail"]
    assert not Upload.objects.exists()
