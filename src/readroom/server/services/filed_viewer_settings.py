"""Settings of the viewer as parts of a study file: written out whole, and found again or made where it is applied."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from django.db.models import Model

from readroom.server.db.models import LookUpTable, WindowPreset, WorkstationConfig
from readroom.server.domain.errors import Invalid
from readroom.server.domain.viewer_settings import DEFAULTS
from readroom.server.services import audit
from readroom.server.services.access import Actor
from readroom.server.services.column_types import check_types
from readroom.server.services.workstation_configs import (
    create_look_up_table,
    create_window_preset,
    create_workstation_config,
)

CONFIGS: Final = "workstation_configs"
TABLES: Final = "look_up_tables"
PRESET_FIELDS: Final = ("title", "description", "center", "width", "lower_percentile", "upper_percentile")
TABLE_FIELDS: Final = ("title", "description", "color", "alpha", "relative", "range_min", "range_max")
LISTS: Final = ("window_presets", "overlay_luts")
SINGLE: Final = ("default_window_preset", "default_overlay_lut")
CONFIG_FIELDS: Final = frozenset(("title", "description", "settings", *LISTS, *SINGLE))


def describe_config(config: WorkstationConfig) -> dict[str, Any]:
    """What is not as it is by default, and every preset and look-up table in full."""
    return {
        "title": config.title,
        "description": config.description,
        "settings": {name: config.settings[name] for name in DEFAULTS if _differs(config.settings, name)},
        "window_presets": [_described(row, PRESET_FIELDS) for row in config.window_presets.order_by("id")],
        "default_window_preset": _described(config.default_window_preset, PRESET_FIELDS),
        "overlay_luts": [_described(row, TABLE_FIELDS) for row in config.overlay_luts.order_by("id")],
        "default_overlay_lut": _described(config.default_overlay_lut, TABLE_FIELDS),
    }


def describe_table(table: LookUpTable) -> dict[str, Any]:
    """A look-up table with the slug by which questions name it."""
    return {"slug": table.slug, **_described(table, TABLE_FIELDS)}


def ensure_config(actor: Actor, entry: Mapping[str, Any], created: list[str]) -> UUID:
    """The settings that are just so, made if there are none."""
    _check_config(entry)
    settings = {
        name: value for name, value in (entry.get("settings") or {}).items() if _differs(entry["settings"], name)
    }
    wanted = {"description": "", **{name: [] for name in LISTS}, **entry, "settings": settings}
    for config in WorkstationConfig.objects.filter(title=entry["title"]).order_by("created_at", "id"):
        found = describe_config(config)
        if all(audit.is_same(_bare(found[name]), _bare(value)) for name, value in wanted.items()):
            return config.pk
    fields = {**settings, "title": entry["title"], "description": entry.get("description", "")}
    for name in LISTS:
        fields[name] = [_ensure(actor, name, part) for part in entry.get(name) or ()]
    fields |= {name: _ensure(actor, name, entry[name]) for name in SINGLE if entry.get(name)}
    created.append(f"workstation config {entry['title']}")
    return create_workstation_config(actor, fields=fields).pk


def ensure_tables(actor: Actor, entries: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The slugs here of look-up tables that the file calls by other ones."""
    return {str(entry.get("slug")): _ensure(actor, TABLES, entry, known=("slug",)) for entry in entries}


def _ensure(actor: Actor, part: str, entry: Mapping[str, Any], *, known: tuple[str, ...] = ()) -> str:
    """The slug of the preset or look-up table that is just so, made if there is none."""
    is_preset = "preset" in part
    model: type[Model] = WindowPreset if is_preset else LookUpTable
    names = PRESET_FIELDS if is_preset else TABLE_FIELDS
    _refuse_unknown(part, entry, frozenset((*names, *known)))
    check_types(part, entry, model=model, may_lack=True)
    fields = {name: entry[name] for name in names if name in entry}
    for row in model._default_manager.filter(title=entry.get("title")).order_by("id"):  # noqa: SLF001 - documented name
        if audit.is_same(_described(row, names), _bare(fields)):
            return str(row.slug)  # type: ignore[attr-defined]
    return (create_window_preset if is_preset else create_look_up_table)(actor, fields=fields).slug


def _check_config(entry: Mapping[str, Any]) -> None:
    _refuse_unknown(CONFIGS, entry, CONFIG_FIELDS)
    if not isinstance(entry.get("title"), str):
        raise Invalid("A workstation config needs a title.", field=CONFIGS)
    settings = entry.get("settings") or {}
    if not isinstance(settings, Mapping):
        raise Invalid("settings are an object.", field=CONFIGS)
    _refuse_unknown(CONFIGS, settings, frozenset(DEFAULTS))
    check_types(CONFIGS, {"description": entry.get("description", "")}, model=WorkstationConfig)
    for name in LISTS:
        if not isinstance(entry.get(name) or [], list):
            raise Invalid(f"{name} is a list of objects.", field=CONFIGS)
    parts = [*(part for name in LISTS for part in entry.get(name) or ()), *(entry.get(name) or {} for name in SINGLE)]
    if not all(isinstance(part, Mapping) for part in parts):
        raise Invalid("Presets and look-up tables are objects.", field=CONFIGS)


def _refuse_unknown(part: str, entry: Mapping[str, Any], known: frozenset[str]) -> None:
    if unknown := sorted(map(str, entry.keys() - known)):
        raise Invalid(f"{unknown[0]} is not a known field; known are {', '.join(sorted(known))}.", field=part)


def _described(row: Model, names: tuple[str, ...]) -> dict[str, Any]:
    found = {name: getattr(row, name) for name in names}
    return {name: value for name, value in found.items() if value not in (None, "", False)}


def _bare(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """A part without the fields that say nothing."""
    if isinstance(value, list):
        return [_bare(part) for part in value]
    if isinstance(value, Mapping) and "title" in value:
        return {name: part for name, part in value.items() if part not in (None, "", False)}
    return value


def _differs(settings: Mapping[str, Any], name: str) -> bool:
    return name in settings and not audit.is_same(settings[name], DEFAULTS[name])
