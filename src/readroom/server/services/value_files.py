"""Files that stand in sockets, for everybody who may view what holds them."""

from __future__ import annotations

from dataclasses import dataclass

from readroom.server.db.models import SocketValue
from readroom.server.domain.errors import NotFound
from readroom.server.domain.permissions import Act, may
from readroom.server.services.access import Actor
from readroom.server.services.roles import roles_in_archive, roles_in_study


@dataclass(frozen=True, slots=True)
class ValueFile:
    """Where the bytes are and what the file is called."""

    key: str
    name: str


def find_file(actor: Actor, *, value_id: int, name: str) -> ValueFile:
    rows = SocketValue.objects.filter(pk=value_id, file__isnull=False, file_name=name)
    row = rows.select_related("display_set", "archive_item").first()
    if row is None or row.file_id is None:
        raise NotFound
    if row.display_set is not None:
        is_visible = may(Act.VIEW_DISPLAY_SET, roles_in_study(actor, row.display_set.study_id))
    elif row.archive_item is not None:
        is_visible = may(Act.VIEW_ARCHIVE_ITEM, roles_in_archive(actor, row.archive_item.archive_id))
    else:
        is_visible = False
    if not is_visible:
        raise NotFound
    return ValueFile(row.file_id, row.file_name)
