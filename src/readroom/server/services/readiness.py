"""What is missing before readers may start."""

from __future__ import annotations

from uuid import UUID

from readroom.server.db.models import (
    Answer,
    DisplaySet,
    Import,
    ImportStatus,
    ImportTarget,
    Question,
    ReaderStudy,
    RefusedValue,
    Socket,
    StudyMember,
)
from readroom.server.domain import hanging, questions
from readroom.server.domain.errors import Invalid
from readroom.server.domain.permissions import Act, Role
from readroom.server.domain.studies import Gap, Inventory, missing_before_opening
from readroom.server.services.access import Actor
from readroom.server.services.budgets import credits_used
from readroom.server.services.roles import require_in_study

PENDING = (ImportStatus.QUEUED, ImportStatus.REQUEUED, ImportStatus.STARTED)


def check_readiness(actor: Actor, *, study_id: UUID) -> list[Gap]:
    require_in_study(actor, Act.EDIT_STUDY, study_id=study_id)
    return gaps_of(study_id)


def gaps_of(study_id: UUID) -> list[Gap]:
    study = ReaderStudy.objects.select_related("hanging_protocol").get(pk=study_id)
    asked = list(Question.objects.filter(study=study).values_list("question_text", "answer_type", "image_port"))
    display_sets = DisplaySet.objects.filter(study=study)
    scorable = Question.objects.filter(study=study, answer_type__in=questions.SCORABLE).count()
    truths = Answer.objects.filter(study=study, is_ground_truth=True).count()
    number = display_sets.count()
    inventory = Inventory(
        questions=len(asked),
        answerable_questions=sum(answer_type != questions.HEADING for _, answer_type, _ in asked),
        display_sets=number,
        empty_display_sets=[
            title or str(pk) for pk, title in display_sets.filter(values=None).values_list("pk", "title")[:6]
        ],
        pending_values=_pending(study_id),
        refused_values=_refused(study_id),
        readers=StudyMember.objects.filter(study=study, role=Role.READER).count(),
        has_hanging_protocol=study.hanging_protocol is not None,
        view_content_problem=_view_content_problem(study),
        question_problems=_question_problems(study, asked),
        is_educational=study.is_educational,
        missing_ground_truths=max(0, number * scorable - truths),
        is_budget_used_up=study.max_credits is not None and credits_used([study_id])[study_id] >= study.max_credits,
    )
    return missing_before_opening(inventory)


def _pending(study_id: UUID) -> int:
    rows = Import.objects.filter(target_kind=ImportTarget.DISPLAY_SET, status__in=PENDING)
    return rows.filter(target_id__in=DisplaySet.objects.filter(study_id=study_id).values("pk")).count()


def _refused(study_id: UUID) -> list[str]:
    rows = RefusedValue.objects.filter(display_set__study_id=study_id).select_related("socket", "display_set")
    return [f"{row.display_set}, {row.socket.title}: {row.reason}" for row in rows[:5]]


def _kinds() -> dict[str, str]:
    return dict(Socket.objects.values_list("slug", "kind"))


def _view_content_problem(study: ReaderStudy) -> str | None:
    try:
        protocol = study.hanging_protocol
        hanging.check_view_content(study.view_content, kinds=_kinds(), protocol=protocol.json if protocol else None)
    except Invalid as error:
        return error.message
    return None


def _question_problems(study: ReaderStudy, asked: list[tuple[str, str, str]]) -> list[str]:
    problems = []
    for text, answer_type, port in asked:
        if not questions.needs_image_port(answer_type):
            continue
        try:
            hanging.check_image_port(port, content=study.view_content, kinds=_kinds())
        except Invalid as error:
            problems.append(f"{text}: {error.message}")
    return problems
