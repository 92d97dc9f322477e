"""What people write comes back as they wrote it, never runs in a browser, and never fails the server."""

from __future__ import annotations

import pytest
from tests.server.api.conftest import DISPLAY_SETS, QUESTIONS, STUDIES

from readroom.server.db.models import AuditEntry
from readroom.server.testing import factories

HTML = '<script>alert(1)</script><img src=x onerror="alert(2)"> & <b onclick="x()">fine</b>'
TEXTS = [
    pytest.param(HTML, id="html"),
    pytest.param("\u202eشعاع الصدر\u202c 肺 🫁 नमस्ते à é a/b\\c?d=e&f#g%00", id="alphabets and signs of addresses"),
    pytest.param("x" * 255, id="255 letters"),
]
LAYOUT = [{"viewport_name": "main", "label": "§"}]
FIELDS = {
    "study title": ("POST", STUDIES, {"title": "§"}, ("title",)),
    "study description": ("PATCH", f"{STUDIES}{{study}}/", {"description": "§"}, ("description",)),
    "study help": ("PATCH", f"{STUDIES}{{study}}/", {"help_text": "§"}, ("help_text",)),
    "study end": ("PATCH", f"{STUDIES}{{study}}/", {"end_of_study_text": "§"}, ("end_of_study_text",)),
    "case text": ("PATCH", f"{STUDIES}{{study}}/", {"case_text": {"a.mha": "§"}}, ("case_text", "a.mha")),
    "image name of a case text": ("PATCH", f"{STUDIES}{{study}}/", {"case_text": {"§": "§"}}, ("case_text", "§")),
    "publication": ("PATCH", f"{STUDIES}{{study}}/", {"publications": ["§"]}, ("publications", 0)),
    "question": ("PATCH", f"{QUESTIONS}{{question}}/", {"question_text": "§"}, ("question_text",)),
    "question help": ("PATCH", f"{QUESTIONS}{{question}}/", {"help_text": "§"}, ("help_text",)),
    "confirmation": (
        "PATCH",
        f"{QUESTIONS}{{question}}/",
        {"empty_answer_confirmation_label": "§"},
        ("empty_answer_confirmation_label",),
    ),
    "option": ("PATCH", f"{QUESTIONS}{{choice}}/", {"options": ["§", "other"]}, ("options", 0, "title")),
    "display set": ("POST", DISPLAY_SETS, {"reader_study": "nodules", "title": "§"}, ("title",)),
    "hanging protocol": (
        "POST",
        "/api/v1/hanging-protocols/",
        {"title": "§", "description": "§", "json": LAYOUT},
        ("json", 0, "label"),
    ),
    "viewer settings": ("POST", "/api/v1/workstations/configs/", {"title": "§", "description": "§"}, ("description",)),
    "window": (
        "POST",
        "/api/v1/workstations/window-presets/",
        {"title": "§", "center": 40, "width": 400},
        ("title",),
    ),
    "archive": ("POST", "/api/v1/archives/", {"title": "§", "description": "§"}, ("title",)),
    "archive item": ("POST", "/api/v1/archives/items/", {"archive": "{archive}", "title": "§"}, ("title",)),
    "socket": (
        "POST",
        "/api/v1/components/interfaces/",
        {"title": "§", "description": "§", "kind": "String", "relative_path": "a.json"},
        ("title",),
    ),
    "account settings": ("PUT", "/api/v1/accounts/me/settings/", {"settings": {"§": "§"}}, ("settings", "§")),
}
SHORTER = {
    "token": ("POST", "/api/v1/tokens/", {"name": "§"}, ("name",), 120),
    "pseudonym": (
        "POST",
        f"{STUDIES}{{study}}/members/",
        {"username": "stranger", "role": "reader", "pseudonym": "§"},
        ("pseudonym",),
        64,
    ),
    "file": ("POST", "/api/v1/uploads/", {"filename": "§"}, ("filename",), 128),
}


@pytest.fixture
def send(client_of, people, study, text_question, choice_question):
    """Fill in a text and the ids of what is there, and send it as somebody who may."""
    people.editor.may_create_studies = people.editor.may_create_archives = True
    people.editor.save()
    archive = factories.make_archive(editor=people.editor)
    ids = {"study": study.pk, "question": text_question.pk, "choice": choice_question.pk, "archive": archive.pk}
    client = client_of(people.editor)

    def fill(value, text):
        if isinstance(value, dict):
            return {fill(key, text): fill(part, text) for key, part in value.items()}
        if isinstance(value, list):
            return [fill(part, text) for part in value]
        for name, pk in ids.items():
            value = value.replace(f"{{{name}}}", str(pk)) if isinstance(value, str) else value
        return value.replace("§", text) if isinstance(value, str) else value

    def send(method, path, body, text):
        return client.send(method, fill(path, text), fill(body, text))

    return send


def found(reply, place, text):
    value = reply.json()
    for step in place:
        value = value[text if step == "§" else step]
    return value


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("field", FIELDS)
def test_a_text_comes_back_as_it_was_written_and_is_harmless_where_it_is_shown(send, field, text):
    method, path, body, place = FIELDS[field]
    reply = send(method, path, body, text)
    assert reply.status_code in (200, 201), reply.content
    assert found(reply, place, text) == text
    shown = [value for name, value in reply.json().items() if name.endswith("_safe") and isinstance(value, str)]
    assert not any(word in value for value in shown for word in ("<script", "<img src=x onerror", "<b onclick"))
    assert reply.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("text", TEXTS[:2])
@pytest.mark.parametrize("field", SHORTER)
def test_a_short_text_comes_back_too_and_a_long_one_is_refused(send, field, text):
    method, path, body, place, longest = SHORTER[field]
    kept = text.replace("\\", "/").split("/")[-1] if field == "file" else text
    kept = kept[:longest]
    reply = send(method, path, body, kept)
    assert reply.status_code in (200, 201), reply.content
    if place[0] in reply.json():
        assert found(reply, place, kept) == kept
    assert send(method, path, body, "x" * (longest + 1)).status_code == 400


@pytest.mark.parametrize("text", ["a\x00b", "\ud800"], ids=["null character", "half a letter"])
@pytest.mark.parametrize("field", [*FIELDS, *SHORTER])
def test_a_text_that_no_database_keeps_is_refused(send, field, text):
    method, path, body, *_rest = (FIELDS | SHORTER)[field]
    before = AuditEntry.objects.count()
    reply = send(method, path, body, text)
    assert reply.status_code == 400, reply.content
    assert AuditEntry.objects.count() == before


TITLES = (
    "study title",
    "display set",
    "hanging protocol",
    "viewer settings",
    "window",
    "archive",
    "archive item",
    "socket",
)


@pytest.mark.parametrize("field", TITLES)
def test_a_title_is_bounded(send, field):
    method, path, body, _place = FIELDS[field]
    reply = send(method, path, body, "x" * 256)
    assert (reply.status_code, "title" in reply.json()) == (400, True), reply.content
