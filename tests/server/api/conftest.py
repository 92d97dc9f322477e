"""A study with people in every role, for tests of the wire."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.db import transaction

from readroom.server.db.models import Image, StudyMember
from readroom.server.jobs.imports import worker_name
from readroom.server.services import attachments, import_run, imports, uploads
from readroom.server.testing import factories

STUDIES = "/api/v1/reader-studies/"
DISPLAY_SETS = f"{STUDIES}display-sets/"
QUESTIONS = f"{STUDIES}questions/"
ANSWERS = f"{STUDIES}answers/"


def url(kind: str, pk: object) -> str:
    """An address as clients send it; the host does not matter."""
    return f"https://any.example.org/api/v1/reader-studies/{kind}/{pk}/"


def import_files(actor, *paths):
    """The one image that these files become, imported as a worker does."""
    ids = [uploads.add_file(actor, path).id for path in paths]
    with transaction.atomic():
        row = imports.create_import(actor, upload_ids=ids)
    import_run.run_import(row.pk, worker=worker_name(), attach=attachments.attach, refuse=attachments.refuse_import)
    return Image.objects.get(origin=row)


@pytest.fixture
def ann(make_user):
    return make_user("ann")


@pytest.fixture
def people(db):
    names = ("editor", "reader", "colleague", "uploader", "stranger")
    return SimpleNamespace(**{name: factories.make_user(name) for name in names})


@pytest.fixture
def study(people):
    made = factories.make_study(
        editor=people.editor,
        readers=[people.reader, people.colleague],
        title="Nodules",
        allow_answer_modification=True,
    )
    StudyMember.objects.create(study=made, user=people.uploader, role="uploader")
    return made


@pytest.fixture
def text_question(study):
    return factories.make_question(study, "Text", question_text="What do you see?", required=False)


@pytest.fixture
def choice_question(study):
    return factories.make_question(study, "Choice", question_text="Malignant?", required=False)


@pytest.fixture
def display_set(study):
    return factories.make_display_set(study, title="Case 1")


@pytest.fixture
def as_editor(client_of, people):
    return client_of(people.editor)


@pytest.fixture
def as_reader(client_of, people):
    return client_of(people.reader)


@pytest.fixture
def post_answer():
    def post(client, question, display_set, answer, **more):
        body = {"question": url("questions", question.pk), "display_set": url("display-sets", display_set.pk)}
        return client.send("POST", ANSWERS, body | {"answer": answer} | more)

    return post
