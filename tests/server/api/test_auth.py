"""What a limited token may do: what its scopes say, whatever a path is called."""

from __future__ import annotations

import pytest

from readroom.server.db.models import ApiToken
from readroom.server.testing import factories


@pytest.mark.parametrize(
    "rest", ["{answer}/", "{study}/members/reader/reader/answers/", "{study}/members/reader/answers/"]
)
def test_with_a_token_for_answers_an_editor_removes_neither_answers_nor_people(
    client_of, people, study, text_question, display_set, rest
):
    """A name in a path may be that of a scope: a person called "answers" is none."""
    answer = factories.make_answer(text_question, display_set, creator=people.reader, value="x")
    study.members.create(user=factories.make_user("answers"), role="reader")
    client = client_of(people.editor)
    ApiToken.objects.update(scopes=["answer"])
    place = rest.format(answer=f"answers/{answer.pk}", study=study.pk)
    reply = client.delete(f"/api/v1/reader-studies/{place}")
    assert (reply.status_code, reply.json()) == (
        403,
        {"detail": "This token may not do that; its scopes are: answer."},
    )
    ApiToken.objects.update(scopes=["write"])
    assert client.delete(f"/api/v1/reader-studies/{place}").status_code in {200, 204}


def test_with_a_token_for_answers_a_reader_answers_and_corrects_himself(
    client_of, people, text_question, display_set, post_answer
):
    client = client_of(people.reader)
    ApiToken.objects.update(scopes=["answer"])
    made = post_answer(client, text_question, display_set, "first")
    assert made.status_code == 201
    path = f"/api/v1/reader-studies/answers/{made.json()['pk']}/"
    assert client.send("PATCH", path, {"answer": "second"}).status_code == 200


@pytest.mark.parametrize(
    ("host", "is_tls", "is_safe"),
    [
        ("reading.example.org", True, True),
        ("reading.example.org:8443", True, True),
        ("localhost.example.org", True, True),
        ("127.evil.example.org", True, True),
        ("192.168.1.5:8443", True, True),
        ("reading.example.org", False, False),
        ("localhost:8443", True, False),
        ("127.0.0.1", True, False),
        ("[::1]:8443", True, False),
    ],
)
def test_a_cookie_that_was_given_over_tls_never_travels_without(client, settings, db, host, is_tls, is_safe):
    settings.ALLOWED_HOSTS = ["*"]
    reply = client.get("/api/v1/session/", secure=is_tls, headers={"host": host})
    assert reply.status_code == 200, reply.content
    assert {name: bool(cookie["secure"]) for name, cookie in reply.cookies.items()} == {"csrftoken": is_safe}
