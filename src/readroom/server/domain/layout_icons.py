"""A small picture of a hanging protocol: its viewports as rectangles."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

SIZE: Final = 32
_INVISIBLE: Final = frozenset(("minimap", "3D-sideview", "clientside"))


def svg_icon(protocol: Sequence[Mapping[str, Any]]) -> str:
    """Draw the layout as SVG; viewports without a place are put into a grid."""
    return _drawn(json.dumps(protocol, sort_keys=True))


@lru_cache(maxsize=256)
def _drawn(text: str) -> str:
    shown = [view for view in json.loads(text) if view.get("specialized_view") not in _INVISIBLE]
    boxes = [
        (view["x"], view["y"], view["w"], view["h"]) for view in shown if {"x", "y", "w", "h"} <= view.keys()
    ] or _grid(len(shown))
    width = max(x + w for x, _, w, _ in boxes)
    height = max(y + h for _, y, _, h in boxes)
    across, down = SIZE / width, SIZE / height
    drawn = "".join(
        f'<rect x="{x * across + 1:.1f}" y="{y * down + 1:.1f}" width="{max(w * across - 2, 1):.1f}" '
        f'height="{max(h * down - 2, 1):.1f}"/>'
        for x, y, w, h in boxes
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{SIZE}" height="{SIZE}" '
        f'fill="none" stroke="currentColor">{drawn}</svg>'
    )


def _grid(number: int) -> list[tuple[int, int, int, int]]:
    columns = max(1, math.ceil(math.sqrt(number)))
    return [(place % columns, place // columns, 1, 1) for place in range(max(1, number))]
