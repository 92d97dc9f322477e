"""Who may do what in a reader study and in an archive: one table each, permission by role."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What a person is to a study or an archive."""

    EDITOR = "editor"
    READER = "reader"
    UPLOADER = "uploader"
    USER = "user"
    PUBLIC = "public"
    """Anybody, when the study or archive is public."""


class StudyPermission(StrEnum):
    VIEW = "view study"
    VIEW_CONTENT = "view questions, display sets and images"
    ANSWER = "answer"
    ADD_DISPLAY_SETS = "add display sets"
    CHANGE = "change study"
    VIEW_ALL_ANSWERS = "view all answers"
    DELETE_ANSWERS = "delete answers"
    MANAGE_GROUND_TRUTH = "manage ground truth"
    MANAGE_PEOPLE = "manage people"
    EXPORT = "export"


class ArchivePermission(StrEnum):
    VIEW = "view archive"
    VIEW_ITEMS = "view items"
    ADD_ITEMS = "add items"
    CHANGE = "change archive"


_EDITOR, _READER, _UPLOADER, _USER, _PUBLIC = (
    Role.EDITOR,
    Role.READER,
    Role.UPLOADER,
    Role.USER,
    Role.PUBLIC,
)

STUDY: Final[Mapping[StudyPermission, frozenset[Role]]] = {
    StudyPermission.VIEW: frozenset((_EDITOR, _READER, _UPLOADER, _PUBLIC)),
    StudyPermission.VIEW_CONTENT: frozenset((_EDITOR, _READER, _UPLOADER)),
    StudyPermission.ANSWER: frozenset((_EDITOR, _READER)),
    StudyPermission.ADD_DISPLAY_SETS: frozenset((_EDITOR, _UPLOADER)),
    StudyPermission.CHANGE: frozenset((_EDITOR,)),
    StudyPermission.VIEW_ALL_ANSWERS: frozenset((_EDITOR,)),
    StudyPermission.DELETE_ANSWERS: frozenset((_EDITOR,)),
    StudyPermission.MANAGE_GROUND_TRUTH: frozenset((_EDITOR,)),
    StudyPermission.MANAGE_PEOPLE: frozenset((_EDITOR,)),
    StudyPermission.EXPORT: frozenset((_EDITOR,)),
}

ARCHIVE: Final[Mapping[ArchivePermission, frozenset[Role]]] = {
    ArchivePermission.VIEW: frozenset((_EDITOR, _UPLOADER, _USER, _PUBLIC)),
    ArchivePermission.VIEW_ITEMS: frozenset((_EDITOR, _UPLOADER, _USER)),
    ArchivePermission.ADD_ITEMS: frozenset((_EDITOR, _UPLOADER)),
    ArchivePermission.CHANGE: frozenset((_EDITOR,)),
}


def may_in_study(permission: StudyPermission, roles: Iterable[Role]) -> bool:
    return not STUDY[permission].isdisjoint(roles)


def may_in_archive(permission: ArchivePermission, roles: Iterable[Role]) -> bool:
    return not ARCHIVE[permission].isdisjoint(roles)


def roles_with(permission: StudyPermission) -> list[str]:
    """Roles of members that have a permission, for a query."""
    return sorted(role.value for role in STUDY[permission] - {Role.PUBLIC})


def archive_roles_with(permission: ArchivePermission) -> list[str]:
    return sorted(role.value for role in ARCHIVE[permission] - {Role.PUBLIC})
