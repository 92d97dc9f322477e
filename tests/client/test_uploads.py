import hashlib
import io
import threading

import httpx
import pytest

import readroom
from readroom import errors
from readroom.client.journal import Journal
from readroom.client.testing import ServerDouble
from readroom.client.uploads import parts_of


@pytest.fixture
def big_file(tmp_path):
    path = tmp_path / "big.bin"
    path.write_bytes(bytes(range(256)) * 40)
    return path


def arrived(server):
    return {pk: b"".join(parts[number] for number in sorted(parts)) for pk, parts in server.parts.items()}


def test_a_file_arrives_whole_and_in_parts(client, server, big_file, monkeypatch):
    monkeypatch.setattr("readroom.client.uploads.parts_of", lambda size: parts_of(size, part_size=1000))
    [address] = client.uploads.upload_files([big_file])
    upload = client.uploads.detail(api_url=address)
    assert upload.status == "Completed"
    assert arrived(server)[upload.pk] == big_file.read_bytes()
    assert len(server.parts[upload.pk]) == 11


def test_parts_cover_a_file_without_gap_and_never_exceed_the_wires_number():
    for size in (0, 1, 999, 1000, 1001, 50_000):
        parts = parts_of(size, part_size=1000, most=20)
        assert sum(part.size for part in parts) == size
        assert [part.number for part in parts] == list(range(1, len(parts) + 1))
        assert len(parts) <= 20


def test_an_object_is_uploaded_in_chunks(client, server):
    client.uploads.chunk_size = 4
    upload = client.uploads.upload_fileobj(fileobj=io.BytesIO(b"0123456789"), filename="a.txt")
    assert arrived(server)[upload.pk] == b"0123456789"


def test_an_interrupted_upload_sends_only_the_rest(server, big_file, tmp_path, monkeypatch):
    monkeypatch.setattr("readroom.client.uploads.parts_of", lambda size: parts_of(size, part_size=1000))

    class Dies(ServerDouble):
        def handle_request(self, request):
            if request.method == "PUT" and sum(r.method == "PUT" for r in self.requests) >= 7:
                raise KeyboardInterrupt
            return super().handle_request(request)

    dying = Dies()
    client = readroom.Client(token="a", base_url=dying.base_url, transport=dying, max_concurrent_uploads=1)
    with pytest.raises(KeyboardInterrupt):
        client.uploads.upload_files([big_file], journal=Journal(tmp_path / "journal", server="s"))
    server.objects, server.parts = dying.objects, dying.parts
    again = readroom.Client(token="a", base_url=server.base_url, transport=server)
    again.uploads.upload_files([big_file], journal=Journal(tmp_path / "journal", server="s"))
    assert sum(request.method == "PUT" for request in server.requests) == 4
    assert list(arrived(server).values()) == [big_file.read_bytes()]


def test_a_finished_upload_is_not_sent_again_and_a_changed_file_is(client, server, big_file, tmp_path):
    first = client.uploads.upload_files([big_file], journal=Journal(tmp_path / "journal"))
    assert client.uploads.upload_files([big_file], journal=Journal(tmp_path / "journal")) == first
    big_file.write_bytes(b"other")
    assert client.uploads.upload_files([big_file], journal=Journal(tmp_path / "journal")) != first


def test_an_upload_that_expired_on_the_server_is_sent_again(client, server, big_file, tmp_path):
    first = client.uploads.upload_files([big_file], journal=Journal(tmp_path / "journal"))
    server.objects["uploads"].clear()
    assert client.uploads.upload_files([big_file], journal=Journal(tmp_path / "journal")) != first


def test_a_journal_cut_short_by_a_crash_is_read_as_far_as_it_goes(client, server, big_file, tmp_path):
    path = tmp_path / "journal"
    client.uploads.upload_files([big_file], journal=Journal(path))
    path.write_text(path.read_text()[:-20] + "\n")
    client.uploads.upload_files([big_file], journal=Journal(path))
    assert len(server.objects["uploads"]) == 1


def test_what_must_outlive_a_power_cut_is_on_the_disk_and_the_rest_costs_nothing(tmp_path, big_file, monkeypatch):
    synced = []
    monkeypatch.setattr("os.fsync", synced.append)
    journal = Journal(tmp_path / "journal")
    record = journal.keep_upload(big_file, pk="1", api_url="u", s3_upload_id="s")
    journal.keep_part(big_file, record, {"ETag": "e", "PartNumber": 1})
    journal.keep_complete(big_file, record)
    assert not synced
    journal.intent("title:a")
    journal.keep_case("title:a", pk="2", is_done=True)
    assert len(synced) == 2
    again = Journal(tmp_path / "journal")
    assert again.find_upload(big_file).is_complete
    assert again.find_case("title:a")["done"]


class Alters(ServerDouble):
    """Damages the first parts on the way."""

    damaged = 1

    def _take_part(self, request):
        response = super()._take_part(request)
        if self.damaged > 0:
            self.damaged -= 1
            response.headers["ETag"] = f'"{hashlib.md5(b"altered").hexdigest()}"'
        return response


def test_a_part_that_arrives_altered_is_sent_again(big_file):
    server = Alters()
    client = readroom.Client(token="a", base_url=server.base_url, transport=server)
    client.uploads.upload_files([big_file])
    assert sum(request.method == "PUT" for request in server.requests) == 2


def test_parts_that_keep_arriving_altered_are_an_error(big_file):
    server = Alters()
    server.damaged = 99
    client = readroom.Client(token="a", base_url=server.base_url, transport=server)
    with pytest.raises(errors.ChecksumMismatch):
        client.uploads.upload_files([big_file])


def test_success_without_a_receipt_is_a_failure(big_file):
    class NoReceipt(ServerDouble):
        def _take_part(self, request):
            return httpx.Response(200, request=request)

    server = NoReceipt()
    client = readroom.Client(token="a", base_url=server.base_url, transport=server)
    with pytest.raises(errors.RequestRefused):
        client.uploads.upload_files([big_file])


def test_too_many_uploads_are_waited_out(big_file, monkeypatch):
    class Full(ServerDouble):
        refusals = 2

        def handle_request(self, request):
            if request.method == "POST" and self.refusals:
                self.refusals -= 1
                content = {"non_field_errors": ["You have created too many uploads, try again later."]}
                return httpx.Response(400, json=content, request=request)
            return super().handle_request(request)

    server = Full()
    client = readroom.Client(token="a", base_url=server.base_url, transport=server)
    waits = []
    monkeypatch.setattr(client.uploads, "_wait", waits.append)
    client.uploads.upload_files([big_file])
    assert waits == [30.0, 30.0]


def test_when_one_file_of_a_case_fails_the_others_end_in_their_midst(tmp_path, monkeypatch):
    monkeypatch.setattr("readroom.client.uploads.BLOCK_SIZE", 1000)
    has_begun, passed = threading.Event(), []

    class SecondFails(ServerDouble):
        def handle_request(self, request):
            if request.method != "PUT":
                return super().handle_request(request)
            for block in request.stream:
                if block.startswith(b"2"):
                    has_begun.wait(10)
                    raise PermissionError("the second file")
                has_begun.set()
                passed.append(block)
                threading.Event().wait(0.005)
            return self._take_part(request)

    for name in "12":
        (tmp_path / name).write_bytes(name.encode() * 1_000_000)
    server = SecondFails()
    client = readroom.Client(token="a", base_url=server.base_url, transport=server)
    with pytest.raises(PermissionError, match="the second file"):
        client.uploads.upload_files([tmp_path / name for name in "12"])
    assert 1 <= len(passed) < 900
