"""WSGI behind ASGI: bodies, headers, streams, failures, and who works when."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from readroom.server import bridge
from readroom.server.bridge import Bridge, Threads, to_environ

LIMIT = 3 * 1024 * 1024


def scope_of(method="GET", headers=(), path="/somewhere"):
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"a=1",
        "headers": list(headers),
        "http_version": "1.1",
        "scheme": "https",
        "server": ("localhost", 8443),
        "client": ("127.0.0.1", 4711),
    }


class Client:
    """Sends a request in pieces and keeps what is answered."""

    def __init__(self, pieces=(b"",), *, leaves=False):
        self.messages = [
            {"type": "http.request", "body": piece, "more_body": leaves or place + 1 < len(pieces)}
            for place, piece in enumerate(pieces)
        ]
        if leaves:
            self.messages.append({"type": "http.disconnect"})
        self.answered = []

    async def receive(self):
        return self.messages.pop(0)

    async def send(self, message):
        self.answered.append(message)

    @property
    def status(self):
        return self.answered[0]["status"]

    @property
    def body(self):
        return b"".join(message["body"] for message in self.answered[1:])


def ask(application, client=None, *, keep=None, changes=lambda: None, **request):
    client = client or Client()

    async def everything():
        bridged = Bridge(
            application=application, threads=Threads(4, at_once=2), body_max_bytes=LIMIT, changes=changes, keep=keep
        )
        await bridged(scope_of(**request), client.receive, client.send)

    asyncio.run(everything())
    return client


def echo(environ, start_response):
    body = environ["wsgi.input"].read()
    assert len(body) == int(environ["CONTENT_LENGTH"])
    start_response("201 Created", [("Content-Type", "text/plain"), ("X-Length", str(len(body)))])
    return [body[:1], body[1:]]


def test_an_application_learns_when_its_reply_left_and_that_was_after_the_disk():
    events = []

    async def keep():
        events.append("kept")

    def application(environ, start_response):
        environ[bridge.WHEN_TOLD] = events.append
        return echo(environ, start_response)

    before = time.time()
    ask(application, Client(), method="POST", keep=keep)
    assert events[0] == "kept"
    assert before <= events[1] <= time.time()


def test_an_application_learns_when_its_request_came_and_not_when_its_body_was_whole():
    known = []

    class Slow(Client):
        async def receive(self):
            known.append(time.time())
            return await super().receive()

    def application(environ, start_response):
        known.append(environ[bridge.ARRIVED_AT])
        return echo(environ, start_response)

    before = time.time()
    ask(application, Slow((b"a", b"b")), method="POST")
    assert before <= known[2] <= known[0] <= known[1]


@pytest.mark.parametrize("pieces", [(b"",), (b"abc",), (b"ab", b"", b"c"), (b"x" * 1_500_000, b"y" * 900_000)])
def test_a_body_arrives_whole_however_it_was_cut(pieces):
    client = ask(echo, Client(pieces), method="POST")
    assert client.status == 201
    assert client.body == b"".join(pieces)
    assert (b"x-length", str(len(client.body)).encode()) in client.answered[0]["headers"]


def test_of_a_body_that_is_too_large_no_more_is_read_than_shows_it():
    seen = []

    def look(environ, start_response):
        seen.append(int(environ["CONTENT_LENGTH"]))
        start_response("413 Too Large", [])
        return []

    client = Client([b"x" * 1_000_000] * 10)
    assert ask(look, client, method="POST").status == 413
    assert seen == [4_000_000]
    assert len(client.messages) == 6
    announced = Client([b"x"])
    ask(look, announced, method="POST", headers=[(b"content-length", b"99999999")])
    assert seen[1] == 99999999
    assert len(announced.messages) == 1


def test_a_client_that_leaves_before_its_request_is_whole_changes_nothing():
    client = ask(lambda *_: pytest.fail("it was asked"), Client([b"half"], leaves=True), method="POST")
    assert client.answered == []


def test_headers_become_the_environment_and_those_with_underscores_do_not():
    headers = [
        (b"host", b"localhost"),
        (b"x-forwarded-proto", b"https"),
        (b"x_forwarded_proto", b"http"),
        (b"cookie", b"a=1"),
        (b"cookie", b"b=2"),
        (b"accept", b"text/html"),
        (b"accept", b"text/plain"),
        (b"content-type", b"application/json"),
    ]
    environ = to_environ(scope_of(headers=headers, path="/gr\u00f6\u00dfe"), None, 5)
    assert environ["HTTP_X_FORWARDED_PROTO"] == "https"
    assert environ["HTTP_COOKIE"] == "a=1; b=2"
    assert environ["HTTP_ACCEPT"] == "text/html,text/plain"
    assert environ["CONTENT_TYPE"] == "application/json"
    assert environ["CONTENT_LENGTH"] == "5"
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/gr\u00f6\u00dfe"
    assert environ["QUERY_STRING"] == "a=1"
    assert environ["REMOTE_ADDR"] == "127.0.0.1"


class Stream:
    """A reply in pieces, made in one thread, which knows whether it was closed."""

    streaming = True

    def __init__(self, pieces, error=None):
        self.pieces, self.error, self.is_closed, self.threads = pieces, error, False, set()

    def __iter__(self):
        for piece in self.pieces:
            self.threads.add(threading.get_ident())
            yield piece
        if self.error:
            raise self.error

    def close(self):
        self.threads.add(threading.get_ident())
        self.is_closed = True


def test_a_streamed_reply_goes_piece_by_piece_from_one_thread():
    stream = Stream([b"a", b"b", b"c"])

    def application(_environ, start_response):
        start_response("200 OK", [])
        return stream

    client = ask(application)
    assert [message.get("body") for message in client.answered] == [None, b"a", b"b", b"c", b""]
    assert [message["more_body"] for message in client.answered[1:]] == [True, True, True, False]
    assert stream.is_closed
    assert len(stream.threads) == 1


def test_a_stream_that_breaks_is_cut_short_and_closed():
    stream = Stream([b"a"], error=OSError("gone"))

    def application(_environ, start_response):
        start_response("200 OK", [])
        return stream

    client = ask(application)
    assert client.answered[-1] == {"type": "http.response.body", "body": b"a", "more_body": True}
    assert stream.is_closed


def test_an_application_that_fails_is_an_answer_in_json():
    def application(_environ, _start_response):
        raise RuntimeError("oh")

    client = ask(application)
    assert client.status == 500
    assert client.body == bridge.FAILED


def test_the_log_tells_of_a_failure_without_the_name_of_a_file(caplog):
    def application(_environ, _start_response):
        raise RuntimeError

    ask(application, path="/api/v1/components/values/7/DOE^JOHN.pdf")
    assert [record.getMessage() for record in caplog.records] == ["request failed: GET /api/v1/components/values/7/"]


@pytest.mark.parametrize(
    ("method", "changed", "waits"), [("GET", 0, 0), ("GET", 1, 1), ("POST", 0, 1), ("PATCH", 1, 1)]
)
def test_what_may_tell_of_a_change_waits_until_it_is_kept(method, changed, waits):
    made, kept = [0], []

    def application(_environ, start_response):
        made[0] += changed
        start_response("200 OK", [])
        return [b"done"]

    client = Client()

    async def keep():
        assert client.answered == []
        kept.append(1)

    ask(application, client, method=method, keep=keep, changes=lambda: made[0])
    assert (client.status, client.body, len(kept)) == (200, b"done", waits)


def test_a_change_that_cannot_be_kept_is_not_acknowledged():
    def application(_environ, start_response):
        start_response("201 Created", [])
        return [b"done"]

    async def keep():
        raise OSError(5, "Input/output error")

    client = ask(application, method="POST", keep=keep)
    assert client.status == 500
    assert client.body == bridge.FAILED


def test_the_thread_that_worked_last_works_next():
    async def everything():
        threads = Threads(8, at_once=2)
        return {await threads.run(threading.get_ident) for _ in range(20)}

    assert len(asyncio.run(everything())) == 1


def test_no_more_begin_at_once_than_allowed_unless_they_wait_for_something(monkeypatch):
    monkeypatch.setattr(bridge, "PATIENCE", 30)
    working, most = [], []

    def work():
        working.append(1)
        most.append(len(working))
        time.sleep(0.01)
        working.pop()

    async def everything(at_once):
        threads = Threads(8, at_once=at_once)
        await asyncio.gather(*(threads.run(work) for _ in range(12)))

    asyncio.run(everything(2))
    assert max(most) <= 2


def test_those_that_wait_for_something_let_others_begin(monkeypatch):
    monkeypatch.setattr(bridge, "PATIENCE", 0.001)
    together = threading.Barrier(5, timeout=20)

    async def everything():
        threads = Threads(5, at_once=1)
        await asyncio.gather(*(threads.run(together.wait) for _ in range(5)))

    asyncio.run(everything())


def test_what_goes_wrong_in_a_thread_is_told_and_the_thread_goes_on():
    async def everything():
        threads = Threads(1, at_once=1)
        with pytest.raises(ZeroDivisionError):
            await threads.run(lambda: 1 // 0)
        return await threads.run(lambda: "well")

    assert asyncio.run(everything()) == "well"
