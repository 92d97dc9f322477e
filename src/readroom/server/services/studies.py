"""Reader studies: make, change, open, pause, close, delete, find."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from readroom.server.db.models import (
    Answer,
    HangingProtocol,
    Question,
    ReaderStudy,
    Round,
    Socket,
    StudyMember,
    WorkstationConfig,
)
from readroom.server.domain import hanging
from readroom.server.domain import studies as rules
from readroom.server.domain.errors import Invalid, Locked, NotAllowed, NotFound
from readroom.server.domain.permissions import Act, Role
from readroom.server.domain.scoring import ScoringRule
from readroom.server.services import audit, scores
from readroom.server.services.access import Actor
from readroom.server.services.naming import free_slug
from readroom.server.services.readiness import gaps_of
from readroom.server.services.roles import require_in_study, studies_where

PLAIN_FIELDS: Final = (
    "title",
    "description",
    "help_text",
    "end_of_study_text",
    "case_text",
    "is_public",
    "access_request_handling",
    "view_content",
    "shuffle_hanging_list",
    "allow_case_navigation",
    "allow_answer_modification",
    "enable_autosaving",
    "allow_show_all_annotations",
    "roll_over_answers_for_n_cases",
    "is_educational",
    "instant_verification",
    "leaderboard_accessible_to_readers",
    "max_credits",
    "scoring_rule",
    "publications",
    "modalities",
    "structures",
    "organizations",
)
"""Settings that are copied with a study and written into its file."""

LAYOUT_FIELDS: Final = ("hanging_protocol", "workstation_config")


def stream_of(study_id: UUID) -> str:
    return f"study:{study_id}"


def visible_studies(actor: Actor, *, slug: str | None = None) -> QuerySet[ReaderStudy]:
    rows = studies_where(actor, Act.VIEW_STUDY).order_by("created_at", "id")
    return rows.filter(slug=slug) if slug else rows


def find_study(actor: Actor, *, study_id: UUID) -> ReaderStudy:
    require_in_study(actor, Act.VIEW_STUDY, study_id=study_id, seen_by=None)
    return ReaderStudy.objects.select_related("hanging_protocol", "workstation_config").get(pk=study_id)


def create_study(actor: Actor, *, settings: Mapping[str, Any], study_id: UUID | None = None) -> ReaderStudy:
    """Make a draft; whoever makes it becomes its editor, not its reader."""
    user_id = actor.user_id() if not actor.is_system else None
    if not (actor.may_create_studies or actor.is_superuser):
        raise NotAllowed("Your account may not create reader studies; ask an administrator.")
    with transaction.atomic():
        study = ReaderStudy(creator_id=user_id)
        if study_id is not None:
            study.id = study_id
        _apply(study, settings)
        study.slug = free_slug(ReaderStudy.objects, study.title)
        study.save(force_insert=True)
        _set_optional_protocols(study, settings)
        Round.objects.create(study=study)
        if user_id is not None:
            StudyMember.objects.create(study=study, user_id=user_id, role=Role.EDITOR)
        audit.record(
            actor, "create study", target=("study", study.id), stream=stream_of(study.id), after=snapshot(study)
        )
    return study


def change_study(actor: Actor, *, study_id: UUID, changes: Mapping[str, Any], why: str = "") -> dict[str, str]:
    """Change settings; returns warnings about those that matter to readers who have begun."""
    require_in_study(actor, Act.EDIT_STUDY, study_id=study_id)
    with transaction.atomic():
        study = ReaderStudy.objects.select_for_update().get(pk=study_id)
        before = snapshot(study)
        _apply(study, changes)
        _set_optional_protocols(study, changes)
        after = snapshot(study)
        changed = [name for name in after if after[name] != before[name]]
        if not changed:
            return {}
        study.save()
        if "view_content" in changed:
            _check_ports(study)
        if "scoring_rule" in changed:
            scores.score_study_again(study_id)
        audit.record(
            actor,
            "change study",
            target=("study", study_id),
            stream=stream_of(study_id),
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
            why=why,
        )
    has_answers = Answer.objects.filter(study_id=study_id, is_ground_truth=False).exists()
    return rules.warnings_for(changed, has_answers=has_answers)


def change_state(actor: Actor, *, study_id: UUID, state: str, why: str = "", is_checked: bool = True) -> str:
    """Open, pause, close or take back a study; opening needs everything a reader needs."""
    require_in_study(actor, Act.EDIT_STUDY, study_id=study_id)
    with transaction.atomic():
        study = ReaderStudy.objects.select_for_update().get(pk=study_id)
        has_answers = Answer.objects.filter(study_id=study_id, is_ground_truth=False).exists()
        wanted = rules.check_transition(current=study.state, wanted=state, has_answers=has_answers)
        if wanted == study.state:
            return study.state
        if wanted is rules.State.OPEN and is_checked:
            blockers = [gap.message for gap in gaps_of(study_id) if gap.is_blocker]
            if blockers:
                raise Invalid.of({"state": blockers})
        before = study.state
        study.state = wanted.value
        study.save(update_fields=["state", "modified_at"])
        audit.record(
            actor,
            f"{wanted.value} study",
            target=("study", study_id),
            stream=stream_of(study_id),
            before={"state": before},
            after={"state": study.state},
            why=why,
        )
    return study.state


def delete_study(actor: Actor, *, study_id: UUID, why: str = "") -> None:
    """Delete a study without answers of readers; with them, delete the answers first, on purpose."""
    require_in_study(actor, Act.EDIT_STUDY, study_id=study_id)
    with transaction.atomic():
        study = ReaderStudy.objects.select_for_update().get(pk=study_id)
        if Answer.objects.filter(study_id=study_id, is_ground_truth=False).exists():
            raise Locked("This reader study has answers; delete them first.")
        before = snapshot(study)
        study.delete()
        audit.record(
            actor, "delete study", target=("study", study_id), stream=stream_of(study_id), before=before, why=why
        )


def snapshot(study: ReaderStudy) -> dict[str, Any]:
    """The settings of a study as the audit trail keeps them."""
    row: dict[str, Any] = {name: getattr(study, name) for name in PLAIN_FIELDS}
    row |= {name: getattr(study, f"{name}_id") for name in LAYOUT_FIELDS}
    row["optional_hanging_protocols"] = sorted(str(pk) for pk in optional_protocols_of(study.pk))
    return row


def optional_protocols_of(study_id: UUID) -> list[UUID]:
    rows = ReaderStudy.optional_hanging_protocols.through.objects.filter(readerstudy_id=study_id).order_by("id")
    return list(rows.values_list("hangingprotocol_id", flat=True))


def settings_of(study: ReaderStudy) -> rules.Settings:
    return rules.Settings(**{field.name: getattr(study, field.name) for field in fields(rules.Settings)})


def _apply(study: ReaderStudy, changes: Mapping[str, Any]) -> None:
    for name in PLAIN_FIELDS:
        if name in changes:
            setattr(study, name, changes[name])
    if "hanging_protocol" in changes:
        study.hanging_protocol = _layout(HangingProtocol.objects, changes, "hanging_protocol")
    if "workstation_config" in changes:
        study.workstation_config = _layout(WorkstationConfig.objects, changes, "workstation_config")
    rules.check_settings(settings_of(study))
    if study.scoring_rule not in list(ScoringRule):
        raise Invalid(f"Answers are scored as one of {', '.join(ScoringRule)}.", field="scoring_rule")
    if not isinstance(study.case_text, dict) or not all(isinstance(text, str) for text in study.case_text.values()):
        raise Invalid("Case texts are an object of image names and texts.", field="case_text")
    if {"view_content", "hanging_protocol"} & changes.keys():
        protocol = study.hanging_protocol
        hanging.check_view_content(
            study.view_content, kinds=kinds_of_sockets(), protocol=protocol.json if protocol else None
        )


def _layout(rows: Any, changes: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - either of two models
    wanted = changes[name]
    if wanted is None:
        return None
    found = rows.filter(pk=wanted).first()
    if found is None:
        raise Invalid("Invalid pk - object does not exist.", field=name)
    return found


def _set_optional_protocols(study: ReaderStudy, changes: Mapping[str, Any]) -> None:
    name = "optional_hanging_protocols"
    if name not in changes:
        return
    wanted = list(dict.fromkeys(changes[name]))
    if HangingProtocol.objects.filter(pk__in=wanted).count() < len(wanted):
        raise Invalid("Invalid pk - object does not exist.", field=name)
    study.optional_hanging_protocols.set(wanted)


def kinds_of_sockets() -> dict[str, str]:
    return dict(Socket.objects.values_list("slug", "kind"))


def _check_ports(study: ReaderStudy) -> None:
    """Refuse view content that would leave a question without the image it is drawn on."""
    kinds = kinds_of_sockets()
    rows = Question.objects.filter(study=study).exclude(image_port="").values_list("question_text", "image_port")
    for text, port in rows:
        try:
            hanging.check_image_port(port, content=study.view_content, kinds=kinds)
        except Invalid as error:
            raise Invalid(f'The question "{text}" is drawn there: {error.message}', field="view_content") from error


def study_of(rows: Any, pk: UUID) -> UUID:  # noqa: ANN401 - rows of any part of a study
    """The study that a question, display set or answer belongs to."""
    found = rows.filter(pk=pk).values_list("study_id", flat=True).first()
    if found is None:
        raise NotFound
    return UUID(str(found))


def find_named(name: str) -> UUID | None:
    """The study of this slug, id or address, whoever may see it; what may be done there is asked when it is done."""
    last = name.rstrip("/").rpartition("/")[2]
    try:
        condition = Q(pk=UUID(last))
    except ValueError:
        condition = Q(slug=last)
    return ReaderStudy.objects.filter(condition).values_list("pk", flat=True).first()
