"""Every path, every method, everybody who has no right: nothing is told, nothing changes."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

import pytest
from django.utils import timezone

from readroom.server.db.models import AuditEntry, Blob, ImageFile, ImageFileKind, Import, Invitation, StudyMember
from readroom.server.services import accounts, archives, hanging_protocols, tokens, uploads
from readroom.server.services.socket_values import Source
from readroom.server.testing import factories

DESCRIPTION = json.loads((Path(__file__).resolve().parents[3] / "contract" / "openapi.json").read_text())
FOR_ANYBODY = ("gcapi/", "session/", "accounts/password/", "accounts/invitations/accept/")
"""Where nobody needs to be known, or a secret says who he is."""
PATHS = [
    pytest.param(method.upper(), path, id=f"{method.upper()} {path.removeprefix('/api/v1/')}")
    for path, methods in DESCRIPTION["paths"].items()
    if path != "/api/v1/" and not path.removeprefix("/api/v1/").startswith(FOR_ANYBODY)
    for method in methods
]
RUNNING_A_STUDY = [
    case
    for case in PATHS
    if case.values[0] != "GET"
    and case.values[1].startswith("/api/v1/reader-studies/")
    and not any(part in case.values[1] for part in ("/answers/", "access-requests/"))
]
OF_UPLOADERS = "/api/v1/reader-studies/display-sets/"
SEEN_BY_MEMBERS = ("/components/interfaces/", "/hanging-protocols/", "/workstations/")
OWN = (*SEEN_BY_MEMBERS, "/accounts/me/", "/tokens/", "/uploads/")
"""What everybody with an account may look at, and what he may make for himself."""


def is_for_members(method, path):
    place = path.removeprefix("/api/v1")
    return (method == "GET" and place.startswith(SEEN_BY_MEMBERS)) or ("{" not in path and place.startswith(OWN))


@pytest.fixture
def world(people, study, text_question, display_set, post_answer, as_reader):
    """One of everything, so that every path leads somewhere."""
    people.editor.may_create_studies = True
    actor = accounts.to_actor(people.editor)
    socket = factories.make_socket("String")
    filled = factories.make_display_set(study, sources=[Source(socket_slug=socket.slug, value="x")])
    answer = post_answer(as_reader, text_question, display_set, "secret answer").json()
    image = factories.make_image(creator=people.editor, name="secret answer.mha")
    ImageFile.objects.create(image=image, kind=ImageFileKind.PACK, blob=Blob.objects.create(key="packs/aa/aa.rrpack"))
    upload = uploads.begin_upload(actor, filename="secret answer.dcm")
    session = Import.objects.create(creator=people.editor)
    token = tokens.create_token(actor, name="secret answer")
    invitation = Invitation.objects.create(
        email="secret answer@example.org", digest="d" * 64, expires_at=timezone.now(), target_id=study.pk, role="reader"
    )
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
        "cases/images/{pk}": image.pk,
        "cases/slides/{pk}": image.pk,
        "cases/upload-sessions/{pk}": session.pk,
        "uploads/{pk}": upload.id,
        "tokens/{pk}": token.id,
        "accounts/invitations/{pk}": invitation.pk,
        "{multipart_id}": upload.multipart_id,
    }


def filled_in(path: str, world: dict[str, object]) -> str:
    for pattern, pk in world.items():
        if pattern in path:
            path = path.replace("{pk}", str(pk))
            break
    display_set = str(world["reader-studies/display-sets/{pk}"])
    known = {"{case_pk}": display_set, "{username}": "reader", "{role}": "reader", "{name}": "x.pdf", "{rest}": "x/"}
    known |= {"{multipart_id}": str(world["{multipart_id}"]), "{halvings}": "0", "{row}": "0", "{column}": "0"}
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
        "invitations/": {"email": "x@example.org", "study": study, "role": "reader"},
        "me/settings/": {"settings": {"a": 1}},
        "tokens/": {"name": "mine"},
        "upload-sessions/": {"uploads": [str(world["uploads/{pk}"])]},
        "uploads/": {"filename": "mine.dcm"},
        "generate-presigned-urls/": {"part_numbers": [1]},
        "complete-multipart-upload/": {"parts": []},
    }
    return next((body for end, body in bodies.items() if path.endswith(end)), {"title": "taken over"})


def call(client, method, path, world):
    address = filled_in(path, world)
    if path.endswith("/invitations/") and method == "GET":
        address += f"?study={world['reader-studies/{pk}']}"
    body = None if method == "GET" else body_for(address, world)
    return client.send(method, address, body)


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_a_stranger_learns_nothing_and_changes_nothing(client_of, people, world, method, path):
    """He runs a study and an archive of his own, and was a reader of this one once."""
    factories.make_study(editor=people.stranger, readers=[people.reader])
    factories.make_archive(editor=people.stranger)
    before = AuditEntry.objects.count()
    reply = call(client_of(people.stranger), method, path, world)
    assert reply.status_code < 500, reply.content
    assert b"secret answer" not in reply.content
    assert b"Nodules" not in reply.content
    assert "Location" not in reply.headers
    if not is_for_members(method, path):
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


@pytest.mark.parametrize(("method", "path"), [case for case in PATHS if "{" in case.values[1]])
def test_to_nobody_what_is_closed_and_what_is_not_there_look_the_same(client_of, world, method, path):
    absent = {pattern: 2**40 if isinstance(pk, int) else uuid4() for pattern, pk in world.items()}
    there, missing = call(client_of(None), method, path, world), call(client_of(None), method, path, absent)
    assert (there.status_code, there.content) == (missing.status_code, missing.content)


@pytest.mark.parametrize(
    ("who", "sees"), [("editor", True), ("reader", True), ("uploader", True), ("stranger", False), (None, False)]
)
def test_the_card_of_a_public_study_tells_nothing_of_its_cases(client_of, people, study, who, sees):
    text = {"Jones 1953-04-12.mha": "Pain in the left chest."}
    fields = {"is_public": True, "description": "For all.", "case_text": text, "max_credits": 5000}
    assert client_of(people.editor).send("PATCH", f"/api/v1/reader-studies/{study.pk}/", fields).status_code == 200
    client = client_of(getattr(people, who) if who else None)
    [listed] = client.get("/api/v1/reader-studies/").json()["results"]
    shown = client.get(f"/api/v1/reader-studies/{study.pk}/").json()
    for card in (listed, shown):
        assert (card["case_text"], card["max_credits"]) == ((text, 5000) if sees else ({}, None))
        assert (card["credits_used"] is None) is not sees


@pytest.mark.parametrize("path", ["reader-studies/{pk}", "archives/{pk}", "reader-studies/display-sets/{pk}"])
def test_a_closed_object_is_absent_to_nobody_and_can_be_written_by_nobody(client_of, world, path):
    client, address = client_of(None), f"/api/v1/{path.replace('{pk}', str(world[path]))}/"
    assert client.get(address).status_code == 404
    assert client.send("PATCH", address, {"title": "x"}).status_code == 401


@pytest.mark.parametrize(("method", "path"), RUNNING_A_STUDY)
def test_a_reader_runs_no_study(client_of, people, world, method, path):
    StudyMember.objects.filter(user=people.colleague).exclude(role="reader").delete()
    before = AuditEntry.objects.exclude(act="answer").count()
    reply = call(client_of(people.colleague), method, path, world)
    assert reply.status_code < 500, reply.content
    assert AuditEntry.objects.exclude(act="answer").count() == before
    assert reply.status_code in (400, 403, 404), reply.content


@pytest.mark.parametrize(("method", "path"), [case for case in RUNNING_A_STUDY if OF_UPLOADERS not in case.values[1]])
def test_an_uploader_runs_no_study(client_of, people, world, method, path):
    before = AuditEntry.objects.count()
    reply = call(client_of(people.uploader), method, path, world)
    assert AuditEntry.objects.count() == before
    assert reply.status_code in (400, 403, 404), reply.content


@pytest.mark.parametrize("path", [case.values[1] for case in PATHS if case.values[0] == "GET"])
def test_neither_a_colleague_nor_an_uploader_sees_what_a_reader_answered(client_of, people, world, path):
    for person in (people.colleague, people.uploader):
        reply = call(client_of(person), "GET", path, world)
        assert reply.status_code < 500
        content = b"".join(reply.streaming_content) if reply.streaming else reply.content
        assert b"secret answer" not in content
