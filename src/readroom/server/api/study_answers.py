"""Ground truth, exports and the audit trail of a study on the wire."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from ninja import Router, Schema

from readroom.server.api.auth import ActingRequest, known_writer
from readroom.server.api.documents import read_list
from readroom.server.api.examples import TRUTH_TABLE, TRUTHS, body_of
from readroom.server.api.replies import reply
from readroom.server.services import audit_exports, exports, ground_truth, studies
from readroom.server.services.exports import Wanted

router = Router(tags=["ground truth and export"], auth=known_writer)
KINDS = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}
TRAILS = {"jsonl": "application/x-ndjson", "csv": "text/csv; charset=utf-8"}
FILE = {"schema": {"type": "string", "format": "binary"}}
STREAMS = {200: {"content": dict.fromkeys(KINDS.values(), FILE)}}
STREAMS_OF_TRAILS = {200: {"content": dict.fromkeys(TRAILS.values(), FILE)}}


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


@router.put("{uuid:pk}/ground-truth/", response=dict[str, int], openapi_extra=body_of(json=TRUTHS, csv=TRUTH_TABLE))
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
    suffix = f"answers-{wanted.layout}.{wanted.format}"
    return download(request, pk, pieces, suffix=suffix, content_type=KINDS[wanted.format])


@router.get("{uuid:pk}/audit/", openapi_extra={"responses": STREAMS_OF_TRAILS})
def export_trail(request: ActingRequest, pk: UUID) -> StreamingHttpResponse:
    """Who did what to the study and its answers, when, and why: `format` jsonl (which can be verified) or csv."""
    kind = request.GET.get("format") or "jsonl"
    pieces = audit_exports.export_trail_of_study(request.actor, study_id=pk, kind=kind)
    return download(request, pk, pieces, suffix=f"audit.{kind}", content_type=TRAILS[kind])


def download(
    request: ActingRequest, pk: UUID, pieces: Iterator[bytes], *, suffix: str, content_type: str
) -> StreamingHttpResponse:
    """A file that is sent while it is written, named after its study."""
    name = f"{studies.find_study(request.actor, study_id=pk).slug}-{suffix}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(pieces, content_type=content_type, headers=headers)
