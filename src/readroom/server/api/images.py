"""Images on the wire: facts, files to download, packs for the viewer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from ninja import Router, Schema

from readroom.server import config
from readroom.server.api import paging
from readroom.server.api.auth import ActingRequest
from readroom.server.api.origin import absolute, origin_of
from readroom.server.api.paging import PageOf
from readroom.server.api.replies import reply
from readroom.server.db.models import ImageFileKind
from readroom.server.domain.errors import Invalid, NotFound
from readroom.server.services import image_files, images
from readroom.server.services.images import StoredFile, Wanted
from readroom.server.storage import packs, signing, stores

router = Router(tags=["images"])
EMPTY_FILTERS = {"patient_id__isempty": "patient_id", "study_description__isempty": "study_description"}
JOB_FILTERS = ("job_input", "job_output", "input_image", "output_image")


class ImageFileOut(Schema):
    pk: UUID
    image: UUID
    file: str
    image_type: str | None


class ImageOut(Schema):
    pk: UUID
    name: str
    files: list[ImageFileOut]
    dicom_image_set: dict[str, str] | None
    width: int | None
    height: int | None
    depth: int | None
    color_space: str | None
    modality: dict[str, str] | None
    eye_choice: str | None
    stereoscopic_choice: str | None
    field_of_view: str | None
    shape_without_color: list[int]
    shape: list[int]
    voxel_width_mm: float | None
    voxel_height_mm: float | None
    voxel_depth_mm: float | None
    api_url: str
    window_center: float | None
    window_width: float | None
    segments: list[int] | None
    findings: list[dict[str, Any]]


class PackOut(Schema):
    pk: UUID
    url: str
    size: int
    index: dict[str, Any]


def image_url(origin: str, image_id: UUID) -> str:
    return f"{origin}/api/v1/cases/images/{image_id}/"


def shape(origin: str, row: dict[str, Any], files: Sequence[StoredFile]) -> dict[str, Any]:
    """An image as clients expect it; ``row`` has the columns of `images.COLUMNS`."""
    url = image_url(origin, row["id"])
    plain = row["shape"] if row["color_space"] == "GRAY" else row["shape"][:-1]
    shown = {
        name: row[name] for name in images.COLUMNS if name not in {"id", "time_points", "is_slide", "is_dicom_set"}
    }
    return shown | {
        "pk": row["id"],
        "api_url": url,
        "modality": {"modality": row["modality"]} if row["modality"] else None,
        "shape_without_color": plain,
        "dicom_image_set": {"image_set_id": str(row["id"])} if row["is_dicom_set"] else None,
        "files": [shape_file(url, row, file) for file in files if is_main(row, file)],
    }


def is_main(row: dict[str, Any], file: StoredFile) -> bool:
    """One file per image; a slide of several has its first one here. A DICOM image set is fetched by instances."""
    return not row["is_dicom_set"] and file.kind in {ImageFileKind.PACK, ImageFileKind.SLIDE}


def shape_file(url: str, row: dict[str, Any], file: StoredFile) -> dict[str, Any]:
    is_pack = file.kind == ImageFileKind.PACK
    suffix = ".mha" if is_pack else suffix_of(file.name)
    return {
        "pk": file.id,
        "image": row["id"],
        "file": f"{url}files/{file.id}{suffix}",
        "image_type": "MHD" if is_pack else "TIFF",
    }


def suffix_of(name: str) -> str:
    stem, dot, suffix = name.rpartition(".")
    return f".{suffix}" if dot and stem and suffix.isalnum() else ".tif"


def parse_wanted(request: HttpRequest) -> Wanted:
    query = request.GET
    texts = {name: query[name] for name in images.TEXT_FILTERS if query.get(name)}
    flags = {field: paging.flag_filter(request, name) for name, field in EMPTY_FILTERS.items()}
    return Wanted(
        texts=texts,
        archives=parse_ids(request, "archive"),
        studies=parse_ids(request, "reader_study"),
        origins=parse_ids(request, "origin"),
        empty={field: flag for field, flag in flags.items() if flag is not None},
        is_never=any(query.get(name) for name in JOB_FILTERS),
    )


def parse_ids(request: HttpRequest, name: str) -> list[UUID]:
    try:
        return [UUID(value) for value in request.GET.getlist(name) if value]
    except ValueError:
        raise Invalid("Enter a valid UUID.", field=name) from None


@router.get("", response=PageOf[ImageOut])
def list_images(request: ActingRequest) -> HttpResponse:
    """The images that you may see, by name."""
    page, wanted = paging.parse_page(request), parse_wanted(request)
    rows = images.list_images(request.actor, wanted, offset=page.offset, limit=page.limit)
    files = images.list_files([row["id"] for row in rows])
    origin = origin_of(request)
    results = [shape(origin, row, files[row["id"]]) for row in rows]
    return paging.reply_page(request, page, images.count_images(request.actor, wanted), results)


@router.get("{uuid:pk}/", response=ImageOut)
def show_image(request: ActingRequest, pk: UUID) -> HttpResponse:
    row = images.find_row(request.actor, image_id=pk)
    return reply(shape(origin_of(request), row, images.list_files([pk])[pk]))


def redirect_to_bytes(request: HttpRequest, key: str, name: str) -> HttpResponseRedirect:
    """Send a caller whose right was checked to the bytes of a blob, under a name, for a while."""
    path = signing.signed_path("read", key, name, seconds=config.current().link_seconds)
    return HttpResponseRedirect(absolute(request, path), headers={"Cache-Control": "private, no-store"})


@router.get("{uuid:pk}/files/{str:name}", response={302: None})
def download_file(request: ActingRequest, pk: UUID, name: str) -> HttpResponse:
    """The image as a file: ``<file>.mha``, ``<file>.nii.gz`` or a ``.jpg`` preview, made when first asked for.

    Follow the redirection; the address it leads to ends after an hour.
    """
    file_id, dot, suffix = name.partition(".")
    for file in images.find_files(request.actor, image_id=pk):
        if str(file.id) == file_id and dot:
            is_pack = file.kind == ImageFileKind.PACK
            key = image_files.make_file(file.key, f".{suffix}") if is_pack else file.key
            return redirect_to_bytes(request, key, name)
    raise NotFound


@router.get("{uuid:pk}/preview.jpg", response={302: None})
def download_preview(request: ActingRequest, pk: UUID) -> HttpResponse:
    """A small picture of the image: the middle slice of a volume, the whole of a slide."""
    kinds = (ImageFileKind.PACK, ImageFileKind.THUMBNAIL)
    file = images.find_files(request.actor, image_id=pk, kinds=kinds)[0]
    key = image_files.make_file(file.key, ".jpg") if file.kind == ImageFileKind.PACK else file.key
    return redirect_to_bytes(request, key, f"{pk}.jpg")


@router.get("{uuid:pk}/pack/", response=PackOut)
def show_pack(request: ActingRequest, pk: UUID) -> HttpResponse:
    """The index of the stored pixels and a signed address for ranges of them.

    A band stands at ``index.data_start + band.offset``; ``?frame=7`` of the address is one whole codestream.
    """
    file = images.find_files(request.actor, image_id=pk, kinds=[ImageFileKind.PACK])[0]
    index = packs.index_of(stores.current(), file.key)
    path = signing.signed_path("read", file.key, f"{pk}.rrpack", seconds=config.current().link_seconds)
    return reply({"pk": pk, "url": absolute(request, path), "size": index.size, "index": packs.to_document(index)})


@router.get("{uuid:pk}/dicom/instances/", response=dict[str, Any])
def list_instances(request: ActingRequest, pk: UUID) -> HttpResponse:
    """The DICOM instances of an image set, each with a request that needs no other permission."""
    row = images.find_row(request.actor, image_id=pk)
    if not row["is_dicom_set"]:
        raise NotFound
    files = images.find_files(request.actor, image_id=pk, kinds=[ImageFileKind.ORIGINAL])
    return reply(
        {
            "image_set_id": str(pk),
            "instances": [
                {"sop_instance_uid": file.instance_uid, "get_instance": instance_request(request, file)}
                for file in files
                if file.instance_uid
            ],
        }
    )


def instance_request(request: HttpRequest, file: StoredFile) -> dict[str, Any]:
    path = signing.signed_path("read", file.key, f"{file.instance_uid}.dcm", seconds=config.current().link_seconds)
    return {"url": absolute(request, path), "method": "GET", "data": None, "headers": {}}
