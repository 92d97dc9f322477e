"""Settings of a viewer: names, defaults and what each may be."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from readroom.server.domain.errors import Invalid
from readroom.server.domain.json_values import Json, check_json, is_number, is_whole
from readroom.server.domain.sockets import check_overlay_segments

KNOTS: Final = {4: "[r g b position, …]", 2: "[a position, …]"}
FLAGS: Final[Mapping[str, bool]] = {
    "show_image_info_plugin": True,
    "show_display_plugin": True,
    "show_image_switcher_plugin": True,
    "show_algorithm_output_plugin": False,
    "show_overlay_plugin": True,
    "show_annotation_statistics_plugin": False,
    "show_swivel_tool": False,
    "show_invert_tool": True,
    "show_flip_tool": True,
    "show_window_level_tool": True,
    "show_reset_tool": True,
    "show_overlay_selection_tool": True,
    "show_lut_selection_tool": True,
    "show_annotation_counter_tool": True,
    "auto_jump_center_of_gravity": True,
    "link_images": True,
    "link_panning": True,
    "link_zooming": True,
    "link_slicing": True,
    "link_orienting": True,
    "link_windowing": True,
    "link_inverting": True,
    "link_flipping": True,
    "default_limit_view_area_to_image_volume": False,
}
_INTERPOLATIONS: Final = ("NearestNeighbor", "Trilinear", "Cubic")
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "image_context": ("", "Pathology", "Multiparametric MRI"),
    "default_slab_render_method": ("", "Maximum", "Minimum", "Average"),
    "default_orientation": ("", "Axial", "Coronal", "Sagittal"),
    "default_overlay_interpolation": _INTERPOLATIONS,
    "default_image_interpolation": _INTERPOLATIONS,
}
DEFAULTS: Final[Mapping[str, Any]] = {
    **FLAGS,
    "image_context": "",
    "default_slab_thickness_mm": 0.0,
    "default_slab_render_method": "",
    "default_orientation": "",
    "default_overlay_alpha": 0.5,
    "default_overlay_interpolation": "NearestNeighbor",
    "default_image_interpolation": "Trilinear",
    "ghosting_slice_depth": 0,
    "overlay_segments": [],
    "key_bindings": [],
    "default_zoom_scale": 1.0,
    "default_brush_size": None,
    "default_annotation_color": "#ff8800",
    "default_annotation_line_width": None,
    "enabled_preprocessors": [],
    "point_bounding_box_size_mm": 5.0,
}

_RANGES: Final[Mapping[str, tuple[float, float]]] = {
    "default_slab_thickness_mm": (0, 1000),
    "default_overlay_alpha": (0, 1),
    "ghosting_slice_depth": (0, 1000),
    "default_zoom_scale": (0.01, 1000),
    "default_brush_size": (0.01, 1000),
    "default_annotation_line_width": (1, 100),
    "point_bounding_box_size_mm": (0.01, 1000),
}
_WHOLE: Final = frozenset(("ghosting_slice_depth", "default_annotation_line_width"))
_NULLABLE: Final = frozenset(("default_brush_size", "default_annotation_line_width"))


def _is_in_range(value: Json, name: str) -> bool:
    lowest, highest = _RANGES[name]
    is_right = is_whole(value) if name in _WHOLE else is_number(value)
    return (value is None and name in _NULLABLE) or (is_right and lowest <= value <= highest)


_OTHERS: Final[Mapping[str, tuple[Callable[[Json], bool], str]]] = {
    "key_bindings": (lambda value: isinstance(value, list), "a list"),
    "default_annotation_color": (
        lambda value: isinstance(value, str) and re.fullmatch(r"#[0-9a-fA-F]{6}", value) is not None,
        "a colour like #ff8800",
    ),
    "enabled_preprocessors": (lambda value: value in ([], ["contrast_enhanced"]), '[] or ["contrast_enhanced"]'),
}


def check_viewer_settings(settings: Mapping[str, Any]) -> None:
    """Refuse settings that no viewer could follow, with the name of the first wrong one."""
    check_json(dict(settings))
    for name, value in settings.items():
        if name in FLAGS:
            is_fit, expected = isinstance(value, bool), "true or false"
        elif name in _CHOICES:
            is_fit, expected = value in _CHOICES[name], f"one of {', '.join(map(repr, _CHOICES[name]))}"
        elif name in _RANGES:
            lowest, highest = _RANGES[name]
            is_fit, expected = _is_in_range(value, name), f"a number from {lowest:g} to {highest:g}"
        elif name == "overlay_segments":
            check_overlay_segments(value, is_allowed=True)
            continue
        else:
            check, expected = _OTHERS[name]
            is_fit = check(value)
        if not is_fit:
            raise Invalid(f"It must be {expected}.", field=name)


def check_knots(text: Json, *, field: str, length: int) -> None:
    """Refuse a look-up table that no viewer could read: each knot is ``length`` numbers, the last its position."""
    is_closed = isinstance(text, str) and text.startswith("[") and text.endswith("]")
    knots = [knot.split() for knot in text[1:-1].split(",")] if is_closed else []
    if not knots or not all(len(knot) == length and all(map(_is_decimal, knot)) for knot in knots):
        raise Invalid(f"Knots are written {KNOTS[length]}, as numbers.", field=field)


def check_range(least: int | None, most: int | None) -> None:
    if least is not None and most is not None and least >= most:
        raise Invalid("The range of a look-up table rises.", field="range_max")


def _is_decimal(word: str) -> bool:
    return re.fullmatch(r"-?(\d+\.?\d*|\.\d+)(e-?\d{1,2})?", word, re.ASCII | re.IGNORECASE) is not None
