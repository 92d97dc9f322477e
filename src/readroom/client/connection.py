"""One connection to one server: requests, replies, errors."""

from __future__ import annotations

import contextlib
import ssl
import uuid
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import orjson

from readroom.client.configuration import find_base_url, find_token, find_verify, is_same_server
from readroom.client.errors import ConfigurationError, ConnectionFailed, refusal
from readroom.client.retries import RetryStrategy, RetryTransport, SelectiveBackoffStrategy

JSON = "application/json"


class Connection:
    """Sends requests with the token to the one server it belongs to, and nothing to any other.

    Parameters
    ----------
    token, base_url, verify, timeout, retry_strategy
        As `readroom.Client` takes them.
    transport : httpx.BaseTransport, optional
        What carries the requests; `readroom.client.testing.ServerDouble` in tests.
    """

    def __init__(
        self,
        *,
        token: str = "",
        base_url: str = "",
        verify: bool | str | Path = True,
        timeout: float = 60.0,
        retry_strategy: Callable[[], RetryStrategy] | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.base_url = httpx.URL(find_base_url(base_url))
        token_auth = TokenAuth(find_token(token, str(self.base_url)), self.base_url)
        self.verify = find_verify(verify, str(self.base_url))
        self.context = certificates(self.verify)
        carrier = transport or httpx.HTTPTransport(verify=self.context, limits=httpx.Limits(max_connections=32))
        self.http = httpx.Client(
            transport=RetryTransport(carrier, strategy=retry_strategy or SelectiveBackoffStrategy()),
            base_url=self.base_url,
            timeout=timeout,
            auth=token_auth,
            headers={"Accept": JSON},
        )

    def close(self) -> None:
        self.http.close()

    def url(self, path_or_url: str) -> httpx.URL:
        """Absolute address; refuses one of another server, so that the token never goes there."""
        address = self.base_url.join(path_or_url)
        if is_same_server(address, self.base_url):
            return address
        place = self.base_url.netloc.decode()
        raise ConfigurationError(f"{address} is not on {place}; the token is not sent to another server")

    def send(
        self,
        method: str,
        path_or_url: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        content: bytes | None = None,
        extra_headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send a request of the API; raises the right `RequestRefused` for an error."""
        headers = dict(extra_headers or {})
        if method == "POST":
            headers.setdefault("Idempotency-Key", str(uuid.uuid4()))
        with connection_errors(self.base_url):
            response = self.http.request(
                method, self.url(path_or_url), params=params, json=json, content=content, headers=headers
            )
        if not response.is_success:
            raise refusal(response)
        return response

    def request(self, method: str, path_or_url: str, **options: Any) -> Any:
        """Send a request and parse the JSON of its reply; a reply that is not JSON is returned whole."""
        return content(self.send(method, path_or_url, **options))

    @contextlib.contextmanager
    def stream(self, url: str, *, extra_headers: Mapping[str, str] | None = None) -> Iterator[httpx.Response]:
        """Open a download of this server; redirects to a store are followed without the token."""
        headers = {"Accept": "*/*", "Accept-Encoding": "identity", **(extra_headers or {})}
        with (
            connection_errors(self.base_url),
            self.http.stream("GET", self.url(url), headers=headers, follow_redirects=True) as response,
        ):
            if not response.is_success:
                response.read()
                raise refusal(response)
            yield response

    def put(self, url: str, *, content: Iterator[bytes], size: int) -> httpx.Response:
        """Send a part of a file to the address the server gave, which carries its own permission."""
        with connection_errors(self.base_url):
            return self.http.put(
                self.base_url.join(url), content=content, headers={"Content-Length": str(size)}, auth=httpx.Auth()
            )


class TokenAuth(httpx.Auth):
    """Adds the token to requests of its own server, and to no other."""

    def __init__(self, token: str, base_url: httpx.URL) -> None:
        self._token = token
        self._base_url = base_url

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if is_same_server(request.url, self._base_url):
            request.headers.setdefault("Authorization", f"BEARER {self._token}")
        yield request


def content(response: httpx.Response) -> Any:
    """JSON of a reply, or the reply whole; what only a lenient parser reads, as NaN, is read by one."""
    if response.headers.get("Content-Type", "").partition(";")[0] != JSON:
        return response
    try:
        return orjson.loads(response.content)
    except orjson.JSONDecodeError:
        return response.json()


@contextlib.contextmanager
def connection_errors(base_url: httpx.URL) -> Iterator[None]:
    """Turn a lost connection into an error that says what to check."""
    try:
        yield
    except httpx.TransportError as error:
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            raise ConnectionFailed(
                f"{base_url.host} has a certificate that is not known here. If it is a server of your own, "
                "give the file of its authority: verify='DATA/tls/ca.pem', or --verify in the shell"
            ) from error
        raise ConnectionFailed(
            f"{base_url.host} did not answer ({str(error) or type(error).__name__}); check the address and the network"
        ) from error


def certificates(verify: bool | str) -> ssl.SSLContext | bool:  # noqa: FBT001 - the argument of httpx and gcapi
    if isinstance(verify, bool):
        return verify
    if Path(verify).is_dir():
        return ssl.create_default_context(capath=verify)
    return ssl.create_default_context(cafile=verify)
