import os
import re
import uuid
from pathlib import Path

import pytest

import readroom
from readroom.client.exports import apply_study
from readroom.client.testing import ServerDouble

HERE = Path(__file__).parent


@pytest.fixture
def server():
    return ServerDouble()


@pytest.fixture
def client(server):
    with readroom.Client(token="abc", base_url=server.base_url, transport=server) as client:
        yield client


@pytest.fixture(autouse=True)
def _no_configuration_of_this_person(monkeypatch, tmp_path):
    monkeypatch.setenv("READROOM_CONFIG", str(tmp_path / "absent.toml"))
    for name in ("READROOM_TOKEN", "GRAND_CHALLENGE_AUTHORIZATION", "READROOM_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _no_waiting(request, monkeypatch):
    if "real_server" not in request.fixturenames:
        monkeypatch.setattr("time.sleep", lambda _: None)


@pytest.fixture(scope="session")
def real_server(tmp_path_factory):
    """A server of one's own, over TLS."""
    from readroom.server.testing.servers import running_server

    with running_server(tmp_path_factory.mktemp("server") / "data") as server:
        yield server


@pytest.fixture(scope="session")
def token(real_server):
    return real_server.add_person("owner", is_superuser=True, may_create_studies=True, may_create_archives=True)


@pytest.fixture
def owner(real_server, token):
    with readroom.Client(token=token, base_url=real_server.base_url, verify=real_server.certificate) as client:
        yield client


@pytest.fixture
def study(owner, tmp_path, request):
    """The slug of a study of the test's own."""
    name = re.sub(r"\W+", "-", request.node.name.replace("_", "-"))
    slug = f"{name[:30].strip('-')}-{uuid.uuid4().hex[:8]}"
    document = tmp_path / "study.yaml"
    text = (HERE / "study.yaml").read_text().replace("SLUG", slug).replace("title: Nodules", f"title: {slug}")
    document.write_text(text)
    apply_study(owner.connection, document)
    return slug


@pytest.fixture
def environment(real_server, token):
    """Settings under which scripts and commands find the server."""
    return {
        **os.environ,
        "SSL_CERT_FILE": str(real_server.certificate),
        "READROOM_TOKEN": token,
        "READROOM_BASE_URL": real_server.base_url,
        "READROOM_CONFIG": "/nonexistent",
        "COLUMNS": "200",
    }
