"""Ground truth and exports of a study on the wire."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from ninja import Router, Schema

from readroom.server.api.auth import ActingRequest, known_writer
from readroom.server.api.documents import read_list
from readroom.server.api.replies import reply
from readroom.server.services import exports, ground_truth, studies
from readroom.server.services.exports import Wanted

router = Router(tags=["ground truth and export"], auth=known_writer)
KINDS = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}
STREAMS = {200: {"content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in KINDS.values()}}}


class TruthOut(Schema):
    answer: Any = None
    answer_text: Any = None
    question_text: str
    options: dict[str, str]
    explanation: str


class CompletenessOut(Schema):
    expected: int
    present: int


class FromReaderIn(Schema):
    username: str


@router.get("{uuid:pk}/ground-truth/{uuid:case_pk}/", response=dict[str, TruthOut])
def show_ground_truth(request: ActingRequest, pk: UUID, case_pk: UUID) -> HttpResponse:
    """What is right for one display set of an educational study."""
    return reply(ground_truth.show_to_reader(request.actor, study_id=pk, display_set_id=case_pk))


@router.get("{uuid:pk}/ground-truth/", response=CompletenessOut)
def show_completeness(request: ActingRequest, pk: UUID) -> HttpResponse:
    """How many answers can have a ground truth, and how many have one."""
    return reply(ground_truth.completeness(request.actor, study_id=pk))


@router.put("{uuid:pk}/ground-truth/", response=dict[str, int])
def upload_ground_truth(request: ActingRequest, pk: UUID) -> HttpResponse:
    """Upload a table (`text/csv`) or a JSON list of objects with display_set, question, answer and explanation.

    Every fault is named by row and column, and with any fault nothing is written.
    """
    if "csv" in request.headers.get("Content-Type", ""):
        number = ground_truth.upload_table(request.actor, study_id=pk, data=request.body)
    else:
        number = ground_truth.upload_entries(request.actor, study_id=pk, entries=read_list(request))
    return reply({"answers": number})


@router.delete("{uuid:pk}/ground-truth/", response=dict[str, int])
def delete_ground_truth(request: ActingRequest, pk: UUID) -> HttpResponse:
    return reply({"deleted": ground_truth.delete_ground_truth(request.actor, study_id=pk)})


@router.get("{uuid:pk}/ground-truth/example.csv", openapi_extra={"responses": STREAMS})
def show_example(request: ActingRequest, pk: UUID) -> HttpResponse:
    """A table that can be uploaded as it is."""
    return HttpResponse(ground_truth.example_table(request.actor, study_id=pk), content_type=KINDS["csv"])


@router.post("{uuid:pk}/ground-truth/from-reader/", response=dict[str, int])
def copy_from_reader(request: ActingRequest, pk: UUID, body: FromReaderIn) -> HttpResponse:
    """Copy the answers of a reader who has finished."""
    return reply({"answers": ground_truth.copy_from_reader(request.actor, study_id=pk, username=body.username)})


@router.post("{uuid:pk}/ground-truth/to-answers/", response=dict[str, int])
def copy_to_answers(request: ActingRequest, pk: UUID) -> HttpResponse:
    """Give yourself the ground truth as answers, when you have none."""
    return reply({"answers": ground_truth.copy_to_answers(request.actor, study_id=pk)})


@router.get("{uuid:pk}/export/", openapi_extra={"responses": STREAMS})
def export_answers(request: ActingRequest, pk: UUID) -> StreamingHttpResponse:
    """All answers in one table: `format` csv or parquet, `layout` long or wide, `names` username or pseudonym."""
    query = request.GET
    wanted = Wanted(
        layout=query.get("layout") or "long",
        format=query.get("format") or "csv",
        names=query.get("names") or "username",
    )
    pieces = exports.export_answers(request.actor, study_id=pk, wanted=wanted)
    name = f"{studies.find_study(request.actor, study_id=pk).slug}-answers-{wanted.layout}.{wanted.format}"
    return StreamingHttpResponse(
        pieces,
        content_type=KINDS[wanted.format],
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )
