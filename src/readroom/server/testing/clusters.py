"""A PostgreSQL cluster and an S3 service of one's own, in a temporary folder, for tests and measurements."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SERVER_USER = "postgres"
OPTIONS = (
    "-c fsync={fsync} -c full_page_writes={fsync} -c max_connections=60 -c listen_addresses='' -c shared_buffers=64MB"
)


def postgresql_programs() -> Path:
    """The folder of `initdb` and `pg_ctl` of the newest PostgreSQL on this machine."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    if not versions:
        raise FileNotFoundError("PostgreSQL is not installed; install the package `postgresql`")
    return versions[-1]


@contextmanager
def postgresql_cluster(*, is_durable: bool = False) -> Iterator[str]:
    """Start a cluster that listens on a socket in a temporary folder only; yields its URL.

    PostgreSQL does not run as root; started by root, it runs as the user ``postgres`` of its package.
    """
    programs = postgresql_programs()
    account = pwd.getpwnam(SERVER_USER) if os.geteuid() == 0 else None
    user = account.pw_name if account else None
    with tempfile.TemporaryDirectory(prefix="readroom-pg-") as name:
        folder = Path(name)
        if account:
            os.chown(folder, account.pw_uid, account.pw_gid)

        def run(*command: str) -> None:
            subprocess.run(command, check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL)  # noqa: S603 - our own words

        data = str(folder / "data")
        run(str(programs / "initdb"), "-D", data, "-U", "readroom", "-A", "trust", "-E", "UTF8", "--no-locale", "-N")
        options = OPTIONS.format(fsync="on" if is_durable else "off") + f" -k {folder}"
        run(str(programs / "pg_ctl"), "-D", data, "-l", str(folder / "log"), "-w", "-o", options, "start")
        try:
            yield f"postgresql://readroom@/postgres?host={folder}"
        finally:
            run(str(programs / "pg_ctl"), "-D", data, "-m", "immediate", "-w", "stop")


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


@contextmanager
def s3_service() -> Iterator[str]:
    """Start an S3 emulator on the loopback address; yields its URL. Credentials do not matter to it."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=free_ports(1)[0], verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()
