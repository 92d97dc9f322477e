"""The roles of people towards studies and archives, read from their tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.db.models import FilteredRelation, Q, QuerySet

from readroom.server.db.models import Archive, ArchiveMember, ReaderStudy, StudyMember
from readroom.server.domain.errors import NotAllowed, NotFound, NotSignedIn
from readroom.server.domain.permissions import Act, Role, may, members_who_may
from readroom.server.services import raw_rows
from readroom.server.services.access import Actor, require, standing

_ROLES: Final = """
SELECT s.is_public, m.role FROM readroom_readerstudy s
LEFT JOIN readroom_studymember m ON m.study_id = s.id AND m.user_id = %s WHERE s.id = %s
"""
_ROLES_BY_DISPLAY_SET: Final = """
SELECT s.is_public, m.role, s.id FROM readroom_displayset d JOIN readroom_readerstudy s ON s.id = d.study_id
LEFT JOIN readroom_studymember m ON m.study_id = s.id AND m.user_id = %s WHERE d.id = %s
"""


def roles_in_study(actor: Actor, study_id: UUID) -> frozenset[Role]:
    """All roles towards a study; raises `NotFound` where there is none."""
    return _found(actor, raw_rows.read(_ROLES, [actor.id or 0, study_id]))


def require_in_study(
    actor: Actor, act: Act, *, study_id: UUID, seen_by: Act | None = Act.VIEW_STUDY
) -> frozenset[Role]:
    """Raise unless the actor may do this in the study; returns the roles."""
    return _require(actor, act, partial(roles_in_study, actor, study_id), seen_by=seen_by)


def require_for_display_set(actor: Actor, act: Act, *, display_set_id: UUID, seen_by: Act) -> UUID:
    """Raise unless the actor may do this to a display set of a study; returns the study."""
    rows = raw_rows.read(_ROLES_BY_DISPLAY_SET, [actor.id or 0, display_set_id])
    _require(actor, act, lambda: _found(actor, [row[:2] for row in rows]), seen_by=seen_by)
    return UUID(raw_rows.id_text(rows[0][2]))


def roles_in_studies(actor: Actor, studies: Sequence[ReaderStudy]) -> dict[UUID, frozenset[Role]]:
    """All roles towards each of these studies, with one query."""
    held = {study.pk: [Role.PUBLIC] if study.is_public else [] for study in studies}
    rows = StudyMember.objects.filter(user_id=actor.id or 0, study_id__in=held).values_list("study_id", "role")
    for study_id, role in rows:
        held[study_id].append(Role(role))
    return {study_id: standing(actor, roles) for study_id, roles in held.items()}


def studies_where(actor: Actor, act: Act) -> QuerySet[ReaderStudy]:
    """The studies in which the actor may do something."""
    return ReaderStudy.objects.filter(_allowed(actor, act, StudyMember.objects.all(), "study_id"))


def roles_in_archive(actor: Actor, archive_id: UUID) -> frozenset[Role]:
    """All roles towards an archive; raises `NotFound` where there is none."""
    rows = (
        Archive.objects.filter(pk=archive_id)
        .annotate(mine=FilteredRelation("members", condition=Q(members__user_id=actor.id or 0)))
        .values_list("is_public", "mine__role")
    )
    return _found(actor, rows)


def require_in_archive(
    actor: Actor, act: Act, *, archive_id: UUID, seen_by: Act | None = Act.VIEW_ARCHIVE
) -> frozenset[Role]:
    """Raise unless the actor may do this in the archive; returns the roles."""
    return _require(actor, act, partial(roles_in_archive, actor, archive_id), seen_by=seen_by)


def archives_where(actor: Actor, act: Act) -> QuerySet[Archive]:
    """The archives in which the actor may do something."""
    return Archive.objects.filter(_allowed(actor, act, ArchiveMember.objects.all(), "archive_id"))


def _found(actor: Actor, rows: Iterable[Sequence[Any]]) -> frozenset[Role]:
    """Whether it is public and a stored role, row by row, as the roles of this actor."""
    found = list(rows)
    if not found:
        raise NotFound
    roles = [Role(role) for _, role in found if role and actor.id is not None]
    return standing(actor, [*roles, Role.PUBLIC] if found[0][0] else roles)


def _require(
    actor: Actor, act: Act, find_roles: Callable[[], frozenset[Role]], *, seen_by: Act | None
) -> frozenset[Role]:
    """Raise unless a role allows the act.

    Who did not say who he is learns the same of what is there and of what is not: `NotFound` where ``seen_by`` is none,
    else `NotSignedIn`.
    """
    try:
        roles = find_roles()
        require(act, roles, seen_by=seen_by)
    except (NotFound, NotAllowed):
        if not actor.is_signed_in and seen_by is not None:
            raise NotSignedIn from None
        raise
    return roles


def _allowed(actor: Actor, act: Act, members: QuerySet[Any], place: str) -> Q:
    """All for a superuser; else where a stored role allows it, or where the public may and it is public."""
    if actor.is_superuser:
        return Q()
    mine = members.filter(user_id=actor.id or 0, role__in=members_who_may(act)).values(place)
    return Q(pk__in=mine) | Q(is_public=True) if may(act, [Role.PUBLIC]) else Q(pk__in=mine)
