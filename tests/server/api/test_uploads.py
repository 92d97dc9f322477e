from __future__ import annotations

import asyncio
import hashlib
import json
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from readroom.server import bytes as bytes_app
from readroom.server.db.models import AuditEntry, Upload
from readroom.server.services import audit, uploads
from readroom.server.storage import blobs, stores

ABSENT = "5b0e1f60-8c5f-4d7a-9a55-2f6f0a4b9c11"
UPLOADS = "/api/v1/uploads/"


@pytest.fixture
def client(ann, client_of):
    return client_of(ann)


def put(url, content):
    """PUT to the bytes application, as a client without any header of its own does."""
    sent = []

    async def receive():
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "PUT", "path": urlsplit(url).path, "query_string": b"", "headers": []}
    asyncio.run(bytes_app.application(scope, receive, send))
    return sent[0]["status"], dict(sent[0]["headers"]).get(b"etag", b"").decode()


def begin(client, name="file.dcm"):
    response = client.send("POST", UPLOADS, {"filename": name})
    assert response.status_code == 201, response.content
    return response.json()


def path_of(upload, verb):
    return f"{UPLOADS}{upload['pk']}/{upload['s3_upload_id']}/{verb}/"


def send_file(client, contents, name="file.dcm"):
    upload = begin(client, name)
    numbers = list(range(1, len(contents) + 1))
    signed = client.send("PATCH", path_of(upload, "generate-presigned-urls"), {"part_numbers": numbers or [1]}).json()
    parts = []
    for number, content in zip(numbers, contents, strict=True):
        status, etag = put(signed["presigned_urls"][str(number)], content)
        assert status == 200
        parts.append({"ETag": etag, "PartNumber": number})
    return upload, client.send("PATCH", path_of(upload, "complete-multipart-upload"), {"parts": parts})


def test_a_file_arrives_in_parts_and_is_completed(client, ann):
    upload, response = send_file(client, [b"a" * 1000, b"b" * 10])
    assert response.status_code == 200
    assert response.json()["status"] == "Completed"
    assert set(upload) == {"pk", "created", "filename", "key", "s3_upload_id", "status", "api_url"}
    assert upload["status"] == "Initialized"
    assert upload["key"] == f"uploads/{ann.pk}/{upload['pk']}"
    assert b"".join(stores.current().read(upload["key"])) == b"a" * 1000 + b"b" * 10


def test_the_moment_of_the_beginning_is_the_same_in_every_reply(client):
    begun = begin(client)
    path = f"{UPLOADS}{begun['pk']}/"
    assert begun["created"].endswith("Z")
    assert client.send("GET", path).json()["created"] == begun["created"]
    assert client.send("GET", UPLOADS).json()["results"][0]["created"] == begun["created"]
    upload, completed = send_file(client, [b"abc"])
    assert completed.json()["created"] == upload["created"]


def test_addresses_of_parts_are_absolute_and_keyed_by_text(client):
    upload = begin(client)
    signed = client.send("PATCH", path_of(upload, "generate-presigned-urls"), {"part_numbers": [1, 2]}).json()
    assert set(signed["presigned_urls"]) == {"1", "2"}
    assert signed["presigned_urls"]["1"].startswith("http://testserver/bytes/write/")


def test_an_empty_file_is_a_file(client):
    _upload, response = send_file(client, [])
    assert response.json()["status"] == "Completed"


def test_completing_twice_gives_the_same_reply(client):
    upload = begin(client)
    signed = client.send("PATCH", path_of(upload, "generate-presigned-urls"), {"part_numbers": [1]}).json()
    _status, etag = put(signed["presigned_urls"]["1"], b"abc")
    body = {"parts": [{"ETag": etag, "PartNumber": 1}]}
    first, second = (client.send("PATCH", path_of(upload, "complete-multipart-upload"), body) for _ in range(2))
    assert first.status_code == second.status_code == 200
    assert first.json()["status"] == second.json()["status"]


