from __future__ import annotations

import json
import re
import threading
from base64 import b64decode
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.hashers import check_password, make_password
from django.core import mail
from django.test import Client
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import ECKey

from readroom.server.db.models import ApiToken, AuditEntry, Invitation, ReaderStudy, SignInFailure, StudyMember, User
from readroom.server.services import accounts, attempts, audit, oidc
from readroom.server.services.access import SYSTEM
from readroom.server.testing.clusters import free_ports

SESSION = "/api/v1/session/"
PASSWORD = "a long enough passphrase"


@pytest.fixture
def ann(make_user):
    user = make_user("ann", first_name="Ann", last_name="Reader")
    User.objects.filter(pk=user.pk).update(password=make_password(PASSWORD))
    user.refresh_from_db()
    return user


class Browser(Client):
    """Keeps cookies and repeats the one against forged requests, as the pages do."""

    def __init__(self):
        super().__init__(enforce_csrf_checks=True)

    def send(self, method, path, body=None):
        if "csrftoken" not in self.cookies:
            self.get(SESSION)
        header = {"HTTP_X_CSRFTOKEN": self.cookies["csrftoken"].value}
        content = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        return getattr(self, method.lower())(path, **content, **header)

    def sign_in(self, username="ann", password=PASSWORD):
        return self.send("POST", SESSION, {"username": username, "password": password})


@pytest.fixture
def browser(db):
    return Browser()


def test_a_person_signs_in_works_and_signs_out(ann, browser):
    assert browser.get(SESSION).json() is None
    assert browser.sign_in().json()["name"] == "Ann Reader"
    assert browser.get(SESSION).json()["username"] == "ann"
    assert browser.send("POST", "/api/v1/uploads/", {"filename": "a"}).status_code == 201
    assert browser.send("DELETE", SESSION).status_code == 204
    assert browser.get(SESSION).json() is None


def test_the_mail_address_is_a_name_too(ann, browser):
    assert browser.sign_in("ANN@example.org").status_code == 200


@pytest.mark.parametrize(("name", "password"), [("ann", "wrong"), ("nobody", PASSWORD), ("", ""), ("ann", "")])
def test_every_wrong_sign_in_looks_the_same(ann, browser, name, password):
    response = browser.sign_in(name, password)
    assert response.status_code == 401
    assert response.json() == {"detail": accounts.WRONG}


def test_an_account_without_a_mail_address_is_not_found_by_an_empty_one(make_user, browser):
    User.objects.filter(pk=make_user("bob").pk).update(email="", password=make_password(""))
    assert browser.sign_in("", "").status_code == 401


def test_passwords_cannot_be_tried_out(ann, browser):
    for _attempt in range(attempts.ALLOWED):
        assert browser.sign_in(" ANN", password="wrong").status_code == 401
    response = browser.sign_in()
    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) > 0
    SignInFailure.objects.update(at=timezone.now() - attempts.FORGOTTEN_AFTER)
    assert browser.sign_in().status_code == 200


def test_failures_count_for_one_name_and_end_with_the_right_password(ann, browser):
    for _attempt in range(attempts.ALLOWED - 1):
        browser.sign_in(password="wrong")
    browser.sign_in("bob", password="wrong")
    assert browser.sign_in().status_code == 200
    assert list(SignInFailure.objects.values_list("name_digest", flat=True)) == [attempts.digest_of("bob")]


def test_an_attempt_is_counted_before_its_password_is_looked_at(ann, browser, monkeypatch):
    """Many at once would all be looked at otherwise."""
    counted = []

    def compare(password, encoded):
        counted.append(SignInFailure.objects.filter(name_digest=attempts.digest_of("ann")).count())
        return check_password(password, encoded)

    monkeypatch.setattr(accounts, "check_password", compare)
    for _attempt in range(attempts.ALLOWED + 2):
        browser.sign_in(password="wrong")
    assert counted == list(range(1, attempts.ALLOWED + 1))
    assert SignInFailure.objects.count() == attempts.ALLOWED


