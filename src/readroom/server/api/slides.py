"""What a viewer needs to show an image: the address of its pack, or a whole slide tile by tile."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from ninja import Router, Schema

from readroom.server import config
from readroom.server.api.auth import ActingRequest
from readroom.server.api.origin import absolute
from readroom.server.api.replies import reply
from readroom.server.domain.errors import NotFound
from readroom.server.services import slide_tiles
from readroom.server.storage import packs, signing, stores

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


class SourceOut(Schema):
    """A pack or a slide; of a pack also how many bytes from its start are enough to scroll through all of it."""

    url: str | None
    coarse_bytes: int | None
    slide: SlideOut | None


@router.get("{uuid:pk}/source/", response=SourceOut)
def show_source(request: ActingRequest, pk: UUID) -> HttpResponse:
    """Where the pixels of an image are: the signed address of its pack, or the slide it is."""
    key = slide_tiles.find_pack_key(request.actor, image_id=pk)
    if key is None:
        return reply(
            {"url": None, "coarse_bytes": None, "slide": slide_tiles.describe_slide(request.actor, image_id=pk)}
        )
    index = packs.index_of(stores.current(), key)
    path = signing.signed_path("read", key, f"{pk}.rrpack", seconds=config.current().link_seconds)
    coarse = index.band_span(index.bands[0].level).end
    return reply({"url": absolute(request, path), "coarse_bytes": coarse, "slide": None})


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
