"""`readroom audit`: who did what, when and why, and whether nobody has altered it since."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from readroom.commands.connecting import fail, require_place
from readroom.commands.machine import DATA, Data, Database, open_as_it_is

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Write the audit trail to a file, and check such a file."
)


@app.command()
def export(
    target: Annotated[Path, typer.Argument(help="File to write: one JSON object per line.")],
    *,
    force: Annotated[bool, typer.Option("--force", help="Replace the file.")] = False,
    data: Data = DATA,
    database: Database = "",
) -> None:
    """Write the whole trail, on the machine of the server; editors get that of their study over the API.

    It prints a seal: keep it apart from the file, and `verify --seal` finds also what was cut off at the end.

    Examples
    --------
        readroom audit export trail.jsonl --data /srv/readroom
    """
    require_place(target, force=force)
    open_as_it_is(data=data, database=database)
    from readroom.server.domain.audit_chains import Seal
    from readroom.server.services import audit, audit_exports

    seal = Seal()
    with target.open("wb") as file:
        for piece in audit_exports.write_lines(seal.watch(audit.read_trail())):
            file.write(piece)
    typer.echo(str(target))
    typer.echo(f"{seal.entries} entries, seal {seal.digest}")


@app.command()
def verify(
    trail: Annotated[Path, typer.Argument(help="A file that `export` or the API wrote.")],
    *,
    seal: Annotated[str, typer.Option(help="What `export` printed: finds also what was cut off at the end.")] = "",
) -> None:
    """Check that no entry of an exported trail was altered, or taken out before later ones; needs no server.

    Examples
    --------
        readroom audit verify trail.jsonl

        readroom audit verify trail.jsonl --seal 5f0c…
    """
    from readroom.server.domain.audit_chains import Break, Seal, find_breaks

    if not trail.is_file():
        fail(f"There is no file {trail}")
    try:
        with trail.open(encoding="utf-8") as lines:
            found = Seal()
            breaks = list(find_breaks(found.watch(map(json.loads, lines))))
    except (ValueError, KeyError, TypeError) as error:
        fail(f"{trail} is not an exported trail: {error!r}")
    if seal and seal != found.digest:
        breaks.append(Break("file", found.entries, "it is not the file of this seal; entries are missing or others"))
    for place in breaks:
        typer.echo(f"{place.stream} {place.position}: {place.reason}")
    typer.echo("every chain is whole" if not breaks else f"{len(breaks)} breaks")
    raise typer.Exit(1 if breaks else 0)
