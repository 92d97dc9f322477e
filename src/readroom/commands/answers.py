"""`readroom answers`: the answers of a study as a table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from readroom.client.exports import export_answers
from readroom.commands.connecting import BaseUrl, Token, Verify, connect, fail

app = typer.Typer()


@app.command()
def answers(
    *,
    study: Annotated[str, typer.Argument(help="Slug of the reader study.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write; refused when it exists.")],
    wide: Annotated[bool, typer.Option("--wide", help="A row per reader and display set.")] = False,
    parquet: Annotated[bool, typer.Option("--parquet", help="Parquet instead of CSV.")] = False,
    pseudonyms: Annotated[bool, typer.Option("--pseudonyms", help="Readers by pseudonym.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the file.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
    token: Token = "",
    base_url: BaseUrl = "",
    verify: Verify = "",
) -> None:
    """Write the answers of a reader study in words: question texts, option titles, seconds, scores.

    Examples
    --------
        readroom answers nodules -o answers.csv

        readroom answers nodules -o answers.parquet --wide --pseudonyms
    """
    target = output.with_suffix(".parquet") if parquet else output
    if target.exists() and not force:
        fail(f"{target} exists already; choose another name, or --force")
    with connect(token, base_url, verify) as client:
        found = client.reader_studies.detail(slug=study)
        target.unlink(missing_ok=True)
        names = "pseudonym" if pseudonyms else "username"
        export_answers(client.connection, found, target, layout="wide" if wide else "long", names=names)
    size = target.stat().st_size
    typer.echo(json.dumps({"path": str(target), "bytes": size}) if as_json else f"{target} ({size / 1e3:.1f} kB)")
