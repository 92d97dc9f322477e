"""The budget of a study: how much reading its answers have cost so far, and whether there is any left."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.db.models import Sum

from readroom.server.db.models import Answer
from readroom.server.domain.studies import check_budget, credits_for


def credits_used(study_ids: Iterable[UUID]) -> dict[UUID, float]:
    """What the answers of readers have cost, by study."""
    wanted = list(study_ids)
    if not wanted:
        return {}
    rows = Answer.objects.filter(study_id__in=wanted, is_ground_truth=False).values("study_id")
    found = dict(rows.annotate(time=Sum("total_edit_duration")).values_list("study_id", "time"))
    return {pk: credits_for(found.get(pk) or timedelta()) for pk in wanted}


def require_budget(study_id: UUID, *, maximum: int | None, is_editor: bool) -> None:
    """Raise when the study has a budget and it is used up."""
    if maximum is not None:
        check_budget(used=credits_used([study_id])[study_id], maximum=maximum, is_editor=is_editor)