def test_the_etag_is_the_md5_in_quotes(client):
    upload = begin(client)
    signed = client.send("PATCH", path_of(upload, "generate-presigned-urls"), {"part_numbers": [1]}).json()
    assert put(signed["presigned_urls"]["1"], b"abc") == (200, f'"{hashlib.md5(b"abc").hexdigest()}"')


@pytest.mark.parametrize(
    "parts",
    [
        [{"ETag": '"' + "0" * 32 + '"', "PartNumber": 1}],
        [{"ETag": '"900150983cd24fb0d6963f7d28e17f72"', "PartNumber": 2}],
        [{"ETag": '"900150983cd24fb0d6963f7d28e17f72"', "PartNumber": 1}] * 2,
        [{"PartNumber": 1}],
        "nonsense",
        None,
    ],
    ids=["wrong etag", "missing part", "part named twice", "no etag", "no list", "null"],
)
def test_wrong_parts_are_refused_and_the_upload_goes_on(client, parts):
    upload = begin(client)
    signed = client.send("PATCH", path_of(upload, "generate-presigned-urls"), {"part_numbers": [1]}).json()
    put(signed["presigned_urls"]["1"], b"abc")
    response = client.send("PATCH", path_of(upload, "complete-multipart-upload"), {"parts": parts})
    assert response.status_code == 400
    assert "parts" in response.json()
    assert client.get(f"{UPLOADS}{upload['pk']}/").json()["status"] == "Initialized"


def test_a_broken_off_upload_goes_on_after_the_parts_that_arrived(client):
    upload = begin(client)
    signed = client.send("PATCH", path_of(upload, "generate-presigned-urls"), {"part_numbers": [1, 2]}).json()
    put(signed["presigned_urls"]["1"], b"first")
    (part,) = client.get(path_of(upload, "list-parts")).json()["parts"]
    assert (part["PartNumber"], part["Size"]) == (1, 5)
    _status, etag = put(signed["presigned_urls"]["2"], b"second")
    parts = [{"ETag": part["ETag"], "PartNumber": 1}, {"ETag": etag, "PartNumber": 2}]
    assert client.send("PATCH", path_of(upload, "complete-multipart-upload"), {"parts": parts}).status_code == 200
    assert b"".join(stores.current().read(upload["key"])) == b"firstsecond"


def test_an_aborted_upload_has_no_id_any_more_and_its_parts_are_gone(client):
    upload = begin(client)
    signed = client.send("PATCH", path_of(upload, "generate-presigned-urls"), {"part_numbers": [1]}).json()
    put(signed["presigned_urls"]["1"], b"abc")
    response = client.send("PATCH", path_of(upload, "abort-multipart-upload"))
    assert response.json()["status"] == "Aborted"
    assert response.json()["s3_upload_id"] == ""
    assert put(signed["presigned_urls"]["1"], b"abc") == (404, "")
    assert client.get(path_of(upload, "list-parts")).status_code == 404


def test_an_upload_is_complete_even_where_the_storage_refuses_to_forget_its_parts(client, monkeypatch):
    def refuse(*_arguments):
        raise blobs.StorageError("the S3 service refuses: AccessDenied")

    monkeypatch.setattr(type(stores.current()), "drop_parts", refuse)
    _upload, response = send_file(client, [b"abc"])
    assert response.status_code == 200
    assert response.json()["status"] == "Completed"


@pytest.mark.parametrize("verb", ["list-parts", "generate-presigned-urls", "complete-multipart-upload"])
def test_another_id_in_the_address_is_a_404(client, verb):
    upload = begin(client) | {"s3_upload_id": "0" * 32}
    method = "GET" if verb == "list-parts" else "PATCH"
    body = None if verb == "list-parts" else {"part_numbers": [1], "parts": []}
    assert client.send(method, path_of(upload, verb), body).status_code == 404


@pytest.mark.parametrize("numbers", [[0], [10_001], [], [-1], ["x"], None])
def test_impossible_part_numbers_are_refused(client, numbers):
    response = client.send("PATCH", path_of(begin(client), "generate-presigned-urls"), {"part_numbers": numbers})
    assert response.status_code == 400
    assert "part_numbers" in response.json()


