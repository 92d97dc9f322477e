"""Databases, storages and people for tests of the platform.

A test that touches tables asks for the fixture `db` (or `transactional_db`) by name, never by a mark, and runs on
SQLite and on PostgreSQL; a module asks with ``pytestmark = pytest.mark.usefixtures("db")``. `settings_with` changes
settings of the platform for one test. `statements` counts SQL statements::

    def test_a_page_needs_four_statements(db, client_of, reader, statements):
        with statements(at_most=4):
            client_of(reader).get("/api/v1/reader-studies/display-sets/")
"""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import replace

_DATA = tempfile.TemporaryDirectory(prefix="readroom-tests-")
for _name in [name for name in os.environ if name.startswith("READROOM_") and name != "READROOM_SHARED"]:
    del os.environ[_name]
os.environ["READROOM_DATA"] = _DATA.name
os.environ["DJANGO_SETTINGS_MODULE"] = "readroom.server.django_settings"

import django  # noqa: E402

django.setup()

from django.conf import settings as django_settings  # noqa: E402

django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the real one is slow on purpose

import pytest  # noqa: E402
from django.db import connection, connections  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from readroom.server import config  # noqa: E402
from readroom.server.db.models import ApiToken, User  # noqa: E402
from readroom.server.services import accounts, tokens  # noqa: E402
from readroom.server.testing.clusters import postgresql_cluster  # noqa: E402


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def django_db_setup(request, django_test_environment, django_db_blocker, tmp_path_factory):
    """Each database in turn becomes the default one."""
    with ExitStack() as stack:
        if request.param == "postgresql":
            url = stack.enter_context(postgresql_cluster())
        else:
            url = f"sqlite:///{tmp_path_factory.mktemp('sqlite')}/test.sqlite3"
        stack.enter_context(django_db_blocker.unblock())
        stack.enter_context(default_database(url))
        yield


@contextmanager
def default_database(url: str):
    wanted = config.to_django_database(replace(config.current(), database=url))
    if "sqlite" in wanted["ENGINE"]:
        wanted["TEST"] = {"NAME": wanted["NAME"]}
        wanted["OPTIONS"]["init_command"] = wanted["OPTIONS"]["init_command"].replace("FULL", "OFF")
    kept = connections.databases["default"]
    connections.databases["default"] = wanted
    connections.configure_settings({"default": wanted})
    connections["default"].close()
    del connections["default"]
    creation = connections["default"].creation
    creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    let_tests_empty_the_audit()
    try:
        yield
    finally:
        creation.destroy_test_db(kept["NAME"], verbosity=0)
        connections["default"].close()
        del connections["default"]
        connections.databases["default"] = kept


def let_tests_empty_the_audit():
    """The end of a test with real transactions empties all tables, which the triggers of SQLite forbid."""
    if connection.vendor != "sqlite":
        return
    flush = connection.ops.execute_sql_flush

    def without_triggers(statements):
        with connection.cursor() as cursor:
            rows = cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for name, _sql in rows:
                cursor.execute(f"DROP TRIGGER {name}")
            flush(statements)
            for _name, sql in rows:
                cursor.execute(sql)

    connection.ops.execute_sql_flush = without_triggers


@pytest.fixture(autouse=True)
def own_data_folder(tmp_path, monkeypatch):
    """Blobs, uploads and certificates of one test."""
    data = tmp_path / "data"
    data.mkdir()
    settings = replace(config.current(), data=data, secret_key="a key of tests, long enough for every signature")
    monkeypatch.setattr(config, "current", lambda: settings)
    return data


@pytest.fixture
def settings_with(monkeypatch):
    """``settings_with(upload_max_count=3)`` for the rest of the test."""

    def change(**changes):
        settings = replace(config.current(), **changes)
        monkeypatch.setattr(config, "current", lambda: settings)

    return change


@pytest.fixture
def make_user(db):
    """``make_user("ann", may_create_studies=True)``."""

    def make(username: str, **fields) -> User:
        return User.objects.create(username=username, email=f"{username}@example.org", password="!", **fields)

    return make


@pytest.fixture
def actor_of():
    """What services take for a user."""
    return accounts.to_actor


class TokenClient(Client):
    """Speaks JSON with a bearer token; `secret` is the token."""

    def __init__(self, secret: str = "") -> None:
        super().__init__(headers={"authorization": f"BEARER {secret}"} if secret else None)
        self.secret = secret
        self.raise_request_exception = True

    def send(self, method: str, path: str, body: object = None, **extra):
        content = {} if body is None else {"data": body, "content_type": "application/json"}
        return getattr(self, method.lower())(path, **content, **extra)


@pytest.fixture
def client_of(db):
    """A client that calls the API as this user: ``client_of(user).send("POST", path, {...})``; None is nobody."""

    def make(user: User | None) -> TokenClient:
        if user is None:
            return TokenClient()
        secret = os.urandom(32).hex()
        ApiToken.objects.create(user=user, digest=tokens.digest_of(secret), hint=secret[:4])
        return TokenClient(secret)

    return make


@pytest.fixture
def statements():
    """Count SQL statements: ``with statements(at_most=4): ...``."""

    @contextmanager
    def count(*, at_most: int):
        with CaptureQueriesContext(connection) as captured:
            yield captured
        sql = [query["sql"] for query in captured.captured_queries]
        counted = [text for text in sql if not text.startswith(("SAVEPOINT", "RELEASE SAVEPOINT"))]
        assert len(counted) <= at_most, "\n".join(counted)

    return count
