"""Django's WSGI application behind ASGI: a request goes to a thread whole, and its reply comes back whole.

That is two hand-overs a request, however many pieces it has. Replies that are streamed go piece by piece, as fast as
the client takes them, from the one thread that has their database connection.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache, partial
from http import HTTPStatus
from queue import SimpleQueue
from threading import Thread
from typing import IO, Any

from readroom.server.log_lines import folder_of

logger = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Environ = dict[str, Any]
Application = Callable[..., Any]
Job = tuple[Callable[[], Any], "asyncio.Future[Any]"]

IN_MEMORY = 1024 * 1024
"""Bodies beyond this wait for their thread on the disk."""
PATIENCE = 0.02
"""Seconds for which a request is taken to compute; later it is taken to wait."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
ARRIVED_AT = "readroom.arrived_at"
"""Where WSGI's words for a request say when it came, in seconds: it may have waited for a thread since."""
WHEN_TOLD = "readroom.when_told"
FAILED = b'{"detail":"An unexpected error happened; it was written to the log."}'


class Disconnected(Exception):
    """The client left before its request was whole."""


def nobody_asks(_moment: float) -> None:
    """What most requests want to know of the moment at which their replies leave."""


@dataclass(slots=True)
class Reply:
    """What the application answered; `may_tell_of_change` says whether it has to wait for the disk.

    `when_told` is what the application left under `WHEN_TOLD`: it is called with the moment at which the reply leaves.
    """

    status: int = HTTPStatus.INTERNAL_SERVER_ERROR
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""
    may_tell_of_change: bool = False
    when_told: Callable[[float], None] = nobody_asks

    def begin(self, status: str, headers: list[tuple[str, str]], _error: object = None) -> None:
        self.status = int(status[:3])
        self.headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]


@dataclass(slots=True, kw_only=True)
class Bridge:
    """A WSGI application as an ASGI one.

    `changes` tells how much the database connection of its thread has changed so far; `keep` is awaited before a reply
    leaves that may tell of a change, and raises when that could be lost; None where a change is safe when it is made.
    """

    application: Application
    threads: Threads
    body_max_bytes: int
    changes: Callable[[], object]
    keep: Callable[[], Awaitable[None]] | None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        arrived_at = time.time()
        try:
            body, size = await take_body(scope, receive, self.body_max_bytes)
        except Disconnected:
            return
        sender = Sender(send, self.keep)
        try:
            environ = to_environ(scope, body, size) | {ARRIVED_AT: arrived_at}
            reply = await self.threads.run(partial(self.answer, environ, sender))
            if reply is not None:
                await sender.start(reply)
                await sender.send_piece(reply.body, is_last=True)
        except Exception:
            logger.exception("request failed: %s %s", scope["method"], folder_of(scope["path"]))
            await sender.fail()

    def answer(self, environ: Environ, sender: Sender) -> Reply | None:
        """Run the application in a thread; None when its reply was streamed."""
        reply, before = Reply(may_tell_of_change=environ["REQUEST_METHOD"] not in SAFE), self.changes()
        with environ["wsgi.input"]:
            answered = self.application(environ, reply.begin)
            try:
                if getattr(answered, "streaming", False):
                    reply.may_tell_of_change |= self.changes() != before
                    sender.stream(reply, answered)
                    return None
                reply.body = b"".join(answered)
            finally:
                getattr(answered, "close", lambda: None)()
        reply.may_tell_of_change |= self.changes() != before
        reply.when_told = environ.get(WHEN_TOLD, nobody_asks)
        return reply


class Sender:
    """Sends one reply, which starts when what it may tell of is safe."""

    def __init__(self, send: Send, keep: Callable[[], Awaitable[None]] | None) -> None:
        self.send, self.keep, self.loop = send, keep, asyncio.get_running_loop()
        self.is_started = False

    async def start(self, reply: Reply) -> None:
        if reply.may_tell_of_change and self.keep is not None:
            await self.keep()
        reply.when_told(time.time())
        self.is_started = True
        await self.send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})

    async def send_piece(self, piece: bytes, *, is_last: bool = False) -> None:
        await self.send({"type": "http.response.body", "body": piece, "more_body": not is_last})

    def stream(self, reply: Reply, pieces: Iterable[bytes]) -> None:
        """Send from a thread, one piece after another: the next is made when the client has taken the last."""
        asyncio.run_coroutine_threadsafe(self.start(reply), self.loop).result()
        for piece in pieces:
            asyncio.run_coroutine_threadsafe(self.send_piece(piece), self.loop).result()
        asyncio.run_coroutine_threadsafe(self.send_piece(b"", is_last=True), self.loop).result()

    async def fail(self) -> None:
        """Say that it went wrong, unless half of the reply is on its way: that is then seen to be cut short."""
        if self.is_started:
            return
        length = (b"content-length", str(len(FAILED)).encode())
        await self.start(Reply(headers=[(b"content-type", b"application/json"), length]))
        await self.send_piece(FAILED, is_last=True)


