"""Slides of several files, as small as openslide accepts them, written with what is known of the formats."""

import io
import struct
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

SLIDE_ID = "0123456789ABCDEF"
MICRONS = 0.25


def make_tissue(rows, columns, seed=7):
    """Smooth colours, so that JPEG changes them little."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(60, 250, (rows // 16 + 1, columns // 16 + 1, 3), dtype=np.uint8))
    return np.asarray(coarse.resize((columns, rows), Image.Resampling.BICUBIC))


def encode(tile, kind="JPEG"):
    out = io.BytesIO()
    options = {"quality": 95, "subsampling": 0} if kind == "JPEG" else {}
    Image.fromarray(tile).save(out, kind, **options)
    return out.getvalue()


@dataclass
class Mirax:
    """A MIRAX slide that can be made wrong before it is written.

    Parameters
    ----------
    photos : tuple of 2 ints
        Photos down and across; each is cut into 2 x 2 tiles.
    moved : mapping
        Pixels (x, y) by which the stage missed the place of a photo (row, column).
    """

    photos: tuple[int, int] = (2, 3)
    tile: int = 64
    levels: int = 2
    kind: str = "JPEG"
    places: str = "VIMSLIDE_POSITION_BUFFER"
    moved: dict = field(default_factory=dict)
    data: bytearray = field(default_factory=lambda: bytearray(f"01.02{SLIDE_ID}".encode().ljust(300, b"\0")))
    settings: dict = field(default_factory=dict)
    """Group and key to another value; None leaves the key out."""
    pages_loop: bool = False
    offset_added: int = 0

    def __post_init__(self):
        self.pixels = make_tissue(self.photos[0] * 2 * self.tile, self.photos[1] * 2 * self.tile)

    def write(self, folder: Path, name="slide", *, is_flat=False) -> Path:
        inner = folder if is_flat else folder / name
        inner.mkdir(parents=True, exist_ok=True)
        (inner / "Index.dat").write_bytes(self.index())
        (inner / "Data0000.dat").write_bytes(self.data)
        (inner / "Slidedat.ini").write_bytes(b"\xef\xbb\xbf" + self.description().encode())
        main = folder / f"{name}.mrxs"
        main.write_bytes(encode(self.pixels[::8, ::8]))
        return main

    def add(self, content) -> tuple[int, int]:
        at = len(self.data)
        self.data += content
        return at, len(content)

    def index(self):
        head = f"01.02{SLIDE_ID}".encode()
        out = bytearray(head + bytes(8))

        def chain(*records):
            first = len(out)
            page = struct.pack("<2i", len(records), first if self.pages_loop else 0)
            page += b"".join(struct.pack("<4i", *record) for record in records)
            out.extend(struct.pack("<2i", 0, first + 8) + page)
            return first

        tables = [[chain(*self.tiles(level)) for level in range(self.levels)], []]
        if self.places:
            offset, size = self.add(self.place_table())
            tables[1].append(len(out))
            out.extend(struct.pack("<2i", 0, len(out) + 8) + struct.pack("<7i", 1, 0, 0, 0, offset, size, 0))
        for number, table in enumerate(tables):
            struct.pack_into("<i", out, len(head) + 4 * number, len(out))
            out.extend(struct.pack(f"<{len(table)}i", *table))
        return bytes(out)

    def tiles(self, level):
        step, across = 1 << level, self.photos[1] * 2
        shrunk = np.asarray(Image.fromarray(self.pixels).reduce(step))
        array = np.pad(shrunk, ((0, self.tile), (0, self.tile), (0, 0)), constant_values=255)
        for y in range(0, self.photos[0] * 2, step):
            for x in range(0, across, step):
                top, left = y // step * self.tile, x // step * self.tile
                offset, size = self.add(encode(array[top : top + self.tile, left : left + self.tile], self.kind))
                yield y * across + x, offset + self.offset_added, size, 0

    def place_table(self):
        records = b""
        for row in range(self.photos[0]):
            for column in range(self.photos[1]):
                x, y = self.moved.get((row, column), (0, 0))
                records += struct.pack("<bii", 0, column * 2 * self.tile + x, row * 2 * self.tile + y)
        return zlib.compress(records) if self.places == "StitchingIntensityLayer" else records

    def description(self):
        groups = {
            "GENERAL": {
                "SLIDE_VERSION": "01.02",
                "SLIDE_ID": SLIDE_ID,
                "IMAGENUMBER_X": self.photos[1] * 2,
                "IMAGENUMBER_Y": self.photos[0] * 2,
                "OBJECTIVE_MAGNIFICATION": 20,
                "CameraImageDivisionsPerSide": 2,
            },
            "HIERARCHICAL": {
                "INDEXFILE": "Index.dat",
                "HIER_COUNT": 1,
                "NONHIER_COUNT": int(bool(self.places)),
                "HIER_0_NAME": "Slide zoom level",
                "HIER_0_COUNT": self.levels,
                **{f"HIER_0_VAL_{level}_SECTION": f"LEVEL_{level}" for level in range(self.levels)},
                "NONHIER_0_NAME": self.places,
                "NONHIER_0_COUNT": 1,
                "NONHIER_0_VAL_0": self.places,
                "NONHIER_0_VAL_0_SECTION": "NONHIERLAYER_0_SECTION",
            },
            "DATAFILE": {"FILE_COUNT": 1, "FILE_0": "Data0000.dat"},
            "NONHIERLAYER_0_SECTION": {"VIMSLIDE_POSITION_DATA_FORMAT_VERSION": 257},
        }
        for level in range(self.levels):
            groups[f"LEVEL_{level}"] = {
                "IMAGE_CONCAT_FACTOR": int(level > 0),
                "OVERLAP_X": 0,
                "OVERLAP_Y": 0,
                "MICROMETER_PER_PIXEL_X": MICRONS * (1 << level),
                "MICROMETER_PER_PIXEL_Y": MICRONS * (1 << level),
                "IMAGE_FILL_COLOR_BGR": 0xFFFFFF,
                "DIGITIZER_WIDTH": self.tile,
                "DIGITIZER_HEIGHT": self.tile,
                "IMAGE_FORMAT": "BMP24" if self.kind == "BMP" else self.kind,
            }
        for (group, key), value in self.settings.items():
            groups[group][key] = value
        lines = []
        for group, values in groups.items():
            lines += [f"[{group}]", *(f"{key} = {value}" for key, value in values.items() if value is not None)]
        return "\r\n".join(lines) + "\r\n"


def encode_with_restarts(pixels):
    """A JPEG with a restart marker after every 4 blocks, as Hamamatsu's have it."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=95, subsampling=0, restart_marker_blocks=4)
    return out.getvalue()


