"""Pictures: PNG, JPEG and BMP. What a person would see is what is read: palettes are colours, EXIF rotation is done.

The size is read and bounded before anything decodes, and the size of a pixel is never known: the resolution that such
files carry is for printing.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import imagecodecs
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from readroom.imaging.errors import CorruptFile, ImagingError, TooLarge, TruncatedFile, UnsupportedContent
from readroom.imaging.formats.axes import uncalibrated
from readroom.imaging.formats.bounds import MIB, file_bytes, label
from readroom.imaging.formats.codestreams import size_of_jpeg
from readroom.imaging.geometry import Finding, FindingKind
from readroom.imaging.source import Color, Frame, ImageHeader, Opened, Siblings, UploadedFile

MARKS = {b"\x89PNG\r\n\x1a\n": "PNG", b"\xff\xd8\xff": "JPEG", b"BM": "BMP"}
REFUSED: dict[str, Callable[[bytes], bool]] = {
    "GIF": lambda head: head.startswith((b"GIF87a", b"GIF89a")),
    "WebP": lambda head: head.startswith(b"RIFF") and head[8:12] == b"WEBP",
    "JPEG 2000": lambda head: head.startswith((b"\x00\x00\x00\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51")),
    "JPEG XL": lambda head: head.startswith((b"\xff\x0a", b"\x00\x00\x00\x0cJXL \r\n\x87\n")),
    "HEIF": lambda head: head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"mif1", b"avif"),
}
MAX_PIXELS = 89_000_000
SEARCHED = 4 * MIB
"""Bytes in which the size of a JPEG must stand: colour profiles and thumbnails stand before it."""
MODES = {
    "1": Color.GRAY,
    "L": Color.GRAY,
    "I;16": Color.GRAY,
    "I": Color.GRAY,
    "LA": Color.RGBA,
    "RGB": Color.RGB,
    "RGBA": Color.RGBA,
    "CMYK": Color.RGB,
    "P": Color.RGB,
    "PA": Color.RGBA,
}
TARGETS = {Color.GRAY: "L", Color.RGB: "RGB", Color.RGBA: "RGBA"}
LOSSY = Finding(FindingKind.LOSSY_COMPRESSION, "The picture was compressed with loss (JPEG) before it came here.")


class Raster:
    """Pictures of one frame."""

    name = "picture"

    def recognizes(self, file: UploadedFile) -> bool:
        return bool(kind_of(file.head)) or any(is_it(file.head) for is_it in REFUSED.values())

    def open(self, file: UploadedFile, siblings: Siblings) -> Opened:  # noqa: ARG002 - a picture is one file
        name = label(file)
        file_bytes(file.path, name)
        for refused, is_it in REFUSED.items():
            if is_it(file.head):
                raise UnsupportedContent(f"{name} is a {refused} picture, which is not read; save it as PNG.")
        kind = kind_of(file.head)
        check_pixels(file.path, kind, name)
        return Opened(images=(Picture(file.path, name, kind),))


def kind_of(head: bytes) -> str:
    return next((kind for mark, kind in MARKS.items() if head.startswith(mark)), "")


def check_pixels(path: Path, kind: str, name: str) -> None:
    """Refuse a picture before anything is allocated for it."""
    with path.open("rb") as file:
        data = file.read(SEARCHED if kind == "JPEG" else 64)
    size = size_of_jpeg(data) if kind == "JPEG" else size_of_header(data, kind)
    if size is None:
        raise TruncatedFile(f"{name} ends before its size is told; upload it again from the original.")
    rows, columns = size
    if rows < 1 or columns < 1:
        raise CorruptFile(f"{name} declares {columns} x {rows} pixels; export it again from the original.")
    if rows * columns > MAX_PIXELS:
        raise TooLarge(f"{name} declares {columns} x {rows} pixels; save it smaller, or as a tiled TIFF.")


def size_of_header(data: bytes, kind: str) -> tuple[int, int] | None:
    if len(data) < 26:
        return None
    if kind == "PNG":
        columns, rows = struct.unpack_from(">2I", data, 16)
    elif struct.unpack_from("<I", data, 14)[0] == 12:
        columns, rows = struct.unpack_from("<2H", data, 18)
    else:
        columns, rows = struct.unpack_from("<2I", data, 18)
        rows = (1 << 32) - rows if data[25] == 0xFF else rows  # negative: the first row is the top
    return rows, columns


@dataclass(frozen=True)
class Depth:
    """Bits and samples of a PNG, from its IHDR."""

    bits: int
    samples: int

    @classmethod
    def of(cls, path: Path) -> Depth:
        with path.open("rb") as file:
            head = file.read(26)
        return cls(head[24], {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(head[25], 0))

    @property
    def is_deep(self) -> bool:
        """16 bits, which Pillow would cut to 8 in colour."""
        return self.bits == 16


class Picture:
    """One picture.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        Its name.
    kind : str
        ``PNG``, ``JPEG`` or ``BMP``.
    """

    def __init__(self, path: Path, name: str, kind: str) -> None:
        self.path, self.name, self.kind = path, name, kind
        self.depth = Depth.of(path) if kind == "PNG" else Depth(8, 0)
        self._header = self._describe()

    def _describe(self) -> ImageHeader:
        with self._opened() as image:
            if image.mode not in MODES:
                raise UnsupportedContent(f"{self.name} holds colours of a kind that is not read; save it as RGB.")
            color = MODES[image.mode]
            if image.mode == "P" and "transparency" in image.info:
                color = Color.RGBA
            columns, rows = image.size
            if orientation_of(image) in (5, 6, 7, 8):
                rows, columns = columns, rows
        if self.depth.is_deep:
            color = {1: Color.GRAY, 2: Color.RGBA, 3: Color.RGB, 4: Color.RGBA}[self.depth.samples]
        samples = {Color.GRAY: (), Color.RGB: (3,), Color.RGBA: (4,)}[color]
        calibration = uncalibrated("Pictures carry a size for print at most.")
        return ImageHeader(
            name=self.name,
            shape=(rows, columns, *samples),
            dtype=np.dtype(np.uint16 if self.depth.is_deep else np.uint8),
            color=color,
            findings=(calibration, LOSSY) if self.kind == "JPEG" else (calibration,),
            files=(self.path,),
        )

    @property
    def header(self) -> ImageHeader:
        return self._header

    def frame(self, index: int) -> Frame:  # noqa: ARG002 - there is one
        if self.depth.is_deep:
            return self._deep_frame()
        with self._opened() as image:
            upright = ImageOps.exif_transpose(image)
            if upright.mode == "CMYK":
                upright = upright.convert("RGB")
            return np.array(upright.convert(TARGETS[self._header.color]))

    def _deep_frame(self) -> Frame:
        with self._translated():
            data = self.path.read_bytes()
            pixels = np.asarray(imagecodecs.png_decode(data))
        if self.depth.samples == 2:
            pixels = pixels[..., [0, 0, 0, 1]]
        if pixels.dtype != np.uint16 or pixels.shape[: self._header.color is Color.GRAY or 3] == ():
            raise CorruptFile(f"{self.name} is not what its header says; export it again from the original.")
        return np.ascontiguousarray(pixels.reshape(self._header.shape))

    @contextmanager
    def _opened(self) -> Iterator[Image.Image]:
        with self._translated(), Image.open(io.BytesIO(self.path.read_bytes()), formats=(self.kind,)) as image:
            yield image

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except ImagingError:
            raise
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise TooLarge(f"{self.name} declares too many pixels; save it smaller.") from error
        except UnidentifiedImageError as error:
            raise CorruptFile(f"{self.name} is no {self.kind} that can be read; export it again.") from error
        except (OSError, EOFError, imagecodecs.PngError) as error:
            if "truncated" in str(error).lower() or "read error" in str(error).lower():
                raise TruncatedFile(f"{self.name} ends too early; upload it again from the original.") from error
            raise CorruptFile(f"{self.name} is damaged; export it again from the original.") from error
        except (ValueError, SyntaxError, TypeError, KeyError, IndexError, struct.error, zlib.error) as error:
            raise CorruptFile(f"{self.name} is damaged; export it again from the original.") from error


def orientation_of(image: Image.Image) -> int:
    """Read how the camera was held (EXIF 0x0112); 1 is upright."""
    data = image.info.get("exif")
    if not data:
        return 1
    exif = Image.Exif()
    exif.load(data)
    value = exif.get(0x0112, 1)
    return value if isinstance(value, int) else 1
