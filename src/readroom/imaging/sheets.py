"""Contact sheets: all images of an import on one picture."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from readroom.imaging.outcomes import ImportedImage
from readroom.imaging.pack import Pack
from readroom.imaging.previews import preview

_CELL = 240
_CAPTION = 36
_MARGIN = 8
_MOST = 400


def contact_sheet(images: Sequence[ImportedImage]) -> bytes:
    """Draw the middle frame of every image with its name and shape.

    Parameters
    ----------
    images : sequence of ImportedImage
        At most 400 are drawn.

    Returns
    -------
    bytes
        A PNG.
    """
    shown = images[:_MOST]
    columns = max(math.ceil(math.sqrt(len(shown) * 1.4)), 1)
    rows = max(math.ceil(len(shown) / columns), 1)
    width, height = _CELL + 2 * _MARGIN, _CELL + _CAPTION + 2 * _MARGIN
    sheet = Image.new("RGB", (columns * width, rows * height), "#1b1b1f")
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(12)
    for number, image in enumerate(shown):
        left, top = number % columns * width + _MARGIN, number // columns * height + _MARGIN
        picture = _picture(image)
        sheet.paste(picture, (left + (_CELL - picture.width) // 2, top + (_CELL - picture.height) // 2))
        for line, text in enumerate(_caption(image)):
            draw.text((left, top + _CELL + 4 + 15 * line), text, fill="#d8d8de", font=font)
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _picture(image: ImportedImage) -> Image.Image:
    if image.pack is None:
        picture: Image.Image = Image.open(image.thumbnail) if image.thumbnail else Image.new("RGB", (1, 1))
        picture.thumbnail((_CELL, _CELL))
        return picture.convert("RGB")
    with Pack.open(image.pack) as pack:
        shown = Image.fromarray(preview(pack, size=_CELL)).convert("RGB")
    factor = max(_CELL // max(shown.size), 1)
    return shown.resize((shown.width * factor, shown.height * factor), Image.Resampling.NEAREST)


def _caption(image: ImportedImage) -> tuple[str, str]:
    header = image.header
    shape = "x".join(str(size) for size in header.shape)
    marks = " ".join(f"! {finding.kind}" for finding in header.findings)
    return _cut(f"{header.modality} {header.name}".strip()), _cut(f"{shape} {header.dtype.name} {marks}")


def _cut(text: str) -> str:
    plain = "".join(character if character.isprintable() else "?" for character in text)
    return plain if len(plain) <= 40 else f"{plain[:39]}…"
