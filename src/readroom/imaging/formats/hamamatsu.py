"""Hamamatsu's slides of several files: VMS (JPEG with restart markers) and VMU (uncompressed)."""

from __future__ import annotations

import os
import re
import struct

from readroom.imaging.errors import CorruptFile, TooLarge, TruncatedFile, UnsupportedContent
from readroom.imaging.formats.bounds import FRAME_BYTES, MIB, check_available, label
from readroom.imaging.formats.codestreams import declared_size
from readroom.imaging.formats.keyfiles import KeyFile, read_key_file
from readroom.imaging.formats.slideparts import Parts, Staging
from readroom.imaging.source import UploadedFile

VMS, VMU = "Virtual Microscope Specimen", "Uncompressed Virtual Microscope Specimen"
IMAGE_KEY = re.compile(r"ImageFile(?:\(([0-9]{1,4})((?:,[0-9]{1,4}){0,2})\))?")
MAP_KEY, MACRO_KEY, OFFSETS_KEY = "MapFile", "MacroImage", "OptimisationFile"
MOST_ACROSS, MOST_FILES = 64, 4096
JPEG_HEADER, JPEG_TAIL = 4 * MIB, 4096
END_OF_JPEG = b"\xff\xd9"
NGR_HEADER = struct.Struct("<2s2x3i8xi")
NGR_ROWS_AT_ONCE, NGR_PIXEL = 64, 6


def find_parts(parts: Parts) -> Staging:
    """Find and check the files that a ``.vms`` or ``.vmu`` names."""
    keys = read_key_file(parts.file)
    group = VMS if VMS in keys.groups else VMU
    for key in ("NoLayers", "NoJpegColumns", "NoJpegRows") if group == VMS else ("NoLayers",):
        keys.whole(group, key, least=1, most=MOST_ACROSS)
    if group == VMU and (keys.text(group, "BitsPerPixel"), keys.text(group, "PixelOrder")) != ("36", "RGB"):
        raise UnsupportedContent(f"{keys.name} has pixels that are not read; save the slide with 36 bits of RGB.")
    keys.text(group, MAP_KEY)
    found = {key: parts.find(named, is_optional=not is_needed(key)) for key, named in named_files(keys, group).items()}
    parts.require_all()
    places = {key: f"part-{number}" for number, key in enumerate(found)}
    for key, part in found.items():
        if part is not None and key != OFFSETS_KEY:
            (check_jpeg if group == VMS or key == MACRO_KEY else check_ngr)(part)
    first = "slide.vms" if group == VMS else "slide.vmu"
    text = keys.written({(group, key): places[key] if part else None for key, part in found.items()})
    return Staging(first, {first: text}, {places[key]: part for key, part in found.items() if part})


def named_files(keys: KeyFile, group: str) -> dict[str, str]:
    """Keys that name files, and the names."""
    values = keys.groups[group]
    found = {
        key: name
        for key, name in values.items()
        if name and (IMAGE_KEY.fullmatch(key) or key in {MAP_KEY, MACRO_KEY, OFFSETS_KEY})
    }
    if len(found) > MOST_FILES:
        raise TooLarge(f"{keys.name} names {len(found)} files; a slide may have {MOST_FILES}.")
    return found


def is_needed(key: str) -> bool:
    """Whether openslide cannot do without: the map, and the pictures of the first focal plane."""
    found = IMAGE_KEY.fullmatch(key)
    if found is None:
        return key == MAP_KEY
    has_plane = found[1] is not None and found[2].count(",") != 1
    return not has_plane or int(found[1]) == 0


def check_jpeg(part: UploadedFile) -> None:
    """Refuse what is no whole JPEG; openslide decodes it in strips, whatever its size."""
    with part.path.open("rb") as file:
        if declared_size(file.read(JPEG_HEADER)) is None:
            raise CorruptFile(f"{label(part)} should be a JPEG with a part of a slide; export the slide again.")
        file.seek(max(file.seek(0, os.SEEK_END) - JPEG_TAIL, 0))
        if END_OF_JPEG not in file.read():
            raise TruncatedFile(f"{label(part)}, a part of a slide, ends too early; upload it again from the original.")


def check_ngr(part: UploadedFile) -> None:
    """Bound the sizes that an uncompressed picture declares by its length."""
    with part.path.open("rb") as file:
        head = file.read(NGR_HEADER.size)
        length = file.seek(0, os.SEEK_END)
    if len(head) < NGR_HEADER.size:
        raise TruncatedFile(f"{label(part)}, a part of a slide, ends too early; upload it again from the original.")
    mark, columns, rows, strip, start = NGR_HEADER.unpack(head)
    if mark != b"GN" or min(columns, rows, strip) < 1 or start < NGR_HEADER.size:
        raise CorruptFile(f"{label(part)} should be an NGR with a part of a slide; export the slide again.")
    if strip * NGR_ROWS_AT_ONCE * NGR_PIXEL > FRAME_BYTES:
        raise TooLarge(f"{label(part)} has strips of {strip} pixels, which are too wide; export the slide again.")
    check_available(columns * rows * NGR_PIXEL, length - start, label(part))
