"""What the commands that talk to a server share: how to reach it, how they speak, and how they fail."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

from readroom.client import Client
from readroom.client.errors import ReadroomError

Token = Annotated[str, typer.Option(help="API token; otherwise READROOM_TOKEN, or what `readroom token` kept.")]
BaseUrl = Annotated[str, typer.Option(help="Address of the server; otherwise READROOM_BASE_URL, or what was kept.")]
Verify = Annotated[str, typer.Option(help="File of the server's own certificate authority.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")]

console = Console(stderr=True)
"""For people: progress, remarks, errors. What a script reads goes to standard output."""


def say(message: str, *, style: str = "", to: Console = console) -> None:
    """Tell a person one thing, whatever characters it has; long lines stay whole where there is no terminal."""
    to.print(message, style=style or None, markup=False, highlight=False, soft_wrap=not to.is_terminal)


def fail(message: str) -> NoReturn:
    """Say what is wrong and end with exit code 2."""
    say(message, style="red")
    raise typer.Exit(2)


def require_place(target: Path, *, force: bool = False) -> None:
    """Refuse a file that cannot be written, before the work and not after it."""
    if not target.parent.is_dir():
        fail(f"There is no folder {target.parent}; make it first")
    if target.is_dir():
        fail(f"{target} is a folder; name a file in it")
    if target.exists() and not force:
        fail(f"{target} exists already; choose another name, or --force")


def give_json(value: Any) -> None:  # noqa: ANN401 - any JSON
    typer.echo(json.dumps(value, ensure_ascii=False))


class Remarks(logging.Handler):
    """Shows why the client waits, above the bars instead of through them."""

    def emit(self, record: logging.LogRecord) -> None:
        say(record.getMessage(), style="yellow")


@contextmanager
def connect(token: str, base_url: str, verify: str, *, deidentify: bool = False) -> Iterator[Client]:
    """A client for the length of the block; errors become one sentence instead of a traceback."""
    remarks, logger = Remarks(), logging.getLogger("readroom.client")
    logger.addHandler(remarks)
    try:
        with Client(token=token, base_url=base_url, verify=verify or True, deidentify=deidentify) as client:
            yield client
    except ReadroomError as error:
        fail(str(error))
    except BrokenPipeError:  # whoever reads has enough, as `head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except KeyboardInterrupt:
        say("Stopped. Run the same command again to go on.", style="yellow")
        raise typer.Exit(130) from None
    finally:
        logger.removeHandler(remarks)
