"""`python -m bench [NAME...] [--rounds N]`: measure ours and the peers on the same data in the same run."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from bench.registry import Options, Row, benches


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("names", nargs="*", help="benches to run; all when none is named")
    parser.add_argument("--rounds", type=int, default=Options.rounds, help="turns per subject; the best counts")
    arguments = parser.parse_args()
    options = Options(rounds=arguments.rounds)
    known = dict(benches())
    if unknown := set(arguments.names) - set(known):
        parser.error(f"no bench {', '.join(sorted(unknown))}; there are: {', '.join(known)}")
    failed = False
    for name in arguments.names or known:
        rows = known[name](options)
        show(name, rows)
        options.scratch.mkdir(parents=True, exist_ok=True)
        document = [dataclasses.asdict(row) for row in rows]
        (options.scratch / f"{name}.json").write_text(json.dumps(document, indent=2))
        failed = failed or any(row.is_met is False for row in rows)
    return int(failed)


def show(name: str, rows: Sequence[Row]) -> None:
    table = Table("task", "subject", "wall s", "CPU s", "peak MB", "", "goal", title=name, title_justify="left")
    for column in (2, 3, 4):
        table.columns[column].justify = "right"
    last = None
    for row in rows:
        if last not in {None, row.task}:
            table.add_section()
        mark = {None: "", True: "[green]met[/]", False: "[red]missed[/]"}[row.is_met]
        table.add_row(
            row.task if row.task != last else "",
            row.subject,
            *("" if value is None else f"{value:.{digits}f}" for value, digits in _figures(row)),
            row.note,
            f"{row.goal} {mark}".strip(),
        )
        last = row.task
    Console(width=None if sys.stdout.isatty() else 150).print(table)


def _figures(row: Row) -> list[tuple[float | None, int]]:
    return [(row.wall, 2), (row.cpu, 2), (row.peak_mb, 0)]


if __name__ == "__main__":
    sys.exit(main())
