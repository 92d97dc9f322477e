"""The command as a whole."""

import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from readroom import __version__
from readroom.cli import COMMANDS, app
from readroom.commands import audit


def help_of(*command):
    """The help page in 80 columns, in this process."""
    return CliRunner().invoke(app, [*command, "--help"], env={"COLUMNS": "80"}).output


def readroom(*arguments, **environment):
    """The command in a process of its own."""
    program = [sys.executable, "-c", "import sys; sys.argv[0] = 'readroom'; from readroom.cli import main; main()"]
    return subprocess.run(
        [*program, *arguments],
        env={**os.environ, "COLUMNS": "80", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_help_lists_every_command_with_its_sentence_in_80_columns():
    shown = help_of()
    assert all(f"│ {name}" in shown for name in COMMANDS)
    assert max(map(len, shown.splitlines())) <= 80


def test_the_version_is_told():
    assert readroom("--version").stdout == f"readroom {__version__}\n"


def test_a_command_that_is_misspelt_is_guessed():
    done = readroom("uplaod")
    assert done.returncode == 2
    assert "There is no command 'uplaod'. Did you mean 'upload'?" in done.stderr


@pytest.mark.parametrize("command", ["upload", "answers", "download", "token", "inspect", "analyze"])
def test_the_help_of_a_command_has_examples_that_fit(command):
    shown = help_of(command)
    assert "Examples:" in shown
    assert f"$ readroom {command} " in shown
    assert "----" not in shown.partition("Examples:")[2].partition("╭")[0]
    assert "--install-completion" not in shown
    assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize("command", ["apply", "export", "status"])
def test_the_help_of_a_part_of_study_has_examples(command):
    assert f"$ readroom study {command} " in help_of("study", command)


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("readroom up", "upload"), ("readroom upload --dei", "--deidentify"), ("readroom study ex", "export")],
)
def test_the_shell_completes_commands_and_options(typed, offered):
    words = str(len(typed.split()) - 1)
    done = readroom(_READROOM_COMPLETE="complete_bash", COMP_WORDS=typed, COMP_CWORD=words)
    assert offered in done.stdout.split()


def test_no_colour_is_used_without_a_terminal_or_against_the_users_will():
    for environment in ({}, {"NO_COLOR": "1", "FORCE_COLOR": "1"}):
        done = readroom("answers", "nodules", READROOM_CONFIG="/nonexistent", READROOM_TOKEN="", **environment)
        assert done.returncode == 2
        assert "There is no token for https://localhost:8443/api/v1/" in done.stderr
        assert "\x1b[3" not in done.stderr
        assert environment or len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(("place", "sentence"), [("none/trail.jsonl", "There is no folder"), (".", "is a folder")])
def test_a_trail_without_a_place_is_refused_before_a_database_is_opened(tmp_path, place, sentence):
    result = CliRunner().invoke(audit.app, ["export", str(tmp_path / place), "--data", str(tmp_path / "data")])
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("command", [["serve"], ["account", "create", "ann", "--password", "a long enough passphrase"]])
@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--data", "/sys/readroom"], "readroom: /sys/readroom: "),
        (["--database", "postgresql://ann@127.0.0.1:1/study"], "readroom: the database cannot be used: "),
    ],
)
def test_a_place_or_a_database_that_cannot_be_used_is_a_sentence(tmp_path, command, options, sentence):
    program = [sys.executable, "-c", "from readroom.cli import main; main()", *command, *options]
    environment = {"PATH": os.environ["PATH"], "READROOM_DATA": str(tmp_path)}
    done = subprocess.run(program, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(sentence)
    assert "Traceback" not in done.stdout + done.stderr
    assert "\u2502" not in done.stdout + done.stderr
