import pytest

import readroom
from readroom.client.testing import ServerDouble


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
def _no_waiting(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _: None)
