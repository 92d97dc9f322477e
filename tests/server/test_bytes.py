from __future__ import annotations

import asyncio
import resource
import time
from pathlib import Path

import numpy as np
import pytest

from readroom.imaging import Pack, write_pack
from readroom.imaging.testing.arrays import ArraySource
from readroom.server import bytes as bytes_app
from readroom.server.storage import packs, signing, stores

CONTENT = bytes(range(256)) * 40


def call(method, path, *, body=(b"",), headers=None, query=b""):
    """One request: (status, headers, body)."""
    messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in body]
    messages[-1]["more_body"] = False
    sent = []

    async def receive():
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    packed = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    scope = {"type": "http", "method": method, "path": path, "query_string": query, "headers": packed}
    asyncio.run(bytes_app.application(scope, receive, send))
    found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], found, b"".join(message.get("body", b"") for message in sent[1:])


@pytest.fixture
def blob(own_data_folder):
    stores.current().write_bytes("packs/ab/abcd.rrpack", CONTENT)
    return signing.signed_path("read", "packs/ab/abcd.rrpack", "image.rrpack", seconds=60)


def test_a_blob_is_sent_whole_and_kept_for_ever(blob):
    status, headers, body = call("GET", blob)
    assert (status, body) == (200, CONTENT)
    assert "immutable" in headers["cache-control"]
    assert headers["content-length"] == str(len(CONTENT))
    assert headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [("bytes=0-0", 0, 1), ("bytes=5-99", 5, 100), ("bytes=10000-", 10000, 10240), ("bytes=-7", 10233, 10240),
     ("bytes=10000-99999", 10000, 10240), ("bytes=-99999", 0, 10240)],
)  # fmt: skip
def test_a_range_is_those_bytes(blob, wanted, start, end):
    status, headers, body = call("GET", blob, headers={"Range": wanted})
    assert body == CONTENT[start:end]
    assert status == (206 if (start, end) != (0, 10240) else 200)
    if status == 206:
        assert headers["content-range"] == f"bytes {start}-{end - 1}/10240"


@pytest.mark.parametrize("wanted", ["bytes=10240-", "bytes=5-4", "bytes=-0"])
def test_a_range_beyond_the_end_is_refused(blob, wanted):
    status, headers, _body = call("GET", blob, headers={"Range": wanted})
    assert (status, headers["content-range"]) == (416, "bytes */10240")


@pytest.mark.parametrize("wanted", ["bytes=-", "items=0-1", "bytes=0-1,3-4", "nonsense", "bytes=" + "9" * 100 + "-"])
def test_what_is_no_single_range_gets_the_whole(blob, wanted):
    assert call("GET", blob, headers={"Range": wanted})[0] == 200


def test_an_unchanged_blob_is_not_sent_again(blob):
    etag = call("GET", blob)[1]["etag"]
    assert call("GET", blob, headers={"If-None-Match": etag})[::2] == (304, b"")
    assert call("GET", blob, headers={"If-Range": '"other"', "Range": "bytes=0-1"})[0] == 200


def test_head_says_the_size_and_sends_nothing(blob):
    status, headers, body = call("HEAD", blob)
    assert (status, headers["content-length"], body) == (200, "10240", b"")


@pytest.mark.parametrize("place", range(3, 7))
def test_an_altered_address_is_refused(blob, place):
    segments = blob.split("/")
    segments[place] = segments[place][:-1] + ("A" if segments[place][-1] != "A" else "B")
    assert call("GET", "/".join(segments))[0] == 403


def test_an_address_of_reading_does_not_write(blob):
    assert call("PUT", blob)[0] == 405
    assert call("PUT", blob.replace("/read/", "/write/"))[0] == 403


def test_an_address_ends(blob, monkeypatch):
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 121)
    assert call("GET", blob)[0] == 403


def test_the_same_address_is_given_within_a_minute_so_that_caches_hold(monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 6000.0)
    first = signing.signed_path("read", "a", "b", seconds=60)
    monkeypatch.setattr(time, "time", lambda: 6059.0)
    assert signing.signed_path("read", "a", "b", seconds=60) == first


@pytest.mark.parametrize(
    "path", ["/bytes/", "/bytes/read/1/x/y/z", "/bytes/read/x/x/x/x", "/bytes/a/99999999999/a/%00/b"]
)
def test_an_address_that_never_was_is_refused(own_data_folder, path):
    assert call("GET", path)[0] == 403


def test_a_removed_blob_is_a_404(blob):
    stores.current().remove("packs/ab/abcd.rrpack")
    assert call("GET", blob)[0] == 404


def test_an_uploaded_page_is_saved_and_never_shown(own_data_folder):
    stores.current().write_bytes("uploads/1/x", b"<script>alert(1)</script>")
    for name in ("page.html", "picture.svg", "data.xml", "no suffix"):
        path = signing.signed_path("read", "uploads/1/x", name, seconds=60)
        headers = call("GET", path)[1]
        assert headers["content-type"] == "application/octet-stream"
        assert headers["content-disposition"].startswith("attachment")
        assert headers["x-content-type-options"] == "nosniff"


def test_a_name_cannot_add_headers(own_data_folder):
    stores.current().write_bytes("a", b"x")
    path = signing.signed_path("read", "a", 'x"\r\nSet-Cookie: a=b.png', seconds=60)
    headers = call("GET", path)[1]
    assert "\r" not in headers["content-disposition"]
    assert "set-cookie" not in headers


def test_json_does_not_carry_the_content_type_that_clients_parse(own_data_folder):
    stores.current().write_bytes("a", b"{}")
    headers = call("GET", signing.signed_path("read", "a", "values.json", seconds=60))[1]
    assert headers["content-type"] != "application/json"


