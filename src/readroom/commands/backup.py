"""`readroom backup`: everything of a server in one file, while it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="File to write, a tar.")],
    data: Annotated[Path, typer.Option(envvar="READROOM_DATA", help="Folder of everything that is kept.")] = Path(
        "data"
    ),
    database: Annotated[str, typer.Option(help="postgresql://... or sqlite:///...; a SQLite file in DATA.")] = "",
) -> None:
    """Write database, images, files and keys into one file. The server may go on running."""
    from readroom.commands.serve import export_settings

    export_settings(data=data, database=database)
    from readroom.server.operation.database import prepare_django

    prepare_django()
    from readroom.server.operation.backup import back_up

    manifest = back_up(target)
    typer.echo(f"{target}: {target.stat().st_size / 1e6:.1f} MB")
    for key in manifest["missing_blobs"]:
        typer.echo(f"not there any more, and not in the backup: {key}", err=True)
