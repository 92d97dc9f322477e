"""From what an import made to rows and stored bytes, named by their content.

Bytes are reserved before they are written: a row with a fresh ``unused_since`` keeps the clean-up away until the
import has ended. The same pixels with the same header are one blob, whoever uploaded them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from readroom.server.db.models import Blob, ImageFileKind
from readroom.server.storage import blobs, stores
from readroom.server.storage.blobs import MissingBlob
from readroom.server.storage.local import LocalBlobs

if TYPE_CHECKING:
    from readroom.imaging import ImageHeader, ImportedImage, Pack

CHUNK = 4 * 1024 * 1024
MOST_SEGMENTS = 64
LARGEST_SEGMENT = 1024
UNKNOWN_SPACING = frozenset({"uncalibrated-spacing"})
EYES = {"R": "OD", "L": "OS"}


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A stored file, ready to be a row."""

    key: str
    kind: ImageFileKind
    name: str = ""
    instance_uid: str = ""


@dataclass(frozen=True, slots=True)
class StoredImage:
    """An image whose bytes are stored, ready to be rows."""

    fields: Mapping[str, Any]
    files: Sequence[KeptFile]


def keep(items: Sequence[tuple[str, Path]]) -> None:
    """Store files under keys that name their content; what is there already is not written again."""
    now = timezone.now()
    rows = [Blob(key=key, size=path.stat().st_size, unused_since=now) for key, path in dict(items).items()]
    Blob.objects.bulk_create(rows, update_conflicts=True, unique_fields=["key"], update_fields=["unused_since"])
    store = stores.current()
    for key, path in items:
        if not is_stored(store, key, path.stat().st_size):
            if isinstance(store, LocalBlobs):
                store.link_file(key, path)
            else:
                store.write_file(key, path)


def is_stored(store: blobs.BlobStore, key: str, size: int) -> bool:
    try:
        return store.size(key) == size
    except MissingBlob:
        return False


def digest_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            digest.update(piece)
    return digest.hexdigest()


def key_for(folder: str, digest: str, suffix: str) -> str:
    return f"{folder}/{digest[:2]}/{digest}{suffix}"


def store_originals(paths: Sequence[Path]) -> list[KeptFile]:
    """Keep the files as they were uploaded."""
    keys = [key_for("originals", digest_of(path), "") for path in paths]
    keep(list(zip(keys, paths, strict=True)))
    return [
        KeptFile(key, ImageFileKind.ORIGINAL, path.name, instance_uid_of(path))
        for key, path in zip(keys, paths, strict=True)
    ]


def instance_uid_of(path: Path) -> str:
    """The SOP instance UID of a DICOM file, from its file meta information; empty for any other file."""
    with path.open("rb") as file:
        if file.read(132)[128:] != b"DICM":
            return ""
    from pydicom.filereader import read_file_meta_info

    try:
        return str(read_file_meta_info(path).get("MediaStorageSOPInstanceUID", ""))[:64]
    except (OSError, ValueError, KeyError, AttributeError, NotImplementedError):
        return ""


def store_images(
    images: Sequence[ImportedImage], *, originals: Sequence[KeptFile], name: str = ""
) -> list[StoredImage]:
    return [store_image(image, originals, name) for image in images]


def store_image(image: ImportedImage, originals: Sequence[KeptFile], name: str) -> StoredImage:
    files = store_pack(image.pack) if image.pack else store_slide(image)
    own_names = set(image.files)
    mine = [file for file in originals if any(belongs(file.name, used) for used in own_names)] or list(originals)
    fields = fields_of(image.header, name) | pixel_fields(image)
    return StoredImage(fields, [*files, *mine])


def belongs(original: str, used: str) -> bool:
    """Whether a file of an image is an uploaded file or a member of an uploaded archive."""
    return used == original or used.startswith(f"{original}/")


def store_pack(pack: Path) -> list[KeptFile]:
    from readroom.imaging.packindex import read_index

    with pack.open("rb") as file:
        index = read_index(lambda start, length: read_range(file, start, length))
    header = {key: value for key, value in index.header.items() if key != "name"}
    content = json.dumps([header, index.voxels_sha256, index.codec], sort_keys=True, default=str)
    key = key_for("packs", hashlib.sha256(content.encode()).hexdigest(), ".rrpack")
    keep([(key, pack)])
    return [KeptFile(key, ImageFileKind.PACK)]


def read_range(file: Any, start: int, length: int) -> bytes:  # noqa: ANN401 - an open binary file
    file.seek(start)
    content: bytes = file.read(length)
    return content


