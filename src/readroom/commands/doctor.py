"""`readroom doctor`: looks whether a server has what it needs, and says what to do where it has not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from readroom.commands.machine import DATA, Data, Database, export_settings

if TYPE_CHECKING:
    from readroom.server.services.health import Check

app = typer.Typer(add_completion=False)


@app.command()
def doctor(
    data: Data = DATA,
    database: Database = "",
    audit: Annotated[bool, typer.Option(help="Also walk the whole audit trail.")] = False,  # noqa: FBT002 - a flag
) -> None:
    """Check configuration, disk, database, storage, worker, clock and certificate."""
    export_settings(data=data, database=database)
    checks = examine(with_audit=audit)
    for check in checks:
        typer.echo(f"{'ok  ' if check.is_ok else 'FAIL'}  {check.name:<13} {check.message}")
    raise typer.Exit(0 if all(check.is_ok for check in checks) else 1)


def examine(*, with_audit: bool) -> list[Check]:
    from readroom.server import config
    from readroom.server.operation.database import prepare_django

    try:
        settings = config.current()
    except config.WrongSetting as error:
        typer.echo(f"FAIL  configuration {error}")
        raise typer.Exit(1) from error
    prepare_django()
    from readroom.server import presence
    from readroom.server.operation.certificates import check_configured
    from readroom.server.services import health

    settings.data.mkdir(parents=True, exist_ok=True)
    checks = [health.Check("configuration", is_ok=True, message=f"data is kept in {settings.data}")]
    checks += health.run_checks()
    if presence.is_kept(settings.data) and all(check.is_ok for check in checks):
        checks = [check for check in checks if check.name != "worker"]
        checks.append(health.attempt("worker", health.ask_workers))
    checks.append(health.Check("certificate", *check_configured(settings.tls, settings.tls_folder)))
    return checks + ([audit_check()] if with_audit else [])


def audit_check() -> Check:
    from readroom.server.services import audit, health

    breaks = list(audit.verify())
    message = "; ".join(f"{b.stream} {b.position}: {b.reason}" for b in breaks[:5]) or "every chain is whole"
    return health.Check("audit", not breaks, message)