def test_a_change_from_a_foreign_page_is_refused(ann, browser):
    browser.sign_in()
    response = browser.post("/api/v1/uploads/", data='{"filename": "a"}', content_type="application/json")
    assert response.status_code == 403


def test_a_foreign_page_cannot_sign_somebody_in(ann, browser):
    body = json.dumps({"username": "ann", "password": PASSWORD})
    assert browser.post(SESSION, data=body, content_type="application/json").status_code == 403


def test_a_new_password_ends_other_sessions_and_keeps_this_one(ann, browser):
    other = Browser()
    browser.sign_in()
    other.sign_in()
    body = {"old_password": PASSWORD, "password": "another long passphrase"}
    assert browser.send("POST", "/api/v1/accounts/password/", body).status_code == 204
    assert browser.get(SESSION).json()["username"] == "ann"
    assert other.get(SESSION).json() is None


@pytest.mark.parametrize(
    ("old", "new"), [("wrong", "another long passphrase"), (PASSWORD, "short"), (PASSWORD, "password1")]
)
def test_a_password_is_changed_only_by_its_owner_and_to_a_good_one(ann, browser, old, new):
    browser.sign_in()
    response = browser.send("POST", "/api/v1/accounts/password/", {"old_password": old, "password": new})
    assert response.status_code == 400


def test_a_forgotten_password_is_set_anew_by_a_mail_once(ann, browser):
    browser.send("POST", "/api/v1/accounts/password/forgotten/", {"email": "ann@example.org"})
    query = parse_qs(urlsplit(re.search(r"http\S+", mail.outbox[0].body)[0]).query)
    body = {"uid": query["uid"][0], "token": query["token"][0], "password": "another long passphrase"}
    assert browser.send("POST", "/api/v1/accounts/password/reset/", body).status_code == 204
    assert browser.sign_in(password="another long passphrase").status_code == 200
    assert browser.send("POST", "/api/v1/accounts/password/reset/", body).status_code == 400


def test_nobody_learns_whether_an_address_has_an_account(ann, browser):
    for email in ("nobody@example.org", "", "ann@example.org"):
        assert browser.send("POST", "/api/v1/accounts/password/forgotten/", {"email": email}).status_code == 204
    assert len(mail.outbox) == 1


def test_nobody_is_flooded_with_mails(ann, browser):
    for _attempt in range(attempts.ALLOWED):
        assert (
            browser.send("POST", "/api/v1/accounts/password/forgotten/", {"email": "ann@example.org"}).status_code
            == 204
        )
    for email in ("ann@example.org", "ANN@example.org"):
        refused = browser.send("POST", "/api/v1/accounts/password/forgotten/", {"email": email})
        assert refused.status_code == 429
    assert len(mail.outbox) == attempts.ALLOWED
    assert browser.sign_in().status_code == 200


@pytest.mark.parametrize(("uid", "token"), [("nonsense", "x"), ("MQ", "x"), ("", "")])
def test_an_altered_reset_link_is_refused(ann, browser, uid, token):
    body = {"uid": uid, "token": token, "password": "another long passphrase"}
    assert browser.send("POST", "/api/v1/accounts/password/reset/", body).status_code == 400


@pytest.fixture
def study(ann):
    study = ReaderStudy.objects.create(title="Chest", slug="chest")
    StudyMember.objects.create(study=study, user=ann, role="editor")
    return study


def invite(client, study, **more):
    body = {"email": "new@example.org", "study": str(study.pk), "role": "reader", "pseudonym": "R1"} | more
    return client.send("POST", "/api/v1/accounts/invitations/", body)


