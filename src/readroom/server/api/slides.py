"""Whole slides on the wire: what a viewer needs to show them tile by tile."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from ninja import Router, Schema

from readroom.server.api.auth import ActingRequest
from readroom.server.api.replies import reply
from readroom.server.domain.errors import NotFound
from readroom.server.services import slide_tiles

router = Router(tags=["images"])
MOST_HALVINGS = 30
MOST_TILES = 1 << 24


class SlideOut(Schema):
    name: str
    width: int
    height: int
    tile_size: int
    halvings: int
    geometry: dict[str, Any]
    findings: list[dict[str, Any]]


@router.get("{uuid:pk}/", response=SlideOut)
def show_slide(request: ActingRequest, pk: UUID) -> HttpResponse:
    """Size and place of a slide. Its tiles are halved up to `halvings` times."""
    return reply(slide_tiles.describe_slide(request.actor, image_id=pk))


@router.get("{uuid:pk}/{int:halvings}/{int:row}/{int:column}.jpg", response={200: bytes})
def show_tile(request: ActingRequest, pk: UUID, halvings: int, row: int, column: int) -> HttpResponse:
    """One tile of a slide at a resolution, as JPEG."""
    if halvings > MOST_HALVINGS or max(row, column) > MOST_TILES:
        raise NotFound
    tile = slide_tiles.cut_tile(request.actor, image_id=pk, halvings=halvings, row=row, column=column)
    return HttpResponse(tile, content_type="image/jpeg", headers={"Cache-Control": "private, max-age=86400, immutable"})
