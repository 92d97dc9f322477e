"""The picture of a study on the wire."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from ninja import Router

from readroom.server.api.auth import ActingRequest, known_writer
from readroom.server.api.images import redirect_to_bytes
from readroom.server.services import logos

router = Router(tags=["reader studies"], auth=known_writer)
PATH = "{uuid:pk}/logo/"
PICTURE = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in ("image/png", "image/jpeg")},
    }
}


@router.get(PATH, response={302: None})
def show_logo(request: ActingRequest, pk: UUID) -> HttpResponse:
    """The picture of the study, a square PNG; follow the redirection."""
    return redirect_to_bytes(request, logos.show_logo(request.actor, logos.STUDY, pk=pk), "logo.png")


@router.put(PATH, response={204: None}, openapi_extra=PICTURE)
def put_logo(request: ActingRequest, pk: UUID) -> HttpResponse:
    """Give the study the PNG or JPEG in the body as its picture; its middle square is kept, 512 pixels at most."""
    logos.put_logo(request.actor, logos.STUDY, pk=pk, data=request.body)
    return HttpResponse(status=204)


@router.delete(PATH, response={204: None})
def remove_logo(request: ActingRequest, pk: UUID) -> HttpResponse:
    logos.remove_logo(request.actor, logos.STUDY, pk=pk)
    return HttpResponse(status=204)
