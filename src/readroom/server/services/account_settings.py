"""A person's own settings of the viewer, which follow the account from one computer to the next.

What the settings are called and mean is the business of the pages; the platform keeps them small and its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from django.db import transaction

from readroom.server.db.models import AccountSettings
from readroom.server.domain.errors import Invalid, TooLarge
from readroom.server.domain.json_values import as_given, check_json
from readroom.server.services import audit
from readroom.server.services.access import Actor

MAXIMUM_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Kept:
    """The settings, and how often they were changed: 0 is never."""

    settings: Mapping[str, Any]
    version: int


def show_settings(actor: Actor) -> Kept:
    row = AccountSettings.objects.filter(user_id=actor.user_id()).first()
    return Kept(row.settings, row.version) if row else Kept({}, 0)


def keep_settings(actor: Actor, *, settings: Mapping[str, Any]) -> Kept:
    """Put these in the place of all that were there; of two writers the last one wins."""
    user_id = actor.user_id()
    _check(settings)
    with transaction.atomic():
        AccountSettings.objects.bulk_create([AccountSettings(user_id=user_id)], ignore_conflicts=True)
        row = AccountSettings.objects.select_for_update().get(user_id=user_id)
        before, after = _written(row.settings), _written(settings)
        changed = [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]
        if not changed:
            return Kept(row.settings, row.version)
        former, row.settings, row.version = row.settings, dict(settings), row.version + 1
        row.save()
        audit.record(
            actor,
            "change own settings",
            target=("account", user_id),
            stream=f"account:{user_id}",
            before={name: former[name] for name in changed if name in former},
            after={name: settings[name] for name in changed if name in settings},
        )
    return Kept(row.settings, row.version)


def _written(settings: Mapping[str, Any]) -> dict[str, bytes]:
    """Entries as text, because Python takes 1 and true for the same."""
    return {name: orjson.dumps(as_given(value), option=orjson.OPT_SORT_KEYS) for name, value in settings.items()}


def _check(settings: Mapping[str, Any]) -> None:
    try:
        check_json(settings)
        size = len(orjson.dumps(settings))
    except Invalid as error:
        raise Invalid(error.message, field="settings") from None
    if size > MAXIMUM_BYTES:
        raise TooLarge(f"Settings of an account are at most {MAXIMUM_BYTES // 1024} KiB of JSON; these are more.")
