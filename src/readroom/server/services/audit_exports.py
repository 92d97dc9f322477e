"""What was done, to take away: who, when, what, before, after, why, and the digests that prove it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from operator import itemgetter
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from readroom.server.domain.audit_chains import FIELDS
from readroom.server.domain.errors import Invalid
from readroom.server.domain.permissions import Act
from readroom.server.services import audit
from readroom.server.services.access import Actor
from readroom.server.services.csv_files import to_csv
from readroom.server.services.roles import require_in_study
from readroom.server.services.studies import stream_of

BATCH: Final = 1000
COLUMNS: Final = (*FIELDS, "digest")


def export_trail_of_study(actor: Actor, *, study_id: UUID, kind: str) -> Iterator[bytes]:
    """All that was done to a study and its answers, in the order in which it was done; taking it away is noted too."""
    require_in_study(actor, Act.VIEW_AUDIT, study_id=study_id)
    if kind not in WRITERS:
        raise Invalid(f"Choose one of {', '.join(WRITERS)}.", field="format")
    with transaction.atomic():
        audit.record(
            actor,
            "export audit trail",
            target=("study", study_id),
            stream=stream_of(study_id),
            after={"format": kind},
        )
    return WRITERS[kind](audit.read_trail(Q(stream=stream_of(study_id)) | Q(stream__startswith=f"answers:{study_id}:")))


def write_lines(entries: Iterator[Mapping[str, Any]]) -> Iterator[bytes]:
    """One JSON object per line, from which the chains can be checked again."""
    while batch := list(islice(entries, BATCH)):
        yield "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in batch).encode()


def write_table(entries: Iterator[Mapping[str, Any]]) -> Iterator[bytes]:
    """A table to read."""
    return to_csv(COLUMNS, map(itemgetter(*COLUMNS), entries))


WRITERS: Final[Mapping[str, Callable[[Iterator[Mapping[str, Any]]], Iterator[bytes]]]] = {
    "jsonl": write_lines,
    "csv": write_table,
}
