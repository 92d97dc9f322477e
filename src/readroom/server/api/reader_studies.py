"""Reader studies on the wire: settings, state, copies, the study as a file."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from readroom.server.api import paging, questions, shapes, study_answers, study_logos, study_people
from readroom.server.api.auth import ActingRequest, known_writer
from readroom.server.api.documents import read_document, refuse_unknown, write_document
from readroom.server.api.examples import STUDY_FILE, STUDY_TEXT, body_of
from readroom.server.api.origin import origin_of
from readroom.server.api.paging import PageOf
from readroom.server.api.replies import reply
from readroom.server.db.models import Answer, Question, ReaderStudy
from readroom.server.domain.permissions import Act, may
from readroom.server.services import copying, readiness, studies, study_documents, study_files
from readroom.server.services.budgets import credits_used
from readroom.server.services.members import STUDY_ROLES
from readroom.server.services.rich_text import to_html, without_tags
from readroom.server.services.roles import roles_in_studies

router = Router(tags=["reader studies"], auth=known_writer)
HASH = "{uuid:pk}/"


class StudyOut(Schema):
    pk: UUID
    api_url: str
    url: str
    slug: str
    logo: str
    title: str
    title_safe: str
    state: str
    description: str | None
    help_text: str
    help_text_safe: str
    end_of_study_text: str
    end_of_study_text_safe: str
    is_public: bool
    is_educational: bool
    instant_verification: bool
    has_ground_truth: bool
    allow_answer_modification: bool
    enable_autosaving: bool
    allow_case_navigation: bool
    allow_show_all_annotations: bool
    shuffle_hanging_list: bool
    leaderboard_accessible_to_readers: bool
    roll_over_answers_for_n_cases: int
    max_credits: int | None
    credits_used: float | None
    scoring_rule: str
    access_request_handling: str
    roles: list[str]
    questions: list[questions.QuestionOut]
    case_text: dict[str, str]
    view_content: dict[str, list[str]]
    hanging_protocol: shapes.HangingProtocolOut | None
    optional_hanging_protocols: list[shapes.HangingProtocolOut]
    workstation_config: str | None
    publications: list[str]
    modalities: list[str]
    structures: list[str]
    organizations: list[str]
    warnings: dict[str, str] = {}  # noqa: RUF012 - a field of the reply


class StudyFieldsIn(Schema):
    title: str = ""
    description: str = ""
    help_text: str = ""
    end_of_study_text: str = ""
    case_text: dict[str, str] = {}  # noqa: RUF012 - a default that is never changed
    is_public: bool = False
    access_request_handling: str = "manual-review"
    view_content: dict[str, list[str]] = {}  # noqa: RUF012 - same
    shuffle_hanging_list: bool = False
    allow_case_navigation: bool = False
    allow_answer_modification: bool = False
    enable_autosaving: bool = False
    allow_show_all_annotations: bool = False
    roll_over_answers_for_n_cases: shapes.Count = 0
    is_educational: bool = False
    instant_verification: bool = False
    leaderboard_accessible_to_readers: bool = False
    max_credits: shapes.Count | None = None
    scoring_rule: str = "Set-wise"
    publications: list[str] = []  # noqa: RUF012 - same
    modalities: list[str] = []  # noqa: RUF012 - same
    structures: list[str] = []  # noqa: RUF012 - same
    organizations: list[str] = []  # noqa: RUF012 - same
    hanging_protocol: UUID | None = None
    optional_hanging_protocols: list[UUID] = []  # noqa: RUF012 - same
    workstation_config: UUID | None = None


class StudyIn(StudyFieldsIn):
    title: str


class StudyChangesIn(StudyFieldsIn):
    why: str = ""


class StateIn(Schema):
    state: str
    why: str = ""


class GapOut(Schema):
    kind: str
    message: str
    is_blocker: bool


class CopyIn(Schema):
    title: str
    parts: list[str] = ["questions", "display_sets", "hanging", "case_text"]  # noqa: RUF012 - same


class AppliedOut(Schema):
    reader_study: str
    pk: UUID
    created: list[str]
    changed: list[str]
    unchanged: list[str]
    warnings: list[str]


def study_url(origin: str, pk: UUID) -> str:
    return f"{origin}/api/v1/reader-studies/{pk}/"


SHOWN_AS_THEY_ARE = (
    "slug",
    "title",
    "state",
    "description",
    "help_text",
    "end_of_study_text",
    "is_public",
    "is_educational",
    "instant_verification",
    "allow_answer_modification",
    "enable_autosaving",
    "allow_case_navigation",
    "allow_show_all_annotations",
    "shuffle_hanging_list",
    "leaderboard_accessible_to_readers",
    "roll_over_answers_for_n_cases",
    "max_credits",
    "scoring_rule",
    "access_request_handling",
    "case_text",
    "view_content",
    "publications",
    "modalities",
    "structures",
    "organizations",
)


NOT_FOR_THE_PUBLIC: dict[str, Any] = {"case_text": {}, "max_credits": None, "credits_used": None}
"""What everybody else sees of a study whose card is public: no texts of its cases, whose keys are names of files."""


def shape_all(request: ActingRequest, rows: list[ReaderStudy]) -> list[dict[str, Any]]:
    """Studies as clients expect them; questions, texts of cases and costs only for those who may see them."""
    origin = origin_of(request)
    pks = [row.pk for row in rows]
    roles = roles_in_studies(request.actor, rows)
    allowed = [pk for pk in pks if may(Act.VIEW_QUESTION, roles[pk])]
    asked: dict[UUID, list[dict[str, Any]]] = {pk: [] for pk in pks}
    found = Question.objects.filter(study_id__in=allowed).order_by("order", "created_at", "id")
    for row in found.select_related(*questions.RELATED).prefetch_related("options"):
        asked[row.study_id].append(questions.shape(origin, row))
    taught = set(
        Answer.objects.filter(study_id__in=pks, is_ground_truth=True).values_list("study_id", flat=True).distinct()
    )
    used = credits_used([row.pk for row in rows if row.max_credits is not None])
    return [
        _shape(request, row, questions=asked[row.pk], has_ground_truth=row.pk in taught)
        | {"credits_used": used.get(row.pk), "roles": sorted(roles[row.pk].intersection(STUDY_ROLES))}
        | ({} if may(Act.VIEW_DISPLAY_SET, roles[row.pk]) else NOT_FOR_THE_PUBLIC)
        for row in rows
    ]


def _shape(
    request: HttpRequest, row: ReaderStudy, *, questions: list[dict[str, Any]], has_ground_truth: bool
) -> dict[str, Any]:
    origin = origin_of(request)
    return {
        "pk": row.pk,
        "api_url": study_url(origin, row.pk),
        "url": f"{origin}/read/{row.slug}",
        "logo": f"{study_url(origin, row.pk)}logo/" if row.logo_id else f"{origin}/icon.svg",
        **{name: getattr(row, name) for name in SHOWN_AS_THEY_ARE},
        "title_safe": without_tags(row.title),
        "help_text_safe": to_html(row.help_text),
        "end_of_study_text_safe": to_html(row.end_of_study_text),
        "has_ground_truth": has_ground_truth,
        "questions": questions,
        "hanging_protocol": shapes.hanging_protocol(origin, row.hanging_protocol),
        "optional_hanging_protocols": [
            shapes.hanging_protocol(origin, protocol) for protocol in row.optional_hanging_protocols.all()
        ],
        "workstation_config": f"{origin}/api/v1/workstations/configs/{row.workstation_config_id}/"
        if row.workstation_config_id
        else None,
    }


def _rows(rows: Any) -> list[ReaderStudy]:  # noqa: ANN401 - a query of studies
    return list(rows.select_related("hanging_protocol").prefetch_related("optional_hanging_protocols"))


def shown(
    request: ActingRequest, pk: UUID, *, status: int = 200, warnings: dict[str, str] | None = None
) -> HttpResponse:
    studies.find_study(request.actor, study_id=pk)
    body = shape_all(request, _rows(ReaderStudy.objects.filter(pk=pk)))[0]
    return reply(body | {"warnings": warnings or {}}, status=status)


@router.get("", response=PageOf[StudyOut])
def list_studies(request: ActingRequest) -> HttpResponse:
    """Studies that you read, edit or upload to, and public ones."""
    page = paging.parse_page(request)
    rows = studies.visible_studies(request.actor, slug=paging.text_filter(request, "slug"))
    found = shape_all(request, _rows(rows[page.offset : page.offset + page.limit]))
    return paging.reply_page(request, page, rows.count(), found)


@router.post("", response={201: StudyOut})
def create_study(request: ActingRequest, body: StudyIn) -> HttpResponse:
    """Make a draft; you become its editor."""
    refuse_unknown(request, taken=StudyIn, shown=StudyOut)
    made = studies.create_study(request.actor, settings=body.dict(exclude_unset=True))
    return shown(request, made.pk, status=201)


@router.get(HASH, response=StudyOut)
def show_study(request: ActingRequest, pk: UUID) -> HttpResponse:
    return shown(request, pk)


@router.patch(HASH, response=StudyOut)
def change_study(request: ActingRequest, pk: UUID, body: StudyChangesIn) -> HttpResponse:
    """Change settings; `warnings` tells what matters to readers who have begun, `why` goes into the audit trail."""
    refuse_unknown(request, taken=StudyChangesIn, shown=StudyOut)
    changes = body.dict(exclude_unset=True)
    why = changes.pop("why", "")
    return shown(request, pk, warnings=studies.change_study(request.actor, study_id=pk, changes=changes, why=why))


@router.delete(HASH, response={204: None})
def delete_study(request: ActingRequest, pk: UUID) -> HttpResponse:
    """Delete a study without answers."""
    studies.delete_study(request.actor, study_id=pk)
    return HttpResponse(status=204)


@router.post(HASH + "state/", response=StudyOut)
def change_state(request: ActingRequest, pk: UUID, body: StateIn) -> HttpResponse:
    """Make the study open, paused, closed or a draft again; opening is refused while something is missing."""
    studies.change_state(request.actor, study_id=pk, state=body.state, why=body.why)
    return shown(request, pk)


@router.get(HASH + "readiness/", response=list[GapOut])
def check_readiness(request: ActingRequest, pk: UUID) -> HttpResponse:
    """What is missing before readers may start."""
    gaps = readiness.check_readiness(request.actor, study_id=pk)
    return reply([{"kind": gap.kind, "message": gap.message, "is_blocker": gap.is_blocker} for gap in gaps])


@router.post(HASH + "copy/", response={201: StudyOut})
def copy_study(request: ActingRequest, pk: UUID, body: CopyIn) -> HttpResponse:
    """Make a draft like this study; `parts` are questions, display_sets, editors, readers, case_text, hanging."""
    made = copying.copy_study(request.actor, study_id=pk, title=body.title, parts=body.parts)
    return shown(request, made.pk, status=201)


@router.get(HASH + "file/", response=dict[str, Any])
def export_study(request: ActingRequest, pk: UUID) -> HttpResponse:
    """The study as one document: JSON, or YAML with `?as=yaml`."""
    return write_document(study_documents.export_study(request.actor, study_id=pk), kind=request.GET.get("as", "json"))


@router.post(
    "apply/",
    response={200: AppliedOut, 201: AppliedOut},
    openapi_extra=body_of(json=STUDY_FILE, yaml=STUDY_TEXT),
)
def apply_study(request: ActingRequest) -> HttpResponse:
    """Make or change a study so that it is as the document in the body says, JSON or YAML; all of it or nothing."""
    applied = study_files.apply_study(request.actor, document=read_document(request))
    body = {
        "pk": applied.study_id,
        "reader_study": study_url(origin_of(request), applied.study_id),
        "created": applied.created,
        "changed": applied.changed,
        "unchanged": applied.unchanged,
        "warnings": applied.warnings,
    }
    return reply(body, status=201 if any(name.startswith("study ") for name in applied.created) else 200)


router.add_router("", study_people.router)
router.add_router("", study_answers.router)
router.add_router("", study_logos.router)
