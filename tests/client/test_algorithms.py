import json

import pytest

import readroom
from readroom import SocketValueSpec
from readroom.client.testing import ServerDouble

ADDRESS = f"{ServerDouble.base_url}algorithms/1/"
ALGORITHM = {
    "pk": "1",
    "slug": "finder",
    "title": "Finder",
    "api_url": ADDRESS,
    "interfaces": [{"inputs": [{"slug": "ct-image"}, {"slug": "age"}], "outputs": []}],
}


class WithAlgorithms(ServerDouble):
    """A server that offers one algorithm with an endpoint, and keeps what is sent to run it."""

    sent = None

    def _answer(self, request, path):
        if not path.startswith("algorithms/"):
            return super()._answer(request, path)
        if request.method == "POST":
            self.sent = (path, json.loads(request.content))
            return 201, {"pk": "7", "status": "Queued"}
        if path == "algorithms/endpoints/5/":
            return 200, {"pk": "5", "algorithm": ADDRESS, "api_url": f"{self.base_url}{path}"}
        return 200, ALGORITHM if path == "algorithms/1/" else {"count": 1, "results": [ALGORITHM]}


@pytest.fixture
def server():
    server = WithAlgorithms()
    server.add_socket("ct-image")
    server.add_socket("age", kind="Integer")
    return server


@pytest.fixture
def inputs(server):
    image = server.add_image("chest")["api_url"]
    return [SocketValueSpec("ct-image", existing_image_api_url=image), SocketValueSpec("age", value=57)]


def test_an_algorithm_is_started_on_all_inputs_of_one_of_its_interfaces(client, server, inputs):
    assert client.start_algorithm_job(algorithm_slug="finder", inputs=inputs).status == "Queued"
    path, body = server.sent
    assert path == "algorithms/jobs/"
    assert body["algorithm"] == ADDRESS
    assert {entry["interface"]: entry["value"] for entry in body["inputs"]} == {"ct-image": None, "age": 57}


def test_an_endpoint_is_called_with_them(client, server, inputs):
    client.invoke_algorithm_endpoint(endpoint_pk="5", inputs=inputs)
    path, body = server.sent
    assert path == "algorithms/invocations/"
    assert body["endpoint"].endswith("/algorithms/endpoints/5/")


def test_the_first_name_of_the_call_takes_plain_values(client, server, inputs):
    client.run_external_job(algorithm="finder", inputs={"ct-image": inputs[0].existing_image_api_url, "age": 57})
    assert [entry["interface"] for entry in server.sent[1]["inputs"]] == ["ct-image", "age"]


def test_an_input_that_is_missing_is_told_before_anything_is_sent(client, server, inputs):
    with pytest.raises(ValueError, match="Finder needs age, ct-image; given: age"):
        client.start_algorithm_job(algorithm_slug="finder", inputs=inputs[1:])
    assert server.sent is None


def test_objects_are_uploaded_together_in_the_order_given(server, tmp_path):
    import io

    with readroom.Client(token="a", base_url=server.base_url, transport=server) as client:
        made = client.uploads.upload_multiple_fileobj(
            file_objects=[io.BytesIO(b"one"), io.BytesIO(b"two")], filenames=["1.txt", "2.txt"]
        )
    assert [b"".join(server.parts[upload.pk].values()) for upload in made] == [b"one", b"two"]
