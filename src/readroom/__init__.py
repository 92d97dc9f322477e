"""Reader studies for medical images: the client.

>>> import readroom
>>> client = readroom.Client(base_url="https://localhost:8443/api/v1/")  # doctest: +SKIP

`import readroom as gcapi` runs scripts that were written for gcapi. Names are loaded when they are first used, so that
importing the package costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from readroom.client import CaseOutcome, CasePlan, Client, SocketValueSpec, Unset, errors

__all__ = ["CaseOutcome", "CasePlan", "Client", "SocketValueSpec", "Unset", "__version__", "errors"]

__version__ = "0.1.0"

MODULES = {"errors": "errors", "exceptions": "errors", "models": "models", "retries": "retries"}
"""Modules of the client by the names they have here; scripts of gcapi know three of them."""


def __getattr__(name: str) -> Any:  # noqa: ANN401 - one of the names above
    if name in MODULES:
        return importlib.import_module(f"readroom.client.{MODULES[name]}")
    if name in __all__:
        return getattr(importlib.import_module("readroom.client"), name)
    raise AttributeError(f"readroom has no {name!r}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return [*globals(), *__all__]
