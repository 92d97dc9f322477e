"""The people of a study on the wire: members, requests, progress, scores."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from ninja import Router, Schema

from readroom.server.api.auth import ActingRequest, known_writer
from readroom.server.api.replies import reply
from readroom.server.services import answers, members, progress

router = Router(tags=["people of a study"], auth=known_writer)


class MemberIn(Schema):
    username: str
    role: str = "reader"
    pseudonym: str = ""


class MemberOut(Schema):
    username: str
    role: str
    pseudonym: str
    since: str


class RequestOut(Schema):
    username: str
    status: str
    reason: str
    created: str


class DecisionIn(Schema):
    is_accepted: bool
    reason: str = ""


class ProgressOut(Schema):
    reader: str
    pseudonym: str
    answers: int
    expected_answers: int
    complete_display_sets: int
    display_sets: int
    progress: float
    seconds: float | None
    last_answer: str | None


class PlaceOut(Schema):
    rank: int
    reader: str
    score: float
    maximum: int
    average: float
    scored_answers: int


@router.get("{uuid:pk}/members/", response=list[MemberOut])
def list_members(request: ActingRequest, pk: UUID) -> HttpResponse:
    """Editors, readers and uploaders, for editors."""
    rows = members.list_members(request.actor, study_id=pk)
    return reply(
        [{"username": row["user__username"], **{n: row[n] for n in ("role", "pseudonym", "since")}} for row in rows]
    )


@router.post("{uuid:pk}/members/", response={201: list[MemberOut]})
def add_member(request: ActingRequest, pk: UUID, body: MemberIn) -> HttpResponse:
    """Make somebody with an account an editor, reader or uploader; a pseudonym is the name in exports."""
    members.add_member(request.actor, study_id=pk, username=body.username, role=body.role, pseudonym=body.pseudonym)
    listed = list_members(request, pk)
    return HttpResponse(listed.content, status=201, content_type="application/json")


@router.delete("{uuid:pk}/members/{str:role}/{str:username}/", response={204: None})
def remove_member(request: ActingRequest, pk: UUID, role: str, username: str) -> HttpResponse:
    """Take a role away, at once; answers stay."""
    members.remove_member(request.actor, study_id=pk, username=username, role=role)
    return HttpResponse(status=204)


@router.delete("{uuid:pk}/members/reader/{str:username}/answers/", response=dict[str, int])
def delete_answers(request: ActingRequest, pk: UUID, username: str) -> HttpResponse:
    """Delete all answers of one reader; the audit trail keeps them."""
    user_id = members.user_of(request.actor, study_id=pk, username=username)
    return reply({"deleted": answers.delete_answers_of_reader(request.actor, study_id=pk, user_id=user_id)})


@router.get("{uuid:pk}/access-requests/", response=list[RequestOut])
def list_requests(request: ActingRequest, pk: UUID) -> HttpResponse:
    """For editors all; for everybody else his own, with what became of it."""
    rows = members.list_requests(request.actor, study_id=pk)
    names = (("username", "user__username"), ("status", "status"), ("reason", "reason"), ("created", "created_at"))
    return reply([{shown: row[name] for shown, name in names} for row in rows])


@router.post("{uuid:pk}/access-requests/", response={201: dict[str, str]})
def request_access(request: ActingRequest, pk: UUID) -> HttpResponse:
    """Ask to become a reader of a public study; `message` tells what happens next."""
    return reply(asdict(members.request_access(request.actor, study_id=pk)), status=201)


@router.post("{uuid:pk}/access-requests/{str:username}/", response={204: None})
def decide_request(request: ActingRequest, pk: UUID, username: str, body: DecisionIn) -> HttpResponse:
    members.decide_request(
        request.actor, study_id=pk, username=username, is_accepted=body.is_accepted, reason=body.reason
    )
    return HttpResponse(status=204)


@router.get("{uuid:pk}/progress/", response=list[ProgressOut])
def show_progress(request: ActingRequest, pk: UUID) -> HttpResponse:
    """How far each reader is, those who never began too; readers see themselves."""
    return reply(progress.progress_of_readers(request.actor, study_id=pk))


@router.get("{uuid:pk}/leaderboard/", response=list[PlaceOut])
def show_leaderboard(request: ActingRequest, pk: UUID) -> HttpResponse:
    """Readers by their scores; readers see it where the study allows, without the names of others."""
    return reply(progress.leaderboard(request.actor, study_id=pk))


@router.get("{uuid:pk}/statistics/", response=dict[str, list[dict[str, Any]]])
def show_statistics(request: ActingRequest, pk: UUID) -> HttpResponse:
    """Sums and means of scores by display set and by question, for editors."""
    return reply(progress.statistics(request.actor, study_id=pk))
