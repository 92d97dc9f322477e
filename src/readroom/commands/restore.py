"""`readroom restore`: a backup becomes a server again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from readroom.commands.machine import DATA, EmptyData, open_as_it_is

app = typer.Typer(add_completion=False)


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="File that `readroom backup` wrote.")],
    data: EmptyData = DATA,
    database: Annotated[str, typer.Option(help="postgresql://... of an empty database; a SQLite file in DATA.")] = "",
) -> None:
    """Put a backup into an empty folder or an empty database; then start the server as ever."""
    data.mkdir(parents=True, exist_ok=True)
    open_as_it_is(data=data, database=database)
    from readroom.server.operation import backup

    try:
        count = backup.restore(source)
    except backup.CannotRestore as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(f"restored the database and {count} files")
