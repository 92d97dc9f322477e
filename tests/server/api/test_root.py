from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from readroom.server.db.models import ApiToken


def test_the_version_endpoint_is_public(db, client_of):
    response = client_of(None).get("/api/v1/gcapi/")
    assert response.status_code == 200
    assert set(response.json()) == {"latest_version", "lowest_supported_version"}


def test_the_content_type_is_exactly_json(db, client_of):
    assert client_of(None).get("/api/v1/gcapi/").headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("scheme", ["BEARER", "Bearer", "bearer", "TOKEN"])
def test_the_scheme_of_a_token_may_be_written_in_any_case(make_user, client_of, scheme):
    client = client_of(make_user("ann"))
    response = client.get("/api/v1/", headers={"authorization": f"{scheme} {client.secret}"})
    assert response.status_code == 200


@pytest.mark.parametrize("token", ["not-hex", "0" * 64, ""])
def test_a_wrong_token_is_refused_on_public_paths_too(db, client_of, token):
    response = client_of(None).get("/api/v1/", headers={"authorization": f"BEARER {token}"})
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert set(response.json()) == {"detail"}


@pytest.mark.parametrize(
    "change",
    [{"revoked_at": timezone.now()}, {"expires_at": timezone.now() - timedelta(seconds=1)}],
    ids=["revoked", "expired"],
)
def test_a_token_that_ended_is_refused(make_user, client_of, change):
    client = client_of(make_user("ann"))
    ApiToken.objects.update(**change)
    assert client.get("/api/v1/").status_code == 401


def test_a_token_of_a_closed_account_is_refused(make_user, client_of):
    user = make_user("ann")
    client = client_of(user)
    user.is_active = False
    user.save()
    assert client.get("/api/v1/").status_code == 401


@pytest.mark.parametrize("path", ["/api/v1/nothing/", "/api/v1//gcapi/", "/api/v2/", "/api/v1/gcapi"])
def test_a_path_that_is_not_there_is_a_404_in_json(db, client_of, path):
    response = client_of(None).get(path)
    assert response.status_code == 404
    assert response.headers["Content-Type"] == "application/json"


def test_an_address_with_a_null_character_is_a_404(db, client_of):
    assert client_of(None).get("/api/v1/gcapi/?slug=%00").status_code == 404


def test_knowing_the_caller_takes_one_statement(make_user, client_of, statements):
    client = client_of(make_user("ann"))
    client.get("/api/v1/")
    with statements(at_most=1):
        client.get("/api/v1/")
