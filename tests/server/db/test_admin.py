from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.auth.hashers import make_password
from django.test import Client

from readroom.server.db.models import ApiToken, User

TABLES = sorted(model._meta.model_name for model in admin.site._registry if model._meta.app_label == "readroom")


@pytest.fixture
def operator(db):
    user = User.objects.create(
        username="root", password=make_password("x"), is_staff=True, is_superuser=True, email="root@example.org"
    )
    ApiToken.objects.create(user=user, digest="d" * 64, hint="1234")
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("table", TABLES)
def test_every_table_is_shown_and_nothing_can_be_added(operator, table):
    assert operator.get(f"/admin/readroom/{table}/").status_code == 200
    assert operator.get(f"/admin/readroom/{table}/add/").status_code == 403


def test_passwords_and_digests_are_not_shown(operator):
    user = User.objects.get()
    assert user.password not in operator.get(f"/admin/readroom/user/{user.pk}/change/").content.decode()
    token = ApiToken.objects.get()
    assert token.digest not in operator.get(f"/admin/readroom/apitoken/{token.pk}/change/").content.decode()


def test_the_admin_is_for_staff(db):
    assert Client().get("/admin/readroom/user/").status_code == 302
