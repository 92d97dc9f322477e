"""What is remembered of a repeated POST, and that nobody reads secrets out of it."""

from __future__ import annotations

from readroom.server.db.models import ApiToken, RememberedReply

TOKENS = "/api/v1/tokens/"


def post(client, body, key="k1"):
    return client.post(TOKENS, data=body, content_type="application/json", headers={"Idempotency-Key": key})


def test_a_token_that_is_asked_for_twice_is_made_once_and_stands_nowhere_in_the_database(make_user, client_of):
    client = client_of(make_user("ann"))
    first, again = (post(client, {"name": "laptop"}) for _ in range(2))
    assert (first.status_code, first.json()) == (201, again.json())
    secret = first.json()["token"]
    assert ApiToken.objects.filter(name="laptop").count() == 1
    [kept] = RememberedReply.objects.values_list("body", flat=True)
    assert secret.encode() not in bytes(kept)
    assert b"laptop" not in bytes(kept)


def test_a_reply_that_cannot_be_unlocked_is_not_told_and_nothing_is_done_again(make_user, client_of, settings_with):
    client = client_of(make_user("ann"))
    post(client, {"name": "laptop"})
    settings_with(secret_key="another key of tests, long enough for every signature")
    again = post(client, {"name": "laptop"})
    assert again.status_code == 400
    assert list(again.json()) == ["Idempotency-Key"]
    assert ApiToken.objects.filter(name="laptop").count() == 1


def test_a_key_belongs_to_one_request(make_user, client_of):
    client = client_of(make_user("ann"))
    post(client, {"name": "laptop"})
    assert post(client, {"name": "desktop"}).json() == {"Idempotency-Key": ["This key was used for another request."]}
    other = client_of(make_user("ben"))
    assert post(other, {"name": "desktop"}).status_code == 201
