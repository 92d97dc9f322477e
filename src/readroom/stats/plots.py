"""Plots as Vega-Lite, and as SVG and PNG without a network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import numpy as np

from readroom.stats.agreement import BlandAltman
from readroom.stats.charts import (
    COLORS,
    FEW_TICKS,
    SIDE,
    Plot,
    Points,
    Rows,
    fraction,
    inline,
    mean_bold,
    styled_plot,
)
from readroom.stats.froc import FrocStudy
from readroom.stats.mrmc.results import MrmcResult
from readroom.stats.results import MEAN_OF_READERS, Estimate
from readroom.stats.roc import OperatingPoint, RocCurve

__all__ = [
    "Plot",
    "agreement_plot",
    "bland_altman_plot",
    "forest_plot",
    "froc_plot",
    "learning_plot",
    "roc_plot",
]


def roc_plot(
    curves: Mapping[tuple[str, str], RocCurve],
    *,
    points: Sequence[OperatingPoint] = (),
    name: str = "roc",
    title: str = "ROC curves",
) -> Plot:
    """Draw the curve of every reader, and their average bold.

    Examples
    --------
    >>> roc_plot(reader_curves(readings)).save("roc.svg")

    Parameters
    ----------
    curves : mapping of (modality, reader) to RocCurve
        As `reader_curves` gives them; the average under the reader "mean of readers".
    points : sequence of OperatingPoint
        Marked by dots.
    name : str
        For a file.
    title : str
        Above the plot.

    Returns
    -------
    Plot
    """
    rows: Rows = [
        {
            "modality": modality,
            "reader": reader,
            "false_positive": float(x),
            "true_positive": float(y),
            "order": order,
            "who": "mean" if reader == MEAN_OF_READERS else "reader",
        }
        for (modality, reader), curve in curves.items()
        for order, (x, y) in enumerate(zip(curve.false_positive, curve.true_positive, strict=True))
    ]
    lines = (
        alt.Chart(inline(rows))
        .mark_line()
        .encode(
            x=alt.X(**fraction("false_positive", "False positive fraction")),
            y=alt.Y(**fraction("true_positive", "True positive fraction")),
            color=alt.Color("modality:N", title="Modality"),
            detail="reader:N",
            order="order:Q",
            **mean_bold(),
        )
    )
    chance = (
        alt.Chart(alt.InlineData(values=[{"x": 0, "y": 0}, {"x": 1, "y": 1}]))
        .mark_line(strokeDash=[4, 4], color="#999999", strokeWidth=1)
        .encode(x="x:Q", y="y:Q")
    )
    layers = alt.layer(chance, lines, *([_dots(points)] if points else []))
    return styled_plot(name, title, layers.properties(width=SIDE, height=SIDE))


def _dots(points: Sequence[OperatingPoint]) -> alt.Chart:
    rows: Rows = [
        {
            "modality": point.sensitivity.group["modality"],
            "false_positive": 1 - point.specificity.value,
            "true_positive": point.sensitivity.value,
        }
        for point in points
    ]
    base = alt.Chart(inline(rows)).mark_point(filled=True, size=40)
    dots: alt.Chart = base.encode(x="false_positive:Q", y="true_positive:Q", color="modality:N")
    return dots


def froc_plot(study: FrocStudy, *, title: str = "FROC curves") -> Plot:
    """Draw lesion localisation fraction against false marks per case, for every reader, and their average bold.

    Examples
    --------
    >>> froc_plot(FrocStudy.read(marks, truth=lesions)).save("froc.svg")

    Parameters
    ----------
    study : FrocStudy
        Marks and lesions.
    title : str
        Above the plot.

    Returns
    -------
    Plot
    """
    study.require_complete("The FROC plot")
    rows: Rows = []
    for i, modality in enumerate(study.modalities):
        curves = {name: froc_points(study, modality=i, reader=j) for j, name in enumerate(study.readers)}
        if len(curves) > 1:
            curves[MEAN_OF_READERS] = average_froc(list(curves.values()))
        for reader, (false, hit) in curves.items():
            who = "mean" if reader == MEAN_OF_READERS else "reader"
            rows += [
                {"modality": modality, "reader": reader, "false_marks": x, "lesions": y, "order": order, "who": who}
                for order, (x, y) in enumerate(zip(false.tolist(), hit.tolist(), strict=True))
            ]
    chart = (
        alt.Chart(inline(rows))
        .mark_line()
        .encode(
            x=alt.X("false_marks:Q", title="False marks per case", axis=FEW_TICKS),
            y=alt.Y(**fraction("lesions", "Lesion localisation fraction")),
            color=alt.Color("modality:N", title="Modality"),
            detail="reader:N",
            order="order:Q",
            **mean_bold(),
        )
    )
    return styled_plot("froc", title, chart.properties(width=SIDE, height=SIDE))


def average_froc(curves: Sequence[Points]) -> Points:
    """The mean lesion fraction of the readers at each number of false marks that all of them reach."""
    end = min(false[-1] for false, _ in curves)
    at = np.unique(np.concatenate([false[false <= end] for false, _ in curves]))
    heights = []
    for false, hit in curves:
        places, last = np.unique(false[::-1], return_index=True)
        heights.append(np.interp(at, places, hit[::-1][last]))
    return np.append(0.0, at), np.append(0.0, np.mean(heights, axis=0))


def froc_points(study: FrocStudy, *, modality: int, reader: int) -> Points:
    """Operating points of one reader from (0, 0): false marks per case, share of lesions, as the threshold falls."""
    cell = modality * len(study.readers) + reader
    false = study.false_rating[study.false_cell == cell]
    hits = study.lesion_rating[modality, reader]
    thresholds = np.unique(np.concatenate([false, hits[np.isfinite(hits)]]))[::-1]
    falses = np.array([0, *((false >= threshold).sum() for threshold in thresholds)], dtype=float)
    found = np.array([0, *((hits >= threshold).sum() for threshold in thresholds)], dtype=float)
    return falses / len(study.cases), found / len(study.lesions)


def agreement_plot(pairs: Sequence[Estimate], *, title: str = "") -> Plot:
    """Draw the agreement of every pair of readers as a matrix, one per modality.

    Examples
    --------
    >>> agreement_plot(between_pairs(readings, "cohen", weights="quadratic")).save("agreement.svg")

    Parameters
    ----------
    pairs : sequence of Estimate
        As `between_pairs` gives them.
    title : str
        The coefficient's name unless given.

    Returns
    -------
    Plot
    """
    rows: Rows = []
    for pair in pairs:
        names = pair.group["first"], pair.group["second"]
        for first, second in (names, names[::-1]):
            rows.append(
                {
                    "modality": pair.group.get("modality", ""),
                    "first": first,
                    "second": second,
                    "value": float(pair.value),
                    "label": f"{pair.value:.2f}",
                }
            )
    base = alt.Chart(inline(rows)).encode(x=alt.X("first:N", title=None), y=alt.Y("second:N", title=None))
    cells = base.mark_rect().encode(
        color=alt.Color("value:Q", title="Agreement", scale=alt.Scale(scheme="blues", domain=[0, 1], clamp=True))
    )
    ink = alt.when("datum.value > 0.6").then(alt.value("white")).otherwise(alt.value("black"))
    numbers = base.mark_text(fontSize=11).encode(text="label:N", color=ink)
    readers = len({row["first"] for row in rows})
    side = max(120, min(SIDE, 45 * readers))
    chart = (
        alt.layer(cells, numbers).properties(width=side, height=side).facet(column=alt.Column("modality:N", title=None))
    )
    return styled_plot("agreement", title or pairs[0].name, chart)


def bland_altman_plot(result: BlandAltman, *, title: str = "Bland-Altman") -> Plot:
    """Draw differences against means, with bias and limits of agreement and their intervals.

    Examples
    --------
    >>> bland_altman_plot(bland_altman(readings)).save("bland-altman.svg")

    Parameters
    ----------
    result : BlandAltman
        Bias, limits and points.
    title : str
        Above the plot.

    Returns
    -------
    Plot
    """
    places = Counter(zip(result.means.tolist(), result.differences.tolist(), strict=True))
    points: Rows = [{"mean": x, "difference": y, "cases": count} for (x, y), count in sorted(places.items())]
    lines: Rows = [
        {
            "what": f"{what} {estimate.value:.3g}",
            "value": estimate.value,
            "low": estimate.interval.low,
            "high": estimate.interval.high,
            "is_limit": estimate is not result.bias,
        }
        for what, estimate in (("bias", result.bias), ("lower limit", result.low), ("upper limit", result.high))
        if estimate.interval is not None
    ]
    width, most = SIDE * 1.1, max(places.values())
    first, second = result.raters
    y = alt.Y("value:Q", title=f"{first} - {second}", scale=alt.Scale(padding=8))
    bands = alt.Chart(inline(lines)).mark_rect(fillOpacity=0.12, color=COLORS[0]).encode(y=alt.Y("low:Q"), y2="high:Q")
    dashes = alt.StrokeDash("is_limit:N", legend=None, scale=alt.Scale(domain=[False, True], range=[[1, 0], [5, 3]]))
    rules = alt.Chart(inline(lines)).mark_rule().encode(y=y, strokeDash=dashes)
    words = (
        alt.Chart(inline(lines))
        .mark_text(align="left", dx=5, fontSize=11)
        .encode(y=y, text="what:N", x=alt.value(width))
    )
    cases = alt.Legend(title="Cases", tickMinStep=1, tickCount=3) if most > 1 else None
    dots = (
        alt.Chart(inline(points))
        .mark_circle(fillOpacity=0.6, color=COLORS[0])
        .encode(
            x=alt.X(
                "mean:Q", title=f"Mean of {first} and {second}", scale=alt.Scale(zero=False, padding=8), axis=FEW_TICKS
            ),
            y="difference:Q",
            size=alt.Size(
                "cases:Q", legend=cases, scale=alt.Scale(domain=[0, max(most, 2)], range=[0, 30 + 15 * most])
            ),
        )
    )
    layers = alt.layer(bands, rules, words, dots)
    return styled_plot("bland-altman", title, layers.properties(width=width, height=SIDE * 0.8))


def forest_plot(result: MrmcResult, *, title: str = "") -> Plot:
    """Draw the difference of every reader and the average with its interval, for each pair of modalities.

    Examples
    --------
    >>> forest_plot(obuchowski_rockette(cube)).save("forest.svg")

    Parameters
    ----------
    result : MrmcResult
        Of a comparison; readers' intervals are over cases.
    title : str
        The endpoint's name unless given.

    Returns
    -------
    Plot
    """
    rows: Rows = []
    for test in (*result.reader_differences, *result.differences):
        estimate = test.estimate
        if estimate is None or estimate.interval is None:
            continue
        rows.append(
            {
                "pair": f"{test.group['modality']} - {test.group['against']}",
                "reader": test.group["reader"],
                "value": float(estimate.value),
                "low": float(estimate.interval.low),
                "high": float(estimate.interval.high),
                "who": "mean" if test.group["reader"] == MEAN_OF_READERS else "reader",
            }
        )
    order = [*result.design.readers, MEAN_OF_READERS]
    base = alt.Chart(inline(rows)).encode(
        y=alt.Y("reader:N", sort=order, title=None),
        color=alt.Color("who:N", scale=alt.Scale(domain=["mean", "reader"], range=[COLORS[1], COLORS[0]]), legend=None),
    )
    whiskers = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("low:Q", title=f"Difference of {result.endpoint}", axis=alt.Axis(tickCount=5)), x2="high:Q"
    )
    points = base.mark_point(filled=True, size=60, opacity=1).encode(x="value:Q")
    zero = alt.Chart().mark_rule(strokeDash=[4, 4], color="#999999").encode(x=alt.datum(0))
    height = max(120, 24 * len(order))
    chart = alt.layer(zero, whiskers, points, data=inline(rows)).properties(width=SIDE, height=height)
    faceted = chart.facet(row=alt.Row("pair:N", title=None, header=alt.Header(labelOrient="top", labelAngle=0)))
    return styled_plot("forest", title or f"{result.endpoint} by reader", faceted)


def learning_plot(points: Sequence[Mapping[str, Any]], *, title: str = "Reading time") -> Plot:
    """Draw seconds per case in the order of reading, with the fitted curve of each reader.

    Examples
    --------
    >>> curve = learning_curve(readings)
    >>> learning_plot(curve.points.to_dict("records")).save("learning.svg")

    Parameters
    ----------
    points : sequence of mapping
        ``reader``, ``order`` (1, 2, ...), ``seconds`` and ``fitted``.
    title : str
        Above the plot.

    Returns
    -------
    Plot
    """
    rows: Rows = [
        {"reader": str(point["reader"])} | {key: float(point[key]) for key in ("order", "seconds", "fitted")}
        for point in points
    ]
    base = alt.Chart(inline(rows)).encode(
        x=alt.X("order:Q", title="Order of reading"), color=alt.Color("reader:N", title="Reader")
    )
    seconds = alt.Scale(zero=True)
    dots = base.mark_circle(fillOpacity=0.35, size=18).encode(y=alt.Y("seconds:Q", title="Seconds", scale=seconds))
    lines = base.mark_line(strokeWidth=2).encode(y="fitted:Q")
    return styled_plot("learning", title, alt.layer(dots, lines).properties(width=SIDE * 1.4, height=SIDE * 0.8))
