"""Messages to the workers: what is to be done, as ids.

A service enqueues in the transaction of its change; `readroom.server.jobs` says what each message does::

    queue.enqueue(RunImport(import_id=str(row.id)))

A message may be delivered twice, and is delivered again when its worker dies.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from django_tasks import task


@dataclass(frozen=True, slots=True)
class RunImport:
    """Turn the uploads of an import into images."""

    import_id: str


@dataclass(frozen=True, slots=True)
class CleanUp:
    """Remove what is no longer used."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Do nothing but show that a worker is there."""


M = TypeVar("M")
Message = RunImport | CleanUp | Answer
MESSAGES: dict[str, type[Any]] = {kind.__name__: kind for kind in (RunImport, CleanUp, Answer)}
HANDLERS: dict[str, Callable[[Any], None]] = {}
"""Message name -> what a worker does; filled by the modules of `readroom.server.jobs`."""


@task()
def deliver(kind: str, fields: dict[str, str]) -> None:
    HANDLERS[kind](MESSAGES[kind](**fields))


def enqueue(message: Message) -> str:
    """Hand a message to the workers, in the transaction that is open; returns the id under which it waits."""
    return str(deliver.enqueue(type(message).__name__, asdict(message)).id)


def handles(kind: type[M]) -> Callable[[Callable[[M], None]], Callable[[M], None]]:
    """Make a function the one that does what messages of this kind say."""

    def register(function: Callable[[M], None]) -> Callable[[M], None]:
        HANDLERS[kind.__name__] = function
        return function

    return register
