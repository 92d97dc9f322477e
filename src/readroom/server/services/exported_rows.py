"""The rows that exports are made of, by hand: a study has a hundred thousand of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import timedelta
from typing import Final, NamedTuple
from uuid import UUID

from readroom.server.services import raw_rows

BY_TIME: Final = "a.created_at, a.id"
BY_READER_AND_CASE: Final = 'r.number, u.username, d."order", d.created_at, a.display_set_id'
_ROWS: Final = """
SELECT a.creator_id, u.username, r.number, r.title, CAST(a.display_set_id AS text), d.title, d."order",
  CAST(a.question_id AS text), CAST(a.value AS text),
  (SELECT CAST(t.value AS text) FROM readroom_answer t WHERE t.is_ground_truth
   AND t.display_set_id = a.display_set_id AND t.question_id = a.question_id AND t.round_id = a.round_id),
  a.score, a.last_edit_duration, a.total_edit_duration, CAST(a.image_id AS text), {created}, {modified}
FROM readroom_answer a
JOIN readroom_user u ON u.id = a.creator_id
JOIN readroom_round r ON r.id = a.round_id
JOIN readroom_displayset d ON d.id = a.display_set_id
WHERE a.study_id = %s AND NOT a.is_ground_truth AND a.question_id {among}
ORDER BY {order}
"""
"""What is true is looked up and not joined: a database that does not know yet of new truths would join them badly."""


class ExportedRow(NamedTuple):
    """One answer as the database gives it, to be written by `raw_rows`; values and truths are JSON text."""

    user_id: int
    username: str
    round_number: int
    round_title: str
    display_set_id: str
    title: str
    order: int
    question_id: str
    value: str | None
    truth: str | None
    score: float | None
    last_edit_duration: timedelta | int | None
    total_edit_duration: timedelta | int | None
    image_id: str | None
    created_at: str
    modified_at: str


def read_answers(study_id: UUID, question_ids: Collection[str], *, order: str) -> Iterator[ExportedRow]:
    """All that is exported, as one statement: a statement sees the tables as they were when it began."""
    among, ids = raw_rows.among_ids(question_ids)
    created, modified = raw_rows.moment("a.created_at"), raw_rows.moment("a.modified_at")
    sql = _ROWS.format(created=created, modified=modified, among=among, order=order)
    return map(ExportedRow._make, raw_rows.stream(sql, [study_id, *ids]))
