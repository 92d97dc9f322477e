"""The `readroom` command: a table of subcommands, each loaded when it is asked for."""

from __future__ import annotations

import difflib
import errno
import importlib
import re
import sys
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup

from readroom import __version__

COMMANDS: dict[str, str] = {
    "account": "Make accounts and tokens on the machine of the server.",
    "analyze": "Analyse answers by a plan: agreement, ROC, MRMC, FROC, as a report.",
    "answers": "Write the answers of a reader study as CSV or Parquet, in words.",
    "audit": "Write the audit trail to a file, and check that nobody altered it.",
    "backup": "Write everything of a server into one file.",
    "demo": "Start the server with a study to try.",
    "doctor": "Check what a server needs: disk, database, storage, worker, clock, certificate.",
    "download": "Download the images and values of a reader study.",
    "inspect": "Show the images that files hold: geometry, findings and outcomes.",
    "restore": "Make a server of a backup.",
    "serve": "Start the server: web, worker and TLS in one foreground command.",
    "study": "Apply, export or look at a whole reader study.",
    "token": "Keep the address and the token of a server.",
    "upload": "Upload a folder of cases to a reader study; resumes where it stopped.",
    "worker": "Start one more worker.",
}
"""Subcommand -> sentence for the help page; the code stands in `readroom.commands.<subcommand>`."""


HEADING = re.compile(r"Examples\n-+\n")
EXAMPLE = re.compile(r"^ +readroom", re.MULTILINE)
"""How documentation shows examples; on a terminal a colon and the sign of the shell do."""


class LazyGroup(TyperGroup):
    """Loads a subcommand only when it runs, so that `readroom --help` needs none of the extras."""

    def list_commands(self, ctx: object) -> list[str]:  # noqa: ARG002 - typer's signature
        return sorted(COMMANDS)

    def get_command(self, ctx: object, cmd_name: str) -> Any:  # noqa: ANN401, ARG002 - typer's signature
        if cmd_name not in COMMANDS:
            return None
        return TyperCommand(cmd_name, help=COMMANDS[cmd_name])

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 - typer's signature
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            alike = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean {alike[0]!r}?" if alike else " `readroom --help` lists them."
            ctx.fail(f"There is no command {args[0]!r}.{hint}")
        name, _, rest = super().resolve_command(ctx, args)
        return name, load(str(name)), rest


def load(name: str) -> Any:  # noqa: ANN401 - one of two classes of typer
    """The command itself; says which extra is missing when its libraries are not installed."""
    try:
        module = importlib.import_module(f"readroom.commands.{name.replace('-', '_')}")
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("readroom"):
            raise
        typer.echo(f"`readroom {name}` needs {error.name}: pip install 'readroom[server]'", err=True)
        raise typer.Exit(2) from error
    command = typer.main.get_command(module.app)
    command.name = name
    for one in (command, *getattr(command, "commands", {}).values()):
        one.help = EXAMPLE.sub("$ readroom", HEADING.sub("Examples:\n", one.help or ""))
    return command


app = typer.Typer(
    cls=LazyGroup,
    help="Reader studies for medical images: upload cases, read them in a browser, get answers and statistics.",
    no_args_is_help=True,
)


def show_version(is_asked: bool) -> None:  # noqa: FBT001 - typer's signature
    if is_asked:
        typer.echo(f"readroom {__version__}")
        raise typer.Exit


@app.callback()
def root(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and stop.", callback=show_version, is_eager=True)
    ] = False,
) -> None:
    """Reader studies for medical images: upload cases, read them in a browser, get answers and statistics."""


NOT_ALLOWED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


def main() -> None:
    """Run a command; what whoever runs it can mend is a sentence and not a traceback."""
    try:
        app()
    except (ValueError, OSError) as error:
        stop_with_sentence(error)
    except Exception as error:
        database = sys.modules.get("django.db.utils")
        if database is None or not isinstance(error, database.OperationalError):
            raise
        typer.echo(f"readroom: the database cannot be used: {error}", err=True)
        raise SystemExit(1) from None


def stop_with_sentence(error: ValueError | OSError) -> NoReturn:
    """End over a setting that cannot be used, or a place where this account may not write; raise anything else."""
    config = sys.modules.get("readroom.server.config")
    if config is not None and isinstance(error, config.WrongSetting):
        typer.echo(f"readroom: {error}", err=True)
        raise SystemExit(2) from None
    if isinstance(error, OSError) and error.errno in NOT_ALLOWED and error.filename is not None:
        typer.echo(f"readroom: {error.filename}: {error.strerror}; give it to the account that runs this", err=True)
        raise SystemExit(1) from None
    raise error
