import functools

import pytest
from typer.testing import CliRunner

import readroom
from readroom.cli import load
from readroom.client.testing import ServerDouble


@pytest.fixture
def server(monkeypatch, tmp_path):
    """A server in memory, which the commands talk to."""
    server = ServerDouble()
    made = functools.partial(readroom.Client, transport=server)
    monkeypatch.setattr(
        "readroom.commands.connecting.Client",
        lambda **given: made(**{**given, "token": given["token"] or "abc", "base_url": server.base_url}),
    )
    monkeypatch.setattr("time.sleep", lambda _: None)
    monkeypatch.setenv("READROOM_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return server


@pytest.fixture
def run():
    """Run a command as the shell does; its output and its exit code."""

    def run(name, *arguments, stdin=None):
        return CliRunner().invoke(load_app(name), [str(argument) for argument in arguments], input=stdin)

    return run


def load_app(name):
    import importlib

    load(name)
    return importlib.import_module(f"readroom.commands.{name}").app
