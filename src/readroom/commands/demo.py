"""`readroom demo`: a server with a study to try, in one command."""

from __future__ import annotations

from typing import Annotated

import typer

from readroom.commands.machine import DATA, NewData, open_up_to_date
from readroom.commands.serve import Door, children, open_doors, run, serve_until_stopped, worker_command

app = typer.Typer(add_completion=False)

SCRIPT = """
  import gcapi
  client = gcapi.Client(token="{token}", base_url="{url}/api/v1/", verify="{ca}")
  spec = gcapi.SocketValueSpec(socket_slug="{socket}", files=[...])  # DICOM slices, .mha, .nii.gz, a zip ...
  client.add_case_to_reader_study(reader_study_slug="{study}", values=[spec])
  print([case.title_safe for case in client.reader_studies.display_sets.iterate_all()])

or a folder of cases from the shell:

  readroom token --base-url {url} --verify {ca} --token {token}
  readroom upload FOLDER --study {study}
"""


@app.command()
def demo(
    data: NewData = DATA,
    port: Annotated[
        int,
        typer.Option(envvar="READROOM_PORT", help="Port of HTTPS; plain HTTP for the browser is at PORT+1."),
    ] = 8443,
    prepare_only: Annotated[bool, typer.Option(help="Make the demo, but do not start the server.")] = False,  # noqa: FBT002 - a flag
) -> None:
    """Make a demo study where there is none yet, start the server, and print where to go."""
    open_up_to_date(data=data)
    doors = open_doors(host="127.0.0.1", port=port, tls="auto", http_port=0)
    show(doors)
    if not prepare_only:
        with children([worker_command()]) as keeper:
            run(serve_until_stopped(doors, keeper))


def show(doors: list[Door]) -> None:
    from readroom.server.operation.demo import SOCKET, prepare_demo

    made = prepare_demo(typer.echo)
    secure, plain = doors
    ca = secure.certificate.ca if secure.certificate else ""
    typer.echo(f"\nRead:    {plain.url}/ as {' or '.join(made.readers)}, password {made.password}")
    typer.echo(f"Manage:  {plain.url}/ as {made.owner}, password {made.password}")
    typer.echo("Upload a case with Python (`import readroom as gcapi` will do):")
    typer.echo(SCRIPT.format(token=made.token, url=secure.url, ca=ca, socket=SOCKET, study=made.study))
