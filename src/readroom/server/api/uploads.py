"""Uploads on the wire: multipart with signed addresses of parts."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from readroom.server.api import paging
from readroom.server.api.auth import ActingRequest, known_writer
from readroom.server.api.origin import absolute, api_url
from readroom.server.api.paging import PageOf
from readroom.server.api.replies import reply
from readroom.server.services import uploads
from readroom.server.services.uploads import UploadRow

router = Router(tags=["uploads"], auth=known_writer)
OF_PARTS = "{uuid:pk}/{str:multipart_id}"


class UploadIn(Schema):
    filename: str
    part_numbers: list[int] = []  # noqa: RUF012 - a default of the schema


class PartNumbersIn(Schema):
    part_numbers: list[int]


class PartIn(Schema):
    ETag: str
    PartNumber: int


class PartsIn(Schema):
    parts: list[PartIn]


class UploadOut(Schema):
    pk: UUID
    created: str
    filename: str
    key: str
    s3_upload_id: str
    status: str
    api_url: str


class SignedUploadOut(UploadOut):
    presigned_urls: dict[str, str]


class PartOut(Schema):
    ETag: str
    PartNumber: int
    LastModified: str
    Size: int


class UploadPartsOut(UploadOut):
    parts: list[PartOut]


def shape(request: HttpRequest, row: UploadRow) -> dict[str, object]:
    return {
        "pk": row.id,
        "created": row.created_at,
        "filename": row.filename,
        "key": row.key,
        "s3_upload_id": row.multipart_id,
        "status": row.status,
        "api_url": api_url(request, "uploads", row.id),
    }


@router.get("", response=PageOf[UploadOut])
def list_uploads(request: ActingRequest) -> HttpResponse:
    """Your own uploads that are not used yet."""
    page = paging.parse_page(request)
    rows = uploads.list_uploads(request.actor, offset=page.offset, limit=page.limit)
    return paging.reply_page(request, page, uploads.count_uploads(request.actor), [shape(request, row) for row in rows])


@router.post("", response={201: UploadOut})
def begin_upload(request: ActingRequest, body: UploadIn) -> HttpResponse:
    """Begin an upload: then ask for addresses of parts, PUT the parts, and complete it.

    With `part_numbers` the addresses of these parts are in the reply at once, as `presigned_urls`.
    """
    row = uploads.begin_upload(request.actor, filename=body.filename)
    links = signed_links(request, row, body.part_numbers) if body.part_numbers else {}
    return reply(shape(request, row) | links, status=201)


def signed_links(request: ActingRequest, row: UploadRow, numbers: list[int]) -> dict[str, dict[str, str]]:
    links = uploads.sign_parts(request.actor, upload=row, numbers=numbers)
    return {
        "presigned_urls": {
            str(n): absolute(request, link) if link.startswith("/") else link for n, link in links.items()
        }
    }


@router.get("{uuid:pk}/", response=UploadOut)
def show_upload(request: ActingRequest, pk: UUID) -> HttpResponse:
    return reply(shape(request, uploads.find_upload(request.actor, upload_id=pk)))


@router.delete("{uuid:pk}/", response={204: None})
def delete_upload(request: ActingRequest, pk: UUID) -> HttpResponse:
    """Remove an upload that nothing uses."""
    uploads.delete_upload(request.actor, upload_id=pk)
    return HttpResponse(status=204)


@router.patch(OF_PARTS + "/generate-presigned-urls/", response=SignedUploadOut)
def sign_parts(request: ActingRequest, pk: UUID, multipart_id: str, body: PartNumbersIn) -> HttpResponse:
    """Addresses to PUT the bytes of parts to; they need no other permission and end after a day."""
    row = uploads.find_upload(request.actor, upload_id=pk, multipart_id=multipart_id)
    return reply(shape(request, row) | signed_links(request, row, body.part_numbers))


@router.patch(OF_PARTS + "/complete-multipart-upload/", response=UploadOut)
def complete_upload(request: ActingRequest, pk: UUID, multipart_id: str, body: PartsIn) -> HttpResponse:
    """Join the parts, named by number and by the ETag that each PUT replied."""
    row = uploads.find_upload(request.actor, upload_id=pk, multipart_id=multipart_id)
    parts = [(part.PartNumber, part.ETag) for part in body.parts]
    return reply(shape(request, uploads.complete_upload(request.actor, upload=row, parts=parts)))


@router.patch(OF_PARTS + "/abort-multipart-upload/", response=UploadOut)
def abort_upload(request: ActingRequest, pk: UUID, multipart_id: str) -> HttpResponse:
    row = uploads.find_upload(request.actor, upload_id=pk, multipart_id=multipart_id)
    return reply(shape(request, uploads.abort_upload(request.actor, upload=row)))


@router.get(OF_PARTS + "/list-parts/", response=UploadPartsOut)
def list_parts(request: ActingRequest, pk: UUID, multipart_id: str) -> HttpResponse:
    """The parts that were received: an upload that broke off goes on after these."""
    row = uploads.find_upload(request.actor, upload_id=pk, multipart_id=multipart_id)
    parts = [
        {"ETag": part.etag, "PartNumber": part.number, "LastModified": part.at, "Size": part.size}
        for part in uploads.list_parts(upload=row)
    ]
    return reply(shape(request, row) | {"parts": parts})