class Threads:
    """Threads of which the one that worked last works next: its database connection is warm.

    At most `at_once` begin together, because threads that compute hinder each other; whoever takes longer than
    `PATIENCE` is seen as one that waits for something, and lets the next begin. One event loop hands out the work, and
    alone knows who is idle.
    """

    def __init__(self, count: int, *, at_once: int) -> None:
        self.not_started, self.at_once = count, at_once
        self.idle: list[SimpleQueue[Job]] = []
        self.waiting: deque[Job] = deque()
        self.computing: dict[SimpleQueue[Job], asyncio.TimerHandle] = {}

    async def run(self, work: Callable[[], Any]) -> Any:  # noqa: ANN401 - as the work has it
        """Do some work in a thread and return its result."""
        done = asyncio.get_running_loop().create_future()
        self.waiting.append((work, done))
        self.hand_out()
        return await done

    def hand_out(self) -> None:
        while self.waiting and len(self.computing) < self.at_once and (self.idle or self.not_started):
            inbox = self.idle.pop() if self.idle else self.start()
            self.computing[inbox] = asyncio.get_running_loop().call_later(PATIENCE, self.lose_patience, inbox)
            inbox.put(self.waiting.popleft())

    def lose_patience(self, inbox: SimpleQueue[Job]) -> None:
        del self.computing[inbox]
        self.hand_out()

    def start(self) -> SimpleQueue[Job]:
        self.not_started -= 1
        inbox: SimpleQueue[Job] = SimpleQueue()
        Thread(target=self.work, args=(inbox,), name=f"web-{self.not_started}", daemon=True).start()
        return inbox

    def work(self, inbox: SimpleQueue[Job]) -> None:
        while True:
            do, done = inbox.get()
            try:
                tell = partial(settle, done, result=do())
            except BaseException as error:  # noqa: BLE001 - whoever waits gets it
                tell = partial(settle, done, error=error)
            with suppress(RuntimeError):  # the loop has ended, and nobody waits
                done.get_loop().call_soon_threadsafe(self.finish, inbox, tell)

    def finish(self, inbox: SimpleQueue[Job], tell: Callable[[], None]) -> None:
        patience = self.computing.pop(inbox, None)
        if patience is not None:
            patience.cancel()
        self.idle.append(inbox)
        self.hand_out()
        tell()


def settle(done: asyncio.Future[Any], *, result: object = None, error: BaseException | None = None) -> None:
    if done.done():
        return
    if error is None:
        done.set_result(result)
    else:
        done.set_exception(error)


async def take_body(scope: Scope, receive: Receive, limit: int) -> tuple[IO[bytes], int]:
    """Read the body of a request, of one that is too large no more than shows it."""
    announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
    body: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - its thread closes it
    if announced.isdigit() and int(announced) > limit:
        return body, int(announced)
    size, is_last = 0, False
    while not is_last and size <= limit:
        message = await receive()
        if message["type"] == "http.disconnect":
            body.close()
            raise Disconnected
        size += body.write(message.get("body", b""))
        is_last = not message.get("more_body", False)
    body.seek(0)
    return body, size


def to_environ(scope: Scope, body: IO[bytes], size: int) -> Environ:
    """WSGI's words for a request; names with underscores are left out, as they could pass for others."""
    server, client = scope.get("server") or ("localhost", 80), scope.get("client") or ("", 0)
    environ: Environ = {}
    for name, value in scope["headers"]:
        key, text = environ_name(name), value.decode("latin-1")
        if key in environ:
            text = environ[key] + ("; " if key == "HTTP_COOKIE" else ",") + text
        if key:
            environ[key] = text
    return environ | {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode("utf-8", "surrogateescape").decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "CONTENT_LENGTH": str(size),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }


@lru_cache(maxsize=256)
def environ_name(header: bytes) -> str:
    if b"_" in header:
        return ""
    name = header.decode("latin-1").upper().replace("-", "_")
    return name if name in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{name}"
