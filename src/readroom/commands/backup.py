"""`readroom backup`: everything of a server in one file, while it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from readroom.commands.machine import DATA, Data, Database, open_as_it_is

app = typer.Typer(add_completion=False)


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="File to write, a tar.")],
    data: Data = DATA,
    database: Database = "",
) -> None:
    """Write database, images, files and keys into one file. The server may go on running."""
    if not data.is_dir():
        raise typer.BadParameter(f"there is no folder {data}", param_hint="--data")
    open_as_it_is(data=data, database=database)
    from readroom.server.operation.backup import CannotBackUp, back_up

    try:
        manifest = back_up(target)
    except CannotBackUp as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{target}: {target.stat().st_size / 1e6:.1f} MB")
    for key in manifest["missing_blobs"]:
        typer.echo(f"not there any more, and not in the backup: {key}", err=True)
