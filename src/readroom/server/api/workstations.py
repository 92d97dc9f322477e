"""Settings of the viewer on the wire. There are no viewer sessions to start: reading happens in the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import ConfigDict, create_model

from readroom.server.api import paging, shapes
from readroom.server.api.auth import ActingRequest, known_writer
from readroom.server.api.documents import given_fields
from readroom.server.api.origin import api_url
from readroom.server.api.paging import PageOf
from readroom.server.api.replies import reply
from readroom.server.db.models import WorkstationConfig
from readroom.server.domain.errors import Invalid
from readroom.server.domain.viewer_settings import DEFAULTS
from readroom.server.services import workstation_configs

router = Router(tags=["workstation configs"], auth=known_writer)
OWN_FIELDS = frozenset(
    ("title", "description", "window_presets", "default_window_preset", "overlay_luts", "default_overlay_lut")
)


class ConfigOut(Schema):
    model_config = ConfigDict(extra="allow")

    pk: UUID
    slug: str
    title: str
    description: str | None
    created: str
    modified: str
    creator: str
    api_url: str
    window_presets: list[shapes.WindowPresetOut]
    default_window_preset: shapes.WindowPresetOut
    overlay_luts: list[shapes.LookUpTableOut]
    default_overlay_lut: shapes.LookUpTableOut


class ConfigFieldsIn(Schema):
    title: str = ""
    description: str = ""
    window_presets: list[str] = []  # noqa: RUF012 - a default that is never changed
    default_window_preset: str | None = None
    overlay_luts: list[str] = []  # noqa: RUF012 - same
    default_overlay_lut: str | None = None


if TYPE_CHECKING:
    ConfigIn = ConfigFieldsIn
else:
    ConfigIn = create_model("ConfigIn", __base__=ConfigFieldsIn, **dict.fromkeys(DEFAULTS, (Any, None)))
    """Presets and look-up tables are named by their slugs; beside them any setting of the viewer."""


class PresetIn(Schema):
    title: str
    description: str = ""
    center: shapes.Whole | None = None
    width: shapes.Count | None = None
    lower_percentile: shapes.Count | None = None
    upper_percentile: shapes.Count | None = None


class LookUpTableIn(Schema):
    title: str
    color: str
    alpha: str
    description: str = ""
    relative: bool = False
    range_min: shapes.Whole | None = None
    range_max: shapes.Whole | None = None


def _shape(request: HttpRequest, row: WorkstationConfig) -> dict[str, Any]:
    size = row.settings.get("default_brush_size")
    return {
        **DEFAULTS,
        **row.settings,
        "default_brush_size": None if size is None else str(size),
        "pk": row.pk,
        "slug": row.slug,
        "title": row.title,
        "description": row.description,
        "created": row.created_at,
        "modified": row.modified_at,
        "creator": workstation_configs.creator_name(row),
        "api_url": api_url(request, "workstations", "configs", row.pk),
        "window_presets": [shapes.window_preset(preset) for preset in row.window_presets.all()],
        "default_window_preset": shapes.window_preset(row.default_window_preset),
        "overlay_luts": [shapes.look_up_table(table) for table in row.overlay_luts.all()],
        "default_overlay_lut": shapes.look_up_table(row.default_overlay_lut),
    }


def _fields(request: HttpRequest, body: ConfigFieldsIn) -> dict[str, Any]:
    if unknown := sorted(given_fields(request) - OWN_FIELDS - DEFAULTS.keys()):
        raise Invalid("There is no such setting.", field=unknown[0])
    fields = body.dict(exclude_unset=True)
    return {name: value for name, value in fields.items() if value is not None or name in DEFAULTS}


@router.get("configs/", response=PageOf[ConfigOut])
def list_configs(request: ActingRequest) -> HttpResponse:
    page = paging.parse_page(request)
    rows = workstation_configs.visible_workstation_configs(request.actor)
    found = [_shape(request, row) for row in rows[page.offset : page.offset + page.limit]]
    return paging.reply_page(request, page, rows.count(), found)


@router.post("configs/", response={201: ConfigOut})
def create_config(request: ActingRequest, body: ConfigIn) -> HttpResponse:
    made = workstation_configs.create_workstation_config(request.actor, fields=_fields(request, body))
    return reply(
        _shape(request, workstation_configs.find_workstation_config(request.actor, config_id=made.pk)), status=201
    )


@router.get("configs/{uuid:pk}/", response=ConfigOut)
def show_config(request: ActingRequest, pk: UUID) -> HttpResponse:
    return reply(_shape(request, workstation_configs.find_workstation_config(request.actor, config_id=pk)))


@router.patch("configs/{uuid:pk}/", response=ConfigOut)
def change_config(request: ActingRequest, pk: UUID, body: ConfigIn) -> HttpResponse:
    workstation_configs.change_workstation_config(request.actor, config_id=pk, changes=_fields(request, body))
    return show_config(request, pk)


@router.delete("configs/{uuid:pk}/", response={204: None})
def delete_config(request: ActingRequest, pk: UUID) -> HttpResponse:
    workstation_configs.delete_workstation_config(request.actor, config_id=pk)
    return HttpResponse(status=204)


@router.post("window-presets/", response={201: shapes.WindowPresetOut})
def create_window_preset(request: ActingRequest, body: PresetIn) -> HttpResponse:
    made = workstation_configs.create_window_preset(request.actor, fields=body.dict())
    return reply(shapes.window_preset(made), status=201)


@router.post("look-up-tables/", response={201: shapes.LookUpTableOut})
def create_look_up_table(request: ActingRequest, body: LookUpTableIn) -> HttpResponse:
    made = workstation_configs.create_look_up_table(request.actor, fields=body.dict())
    return reply(shapes.look_up_table(made), status=201)


@router.get("sessions/", response=PageOf[dict[str, str]])
def list_sessions(request: ActingRequest) -> HttpResponse:
    """Always empty: there is no process per viewer."""
    return paging.reply_page(request, paging.parse_page(request), 0, [])


@router.get("sessions/{path:rest}", response={404: dict[str, str]})
def show_session(request: ActingRequest, rest: str) -> HttpResponse:
    return reply({"detail": "Not found."}, status=404)
