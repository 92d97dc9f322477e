"""Every public name of gcapi's client stands here too, with the same arguments or more; read from the installed gcapi."""

from __future__ import annotations

import inspect
import json
import subprocess

import pytest
from tests.conformance.conftest import make_environment

import readroom

PROGRAM = """
import gcapi, inspect, json
from gcapi import SocketValueSpec
from gcapi.client import ApiDefinitions

def arguments(function):
    parameters = inspect.signature(function).parameters.values()
    return {p.name: [p.kind.name, p.default is inspect.Parameter.empty] for p in parameters if p.name != "self"}

def own(kind):
    functions = inspect.getmembers(kind, inspect.isfunction)
    return {name: arguments(f) for name, f in functions if not name.startswith("_") and f.__module__.startswith("gcapi")}

def classes(module):
    found = inspect.getmembers(module, lambda value: inspect.isclass(value) and value.__module__ == module.__name__)
    return [name for name, _ in found if not name.startswith("_")]

import gcapi.exceptions, gcapi.retries
found = {"client": own(gcapi.Client), "init": arguments(gcapi.Client.__init__), "apis": {}}
found["spec"] = arguments(SocketValueSpec.__init__)
found["call"] = arguments(gcapi.Client.__call__)

found["modules"] = {name: classes(getattr(gcapi, name)) for name in ("exceptions", "retries")}
found["attributes"] = [name for name in dir(gcapi.Client) if not name.startswith("_")]

def walk(path, api):
    found["apis"][path] = own(api)
    for name, sub in api.sub_apis.items():
        walk(f"{path}.{name}", sub)

for name, api in inspect.get_annotations(ApiDefinitions).items():
    walk(name, api)
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def gcapi():
    python = make_environment("0.16.1")
    return json.loads(subprocess.run([python, "-c", PROGRAM], check=True, capture_output=True, text=True).stdout)


def refused(ours, theirs):
    """Arguments that gcapi takes and ours does not, or demands although gcapi does not."""
    parameters = inspect.signature(ours).parameters
    takes_any = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values())
    problems = []
    for name, (kind, is_required) in theirs.items():
        if kind in ("VAR_KEYWORD", "VAR_POSITIONAL"):
            continue
        found = parameters.get(name)
        if found is None and not takes_any:
            problems.append(f"does not take {name}")
        elif found is not None and kind == "POSITIONAL_OR_KEYWORD" and found.kind is inspect.Parameter.KEYWORD_ONLY:
            problems.append(f"takes {name} by name only")
        elif found is not None and not is_required and found.default is inspect.Parameter.empty:
            problems.append(f"demands {name}")
    extra = [name for name, p in parameters.items() if p.default is inspect.Parameter.empty and name not in theirs]
    extra = [
        name
        for name in extra
        if parameters[name].kind not in (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    ]
    return problems + [f"demands {name}" for name in extra if name != "self"]


def test_the_client_and_its_spec_take_what_gcapi_takes(gcapi):
    assert refused(readroom.Client.__init__, gcapi["init"]) == []
    assert refused(readroom.Client.__call__, gcapi["call"]) == []
    assert refused(readroom.SocketValueSpec.__init__, gcapi["spec"]) == []


def test_every_call_of_the_client_is_there(client, gcapi):
    assert len(gcapi["client"]) >= 10
    stubs = {"add_cases_to_reader_study", "add_cases_to_archive", "run_external_job"}
    for name, arguments in gcapi["client"].items():
        assert callable(getattr(client, name)), name
        if name not in stubs:
            assert refused(getattr(client, name), arguments) == [], name


def test_every_list_and_its_calls_are_there(client, gcapi):
    assert len(gcapi["apis"]) >= 18
    for path, calls in gcapi["apis"].items():
        api = client
        for part in path.split("."):
            api = getattr(api, part)
        for name, arguments in calls.items():
            assert refused(getattr(api, name), arguments) == [], f"{path}.{name}"


def test_errors_and_retries_have_the_names_that_scripts_catch_and_pass(gcapi):
    assert set(gcapi["modules"]["exceptions"]) >= {"GCAPIError", "ObjectNotFound", "MultipleObjectsReturned"}
    for module, names in gcapi["modules"].items():
        assert [name for name in names if not hasattr(getattr(readroom, module), name)] == []
    assert readroom.exceptions.GCAPIError is readroom.errors.ReadroomError


def test_every_public_name_of_the_client_is_there_what_it_inherits_too(client, gcapi):
    assert {"get", "headers", "stream", "timeout"} <= set(gcapi["attributes"])
    assert [name for name in gcapi["attributes"] if not hasattr(client, name)] == []


def test_a_name_that_neither_has_is_an_error(client):
    with pytest.raises(AttributeError, match="Client has no 'reader_studys'"):
        client.reader_studys  # noqa: B018


def test_raw_requests_carry_the_token_to_their_own_server_alone(client, server):
    client.get("reader-studies/")
    client.get("https://elsewhere.invalid/")
    assert [request.headers.get("Authorization") for request in server.requests] == ["BEARER abc", None]
