"""What can go wrong between a script and a server, as one tree.

```
ReadroomError
├── ConfigurationError             no token, or an address that cannot be used
├── ConnectionFailed               the server did not answer
├── RequestRefused                 the server answered with an error (also an httpx.HTTPStatusError)
│   ├── InvalidRequest             400: one sentence per field
│   │   └── TooManyUploads         400: the server asks to wait until uploads are processed
│   ├── NotAuthenticated           401: the token is unknown or expired
│   ├── PermissionDenied           403
│   ├── NotFound                   404
│   ├── Throttled                  429, after all retries
│   └── ServerFailed               5xx, after all retries
├── ObjectNotFound                 nothing matches
│   ├── NotFound                   (the same class as above)
│   └── SocketNotFound             no socket has this slug
├── MultipleObjectsReturned        more than one object matches
├── UploadRefused                  files of a case were not taken; `reasons` says why
├── ChecksumMismatch               what arrived is not what was sent
└── NotReady                       waiting ended before everything was processed; `reasons` says why
```

Catch `ReadroomError` to catch them all.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import httpx

__all__ = [
    "ChecksumMismatch",
    "ConfigurationError",
    "ConnectionFailed",
    "GCAPIError",
    "InvalidRequest",
    "MultipleObjectsReturned",
    "NotAuthenticated",
    "NotFound",
    "NotReady",
    "ObjectNotFound",
    "PermissionDenied",
    "ReadroomError",
    "RequestRefused",
    "ServerFailed",
    "SocketNotFound",
    "Throttled",
    "TooManyUploads",
    "UploadRefused",
]

UPLOAD_LIMIT_WORDS = "you have created too many uploads"
"""What a server of this API says, in a 400, when uploads wait to be processed."""


class ReadroomError(Exception):
    """Something went wrong between this script and the server."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or inspect.getdoc(type(self)))


GCAPIError = ReadroomError
"""The root by the name it has in gcapi."""


class ConfigurationError(ReadroomError, RuntimeError):
    """The client cannot be used as it is set up."""


class ConnectionFailed(ReadroomError, ConnectionError):
    """The server did not answer; check the address, the network and the certificate."""


class ObjectNotFound(ReadroomError, LookupError):
    """Nothing matches; check the slug or the id, and that this token may see it."""


class SocketNotFound(ObjectNotFound):
    """No socket has this slug."""

    def __init__(self, message: str | None = None, *, slug: str) -> None:
        super().__init__(message or f"There is no socket with the slug {slug!r}; list them with client.interfaces.")
        self.slug = slug


class MultipleObjectsReturned(ReadroomError, LookupError):
    """More than one object matches; ask for one by its pk."""


class ChecksumMismatch(ReadroomError):
    """What arrived is not what was sent; try again."""


class _WithReasons(ReadroomError):
    def __init__(self, message: str | None = None, *, reasons: Sequence[str] = ()) -> None:
        lines = [message or inspect.getdoc(type(self)) or "", *(f"- {reason}" for reason in reasons)]
        super().__init__("\n".join(lines))
        self.reasons = tuple(reasons)


class UploadRefused(_WithReasons):
    """Files were not taken."""


class NotReady(_WithReasons):
    """Not everything was processed."""


class RequestRefused(ReadroomError, httpx.HTTPStatusError):
    """The server refused the request.

    Attributes
    ----------
    response : httpx.Response
        The whole reply.
    reasons : tuple of str
        What the server said, a sentence per field.
    """

    remedy: ClassVar[str] = ""

    def __init__(self, message: str, *, request: httpx.Request, response: httpx.Response) -> None:
        self.reasons = tuple(to_sentences(response_content(response)))
        said = " ".join(self.reasons) or f"{response.status_code} {response.reason_phrase}"
        remedy = f" {self.remedy}" if self.remedy else ""
        httpx.HTTPStatusError.__init__(self, f"{message}: {said}{remedy}", request=request, response=response)


class InvalidRequest(RequestRefused):
    """The server did not accept what was sent."""


class TooManyUploads(InvalidRequest):
    """The server asks to wait until earlier uploads are processed."""


class NotAuthenticated(RequestRefused):
    """The token is unknown or expired."""

    remedy = "Make a new token on your account page; `readroom token` keeps it."


class PermissionDenied(RequestRefused):
    """This token may not do that."""

    remedy = "Ask an editor of the study, or look at what the token may do."


class NotFound(RequestRefused, ObjectNotFound):
    """There is nothing at this address, or this token may not see it."""

    remedy = "There is none, or this token may not see it."


class Throttled(RequestRefused):
    """The server asks to slow down."""


class ServerFailed(RequestRefused):
    """The server failed; its log says why."""


BY_STATUS: Mapping[int, type[RequestRefused]] = {
    400: InvalidRequest,
    401: NotAuthenticated,
    403: PermissionDenied,
    404: NotFound,
    429: Throttled,
}


def response_content(response: httpx.Response) -> Any:
    """JSON of a reply, or None when it has none."""
    try:
        return response.json()
    except (ValueError, httpx.ResponseNotRead):
        return None


def to_sentences(content: Any, field: str = "") -> Iterator[str]:
    """Flatten the server's field errors into sentences that name the field.

    Examples
    --------
    >>> list(to_sentences({"title": ["Too long."], "detail": "No."}))
    ['title: Too long.', 'No.']
    """
    if isinstance(content, str):
        yield f"{field}: {content}" if field else content
    elif isinstance(content, Mapping):
        for key, value in content.items():
            is_general = key in ("detail", "non_field_errors", "__all__")
            yield from to_sentences(value, field if is_general else f"{field}.{key}".strip("."))
    elif isinstance(content, Sequence):
        for index, value in enumerate(content):
            is_item = isinstance(value, Mapping | list)
            yield from to_sentences(value, f"{field}[{index}]" if is_item else field)


def refusal(response: httpx.Response) -> RequestRefused:
    """The right error for a reply with an error status."""
    request = response.request
    kind = BY_STATUS.get(response.status_code, ServerFailed if response.is_server_error else RequestRefused)
    if kind is InvalidRequest and UPLOAD_LIMIT_WORDS in response.text.lower():
        kind = TooManyUploads
    return kind(f"{request.method} {request.url.path}", request=request, response=response)
