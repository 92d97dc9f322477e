"""The container files say only what the command, the settings and the folder really have."""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from readroom.cli import load
from readroom.commands.serve import STOPPING_SECONDS
from readroom.server.config import Config
from readroom.server.testing.clusters import free_ports
from readroom.server.testing.servers import running_server

ROOT = Path(__file__).resolve().parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
HOW_TO = (ROOT / "docs" / "how-to" / "run-on-a-cluster.md").read_text(encoding="utf-8")
SETTINGS = {f"READROOM_{row.name.upper()}" for row in fields(Config)}


def commands():
    found = [json.loads(text) for text in re.findall(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)]
    return found + [service["command"] for service in COMPOSE["services"].values() if "build" in service]


def test_every_setting_that_is_named_exists():
    named = set(re.findall(r"READROOM_[A-Z0-9_]+", DOCKERFILE))
    for service in COMPOSE["services"].values():
        named |= {name for name in service.get("environment", {}) if name.startswith("READROOM_")}
    assert len(named) > 8
    assert named <= SETTINGS


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_every_command_has_the_options_that_it_is_given(command):
    program, name, *options = command
    assert program == "readroom"
    load(name).make_context(name, list(options), resilient_parsing=False).close()


def test_what_is_copied_is_there_and_not_left_out():
    rules = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    kept = {rule[1:] for rule in rules if rule.startswith("!")}
    left_out = [rule for rule in rules if rule and rule[0] not in "!#*"]
    copied = [shlex.split(line)[1:-1] for line in DOCKERFILE.splitlines() if line.startswith("COPY ")]
    for source in [part for line in copied if not line[0].startswith("--from") for part in line]:
        assert (ROOT / source).exists(), source
        assert source.split("/")[0] in kept, source
        assert not any(fnmatch.fnmatch(source, rule) for rule in left_out), source


def test_no_data_gets_into_an_image():
    rules = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in rules
    assert not {"!data", "!.venv", "!.env", "!tests"} & set(rules)


def test_services_wait_for_others_that_exist_and_tell_their_health():
    services = COMPOSE["services"]
    for service in services.values():
        for other, condition in service.get("depends_on", {}).items():
            if condition["condition"] == "service_healthy" and "build" not in services[other]:
                assert "test" in services[other]["healthcheck"], other
            assert other in services
        for volume in service.get("volumes", []):
            assert volume.split(":")[0] in COMPOSE["volumes"]
    assert "HEALTHCHECK" in DOCKERFILE


def test_the_image_does_not_run_as_root():
    last = DOCKERFILE.rsplit("FROM ", 1)[1]
    assert re.search(r"^USER readroom$", last, re.MULTILINE)
    assert last.index("USER readroom") < last.index("CMD [")


def health_of(environment):
    """What the command by which a container's health is looked at returns."""
    [text] = re.findall(r"^HEALTHCHECK .*?CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    program, *arguments = json.loads(text)
    assert program == "python"
    command = [sys.executable, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, timeout=30, check=False).returncode


def test_a_container_is_healthy_when_its_server_answers_with_tls_or_without(tmp_path):
    for tls in ("auto", "off"):
        folder = tmp_path / tls
        folder.mkdir()
        with running_server(folder / "data", hosts="reading.example.org,localhost", workers="0") as server:
            port = server.port if tls == "auto" else server.http_port
            found = health_of({**os.environ, "READROOM_TLS": tls, "READROOM_PORT": str(port)})
        assert found == 0, tls
    [port] = free_ports(1)
    assert health_of({**os.environ, "READROOM_PORT": str(port)}) != 0


def test_the_image_has_what_a_server_with_postgresql_and_s3_needs():
    [extras] = re.findall(r'pip install .*"\.\[([a-z0-9,]+)\]"', DOCKERFILE)
    assert set(extras.split(",")) == {"server", "postgres", "s3"}
    assert set(extras.split(",")) <= set(PROJECT["optional-dependencies"])


def test_the_image_can_back_up_the_database_of_compose():
    [client] = re.findall(r"postgresql-client-(\d+)", DOCKERFILE)
    assert COMPOSE["services"]["database"]["image"] == f"postgres:{client}"


def test_the_languages_of_the_image_are_ones_that_we_support():
    versions = dict(re.findall(r"^FROM (python|node):([\d.]+)-slim", DOCKERFILE, re.MULTILINE))
    assert f"Programming Language :: Python :: {versions['python']}" in PROJECT["classifiers"]
    assert versions["python"] in SpecifierSet(PROJECT["requires-python"])
    engines = json.loads((ROOT / "frontend" / "package.json").read_text(encoding="utf-8"))["engines"]
    assert versions["node"] in SpecifierSet(engines["node"])


def test_the_versions_in_the_image_are_those_of_the_lock_file():
    [script] = re.findall(r"sed -E '([^']+)' requirements\.lock", DOCKERFILE)
    done = subprocess.run(["sed", "-E", script, ROOT / "requirements.lock"], capture_output=True, text=True, check=True)
    lines = [line.partition("#")[0].strip() for line in done.stdout.splitlines()]
    locked = [Requirement(line) for line in lines if line]
    assert len(locked) > 100
    assert all(re.fullmatch(r"==[^=*,]+", str(one.specifier)) for one in locked)
    assert "--hash" not in done.stdout


def test_the_images_of_others_are_of_one_version():
    images = [service["image"] for service in COMPOSE["services"].values() if "image" in service]
    assert len(images) == 3
    for image in images:
        assert re.search(r":[A-Za-z.]*\d", image), image


def test_what_is_built_has_no_name_that_two_builds_at_once_would_fight_over():
    built = [service for service in COMPOSE["services"].values() if "build" in service]
    assert len(built) == 2
    assert not any("image" in service for service in built)


def test_a_server_has_the_time_to_stop_and_hears_that_it_shall():
    for service in COMPOSE["services"].values():
        if "build" in service:
            assert float(service["stop_grace_period"].removesuffix("s")) > STOPPING_SECONDS
            assert service["init"] is True


def test_the_guide_sets_every_variable_that_must_be_set():
    required = set(re.findall(r"\$\{(\w+):\?\}", (ROOT / "compose.yaml").read_text(encoding="utf-8")))
    assert required == {"POSTGRES_PASSWORD", "S3_PASSWORD", "READROOM_SECRET_KEY"}
    [line] = [line for line in HOW_TO.splitlines() if line.startswith("printf ")]
    assert required == set(re.findall(r"([A-Z0-9_]+)=%s", line))


def has_compose():
    docker = shutil.which("docker")
    return docker and subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not has_compose(), reason="there is no `docker compose`")
def test_compose_takes_the_file(tmp_path):
    given = "".join(f"{name}={name.lower()}\n" for name in ("POSTGRES_PASSWORD", "S3_PASSWORD", "READROOM_SECRET_KEY"))
    (tmp_path / "env").write_text(given)
    command = [
        "docker",
        "compose",
        "-f",
        ROOT / "compose.yaml",
        "--env-file",
        tmp_path / "env",
        "config",
        "--format",
        "json",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert set(json.loads(done.stdout)["services"]) == set(COMPOSE["services"])
