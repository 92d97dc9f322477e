"""The container files say only what the command, the settings and the folder really have."""

from __future__ import annotations

import fnmatch
import json
import re
import shlex
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from readroom.cli import load
from readroom.server.config import Config

ROOT = Path(__file__).resolve().parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
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
