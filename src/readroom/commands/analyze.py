"""`readroom analyze`: a report from a table of answers and a plan."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from readroom.stats.errors import StatisticsError
from readroom.stats.plan import Plan
from readroom.stats.report import Report, analyze, read_for_plan

app = typer.Typer(add_completion=False)
console = Console(stderr=True)

EXAMPLE = """\
title: Malignancy on CT and MRI
question: Malignant?          # needed when the table has several
options: [1, 2, 3, 4, 5]      # the full list, in order
positive: 1                   # the truth that means diseased
analyses:
  - analysis: mrmc
    name: primary
    method: obuchowski-rockette
    endpoint: auc
    covariance: delong
  - analysis: accuracy
    threshold: 3
  - analysis: agreement
    coefficient: krippendorff
    settings: {metric: ordinal}
"""


@app.command("analyze")
def run(
    *,
    answers: Annotated[Path | None, typer.Argument(help="Table of answers, CSV or Parquet.")] = None,
    plan: Annotated[Path | None, typer.Option(help="Plan of the analysis, YAML.")] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the report.")] = Path("report"),
    png: Annotated[bool, typer.Option("--png", help="Plots as PNG too, beside SVG and Vega-Lite.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
    example: Annotated[bool, typer.Option("--example-plan", help="Print a plan to start from, and end.")] = False,
) -> None:
    """Analyse answers by a plan and write a report that needs no network.

    The exit code is 1 when the data did not allow an analysis, 2 when the table or the plan must be mended.

    Examples
    --------
        readroom analyze --example-plan > plan.yaml

        readroom analyze answers.csv --plan plan.yaml -o report
    """
    if example:
        typer.echo(EXAMPLE, nl=False)
        return
    if answers is None or plan is None:
        console.print("[red]Give a table of answers and --plan; --example-plan prints one to start from.")
        raise typer.Exit(2)
    try:
        report = _analyze(answers, plan)
        written = report.write(output, png=png)
    except StatisticsError as error:
        console.print(f"[red]{type(error).__name__}:[/] {error}", highlight=False, soft_wrap=True)
        raise typer.Exit(2) from error
    except OSError as error:
        console.print(f"[red]The report cannot be written to {output}: {error.strerror}.", highlight=False)
        raise typer.Exit(2) from error
    if as_json:
        typer.echo(json.dumps(report.to_dict(), indent=1, sort_keys=True))
    else:
        _summarize(report, written)
    if report.refusals:
        raise typer.Exit(1)


def _analyze(answers: Path, plan: Path) -> Report:
    parsed = Plan.read(plan)
    readings, digest = read_for_plan(answers, parsed)
    return analyze(readings, parsed, data_sha256=digest)


def _summarize(report: Report, written: tuple[Path, ...]) -> None:
    for section in report.sections:
        console.print(f"[bold]{section.name}[/]", highlight=False)
        if section.refusal:
            console.print(f"  [red]{section.refusal}", highlight=False, soft_wrap=True)
        for line in [*section.results[:6], *section.powers]:
            console.print(f"  {line}", highlight=False, soft_wrap=True, markup=False)
        if len(section.results) > 6:
            console.print(f"  and {len(section.results) - 6} more", highlight=False)
    page = next(path for path in written if path.name == "index.html")
    console.print(f"{len(written)} files; open {page}", highlight=False, soft_wrap=True)