@pytest.mark.parametrize("name", ["", " ", "..", "folder/", "a\nb", "x" * 129, None, 5])
def test_an_impossible_name_is_refused(client, name):
    response = client.send("POST", UPLOADS, {"filename": name})
    assert response.status_code == 400
    assert "filename" in response.json()


@pytest.mark.parametrize(
    ("name", "kept"), [("images/a.mha", "a.mha"), ("C:\\data\\b.dcm", "b.dcm"), ("ü/مرحبا.nii.gz", "مرحبا.nii.gz")]
)
def test_of_a_name_with_a_path_the_last_part_is_kept(client, name, kept):
    assert begin(client, name)["filename"] == kept


def test_a_null_character_in_a_name_is_refused(client):
    assert client.send("POST", UPLOADS, {"filename": "a\x00b"}).status_code == 400


def test_uploads_of_others_are_invisible(client, client_of, make_user):
    upload = begin(client)
    other = client_of(make_user("bob"))
    assert other.get(UPLOADS).json()["count"] == 0
    for path in (f"{UPLOADS}{upload['pk']}/", path_of(upload, "list-parts")):
        assert other.get(path).status_code == 404
    assert other.send("PATCH", path_of(upload, "abort-multipart-upload")).status_code == 404


def test_nobody_cannot_begin_an_upload_and_sees_an_empty_list(db, client_of):
    assert client_of(None).send("POST", UPLOADS, {"filename": "a"}).status_code == 401
    assert client_of(None).get(UPLOADS).json()["results"] == []


@pytest.mark.parametrize("pk", ["nonsense", ABSENT, "5"])
def test_an_unknown_id_is_a_404(client, pk):
    assert client.get(f"{UPLOADS}{pk}/").status_code == 404


def test_too_many_uploads_are_refused_with_the_documented_message(client, settings_with):
    settings_with(upload_max_count=2)
    begin(client)
    begin(client)
    response = client.send("POST", UPLOADS, {"filename": "third"})
    assert response.status_code == 400
    (message,) = response.json()["non_field_errors"]
    assert "you have created too many uploads" in message.lower()


def test_a_client_that_fails_again_and_again_does_not_lock_itself_out(client, settings_with):
    settings_with(upload_max_count=2)
    for _attempt in range(5):
        client.send("PATCH", path_of(begin(client), "abort-multipart-upload"))
    begin(client)
    begin(client)
    Upload.objects.update(created_at=timezone.now() - timedelta(hours=2))
    assert begin(client)["status"] == "Initialized"


def test_an_unused_upload_can_be_deleted(client):
    upload, _response = send_file(client, [b"abc"])
    assert client.send("DELETE", f"{UPLOADS}{upload['pk']}/", {}).status_code == 204
    assert client.get(f"{UPLOADS}{upload['pk']}/").status_code == 404
    with pytest.raises(blobs.MissingBlob):
        stores.current().size(upload["key"])
    entry = AuditEntry.objects.get(act="delete upload")
    assert (entry.target_id, entry.before) == (upload["pk"], '{"size": 3, "status": "Completed"}')


def test_more_bytes_than_allowed_are_refused_with_403(client, settings_with):
    settings_with(upload_max_bytes=3)
    send_file(client, [b"abc"])
    response = client.send("PATCH", path_of(begin(client), "generate-presigned-urls"), {"part_numbers": [1]})
    assert response.status_code == 403
    assert "bytes" in response.json()["detail"]


def test_a_full_disk_refuses_with_a_message(client, settings_with):
    settings_with(free_disk_min_bytes=2**62)
    response = client.send("POST", UPLOADS, {"filename": "a"})
    assert response.status_code == 507
    assert "full" in response.json()["detail"]


