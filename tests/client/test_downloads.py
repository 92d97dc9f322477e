import contextlib

import httpx
import pytest

import readroom
from readroom import errors
from readroom.client.testing import ServerDouble


def test_an_image_is_written_under_its_pk(client, server, tmp_path):
    image = server.add_image("chest", b"pixels")
    [path] = client.images.download(pk=image["pk"], output_directory=tmp_path / "new")
    assert path == tmp_path / "new" / f"{image['pk']}.mha"
    assert path.read_bytes() == b"pixels"


def test_the_older_form_names_folder_and_file_in_one(client, server, tmp_path):
    image = server.add_image("chest")
    [path] = client.images.download(url=image["api_url"], filename=tmp_path / "masks" / "case.1")
    assert path == tmp_path / "masks" / "case.1.mha"


def test_nothing_is_overwritten(client, server, tmp_path):
    image = server.add_image("chest")
    client.images.download(pk=image["pk"], output_directory=tmp_path)
    with pytest.raises(FileExistsError):
        client.images.download(pk=image["pk"], output_directory=tmp_path)
    assert len(list(tmp_path.iterdir())) == 1


def test_the_type_of_a_file_chooses(client, server, tmp_path):
    image = server.add_image("chest")
    assert client.images.download(pk=image["pk"], output_directory=tmp_path, image_type="TIFF") == []
    assert len(client.images.download(pk=image["pk"], output_directory=tmp_path, image_type="MHD")) == 1


class BreaksOff(ServerDouble):
    """Sends half of a file, twice, then the rest."""

    breaks = 2

    def _send_file(self, request):
        response = super()._send_file(request)
        if not self.breaks:
            return response
        self.breaks -= 1

        class Half(httpx.SyncByteStream):
            def __iter__(self):
                yield response.content[: max(1, len(response.content) // 2)]
                raise httpx.ReadError("reset")

        headers = {**response.headers, "Content-Length": str(len(response.content))}
        return httpx.Response(response.status_code, headers=headers, stream=Half(), request=request)


def test_a_download_goes_on_where_it_broke_off(tmp_path):
    server = BreaksOff()
    client = readroom.Client(token="a", base_url=server.base_url, transport=server)
    content = bytes(range(200)) * 50
    image = server.add_image("chest", content)
    [path] = client.images.download(pk=image["pk"], output_directory=tmp_path)
    assert path.read_bytes() == content
    ranges = [request.headers.get("Range") for request in server.requests if request.url.path.endswith(".mha")]
    assert ranges == [None, "bytes=5000-", "bytes=7500-"]


def test_a_download_that_breaks_off_often_but_goes_on_arrives(tmp_path):
    class BreaksOften(BreaksOff):
        breaks = 15

    server = BreaksOften()
    client = readroom.Client(token="a", base_url=server.base_url, transport=server)
    content = bytes(range(250)) * 4000
    image = server.add_image("chest", content)
    [path] = client.images.download(pk=image["pk"], output_directory=tmp_path)
    assert path.read_bytes() == content


def test_a_download_that_never_finishes_leaves_nothing(tmp_path):
    server = BreaksOff()
    server.breaks = 99
    client = readroom.Client(token="a", base_url=server.base_url, transport=server)
    image = server.add_image("chest", b"0123456789")
    with pytest.raises(errors.ConnectionFailed):
        client.images.download(pk=image["pk"], output_directory=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_path_of_the_server_cannot_leave_the_folder(client, server, tmp_path):
    from readroom.client.models import SocketValue

    for path in ("../evil.json", "/etc/evil.json", "a/../../evil.json"):
        value = SocketValue({"interface": {"relative_path": path}, "value": 1})
        with pytest.raises(ValueError, match="leaves the folder"):
            client.download_socket_value(value, output_directory=tmp_path)


def test_two_files_of_one_kind_both_arrive(client, server, tmp_path):
    image = server.add_image("chest", b"first")
    server.files["/api/v1/media/second.mha"] = b"second"
    image["files"].append({**image["files"][0], "file": f"{server.base_url}media/second.mha"})
    paths = client.images.download(pk=image["pk"], output_directory=tmp_path)
    assert [path.read_bytes() for path in paths] == [b"first", b"second"]


class HoldsInstances(ServerDouble):
    def handle_request(self, request):
        if not request.url.path.endswith("/dicom/instances/"):
            return super().handle_request(request)
        instance = {"url": "https://double.invalid/1", "method": "GET", "headers": {}}
        instances = [{"sop_instance_uid": "../1.2.3", "get_instance": instance}]
        return httpx.Response(200, json={"image_set_id": "1", "instances": instances}, request=request)


class Breaks(httpx.SyncByteStream):
    def __init__(self, *, is_whole):
        self._is_whole = is_whole

    def __iter__(self):
        yield b"half"
        if not self._is_whole:
            raise httpx.ReadError("reset")


@pytest.mark.parametrize("is_whole", [True, False])
def test_an_instance_is_written_whole_or_not_at_all(tmp_path, monkeypatch, is_whole):
    server = HoldsInstances()
    client = readroom.Client(token="a", base_url=server.base_url, transport=server)
    image = server.add_image("series")
    image["dicom_image_set"] = {"image_set_id": "1"}
    reply = httpx.Response(200, stream=Breaks(is_whole=is_whole), request=httpx.Request("GET", "https://a"))
    monkeypatch.setattr("httpx.stream", lambda **_: contextlib.nullcontext(reply))
    with contextlib.nullcontext() if is_whole else pytest.raises(httpx.ReadError):
        client.images.download(pk=image["pk"], output_directory=tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == (["1.2.3.dcm"] if is_whole else [])
