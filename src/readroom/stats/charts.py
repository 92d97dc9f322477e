"""What all plots share: a chart with its data, how it is drawn and saved, and how it looks."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np
import vl_convert

from readroom.stats.errors import EmptySelection, UnknownChoice

__all__ = ["Plot"]

SIDE = 340
COLORS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"]
"""Okabe & Ito: distinct for colour-blind eyes."""
COUNTED_ID = re.compile(r"\b(clip|gradient_)\d+\b")
Rows = list[dict[str, Any]]
Points = tuple[np.ndarray[Any, np.dtype[np.float64]], np.ndarray[Any, np.dtype[np.float64]]]
FEW_TICKS = alt.Axis(tickCount=6)


@dataclass(frozen=True, slots=True, eq=False)
class Plot:
    """A chart with its data inside.

    Examples
    --------
    >>> plot = forest_plot(result)
    >>> plot.save("forest.svg")

    Parameters
    ----------
    name : str
        For a file.
    title : str
        For a caption.
    spec : dict
        Vega-Lite.
    """

    name: str
    title: str
    spec: dict[str, Any]

    def svg(self) -> str:
        """Draw as SVG; the same plot gives the same text."""
        return _renumbered(str(vl_convert.vegalite_to_svg(self.spec)))

    def png(self, *, scale: float = 2.0) -> bytes:
        """Draw as PNG, `scale` pixels per point."""
        return png_of(self.svg(), scale=scale)

    def save(self, path: str | Path) -> None:
        """Write ``.svg``, ``.png``, or ``.json`` (Vega-Lite), by the name of the file."""
        target = Path(path)
        kind = target.suffix.lower()
        if kind == ".png":
            target.write_bytes(self.png())
        elif kind == ".svg":
            target.write_text(self.svg(), encoding="utf-8")
        elif kind == ".json":
            target.write_text(json.dumps(self.spec, sort_keys=True, indent=1), encoding="utf-8")
        else:
            raise UnknownChoice(f"{target.name} is no .svg, .png or .json; name the file with one of them.")


def png_of(svg: str, *, scale: float = 2.0) -> bytes:
    """A drawing as PNG, `scale` pixels per point."""
    return bytes(vl_convert.svg_to_png(svg, scale=scale))


def _renumbered(svg: str) -> str:
    """Number the ids of clips and gradients from 0: the renderer counts on from plot to plot."""
    numbers: dict[str, str] = {}
    return COUNTED_ID.sub(lambda found: numbers.setdefault(found[0], f"{found[1]}{len(numbers)}"), svg)


def styled_plot(name: str, title: str, chart: alt.Chart | alt.LayerChart | alt.FacetChart) -> Plot:
    """A chart in our colours and letters, as a plot."""
    styled = chart.properties(title=title).configure(
        background="white",
        axis=alt.AxisConfig(labelFontSize=11, titleFontSize=12, gridColor="#eeeeee", labelFlush=False),
        legend=alt.LegendConfig(orient="bottom", columns=5),
        range=alt.RangeConfig(category=COLORS),
    )
    return Plot(name, title, styled.to_dict())


def inline(rows: Rows) -> alt.InlineData:
    """Rows as the data of a chart; nothing to plot is refused."""
    if not rows:
        raise EmptySelection("There is nothing to plot.")
    return alt.InlineData(values=rows)


def fraction(field: str, title: str) -> dict[str, Any]:
    """The channel of a share, from 0 to 1."""
    return {"field": field, "type": "quantitative", "title": title, "scale": alt.Scale(domain=[0, 1])}


def mean_bold() -> dict[str, Any]:
    """The mean bold, readers faint."""
    kinds = ["mean", "reader"]
    return {
        "strokeWidth": alt.StrokeWidth("who:N", scale=alt.Scale(domain=kinds, range=[3, 1]), title="Curve"),
        "strokeOpacity": alt.StrokeOpacity("who:N", scale=alt.Scale(domain=kinds, range=[1, 0.45]), title="Curve"),
    }
