import tomllib

import pytest

from readroom.client.configuration import configuration_file


def kept():
    return tomllib.loads(configuration_file().read_text())


def test_what_is_kept_is_found_from_every_folder(server, run, tmp_path, monkeypatch):
    (tmp_path / "ca.pem").write_text("")
    monkeypatch.chdir(tmp_path)
    arguments = ("--base-url", "https://double.invalid", "--token", "BEARER abc", "--verify", "ca.pem")
    done = run("token", *arguments, "--no-check")
    assert done.exit_code == 0, done.output
    assert kept() == {
        "base_url": "https://double.invalid/api/v1/",
        "token": "abc",
        "verify": str(tmp_path / "ca.pem"),
    }
    assert configuration_file().stat().st_mode & 0o077 == 0


def test_a_new_token_of_the_same_server_keeps_its_certificate(server, run, tmp_path):
    (tmp_path / "ca.pem").write_text("")
    run("token", "--base-url", "https://double.invalid", "--token", "a", "--verify", tmp_path / "ca.pem", "--no-check")
    run("token", "--base-url", "https://double.invalid", "--token", "b", "--no-check")
    assert (kept()["token"], kept()["verify"]) == ("b", str(tmp_path / "ca.pem"))


def test_what_is_missing_is_asked_for_and_the_token_is_not_shown(server, run):
    done = run("token", stdin="https://double.invalid\nsecret\n")
    assert done.exit_code == 0, done.output
    assert "Address of the server" in done.output
    assert "secret" not in done.output
    assert kept()["token"] == "secret"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--base-url", "http://example.org", "--token", "a"], "use https://"),
        (["--base-url", "https://double.invalid", "--token", " "], "The token is empty"),
    ],
)
def test_what_cannot_be_used_is_not_kept(server, run, arguments, sentence):
    done = run("token", *arguments)
    assert done.exit_code == 2
    assert sentence in done.stderr
    assert not configuration_file().exists()


def test_a_token_that_the_server_does_not_know_is_not_kept(server, run):
    server.failures.append((401, {}))
    done = run("token", "--base-url", "https://double.invalid", "--token", "a")
    assert done.exit_code == 2
    assert "Make a new token on your account page" in done.stderr
    assert not configuration_file().exists()
