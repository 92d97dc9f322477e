"""Plots are valid Vega-Lite, draw offline, and show the numbers."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest
from tests.stats.conftest import OWN
from tests.stats.mrmc.test_obuchowski_rockette import study
from tests.stats.test_froc import tables

from readroom.stats.agreement import between_pairs, bland_altman
from readroom.stats.errors import EmptySelection, UnknownChoice
from readroom.stats.froc import FrocStudy
from readroom.stats.mrmc.obuchowski_rockette import obuchowski_rockette
from readroom.stats.plots import (
    Plot,
    agreement_plot,
    average_froc,
    bland_altman_plot,
    forest_plot,
    froc_plot,
    froc_points,
    learning_plot,
    roc_plot,
)
from readroom.stats.roc import reader_curves
from readroom.stats.table import Readings
from readroom.stats.timing import learning_curve


def every_plot() -> dict[str, Plot]:
    frame = pd.read_csv(OWN / "data" / "own_mrmc_2t.csv").rename(
        columns={"treatment": "modality", "case": "display_set"}
    )
    frame["seconds"] = np.random.default_rng(0).lognormal(4, 0.4, len(frame))
    readings = Readings.read(frame, options=[1, 2, 3, 4, 5])
    marks, truth = tables()
    pair = pd.read_csv(OWN / "data" / "own_continuous.csv").iloc[:, 1:3]
    plots = [
        roc_plot(reader_curves(readings)),
        froc_plot(FrocStudy.read(marks, truth=truth, unmarked="read")),
        agreement_plot(between_pairs(readings, "cohen", weights="quadratic")),
        bland_altman_plot(bland_altman(pair)),
        forest_plot(obuchowski_rockette(readings.cube())),
        learning_plot(learning_curve(readings).points.to_dict("records")),
    ]
    return {plot.name: plot for plot in plots}


@pytest.fixture(scope="module")
def plots() -> dict[str, Plot]:
    return every_plot()


def test_there_is_a_plot_of_every_kind(plots):
    assert set(plots) == {"roc", "froc", "agreement", "bland-altman", "forest", "learning"}


def test_every_plot_draws_as_svg_and_png_the_same_each_time(plots):
    for name, plot in plots.items():
        first, second = plot.svg(), plot.svg()
        assert first == second, name
        assert ET.fromstring(first).tag.endswith("svg")
        assert plot.png(scale=1).startswith(b"\x89PNG")


def test_specifications_are_the_same_each_time_and_name_no_address_but_the_schema(plots):
    for name, plot in every_plot().items():
        text = json.dumps(plot.spec, sort_keys=True)
        assert text == json.dumps(plots[name].spec, sort_keys=True), name
        assert text.count("http") == 1
        assert "vega.github.io/schema/vega-lite" in plot.spec["$schema"]


def test_a_plot_is_saved_by_the_name_of_its_file(plots, tmp_path):
    for name in ("a.svg", "a.png", "a.json"):
        plots["forest"].save(tmp_path / name)
        assert (tmp_path / name).stat().st_size > 500
    with pytest.raises(UnknownChoice, match=r"\.svg, \.png or \.json"):
        plots["forest"].save(tmp_path / "a.pdf")


def test_the_forest_shows_every_reader_and_the_mean():
    result = obuchowski_rockette(study())
    text = forest_plot(result).svg()
    for name in (*result.design.readers, "mean of readers"):
        assert name in text


def test_the_froc_curve_ends_at_all_marks():
    marks, truth = tables()
    froc = FrocStudy.read(marks, truth=truth, unmarked="read")
    false, found = froc_points(froc, modality=0, reader=0)
    mine = marks[(marks.modality == "A") & (marks.reader == "r0")]
    assert (false[0], found[0]) == (0, 0)
    assert false[-1] == (mine.mark == "NL").sum() / 12
    assert found[-1] == (mine.mark == "LL").sum() / truth.lesion.notna().sum()
    assert (np.diff(false) >= 0).all()
    assert (np.diff(found) >= 0).all()


def test_the_average_froc_curve_is_the_mean_where_all_readers_go():
    first = np.array([0.0, 0.0, 0.5, 1.0]), np.array([0.0, 0.4, 0.6, 0.8])
    second = np.array([0.0, 0.25, 0.5]), np.array([0.0, 0.2, 0.8])
    false, found = average_froc([first, second])
    assert false.tolist() == [0, 0, 0.25, 0.5]
    np.testing.assert_allclose(found, [0, 0.2, 0.35, 0.7])


def test_cases_at_one_place_of_a_bland_altman_plot_are_one_larger_point():
    plot = bland_altman_plot(bland_altman([[1, 1], [1, 1], [3, 2], [4, 2], [1, 1]]))
    points = next(rows for rows in plot.spec["datasets"].values() if "cases" in rows[0])
    assert points == [
        {"mean": 1.0, "difference": 0.0, "cases": 3},
        {"mean": 2.5, "difference": 1.0, "cases": 1},
        {"mean": 3.0, "difference": 2.0, "cases": 1},
    ]


def test_a_comparison_without_pairs_has_nothing_to_plot():
    with pytest.raises(EmptySelection):
        roc_plot({})
