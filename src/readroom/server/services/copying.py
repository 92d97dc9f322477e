"""A study made like another one: its settings, and of its parts those that are asked for; never its answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final
from uuid import UUID

from django.db import transaction

from readroom.server.db.models import (
    DisplaySet,
    Import,
    ImportTarget,
    Question,
    QuestionOption,
    ReaderStudy,
    RefusedValue,
    SocketValue,
    StudyMember,
)
from readroom.server.domain.errors import Invalid
from readroom.server.domain.permissions import Act, Role
from readroom.server.services import audit
from readroom.server.services.access import Actor
from readroom.server.services.questions import PLAIN_FIELDS as QUESTION_FIELDS
from readroom.server.services.readiness import PENDING
from readroom.server.services.roles import require_in_study
from readroom.server.services.studies import (
    LAYOUT_FIELDS,
    PLAIN_FIELDS,
    create_study,
    optional_protocols_of,
    stream_of,
)

PARTS: Final = frozenset(("questions", "display_sets", "editors", "readers", "case_text", "hanging"))
NOT_COPIED: Final = frozenset(
    ("id", "slug", "state", "created_at", "modified_at", "creator", "logo", "is_public", "title", "max_credits")
)
"""Fields of a study that its copy has of its own; every other field is copied."""
NOT_IMPORTED: Final = "It was still being imported when the study was copied; put it here again."
BATCH: Final = 500


def copy_study(actor: Actor, *, study_id: UUID, title: str, parts: Collection[str]) -> ReaderStudy:
    """Make a draft like another study that the actor may edit."""
    require_in_study(actor, Act.EDIT_STUDY, study_id=study_id)
    if unknown := sorted(set(parts) - PARTS):
        raise Invalid(f"There is no part {unknown[0]}; parts are {', '.join(sorted(PARTS))}.", field="parts")
    source = ReaderStudy.objects.get(pk=study_id)
    settings = {name: getattr(source, name) for name in PLAIN_FIELDS if name not in NOT_COPIED}
    settings |= {name: getattr(source, f"{name}_id") for name in LAYOUT_FIELDS}
    settings |= {"title": title, "optional_hanging_protocols": optional_protocols_of(study_id)}
    if "case_text" not in parts:
        settings.pop("case_text")
    if "hanging" not in parts:
        for name in ("hanging_protocol", "optional_hanging_protocols", "view_content"):
            settings.pop(name)
    with transaction.atomic():
        copied = create_study(actor, settings=settings)
        if "questions" in parts:
            _copy_questions(source, copied)
        if "display_sets" in parts:
            _copy_display_sets(source, copied)
        _copy_members(actor, source, copied, parts=parts)
        audit.record(
            actor,
            "copy study",
            target=("study", copied.pk),
            stream=stream_of(copied.pk),
            after={"source": str(study_id), "parts": sorted(parts)},
        )
    return copied


def _copy_questions(source: ReaderStudy, copied: ReaderStudy) -> None:
    for question in source.questions.prefetch_related("options").order_by("order", "created_at", "id"):
        twin = Question(study=copied, interface_id=question.interface_id, look_up_table_id=question.look_up_table_id)
        for name in QUESTION_FIELDS:
            setattr(twin, name, getattr(question, name))
        twin.save(force_insert=True)
        for option in question.options.all():
            QuestionOption.objects.create(question=twin, title=option.title, default=option.default)


def _copy_display_sets(source: ReaderStudy, copied: ReaderStudy) -> None:
    """Copy display sets with what stands in them now; what is still on its way is named as missing."""
    originals = list(DisplaySet.objects.filter(study=source).order_by("order", "created_at", "id"))
    twins = {
        row.pk: DisplaySet(study=copied, title=row.title, order=row.order, created_at=row.created_at)
        for row in originals
    }
    DisplaySet.objects.bulk_create(list(twins.values()), batch_size=BATCH)
    values = SocketValue.objects.filter(display_set__study=source).order_by("id")
    SocketValue.objects.bulk_create(
        [
            SocketValue(
                display_set=twins[value.display_set_id],
                socket_id=value.socket_id,
                value=value.value,
                file_id=value.file_id,
                file_name=value.file_name,
                image_id=value.image_id,
            )
            for value in values
            if value.display_set_id is not None
        ],
        batch_size=BATCH,
    )
    _copy_gaps(source, twins)


def _copy_gaps(source: ReaderStudy, twins: Mapping[UUID, DisplaySet]) -> None:
    """Say of a copy's empty sockets why they are empty: refused before, or not imported yet."""
    refused = RefusedValue.objects.filter(display_set__study=source)
    gaps: dict[tuple[UUID | None, int], str] = {
        (pk, socket): reason for pk, socket, reason in refused.values_list("display_set_id", "socket_id", "reason")
    }
    wanted = Import.objects.filter(target_kind=ImportTarget.DISPLAY_SET, status__in=PENDING, socket__isnull=False)
    pending = wanted.filter(target_id__in=DisplaySet.objects.filter(study=source).values("pk"))
    gaps |= dict.fromkeys(pending.values_list("target_id", "socket_id"), NOT_IMPORTED)
    RefusedValue.objects.bulk_create(
        [
            RefusedValue(display_set=twins[display_set_id], socket_id=socket_id, reason=reason)
            for (display_set_id, socket_id), reason in gaps.items()
            if display_set_id is not None
        ],
        batch_size=BATCH,
    )


def _copy_members(actor: Actor, source: ReaderStudy, copied: ReaderStudy, *, parts: Collection[str]) -> None:
    wanted = [role for role, part in ((Role.EDITOR, "editors"), (Role.READER, "readers")) if part in parts]
    for member in StudyMember.objects.filter(study=source, role__in=wanted):
        if not (member.user_id == actor.id and member.role == Role.EDITOR):
            StudyMember.objects.create(
                study=copied, user_id=member.user_id, role=member.role, pseudonym=member.pseudonym
            )
