"""`readroom answers`: the answers of a study as a table."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from readroom.client.exports import export_answers
from readroom.commands.connecting import AsJson, BaseUrl, Token, Verify, connect, fail, give_json, require_place

app = typer.Typer(add_completion=False)


@app.command()
def answers(
    *,
    study: Annotated[str, typer.Argument(help="Slug of the reader study.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write, .csv or .parquet; printed without it.")
    ] = None,
    wide: Annotated[bool, typer.Option("--wide", help="A row per reader and display set.")] = False,
    parquet: Annotated[bool, typer.Option("--parquet", help="Parquet instead of CSV.")] = False,
    pseudonyms: Annotated[bool, typer.Option("--pseudonyms", help="Readers by pseudonym.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the file.")] = False,
    as_json: AsJson = False,
    token: Token = "",
    base_url: BaseUrl = "",
    verify: Verify = "",
) -> None:
    """Write the answers of a reader study in words: question texts, option titles, seconds, scores.

    Examples
    --------
        readroom answers nodules -o answers.csv

        readroom answers nodules -o answers.parquet --wide --pseudonyms

        readroom answers nodules | head
    """
    target = output.with_suffix(".parquet") if output and parquet else output
    if target is None and (parquet or as_json):
        fail("Say where to write it: -o answers.parquet" if parquet else "Say where to write it: -o answers.csv")
    if target:
        require_place(target, force=force)
    with (
        connect(token, base_url, verify) as client,
        tempfile.TemporaryDirectory(prefix=".readroom-", dir=target.parent if target else None) as folder,
    ):
        found = client.reader_studies.detail(slug=study)
        written = Path(folder) / f"answers{target.suffix if target else '.csv'}"
        layout, names = "wide" if wide else "long", "pseudonym" if pseudonyms else "username"
        export_answers(client.connection, found, written, layout=layout, names=names)
        if target is None:
            sys.stdout.write(written.read_text(encoding="utf-8-sig"))
            sys.stdout.flush()
            return
        size = written.stat().st_size
        written.replace(target)
    give_json({"path": str(target), "bytes": size}) if as_json else typer.echo(f"{target} ({size / 1e3:.1f} kB)")
