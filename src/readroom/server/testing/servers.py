"""A real server of one's own: `readroom serve` in a process, on a free port, with a folder that is thrown away."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from readroom.server.testing.clusters import free_ports

PATIENCE = 60.0
COMMAND = (sys.executable, "-c", "from readroom.cli import main; main()")
NEW_PERSON = """
import json, os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "readroom.server.django_settings")
import django
django.setup()
from readroom.server.db.models import User
from readroom.server.services import accounts, tokens
fields = json.loads(sys.argv[1])
password = fields.pop("password", None)
user = User(email=fields["username"] + "@example.org", **fields)
user.set_password(password)
user.save()
print(tokens.create_token(accounts.to_actor(user)).secret)
"""


@dataclass(slots=True)
class RunningServer:
    """Where a server is, and how to get at it.

    Attributes
    ----------
    data : Path
        Its folder.
    port, http_port : int
        Of HTTPS, and of plain HTTP on the loopback address.
    process : subprocess.Popen
        To stop it, or to kill it.
    environment : dict
        Its settings, for other processes on the same folder.
    """

    data: Path
    port: int
    http_port: int
    process: subprocess.Popen[bytes]
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def base_url(self) -> str:
        """Address of the API."""
        return f"https://localhost:{self.port}/api/v1/"

    @property
    def certificate(self) -> Path:
        """What clients trust: the server's own authority."""
        return self.data / "tls" / "ca.pem"

    def add_person(self, username: str, **fields: object) -> str:
        """Make an account and tell a token of it; `fields` are those of the account, and ``password``."""
        program = [sys.executable, "-c", NEW_PERSON, json.dumps({"username": username, **fields})]
        made = subprocess.run(program, env=self.environment, check=True, capture_output=True, text=True)  # noqa: S603 - ours
        return made.stdout.split()[-1]

    def kill(self) -> None:
        """End it and its workers at once, as a power cut would."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def running_server(data: Path, **settings: str) -> Iterator[RunningServer]:
    """Start a server on a folder, wait until it answers, stop it at the end.

    Parameters
    ----------
    data : Path
        Empty, or what an earlier server left.
    **settings
        Settings in lower case, ``database="postgresql://..."``.
    """
    server = start_server(data, **settings)
    try:
        yield server
    finally:
        stop_server(server)


def start_server(data: Path, **settings: str) -> RunningServer:
    """Start a server without a promise to stop it."""
    port, http_port = free_ports(2)
    chosen = {f"READROOM_{name.upper()}": value for name, value in settings.items()}
    environment = {**os.environ, "READROOM_DATA": str(data), **chosen}
    arguments = ("serve", "--data", str(data), "--port", str(port), "--http-port", str(http_port))
    log = (data.parent / f"{data.name}.log").open("ab")
    with log:
        process = subprocess.Popen(  # noqa: S603 - ours
            [*COMMAND, *arguments], env=environment, stdout=log, stderr=log, start_new_session=True
        )
    server = RunningServer(data, port, http_port, process, environment)
    try:
        wait_for(server)
    except BaseException:
        server.kill()
        raise
    return server


def stop_server(server: RunningServer) -> None:
    """Ask it to stop, and insist when it does not."""
    server.process.terminate()
    try:
        server.process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        server.kill()


def wait_for(server: RunningServer) -> None:
    """Wait until the server answers over TLS; its log tells what happened when it does not."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            context = ssl.create_default_context(cafile=str(server.certificate))
            with urllib.request.urlopen(f"{server.base_url}gcapi/", context=context, timeout=5):  # noqa: S310 - ours
                return
        except OSError:
            time.sleep(0.1)
    log = (server.data.parent / f"{server.data.name}.log").read_text(errors="replace")
    raise RuntimeError(f"The server did not start: {log[-2000:]}")
