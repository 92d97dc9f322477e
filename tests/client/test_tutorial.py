"""The first page and the tutorial, run as they stand, script and shell, in order, against a real server."""

import contextlib
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from readroom.imaging.testing import write_tiny_series
from readroom.server.testing.servers import running_server

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"```(?P<kind>python|sh)\n(?P<code>.*?)```", re.DOTALL)
pytestmark = pytest.mark.xdist_group("client-server")


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty folder, where `readroom` is on the path and nothing is kept yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("READROOM_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    for name in ("READROOM_TOKEN", "READROOM_BASE_URL", "GRAND_CHALLENGE_AUTHORIZATION", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def shell(code, *, stdin=""):
    done = subprocess.run(["bash", "-ec", code], input=stdin, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, f"{code}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def run_page(text, *, token):
    """Run all blocks in order; tells what scripts printed and what the shell showed."""
    namespace, printed, shown = {"__name__": "__main__"}, io.StringIO(), []
    with contextlib.ExitStack() as closing:
        closing.callback(lambda: namespace["client"].close() if "client" in namespace else None)
        for block in BLOCK.finditer(text):
            if block["kind"] == "sh":
                shown.append(shell(block["code"], stdin=f"{token}\n"))
                continue
            with contextlib.redirect_stdout(printed):
                exec(compile(block["code"], "page", "exec"), namespace)
    return printed.getvalue(), "".join(shown)


def test_the_tutorial_runs_as_it_is_written(place):
    with running_server(place / "data") as server:
        token = server.add_person("owner", is_superuser=True, may_create_studies=True)
        text = (ROOT / "docs" / "tutorial" / "scripts.md").read_text()
        printed, shown = run_page(
            text.replace("https://localhost:8443", f"https://localhost:{server.port}"), token=token
        )
    assert "['patient 1, by script', 'patient 2, by script']" in printed
    assert "patient 1, second look" in printed
    assert "There is no socket with the slug 'chest-tc'; did you mean chest-ct?" in printed
    assert "2 of 2 cases uploaded; all is well" in shown
    assert "How many nodules?" in (place / "answers.csv").read_text()
    assert len(list((place / "images").rglob("*.mha"))) == 5


NEEDS_AN_EDITED_PLAN = "readroom analyze answers.csv --plan plan.yaml -o report\n"


def test_the_first_page_runs_on_the_demo(place):
    made = shell(f"readroom demo --data data --prepare-only --port {free_port()}")
    token = re.search(r'token="(\w+)"', made)[1]
    for number, path in enumerate(write_tiny_series(place / "cases" / "one", slices=2).files, start=1):
        (place / f"{number}.dcm").write_bytes(path.read_bytes())
    text = (ROOT / "README.md").read_text()
    assert NEEDS_AN_EDITED_PLAN in text
    with running_server(place / "data") as server:
        text = text.replace("https://localhost:8443", f"https://localhost:{server.port}")
        text = text.replace('token="..."', f'token="{token}"').replace(NEEDS_AN_EDITED_PLAN, "")
        _, shown = run_page(text, token=token)
    assert "1 of 1 cases uploaded; all is well" in shown
    assert (place / "plan.yaml").read_text().startswith("title: ")
    assert (place / "answers.csv").is_file()


def free_port():
    from readroom.server.testing.clusters import free_ports

    return free_ports(2)[0]
