"""The picture of a study or an archive in lists: any PNG or JPEG, kept as a small square without what came along."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from readroom.server.db.models import Archive, Blob, ReaderStudy
from readroom.server.domain.errors import Invalid, NotFound, TooLarge
from readroom.server.domain.permissions import Act
from readroom.server.services import audit
from readroom.server.services.access import Actor
from readroom.server.services.image_rows import key_for
from readroom.server.services.roles import require_in_archive, require_in_study
from readroom.server.services.uploads import full_storage_named
from readroom.server.storage import stores

LARGEST_FILE: Final = 4 * 1024 * 1024
LARGEST_SIDE: Final = 8192
SIDE: Final = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """A kind of thing that has a logo, and who may see or change it."""

    noun: str
    rows: Any
    require_view: Callable[[Actor, UUID], object]
    require_edit: Callable[[Actor, UUID], object]
    written: tuple[str, ...] = ("logo",)


STUDY: Final = Bearer(
    noun="study",
    rows=ReaderStudy.objects,
    require_view=lambda actor, pk: require_in_study(actor, Act.VIEW_STUDY, study_id=pk),
    require_edit=lambda actor, pk: require_in_study(actor, Act.EDIT_STUDY, study_id=pk),
    written=("logo", "modified_at"),
)
ARCHIVE: Final = Bearer(
    noun="archive",
    rows=Archive.objects,
    require_view=lambda actor, pk: require_in_archive(actor, Act.VIEW_ARCHIVE, archive_id=pk, seen_by=None),
    require_edit=lambda actor, pk: require_in_archive(actor, Act.EDIT_ARCHIVE, archive_id=pk),
)


def show_logo(actor: Actor, bearer: Bearer, *, pk: UUID) -> str:
    """The key of the picture's bytes."""
    bearer.require_view(actor, pk)
    key: str | None = bearer.rows.values_list("logo_id", flat=True).get(pk=pk)
    if key is None:
        raise NotFound
    return key


def put_logo(actor: Actor, bearer: Bearer, *, pk: UUID, data: bytes) -> None:
    """Give a study or an archive this picture; the middle square of it is kept."""
    bearer.require_edit(actor, pk)
    picture = to_square(data)
    digest = hashlib.sha256(picture).hexdigest()
    blob = Blob(key=key_for("logos", digest, ".png"), size=len(picture), sha256=digest, unused_since=timezone.now())
    Blob.objects.bulk_create([blob], update_conflicts=True, unique_fields=["key"], update_fields=["unused_since"])
    with full_storage_named():
        stores.current().write_bytes(blob.key, picture)
    _change(actor, bearer, pk, blob.key)


def remove_logo(actor: Actor, bearer: Bearer, *, pk: UUID) -> None:
    bearer.require_edit(actor, pk)
    _change(actor, bearer, pk, None)


def _change(actor: Actor, bearer: Bearer, pk: UUID, key: str | None) -> None:
    """The bytes of the former picture are removed with everything else that nothing uses."""
    with transaction.atomic():
        row = bearer.rows.select_for_update().get(pk=pk)
        before = row.logo_id
        if before == key:
            return
        row.logo_id = key
        row.save(update_fields=bearer.written)
        audit.record(
            actor,
            "change logo",
            target=(bearer.noun, pk),
            stream=f"{bearer.noun}:{pk}",
            before={"logo": before},
            after={"logo": key},
        )


def _check_sides(sides: tuple[int, int]) -> None:
    if max(sides) > LARGEST_SIDE:
        raise Invalid(f"A logo has at most {LARGEST_SIDE} pixels on a side.", field="logo")


def to_square(data: bytes) -> bytes:
    """A PNG of the middle square, upright, without metadata; raises `Invalid` for what is no picture."""
    from PIL import Image, ImageOps

    if len(data) > LARGEST_FILE:
        raise TooLarge(f"A logo is a file of at most {LARGEST_FILE // 2**20} MiB.")
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as opened:
            _check_sides(opened.size)
            picture: Any = ImageOps.exif_transpose(opened).convert("RGBA")
    except Invalid:
        raise
    except Exception as error:
        raise Invalid("A logo is a PNG or a JPEG; this file is not, or it is damaged.", field="logo") from error
    side = min(SIDE, *picture.size)
    square = ImageOps.fit(picture, (side, side))
    square.info.clear()
    written = io.BytesIO()
    square.save(written, format="PNG", optimize=True)
    return written.getvalue()
