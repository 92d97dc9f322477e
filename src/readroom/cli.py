"""The `readroom` command: a table of subcommands, each loaded when it is asked for."""

from __future__ import annotations

import importlib
from typing import Any

import typer
from typer.core import TyperGroup

COMMANDS: dict[str, str] = {
    "inspect": "Show the images that files hold: geometry, findings and outcomes.",
}
"""Subcommand -> sentence for the help page; the code stands in `readroom.commands.<subcommand>`."""


class LazyGroup(TyperGroup):
    """Loads a subcommand only when it runs, so that `readroom --help` needs none of the extras."""

    def list_commands(self, ctx: object) -> list[str]:  # noqa: ARG002 - typer's signature
        return sorted(COMMANDS)

    def get_command(self, ctx: object, cmd_name: str) -> Any:  # noqa: ANN401, ARG002 - typer's signature
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"readroom.commands.{cmd_name}")
        command = typer.main.get_command(module.app)
        command.name = cmd_name
        return command


app = typer.Typer(
    cls=LazyGroup,
    help="Reader studies for medical images: upload cases, read them in a browser, get answers and statistics.",
    no_args_is_help=True,
)


@app.callback()
def root() -> None:
    """Reader studies for medical images: upload cases, read them in a browser, get answers and statistics."""


def main() -> None:
    app()
