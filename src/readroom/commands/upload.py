"""`readroom upload`: a folder of cases into a reader study."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from readroom.client import CaseOutcome, Client
from readroom.client.configuration import state_folder
from readroom.client.deidentify import DeidentificationReport
from readroom.client.errors import NotReady
from readroom.client.plans import FolderPlan
from readroom.commands.connecting import AsJson, BaseUrl, Token, Verify, connect, console, give_json, say
from readroom.commands.planning import make_plan, plan_as_json, show_plan, total_bytes

app = typer.Typer(add_completion=False)


@app.command()
def upload(
    *,
    folder: Annotated[Path, typer.Argument(help="Holds one folder or one file per case.")],
    study: Annotated[str, typer.Option("--study", "-s", help="Slug of the reader study.")],
    socket: Annotated[
        list[str] | None,
        typer.Option(
            help="SLUG for all files of a case, or PATTERN=SLUG for files and folders of that name. Without it, the "
            "socket that the study shows."
        ),
    ] = None,
    table: Annotated[
        Path | None,
        typer.Option(help="CSV or YAML with title, order and a column per socket; FOLDER/cases.csv is found."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan and stop.")] = False,
    wait: Annotated[bool, typer.Option(help="Wait until the images are ready.")] = True,
    deidentify: Annotated[
        bool, typer.Option("--deidentify", help="De-identify DICOM files before they leave.")
    ] = False,
    as_json: AsJson = False,
    token: Token = "",
    base_url: BaseUrl = "",
    verify: Verify = "",
) -> None:
    """Upload a folder of cases to a reader study; run it again to go on after an interruption.

    The exit code is 0 when all went well, 1 when something was refused, 2 when nothing could be begun.

    Examples
    --------
        readroom upload cases --study nodules --dry-run

        readroom upload cases -s brain --socket "t1*=t1" --socket "flair*=flair"

        readroom upload cases --study nodules --table cases.csv
    """
    with connect(token, base_url, verify, deidentify=deidentify) as client:
        found = client.reader_studies.detail(slug=study)
        plan = make_plan(client, folder, study=found, sockets=socket or [], table=table)
        if dry_run:
            give_json(plan_as_json(plan)) if as_json else show_plan(plan, Console())
            return
        if not as_json:
            show_plan(plan, console)
        outcomes = send(client, study, plan, journal=journal_of(folder, study))
        problems = [f"{outcome.plan.title or 'case'}: {outcome.error}" for outcome in outcomes if outcome.error]
        if wait:
            problems += wait_for(client, [outcome.pk for outcome in outcomes if outcome.pk])
    finish(outcomes, problems, report=client.deidentification, as_json=as_json, has_waited=wait)


def journal_of(folder: Path, study: str) -> Path:
    """Where it is kept what has arrived: in the folder, or with this person's files when it cannot be written to."""
    if os.access(folder, os.W_OK):
        return folder / f".readroom-{study}.journal"
    place = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    return state_folder() / f"{place}-{study}.journal"


def send(client: Client, study: str, plan: FolderPlan, *, journal: Path) -> list[CaseOutcome]:
    """Upload with a bar for the case at hand and one for all of them."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        sizes = [total_bytes(case) for case in plan.cases]
        count = len(sizes)
        current = bars.add_task("", total=None)
        whole = bars.add_task(f"0 of {count} cases", total=sum(sizes))
        done: list[CaseOutcome] = []

        def begin_next() -> None:
            if len(done) < count:
                case = plan.cases[len(done)]
                bars.reset(current, description=escape(case.title[:40]), total=sizes[len(done)])

        def advance(_: Path, size: int) -> None:
            bars.advance(whole, size)
            bars.advance(current, size)

        def end(outcome: CaseOutcome) -> None:
            done.append(outcome)
            bars.update(whole, completed=sum(sizes[: len(done)]), description=f"{len(done)} of {count} cases")
            begin_next()

        begin_next()
        return client.add_cases(reader_study=study, cases=plan.cases, journal=journal, progress=advance, done=end)


def wait_for(client: Client, pks: Sequence[str]) -> list[str]:
    """Wait for the imports with a bar; tell what failed."""
    if not pks:
        return []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        task = bars.add_task("ready", total=len(pks))
        try:
            client.wait_until_ready(display_sets=pks, progress=lambda ready, _: bars.update(task, completed=ready))
        except NotReady as error:
            return list(error.reasons) or [str(error)]
    return []


def finish(
    outcomes: Sequence[CaseOutcome],
    problems: Sequence[str],
    *,
    report: DeidentificationReport | None,
    as_json: bool,
    has_waited: bool,
) -> None:
    """Say what came of it; the exit code is 1 when anything failed."""
    made = [outcome for outcome in outcomes if outcome.pk and not outcome.was_there]
    there = [outcome for outcome in outcomes if outcome.was_there]
    if as_json:
        cases = [{"title": o.plan.title, "pk": o.pk, "error": o.error, "was_there": o.was_there} for o in outcomes]
        cleaned = {"deidentification": report.to_dict()} if report else {}
        give_json({"cases": cases, "problems": list(problems), **cleaned})
    else:
        if report:
            say(report.summary())
            for warning, count in report.warnings.items():
                say(f"{count} files: {warning}", style="yellow")
        for problem in problems:
            say(problem, style="red")
        there_already = f", {len(there)} were there already" if there else ""
        well = "all is well" if has_waited else "the server goes on with them"
        said = f"{len(problems)} problem{'s' if len(problems) != 1 else ''}" if problems else well
        say(f"{len(made)} of {len(outcomes)} cases uploaded{there_already}; {said}")
    if problems:
        raise typer.Exit(1)
