"""Settings of the viewer that belong to an account."""

from __future__ import annotations

import pytest

from readroom.server.db.models import AccountSettings, AuditEntry
from readroom.server.services import account_settings, accounts, audit
from readroom.server.services.access import SYSTEM

PATH = "/api/v1/accounts/me/settings/"
MINE = {"keys": {"next case": "n", "zoom": "ctrl+z"}, "overlay opacity": 0.4, "smooth": True, "name": "مرحبا"}


def test_an_account_begins_without_settings_and_keeps_what_it_is_given(ann, client_of):
    client = client_of(ann)
    assert client.get(PATH).json() == {"settings": {}, "version": 0}
    assert client.send("PUT", PATH, {"settings": MINE}).json() == {"settings": MINE, "version": 1}
    assert client_of(ann).get(PATH).json() == {"settings": MINE, "version": 1}


def test_what_was_read_can_be_written_again_and_changes_nothing(ann, client_of):
    client = client_of(ann)
    given = client.send("PUT", PATH, {"settings": MINE}).json()
    before = AuditEntry.objects.count()
    assert client.send("PUT", PATH, given).json() == given
    assert AuditEntry.objects.count() == before


def test_the_last_writer_wins_whatever_he_had_read(ann, client_of):
    client = client_of(ann)
    client.send("PUT", PATH, {"settings": {"a": 1}, "version": 0})
    assert client.send("PUT", PATH, {"settings": {"b": 2}, "version": 0}).json() == {"settings": {"b": 2}, "version": 2}


def test_true_is_not_taken_for_one(ann, client_of):
    client = client_of(ann)
    client.send("PUT", PATH, {"settings": {"a": 1, "b": [0]}})
    client.send("PUT", PATH, {"settings": {"a": True, "b": [False]}})
    assert client.get(PATH).content.endswith(b'{"settings":{"a":true,"b":[false]},"version":2}')


def test_nobody_sees_or_changes_the_settings_of_another(ann, client_of, make_user):
    client_of(ann).send("PUT", PATH, {"settings": MINE})
    for other in (make_user("bob"), make_user("root", is_superuser=True)):
        client = client_of(other)
        assert client.get(PATH).json() == {"settings": {}, "version": 0}
        client.send("PUT", PATH, {"settings": {"a": 1}})
    assert client_of(ann).get(PATH).json()["settings"] == MINE
    assert client_of(None).get(PATH).status_code == 401
    assert client_of(None).send("PUT", PATH, {"settings": {}}).status_code == 401


def of_size(size):
    return {"x": "a" * (size - len('{"x":""}'))}


def test_settings_are_bounded(ann, client_of):
    client = client_of(ann)
    largest = of_size(account_settings.MAXIMUM_BYTES)
    assert client.send("PUT", PATH, {"settings": largest}).status_code == 200
    reply = client.send("PUT", PATH, {"settings": of_size(account_settings.MAXIMUM_BYTES + 1)})
    assert (reply.status_code, "64 KiB" in reply.json()["detail"]) == (413, True)
    assert client.get(PATH).json()["settings"] == largest


def nested(depth):
    return {"x": nested(depth - 1)} if depth else {}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"settings": None},
        {"settings": []},
        {"settings": "x"},
        {"settings": {"x": 2**63}},
        {"settings": nested(65)},
        '{"settings": {"x": NaN}}',
        '{"settings": {"x": "\\u0000"}}',
        '{"settings": {"\\u0000": 1}}',
        '{"settings": {"x": "\\ud800"}}',
        "settings",
    ],
    ids=str,
)
def test_what_is_no_settings_is_refused(ann, client_of, body):
    client = client_of(ann)
    reply = client.send("PUT", PATH, body)
    assert reply.status_code == 400, reply.content
    assert client.get(PATH).json() == {"settings": {}, "version": 0}


def test_the_trail_tells_which_settings_changed(ann, client_of):
    client = client_of(ann)
    client.send("PUT", PATH, {"settings": {"a": 1, "b": 2}})
    client.send("PUT", PATH, {"settings": {"a": 1, "c": 3}})
    entry = AuditEntry.objects.order_by("-id").first()
    assert (entry.act, entry.before, entry.after) == ("change own settings", '{"b": 2}', '{"c": 3}')
    assert list(audit.verify()) == []


def test_settings_go_with_the_account(ann, client_of):
    client_of(ann).send("PUT", PATH, {"settings": MINE})
    accounts.close_account(SYSTEM, username="ann")
    assert not AccountSettings.objects.exists()
