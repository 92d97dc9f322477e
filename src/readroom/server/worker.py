"""A worker: takes messages from the queue, one after another, and looks after imports whose worker died."""

# ruff: noqa: E402 - Django must know its settings before its parts are imported

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from types import FrameType

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "readroom.server.django_settings")

import django

django.setup()

from django.db import Error as DatabaseError
from django.db import close_old_connections, connection
from django_tasks_db.management.commands.db_worker import Worker as QueueWorker

from readroom.server import config, jobs, presence, queue
from readroom.server.services import health
from readroom.server.watch import Watch

logger = logging.getLogger("readroom.worker")

POLL_SECONDS = 0.2
WAITING_SECONDS = 1.0
CLEAN_UP_EVERY_SECONDS = 3600.0


LOOK_EVERY_SECONDS = 5.0
"""How long a worker believes that nothing has changed."""


class Worker(QueueWorker):
    """The queue's own loop until the queue is empty, and again when there may be a message.

    A stop lets the message in hand be finished for a while. A database that is away is waited for: the message in hand
    is delivered again, and an import is taken over.
    """

    def __init__(self) -> None:
        is_sqlite = connection.vendor == "sqlite"
        self.watch = Watch(str(connection.settings_dict["NAME"])) if is_sqlite else None
        self.seen: int | None = None
        self.next_look = 0.0
        super().__init__(
            queue_names=["default"],
            interval=POLL_SECONDS,
            batch=True,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=jobs.imports.worker_name(),
            excluded_queue_names=[],
        )

    def work(self) -> None:
        while self.running:
            try:
                if self.may_have_messages():
                    self.run()
            except DatabaseError:
                logger.exception("the database failed; trying again")
                self.seen = None
                time.sleep(WAITING_SECONDS)
                self.wait_for_database()
            time.sleep(POLL_SECONDS)

    def wait_for_database(self) -> None:
        """Return once the database answers and `readroom serve` has given it every table."""
        said = ""
        connection.close()
        while self.running and not (found := health.attempt("database", health.check_database)).is_ok:
            if found.message != said:
                logger.warning("waiting for the database: %s", found.message)
            said = found.message
            connection.close()
            time.sleep(WAITING_SECONDS)

    def may_have_messages(self) -> bool:
        """Ask SQLite whether anything has changed, which costs next to nothing; PostgreSQL is looked at each time."""
        version, now = self.watch.version() if self.watch else None, time.monotonic()
        if version is not None and version == self.seen and now < self.next_look:
            return False
        self.seen, self.next_look = version, now + LOOK_EVERY_SECONDS
        return True

    def stop(self, _number: int, _frame: FrameType | None) -> None:
        """Finish the message in hand; asked a second time, leave it to another worker."""
        if not self.running:
            raise SystemExit(1)
        self.running = False
        if not self.running_task:
            raise SystemExit(0)


class Caretaker(threading.Thread):
    """Looks after imports whose worker died, and asks for a clean-up now and then."""

    def __init__(self) -> None:
        super().__init__(name="caretaker", daemon=True)
        self.next_clean_up = time.monotonic() + CLEAN_UP_EVERY_SECONDS

    def run(self) -> None:
        while True:
            try:
                self.look()
            except DatabaseError as error:
                logger.warning("the database is not reachable: %s", error)
                connection.close()
            time.sleep(min(5.0, config.current().import_lease_seconds / 3))

    def look(self) -> None:
        close_old_connections()
        jobs.cleanup.revive()
        jobs.cleanup.release_lost_messages()
        if time.monotonic() > self.next_clean_up:
            self.next_clean_up = time.monotonic() + CLEAN_UP_EVERY_SECONDS
            queue.enqueue(queue.CleanUp())


def run() -> None:
    """Work until a signal says stop."""
    worker = Worker()
    signal.signal(signal.SIGTERM, worker.stop)
    signal.signal(signal.SIGINT, worker.stop)
    worker.wait_for_database()
    logger.info("worker started: %s", worker.worker_id)
    Caretaker().start()
    with presence.keep(config.current().data):
        worker.work()
    logger.info("worker stopped: %s", worker.worker_id)


if __name__ == "__main__":
    run()
