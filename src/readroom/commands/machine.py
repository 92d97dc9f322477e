"""What the commands on the machine of a server share: which data they work on, and how it is opened."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Annotated

import typer

DATA = Path("data")
Data = Annotated[Path, typer.Option(envvar="READROOM_DATA", help="Folder of everything that is kept.")]
NewData = Annotated[
    Path, typer.Option(envvar="READROOM_DATA", help="Folder of everything that is kept; made when it is absent.")
]
EmptyData = Annotated[Path, typer.Option(envvar="READROOM_DATA", help="Folder of everything that is kept; empty.")]
Database = Annotated[str, typer.Option(help="postgresql://... or sqlite:///...; a SQLite file in DATA.")]


def export_settings(*, data: Path, database: str = "") -> None:
    """Options become settings, for this process and for those that it starts."""
    os.environ["READROOM_DATA"] = str(data.resolve())
    if database:
        os.environ["READROOM_DATABASE"] = database
    os.environ["DJANGO_SETTINGS_MODULE"] = "readroom.server.django_settings"


def open_as_it_is(*, data: Path, database: str) -> None:
    """Work on the database in the shape that it has."""
    export_settings(data=data, database=database)
    from readroom.server.operation.database import prepare_django

    prepare_django()


def require_folder(data: Path) -> None:
    """Make the folder of everything, or say in words that this is no place for one."""
    try:
        data.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, FileNotFoundError, NotADirectoryError) as error:
        raise typer.BadParameter(f"the folder {data} cannot be used: {error.strerror}", param_hint="--data") from error
    if not os.access(data, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(data))


def open_up_to_date(*, data: Path, database: str = "") -> None:
    """Work on a database that has every table; it is made or migrated first."""
    require_folder(data)
    export_settings(data=data, database=database)
    from readroom.server.operation.database import bring_up_to_date

    bring_up_to_date()