def store_slide(image: ImportedImage) -> list[KeptFile]:
    """A slide is one file, or a folder of files that belong together under their own names."""
    if image.slide is None:
        return []
    root = image.slide
    paths = [root] if root.is_file() else sorted(path for path in root.rglob("*") if path.is_file())
    keys = [key_for("slides", digest_of(path), path.suffix.lower()) for path in paths]
    items = list(zip(keys, paths, strict=True))
    names = [path.name if path is root else path.relative_to(root).as_posix() for path in paths]
    kept = [KeptFile(key, ImageFileKind.SLIDE, name) for key, name in zip(keys, names, strict=True)]
    if image.thumbnail is not None:
        key = key_for("thumbnails", digest_of(image.thumbnail), ".jpg")
        items.append((key, image.thumbnail))
        kept.append(KeptFile(key, ImageFileKind.THUMBNAIL))
    keep(items)
    return kept


def fields_of(header: ImageHeader, name: str) -> dict[str, Any]:
    facts = header.facts
    rows, columns = header.frame_shape[:2]
    slices = header.frame_count // max(header.time_points, 1)
    is_known = not any(finding.kind.value in UNKNOWN_SPACING for finding in header.findings)
    width, height, depth = header.geometry.spacing if is_known else (None, None, None)
    is_volume = len(header.shape) - len(header.frame_shape) >= 1 and (slices > 1 or header.time_points == 1)
    return {
        "name": (name or header.name)[:4096],
        "width": columns,
        "height": rows,
        "depth": slices if is_volume else None,
        "shape": list(header.shape),
        "time_points": header.time_points,
        "color_space": header.color.value,
        "modality": header.modality[:16],
        "voxel_width_mm": width,
        "voxel_height_mm": height,
        "voxel_depth_mm": depth if is_volume else None,
        "findings": [{"kind": f.kind.value, "message": f.message, "frames": list(f.frames)} for f in header.findings],
        "eye_choice": EYES.get(str(facts.get("ImageLaterality") or facts.get("Laterality") or "")) or None,
        **patient_fields(facts),
    }


def patient_fields(facts: Mapping[str, Any]) -> dict[str, str]:
    def text(name: str, limit: int) -> str:
        return str(facts.get(name) or "").replace("\x00", "")[:limit]

    return {
        "patient_id": text("PatientID", 64),
        "patient_name": text("PatientName", 325),
        "patient_birth_date": to_date(text("PatientBirthDate", 10)),
        "patient_age": text("PatientAge", 4),
        "patient_sex": text("PatientSex", 1),
        "study_date": to_date(text("StudyDate", 10)),
        "study_instance_uid": text("StudyInstanceUID", 64),
        "series_instance_uid": text("SeriesInstanceUID", 64),
        "study_description": text("StudyDescription", 255),
        "series_description": text("SeriesDescription", 255),
    }


def to_date(text: str) -> str:
    """DICOM's ``20260131`` as ``2026-01-31``."""
    return f"{text[:4]}-{text[4:6]}-{text[6:8]}" if len(text) == 8 and text.isdigit() else text


def pixel_fields(image: ImportedImage) -> dict[str, Any]:
    """What only the stored pixels tell: window, range, and the values of a segmentation."""
    if image.pack is None:
        return {"is_slide": True, "voxels_sha256": image.voxels_sha256 or ""}
    from readroom.imaging import Pack

    with Pack.open(image.pack) as pack:
        lowest, highest = pack.stored_range or (None, None)
        center, width = pack.index.window
        return {
            "voxels_sha256": pack.index.voxels_sha256,
            "window_center": center,
            "window_width": width,
            "minimum": lowest,
            "maximum": highest,
            "segments": segments_of(pack),
        }


def segments_of(pack: Pack) -> list[int] | None:
    """The values that occur in a gray image of small whole numbers; None for any other image."""
    header = pack.header
    if header.color.value != "GRAY" or header.dtype.kind not in "iub" or pack.stored_range is None:
        return None
    lowest, highest = pack.stored_range
    is_plain = all(scale.slope == 1 and scale.intercept == 0 for scale in header.scales)
    if not is_plain or lowest < 0 or highest > LARGEST_SEGMENT:
        return None
    import numpy as np

    found: set[int] = set()
    for frame in range(pack.frame_count):
        found.update(np.unique(pack.frame(frame)).tolist())
        if len(found) > MOST_SEGMENTS:
            return None
    return sorted(found)
