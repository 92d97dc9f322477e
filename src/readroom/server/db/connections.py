"""Connections to a database that is elsewhere: one that has just answered is taken to answer still.

Django asks each connection before each request whether it is still there; that is a journey to the database. A request
that meets a connection which ended within this moment fails with a 503, and the next one has a new connection.
"""

from __future__ import annotations

import time
from typing import Any

from django.core.signals import request_finished, request_started
from django.db import connection

TRUSTED_SECONDS = 1.0


def trust_what_just_answered() -> None:
    """Call it once, when Django is set up."""
    request_started.connect(take_for_alive, dispatch_uid="take for alive")
    request_finished.connect(note_answer, dispatch_uid="note answer")


def take_for_alive(**_request: Any) -> None:  # noqa: ANN401 - a receiver of Django's
    if time.monotonic() - getattr(connection, "answered_at", -TRUSTED_SECONDS) < TRUSTED_SECONDS:
        connection.health_check_done = True  # type: ignore[attr-defined]


def note_answer(**_request: Any) -> None:  # noqa: ANN401 - same
    """Django has closed a connection with errors by now, and another one is alive when it is made."""
    connection.answered_at = time.monotonic()  # type: ignore[attr-defined]
