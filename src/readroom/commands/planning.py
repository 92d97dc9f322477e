"""The plan of an upload: which files go into which sockets of which cases, and how it is shown."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from readroom.client import CasePlan, Client
from readroom.client.errors import ConfigurationError, ReadroomError
from readroom.client.models import ReaderStudy
from readroom.client.plans import TABLE_NAMES, FolderPlan, SocketPattern, plan_folder, plan_table
from readroom.commands.connecting import fail

SHOWN_CASES = 50
MEGABYTE = 1e6


def make_plan(
    client: Client, folder: Path, *, study: ReaderStudy, sockets: Sequence[str], table: Path | None
) -> FolderPlan:
    """Plan by the table, by the sockets that were named, or by those that the study shows."""
    if not folder.is_dir():
        fail(f"There is no folder {folder}")
    tables = [folder / name for name in TABLE_NAMES if (folder / name).is_file()]
    table = table or next(iter(tables if not sockets else []), None)
    try:
        if table is not None:
            return plan_table(table, folder=folder, kind_of=lambda slug: super_kind(client, slug))
        patterns = [SocketPattern.parse(text) for text in sockets] or patterns_of_study(client, study, folder)
        images = [
            dataclasses.replace(pattern, takes_images=super_kind(client, pattern.slug) == "Image")
            for pattern in patterns
        ]
        return plan_folder(folder, images)
    except (ReadroomError, OSError, ValueError) as error:
        fail(str(error))


def super_kind(client: Client, slug: str) -> str:
    return client.find_socket(slug).super_kind


def patterns_of_study(client: Client, study: ReaderStudy, folder: Path) -> list[SocketPattern]:
    """The one socket of a study for everything, or those of its sockets after which files and folders are named."""
    slugs = sockets_of(client, study)
    if len(slugs) == 1:
        return [SocketPattern(slugs[0])]
    named = [slug for slug in slugs if any(folder.glob(f"*/{slug}*"))]
    if named:
        return [SocketPattern(slug, f"{slug}*") for slug in sorted(named, key=len, reverse=True)]
    choice = f"The study shows {', '.join(slugs)}. " if slugs else ""
    example = slugs[0] if slugs else "ct-image"
    raise ConfigurationError(
        f"{choice}Say which socket the files fill: --socket {example} for all, --socket 't1*={example}' for those of "
        "a name, or --table cases.csv"
    )


def sockets_of(client: Client, study: ReaderStudy) -> list[str]:
    """Slugs of the sockets that a study shows, or that its first display set fills."""
    shown = [slug for slugs in (study.get("view_content") or {}).values() for slug in slugs]
    if not shown:
        first = client.reader_studies.display_sets.page(limit=1, params={"reader_study": study.pk})
        shown = [value.interface.slug for case in first for value in case.values]
    return list(dict.fromkeys(shown))


def show_plan(plan: FolderPlan, console: Console) -> None:
    """Show what would be made, before anything is."""
    count = len(plan.cases)
    table = Table("case", "order", "socket", "files", "size", title=f"{count} case{'s' if count != 1 else ''}")
    table.title_justify = "left"
    for column in (1, 3, 4):
        table.columns[column].justify = "right"
    for case in plan.cases[:SHOWN_CASES]:
        for place, spec in enumerate(case.values):
            files = spec.paths
            size = f"{sum(path.stat().st_size for path in files) / MEGABYTE:.1f} MB" if files else ""
            shown = str(len(files)) if files else escape(repr(spec.value)[:40])
            order = "" if case.order is None else str(case.order)
            named = (escape(case.title), order) if place == 0 else ("", "")
            table.add_row(*named, escape(spec.socket_slug), shown, size)
    console.print(table)
    if count > SHOWN_CASES:
        console.print(f"... and {count - SHOWN_CASES} more; --json lists them all")
    for path in plan.unused[:SHOWN_CASES]:
        console.print(f"not used: {path}", style="yellow", markup=False, highlight=False, soft_wrap=True)
    if len(plan.unused) > SHOWN_CASES:
        console.print(f"... and {len(plan.unused) - SHOWN_CASES} more that are not used")


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
