"""`readroom worker`: one more worker, on this machine or another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)


@app.command()
def worker(
    data: Annotated[Path, typer.Option(envvar="READROOM_DATA", help="Folder of everything that is kept.")] = Path(
        "data"
    ),
    database: Annotated[str, typer.Option(help="postgresql://... or sqlite:///...; a SQLite file in DATA.")] = "",
) -> None:
    """Turn uploads into images and do the platform's other long work, until stopped."""
    from readroom.commands.serve import export_settings

    export_settings(data=data, database=database)
    from readroom.server import worker as runner

    runner.run()
