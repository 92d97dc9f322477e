"""Accounts, as the operator of a server makes them, on an empty folder."""

import subprocess
import sys

import pytest
import typer

from readroom.commands import machine

PROGRAM = "from readroom.cli import main; main()"


def account(data, *arguments):
    command = [sys.executable, "-c", PROGRAM, "account", *arguments, "--data", str(data)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_an_account_is_made_gets_a_token_and_a_new_password_and_what_cannot_be_done_is_a_sentence(tmp_path):
    made = account(tmp_path / "data", "create", "kim", "--studies", "--password", "look-closely-1")
    assert (made.returncode, made.stdout) == (0, "kim can sign in\n"), made.stderr
    token = account(tmp_path / "data", "token", "kim", "--name", "script", "--scope", "read")
    assert token.returncode == 0, token.stderr
    assert len(bytes.fromhex(token.stdout.strip())) == 32
    changed = account(tmp_path / "data", "password", "kim", "--password", "another-secret-2")
    assert changed.stdout == "kim signs in with the new password\n"
    absent = account(tmp_path / "data", "token", "nobody")
    assert absent.returncode == 2
    assert "there is no account nobody" in " ".join(absent.stderr.replace("│", " ").split())
    weak = account(tmp_path / "data", "create", "ann", "--password", "1")
    assert weak.returncode == 2
    assert "Traceback" not in weak.stderr


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(typer.BadParameter, match=r"the folder .* cannot be used: "):
            machine.open_up_to_date(data=folder)
