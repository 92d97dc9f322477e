"""The lines of Python that the demo prints, word for word, with the real client and with our own."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
import textwrap

import httpx
import numpy as np
import pytest
import SimpleITK

from readroom.commands.demo import SCRIPT

SOCKET = "generic-medical-image"


@pytest.fixture(scope="module")
def lines(server, tmp_path_factory):
    """What the demo prints, for a study of this server and for a file that there is."""
    token = server.add_person("demo-lines", may_create_studies=True)
    with httpx.Client(
        base_url=server.base_url,
        verify=ssl.create_default_context(cafile=str(server.certificate)),
        headers={"Authorization": f"BEARER {token}"},
    ) as client:
        body = {"title": "Lines of the demo", "view_content": {"main": [SOCKET]}}
        made = client.post("reader-studies/", json=body).raise_for_status().json()
        given = {"reader_study": made["slug"], "title": "Case A"}
        client.post("reader-studies/display-sets/", json=given).raise_for_status()
    path = tmp_path_factory.mktemp("demo-lines") / "image.mha"
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(np.zeros((4, 8, 8), np.int16)), str(path))
    printed = SCRIPT.format(
        token=token, url=f"https://localhost:{server.port}", ca=server.certificate, socket=SOCKET, study=made["slug"]
    )
    return textwrap.dedent(printed.partition("or a folder")[0]).replace("[...]", repr([str(path)]))


@pytest.mark.parametrize("client", ["gcapi", "readroom"])
def test_the_lines_that_the_demo_prints_upload_a_case_and_show_what_is_there(server, python_with, lines, client):
    program = lines.replace("import gcapi", f"import {client} as gcapi")
    python = python_with("0.16.1") if client == "gcapi" else sys.executable
    environment = {"PATH": os.environ["PATH"], "SSL_CERT_FILE": str(server.certificate)}
    ran = subprocess.run(
        [str(python), "-c", program], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert "Case A" in ran.stdout
