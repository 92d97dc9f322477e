"""Every setting of the platform: one table of name, type, default and sentence.

Each is read from the environment as ``READROOM_<NAME>`` (``READROOM_DATA``, ``READROOM_DATABASE`` ...); the options of
``readroom serve`` and ``readroom worker`` set the same names.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from readroom.server import allowed
from readroom.server.allowed import Allowed, between, one_of

PREFIX = "READROOM_"
MEBIBYTE = 1024 * 1024


class WrongSetting(ValueError):
    """A setting has a value that cannot be used."""


def described(sentence: str, default: Any, rule: Allowed = allowed.ANYTHING) -> Any:  # noqa: ANN401 - any type
    """A row of the table."""
    return field(default=default, metadata={"sentence": sentence, "allowed": rule})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Config:
    """The settings; the table is the class. A process has one, whose identity is its hash: every frame asks for it."""

    data: Path = described("Folder of everything that is kept: database, blobs, uploads, certificates.", Path("data"))
    database: str = described(
        "URL of the database, `postgresql://user:password@host/name` or `sqlite:///path`; empty: SQLite in `DATA`.", ""
    )
    host: str = described("Address that `readroom serve` listens at; `0.0.0.0` for all.", "127.0.0.1")
    port: int = described("Port of HTTPS, or of HTTP with `READROOM_TLS=off`.", 8443, between(1, 65535))
    tls: str = described("`auto` (a certificate of our own in `DATA/tls`), `off`, or the paths `CERT,KEY`.", "auto")
    http_port: int = described(
        "Plain HTTP on the loopback address: 0 is the next port, -1 is none.", 0, between(-1, 65535)
    )
    workers: int = described("Worker processes beside the web server.", 1, between(0, 256))
    processes: int = described("Web processes; more than one needs PostgreSQL to be of use.", 1, between(1, 256))
    storage: str = described(
        "Where blobs are kept: empty for `DATA/blobs`, or `s3://bucket/prefix`.", "", allowed.STORAGE
    )
    s3_endpoint: str = described("URL of the S3 service; empty for the one of AWS.", "", allowed.ADDRESS)
    s3_public_endpoint: str = described(
        "URL under which clients reach the S3 service, if it is another.", "", allowed.ADDRESS
    )
    s3_region: str = described("Region of the bucket.", "us-east-1")
    secret_key: str = described(
        "Key for signatures; empty: made once and kept in `DATA/secret-key`.", "", allowed.SECRET
    )
    origin: str = described(
        "The one address of the server, `https://reading.example.org`; empty: as each request says.", "", allowed.ORIGIN
    )
    hosts: str = described("Host names that are answered, separated by commas; `*` answers any.", "*")
    behind_proxy: bool = described("Believe `X-Forwarded-Proto` and `X-Forwarded-Host` of a proxy in front.", False)
    is_debug: bool = described("Show errors in full; never on a server that others reach.", False)
    log_level: str = described(
        "`debug`, `info`, `warning` or `error`.", "info", one_of("debug", "info", "warning", "error")
    )
    log_format: str = described("`text` for a person, `json` for a collector.", "text", one_of("text", "json"))
    time_zone: str = described("Time zone of the pages; the API always says UTC.", "UTC", allowed.TIME_ZONE)
    web_threads: int = described("Requests that one web process works on at once.", 8, between(1, 1024))
    upload_max_count: int = described(
        "Uploads that a person may have at once, before they are used.", 2000, allowed.COUNT
    )
    upload_max_bytes: int = described(
        "Bytes that a person's unused uploads may hold.", 128 * 1024 * MEBIBYTE, allowed.BYTES
    )
    upload_hours: int = described(
        "Hours after which an unused upload is removed.", 24, between(1, allowed.CENTURY_HOURS)
    )
    upload_part_max_bytes: int = described("Largest part of an upload.", 512 * MEBIBYTE, allowed.BYTES)
    body_max_bytes: int = described("Largest body of an API request.", 32 * MEBIBYTE, allowed.BYTES)
    import_max_files: int = described("Files that one import may read.", 20_000, allowed.COUNT)
    import_max_pending: int = described("Imports that a person may have waiting at once.", 2000, allowed.COUNT)
    import_max_attempts: int = described("How often an import is started before it is given up.", 3, allowed.COUNT)
    import_lease_seconds: int = described("Silence after which an import's worker counts as dead.", 30, allowed.SECONDS)
    import_threads: int = described("Threads that decode and compress frames of one import.", 2, between(1, 1024))
    image_unused_hours: int = described(
        "Hours after which an image that nothing uses is removed.", 48, between(0, allowed.CENTURY_HOURS)
    )
    cache_max_bytes: int = described(
        "Bytes of files made on demand that are kept.", 20 * 1024 * MEBIBYTE, between(0, 2**60)
    )
    link_seconds: int = described("Seconds for which a signed link to bytes is valid.", 3600, allowed.SECONDS)
    part_link_seconds: int = described(
        "Seconds for which a signed link to write a part is valid.", 24 * 3600, allowed.SECONDS
    )
    free_disk_min_bytes: int = described(
        "Free disk space below which uploads are refused.", 512 * MEBIBYTE, between(0, 2**60)
    )
    token_days: int = described(
        "Days for which a new API token is valid unless it says otherwise; 0: for ever.",
        0,
        between(0, allowed.CENTURY_DAYS),
    )
    email: str = described(
        "Mail server, `smtp://user:password@host:587`, with `READROOM_ORIGIN`; empty: mails are written to the log.", ""
    )
    email_from: str = described("Sender of mails.", "readroom <noreply@localhost>")
    oidc_issuer: str = described("OpenID provider whose accounts may sign in; empty: none.", "", allowed.ADDRESS)
    oidc_client_id: str = described("Name of this server at the OpenID provider.", "")
    oidc_client_secret: str = described("Secret of this server at the OpenID provider.", "")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Config:
        found: dict[str, Any] = {}
        for row in fields(cls):
            text = environment.get(PREFIX + row.name.upper())
            if text is not None:
                found[row.name] = parse_setting(row.name, str(row.type), text)
                require_allowed(row.name, found[row.name], row.metadata["allowed"])
        unknown = unknown_names(environment)
        if unknown:
            raise WrongSetting(
                f"there is no setting {', '.join(map(with_advice, unknown))}; see docs/reference/settings.md"
            )
        if found.get("email") and not found.get("origin"):
            raise WrongSetting(
                f"{PREFIX}EMAIL needs {PREFIX}ORIGIN: mails carry links, and the name of the server that a request "
                "gives may be a lie"
            )
        return cls(**found)

    @property
    def secret(self) -> str:
        return self.secret_key or kept_secret(self.data)

    @property
    def tls_folder(self) -> Path:
        return self.data / "tls"


SECRETS = frozenset({"database", "email", "oidc_client_secret", "secret_key"})
"""Settings that hold a password or a key; what is said of them goes to a log and does not repeat them."""
OTHER_NAMES = frozenset({"BASE_URL", "CONFIG", "SHARED", "TOKEN"})
"""Names with our prefix that belong to the client and to the tests."""


def unknown_names(environment: Mapping[str, str]) -> list[str]:
    known = {row.name.upper() for row in fields(Config)} | OTHER_NAMES
    return sorted(n for n in environment if n.startswith(PREFIX) and n.removeprefix(PREFIX) not in known)


def with_advice(name: str) -> str:
    """A misspelt name, and what it was likely meant to be."""
    near = get_close_matches(name.removeprefix(PREFIX), [row.name.upper() for row in fields(Config)], n=1)
    return f"{name} (is it {PREFIX}{near[0]}?)" if near else name


def parse_flag(text: str) -> bool:
    if text.lower() in {"1", "true", "yes", "on"}:
        return True
    if text.lower() in {"0", "false", "no", "off", ""}:
        return False
    raise ValueError(text)


PARSERS: dict[str, Callable[[str], Any]] = {
    "str": str,
    "int": int,
    "bool": parse_flag,
    "Path": lambda text: Path(text).expanduser(),
}


def parse_setting(name: str, kind: str, text: str) -> Any:  # noqa: ANN401 - the setting's type
    try:
        return PARSERS[kind](text)
    except ValueError as error:
        raise WrongSetting(f"{PREFIX}{name.upper()}: {text!r} is not of type {kind}") from error


def require_allowed(name: str, value: Any, rule: Allowed) -> None:  # noqa: ANN401 - the setting's type
    if not rule.holds(value):
        shown = "this value" if name in SECRETS else repr(value)
        raise WrongSetting(f"{PREFIX}{name.upper()}: {shown} cannot be used; give {rule.words}")


@lru_cache(maxsize=8)
def kept_secret(data: Path) -> str:
    """The key of this data folder, made once; two processes that start together agree on one."""
    path = data / "secret-key"
    data.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return wait_for_secret(path)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        secret = secrets.token_urlsafe(48)
        file.write(secret)
    return secret


def wait_for_secret(path: Path) -> str:
    for _attempt in range(1000):
        secret = path.read_text(encoding="ascii")
        if len(secret) == 64:
            return secret
    raise WrongSetting(f"{path} is cut short; remove it, and sign in again")


def to_django_database(config: Config) -> dict[str, Any]:
    """Django's words for the database URL."""
    url = config.database or f"sqlite:///{config.data / 'readroom.sqlite3'}"
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite":
        return sqlite_database(rest.removeprefix("/") if not rest.startswith("//") else rest[1:])
    if scheme in {"postgres", "postgresql"}:
        return postgresql_database(url)
    raise WrongSetting(f"{PREFIX}DATABASE: {scheme!r} is neither sqlite nor postgresql")


def sqlite_database(name: str) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": name,
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": 30,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16000; "
            "PRAGMA mmap_size=67108864; PRAGMA busy_timeout=30000;",
        },
    }


PREPARED_AFTER = 3
"""How often a connection runs a statement before PostgreSQL keeps its plan: planning costs more than most of them."""


def postgresql_database(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    host = unquote(parts.hostname or options.pop("host", ""))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or options.pop("port", "")),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**options, "server_side_binding": True, "prepare_threshold": PREPARED_AFTER},
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    host: str
    port: int
    user: str
    password: str
    is_encrypted: bool


def parse_mail_server(url: str) -> MailServer:
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtp+plain"} or not parts.hostname:
        raise WrongSetting(f"{PREFIX}EMAIL: write smtp://user:password@host:587")
    return MailServer(
        host=parts.hostname,
        port=parts.port or 587,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        is_encrypted=parts.scheme == "smtp",
    )


@lru_cache(maxsize=1)
def current() -> Config:
    """The settings of this process, read once."""
    return Config.from_environment(os.environ)
