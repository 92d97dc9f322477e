"""Display sets: add, fill, change, delete. What readers have answered can no longer change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from readroom.server.db.models import Answer, DisplaySet, Import, ImportTarget, ReaderStudy, RefusedValue, SocketValue
from readroom.server.domain.errors import Invalid, Locked, NotFound, NotSignedIn, Refusal
from readroom.server.domain.json_values import is_text
from readroom.server.domain.ordering import check_order, next_order
from readroom.server.domain.permissions import Act
from readroom.server.services import audit
from readroom.server.services.access import Actor
from readroom.server.services.display_set_rows import (
    find_row,
    is_answered,
    writing_title_and_order,
)
from readroom.server.services.readiness import PENDING
from readroom.server.services.roles import require_for_display_set, require_in_study
from readroom.server.services.socket_values import Changes, Source, apply_sources, contents_of, remove_all_but
from readroom.server.services.studies import stream_of, study_of

LONGEST_TITLE: Final = 255
HAS_ANSWERS: Final = "This display set cannot be changed, as answers for it already exist."
SAME_TITLE: Final = "A display set with this title already exists in this reader study."


@dataclass(frozen=True, slots=True, kw_only=True)
class DisplaySetChange:
    """What is to become of a display set; `None` leaves a part as it is."""

    title: str | None = None
    order: int | None = None
    sources: Sequence[Source] | None = None
    is_replacement: bool = False
    """Empty the sockets that are not named, and the title when it is not given."""


def create_display_set(
    actor: Actor,
    *,
    study_id: UUID,
    title: str = "",
    order: int = 0,
    sources: Sequence[Source] = (),
    display_set_id: UUID | None = None,
) -> DisplaySet:
    """Add a display set, filled or empty, all or nothing."""
    try:
        require_in_study(actor, Act.EDIT_DISPLAY_SET, study_id=study_id)
    except NotSignedIn:
        raise
    except Refusal as error:
        raise Invalid("You may not add display sets to this reader study.", field="reader_study") from error
    with transaction.atomic(), _unique_title():
        ReaderStudy.objects.select_for_update().get(pk=study_id)
        display_set = DisplaySet(
            study_id=study_id,
            title=check_title(title),
            order=check_order(order) or next_free_order(study_id),
            created_at=timezone.now(),
        )
        if display_set_id is not None:
            display_set.id = display_set_id
        _refuse_same_title(display_set)
        display_set.save(force_insert=True)
        changes = apply_sources(actor, display_set, sources)
        audit.record(
            actor,
            "add display set",
            target=("display set", display_set.id),
            stream=stream_of(study_id),
            after={"title": display_set.title, "order": display_set.order, "values": changes.after},
        )
    return display_set


def change_display_set(actor: Actor, *, display_set_id: UUID, change: DisplaySetChange, why: str = "") -> DisplaySet:
    study_id = _require_change(actor, display_set_id)
    with transaction.atomic(), _unique_title():
        if change.order == 0:
            ReaderStudy.objects.select_for_update().get(pk=study_id)
        display_set = find_row(display_set_id, is_locked=True)
        if display_set is None:
            raise NotFound
        refuse_when_answered(display_set_id)
        before = {"title": display_set.title, "order": display_set.order}
        _rename_and_move(display_set, change)
        changes = _change_values(actor, display_set, change)
        after = {"title": display_set.title, "order": display_set.order}
        if audit.is_same([before, changes.before], [after, changes.after]):
            return display_set
        audit.record(
            actor,
            "change display set",
            target=("display set", display_set_id),
            stream=stream_of(study_id),
            before=before | {"values": changes.before},
            after=after | {"values": changes.after},
            why=why,
            along=[writing_title_and_order(display_set)],
        )
    return display_set


def delete_display_set(actor: Actor, *, display_set_id: UUID, why: str = "") -> None:
    study_id = _require_change(actor, display_set_id)
    with transaction.atomic():
        display_set = DisplaySet.objects.select_for_update().filter(pk=display_set_id).first()
        if display_set is None:
            raise NotFound
        refuse_when_answered(display_set_id)
        values = contents_of(SocketValue.objects.filter(display_set=display_set)).get(display_set_id, {})
        display_set.delete()
        audit.record(
            actor,
            "delete display set",
            target=("display set", display_set_id),
            stream=stream_of(study_id),
            before={"title": display_set.title, "order": display_set.order, "values": values},
            why=why,
        )


def delete_unanswered_display_sets(
    actor: Actor, *, study_id: UUID, display_set_ids: Iterable[UUID] | None = None
) -> list[UUID]:
    """Delete those of the given display sets (or of all) that have no answers; returns the deleted ones."""
    require_in_study(actor, Act.EDIT_DISPLAY_SET, study_id=study_id)
    with transaction.atomic():
        rows = DisplaySet.objects.select_for_update().filter(study_id=study_id)
        if display_set_ids is not None:
            rows = rows.filter(pk__in=list(display_set_ids))
        answered = Answer.objects.filter(study_id=study_id).values("display_set_id")
        free = list(rows.exclude(pk__in=answered))
        deleted = [row.pk for row in free]
        values = contents_of(SocketValue.objects.filter(display_set_id__in=deleted))
        before = [
            {"pk": row.pk, "title": row.title, "order": row.order, "values": values.get(row.pk, {})} for row in free
        ]
        DisplaySet.objects.filter(pk__in=deleted).delete()
        audit.record(
            actor,
            "delete display sets",
            target=("study", study_id),
            stream=stream_of(study_id),
            before={"display_sets": before},
        )
    return deleted


def status_of(actor: Actor, *, display_set_id: UUID) -> dict[str, Any]:
    """Whether a display set may still change, and of every socket whether its value is there, pending or refused."""
    study_id = study_of(DisplaySet.objects, display_set_id)
    require_in_study(actor, Act.VIEW_DISPLAY_SET, study_id=study_id, seen_by=None)
    display_set = DisplaySet.objects.get(pk=display_set_id)
    states = _value_states(display_set)
    words = {state["status"] for state in states.values()}
    status = "importing" if "importing" in words else "refused" if "refused" in words else "ready" if words else "empty"
    return {
        "pk": display_set_id,
        "status": status,
        "is_locked": Answer.objects.filter(display_set_id=display_set_id).exists(),
        "values": [{"socket": slug, **state} for slug, state in sorted(states.items())],
    }


def _value_states(display_set: DisplaySet) -> dict[str, dict[str, Any]]:
    states: dict[str, dict[str, Any]] = {
        slug: {"status": "ready", "reason": "", "import": None}
        for slug in display_set.values.values_list("socket__slug", flat=True)
    }
    for refused in RefusedValue.objects.filter(display_set=display_set).select_related("socket"):
        states[refused.socket.slug] = {"status": "refused", "reason": refused.reason, "import": None}
    pending = Import.objects.filter(
        target_kind=ImportTarget.DISPLAY_SET, target_id=display_set.pk, status__in=PENDING
    ).select_related("socket")
    for row in pending.order_by("created_at"):
        if row.socket is not None:
            states[row.socket.slug] = {"status": "importing", "reason": row.status, "import": str(row.pk)}
    return states


def check_title(title: str) -> str:
    if not is_text(title) or len(title) > LONGEST_TITLE:
        raise Invalid(f"Ensure this field has no more than {LONGEST_TITLE} characters.", field="title")
    return title


def next_free_order(study_id: UUID) -> int:
    highest = DisplaySet.objects.filter(study_id=study_id).aggregate(highest=Max("order"))["highest"]
    return next_order(highest)


def refuse_when_answered(display_set_id: UUID) -> None:
    if is_answered(display_set_id):
        raise Locked(HAS_ANSWERS)


def _require_change(actor: Actor, display_set_id: UUID) -> UUID:
    return require_for_display_set(
        actor, Act.EDIT_DISPLAY_SET, display_set_id=display_set_id, seen_by=Act.VIEW_DISPLAY_SET
    )


def _rename_and_move(display_set: DisplaySet, change: DisplaySetChange) -> None:
    if change.title is not None or change.is_replacement:
        display_set.title = check_title(change.title or "")
        _refuse_same_title(display_set)
    if change.order is not None:
        display_set.order = check_order(change.order) or next_free_order(display_set.study_id)


def _change_values(actor: Actor, display_set: DisplaySet, change: DisplaySetChange) -> Changes:
    sources = change.sources or ()
    changes = apply_sources(actor, display_set, sources)
    if change.is_replacement:
        removed = remove_all_but(display_set, [source.socket_slug for source in sources])
        changes.before |= removed.before
        changes.after |= removed.after
    return changes


def _refuse_same_title(display_set: DisplaySet) -> None:
    if not display_set.title:
        return
    others = DisplaySet.objects.filter(study_id=display_set.study_id, title=display_set.title)
    if others.exclude(pk=display_set.pk).exists():
        raise Invalid(SAME_TITLE)


@contextmanager
def _unique_title() -> Iterator[None]:
    """Two editors who choose one title at one moment: the second is told so."""
    try:
        yield
    except IntegrityError as error:
        if "title" in str(error):
            raise Invalid(SAME_TITLE) from error
        raise


def to_changes(given: Mapping[str, Any], *, sources: Sequence[Source] | None, is_replacement: bool) -> DisplaySetChange:
    """Read the body of a change: `null` is no title and no order."""
    for name in ("title", "order"):
        if name in given and given[name] is None:
            raise Invalid("This field may not be null.", field=name)
    if "title" in given and not isinstance(given["title"], str):
        raise Invalid("Not a valid string.", field="title")
    return DisplaySetChange(
        title=given.get("title"),
        order=check_order(given["order"]) if "order" in given else None,
        sources=sources,
        is_replacement=is_replacement,
    )
