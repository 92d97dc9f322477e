"""`readroom download`: the images and values of a reader study, a folder per case."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from readroom.client import Client
from readroom.client.errors import ReadroomError
from readroom.client.models import DisplaySet
from readroom.commands.connecting import BaseUrl, Token, Verify, connect

app = typer.Typer()
console = Console(stderr=True)


@app.command()
def download(
    *,
    study: Annotated[str, typer.Argument(help="Slug of the reader study.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to write to; what is there is kept.")],
    socket: Annotated[list[str] | None, typer.Option(help="Only these sockets.")] = None,
    masks: Annotated[bool, typer.Option("--masks", help="Also the masks that readers drew.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
    token: Token = "",
    base_url: BaseUrl = "",
    verify: Verify = "",
) -> None:
    """Download what the display sets of a study hold; run it again to fetch the rest.

    Examples
    --------
        readroom download nodules -o images

        readroom download nodules -o images --socket ct-image --masks
    """
    written: list[str] = []
    problems: list[str] = []
    with connect(token, base_url, verify) as client:
        found = client.reader_studies.detail(slug=study)
        cases = client.reader_studies.display_sets.iterate_all({"reader_study": found.pk})
        with Progress(console=console, disable=not console.is_terminal) as bars:
            for case in bars.track(cases, total=len(cases), description="cases"):
                download_case(client, case, output, set(socket or ()), written, problems)
        if masks:
            written += map(
                str, client.reader_studies.answers.masks(reader_study=found, output_directory=output / "masks")
            )
    typer.echo(json.dumps({"written": written, "problems": problems})) if as_json else report(written, problems)
    if problems:
        raise typer.Exit(1)


def download_case(
    client: Client, case: DisplaySet, output: Path, sockets: set[str], written: list[str], problems: list[str]
) -> None:
    folder = output / folder_name(case)
    for value in case.values:
        slug = value.interface.slug
        target = folder / slug
        if (sockets and slug not in sockets) or target.exists():
            continue
        partial = folder / f".{slug}.part"
        try:
            client.download_socket_value(value, output_directory=partial)
        except (ReadroomError, OSError, ValueError) as error:
            problems.append(f"{case.title or case.pk}, {slug}: {error}")
            continue
        partial.replace(target)
        written.append(str(target))


def folder_name(case: DisplaySet) -> str:
    """A folder name that every system takes, unique by the end of the pk."""
    title = re.sub(r"[^\w .-]+", "-", case.title or case.title_safe or "case").strip(" .-") or "case"
    return f"{title[:80]}_{case.pk[:8]}"


def report(written: list[str], problems: list[str]) -> None:
    console.print(f"{len(written)} values written, {len(problems)} problems")
    for problem in problems:
        console.print(f"[red]{problem}", highlight=False)
