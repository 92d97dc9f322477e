"""Every change leaves an entry, in the same transaction, chained to the one before.

Call `record` as the last statement of a service's transaction::

    with transaction.atomic():
        DisplaySet.objects.filter(pk=pk).update(order=order)
        audit.record(actor, "change order", target=("display set", pk), stream=f"study:{study}",
                     before={"order": old}, after={"order": order})

Entries of one ``stream`` form one chain, and two writers of one stream wait for each other; a stream is a study
(``study:<pk>``), a reader's answers in it (``answers:<study>:<user>``), an account or the platform.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from readroom.server.db.models import AuditEntry, AuditStream
from readroom.server.domain.audit_chains import FIELDS, Break, canonical, chained_digest, find_breaks
from readroom.server.services import raw_rows
from readroom.server.services.access import Actor

_HEAD = "SELECT length, digest FROM readroom_auditstream WHERE name = %s "
_ADD = """
INSERT INTO readroom_auditentry ({}, digest) VALUES ({})
""".format(", ".join(FIELDS), raw_rows.places((*FIELDS, "digest")))
_MOVE = "UPDATE readroom_auditstream SET length = %s, digest = %s WHERE name = %s"
"""By hand, because every change writes them: composing them anew takes longer than doing them."""


def record(
    actor: Actor,
    act: str,
    *,
    target: tuple[str, UUID | int | str],
    stream: str = "platform",
    before: Any = None,  # noqa: ANN401 - any JSON
    after: Any = None,  # noqa: ANN401 - any JSON
    why: str = "",
    along: Sequence[raw_rows.Statement] = (),
) -> None:
    """Write one entry at the end of its stream; must run inside the transaction of the change.

    What is given as ``along`` is the change itself, where it is a matter of statements: they make one journey.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("an audit entry belongs into the transaction of its change")
    head = locked_head(stream)
    entry: dict[str, Any] = {
        "stream": stream,
        "position": head.length + 1,
        "at": timezone.now(),
        "actor_id": actor.id,
        "actor_name": actor.username,
        "act": act,
        "target_kind": target[0],
        "target_id": str(target[1]),
        "before": to_text(before),
        "after": to_text(after),
        "why": why,
    }
    digest = chained_digest(head.digest, entry)
    written = entry | {"at": connection.ops.adapt_datetimefield_value(entry["at"]), "digest": digest}
    raw_rows.write_together(*along, (_MOVE, [entry["position"], digest, stream]), (_ADD, list(written.values())))


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a stream."""

    length: int
    digest: str


def locked_head(stream: str) -> Head:
    """The end of a stream, locked until the transaction ends."""
    sql = _HEAD + connection.ops.for_update_sql() if connection.features.has_select_for_update else _HEAD
    found = raw_rows.read(sql, [stream])
    if not found:
        AuditStream.objects.bulk_create([AuditStream(name=stream)], ignore_conflicts=True)
        found = raw_rows.read(sql, [stream])
    return Head(*found[0])


def is_same(before: Any, after: Any) -> bool:  # noqa: ANN401 - any JSON
    """Whether two states read the same in the trail; Python itself takes 1, 1.0 and true for equal."""
    return to_text(before) == to_text(after)


def to_text(value: Any) -> str:  # noqa: ANN401 - any JSON
    """JSON as text, which every database gives back letter for letter; ids and dates become text too."""
    return "" if value is None else json.dumps(value, default=str, sort_keys=True, ensure_ascii=False)


def verify(stream: str | None = None) -> Iterator[Break]:
    """Walk the chains from their beginnings and name every entry that is altered, missing or cut off."""
    heads = AuditStream.objects.order_by("name")
    for head in heads.filter(name=stream) if stream else heads:
        entries = AuditEntry.objects.filter(stream=head.name).order_by("position")
        yield from find_breaks(entries.values(*FIELDS, "digest").iterator())
        end = entries.values_list("position", "digest").last() or (0, "")
        if end != (head.length, head.digest):
            yield Break(head.name, end[0], "the end of the chain is missing")


def read_trail(streams: Q | None = None) -> Iterator[dict[str, Any]]:
    """Entries as they were digested, in the order in which they were written; one statement, so of one moment."""
    rows = AuditEntry.objects.filter(streams) if streams else AuditEntry.objects.all()
    for entry in rows.order_by("id").values(*FIELDS, "digest").iterator():
        yield entry | {"at": canonical(entry["at"])}
