"""`readroom serve`: the web server and a worker, in the foreground."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from readroom.commands.machine import DATA, Database, NewData, open_up_to_date

if TYPE_CHECKING:
    from granian.server.embed import Server

    from readroom.server.operation.certificates import Certificate

app = typer.Typer(add_completion=False)
STOPPING_SECONDS = 30
RESTART_SECONDS = 2.0
BACKLOG = 1024
IN_FLIGHT = 256


@dataclass(frozen=True, slots=True)
class Door:
    """An address on which requests are answered."""

    host: str
    port: int
    certificate: Certificate | None

    @property
    def url(self) -> str:
        shown = "localhost" if self.host in {"127.0.0.1", "::1", "0.0.0.0", "::"} else self.host  # noqa: S104 - compared
        return f"{'https' if self.certificate else 'http'}://{shown}:{self.port}"


@app.command()
def serve(
    data: NewData = DATA,
    port: Annotated[
        int, typer.Option(envvar="READROOM_PORT", min=1, max=65535, help="Port of HTTPS, or of HTTP with --tls off.")
    ] = 8443,
    host: Annotated[
        str, typer.Option(envvar="READROOM_HOST", help="Address to listen on; 0.0.0.0 for all.")
    ] = "127.0.0.1",
    tls: Annotated[str, typer.Option(envvar="READROOM_TLS", help="auto (own certificate), off, or CERT,KEY.")] = "auto",
    http_port: Annotated[
        int,
        typer.Option(
            envvar="READROOM_HTTP_PORT",
            min=-1,
            max=65535,
            help="Plain HTTP on the loopback address: 0 is PORT+1, -1 is none.",
        ),
    ] = 0,
    database: Database = "",
    workers: Annotated[
        int,
        typer.Option(envvar="READROOM_WORKERS", min=0, max=256, help="Worker processes started beside the web server."),
    ] = 1,
    processes: Annotated[
        int,
        typer.Option(
            envvar="READROOM_PROCESSES",
            min=1,
            max=256,
            help="Web processes; more than one needs PostgreSQL to be of use.",
        ),
    ] = 1,
) -> None:
    """Start the web server and a worker in the foreground, on an empty folder too."""
    open_up_to_date(data=data, database=database)
    doors = open_doors(host=host, port=port, tls=tls, http_port=http_port)
    commands = [worker_command()] * workers + [web_command(doors)] * (processes - 1)
    from readroom.server import config, presence

    with presence.keep(config.current().data), children(commands) as keeper:
        run(serve_until_stopped(doors, keeper))


def open_doors(*, host: str, port: int, tls: str, http_port: int) -> list[Door]:
    certificate = find_certificate(tls, host)
    doors = [Door(host, port, certificate)]
    if certificate is not None and http_port >= 0:
        doors.append(Door("127.0.0.1", http_port or port + 1, None))
    for door in doors:
        require_free(door)
    return doors


def require_free(door: Door) -> None:
    """Say in words that a port is taken, before anything is started."""
    kind = socket.AF_INET6 if ":" in door.host else socket.AF_INET
    with socket.socket(kind, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((door.host, door.port))
        except OSError as error:
            message = f"cannot listen at {door.host}:{door.port}: {error.strerror}; choose another --port or --host"
            raise typer.BadParameter(message) from error


def find_certificate(tls: str, host: str) -> Certificate | None:
    from readroom.server import config
    from readroom.server.operation.certificates import (
        WrongCertificate,
        ensure_certificate,
        given_certificate,
        own_names,
    )

    settings = config.current()
    if tls == "off":
        return None
    if tls == "auto":
        names = [host, *settings.hosts.split(","), host_of(settings.origin)]
        return ensure_certificate(settings.tls_folder, names=own_names(name.strip() for name in names))
    try:
        return given_certificate(tls)
    except WrongCertificate as error:
        raise typer.BadParameter(str(error), param_hint="--tls") from error


def host_of(origin: str) -> str:
    return origin.partition("://")[2].partition("/")[0].partition(":")[0]


def worker_command() -> list[str]:
    return [sys.executable, "-m", "readroom.server.worker"]


def web_command(doors: list[Door]) -> list[str]:
    """Another web process on the same doors: the system shares connections out."""
    packed = [
        f"{door.host}|{door.port}|{door.certificate.certificate if door.certificate else ''}|"
        f"{door.certificate.key if door.certificate else ''}"
        for door in doors
    ]
    return [sys.executable, "-m", "readroom.commands.serve", *packed]


def unpack_door(text: str) -> Door:
    from readroom.server.operation.certificates import Certificate

    host, port, certificate, key = text.split("|")
    return Door(host, int(port), Certificate(Path(certificate), Path(key)) if certificate else None)


@dataclass(slots=True)
class Keeper:
    """Processes that are started again when they end on their own."""

    commands: list[list[str]]
    running: list[subprocess.Popen[bytes]]
    is_stopping: bool = False

    def start(self, command: list[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(command)  # noqa: S603 - our own modules

    async def keep(self) -> None:
        while not self.is_stopping:
            for place, process in enumerate(self.running):
                if process.poll() is not None and not self.is_stopping:
                    name = self.commands[place][2]
                    say(f"{name} ended with {process.returncode}; starting it again")
                    self.running[place] = self.start(self.commands[place])
            await asyncio.sleep(RESTART_SECONDS)


@contextmanager
def children(commands: list[list[str]]) -> Iterator[Keeper]:
    keeper = Keeper(commands, [])
    keeper.running.extend(keeper.start(command) for command in commands)
    try:
        yield keeper
    finally:
        stop(keeper.running)


def stop(processes: list[subprocess.Popen[bytes]]) -> None:
    """Ask, wait, and end those that do not listen; an import in hand is done again by the next worker."""
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + STOPPING_SECONDS
    for process in processes:
        try:
            process.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def make_server(door: Door) -> Server:
    from granian.constants import HTTPModes, Interfaces, SSLProtocols
    from granian.server.embed import Server

    from readroom.server.asgi import application

    files = door.certificate
    return Server(
        application,
        address=door.host,
        port=door.port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        websockets=False,
        backlog=BACKLOG,
        backpressure=IN_FLIGHT,
        log_enabled=False,
        ssl_cert=files.certificate if files else None,
        ssl_key=files.key if files else None,
        ssl_protocol_min=SSLProtocols.tls12,
    )


def run(serving: Coroutine[Any, Any, None]) -> None:
    """Serve in the loop that costs the least CPU a request."""
    import uvloop

    uvloop.run(serving)


async def serve_until_stopped(doors: list[Door], keeper: Keeper | None = None) -> None:
    servers = [make_server(door) for door in doors]
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    serving: list[asyncio.Task[Any]] = [asyncio.create_task(server.serve()) for server in servers]
    watching: list[asyncio.Task[Any]] = [asyncio.create_task(stopped.wait())]
    if keeper is not None:
        watching.append(asyncio.create_task(keeper.keep()))
        announce(doors)
    done, _pending = await asyncio.wait([*serving, *watching], return_when=asyncio.FIRST_COMPLETED)
    if keeper is not None:
        keeper.is_stopping = True
    for server in servers:
        server.stop()  # type: ignore[no-untyped-call]
    for task in done:
        task.result()
    await asyncio.wait(serving, timeout=STOPPING_SECONDS)
    for task in watching:
        task.cancel()


def announce(doors: list[Door]) -> None:
    from readroom.server import config

    for door in doors:
        say(f"readroom is at {door.url}")
    ca = doors[0].certificate.ca if doors[0].certificate else None
    if ca:
        say(f"clients trust it with SSL_CERT_FILE={ca}")
    say(f"data is kept in {config.current().data}; stop with Ctrl+C")


def say(sentence: str) -> None:
    """Tell a person, or whatever collects the log, which is then of one form from the first line on."""
    from readroom.server import config

    if config.current().log_format == "json":
        logging.getLogger("readroom.serve").info(sentence)
    else:
        typer.echo(sentence)


def serve_again(arguments: list[str]) -> None:
    """One more web process, started by `serve`."""
    run(serve_until_stopped([unpack_door(text) for text in arguments]))


if __name__ == "__main__":
    serve_again(sys.argv[1:])
