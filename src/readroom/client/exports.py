"""The server's own export of answers, streamed to a file; and studies as one document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from readroom.client import models
from readroom.client.connection import Connection
from readroom.client.downloads import download
from readroom.client.errors import ConfigurationError, NotFound


def export_answers(
    connection: Connection, study: models.ReaderStudy, target: Path, *, layout: str = "long", names: str = "username"
) -> Path:
    """Write all answers of a study to a file, of one moment, in words.

    Parameters
    ----------
    connection : Connection
        To the server.
    study : ReaderStudy
        Of which study.
    target : Path
        ``.csv`` or ``.parquet``; refused when it exists.
    layout : str
        ``"long"``, a row per answer, or ``"wide"``, a row per reader and display set.
    names : str
        ``"username"`` or ``"pseudonym"``.
    """
    kind = "parquet" if target.suffix == ".parquet" else "csv"
    query = f"format={kind}&layout={layout}&names={names}"
    try:
        return download(connection, f"reader-studies/{study.pk}/export/?{query}", target)
    except NotFound as error:
        raise ConfigurationError("This server has no export of answers; use answers.table() of the client") from error


def apply_study(connection: Connection, document: Path) -> dict[str, Any]:
    """Make or change a study so that it is as a file says, all of it or nothing.

    Parameters
    ----------
    connection : Connection
        To the server.
    document : Path
        YAML or JSON, as `export_study` writes it.

    Returns
    -------
    dict
        What was ``created``, ``changed`` and left ``unchanged``, and ``warnings``.
    """
    kind = "application/json" if document.suffix == ".json" else "application/yaml"
    content = document.read_bytes()
    reply = connection.send("POST", "reader-studies/apply/", content=content, extra_headers={"Content-Type": kind})
    applied: dict[str, Any] = reply.json()
    return applied


def export_study(connection: Connection, study: models.ReaderStudy, *, kind: str = "yaml") -> str:
    """A study as one document: settings, sockets, questions, display sets.

    Parameters
    ----------
    connection : Connection
        To the server.
    study : ReaderStudy
        Which study.
    kind : str
        ``"yaml"`` or ``"json"``.
    """
    return connection.send("GET", f"reader-studies/{study.pk}/file/", params={"as": kind}).text
