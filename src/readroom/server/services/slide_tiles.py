"""Tiles of whole slides, cut from the stored file when a viewer asks for them."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import ExitStack
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any
from uuid import UUID

from readroom.server.db.models import ImageFileKind
from readroom.server.domain.errors import NotFound
from readroom.server.services import images
from readroom.server.services.access import Actor
from readroom.server.storage import stores

if TYPE_CHECKING:
    from readroom.imaging.source import SlideSource

TILE_SIZE = 512
MOST_OPEN = 8
HEAD_BYTES = 4096


@dataclass(slots=True)
class OpenSlide:
    """A slide whose file is open; one tile of it is read at a time."""

    source: SlideSource
    holds: ExitStack
    lock: Lock = field(default_factory=Lock)


_open: OrderedDict[str, OpenSlide] = OrderedDict()
_opening = Lock()


def find_pack_key(actor: Actor, *, image_id: UUID) -> str | None:
    """The key of an image's pack; None for a slide. Raises `NotFound` for what the caller may not see."""
    files = images.find_files(actor, image_id=image_id, kinds=[ImageFileKind.PACK, ImageFileKind.SLIDE])
    return next((file.key for file in files if file.kind == ImageFileKind.PACK), None)


def describe_slide(actor: Actor, *, image_id: UUID) -> dict[str, Any]:
    """Size in pixels, where it is, and how far the tiles may be zoomed out."""
    from readroom.imaging.packheader import header_to_json

    source = find_slide(actor, image_id=image_id).source
    rows, columns = source.levels[0]
    header = header_to_json(source.header)
    shown = {name: header[name] for name in ("name", "geometry", "findings")}
    return shown | {"width": columns, "height": rows, "tile_size": TILE_SIZE, "halvings": halvings_of(rows, columns)}


def halvings_of(rows: int, columns: int) -> int:
    """How often a slide is halved until one tile holds it."""
    return max(0, (-(-max(rows, columns) // TILE_SIZE) - 1).bit_length())


def cut_tile(actor: Actor, *, image_id: UUID, halvings: int, row: int, column: int) -> bytes:
    """One tile as JPEG; raises `NotFound` outside the slide."""
    slide = find_slide(actor, image_id=image_id)
    rows, columns = slide.source.levels[0]
    size = TILE_SIZE << halvings
    if halvings > halvings_of(rows, columns) or row * size >= rows or column * size >= columns:
        raise NotFound
    height, width = min(size, rows - row * size), min(size, columns - column * size)
    level = max(number for number, (own, _) in enumerate(slide.source.levels) if rows / own <= (1 << halvings) + 0.01)
    own_rows, own_columns = slide.source.levels[level]
    down, across = rows / own_rows, columns / own_columns
    with slide.lock:
        pixels = slide.source.region(
            level=level,
            row=int(row * size / down),
            column=int(column * size / across),
            rows=max(1, round(height / down)),
            columns=max(1, round(width / across)),
        )
    return encode_tile(pixels, max(1, height >> halvings), max(1, width >> halvings))


def encode_tile(pixels: Any, rows: int, columns: int) -> bytes:  # noqa: ANN401 - imaging is loaded only here
    import io

    from PIL import Image

    picture = Image.fromarray(pixels)
    if picture.size != (columns, rows):
        picture = picture.resize((columns, rows), Image.Resampling.BOX)
    out = io.BytesIO()
    picture.convert("RGB").save(out, "JPEG", quality=88)
    return out.getvalue()


def find_slide(actor: Actor, *, image_id: UUID) -> OpenSlide:
    """The slide of an image that the caller may see, opened if it is not yet."""
    key = images.find_files(actor, image_id=image_id, kinds=[ImageFileKind.SLIDE])[0].key
    with _opening:
        slide = _open.pop(key, None) or open_slide(key)
        _open[key] = slide
        while len(_open) > MOST_OPEN:
            _open.popitem(last=False)[1].holds.close()
    return slide


def open_slide(key: str) -> OpenSlide:
    from readroom.imaging.formats import FORMATS
    from readroom.imaging.opening import is_slide
    from readroom.imaging.source import UploadedFile

    holds = ExitStack()
    path = holds.enter_context(stores.current().local_copy(key))
    with path.open("rb") as file:
        uploaded = UploadedFile(path=path, name=path.name, head=file.read(HEAD_BYTES))
    reader = next((each for each in FORMATS if each.recognizes(uploaded)), None)
    opened = reader.open(uploaded, refuse_companion).images if reader else ()
    slide = next((image for image in opened if is_slide(image)), None)
    if slide is None:
        holds.close()
        raise NotFound
    return OpenSlide(slide, holds)


def refuse_companion(_name: str) -> Any:  # noqa: ANN401 - never returns
    raise NotFound
