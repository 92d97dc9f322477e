"""The picture of a study on cards and in lists: any PNG or JPEG, kept as a small square without what came along."""

from __future__ import annotations

import hashlib
import io
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from readroom.server.db.models import Blob, ReaderStudy
from readroom.server.domain.errors import Invalid, NotFound, TooLarge
from readroom.server.domain.permissions import Act
from readroom.server.services import audit
from readroom.server.services.access import Actor
from readroom.server.services.image_rows import key_for
from readroom.server.services.roles import require_in_study
from readroom.server.services.studies import stream_of
from readroom.server.services.uploads import full_storage_named
from readroom.server.storage import stores

LARGEST_FILE: Final = 4 * 1024 * 1024
LARGEST_SIDE: Final = 8192
SIDE: Final = 512


def show_logo(actor: Actor, *, study_id: UUID) -> str:
    """The key of the picture's bytes."""
    require_in_study(actor, Act.VIEW_STUDY, study_id=study_id)
    key = ReaderStudy.objects.values_list("logo_id", flat=True).get(pk=study_id)
    if key is None:
        raise NotFound
    return key


def put_logo(actor: Actor, *, study_id: UUID, data: bytes) -> None:
    """Give a study this picture; the middle square of it is kept."""
    require_in_study(actor, Act.EDIT_STUDY, study_id=study_id)
    picture = to_square(data)
    digest = hashlib.sha256(picture).hexdigest()
    blob = Blob(key=key_for("logos", digest, ".png"), size=len(picture), sha256=digest, unused_since=timezone.now())
    Blob.objects.bulk_create([blob], update_conflicts=True, unique_fields=["key"], update_fields=["unused_since"])
    with full_storage_named():
        stores.current().write_bytes(blob.key, picture)
    _change(actor, study_id, blob.key)


def remove_logo(actor: Actor, *, study_id: UUID) -> None:
    require_in_study(actor, Act.EDIT_STUDY, study_id=study_id)
    _change(actor, study_id, None)


def _change(actor: Actor, study_id: UUID, key: str | None) -> None:
    """The bytes of the former picture are removed with everything else that nothing uses."""
    with transaction.atomic():
        study = ReaderStudy.objects.select_for_update().get(pk=study_id)
        before = study.logo_id
        if before == key:
            return
        study.logo_id = key
        study.save(update_fields=["logo", "modified_at"])
        audit.record(
            actor,
            "change logo",
            target=("study", study_id),
            stream=stream_of(study_id),
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
