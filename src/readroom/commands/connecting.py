"""What the commands that talk to a server share: how to reach it, and how they fail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from readroom.client import Client
from readroom.client.errors import ReadroomError

Token = Annotated[str, typer.Option(help="API token; otherwise READROOM_TOKEN, or what `readroom token` kept.")]
BaseUrl = Annotated[str, typer.Option(help="Address of the API, https://HOST/api/v1/.")]
Verify = Annotated[str, typer.Option(help="File of the server's own certificate authority.")]

console = Console(stderr=True)


def fail(message: str) -> NoReturn:
    """Say what is wrong and end with exit code 2."""
    console.print(f"[red]{message}", highlight=False)
    raise typer.Exit(2)


@contextmanager
def connect(token: str, base_url: str, verify: str, *, deidentify: bool = False) -> Iterator[Client]:
    """A client for the length of the block; errors become one sentence instead of a traceback."""
    try:
        with Client(token=token, base_url=base_url, verify=verify or True, deidentify=deidentify) as client:
            yield client
    except ReadroomError as error:
        fail(str(error))
