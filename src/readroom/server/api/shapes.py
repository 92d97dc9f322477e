"""Objects that several endpoints show: sockets and what stands in them, look-up tables, presets, layouts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import urlsplit
from uuid import UUID

from ninja import Field, Schema
from pydantic import ConfigDict

from readroom.server.db.models import HangingProtocol, LookUpTable, Socket, WindowPreset
from readroom.server.domain.errors import Invalid
from readroom.server.domain.layout_icons import svg_icon
from readroom.server.domain.sockets import super_kind_of
from readroom.server.services.socket_values import Source

Count = Annotated[int, Field(ge=0, le=2**31 - 1)]
"""A number that every database can hold."""
Whole = Annotated[int, Field(ge=-(2**31), le=2**31 - 1)]
"""The same below 0 too."""


class LookUpTableOut(Schema):
    pk: int
    slug: str
    title: str
    description: str | None
    color: str
    alpha: str
    color_invert: str | None
    alpha_invert: str | None
    range_min: int | None
    range_max: int | None
    relative: bool | None
    color_interpolation: str | None
    color_interpolation_invert: str | None


class WindowPresetOut(Schema):
    pk: int
    slug: str
    title: str
    description: str | None
    center: int | None
    width: int | None
    lower_percentile: int | None
    upper_percentile: int | None


class SocketOut(Schema):
    pk: int
    title: str
    slug: str
    description: str | None
    kind: str
    super_kind: str
    relative_path: str
    default_value: Any = None
    overlay_segments: list[dict[str, Any]] | None
    look_up_table: LookUpTableOut | None


def called_json(schema: dict[str, Any]) -> None:
    """A field cannot be called like a method of its class; on the wire it is."""
    schema["properties"]["json"] = schema["properties"].pop("viewports") | {"title": "Json"}
    schema["required"] = ["json" if name == "viewports" else name for name in schema["required"]]


class HangingProtocolOut(Schema):
    model_config = ConfigDict(json_schema_extra=called_json)

    pk: UUID
    title: str
    description: str
    viewports: list[dict[str, Any]]
    svg_icon: str
    api_url: str


class ValueOut(Schema):
    """What stands in a socket; at most one of value, file and image."""

    pk: int
    socket: SocketOut
    interface: SocketOut
    value: Any = None
    file: str | None
    image: str | None


class PostedValueOut(Schema):
    pk: int
    interface: str
    value: Any = None
    file: str | None
    image: str | None
    image_name: str | None


class ValueIn(Schema):
    """What is to stand in a socket; give one of value, image, user_upload, user_uploads and upload_session."""

    interface: str
    value: Any = None
    file: Any = None
    image: str | None = None
    upload_session: str | None = None
    user_upload: str | None = None
    user_uploads: list[str] | None = None
    image_name: str | None = None


def look_up_table(table: LookUpTable | None) -> dict[str, Any] | None:
    if table is None:
        return None
    names = (
        "slug", "title", "description", "color", "alpha", "color_invert", "alpha_invert", "range_min", "range_max",
        "relative",
    )  # fmt: skip
    return {
        "pk": table.pk,
        **{name: getattr(table, name) for name in names},
        "color_interpolation": table.color_interpolation or None,
        "color_interpolation_invert": table.color_interpolation_invert or None,
    }


def window_preset(preset: WindowPreset) -> dict[str, Any]:
    names = ("slug", "title", "description", "center", "width", "lower_percentile", "upper_percentile")
    return {"pk": preset.pk, **{name: getattr(preset, name) for name in names}}


def socket(row: Socket) -> dict[str, Any]:
    return {
        "pk": row.pk,
        "title": row.title,
        "slug": row.slug,
        "description": row.description,
        "kind": row.kind,
        "super_kind": super_kind_of(row.kind, is_stored_as_file=row.is_stored_as_file).value,
        "relative_path": row.relative_path,
        "default_value": row.default_value,
        "overlay_segments": row.overlay_segments,
        "look_up_table": look_up_table(row.look_up_table),
    }


def hanging_protocol(origin: str, row: HangingProtocol | None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {
        "pk": row.pk,
        "title": row.title,
        "description": row.description,
        "json": row.json,
        "svg_icon": svg_icon(row.json),
        "api_url": f"{origin}/api/v1/hanging-protocols/{row.pk}/",
    }


def parse_sources(items: Sequence[ValueIn]) -> list[Source]:
    """Read the request form of values; what is wrong is told in a list parallel to it."""
    sources: list[Source] = []
    faults: list[Mapping[str, Any]] = []
    for item in items:
        try:
            sources.append(_parse_source(item))
            faults.append({})
        except Invalid as error:
            faults.append(error.errors)
    if any(faults):
        raise Invalid.of({"values": faults})
    return sources


def _parse_source(item: ValueIn) -> Source:
    if item.file is not None:
        raise Invalid("Upload the file first, and give its address as user_upload.", field="file")
    uploads = item.user_uploads
    return Source(
        socket_slug=item.interface,
        value=item.value,
        image=parse_hyperlink(item.image, route="cases/images", field="image"),
        upload_session=parse_hyperlink(item.upload_session, route="cases/upload-sessions", field="upload_session"),
        user_upload=parse_hyperlink(item.user_upload, route="uploads", field="user_upload"),
        user_uploads=None
        if uploads is None
        else [pk for url in uploads if (pk := parse_hyperlink(url, route="uploads", field="user_uploads"))],
        image_name=item.image_name or "",
    )


def parse_hyperlink(url: str | None, *, route: str, field: str) -> UUID | None:
    """Read the id in an address of ours; the host does not matter, and a bare id is understood too."""
    if url is None:
        return None
    path = urlsplit(url).path if "/" in url else f"/{route}/{url}/"
    head, _, tail = path.rstrip("/").rpartition("/")
    if not head.endswith(f"/{route}"):
        raise Invalid("Invalid hyperlink - No URL match.", field=field)
    try:
        return UUID(tail)
    except ValueError:
        raise Invalid("Invalid hyperlink - No URL match.", field=field) from None
