"""What can be wrong with a request, as one tree.

```
Refusal                      the act was not done, and nothing has changed
├── NotSignedIn              nobody, or a token that is not valid
├── NotFound                 absent, or not for this person's eyes
├── NotAllowed               visible, but not this person's to change
├── Invalid                  the request contradicts a rule; `errors` says which field and why
├── Locked                   correct, but the object may no longer be changed
├── Busy                     another act holds the object, or the limit of pending work is reached
│   └── TooManyAttempts      the same was tried too often in a short time
├── TooLarge                 more bytes than the limit allows
└── StorageFull              no space for more
```

The docstring of each class is its default message.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

OBJECT = "non_field_errors"


class Refusal(Exception):
    """The request was refused."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or inspect.getdoc(type(self)))

    @property
    def message(self) -> str:
        return str(self)


class NotSignedIn(Refusal):
    """Authentication credentials were not provided or are not valid."""


class NotFound(Refusal):
    """Not found."""


class NotAllowed(Refusal):
    """You do not have permission to perform this action."""


class Invalid(Refusal):
    """The request is not valid."""

    def __init__(self, message: str | None = None, *, field: str = OBJECT) -> None:
        super().__init__(message)
        self.errors: Mapping[str, Any] = {field: [self.message]}

    @classmethod
    def of(cls, errors: Mapping[str, Any]) -> Invalid:
        """Several fields at once, each with the list of what is wrong with it."""
        error = cls("; ".join(f"{field}: {reasons}" for field, reasons in errors.items()))
        error.errors = dict(errors)
        return error


class Locked(Refusal):
    """This can no longer be changed."""


class Busy(Refusal):
    """Too much work is pending; try again later."""

    def __init__(self, message: str | None = None, *, retry_after: int = 10) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class TooManyAttempts(Busy):
    """This was tried too often; wait a few minutes."""


class TooLarge(Refusal):
    """The request is larger than the limit."""


class StorageFull(Refusal):
    """The server's storage is full; nothing was lost. Ask its operator to make room, then try again."""
