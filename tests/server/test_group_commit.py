"""What a reply acknowledges is on the disk; requests that wait at one moment share one sync."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import subprocess
import sys

import pytest

from readroom.server import group_commit
from readroom.server.group_commit import GroupSync

COMMITS = 60


@pytest.fixture
def database(tmp_path):
    """A database in write-ahead mode whose commits do not wait, and a connection to it."""
    path = tmp_path / "test.sqlite3"
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("PRAGMA journal_mode=WAL")
    writer.execute("PRAGMA synchronous=NORMAL")
    writer.execute("CREATE TABLE made (number INTEGER)")
    yield path, writer
    writer.close()


class Disk:
    """Syncs for real, and knows which rows were committed when the last sync that ended began."""

    def __init__(self, path):
        self.reader = sqlite3.connect(path, check_same_thread=False)
        self.syncs = 0
        self.safe = 0
        self.real = os.fdatasync
        self.error = None

    def sync(self, descriptor):
        committed = self.reader.execute("SELECT COUNT(*) FROM made").fetchone()[0]
        self.syncs += 1
        if self.error:
            raise self.error
        self.real(descriptor)
        self.safe = committed


@pytest.fixture
def disk(database, monkeypatch):
    disk = Disk(database[0])
    monkeypatch.setattr(group_commit.os, "fdatasync", disk.sync)
    yield disk
    disk.reader.close()


def commit(writer, number):
    writer.execute("INSERT INTO made VALUES (?)", [number])


def test_every_commit_is_acknowledged_after_a_sync_that_began_behind_it(database, disk):
    path, writer = database

    async def request(group, number):
        await asyncio.sleep(number % 7 / 1000)
        commit(writer, number)
        mine = writer.execute("SELECT COUNT(*) FROM made").fetchone()[0]
        await group.keep()
        assert disk.safe >= mine

    async def everything():
        group = GroupSync(str(path))
        await asyncio.gather(*(request(group, number) for number in range(COMMITS)))

    asyncio.run(everything())
    assert disk.safe == COMMITS
    assert 1 <= disk.syncs < COMMITS


def test_commits_that_wait_at_one_moment_share_a_sync(database, disk):
    path, writer = database

    async def everything():
        group = GroupSync(str(path))
        for number in range(COMMITS):
            commit(writer, number)
        await asyncio.gather(*(group.keep() for _ in range(COMMITS)))

    asyncio.run(everything())
    assert disk.syncs == 1


def test_where_nothing_was_committed_nothing_is_synced(database, disk):
    path, writer = database

    async def everything():
        group = GroupSync(str(path))
        commit(writer, 1)
        await group.keep()
        await group.keep()
        assert disk.syncs == 1
        commit(writer, 2)
        await group.keep()

    asyncio.run(everything())
    assert disk.syncs == 2


def test_a_commit_of_another_process_is_synced_too(database, disk):
    path, writer = database
    program = (
        f"import sqlite3; c = sqlite3.connect({str(path)!r}); c.execute('INSERT INTO made VALUES (7)'); c.commit()"
    )

    async def everything():
        group = GroupSync(str(path))
        commit(writer, 1)
        await group.keep()
        await asyncio.to_thread(subprocess.run, [sys.executable, "-c", program], check=True)
        await group.keep()

    asyncio.run(everything())
    assert disk.safe == 2


def test_a_failed_sync_is_told_to_all_that_waited_and_ever_after(database, disk):
    path, writer = database

    async def everything():
        group = GroupSync(str(path))
        disk.error = OSError(5, "Input/output error")
        commit(writer, 1)
        commit(writer, 2)
        told = await asyncio.gather(group.keep(), group.keep(), return_exceptions=True)
        assert [type(error) for error in told] == [OSError, OSError]
        disk.error = None
        commit(writer, 3)
        with pytest.raises(OSError, match="Input/output error"):
            await group.keep()

    asyncio.run(everything())


def test_a_log_that_was_emptied_and_removed_needs_no_sync(database, disk):
    path, writer = database

    async def everything():
        group = GroupSync(str(path))
        commit(writer, 1)
        group.watch.close()
        disk.reader.close()
        writer.close()
        with pytest.raises(FileNotFoundError):
            os.stat(group.log)  # noqa: PTH116 - a look in passing
        await group.keep()

    asyncio.run(everything())
    assert disk.syncs == 0


IN_A_PROCESS = """
import asyncio, json, os, sys
from readroom.server.operation import database
database.bring_up_to_date()
from readroom.server.db.models import User
from readroom.server.services import accounts, tokens
person = User.objects.create(username="owner", email="o@example.org", is_superuser=True)
token = tokens.create_token(accounts.to_actor(person)).secret
from django.db import connection
FULL = connection.cursor().execute("PRAGMA synchronous").fetchone()[0]
events, real = [], os.fdatasync
def sync(descriptor):
    real(descriptor)
    events.append("synced")
os.fdatasync = sync
from readroom.server import asgi

async def ask(method, path, body=b""):
    headers = [(b"host", b"localhost"), (b"authorization", b"Bearer " + token.encode()),
               (b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    scope = {"type": "http", "method": method, "path": "/api/v1/" + path, "query_string": b"", "headers": headers,
             "http_version": "1.1", "scheme": "https", "server": ("localhost", 443), "client": ("127.0.0.1", 5)}
    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}
    async def send(message):
        if message["type"] == "http.response.start":
            events.append(f"{method} {message['status']}")
    await asgi.application(scope, receive, send)

async def everything():
    await ask("GET", "reader-studies/")  # notes that the token was used
    await ask("GET", "reader-studies/")
    await ask("POST", "reader-studies/", json.dumps({"title": "A"}).encode())
    await ask("POST", "reader-studies/", json.dumps({"title": ""}).encode())
    await ask("GET", "reader-studies/")

asyncio.run(everything())
print(json.dumps([FULL, events]))
"""


def test_a_reply_that_tells_of_a_change_leaves_after_the_sync_and_reading_never_waits(tmp_path):
    environment = {**os.environ, "READROOM_DATA": str(tmp_path / "data"), "READROOM_LOG_LEVEL": "error"}
    done = subprocess.run(
        [sys.executable, "-c", IN_A_PROCESS], env=environment, check=True, capture_output=True, text=True
    )
    full, events = json.loads(done.stdout.splitlines()[-1])
    assert full == 2, "other connections wait in each commit"
    assert events == ["synced", "GET 200", "GET 200", "synced", "POST 201", "POST 400", "GET 200"]
