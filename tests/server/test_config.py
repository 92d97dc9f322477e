from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from django.db import connection
from typer.main import get_command

from readroom.commands import serve
from readroom.server import config
from readroom.server.config import Config, WrongSetting
from readroom.server.services import raw_rows

ROOT = Path(__file__).resolve().parent.parent.parent


def test_every_setting_is_documented():
    text = (ROOT / "docs" / "reference" / "settings.md").read_text()
    for row in fields(Config):
        assert f"| `READROOM_{row.name.upper()}` | {row.type} |" in text
        assert row.metadata["sentence"] in text
        assert row.metadata["sentence"].endswith(".")


def test_the_page_of_settings_is_current():
    command = [sys.executable, str(ROOT / "scripts" / "document_settings.py"), "--check"]
    assert subprocess.run(command, check=False).returncode == 0


def test_settings_are_read_from_the_environment():
    settings = Config.from_environment(
        {"READROOM_DATA": "/srv/readroom", "READROOM_WEB_THREADS": "3", "READROOM_IS_DEBUG": "yes", "PATH": "/bin"}
    )
    assert (settings.data, settings.web_threads, settings.is_debug) == (Path("/srv/readroom"), 3, True)


@pytest.mark.parametrize(("name", "value"), [("WEB_THREADS", "many"), ("IS_DEBUG", "perhaps"), ("WEB_TREADS", "3")])
def test_a_wrong_or_misspelt_setting_is_an_error_that_names_it(name, value):
    with pytest.raises(WrongSetting, match=name):
        Config.from_environment({f"READROOM_{name}": value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "99999"),
        ("HTTP_PORT", "-2"),
        ("WORKERS", "-1"),
        ("PROCESSES", "0"),
        ("WEB_THREADS", "0"),
        ("LOG_LEVEL", "loud"),
        ("LOG_FORMAT", "xml"),
        ("TIME_ZONE", "Mars/Phobos"),
        ("TIME_ZONE", "../etc/passwd"),
        ("TOKEN_DAYS", "1000000000"),
        ("UPLOAD_HOURS", "-1"),
        ("LINK_SECONDS", "0"),
        ("STORAGE", "gs://bucket"),
        ("STORAGE", "s3://"),
        ("ORIGIN", "reading.example.org"),
        ("ORIGIN", "https://reading.example.org/below"),
        ("S3_ENDPOINT", "minio:9000"),
        ("OIDC_ISSUER", "https://host:port"),
    ],
)
def test_a_setting_that_nothing_could_work_with_stops_the_server_with_what_may_stand_there(name, value):
    with pytest.raises(WrongSetting, match=f"READROOM_{name}: '?{re.escape(value)}'? cannot be used; give "):
        Config.from_environment({f"READROOM_{name}": value})


def test_a_secret_that_cannot_be_used_is_not_repeated():
    with pytest.raises(WrongSetting, match="READROOM_SECRET_KEY: this value cannot be used; give 32") as caught:
        Config.from_environment({"READROOM_SECRET_KEY": "hunter2"})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LOG_LEVEL", "WARNING"),
        ("TIME_ZONE", "Europe/Berlin"),
        ("STORAGE", "s3://bucket/some/prefix"),
        ("ORIGIN", "https://reading.example.org:8443/"),
        ("S3_ENDPOINT", ""),
        ("HTTP_PORT", "-1"),
        ("TOKEN_DAYS", "0"),
    ],
)
def test_what_a_setting_allows_is_taken(name, value):
    assert str(getattr(Config.from_environment({f"READROOM_{name}": value}), name.lower())) == value


def test_what_holds_without_any_setting_is_allowed():
    for row in fields(Config):
        assert row.metadata["allowed"].holds(row.default), row.name


def test_mails_are_sent_only_by_a_server_that_knows_its_own_address():
    mail = {"READROOM_EMAIL": "smtp://mail.example.org"}
    with pytest.raises(WrongSetting, match="READROOM_ORIGIN"):
        Config.from_environment(mail)
    assert Config.from_environment(mail | {"READROOM_ORIGIN": "https://reading.example.org"}).email


@pytest.mark.parametrize(("origin", "is_secure"), [("https://reading.example.org", True), ("", False)])
def test_cookies_of_a_server_with_tls_never_travel_without(origin, is_secure, tmp_path):
    show = "from readroom.server import django_settings as s; print(s.SESSION_COOKIE_SECURE and s.CSRF_COOKIE_SECURE)"
    environment = {**os.environ, "READROOM_DATA": str(tmp_path), "READROOM_ORIGIN": origin}
    done = subprocess.run([sys.executable, "-c", show], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(is_secure)


PREPARED = {"server_side_binding": True, "prepare_threshold": config.PREPARED_AFTER}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", {"ENGINE": "django.db.backends.sqlite3", "NAME": "/srv/readroom.sqlite3"}),
        ("sqlite:///some/file.db", {"NAME": "some/file.db"}),
        ("sqlite:////some/file.db", {"NAME": "/some/file.db"}),
        (
            "postgresql://ann:p%40ss@db.example.org:5433/reading",
            {"NAME": "reading", "USER": "ann", "PASSWORD": "p@ss", "HOST": "db.example.org", "PORT": "5433"},
        ),
        ("postgresql://ann@/reading?host=/run/postgresql", {"HOST": "/run/postgresql", "OPTIONS": PREPARED}),
        ("postgres://ann@db/reading?sslmode=require", {"HOST": "db", "OPTIONS": {"sslmode": "require", **PREPARED}}),
    ],
)
def test_a_database_url_is_understood(url, expected):
    found = config.to_django_database(Config(data=Path("/srv"), database=url))
    assert {name: found[name] for name in expected} == expected


def test_a_statement_that_is_run_again_and_again_is_planned_once(db):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite keeps statements by itself")
    for number in range(config.PREPARED_AFTER + 1):
        raw_rows.read("SELECT id FROM readroom_user WHERE id = %s", [number])
    kept = [text for (text,) in raw_rows.read("SELECT statement FROM pg_prepared_statements")]
    assert kept.count("SELECT id FROM readroom_user WHERE id = $1") == 1


def test_another_kind_of_database_is_refused():
    with pytest.raises(WrongSetting, match="mysql"):
        config.to_django_database(Config(database="mysql://x"))


def test_the_key_for_signatures_is_made_once_and_readable_by_its_owner_only(tmp_path):
    first = Config(data=tmp_path).secret
    assert Config(data=tmp_path).secret == first
    assert len(first) == 64
    assert (tmp_path / "secret-key").stat().st_mode & 0o077 == 0


def test_a_mail_server_is_understood():
    server = config.parse_mail_server("smtp://ann:p%40ss@mail.example.org")
    assert (server.host, server.port, server.user, server.password) == ("mail.example.org", 587, "ann", "p@ss")
    with pytest.raises(WrongSetting):
        config.parse_mail_server("https://mail")


def test_a_misspelt_setting_is_told_what_it_was_meant_to_be():
    with pytest.raises(WrongSetting, match=r"READROOM_WORKRES \(is it READROOM_WORKERS\?\)"):
        Config.from_environment({"READROOM_WORKRES": "2"})


def test_every_option_of_serve_is_a_setting_with_the_same_default():
    for option in get_command(serve.app).params:
        if option.name not in {"data", "database", "help"}:
            assert (option.envvar, option.default) == (
                f"READROOM_{option.name.upper()}",
                getattr(Config(), option.name),
            )
