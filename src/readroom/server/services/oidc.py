"""Sign-in with the accounts of an organisation (OpenID Connect, code flow with PKCE)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.text import slugify

from readroom.server import config
from readroom.server.db.models import User
from readroom.server.domain.errors import NotAllowed, NotFound
from readroom.server.services import accounts
from readroom.server.services.access import SYSTEM

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


def fetch(url: str) -> dict[str, Any]:
    import httpx

    try:
        reply = httpx.get(url, timeout=SECONDS)
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
    if (
        not kept
        or not hmac.compare_digest(kept["state"].encode(), query.get("state", "").encode())
        or "code" not in query
    ):
        raise NotAllowed(FAILED)
    facts = facts_of_provider()
    claims = read_claims(exchange_code(facts, kept, query["code"]), facts, nonce=kept["nonce"])
    return account_of(claims)


def exchange_code(facts: Mapping[str, Any], kept: Mapping[str, str], code: str) -> str:
    import httpx

    settings = config.current()
    body = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": kept["callback"],
        "client_id": settings.oidc_client_id,
        "client_secret": settings.oidc_client_secret,
        "code_verifier": kept["verifier"],
    }
    try:
        reply = httpx.post(facts["token_endpoint"], data=body, timeout=SECONDS)
        reply.raise_for_status()
        return str(reply.json()["id_token"])
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        raise NotAllowed(FAILED) from error


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


def account_of(claims: Mapping[str, Any]) -> User:
    """By the provider's name of the person, never by the mail address alone: that may be claimed by others."""
    subject = f"{claims['iss']}|{claims['sub']}"[:255]
    user = User.objects.filter(oidc_subject=subject).first()
    if user is not None:
        if not user.is_active:
            raise NotAllowed("This account is closed.")
        return user
    email = str(claims.get("email") or "") if claims.get("email_verified") else ""
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
