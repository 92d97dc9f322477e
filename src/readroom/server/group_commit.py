"""Commits of a web process reach the disk together.

SQLite then commits into its write-ahead log without waiting for the disk, which frees the write lock at once, and a
reply that may tell of a change waits for a sync of the log that begins after its request has ended. All that wait at
one moment share one sync. Checkpoints sync the log and the database themselves, and so does the end of the last
connection. Every other process (workers, commands) waits for the disk in each of its commits.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection
from django.db.backends.signals import connection_created

from readroom.server.watch import Watch


class GroupSync:
    """Makes the commits before a moment safe; one that failed is told ever after, as what it lost is not known."""

    def __init__(self, database: str) -> None:
        self.log = f"{database}-wal"
        self.watch = Watch(database)
        self.thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sync")
        self.waiting: list[asyncio.Future[None]] = []
        self.working: asyncio.Task[None] | None = None
        self.safe_version: int | None = None
        self.failure: OSError | None = None

    async def keep(self) -> None:
        """Return when all that was committed before the call is on the disk; raises `OSError` when it may not be."""
        if self.failure is not None:
            raise self.failure
        done = asyncio.get_running_loop().create_future()
        self.waiting.append(done)
        if self.working is None:
            self.working = asyncio.create_task(self.work())
        await done

    async def work(self) -> None:
        """Sync as long as somebody waits; who comes while one is under way waits for the next."""
        try:
            while self.waiting:
                served, self.waiting = self.waiting, []
                await self.serve(served)
        finally:
            self.working = None

    async def serve(self, served: list[asyncio.Future[None]]) -> None:
        try:
            await self.sync()
        except OSError as error:
            self.failure = error
        for done in served:
            if done.done():
                continue
            if self.failure is None:
                done.set_result(None)
            else:
                done.set_exception(self.failure)

    async def sync(self) -> None:
        version = self.watch.version()
        if version is None or version != self.safe_version:
            await asyncio.get_running_loop().run_in_executor(self.thread, sync_file, self.log)
            self.safe_version = version


def sync_file(path: str) -> None:
    """Wait until a file is on the disk; the log that is absent was emptied into the database, and that synced."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return
    try:
        os.fdatasync(descriptor)
    finally:
        os.close(descriptor)


def commit_without_waiting(**created: Any) -> None:  # noqa: ANN401 - a receiver of Django's
    with created["connection"].cursor() as cursor:
        cursor.execute("PRAGMA synchronous=NORMAL")


def changes() -> object:
    """How much the SQLite connection of this thread has changed so far."""
    raw = connection.connection
    return (id(raw), raw.total_changes) if isinstance(raw, sqlite3.Connection) else None


def begin() -> Callable[[], Coroutine[Any, Any, None]] | None:
    """Let commits of this process share their syncs; returns what waits for them, None where each waits for itself."""
    if connection.vendor != "sqlite":
        return None
    connection_created.connect(commit_without_waiting, dispatch_uid="group commit")
    return GroupSync(str(connection.settings_dict["NAME"])).keep