def write_vms(folder: Path, name="slide", *, settings=None, without=(), macro=True) -> tuple[Path, np.ndarray]:
    """A VMS slide of 1 x 2 JPEGs with a map and a macro picture; its finest pixels before JPEG."""
    folder.mkdir(parents=True, exist_ok=True)
    pixels = make_tissue(128, 256)
    parts = {
        f"{name}-0-0.jpg": encode_with_restarts(pixels[:, :128]),
        f"{name}-1-0.jpg": encode_with_restarts(pixels[:, 128:]),
        f"{name}_map.jpg": encode_with_restarts(np.asarray(Image.fromarray(pixels).reduce(4))),
        f"{name}_macro.jpg": encode(pixels[::4, ::4]),
    }
    values = {
        "NoLayers": 1,
        "NoJpegColumns": 2,
        "NoJpegRows": 1,
        "ImageFile": f"{name}-0-0.jpg",
        "ImageFile(1,0)": f"{name}-1-0.jpg",
        "MapFile": f"{name}_map.jpg",
        "MacroImage": f"{name}_macro.jpg" if macro else None,
        "PhysicalWidth": int(256 * MICRONS * 1000),
        "PhysicalHeight": int(128 * MICRONS * 1000),
        "SourceLens": 20,
        **(settings or {}),
    }
    for part, content in parts.items():
        if part not in without and (macro or "macro" not in part):
            (folder / part).write_bytes(content)
    return write_keys(folder / f"{name}.vms", "Virtual Microscope Specimen", values), pixels


def write_vmu(folder: Path, name="slide", *, settings=None, cut=0) -> tuple[Path, np.ndarray]:
    """A VMU slide: 12 bits of each colour, column after column of strips."""
    folder.mkdir(parents=True, exist_ok=True)
    pixels = make_tissue(128, 192)
    for part, array in ((f"{name}.ngr", pixels), (f"{name}_map.ngr", pixels[::4, ::4])):
        rows, columns = array.shape[:2]
        strip = columns // 2
        head = b"GN\0\0" + struct.pack("<3i", columns, rows, strip) + bytes(8) + struct.pack("<i", 64)
        strips = [array[:, left : left + strip] for left in range(0, columns, strip)]
        body = b"".join((part.astype("<u2") << 4).tobytes() for part in strips)
        content = head.ljust(64, b"\0") + body
        (folder / part).write_bytes(content[: len(content) - cut])
    values = {
        "NoLayers": 1,
        "ImageFile": f"{name}.ngr",
        "MapFile": f"{name}_map.ngr",
        "BitsPerPixel": 36,
        "PixelOrder": "RGB",
        "PhysicalWidth": int(192 * MICRONS * 1000),
        "PhysicalHeight": int(128 * MICRONS * 1000),
        **(settings or {}),
    }
    return write_keys(folder / f"{name}.vmu", "Uncompressed Virtual Microscope Specimen", values), pixels


def write_keys(path, group, values):
    lines = [f"{key}={value}" for key, value in values.items() if value is not None]
    path.write_text("\n".join([f"[{group}]", *lines, ""]))
    return path


def assert_same_pixels(slide, oracle):
    """Compare a part of every level with what openslide reads."""
    assert [(rows, columns) for columns, rows in oracle.level_dimensions] == list(slide.levels)
    for level, (columns, rows) in enumerate(oracle.level_dimensions):
        down, across = rows // 3, columns // 4
        place = (round(across * oracle.level_downsamples[level]), round(down * oracle.level_downsamples[level]))
        theirs = np.asarray(oracle.read_region(place, level, (columns // 2, rows // 2)))
        ours = slide.region(level=level, row=down, column=across, rows=rows // 2, columns=columns // 2)
        is_opaque = theirs[..., 3] == 255
        np.testing.assert_array_equal(ours[is_opaque], theirs[..., :3][is_opaque])
        assert is_opaque.mean() > 0.9
