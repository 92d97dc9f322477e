"""Images: who may see which, their files and packs, and what goes when nothing uses them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from readroom.server.db.models import Answer, Image, ImageFile, ImageFileKind, SocketValue
from readroom.server.domain.errors import NotFound
from readroom.server.domain.permissions import Act, members_who_may
from readroom.server.services.access import Actor

SHOWN_KINDS = (ImageFileKind.PACK, ImageFileKind.SLIDE)
TEXT_FILTERS = (
    "name",
    "patient_id",
    "patient_name",
    "patient_birth_date",
    "patient_age",
    "patient_sex",
    "study_date",
    "study_instance_uid",
    "series_instance_uid",
    "study_description",
    "series_description",
)
COLUMNS = (
    "id",
    "name",
    "width",
    "height",
    "depth",
    "shape",
    "time_points",
    "color_space",
    "modality",
    "voxel_width_mm",
    "voxel_height_mm",
    "voxel_depth_mm",
    "window_center",
    "window_width",
    "segments",
    "is_slide",
    "findings",
    "eye_choice",
    "stereoscopic_choice",
    "field_of_view",
    "is_dicom_set",
    *TEXT_FILTERS[1:],
)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that belongs to an image."""

    id: UUID
    image_id: UUID
    key: str
    kind: str
    name: str
    instance_uid: str


def visible(actor: Actor) -> QuerySet[Image]:
    """The images that somebody may see: through a study or an archive that shows them, or because he made them."""
    if actor.is_superuser:
        return Image.objects.all()
    if actor.id is None:
        return Image.objects.none()
    roles = members_who_may(Act.VIEW_IMAGE)
    mine = {"user_id": actor.id, "role__in": roles}
    in_studies = SocketValue.objects.filter(**prefixed("display_set__study__members__", mine))
    in_archives = SocketValue.objects.filter(**prefixed("archive_item__archive__members__", mine))
    editors = {"user_id": actor.id, "role__in": members_who_may(Act.VIEW_ANSWER)}
    masks = Answer.objects.filter(image__isnull=False)
    answers = masks.filter(Q(creator_id=actor.id) | Q(**prefixed("study__members__", editors)))
    return Image.objects.filter(
        Q(creator_id=actor.id)
        | Q(pk__in=in_studies.values("image_id"))
        | Q(pk__in=in_archives.values("image_id"))
        | Q(pk__in=answers.values("image_id"))
    )


def prefixed(prefix: str, conditions: Mapping[str, Any]) -> dict[str, Any]:
    return {prefix + name: value for name, value in conditions.items()}


def find_image(actor: Actor, *, image_id: UUID) -> Image:
    image = visible(actor).filter(pk=image_id).first()
    if image is None:
        raise NotFound
    return image


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The filters of the list."""

    texts: Mapping[str, str]
    archives: Sequence[UUID] = ()
    studies: Sequence[UUID] = ()
    origins: Sequence[UUID] = ()
    empty: Mapping[str, bool] | None = None
    is_never: bool = False


def chosen(actor: Actor, wanted: Wanted) -> QuerySet[Image]:
    rows = visible(actor)
    if wanted.is_never:
        return rows.none()
    if wanted.texts:
        rows = rows.filter(**wanted.texts)
    for name, is_empty in (wanted.empty or {}).items():
        rows = rows.filter(**{name: ""}) if is_empty else rows.exclude(**{name: ""})
    if wanted.origins:
        rows = rows.filter(origin_id__in=wanted.origins)
    if wanted.studies:
        values = SocketValue.objects.filter(display_set__study_id__in=wanted.studies)
        rows = rows.filter(pk__in=values.values("image_id"))
    if wanted.archives:
        values = SocketValue.objects.filter(archive_item__archive_id__in=wanted.archives)
        rows = rows.filter(pk__in=values.values("image_id"))
    return rows


def count_images(actor: Actor, wanted: Wanted) -> int:
    return chosen(actor, wanted).count()


def list_images(actor: Actor, wanted: Wanted, *, offset: int, limit: int) -> list[dict[str, Any]]:
    """A page of images as rows, by name."""
    rows = chosen(actor, wanted).order_by("name", "id").values(*COLUMNS)
    return list(rows[offset : offset + limit])


def find_row(actor: Actor, *, image_id: UUID) -> dict[str, Any]:
    row = visible(actor).filter(pk=image_id).values(*COLUMNS).first()
    if row is None:
        raise NotFound
    return dict(row)


def list_files(image_ids: Sequence[UUID], *, kinds: Sequence[str] = SHOWN_KINDS) -> dict[UUID, list[StoredFile]]:
    """The files of some images, in their order. Ask only for images that the caller may see."""
    rows = ImageFile.objects.filter(image_id__in=image_ids, kind__in=kinds).order_by("image_id", "kind", "position")
    found: dict[UUID, list[StoredFile]] = {image_id: [] for image_id in image_ids}
    for row in rows.values_list("id", "image_id", "blob_id", "kind", "name", "instance_uid"):
        found[row[1]].append(StoredFile(*row))
    return found


def find_files(actor: Actor, *, image_id: UUID, kinds: Sequence[str] = SHOWN_KINDS) -> list[StoredFile]:
    """The files of one image, if the caller may see it; raises `NotFound` when there are none."""
    if not visible(actor).filter(pk=image_id).exists():
        raise NotFound
    files = list_files([image_id], kinds=kinds)[image_id]
    if not files:
        raise NotFound
    return files
