"""`readroom worker`: one more worker, on this machine or another."""

from __future__ import annotations

import typer

from readroom.commands.machine import DATA, Data, Database, export_settings

app = typer.Typer(add_completion=False)


@app.command()
def worker(
    data: Data = DATA,
    database: Database = "",
) -> None:
    """Turn uploads into images and do the platform's other long work, until stopped."""
    export_settings(data=data, database=database)
    from readroom.server import worker as runner

    runner.run()