def test_an_invited_person_gets_an_account_and_a_role(ann, study, client_of, browser):
    link = invite(client_of(ann), study).json()["link"]
    assert link in mail.outbox[0].body
    assert mail.outbox[0].to == ["new@example.org"]
    secret = parse_qs(urlsplit(link).query)["invitation"][0]
    body = {"invitation": secret, "username": "new", "password": PASSWORD}
    assert browser.send("POST", "/api/v1/accounts/invitations/accept/", body).status_code == 200
    assert browser.get(SESSION).json()["username"] == "new"
    member = StudyMember.objects.get(study=study, user__username="new")
    assert (member.role, member.pseudonym) == ("reader", "R1")
    assert AuditEntry.objects.get(act="accept invitation").actor_name == "new"
    assert Browser().send("POST", "/api/v1/accounts/invitations/accept/", body | {"username": "b"}).status_code == 400


def test_an_invited_person_with_an_account_gets_the_role(ann, study, client_of, make_user):
    secret = parse_qs(urlsplit(invite(client_of(ann), study).json()["link"]).query)["invitation"][0]
    bob = make_user("bob")
    client_of(bob).send("POST", "/api/v1/accounts/invitations/accept/", {"invitation": secret})
    assert StudyMember.objects.filter(study=study, user=bob, role="reader").exists()
    assert Invitation.objects.get().accepted_by == bob


def test_only_an_editor_invites_to_a_study_and_only_a_superuser_to_the_platform(study, client_of, make_user):
    bob = client_of(make_user("bob"))
    assert invite(bob, study).status_code == 404
    assert bob.send("POST", "/api/v1/accounts/invitations/", {"email": "a@example.org"}).status_code == 403
    root = client_of(make_user("root", is_superuser=True))
    assert root.send("POST", "/api/v1/accounts/invitations/", {"email": "a@example.org"}).status_code == 201


@pytest.mark.parametrize("change", [{"email": "no address"}, {"role": "king"}, {"role": ""}])
def test_an_impossible_invitation_is_refused(ann, study, client_of, change):
    assert invite(client_of(ann), study, **change).status_code == 400
    assert mail.outbox == []