def test_what_nobody_used_in_time_is_removed(client):
    upload, _response = send_file(client, [b"abc"])
    broken_off = begin(client)
    Upload.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert uploads.discard_expired() == 2
    assert client.get(UPLOADS).json()["count"] == 0
    with pytest.raises(blobs.MissingBlob):
        stores.current().size(upload["key"])
    with pytest.raises(blobs.MissingParts):
        stores.current().list_parts(broken_off["key"], broken_off["s3_upload_id"])


def test_a_repeated_post_with_a_key_is_one_upload(client):
    header = {"HTTP_IDEMPOTENCY_KEY": "one"}
    first, second = (client.send("POST", UPLOADS, {"filename": "a"}, **header) for _ in range(2))
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    other = client.send("POST", UPLOADS, {"filename": "b"}, **header)
    assert other.status_code == 400
    assert Upload.objects.count() == 1


def test_every_step_of_an_upload_is_in_the_trail_and_no_name_of_a_file(client, ann):
    send_file(client, [b"abc"], "DOE^JOHN.dcm")
    upload, _response = send_file(client, [], "empty.dcm")
    for _again in range(2):
        client.send("PATCH", path_of(upload, "complete-multipart-upload"), {"parts": []})
    broken_off = begin(client)
    for _again in range(2):
        client.send("PATCH", path_of(broken_off, "abort-multipart-upload"))
    entries = AuditEntry.objects.filter(stream=f"account:{ann.pk}").order_by("position")
    assert list(entries.values_list("act", flat=True)) == [
        "begin upload", "complete upload", "begin upload", "complete upload", "begin upload", "abort upload",
    ]  # fmt: skip
    assert json.loads(entries[1].after)["size"] == 3
    assert "DOE" not in str(list(entries.values()))
    assert list(audit.verify()) == []


def test_unknown_parameters_are_ignored_and_pages_end_empty(client):
    for _number in range(3):
        begin(client)
    page = client.get(f"{UPLOADS}?limit=2&offset=2&slug=&nothing=1").json()
    assert (page["count"], len(page["results"]), page["next"]) == (3, 1, None)
    assert "offset=0" in page["previous"]
    assert client.get(f"{UPLOADS}?offset=100").json()["results"] == []
    assert len(client.get(f"{UPLOADS}?limit=0&offset=x").json()["results"]) == 3
    assert client.get(f"{UPLOADS}?offset={'9' * 40}").json()["results"] == []
    assert client.get(f"{UPLOADS}?limit={'9' * 40}&offset=1").json()["previous"].endswith("limit=1000&offset=0")


@pytest.mark.parametrize(("what", "at_most"), [("begin", 7), ("sign", 3), ("complete", 7), ("list", 3)])
def test_requests_of_an_upload_need_few_statements(client, statements, what, at_most):
    upload = begin(client)
    requests = {
        "begin": lambda: begin(client),
        "sign": lambda: client.send("PATCH", path_of(upload, "generate-presigned-urls"), {"part_numbers": [1]}),
        "complete": lambda: client.send("PATCH", path_of(upload, "complete-multipart-upload"), {"parts": []}),
        "list": lambda: client.get(UPLOADS),
    }
    with statements(at_most=at_most):
        requests[what]()


class UsedMeanwhile:
    """A store in which somebody begins to use every other upload while the first one is being removed."""

    def __init__(self, store):
        self.store = store

    def __getattr__(self, name):
        return getattr(self.store, name)

    def remove(self, key):
        self.store.remove(key)
        Upload.objects.exclude(pk=key.rsplit("/", 1)[-1]).update(used_at=timezone.now())


def test_an_upload_that_is_used_while_others_end_keeps_its_bytes(client, monkeypatch):
    sent = [send_file(client, [b"abc"])[0]["key"] for _ in range(3)]
    Upload.objects.update(created_at=timezone.now() - timedelta(hours=25))
    store = stores.current()
    monkeypatch.setattr(stores, "current", lambda: UsedMeanwhile(store))
    assert uploads.discard_expired() == 1
    assert Upload.objects.count() == 2
    kept = [key for key in sent if Upload.objects.filter(pk=key.rsplit("/", 1)[-1]).exists()]
    assert [store.size(key) for key in kept] == [3, 3]
