"""Archives on the wire."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from readroom.server.api import archive_logos, paging
from readroom.server.api.auth import ActingRequest, known_writer
from readroom.server.api.origin import origin_of
from readroom.server.api.paging import PageOf
from readroom.server.api.replies import reply
from readroom.server.db.models import Archive
from readroom.server.services import archives

router = Router(tags=["archives"], auth=known_writer)


class ArchiveOut(Schema):
    pk: UUID
    title: str
    slug: str
    logo: str
    description: str | None
    api_url: str
    url: str
    is_public: bool


class ArchiveFieldsIn(Schema):
    title: str = ""
    description: str = ""
    is_public: bool = False
    hanging_protocol: UUID | None = None
    view_content: dict[str, list[str]] = {}  # noqa: RUF012 - a default that is never changed


class ArchiveIn(ArchiveFieldsIn):
    title: str


class ArchiveMemberIn(Schema):
    username: str
    role: str = "user"


class ArchiveMemberOut(Schema):
    username: str
    role: str


def archive_url(origin: str, pk: UUID) -> str:
    return f"{origin}/api/v1/archives/{pk}/"


def shape(request: HttpRequest, row: Archive) -> dict[str, Any]:
    origin = origin_of(request)
    return {
        "pk": row.pk,
        "title": row.title,
        "slug": row.slug,
        "logo": f"{archive_url(origin, row.pk)}logo/" if row.logo_id else f"{origin}/icon.svg",
        "description": row.description,
        "api_url": archive_url(origin, row.pk),
        "url": f"{origin}/archives/{row.slug}",
        "is_public": row.is_public,
    }


@router.get("", response=PageOf[ArchiveOut])
def list_archives(request: ActingRequest) -> HttpResponse:
    """Archives that you use, upload to or edit, and public ones."""
    page = paging.parse_page(request)
    rows = archives.visible_archives(request.actor, slug=paging.text_filter(request, "slug"))
    found = [shape(request, row) for row in rows[page.offset : page.offset + page.limit]]
    return paging.reply_page(request, page, rows.count(), found)


@router.post("", response={201: ArchiveOut})
def create_archive(request: ActingRequest, body: ArchiveIn) -> HttpResponse:
    made = archives.create_archive(request.actor, fields=body.dict(exclude_unset=True))
    return reply(shape(request, made), status=201)


@router.get("{uuid:pk}/", response=ArchiveOut)
def show_archive(request: ActingRequest, pk: UUID) -> HttpResponse:
    return reply(shape(request, archives.find_archive(request.actor, archive_id=pk)))


@router.patch("{uuid:pk}/", response=ArchiveOut)
def change_archive(request: ActingRequest, pk: UUID, body: ArchiveFieldsIn) -> HttpResponse:
    changed = archives.change_archive(request.actor, archive_id=pk, changes=body.dict(exclude_unset=True))
    return reply(shape(request, changed))


@router.delete("{uuid:pk}/", response={204: None})
def delete_archive(request: ActingRequest, pk: UUID) -> HttpResponse:
    """Delete an archive without items."""
    archives.delete_archive(request.actor, archive_id=pk)
    return HttpResponse(status=204)


@router.get("{uuid:pk}/members/", response=list[ArchiveMemberOut])
def list_members(request: ActingRequest, pk: UUID) -> HttpResponse:
    rows = archives.list_archive_members(request.actor, archive_id=pk)
    return reply([{"username": row["user__username"], "role": row["role"]} for row in rows])


@router.post("{uuid:pk}/members/", response={201: list[ArchiveMemberOut]})
def add_member(request: ActingRequest, pk: UUID, body: ArchiveMemberIn) -> HttpResponse:
    """Make somebody an editor, uploader or user of the archive."""
    archives.set_archive_member(request.actor, archive_id=pk, username=body.username, role=body.role, is_member=True)
    rows = archives.list_archive_members(request.actor, archive_id=pk)
    return reply([{"username": row["user__username"], "role": row["role"]} for row in rows], status=201)


@router.delete("{uuid:pk}/members/{str:role}/{str:username}/", response={204: None})
def remove_member(request: ActingRequest, pk: UUID, role: str, username: str) -> HttpResponse:
    archives.set_archive_member(request.actor, archive_id=pk, username=username, role=role, is_member=False)
    return HttpResponse(status=204)


router.add_router("", archive_logos.router)
