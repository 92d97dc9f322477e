"""Hanging protocols (the layout of viewports) and view content (which socket is shown in which viewport)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

from readroom.server.domain.errors import Invalid
from readroom.server.domain.json_values import Json, check_json, is_number, is_text, is_whole
from readroom.server.domain.sockets import KINDS

VIEWPORTS: Final = (
    "main",
    "secondary",
    "tertiary",
    "quaternary",
    "quinary",
    "senary",
    "septenary",
    "octonary",
    "nonary",
    "denary",
    "undenary",
    "duodenary",
    "tredenary",
    "quattuordenary",
    "quindenary",
    "sexdenary",
    "septendenary",
    "octodenary",
    "novemdenary",
    "vigintenary",
)
ORIENTATIONS: Final = ("axial", "coronal", "sagittal")
SPECIALIZED_VIEWS: Final = ("minimap", "3D-sideview", "clientside", "intensity-over-time-chart")
_FREELY_NAMED: Final = frozenset(("minimap", "3D-sideview"))
_PLACE: Final = frozenset("xywh")
_ALONE: Final = frozenset(("Chart", "PDF file", "Thumbnail jpg", "Thumbnail png", "MP4 file"))
_NEVER_SHOWN: Final = frozenset(("CSV file", "ZIP file", "OBJ file", "Newick tree-format file", "BIOM format"))
_OVERLAYS: Final = frozenset(("Segmentation", "Heat Map", "Displacement field"))

Rule = tuple[Callable[[Json], bool], str]
_COUNT: Final[Rule] = (lambda value: is_whole(value) and value >= 0, "a whole number from 0")
_SIZE: Final[Rule] = (lambda value: is_whole(value) and value > 0, "a whole number from 1")
_FLAG: Final[Rule] = (lambda value: isinstance(value, bool), "true or false")
_SHARE: Final[Rule] = (lambda value: is_number(value) and 0 <= value <= 1, "a number from 0 to 1")
_NAME: Final[Rule] = (lambda value: is_text(value) and 0 < len(value) <= 255, "a text")
FIELDS: Final[Mapping[str, Rule]] = {
    "viewport_name": _NAME,
    "x": _COUNT,
    "y": _COUNT,
    "w": _SIZE,
    "h": _SIZE,
    "order": _COUNT,
    "fullsizable": _FLAG,
    "draggable": _FLAG,
    "selectable": _FLAG,
    "linkable": _FLAG,
    "show_current_slice": _FLAG,
    "show_mouse_coordinate": _FLAG,
    "show_mouse_voxel_value": _FLAG,
    "label": (is_text, "a text"),
    "orientation": (lambda value: value in ORIENTATIONS, f"one of {', '.join(ORIENTATIONS)}"),
    "parent_id": _NAME,
    "opacity": _SHARE,
    "slice_plane_indicator": _NAME,
    "slice_plane_indicator_fade_ms": _COUNT,
    "relative_start_position": _SHARE,
    "specialized_view": (lambda value: value in SPECIALIZED_VIEWS, f"one of {', '.join(SPECIALIZED_VIEWS)}"),
}


def _refuse(message: str) -> None:
    raise Invalid(message, field="json")


def check_hanging_protocol(protocol: Json) -> None:
    """Refuse a layout that a viewer could not draw."""
    check_json(protocol)
    if not isinstance(protocol, list) or not protocol:
        _refuse("A hanging protocol is a list of at least one viewport.")
    for viewport in protocol:
        _check_viewport(viewport)
    names = [viewport["viewport_name"] for viewport in protocol]
    if len(set(names)) < len(names):
        _refuse("Each viewport has its own name.")
    if "main" not in names:
        _refuse('One viewport is called "main".')
    placed = [viewport for viewport in protocol if viewport.keys() >= _PLACE]
    if any(_PLACE & viewport.keys() for viewport in protocol) and len(placed) < len(protocol):
        _refuse("Either all viewports have x, y, w and h, or none has.")
    for viewport in protocol:
        _check_relations(viewport, names=names)


def _check_viewport(viewport: Json) -> None:
    if not isinstance(viewport, dict) or "viewport_name" not in viewport:
        _refuse("Every viewport is an object with a viewport_name.")
    for key, value in viewport.items():
        if key not in FIELDS:
            _refuse(f"{key} is not a known field of a viewport.")
        is_fit, expected = FIELDS[key]
        if not is_fit(value):
            _refuse(f"{key} must be {expected}.")
    name = viewport["viewport_name"]
    if viewport.get("specialized_view") not in _FREELY_NAMED and name not in VIEWPORTS:
        _refuse(f"{name} is not the name of a viewport; known are {', '.join(VIEWPORTS)}.")


def _check_relations(viewport: Mapping[str, Any], *, names: Collection[str]) -> None:
    name, parent, special = viewport["viewport_name"], viewport.get("parent_id"), viewport.get("specialized_view")
    if special in _FREELY_NAMED and parent is None:
        _refuse(f"{name} is a {special} and needs the parent_id of the viewport it belongs to.")
    if special == "3D-sideview" and "orientation" not in viewport:
        _refuse(f"{name} is a 3D-sideview and needs an orientation.")
    if parent is not None:
        if parent == name:
            _refuse(f"{name} cannot be its own parent.")
        if parent not in names:
            _refuse(f"The parent {parent} of {name} does not exist.")
        if special not in _FREELY_NAMED and viewport.get("draggable") is not True:
            _refuse(f"{name} has a parent and must be draggable.")
    indicated = viewport.get("slice_plane_indicator")
    if indicated is not None and (indicated == name or indicated not in names):
        _refuse(f"The slice_plane_indicator of {name} names no other viewport.")
    if "slice_plane_indicator_fade_ms" in viewport and indicated is None:
        _refuse(f"slice_plane_indicator_fade_ms of {name} needs a slice_plane_indicator.")


def check_view_content(
    content: Json, *, kinds: Mapping[str, str], protocol: Sequence[Mapping[str, Any]] | None = None
) -> None:
    """Refuse content that no viewport can show; `kinds` tells the kind of each known socket."""
    check_json(content)
    if not isinstance(content, dict):
        raise Invalid("View content is an object of viewport names and lists of sockets.", field="view_content")
    if protocol is not None and content:
        missing = {viewport["viewport_name"] for viewport in protocol} ^ content.keys()
        if missing:
            raise Invalid(
                f"View content and hanging protocol name different viewports: {', '.join(sorted(missing))}.",
                field="view_content",
            )
    for viewport, slugs in content.items():
        if protocol is None and viewport not in VIEWPORTS:
            raise Invalid(f"{viewport} is not the name of a viewport.", field="view_content")
        _check_viewport_content(viewport, slugs, kinds=kinds)


def _check_viewport_content(viewport: str, slugs: Json, *, kinds: Mapping[str, str]) -> None:
    def refuse(message: str) -> None:
        raise Invalid(f"Viewport {viewport}: {message}", field="view_content")

    if not isinstance(slugs, list) or not slugs or not all(isinstance(slug, str) for slug in slugs):
        refuse("name at least one socket, in a list.")
    if len(set(slugs)) < len(slugs):
        refuse("a socket is named twice.")
    if unknown := [slug for slug in slugs if slug not in kinds]:
        refuse(f"there is no socket {unknown[0]}.")
    of_slugs = [kinds[slug] for slug in slugs]
    if never := [kind for kind in of_slugs if kind in _NEVER_SHOWN]:
        refuse(f"a {never[0]} cannot be displayed.")
    if len(slugs) > 1 and (alone := [kind for kind in of_slugs if kind in _ALONE]):
        refuse(f"a {alone[0]} must be alone.")
    bases = [kind for kind in of_slugs if KINDS[kind].family == "image" and kind not in _OVERLAYS]
    if len(bases) > 1:
        refuse("at most one image can be shown, with overlays above it.")


def check_image_port(port: str, *, content: Mapping[str, Sequence[str]], kinds: Mapping[str, str]) -> None:
    """Refuse a question that is drawn in a viewport which shows no image."""
    if not port:
        return
    slugs = content.get(port.lower())
    if slugs is None:
        raise Invalid(f"The view content has no viewport {port.lower()}.", field="image_port")
    if not any(KINDS[kinds[slug]].family == "image" for slug in slugs if slug in kinds):
        raise Invalid(f"The viewport {port.lower()} shows no image to draw on.", field="image_port")


def example_view_content(
    *, protocol: Sequence[Mapping[str, Any]] | None, kinds: Mapping[str, str]
) -> dict[str, list[str]]:
    """Put each socket that can be displayed into a viewport of its own, overlays above the first image."""
    names = [viewport["viewport_name"] for viewport in protocol] if protocol else list(VIEWPORTS)
    overlays = [slug for slug, kind in kinds.items() if kind in _OVERLAYS]
    shown = [slug for slug, kind in kinds.items() if _is_shown_alone(kind)]
    content = {name: [slug] for name, slug in zip(names, shown, strict=False)}
    if overlays and names:
        first = next((name for name, slugs in content.items() if kinds[slugs[0]] not in _ALONE), None)
        if first is None:
            content.setdefault(names[0], []).append(overlays[0])
        else:
            content[first].append(overlays[0])
    return content


def _is_shown_alone(kind: str) -> bool:
    return kind in _ALONE or (KINDS[kind].family == "image" and kind not in _OVERLAYS)
