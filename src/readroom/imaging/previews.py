"""Small pictures of stored images, made from the lowest resolution that is large enough."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from readroom.imaging.pack import Pack
from readroom.imaging.source import Color, Frame, ImageHeader, Window
from readroom.imaging.windowing import scale_of, to_real, to_shades

Shades = NDArray[np.uint8]


def preview_png(pack: Pack, *, frame: int | None = None, size: int = 256, window: Window | None = None) -> bytes:
    """Make a PNG of one frame.

    >>> with Pack.open("chest.pack") as pack:  # doctest: +SKIP
    ...     Path("chest.png").write_bytes(preview_png(pack))

    Parameters
    ----------
    pack : Pack
        Only the parts of one frame at a low resolution are read.
    frame : int, optional
        Which frame; the middle one by default.
    size : int
        Pixels of the longer side, at most. The picture has the proportions of the patient, not of the grid.
    window : Window, optional
        In real values; the pack's own by default.

    Returns
    -------
    bytes
        The file.
    """
    return _encode(preview(pack, frame=frame, size=size, window=window), "PNG", compress_level=1)


def preview_jpeg(pack: Pack, *, frame: int | None = None, size: int = 256, window: Window | None = None) -> bytes:
    """Make a JPEG of one frame; see `preview_png`.

    >>> with Pack.open("chest.pack") as pack:  # doctest: +SKIP
    ...     Path("chest.jpg").write_bytes(preview_jpeg(pack, size=128))

    Parameters
    ----------
    pack : Pack
        Only the parts of one frame at a low resolution are read.
    frame : int, optional
        Which frame; the middle one by default.
    size : int
        Pixels of the longer side, at most.
    window : Window, optional
        In real values; the pack's own by default.

    Returns
    -------
    bytes
        The file.
    """
    return encode_jpeg(preview(pack, frame=frame, size=size, window=window))


def preview(pack: Pack, *, frame: int | None = None, size: int = 256, window: Window | None = None) -> Shades:
    """Shades (rows, columns) or colours (rows, columns, 3) of one frame."""
    header = pack.header
    number = middle_frame(header) if frame is None else frame
    values = pack.frame(number, level=_level_for(pack, size))
    shades = paint(values, header, number, window or Window(*pack.index.window))
    return _fit(shades, header, size)


def middle_frame(header: ImageHeader) -> int:
    """Middle slice of the first time point; for a cine, the middle of it."""
    slices = header.frame_count // max(header.time_points, 1)
    return slices // 2 if slices > 1 else header.frame_count // 2


def paint(values: Frame, header: ImageHeader, number: int, window: Window) -> Shades:
    """Turn stored values of a frame into shades or colours of 8 bits."""
    if header.color is Color.GRAY:
        return to_shades(to_real(values, scale_of(header, number)), window, is_inverted=header.is_inverted)
    colors = to_shades(to_real(values[..., :3], scale_of(header, number)), window)
    if header.color is not Color.RGBA:
        return colors
    full = float(np.iinfo(header.dtype).max) if header.dtype.kind in "iu" else 1.0
    opacity = values[..., 3:].astype(np.float32) / full
    over_black: Shades = np.rint(colors * opacity).astype(np.uint8)
    return over_black


def encode_jpeg(shades: Shades) -> bytes:
    return _encode(shades, "JPEG", quality=85)


def _level_for(pack: Pack, size: int) -> int:
    """Coarsest resolution that has at least the size asked for; else the full one."""
    fitting = [band.level for band in pack.index.bands if max(band.rows, band.columns) >= size]
    return fitting[0] if fitting else 0


def _fit(shades: Shades, header: ImageHeader, size: int) -> Shades:
    rows, columns = header.frame_shape[:2]
    width, height = columns * header.geometry.spacing[0], rows * header.geometry.spacing[1]
    if not (np.isfinite(width) and np.isfinite(height) and width > 0 and height > 0):
        width, height = float(columns), float(rows)
    longest = min(size, max(shades.shape[:2]))
    scale = longest / max(width, height)
    target = (max(round(width * scale), 1), max(round(height * scale), 1))
    if target == (shades.shape[1], shades.shape[0]):
        return shades
    return np.asarray(
        Image.fromarray(shades).resize(target, Image.Resampling.BOX if longest < 64 else Image.Resampling.BILINEAR)
    )


def _encode(shades: Shades, kind: str, **options: Any) -> bytes:  # noqa: ANN401 - options of the encoder
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(shades)).save(buffer, kind, **options)
    return buffer.getvalue()