@pytest.fixture
def no_mail_server(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_ports(1)[0]


def test_an_invitation_is_made_although_the_mail_server_is_away(ann, study, client_of, browser, no_mail_server):
    sent = invite(client_of(ann), study)
    assert (sent.status_code, sent.json()["is_mailed"]) == (201, False)
    secret = parse_qs(urlsplit(sent.json()["link"]).query)["invitation"][0]
    body = {"invitation": secret, "username": "new", "password": PASSWORD}
    assert browser.send("POST", "/api/v1/accounts/invitations/accept/", body).status_code == 200


def test_nobody_learns_from_a_mail_server_that_is_away_who_has_an_account(ann, browser, no_mail_server):
    for email in ("ann@example.org", "nobody@example.org"):
        assert browser.send("POST", "/api/v1/accounts/password/forgotten/", {"email": email}).status_code == 204


def test_a_title_of_several_lines_becomes_no_header_of_a_mail(ann, study, client_of):
    ReaderStudy.objects.update(title="Chest\r\nBcc: all@example.org")
    assert invite(client_of(ann), study).json()["is_mailed"]
    assert mail.outbox[0].subject == "Invitation to Chest Bcc: all@example.org"
    assert mail.outbox[0].recipients() == ["new@example.org"]


@pytest.mark.parametrize("change", [{"pseudonym": "x" * 65}, {"email": f"{'x' * 60}@{'y' * 60}.{'z' * 140}.org"}])
def test_an_invitation_fits_its_columns(ann, study, client_of, change):
    assert invite(client_of(ann), study, **change).status_code == 400


def test_a_revoked_invitation_gives_nothing(ann, study, client_of, browser):
    client = client_of(ann)
    sent = invite(client, study).json()
    assert client.get(f"/api/v1/accounts/invitations/?study={study.pk}").json()[0]["email"] == "new@example.org"
    assert client.delete(f"/api/v1/accounts/invitations/{sent['id']}/").status_code == 204
    secret = parse_qs(urlsplit(sent["link"]).query)["invitation"][0]
    body = {"invitation": secret, "username": "new", "password": PASSWORD}
    assert browser.send("POST", "/api/v1/accounts/invitations/accept/", body).status_code == 400
    assert not User.objects.filter(username="new").exists()


def test_a_token_is_shown_once_and_kept_as_a_digest(ann, client_of):
    client = client_of(ann)
    new = client.send("POST", "/api/v1/tokens/", {"name": "script", "days": 1}).json()
    assert re.fullmatch("[0-9a-f]{64}", new["token"])
    assert new["token"] not in str(list(ApiToken.objects.values()))
    assert new["token"] not in str(client.get("/api/v1/tokens/").json())
    assert client.get("/api/v1/", headers={"authorization": f"BEARER {new['token']}"}).status_code == 200
    assert client.delete(f"/api/v1/tokens/{new['id']}/").status_code == 204
    assert client.get("/api/v1/", headers={"authorization": f"BEARER {new['token']}"}).status_code == 401


@pytest.mark.parametrize(
    ("scopes", "method", "path", "status"),
    [
        (["read"], "GET", "/api/v1/uploads/", 200),
        (["read"], "POST", "/api/v1/uploads/", 403),
        (["answer"], "POST", "/api/v1/uploads/", 403),
        (["upload"], "POST", "/api/v1/uploads/", 201),
        (["upload"], "POST", "/api/v1/tokens/", 403),
        (["write"], "POST", "/api/v1/uploads/", 201),
    ],
)
def test_a_limited_token_does_only_what_its_scopes_say(ann, client_of, scopes, method, path, status):
    client = client_of(ann)
    ApiToken.objects.update(scopes=scopes)
    assert client.send(method, path, {"filename": "a"} if method == "POST" else None).status_code == status


@pytest.mark.parametrize("days", [-1, 36_501, 10**9, 10**30])
def test_a_token_that_would_end_before_it_begins_or_after_all_time_is_refused(ann, client_of, days):
    client = client_of(ann)
    before = ApiToken.objects.count()
    reply = client.send("POST", "/api/v1/tokens/", {"name": "script", "days": days})
    assert (reply.status_code, list(reply.json())) == (400, ["days"])
    assert ApiToken.objects.count() == before


def test_a_closed_account_keeps_its_row_without_its_names(ann, client_of):
    client = client_of(ann)
    accounts.close_account(SYSTEM, username="ann")
    user = User.objects.get(pk=ann.pk)
    assert (user.email, user.first_name, user.is_active) == ("", "", False)
    assert "ann" not in user.username
    assert client.get("/api/v1/").status_code == 401


def test_what_happens_to_accounts_is_audited(ann, browser):
    browser.sign_in()
    browser.send("POST", "/api/v1/accounts/password/", {"old_password": PASSWORD, "password": "another long one"})
    assert list(AuditEntry.objects.order_by("id").values_list("act", flat=True)) == ["sign in", "change password"]
    assert list(audit.verify()) == []


class Provider(BaseHTTPRequestHandler):
    """An OpenID provider: one person, one key."""

    key = ECKey.generate_key("P-256", {"kid": "1"})
    claims: ClassVar[dict] = {}
    asked: ClassVar[dict] = {}

    def do_GET(self):
        base = f"http://127.0.0.1:{self.server.server_port}"
        if self.path.startswith("/keys"):
            self.say({"keys": [self.key.as_dict(private=False)]})
        else:
            names = {"authorization_endpoint": "/authorize", "token_endpoint": "/token", "jwks_uri": "/keys"}
            self.say({name: base + path for name, path in names.items()} | {"issuer": base})

    def do_POST(self):
        type(self).asked = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.say({"id_token": jwt.encode({"alg": "ES256", "kid": "1"}, self.claims, self.key)})

    def say(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments):
        pass


@pytest.fixture
def provider(settings_with):
    server = HTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    issuer = f"http://127.0.0.1:{server.server_port}"
    settings_with(oidc_issuer=issuer, oidc_client_id="readroom", oidc_client_secret="secret")
    yield issuer
    server.shutdown()
    server.server_close()


def come_back(browser, issuer, *, state=None, **claims):
    address = urlsplit(browser.get(f"{SESSION}oidc/").headers["Location"])
    query = {name: values[0] for name, values in parse_qs(address.query).items()}
    Provider.claims = {
        "iss": issuer, "aud": "readroom", "sub": "7", "exp": 4_000_000_000, "nonce": query["nonce"],
        "email": "kim@example.org", "email_verified": True, "preferred_username": "kim", "given_name": "Kim",
    } | claims  # fmt: skip
    return browser.get(f"{SESSION}oidc/callback/?code=abc&state={state or query['state']}")


def test_a_person_of_the_organisation_signs_in_and_stays_the_same_account(db, provider, browser):
    assert come_back(browser, provider).headers["Location"] == "/"
    assert browser.get(SESSION).json()["username"] == "kim"
    assert Provider.asked["code_verifier"]
    come_back(Browser(), provider, preferred_username="renamed")
    assert User.objects.filter(oidc_subject=f"{provider}|7").count() == 1


@pytest.mark.parametrize(
    "wrong", [{"state": "forged"}, {"aud": "other"}, {"nonce": "old"}, {"exp": 1}, {"iss": "http://elsewhere"}]
)
def test_what_the_provider_did_not_say_now_and_to_us_is_refused(db, provider, browser, wrong):
    response = come_back(browser, provider, **wrong)
    assert response.headers["Location"].startswith("/sign-in?problem=")
    assert browser.get(SESSION).json() is None
    assert not User.objects.exists()


def test_a_provider_that_is_away_or_says_nonsense_leads_back_to_the_page(db, provider, browser, settings_with):
    for issuer in (f"http://127.0.0.1:{free_ports(1)[0]}", f"{provider}/keys", f"{provider}/other"):
        settings_with(oidc_issuer=issuer)
        address = urlsplit(browser.get(f"{SESSION}oidc/").headers["Location"])
        assert parse_qs(address.query)["problem"] == [oidc.AWAY]
    settings_with(oidc_issuer=provider)
    browser.get(f"{SESSION}oidc/")
    reply = browser.get(f"{SESSION}oidc/callback/", {"code": "abc", "state": "ü"})
    assert parse_qs(urlsplit(reply.headers["Location"]).query)["problem"] == [oidc.FAILED]


def test_a_mail_address_at_the_provider_does_not_open_an_existing_account(ann, provider, browser):
    response = come_back(browser, provider, email="ann@example.org")
    assert "problem" in response.headers["Location"]


class TalkativeProvider(Provider):
    """One that tells more about itself than it has to, and of a person only when it is asked."""

    facts: ClassVar[dict] = {}
    person: ClassVar[dict] = {}
    headers_of: ClassVar[dict] = {}

    def do_GET(self):
        type(self).headers_of[self.path.partition("?")[0]] = dict(self.headers)
        if self.path.startswith("/me"):
            self.say(self.person)
        else:
            super().do_GET()

    def do_POST(self):
        type(self).headers_of["/token"] = dict(self.headers)
        super().do_POST()

    def say(self, value):
        base = f"http://127.0.0.1:{self.server.server_port}"
        if "issuer" in value:
            value = value | {"userinfo_endpoint": f"{base}/me"} | self.facts
        if "id_token" in value:
            value = value | {"access_token": "for /me"}
        super().say(value)


@pytest.fixture
def talkative(settings_with):
    server = HTTPServer(("127.0.0.1", 0), TalkativeProvider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    issuer = f"http://127.0.0.1:{server.server_port}"
    settings_with(oidc_issuer=issuer, oidc_client_id="read room", oidc_client_secret="1 + 1 = 100%")
    TalkativeProvider.facts, TalkativeProvider.person, TalkativeProvider.headers_of = {}, {"sub": "7"}, {}
    yield issuer
    server.shutdown()
    server.server_close()


def walk(browser, issuer, *, claims, **answer):
    address = urlsplit(browser.get(f"{SESSION}oidc/").headers["Location"])
    query = {name: values[0] for name, values in parse_qs(address.query).items()}
    known = {"iss": issuer, "aud": "read room", "sub": "7", "exp": 4_000_000_000, "nonce": query["nonce"]}
    TalkativeProvider.claims = known | claims
    return browser.get(f"{SESSION}oidc/callback/", {"code": "abc", "state": query["state"]} | answer)


def problem_of(response):
    return parse_qs(urlsplit(response.headers["Location"]).query)["problem"]


@pytest.mark.parametrize(
    ("person", "kept"),
    [
        ({"email": "kim@example.org", "email_verified": True}, "kim@example.org"),
        ({"email": "kim@example.org", "email_verified": "true"}, "kim@example.org"),
        ({"email": "kim@example.org", "email_verified": "false"}, ""),
        ({"email": "kim@example.org"}, ""),
        ({}, ""),
    ],
)
def test_a_provider_that_tells_of_a_person_only_when_asked_is_asked_once(db, talkative, browser, person, kept):
    TalkativeProvider.person = {"sub": "7", "preferred_username": "kim"} | person
    assert walk(browser, talkative, claims={}).headers["Location"] == "/"
    assert User.objects.get().email == kept
    assert User.objects.get().username == "kim"
    assert TalkativeProvider.headers_of.pop("/me")["Authorization"] == "Bearer for /me"
    walk(Browser(), talkative, claims={})
    assert "/me" not in TalkativeProvider.headers_of
    assert User.objects.count() == 1


def test_what_a_provider_says_of_somebody_else_makes_no_account(db, talkative, browser):
    TalkativeProvider.person = {"sub": "8", "email": "kim@example.org", "email_verified": True}
    assert problem_of(walk(browser, talkative, claims={})) == [oidc.FAILED]
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("methods", "is_in_header"),
    [(None, True), (["client_secret_post", "client_secret_basic"], True), (["client_secret_post"], False)],
)
def test_the_server_says_who_it_is_as_the_provider_takes_it(db, talkative, browser, methods, is_in_header):
    TalkativeProvider.facts = {} if methods is None else {"token_endpoint_auth_methods_supported": methods}
    assert walk(browser, talkative, claims={}).headers["Location"] == "/"
    header = TalkativeProvider.headers_of["/token"].get("Authorization", "")
    said = {name: values[0] for name, values in TalkativeProvider.asked.items() if name.startswith("client_")}
    if is_in_header:
        assert b64decode(header.removeprefix("Basic ")) == b"read+room:1+%2B+1+%3D+100%25"
        assert said == {}
    else:
        assert header == ""
        assert said == {"client_id": "read room", "client_secret": "1 + 1 = 100%"}


@pytest.mark.parametrize(
    ("facts", "answer", "problem"),
    [
        ({}, {"iss": "https://other.example.org"}, "FAILED"),
        ({"authorization_response_iss_parameter_supported": True}, {}, "FAILED"),
        ({}, {"error": "access_denied"}, "DENIED"),
        ({}, {"error": "access_denied", "state": "another"}, "FAILED"),
    ],
)
def test_a_way_back_that_is_not_the_providers_or_a_refusal_signs_nobody_in(
    db, talkative, browser, facts, answer, problem
):
    TalkativeProvider.facts = facts
    assert problem_of(walk(browser, talkative, claims={}, **answer)) == [getattr(oidc, problem)]
    assert not User.objects.exists()


def test_without_a_provider_there_is_no_such_path(db, browser):
    assert browser.get(f"{SESSION}oidc/").status_code == 404
