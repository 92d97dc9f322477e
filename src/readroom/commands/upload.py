"""`readroom upload`: a folder of cases into a reader study."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from readroom.client import CaseOutcome, CasePlan, Client
from readroom.client.errors import NotReady, ReadroomError, SocketNotFound
from readroom.client.plans import FolderPlan, SocketPattern, plan_folder, plan_table
from readroom.commands.connecting import BaseUrl, Token, Verify, connect, fail

app = typer.Typer()
console = Console(stderr=True)

SHOWN_CASES = 50


@app.command()
def upload(
    *,
    folder: Annotated[Path, typer.Argument(help="Holds one folder or one file per case.")],
    study: Annotated[str, typer.Option("--study", "-s", help="Slug of the reader study.")],
    socket: Annotated[
        list[str] | None,
        typer.Option(help="SLUG for all files of a case, or PATTERN=SLUG for files and folders of that name."),
    ] = None,
    table: Annotated[
        Path | None, typer.Option(help="CSV or YAML with title, order and a column per socket, instead of the layout.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan and stop.")] = False,
    wait: Annotated[bool, typer.Option(help="Wait until the images are ready.")] = True,
    deidentify: Annotated[
        bool, typer.Option("--deidentify", help="De-identify DICOM files before they leave.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
    token: Token = "",
    base_url: BaseUrl = "",
    verify: Verify = "",
) -> None:
    """Upload a folder of cases to a reader study; run it again to go on after an interruption.

    Examples
    --------
        readroom upload cases --study nodules --socket ct-image --dry-run

        readroom upload cases --study brain --socket "t1*=mr-t1" --socket "flair*=mr-flair"

        readroom upload cases --study nodules --table cases.csv
    """
    with connect(token, base_url, verify, deidentify=deidentify) as client:
        plan = make_plan(client, folder, socket or [], table)
        if not as_json:
            show_plan(plan)
        if dry_run:
            typer.echo(json.dumps(plan_as_json(plan))) if as_json else None
            return
        outcomes = send(client, study, plan, journal=folder / f".readroom-{study}.journal")
        problems = [f"{outcome.plan.title or 'case'}: {outcome.error}" for outcome in outcomes if outcome.error]
        if wait:
            problems += wait_for(client, [outcome.pk for outcome in outcomes if outcome.pk])
    finish(outcomes, problems, as_json=as_json)


def make_plan(client: Client, folder: Path, sockets: Sequence[str], table: Path | None) -> FolderPlan:
    try:
        if table is not None:
            return plan_table(table, folder=folder, kind_of=lambda slug: super_kind(client, slug))
        if not sockets:
            fail("Say which socket the files fill: --socket ct-image, or --socket 't1*=mr-t1', or --table cases.csv")
        patterns = [SocketPattern.parse(text) for text in sockets]
        for pattern in patterns:
            super_kind(client, pattern.slug)
        return plan_folder(folder, patterns)
    except (ReadroomError, OSError) as error:
        fail(str(error))


def super_kind(client: Client, slug: str) -> str:
    found = client.interfaces.page(params={"slug": slug})
    if not found:
        raise SocketNotFound(slug=slug)
    return found[0].super_kind


def show_plan(plan: FolderPlan) -> None:
    """Show what would be made, before anything is."""
    table = Table("case", "order", "socket", "files", "size", title=f"{len(plan.cases)} cases")
    for case in plan.cases[:SHOWN_CASES]:
        for spec in case.values:
            files = spec.paths
            size = f"{sum(path.stat().st_size for path in files) / 1e6:.1f} MB" if files else ""
            shown = str(len(files)) if files else repr(spec.value)[:40]
            table.add_row(case.title, "" if case.order is None else str(case.order), spec.socket_slug, shown, size)
    console.print(table)
    if len(plan.cases) > SHOWN_CASES:
        console.print(f"... and {len(plan.cases) - SHOWN_CASES} more")
    for path in plan.unused[:SHOWN_CASES]:
        console.print(f"[yellow]not used: {path}")


def plan_as_json(plan: FolderPlan) -> dict[str, object]:
    cases = [
        {
            "title": case.title,
            "order": case.order,
            "values": {spec.socket_slug: [str(path) for path in spec.paths] or spec.value for spec in case.values},
        }
        for case in plan.cases
    ]
    return {"cases": cases, "unused": [str(path) for path in plan.unused]}


def total_bytes(plan: CasePlan) -> int:
    return sum(path.stat().st_size for spec in plan.values for path in spec.paths)


def send(client: Client, study: str, plan: FolderPlan, *, journal: Path) -> list[CaseOutcome]:
    """Upload with a bar for the case at hand and one for all of them."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        whole = bars.add_task("all cases", total=sum(total_bytes(case) for case in plan.cases))
        current = bars.add_task(plan.cases[0].title, total=total_bytes(plan.cases[0]))
        remaining = list(plan.cases[1:])

        def advance(_: Path, count: int) -> None:
            bars.advance(whole, count)
            bars.advance(current, count)

        def next_case(outcome: CaseOutcome) -> None:
            if outcome.was_there:
                bars.advance(whole, total_bytes(outcome.plan))
            if remaining:
                case = remaining.pop(0)
                bars.reset(current, description=case.title, total=total_bytes(case))

        return client.add_cases(reader_study=study, cases=plan.cases, journal=journal, progress=advance, done=next_case)


def wait_for(client: Client, pks: Sequence[str]) -> list[str]:
    """Wait for the imports with a bar; tell what failed."""
    if not pks:
        return []
    with Progress(console=console, disable=not console.is_terminal) as bars:
        task = bars.add_task("processing", total=len(pks))
        try:
            client.wait_until_ready(display_sets=pks, progress=lambda ready, _: bars.update(task, completed=ready))
        except NotReady as error:
            return list(error.reasons) or [str(error)]
    return []


def finish(outcomes: Sequence[CaseOutcome], problems: Sequence[str], *, as_json: bool) -> None:
    """Say what came of it; the exit code is 1 when anything failed."""
    made = [outcome for outcome in outcomes if outcome.pk and not outcome.was_there]
    there = [outcome for outcome in outcomes if outcome.was_there]
    if as_json:
        cases = [{"title": o.plan.title, "pk": o.pk, "error": o.error, "was_there": o.was_there} for o in outcomes]
        typer.echo(json.dumps({"cases": cases, "problems": list(problems)}))
    else:
        console.print(f"{len(made)} uploaded, {len(there)} were there already, {len(problems)} problems")
        for problem in problems:
            console.print(f"[red]{problem}")
    if problems:
        raise typer.Exit(1)
