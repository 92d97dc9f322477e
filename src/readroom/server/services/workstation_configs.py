"""Settings of the viewer: one checked document each, with window presets and look-up tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Model, QuerySet

from readroom.server.db.models import LookUpTable, ReaderStudy, User, WindowPreset, WorkstationConfig
from readroom.server.domain.errors import Invalid, Locked, NotFound, NotSignedIn
from readroom.server.domain.permissions import Act
from readroom.server.domain.viewer_settings import DEFAULTS, check_knots, check_range, check_viewer_settings
from readroom.server.services import audit
from readroom.server.services.access import Actor, require, standing
from readroom.server.services.naming import free_slug

_GREY: Final = {
    "title": "Grey",
    "color": "[0 0 0 0, 255 255 255 1]",
    "alpha": "[0 0, 1 1]",
    "description": "From transparent black to white.",
}
_FULL_RANGE: Final = {
    "title": "Full range",
    "lower_percentile": 0,
    "upper_percentile": 100,
    "description": "From the darkest to the brightest value.",
}


def visible_workstation_configs(actor: Actor) -> QuerySet[WorkstationConfig]:
    if not actor.is_signed_in and not actor.is_superuser:
        raise NotSignedIn
    related = ("creator", "default_window_preset", "default_overlay_lut")
    rows = WorkstationConfig.objects.select_related(*related).prefetch_related("window_presets", "overlay_luts")
    return rows.order_by("created_at", "id")


def find_workstation_config(actor: Actor, *, config_id: UUID) -> WorkstationConfig:
    found = visible_workstation_configs(actor).filter(pk=config_id).first()
    if found is None:
        raise NotFound
    return found


def create_workstation_config(actor: Actor, *, fields: Mapping[str, Any]) -> WorkstationConfig:
    """Make settings; what is not given has its default, and there is always a default preset and look-up table."""
    require(Act.CREATE_LAYOUT, standing(actor))
    config = WorkstationConfig(creator_id=actor.id, settings=dict(DEFAULTS))
    with transaction.atomic():
        _apply(config, fields)
        config.slug = free_slug(WorkstationConfig.objects, config.title)
        if "default_window_preset" not in fields:
            config.default_window_preset = _default(WindowPreset, "full-range", _FULL_RANGE)
        if "default_overlay_lut" not in fields:
            config.default_overlay_lut = _default(LookUpTable, "grey", _GREY)
        config.save(force_insert=True)
        _set_lists(config, fields)
        audit.record(
            actor, "create workstation config", target=("workstation config", config.pk), after=_snapshot(config)
        )
    return config


def change_workstation_config(actor: Actor, *, config_id: UUID, changes: Mapping[str, Any]) -> WorkstationConfig:
    with transaction.atomic():
        config = _locked_own(actor, config_id)
        before = _snapshot(config)
        _apply(config, changes)
        config.save()
        _set_lists(config, changes)
        audit.record(
            actor,
            "change workstation config",
            target=("workstation config", config_id),
            before=before,
            after=_snapshot(config),
        )
    return config


def delete_workstation_config(actor: Actor, *, config_id: UUID) -> None:
    with transaction.atomic():
        config = _locked_own(actor, config_id)
        if ReaderStudy.objects.filter(workstation_config=config).exists():
            raise Locked("Reader studies use this workstation config.")
        before = _snapshot(config)
        config.delete()
        audit.record(actor, "delete workstation config", target=("workstation config", config_id), before=before)


def _locked_own(actor: Actor, config_id: UUID) -> WorkstationConfig:
    config = WorkstationConfig.objects.select_for_update().filter(pk=config_id).first()
    if config is None:
        raise NotFound
    require(Act.EDIT_LAYOUT, standing(actor, creator_id=config.creator_id), seen_by=Act.VIEW_LAYOUT)
    return config


def creator_name(config: WorkstationConfig) -> str:
    """Clients need a name even when the account is gone."""
    creator: User | None = config.creator
    return creator.username if creator else ""


def create_window_preset(actor: Actor, *, fields: Mapping[str, Any]) -> WindowPreset:
    """Make a preset of centre and width, or of two percentiles."""
    require(Act.CREATE_LAYOUT, standing(actor))
    window = (fields.get("center"), fields.get("width"))
    percentiles = (fields.get("lower_percentile"), fields.get("upper_percentile"))
    whole = [pair for pair in (window, percentiles) if None not in pair]
    if len(whole) != 1 or sum(value is not None for value in (*window, *percentiles)) != len(whole[0]):
        raise Invalid("Give either center and width or both percentiles.")
    lower, upper = percentiles
    if lower is not None and upper is not None and not 0 <= lower < upper <= 100:
        raise Invalid("Percentiles rise from 0 to 100.", field="lower_percentile")
    with transaction.atomic():
        preset = WindowPreset.objects.create(
            title=_checked_title(fields.get("title")),
            slug=free_slug(WindowPreset.objects, str(fields.get("title"))),
            description=fields.get("description") or "",
            center=window[0],
            width=window[1],
            lower_percentile=lower,
            upper_percentile=upper,
        )
        audit.record(actor, "create window preset", target=("window preset", preset.pk), after=dict(fields))
    return preset


def create_look_up_table(actor: Actor, *, fields: Mapping[str, Any]) -> LookUpTable:
    require(Act.CREATE_LAYOUT, standing(actor))
    check_knots(fields.get("color"), field="color", length=4)
    check_knots(fields.get("alpha"), field="alpha", length=2)
    check_range(fields.get("range_min"), fields.get("range_max"))
    with transaction.atomic():
        table = LookUpTable.objects.create(
            title=_checked_title(fields.get("title")),
            slug=free_slug(LookUpTable.objects, str(fields.get("title"))),
            **{name: fields[name] for name in ("description", "color", "alpha", "relative") if name in fields},
            range_min=fields.get("range_min"),
            range_max=fields.get("range_max"),
        )
        audit.record(actor, "create look-up table", target=("look-up table", table.pk), after=dict(fields))
    return table


def _checked_title(title: object) -> str:
    if not isinstance(title, str) or not title.strip() or len(title) > 255:
        raise Invalid("A title of at most 255 characters is needed.", field="title")
    return title.strip()


def _default(model: type[Any], slug: str, fields: Mapping[str, Any]) -> Any:  # noqa: ANN401 - either of two models
    return model.objects.get_or_create(slug=slug, defaults=dict(fields))[0]


def _apply(config: WorkstationConfig, fields: Mapping[str, Any]) -> None:
    if "title" in fields:
        config.title = _checked_title(fields["title"])
    config.title = _checked_title(config.title)
    config.description = fields.get("description", config.description)
    config.settings = {**config.settings, **{name: fields[name] for name in DEFAULTS if name in fields}}
    check_viewer_settings(config.settings)
    if "default_window_preset" in fields:
        config.default_window_preset = _one(WindowPreset, fields["default_window_preset"], "default_window_preset")
    if "default_overlay_lut" in fields:
        config.default_overlay_lut = _one(LookUpTable, fields["default_overlay_lut"], "default_overlay_lut")


def _one(model: type[Model], slug: str, field: str) -> Any:  # noqa: ANN401 - either of two models
    found = model._default_manager.filter(slug=slug).first()  # noqa: SLF001 - documented name
    if found is None:
        raise Invalid(f"Object with slug={slug} does not exist.", field=field)
    return found


def _set_lists(config: WorkstationConfig, fields: Mapping[str, Any]) -> None:
    if "window_presets" in fields:
        config.window_presets.set([_one(WindowPreset, slug, "window_presets") for slug in fields["window_presets"]])
    if "overlay_luts" in fields:
        config.overlay_luts.set([_one(LookUpTable, slug, "overlay_luts") for slug in fields["overlay_luts"]])


def _snapshot(config: WorkstationConfig) -> dict[str, Any]:
    return {
        "title": config.title,
        "description": config.description,
        "settings": config.settings,
        "window_presets": [preset.slug for preset in config.window_presets.order_by("id")],
        "default_window_preset": config.default_window_preset.slug,
        "overlay_luts": [table.slug for table in config.overlay_luts.order_by("id")],
        "default_overlay_lut": config.default_overlay_lut.slug,
    }
