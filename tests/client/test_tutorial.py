"""The tutorial's code, run as it stands, in order, against a real server."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from readroom.client.configuration import write_configuration
from readroom.server.testing.servers import running_server

PAGE = Path(__file__).parents[2] / "docs" / "tutorial" / "scripts.md"
pytestmark = pytest.mark.xdist_group("client-server")


def test_the_tutorial_runs_as_it_is_written(tmp_path, monkeypatch):
    code = "\n".join(re.findall(r"```python\n(.*?)```", PAGE.read_text(), flags=re.DOTALL))
    with running_server(tmp_path / "data") as server:
        token = server.add_person("owner", is_superuser=True, may_create_studies=True)
        monkeypatch.setenv("READROOM_CONFIG", str(tmp_path / "config.toml"))
        write_configuration(base_url=server.base_url, token=token, verify=str(server.certificate))
        result = subprocess.run(
            [sys.executable, "-c", code],
            cwd=tmp_path,
            env=os.environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "['patient 1', 'patient 2']" in result.stdout
    assert "patient 1, second look" in result.stdout
    assert "There is no socket with the slug 'chest-tc'" in result.stdout
