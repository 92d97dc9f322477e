"""`readroom token`: keep the address and the token of a server for later scripts."""

from __future__ import annotations

from typing import Annotated

import typer

from readroom.client.configuration import find_base_url, write_configuration
from readroom.client.errors import ReadroomError
from readroom.commands.connecting import connect, fail

app = typer.Typer()


@app.command()
def token(
    *,
    base_url: Annotated[str, typer.Option(prompt="Address of the API, https://HOST/api/v1/")],
    value: Annotated[str, typer.Option("--token", prompt="Token (from your account page)", hide_input=True)],
    verify: Annotated[str, typer.Option(help="File of the server's own certificate authority.")] = "",
    check: Annotated[bool, typer.Option(help="Ask the server whether it knows the token.")] = True,
) -> None:
    """Keep the address and the token of a server, readable by you alone.

    Examples
    --------
        readroom token --base-url https://localhost:8443/api/v1/ --verify data/tls/ca.pem
    """
    try:
        address = find_base_url(base_url)
    except ReadroomError as error:
        fail(str(error))
    if check:
        with connect(value, address, verify) as client:
            client.interfaces.page(limit=1)
    path = write_configuration(base_url=address, token=value.split()[-1], verify=verify)
    typer.echo(f"Kept in {path}; scripts and commands find it there.")
