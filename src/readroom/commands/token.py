"""`readroom token`: keep the address and the token of a server for later scripts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from readroom.client.configuration import find_base_url, keep_in_keyring, kept_for, write_configuration
from readroom.client.errors import ReadroomError
from readroom.commands.connecting import connect, fail, say

app = typer.Typer(add_completion=False)


@app.command()
def token(
    *,
    base_url: Annotated[str, typer.Option(prompt="Address of the server", help="https://HOST, or of its API.")],
    value: Annotated[
        str,
        typer.Option("--token", prompt="Token (from your account page)", hide_input=True, help="Asked for if absent."),
    ],
    verify: Annotated[str, typer.Option(help="File of the server's own certificate authority.")] = "",
    keyring: Annotated[
        bool, typer.Option("--keyring", help="Let the key ring of this machine keep the token, not a file.")
    ] = False,
    check: Annotated[bool, typer.Option(help="Ask the server whether it knows the token.")] = True,
) -> None:
    """Keep the address and the token of a server, readable by you alone.

    Examples
    --------
        readroom token --base-url https://localhost:8443 --verify data/tls/ca.pem
    """
    if not value.split():
        fail("The token is empty; copy it from your account page")
    secret = value.split()[-1]
    try:
        address = find_base_url(base_url)
        authority = str(Path(verify).resolve()) if verify else str(kept_for(address).get("verify", ""))
        if check:
            with connect(secret, address, authority) as client:
                client.interfaces.page(limit=1)
        if keyring:
            keep_in_keyring(address, secret)
        path = write_configuration(base_url=address, token="" if keyring else secret, verify=authority)
    except (ReadroomError, OSError) as error:
        fail(str(error))
    say(f"Kept in {path}{' and the key ring' if keyring else ''}; scripts and commands find it there.")
