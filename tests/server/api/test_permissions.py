"""Every path of studies and archives, every method, everybody who has no right: nothing is told, nothing changes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from readroom.server.db.models import AuditEntry, StudyMember
from readroom.server.services import accounts, archives, hanging_protocols
from readroom.server.services.socket_values import Source
from readroom.server.testing import factories

DESCRIPTION = json.loads((Path(__file__).resolve().parents[3] / "contract" / "openapi.json").read_text())
PREFIXES = ("reader-studies/", "archives/", "hanging-protocols/", "components/", "workstations/", "algorithms/")
PATHS = [
    pytest.param(method.upper(), path, id=f"{method.upper()} {path.removeprefix('/api/v1/')}")
    for path, methods in DESCRIPTION["paths"].items()
    if path.removeprefix("/api/v1/").startswith(PREFIXES)
    for method in methods
]
RUNNING_A_STUDY = [
    case
    for case in PATHS
    if case.values[0] != "GET"
    and case.values[1].startswith("/api/v1/reader-studies/")
    and not any(part in case.values[1] for part in ("/answers/", "access-requests/"))
]
FOR_MEMBERS = ("/components/interfaces/", "/hanging-protocols/", "/workstations/")
"""What everybody with an account may list, and what he may make for himself."""


@pytest.fixture
def world(people, study, text_question, display_set, post_answer, as_reader):
    """One of everything, so that every path leads somewhere."""
    people.editor.may_create_studies = True
    actor = accounts.to_actor(people.editor)
    socket = factories.make_socket("String")
    filled = factories.make_display_set(study, sources=[Source(socket_slug=socket.slug, value="x")])
    answer = post_answer(as_reader, text_question, display_set, "secret answer").json()
    archive = factories.make_archive(editor=people.editor)
    item = archives.create_item(actor, archive_id=archive.pk)
    protocol = hanging_protocols.create_hanging_protocol(
        actor, fields={"title": "one", "json": [{"viewport_name": "main"}]}
    )
    return {
        "reader-studies/display-sets/{pk}": filled.pk,
        "reader-studies/questions/{pk}": text_question.pk,
        "reader-studies/answers/{pk}": answer["pk"],
        "reader-studies/{pk}": study.pk,
        "archives/items/{pk}": item.pk,
        "archives/{pk}": archive.pk,
        "hanging-protocols/{pk}": protocol.pk,
        "components/interfaces/{pk}": socket.pk,
        "components/values/{pk}": filled.values.get().pk,
        "workstations/configs/{pk}": study.pk,
    }


def filled_in(path: str, world: dict[str, object]) -> str:
    for pattern, pk in world.items():
        if pattern in path:
            path = path.replace("{pk}", str(pk))
            break
    display_set = str(world["reader-studies/display-sets/{pk}"])
    known = {"{case_pk}": display_set, "{username}": "reader", "{role}": "reader", "{name}": "x.pdf", "{rest}": "x/"}
    for name, value in known.items():
        path = path.replace(name, value)
    return path


def body_for(path: str, world: dict[str, object]) -> dict[str, object]:
    """Something that would be accepted from somebody with the right."""
    study = world["reader-studies/{pk}"]
    bodies = {
        "display-sets/delete/": {"reader_study": study},
        "display-sets/": {"reader_study": "nodules"},
        "questions/": {"reader_study": study, "question_text": "Q", "answer_type": "Bool"},
        "answers/": {
            "question": str(world["reader-studies/questions/{pk}"]),
            "display_set": str(world["reader-studies/display-sets/{pk}"]),
            "answer": "x",
        },
        "state/": {"state": "closed"},
        "copy/": {"title": "stolen"},
        "members/": {"username": "stranger", "role": "editor"},
        "from-reader/": {"username": "reader"},
        "access-requests/reader/": {"is_accepted": True},
        "apply/": {"readroom": 1, "study": {"title": "x"}},
        "items/": {"archive": str(world["archives/{pk}"])},
    }
    return next((body for end, body in bodies.items() if path.endswith(end)), {"title": "taken over"})


def call(client, method, path, world):
    address = filled_in(path, world)
    body = None if method == "GET" else body_for(address, world)
    return client.send(method, address, body)


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_a_stranger_learns_nothing_and_changes_nothing(client_of, people, world, method, path):
    before = AuditEntry.objects.count()
    reply = call(client_of(people.stranger), method, path, world)
    assert reply.status_code < 500, reply.content
    assert b"secret answer" not in reply.content
    assert b"Nodules" not in reply.content
    if not any(part in path for part in FOR_MEMBERS):
        assert AuditEntry.objects.count() == before
        if method != "GET":
            assert reply.status_code in (400, 401, 403, 404, 405), reply.content
        elif "{" in path:
            assert reply.status_code == 404


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_nobody_without_an_account_writes_anything(client_of, world, method, path):
    before = AuditEntry.objects.count()
    reply = call(client_of(None), method, path, world)
    assert reply.status_code < 500, reply.content
    assert b"secret answer" not in reply.content
    assert AuditEntry.objects.count() == before
    if method != "GET":
        assert reply.status_code in (401, 404), (reply.status_code, reply.content)


@pytest.mark.parametrize(("method", "path"), RUNNING_A_STUDY)
def test_a_reader_runs_no_study(client_of, people, world, method, path):
    StudyMember.objects.filter(user=people.colleague).exclude(role="reader").delete()
    before = AuditEntry.objects.exclude(act="answer").count()
    reply = call(client_of(people.colleague), method, path, world)
    assert reply.status_code < 500, reply.content
    assert AuditEntry.objects.exclude(act="answer").count() == before
    assert reply.status_code in (400, 403, 404), reply.content
