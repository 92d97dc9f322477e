"""Sign-in with the accounts of an organisation (OpenID Connect, code flow with PKCE)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlencode

from django.utils.text import slugify

from readroom.server import config
from readroom.server.db.models import User
from readroom.server.domain.errors import NotAllowed, NotFound
from readroom.server.services import accounts
from readroom.server.services.access import SYSTEM

DENIED = "You did not allow your organisation to tell who you are, so you are not signed in."
FAILED = "The sign-in with your organisation did not succeed; try again."
AWAY = "Your organisation's sign-in cannot be reached; try again later."
SIGNATURES = ["RS256", "RS384", "RS512", "ES256", "ES384", "PS256", "EdDSA"]
SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class FirstStep:
    """Where the browser goes, and what its session keeps until it comes back."""

    address: str
    kept: dict[str, str]


def facts_of_provider() -> dict[str, Any]:
    issuer = config.current().oidc_issuer.rstrip("/")
    if not issuer:
        raise NotFound
    facts = fetch(f"{issuer}/.well-known/openid-configuration")
    wanted = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
    if not all(isinstance(facts.get(name), str) for name in wanted) or facts["issuer"].rstrip("/") != issuer:
        raise NotAllowed(AWAY)
    return facts


def fetch(url: str, *, token: str | None = None) -> dict[str, Any]:
    import httpx

    try:
        reply = httpx.get(url, timeout=SECONDS, headers={} if token is None else {"Authorization": f"Bearer {token}"})
        reply.raise_for_status()
        found: dict[str, Any] = dict(reply.json())
    except (httpx.HTTPError, ValueError, TypeError) as error:
        raise NotAllowed(AWAY) from error
    return found


def begin(*, callback: str) -> FirstStep:
    facts = facts_of_provider()
    kept = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")} | {"callback": callback}
    challenge = urlsafe_b64encode(hashlib.sha256(kept["verifier"].encode()).digest()).decode().rstrip("=")
    query = {
        "response_type": "code",
        "client_id": config.current().oidc_client_id,
        "redirect_uri": callback,
        "scope": "openid email profile",
        "state": kept["state"],
        "nonce": kept["nonce"],
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return FirstStep(f"{facts['authorization_endpoint']}?{urlencode(query)}", kept)


def finish(kept: Mapping[str, str] | None, *, query: Mapping[str, str]) -> User:
    """The account of whoever came back from the provider; made at the first time."""
    if not kept or not hmac.compare_digest(kept["state"].encode(), query.get("state", "").encode()):
        raise NotAllowed(FAILED)
    if query.get("error") == "access_denied":
        raise NotAllowed(DENIED)
    facts = facts_of_provider()
    if "code" not in query or not is_from(facts, query):
        raise NotAllowed(FAILED)
    tokens = exchange_code(facts, kept, query["code"])
    claims = read_claims(tokens["id_token"], facts, nonce=kept["nonce"])
    subject = f"{claims['iss']}|{claims['sub']}"[:255]
    return known_account(subject) or new_account(subject, ask_more(claims, facts, token=tokens.get("access_token")))


def is_from(facts: Mapping[str, Any], query: Mapping[str, str]) -> bool:
    """Whether the provider itself sent the browser back; some do not say, and say that they do not."""
    promised = facts.get("authorization_response_iss_parameter_supported")
    issuer: str = facts["issuer"]
    return query.get("iss", "" if promised else issuer) == issuer


def exchange_code(facts: Mapping[str, Any], kept: Mapping[str, str], code: str) -> Mapping[str, str]:
    """The tokens that the provider gives for the code of a sign-in."""
    import httpx

    body = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": kept["callback"],
        "code_verifier": kept["verifier"],
    }
    try:
        reply = httpx.post(facts["token_endpoint"], timeout=SECONDS, **identified(body, facts))
        reply.raise_for_status()
        return {"id_token": ""} | {name: value for name, value in reply.json().items() if isinstance(value, str)}
    except (httpx.HTTPError, ValueError, AttributeError) as error:
        raise NotAllowed(FAILED) from error


def identified(body: dict[str, str], facts: Mapping[str, Any]) -> dict[str, Any]:
    """A request in which this server says who it is: in its header, which every provider knows unless it says not."""
    name, secret = config.current().oidc_client_id, config.current().oidc_client_secret
    if "client_secret_basic" in (facts.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]):
        return {"data": body, "auth": (quote_plus(name), quote_plus(secret))}
    return {"data": body | {"client_id": name, "client_secret": secret}}


def read_claims(token: str, facts: Mapping[str, Any], *, nonce: str) -> Mapping[str, Any]:
    """What the provider says of a person, once its signature, its times and its addressee are right."""
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    rules = jwt.JWTClaimsRegistry(
        leeway=60,
        iss={"essential": True, "value": facts["issuer"]},
        aud={"essential": True, "value": config.current().oidc_client_id},
        nonce={"essential": True, "value": nonce},
        exp={"essential": True},
        sub={"essential": True},
    )
    try:
        keys = KeySet.import_key_set(fetch(facts["jwks_uri"]))  # type: ignore[arg-type]
        claims = jwt.decode(token, keys, algorithms=SIGNATURES).claims
        rules.validate(claims)
    except (JoseError, ValueError) as error:
        raise NotAllowed(FAILED) from error
    return claims


def ask_more(claims: Mapping[str, Any], facts: Mapping[str, Any], *, token: str | None) -> Mapping[str, Any]:
    """What the provider says of a person it signed in: many tell name and mail address only when they are asked."""
    address = facts.get("userinfo_endpoint")
    if "email" in claims or not token or not isinstance(address, str):
        return claims
    more = fetch(address, token=token)
    if more.get("sub") != claims["sub"]:
        raise NotAllowed(FAILED)
    return more | dict(claims)


def known_account(subject: str) -> User | None:
    """By the provider's name of the person, never by the mail address alone: that may be claimed by others."""
    user = User.objects.filter(oidc_subject=subject).first()
    if user is not None and not user.is_active:
        raise NotAllowed("This account is closed.")
    return user


def new_account(subject: str, claims: Mapping[str, Any]) -> User:
    email = str(claims.get("email") or "") if claims.get("email_verified") in (True, "true") else ""
    if email and User.objects.filter(email__iexact=email).exists():
        raise NotAllowed("There is an account with your mail address; sign in to it with its password.")
    wanted = slugify(str(claims.get("preferred_username") or email.partition("@")[0] or "reader")) or "reader"
    return accounts.create_account(
        SYSTEM,
        accounts.NewAccount(
            username=free_name(wanted[:120]),
            email=email,
            first_name=str(claims.get("given_name") or "")[:150],
            last_name=str(claims.get("family_name") or "")[:150],
            oidc_subject=subject,
        ),
    )


def free_name(wanted: str) -> str:
    if not User.objects.filter(username=wanted).exists():
        return wanted
    return f"{wanted}-{secrets.token_hex(4)}"
