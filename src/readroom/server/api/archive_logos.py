"""The picture of an archive on the wire."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from ninja import Router

from readroom.server.api.auth import ActingRequest, known_writer
from readroom.server.api.images import redirect_to_bytes
from readroom.server.api.study_logos import PATH, PICTURE
from readroom.server.services import logos

router = Router(tags=["archives"], auth=known_writer)


@router.get(PATH, response={302: None})
def show_logo(request: ActingRequest, pk: UUID) -> HttpResponse:
    """The picture of the archive, a square PNG; follow the redirection."""
    return redirect_to_bytes(request, logos.show_logo(request.actor, logos.ARCHIVE, pk=pk), "logo.png")


@router.put(PATH, response={204: None}, openapi_extra=PICTURE)
def put_logo(request: ActingRequest, pk: UUID) -> HttpResponse:
    """Give the archive the PNG or JPEG in the body as its picture; its middle square is kept, 512 pixels at most."""
    logos.put_logo(request.actor, logos.ARCHIVE, pk=pk, data=request.body)
    return HttpResponse(status=204)


@router.delete(PATH, response={204: None})
def remove_logo(request: ActingRequest, pk: UUID) -> HttpResponse:
    logos.remove_logo(request.actor, logos.ARCHIVE, pk=pk)
    return HttpResponse(status=204)
