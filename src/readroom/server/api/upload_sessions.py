"""Imports on the wire, under the name that clients know: upload sessions."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from readroom.server.api import paging
from readroom.server.api.auth import ActingRequest, known_writer
from readroom.server.api.images import image_url
from readroom.server.api.origin import origin_of
from readroom.server.api.paging import PageOf
from readroom.server.api.replies import reply
from readroom.server.domain.errors import Invalid, NotSignedIn
from readroom.server.services import import_requests, imports

router = Router(tags=["imports"], auth=known_writer)
TARGETS = ("archive", "archive_item", "display_set", "answer")


class ImportIn(Schema):
    uploads: list[str]
    archive: str | None = None
    archive_item: UUID | None = None
    display_set: UUID | None = None
    answer: UUID | None = None
    interface: str | None = None


class ImportOut(Schema):
    pk: UUID
    creator: int | None
    status: str
    error_message: str | None
    image_set: list[str]
    api_url: str
    user_uploads: list[UUID] | None
    uploads: list[str]
    progress: float
    files_url: str


class OutcomeOut(Schema):
    name: str
    outcome: str
    reason: str


def shape(request: HttpRequest, row: dict[str, Any]) -> dict[str, Any]:
    origin = origin_of(request)
    url = f"{origin}/api/v1/cases/upload-sessions/{row['id']}/"
    return {
        "pk": row["id"],
        "creator": row["creator_id"],
        "status": row["status"],
        "error_message": row["error_message"] or None,
        "image_set": [image_url(origin, image_id) for image_id in row["images"]],
        "api_url": url,
        "user_uploads": row["uploads"],
        "uploads": [f"{origin}/api/v1/uploads/{upload_id}/" for upload_id in row["uploads"]],
        "progress": row["progress"],
        "files_url": f"{url}files/",
    }


def parse_upload_url(url: str) -> UUID:
    """The id at the end of an upload's address; the host does not matter."""
    parts = urlsplit(url).path.rstrip("/").split("/")
    try:
        return UUID(parts[parts.index("uploads") + 1])
    except (ValueError, IndexError):
        raise Invalid("Invalid hyperlink - No URL match.", field="uploads") from None


@router.get("", response=PageOf[ImportOut])
def list_imports(request: ActingRequest) -> HttpResponse:
    """Your own imports."""
    page = paging.parse_page(request)
    rows = imports.list_imports(request.actor, offset=page.offset, limit=page.limit)
    return paging.reply_page(request, page, imports.count_imports(request.actor), [shape(request, row) for row in rows])


@router.post("", response={201: ImportOut})
def create_import(request: ActingRequest, body: ImportIn) -> HttpResponse:
    """Turn completed uploads into images, for at most one of archive, archive_item, display_set and answer."""
    if not request.actor.is_signed_in:
        raise NotSignedIn
    targets = [name for name in TARGETS if getattr(body, name) is not None]
    if len(targets) > 1:
        raise Invalid(f"Give only one of {', '.join(TARGETS)}.")
    kind = targets[0] if targets else ""
    row = import_requests.begin_import(
        request.actor,
        upload_ids=[parse_upload_url(url) for url in body.uploads],
        target_kind=kind,
        target=getattr(body, kind) if kind else None,
        socket_slug=body.interface,
    )
    return reply(shape(request, imports.find_import(request.actor, import_id=row.pk)), status=201)


@router.get("{uuid:pk}/", response=ImportOut)
def show_import(request: ActingRequest, pk: UUID) -> HttpResponse:
    return reply(shape(request, imports.find_import(request.actor, import_id=pk)))


@router.get("{uuid:pk}/files/", response=PageOf[OutcomeOut])
def list_outcomes(request: ActingRequest, pk: UUID) -> HttpResponse:
    """What became of every file, those inside archives too: used, ignored or refused, and why."""
    page = paging.parse_page(request)
    rows = imports.list_outcomes(request.actor, import_id=pk)
    return paging.reply_page(request, page, len(rows), rows[page.offset : page.offset + page.limit])


@router.post("{uuid:pk}/cancel/", response=ImportOut)
def cancel_import(request: ActingRequest, pk: UUID) -> HttpResponse:
    imports.find_import(request.actor, import_id=pk)
    import_requests.cancel_import(request.actor, import_id=pk)
    return reply(shape(request, imports.find_import(request.actor, import_id=pk)))


@router.post("{uuid:pk}/retry/", response=ImportOut)
def retry_import(request: ActingRequest, pk: UUID) -> HttpResponse:
    """Start a failed import again, while its uploads are there."""
    imports.retry_import(request.actor, import_id=pk)
    return reply(shape(request, imports.find_import(request.actor, import_id=pk)))
