"""`readroom study`: a whole study as one file, and how it stands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from readroom.client.exports import apply_study, export_study
from readroom.commands.connecting import AsJson, BaseUrl, Token, Verify, connect, fail, give_json, require_place, say

app = typer.Typer(add_completion=False, help="Apply, export or look at a whole reader study.", no_args_is_help=True)
console = Console()


@app.command()
def apply(
    *,
    document: Annotated[Path, typer.Argument(help="YAML or JSON, as `readroom study export` writes it.")],
    as_json: AsJson = False,
    token: Token = "",
    base_url: BaseUrl = "",
    verify: Verify = "",
) -> None:
    """Make or change a study so that it is as the file says, all of it or nothing; twice is once.

    What was so already is not touched.

    Examples
    --------
        readroom study apply study.yaml
    """
    if not document.is_file():
        fail(f"There is no file {document}")
    with connect(token, base_url, verify) as client:
        applied = apply_study(client.connection, document)
    if as_json:
        give_json(applied)
        return
    for word in ("created", "changed", "warnings"):
        for entry in applied.get(word, []):
            say(f"{word}: {entry}", to=console)
    if not applied.get("created") and not applied.get("changed"):
        console.print("unchanged: everything is as the file says already")


@app.command()
def export(
    *,
    study: Annotated[str, typer.Argument(help="Slug of the reader study.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write instead of printing.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file.")] = False,
    token: Token = "",
    base_url: BaseUrl = "",
    verify: Verify = "",
) -> None:
    """Write a study as one file that another server can apply.

    Examples
    --------
        readroom study export nodules -o study.yaml
    """
    kind = "json" if output and output.suffix == ".json" else "yaml"
    if output:
        require_place(output, force=force)
    with connect(token, base_url, verify) as client:
        text = export_study(client.connection, client.reader_studies.detail(slug=study), kind=kind)
    if output:
        output.write_text(text, encoding="utf-8")
    typer.echo(str(output) if output else text)


@app.command()
def status(
    *,
    study: Annotated[str, typer.Argument(help="Slug of the reader study.")],
    as_json: AsJson = False,
    token: Token = "",
    base_url: BaseUrl = "",
    verify: Verify = "",
) -> None:
    """Show what a study still needs, and how far each reader is.

    Examples
    --------
        readroom study status nodules
    """
    with connect(token, base_url, verify) as client:
        found = client.reader_studies.detail(slug=study)
        gaps = client.connection.request("GET", f"reader-studies/{found.pk}/readiness/")
        readers = client.connection.request("GET", f"reader-studies/{found.pk}/progress/")
        count = client.reader_studies.display_sets.page(limit=1, params={"reader_study": found.pk}).total_count
    facts = {"study": study, "state": found.get("state"), "display_sets": count, "missing": gaps, "readers": readers}
    give_json(facts) if as_json else show(facts)


def show(facts: dict[str, Any]) -> None:
    state = f" is {facts['state']}" if facts["state"] else ""
    say(f"{facts['study']}{state}; display sets: {facts['display_sets']}", to=console)
    for gap in facts["missing"]:
        say(gap["message"], style="red" if gap["is_blocker"] else "yellow", to=console)
    if not facts["readers"]:
        say("There are no readers yet.", to=console)
        return
    table = Table("reader", "answers", "display sets", "done", "last answer")
    for reader in facts["readers"]:
        answers = f"{reader['answers']} of {reader['expected_answers']}"
        cases = f"{reader['complete_display_sets']} of {reader['display_sets']}"
        last = (reader["last_answer"] or "").replace("T", " ")[:16]
        table.add_row(escape(reader["reader"]), answers, cases, f"{reader['progress']:.0f} %", last)
    console.print(table)
