"""Who may do what: one table of acts and roles, and the person that acts.

A service verb takes ``actor`` first, finds the actor's roles towards the object, and asks the table::

    roles = studies.roles_towards(actor, study_id)          # e.g. {Role.READER, Role.MEMBER}
    access.require(Act.EDIT_STUDY, roles, seen_by=Act.VIEW_STUDY)

`require` raises `NotFound` for an object that the actor may not even see and `NotAllowed` for one he may see only.
A role is always a role towards one object; `Role.MEMBER` is anybody with an account, `Role.PUBLIC` anybody at all
where the object is public, `Role.CREATOR` who made it. A superuser has every role; staff has none by being staff.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from readroom.server.domain.errors import NotAllowed, NotFound, NotSignedIn
from readroom.server.domain.permissions import TABLE, Act, Role, may

__all__ = [
    "ANONYMOUS",
    "SYSTEM",
    "TABLE",
    "Act",
    "Actor",
    "Role",
    "Scope",
    "may",
    "require",
    "require_signed_in",
    "standing",
]


class Scope(StrEnum):
    """What a token may be limited to; a token without scopes may do all that its person may."""

    READ = "read"
    UPLOAD = "upload"
    ANSWER = "answer"
    WRITE = "write"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts: read once per request, as plain values. ``id`` is None for nobody and for the platform itself."""

    id: int | None
    username: str = ""
    is_superuser: bool = False
    is_staff: bool = False
    may_create_studies: bool = False
    may_create_archives: bool = False
    scopes: frozenset[str] = frozenset()
    is_system: bool = False

    @property
    def is_signed_in(self) -> bool:
        return self.id is not None

    def user_id(self) -> int:
        """The id of the account; raises `NotSignedIn` for nobody."""
        if self.id is None:
            raise NotSignedIn
        return self.id


ANONYMOUS = Actor(id=None)
SYSTEM = Actor(id=None, username="readroom", is_superuser=True, is_system=True)
"""The platform itself: its worker and its commands."""


def standing(actor: Actor, roles: Iterable[Role] = (), *, creator_id: int | None = None) -> frozenset[Role]:
    """All roles of an actor towards an object: those of the study or archive, and what follows from being who he is."""
    if actor.is_superuser:
        return frozenset(Role)
    found = set(roles)
    if actor.is_signed_in:
        found.add(Role.MEMBER)
        if creator_id == actor.id:
            found.add(Role.CREATOR)
    return frozenset(found)


def require(act: Act, roles: Iterable[Role], *, seen_by: Act | None = None) -> None:
    """Raise unless one of the roles allows the act: `NotFound` without the right ``seen_by``, else `NotAllowed`."""
    held = frozenset(roles)
    if may(act, held):
        return
    if seen_by is not None and may(seen_by, held):
        raise NotAllowed
    raise NotFound


def require_signed_in(actor: Actor) -> int:
    return actor.user_id()