def test_a_large_blob_is_sent_in_pieces(own_data_folder):
    content = np.random.default_rng(0).bytes(9_000_000)
    stores.current().write_bytes("large", content)
    assert call("GET", signing.signed_path("read", "large", "x.bin", seconds=60))[2] == content


@pytest.fixture
def pack(own_data_folder, tmp_path):
    values = np.random.default_rng(0).integers(0, 4000, (5, 300, 280), dtype=np.int16)
    write_pack(ArraySource(values), tmp_path / "image.rrpack")
    stores.current().write_file("packs/ab/frames.rrpack", tmp_path / "image.rrpack")
    return tmp_path / "image.rrpack"


def test_a_frame_is_one_whole_codestream(pack):
    path = signing.signed_path("read", "packs/ab/frames.rrpack", "image.rrpack", seconds=60)
    with Pack.open(pack) as opened:
        for frame in range(5):
            assert call("GET", path, query=f"frame={frame}".encode())[2] == opened.frame_bytes(frame)


def test_a_file_that_ends_before_its_frame_is_a_404_and_not_half_a_frame(pack):
    path = signing.signed_path("read", "packs/ab/frames.rrpack", "image.rrpack", seconds=60)
    assert call("GET", path, query=b"frame=4")[0] == 200
    kept = stores.current().path("packs/ab/frames.rrpack")
    with kept.open("r+b") as file:
        file.truncate(kept.stat().st_size - 1)
    assert call("GET", path, query=b"frame=4")[0] == 404


def test_an_address_that_was_allowed_once_is_judged_by_the_clock_each_time(blob, monkeypatch):
    assert call("GET", blob)[0] == 200
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 3600)
    assert call("GET", blob)[0] == 403


def test_no_file_stays_open_behind_a_reply(blob, pack):
    path = signing.signed_path("read", "packs/ab/frames.rrpack", "image.rrpack", seconds=60)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for headers in ({}, {"Range": "bytes=99999999-"}, {"Range": "bytes=0-5"}):
        call("GET", blob, headers=headers)
        call("HEAD", blob, headers=headers)
        call("GET", path, query=b"frame=99")
    assert len(list(Path("/proc/self/fd").iterdir())) == before


@pytest.mark.parametrize("frame", ["5", "-1", "x", "", "1e3", "9" * 30])
def test_a_frame_that_is_not_there_is_a_404(pack, frame):
    path = signing.signed_path("read", "packs/ab/frames.rrpack", "image.rrpack", seconds=60)
    assert call("GET", path, query=f"frame={frame}".encode())[0] == 404


def test_a_frame_of_what_is_no_pack_is_a_404(blob):
    assert call("GET", blob, query=b"frame=0")[0] == 404


def test_bands_stand_where_the_index_says(pack):
    index = packs.to_document(packs.index_of(stores.current(), "packs/ab/frames.rrpack"))
    band = index["bands"][0]
    start, size = index["data_start"] + band["offset"], sum(band["lengths"])
    path = signing.signed_path("read", "packs/ab/frames.rrpack", "image.rrpack", seconds=60)
    body = call("GET", path, headers={"Range": f"bytes={start}-{start + size - 1}"})[2]
    with Pack.open(pack) as opened:
        assert body == opened.band(band["level"])


@pytest.fixture
def part(own_data_folder):
    store = stores.current()
    parts_id = store.begin_parts("uploads/1/x")
    return store, parts_id, store.part_links("uploads/1/x", parts_id, [1], seconds=60)[1]


def test_a_part_is_written_as_it_arrives(part):
    store, parts_id, path = part
    status, headers, _body = call("PUT", path, body=[b"abc", b"", b"def"], headers={"Content-Length": "6"})
    assert status == 200
    assert [(found.etag, found.size) for found in store.list_parts("uploads/1/x", parts_id)] == [(headers["etag"], 6)]


@pytest.mark.parametrize("announced", ["7", "5"])
def test_a_part_of_another_length_than_announced_is_no_part(part, announced):
    store, parts_id, path = part
    status, headers, _body = call("PUT", path, body=[b"abcdef"], headers={"Content-Length": announced})
    assert status == 400
    assert "etag" not in headers
    assert list(store.parts_folder(parts_id).iterdir()) == []


def test_a_broken_connection_leaves_no_part_and_no_etag(part, monkeypatch):
    store, parts_id, path = part

    async def broken(_receive, writer, _limit):
        writer.write(b"abc")
        raise ConnectionResetError

    monkeypatch.setattr(bytes_app, "take_body", broken)
    with pytest.raises(ConnectionResetError):
        call("PUT", path, body=[b"abcdef"])
    assert list(store.parts_folder(parts_id).iterdir()) == []


@pytest.mark.parametrize("headers", [{"Content-Length": "11"}, {}])
def test_a_part_that_is_too_large_is_refused(part, settings_with, headers):
    store, parts_id, _path = part
    settings_with(upload_part_max_bytes=10)
    path = store.part_links("uploads/1/x", parts_id, [1], seconds=60)[1]
    status, found, _body = call("PUT", path, body=[b"a" * 6, b"b" * 5], headers=headers)
    assert status == 413
    assert "etag" not in found


def test_a_full_disk_refuses_a_part_without_an_etag(part):
    _store, _parts_id, path = part
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2, limits[1]))
    try:
        status, headers, _body = call("PUT", path, body=[b"abc"])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert status == 507
    assert "etag" not in headers


def test_a_part_that_a_power_cut_left_short_does_not_count(part):
    store, parts_id, path = part
    call("PUT", path, body=[b"abc"])
    [kept] = store.parts_folder(parts_id).iterdir()
    assert [found.size for found in store.list_parts("uploads/1/a", parts_id)] == [3]
    kept.write_bytes(b"ab")
    assert store.list_parts("uploads/1/a", parts_id) == []
