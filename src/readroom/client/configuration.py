"""Where the server is and with which token, when a script does not say."""

from __future__ import annotations

import ipaddress
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from readroom.client.errors import ConfigurationError

DEFAULT_BASE_URL = "https://localhost:8443/api/v1/"
API_PATH = "/api/v1/"
TOKEN_VARIABLES = ("READROOM_TOKEN", "GRAND_CHALLENGE_AUTHORIZATION")
MAX_TOKEN_WORDS = 2


def configuration_file() -> Path:
    """The file that `readroom token` writes: ``~/.config/readroom/config.toml``, or `READROOM_CONFIG`."""
    home = Path(os.environ.get("XDG_CONFIG_HOME", Path.home() / ".config"))
    return Path(os.environ.get("READROOM_CONFIG", home / "readroom" / "config.toml"))


def state_folder() -> Path:
    """Where what a later run needs is kept, when it cannot stand beside the files it is about."""
    return Path(os.environ.get("XDG_STATE_HOME", Path.home() / ".local" / "state")) / "readroom"


def read_configuration() -> Mapping[str, Any]:
    path = configuration_file()
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is not readable: {error}; correct it or delete it") from error


def write_configuration(*, base_url: str, token: str, verify: str = "") -> Path:
    """Keep address, token and certificate for later scripts, readable by their owner alone."""
    path = configuration_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    values = {"base_url": base_url, "token": token, "verify": verify}
    lines = [f"{name} = {quoted(value)}\n" for name, value in values.items() if value]
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.writelines(lines)
    path.chmod(0o600)
    return path


def kept_for(base_url: str) -> Mapping[str, Any]:
    """What is kept, when it is of this server: a token goes to no other."""
    kept = read_configuration()
    return kept if is_same_server(httpx.URL(str(kept.get("base_url", ""))), httpx.URL(base_url)) else {}


def is_same_server(address: httpx.URL, base_url: httpx.URL) -> bool:
    return (address.scheme, address.host, address.port) == (base_url.scheme, base_url.host, base_url.port)


def quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def find_token(token: str, base_url: str) -> str:
    """The token to send: the argument, the environment, the key ring, the configuration file, in this order."""
    found = token or next((os.environ[name] for name in TOKEN_VARIABLES if os.environ.get(name)), "")
    found = found or token_of_keyring(base_url) or str(kept_for(base_url).get("token", ""))
    words = found.split()
    if not words:
        raise ConfigurationError(
            f"There is no token for {base_url}: pass token=..., set READROOM_TOKEN, or run `readroom token` once to "
            "keep one"
        )
    if len(words) > MAX_TOKEN_WORDS:
        raise ConfigurationError("The token has more than two words; copy it again from your account page")
    return words[-1]


def keep_in_keyring(base_url: str, token: str) -> None:
    """Let the operating system keep the token for this server."""
    try:
        import keyring
    except ImportError as error:
        raise ConfigurationError("The key ring needs more: pip install 'readroom[keyring]'") from error
    try:
        keyring.set_password("readroom", base_url, token)
    except keyring.errors.KeyringError as error:
        raise ConfigurationError(f"This machine has no key ring that can be used: {error}") from error


def token_of_keyring(base_url: str) -> str:
    """Token that the operating system keeps for this server, when the `keyring` extra is installed."""
    try:
        import keyring
    except ImportError:
        return ""
    try:
        return keyring.get_password("readroom", base_url) or ""
    except keyring.errors.KeyringError:
        return ""


def find_base_url(base_url: str) -> str:
    """The address to use, with the slash at its end that joining needs; the path may be left out."""
    found = base_url or os.environ.get("READROOM_BASE_URL", "") or str(read_configuration().get("base_url", ""))
    found = found or DEFAULT_BASE_URL
    address = httpx.URL(found if found.endswith("/") else f"{found}/")
    if address.path == "/":
        address = address.join(API_PATH)
    if address.scheme == "https" or (address.scheme == "http" and is_loopback(address.host)):
        return str(address)
    raise ConfigurationError(
        f"The address {found!r} is not safe: use https:// (plain http is allowed on this machine only)"
    )


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def find_verify(verify: bool | str | Path, base_url: str) -> bool | str:  # noqa: FBT001 - the argument of httpx and gcapi
    """What to check the server's certificate with: True, False, or the file of a private authority."""
    kept = str(kept_for(base_url).get("verify", ""))
    chosen = verify if verify is not True or not kept else kept
    if isinstance(chosen, bool):
        return chosen
    if not Path(chosen).exists():
        raise ConfigurationError(f"There is no certificate {chosen}; a server keeps its own in DATA/tls/ca.pem")
    return str(Path(chosen).resolve())
