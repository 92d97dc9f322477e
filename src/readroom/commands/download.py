"""`readroom download`: the images and values of a reader study, a folder per case."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from readroom.client import Client
from readroom.client.errors import ReadroomError
from readroom.client.models import DisplaySet, SocketValue
from readroom.commands.connecting import AsJson, BaseUrl, Token, Verify, connect, console, give_json, say

app = typer.Typer(add_completion=False)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One value, where it goes, and how a person calls it."""

    value: SocketValue
    target: Path
    name: str


@app.command()
def download(
    *,
    study: Annotated[str, typer.Argument(help="Slug of the reader study.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to write to; what is there is kept.")],
    socket: Annotated[list[str] | None, typer.Option(help="Only these sockets.")] = None,
    masks: Annotated[bool, typer.Option("--masks", help="Also the masks that readers drew.")] = False,
    as_json: AsJson = False,
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
    with connect(token, base_url, verify) as client:
        found = client.reader_studies.detail(slug=study)
        cases = client.reader_studies.display_sets.iterate_all({"reader_study": found.pk})
        wanted = [one for case in cases for one in wanted_of(case, output, set(socket or ()))]
        fetched = fetch_all(client, wanted)
        problems = [f"{one.name}: {problem}" for one, problem in fetched if problem]
        written = [str(one.target) for one, problem in fetched if not problem]
        if masks:
            folder = output / "masks"
            written += map(str, client.reader_studies.answers.masks(reader_study=found, output_directory=folder))
    if as_json:
        give_json({"written": written, "problems": problems})
    else:
        for problem in problems:
            say(problem, style="red")
        said = f"{len(problems)} problems" if problems else "all is well"
        say(f"{len(written)} values written to {output}; {said}")
    if problems:
        raise typer.Exit(1)


def wanted_of(case: DisplaySet, output: Path, sockets: set[str]) -> Iterator[Wanted]:
    """What of a case is not there yet."""
    for value in case.values:
        slug = value.interface.slug
        target = output / folder_name(case) / slug
        if (not sockets or slug in sockets) and not target.exists():
            yield Wanted(value, target, f"{case.title or case.pk}, {slug}")


def fetch_all(client: Client, wanted: list[Wanted]) -> list[tuple[Wanted, str]]:
    """Fetch several at the same time, with a bar; tells of each what went wrong."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with (
        Progress(*columns, console=console, disable=not console.is_terminal) as bars,
        ThreadPoolExecutor(client.max_concurrent_downloads) as pool,
    ):
        problems = pool.map(lambda one: fetch(client, one), wanted)
        return list(bars.track(zip(wanted, problems, strict=True), total=len(wanted), description="values"))


def fetch(client: Client, wanted: Wanted) -> str:
    """Write a value, whole or not at all; tells what went wrong."""
    partial = wanted.target.with_name(f".{wanted.target.name}.part")
    shutil.rmtree(partial, ignore_errors=True)  # of a run that was cut off
    try:
        client.download_socket_value(wanted.value, output_directory=partial)
        partial.replace(wanted.target)
    except (ReadroomError, OSError, ValueError) as error:
        return str(error)
    return ""


def folder_name(case: DisplaySet) -> str:
    """A folder name that every system takes, unique by the end of the pk."""
    title = re.sub(r"[^\w .-]+", "-", case.title or case.title_safe or "case").strip(" .-") or "case"
    return f"{title[:80]}_{case.pk[:8]}"
