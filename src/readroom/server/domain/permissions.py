"""Who may do what: one table of acts and roles.

A role is always a role towards one object; `Role.MEMBER` is anybody with an account, `Role.PUBLIC` anybody at all
where the object is public, `Role.CREATOR` who made it.
"""

# ruff: noqa: COM819 - the table below is aligned by hand

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Role(StrEnum):
    READER = "reader"
    EDITOR = "editor"
    UPLOADER = "uploader"
    USER = "user"
    CREATOR = "creator"
    MEMBER = "member"
    PUBLIC = "public"


class Act(StrEnum):
    VIEW_STUDY = "view study"
    EDIT_STUDY = "edit study"
    CREATE_STUDY = "create study"
    MANAGE_PEOPLE = "manage people of study"
    VIEW_DISPLAY_SET = "view display set"
    EDIT_DISPLAY_SET = "edit display set"
    VIEW_QUESTION = "view question"
    ANSWER = "answer"
    VIEW_ANSWER = "view answer"
    EDIT_ANSWER = "edit answer"
    DELETE_ANSWER = "delete answer"
    VIEW_GROUND_TRUTH = "view ground truth"
    EDIT_GROUND_TRUTH = "edit ground truth"
    EXPORT_ANSWERS = "export answers"
    VIEW_AUDIT = "view audit"
    VIEW_ARCHIVE = "view archive"
    EDIT_ARCHIVE = "edit archive"
    CREATE_ARCHIVE = "create archive"
    VIEW_ARCHIVE_ITEM = "view archive item"
    EDIT_ARCHIVE_ITEM = "edit archive item"
    VIEW_SOCKET = "view socket"
    EDIT_SOCKET = "edit socket"
    CREATE_SOCKET = "create socket"
    VIEW_LAYOUT = "view hanging protocol or workstation config"
    EDIT_LAYOUT = "edit hanging protocol or workstation config"
    CREATE_LAYOUT = "create hanging protocol or workstation config"
    USE_UPLOAD = "use upload"
    USE_IMPORT = "use import"
    VIEW_IMAGE = "view image"
    USE_TOKEN = "use token"  # noqa: S105 - the name of an act


_R, _E, _U, _V, _C, _M, _P = Role

TABLE: dict[Act, frozenset[Role]] = {
    act: frozenset(roles)
    for act, roles in {
        # act                      reader editor uploader user creator member public
        Act.VIEW_STUDY:           (_R,    _E,    _U,                          _P),
        Act.EDIT_STUDY:           (       _E,                                   ),
        Act.CREATE_STUDY:         (                            _C,              ),
        Act.MANAGE_PEOPLE:        (       _E,                                   ),
        Act.VIEW_DISPLAY_SET:     (_R,    _E,    _U,                            ),
        Act.EDIT_DISPLAY_SET:     (       _E,    _U,                            ),
        Act.VIEW_QUESTION:        (_R,    _E,                                   ),
        Act.ANSWER:               (_R,    _E,                                   ),
        Act.VIEW_ANSWER:          (       _E,                  _C,              ),
        Act.EDIT_ANSWER:          (                            _C,              ),
        Act.DELETE_ANSWER:        (       _E,                                   ),
        Act.VIEW_GROUND_TRUTH:    (       _E,                                   ),
        Act.EDIT_GROUND_TRUTH:    (       _E,                                   ),
        Act.EXPORT_ANSWERS:       (       _E,                                   ),
        Act.VIEW_AUDIT:           (       _E,                                   ),
        Act.VIEW_ARCHIVE:         (       _E,    _U,      _V,                 _P),
        Act.EDIT_ARCHIVE:         (       _E,                                   ),
        Act.CREATE_ARCHIVE:       (                            _C,              ),
        Act.VIEW_ARCHIVE_ITEM:    (       _E,    _U,      _V,                   ),
        Act.EDIT_ARCHIVE_ITEM:    (       _E,    _U,                            ),
        Act.VIEW_SOCKET:          (                                   _M,       ),
        Act.EDIT_SOCKET:          (                            _C,              ),
        Act.CREATE_SOCKET:        (                            _C,              ),
        Act.VIEW_LAYOUT:          (                                   _M,       ),
        Act.EDIT_LAYOUT:          (                            _C,              ),
        Act.CREATE_LAYOUT:        (                                   _M,       ),
        Act.USE_UPLOAD:           (                            _C,              ),
        Act.USE_IMPORT:           (                            _C,              ),
        Act.VIEW_IMAGE:           (_R,    _E,    _U,      _V,  _C,              ),
        Act.USE_TOKEN:            (                            _C,              ),
    }.items()
}  # fmt: skip
"""Act -> the roles towards the object that allow it."""


def may(act: Act, roles: Iterable[Role]) -> bool:
    return not TABLE[act].isdisjoint(roles)


def members_who_may(act: Act) -> list[str]:
    """Roles that are stored with a study or an archive and allow an act, for a query."""
    return sorted(role.value for role in TABLE[act] & {Role.READER, Role.EDITOR, Role.UPLOADER, Role.USER})
