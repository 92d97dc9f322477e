"""Tiles of whole slides, cut from the stored files when a viewer asks for them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any
from uuid import UUID

from readroom.server.db.models import ImageFileKind
from readroom.server.domain.errors import NotFound, Refusal
from readroom.server.services import images
from readroom.server.services.access import Actor
from readroom.server.storage import stores

if TYPE_CHECKING:
    from readroom.imaging.source import SlideSource

TILE_SIZE = 512
MOST_OPEN = 8


@dataclass(slots=True)
class OpenSlide:
    """A slide whose files are open; one tile of it is read at a time."""

    source: SlideSource
    holds: ExitStack
    lock: Lock = field(default_factory=Lock)


_open: OrderedDict[UUID, OpenSlide] = OrderedDict()
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
    from readroom.imaging.slides import average_region

    with slide.lock, damage_named():
        pixels = average_region(
            slide.source,
            level=level,
            row=int(row * size / down),
            column=int(column * size / across),
            rows=max(1, round(height / down)),
            columns=max(1, round(width / across)),
            step=max(1, int((1 << halvings) / max(down, across))),
        )
    return encode_tile(pixels, max(1, height >> halvings), max(1, width >> halvings))


@contextmanager
def damage_named() -> Iterator[None]:
    """A part of a slide that cannot be decoded is refused with its sentence; the others stay readable."""
    from readroom.imaging import ImagingError
    from readroom.imaging.guarding import translated

    try:
        with translated("This part of the slide"):
            yield
    except ImagingError as error:
        raise Refusal(error.reason) from error


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
    files = images.find_files(actor, image_id=image_id, kinds=[ImageFileKind.SLIDE])
    with _opening:
        slide = _open.pop(image_id, None) or open_files(files)
        _open[image_id] = slide
        while len(_open) > MOST_OPEN:
            close(_open.popitem(last=False)[1])
    return slide


def open_files(files: Sequence[images.StoredFile]) -> OpenSlide:
    """Open a slide of one file, or of several that know each other by the names of their upload."""
    from readroom.imaging import ImagingError, open_slide

    store = stores.current()
    with ExitStack() as stack:
        paths = {file.name: stack.enter_context(store.local_copy(file.key)) for file in files}
        try:
            return OpenSlide(open_slide(paths), stack.pop_all())
        except ImagingError:
            raise NotFound from None


def close(slide: OpenSlide) -> None:
    with slide.lock:
        slide.holds.close()
