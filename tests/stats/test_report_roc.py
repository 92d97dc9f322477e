"""Curves in a report: what the plan asks is what the functions give, and what other programs give."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from tests.stats.conftest import OWN

from readroom.stats.plan import Plan
from readroom.stats.report import analyze
from readroom.stats.roc import binormal_fit, operating_point, partial_auc, reader_aucs
from readroom.stats.table import Readings

COLUMNS = {"modality": "treatment", "display_set": "case"}
HEALTHY, DISEASED = [33, 6, 6, 11, 2], [3, 2, 2, 11, 33]
"""Hanley & McNeil (1982), table I: tomograms in five categories."""


@pytest.fixture(scope="module")
def readings():
    return Readings.read(pd.read_csv(OWN / "data" / "own_mrmc_2t.csv"), columns=COLUMNS, options=[1, 2, 3, 4, 5])


def report_of(readings, fields):
    return analyze(readings, Plan.parse(f"analyses: [{{analysis: roc, {fields}}}]"))


def section_of(readings, fields):
    (section,) = report_of(readings, fields).sections
    assert not section.refusal
    return section


def starting(section, name):
    return {tuple(result.group.values()): result for result in section.results if result.name.startswith(name)}


def drawn_rows(plot, *, layer):
    return plot.spec["datasets"][plot.spec["layer"][layer]["data"]["name"]]


def parts_of(readings):
    return {
        (modality, reader): readings.only(modality=modality, reader=reader)
        for modality in readings.names("modality")
        for reader in readings.names("reader")
    }


@pytest.mark.parametrize(
    ("fields", "given", "name"),
    [
        ("{specificity: [0.8, 1]}", {"specificity": (0.8, 1)}, "partial AUC (specificity 0.8 to 1)"),
        (
            "{sensitivity: [0.7, 0.9], corrected: true}",
            {"sensitivity": (0.7, 0.9), "corrected": True},
            "corrected partial AUC (sensitivity 0.7 to 0.9)",
        ),
    ],
)
def test_partial_areas_are_those_of_the_function_and_their_mean(readings, fields, given, name):
    found = starting(section_of(readings, f"partial: {fields}"), name)
    assert len(found) == 12
    for key, part in parts_of(readings).items():
        alone = partial_auc(part, **given)
        assert (found[key].value, found[key].standard_error, found[key].interval) == (
            alone.value, alone.standard_error, alone.interval,
        )  # fmt: skip
    for modality in ("T1", "T2"):
        own = [found[modality, reader] for reader in readings.names("reader")]
        mean = found[modality, "mean of readers"]
        assert mean.value == pytest.approx(np.mean([estimate.value for estimate in own]))
        assert mean.value in mean.interval
        apart = np.sqrt(sum(estimate.standard_error**2 for estimate in own)) / len(own)
        together = np.mean([estimate.standard_error for estimate in own])
        assert apart < mean.standard_error < together
        assert mean.n == {"readers": 5, "cases": 70, "diseased": 30, "healthy": 40}


def test_a_corrected_partial_area_is_that_of_scikit_learn(readings):
    found = starting(section_of(readings, "partial: {specificity: [0.9, 1], corrected: true}"), "corrected")
    for key, part in parts_of(readings).items():
        cube = part.cube()
        assert found[key].value == pytest.approx(roc_auc_score(cube.truth, cube.ratings[0, 0], max_fpr=0.1), rel=1e-12)


@pytest.mark.corpus
def test_a_partial_area_from_a_plan_is_that_of_the_reference_program(statistics_reference):
    markers = pd.read_csv(statistics_reference / "data" / "asah.csv")
    expected = pd.read_csv(statistics_reference / "agreement_roc_expected.csv")
    expected = expected[expected["statistic"] == "partial_auc(sp 1-0.9)"]
    assert len(expected) >= 2
    table = pd.concat(
        pd.DataFrame(
            {"reader": name, "display_set": markers.index, "rating": markers[name], "truth": markers["outcome"]}
        )
        for name in expected["item"]
    )
    found = starting(section_of(Readings.read(table), "partial: {specificity: [0.9, 1]}"), "partial AUC")
    for row in expected.itertuples():
        assert found["-", row.item].value == pytest.approx(row.value, rel=1e-9)


def test_a_mean_of_readers_who_read_different_cases_is_left_out(readings):
    fewer = readings.frame.drop(readings.frame.index[0])
    found = starting(section_of(Readings.read(fewer), "partial: {specificity: [0.8, 1]}"), "partial AUC")
    assert [key for key in found if key[1] == "mean of readers"] == [("T2", "mean of readers")]


def binormal_study():
    categories = np.arange(1, 6)
    ratings = np.concatenate([np.repeat(categories, HEALTHY), np.repeat(categories, DISEASED)])
    truth = np.repeat([0, 1], [sum(HEALTHY), sum(DISEASED)])
    perfect = np.where(truth == 1, 5, 1)
    rows = [
        (reader, f"c{case}", rating, known)
        for reader, given in (("anna", ratings), ("perfect", perfect))
        for case, (rating, known) in enumerate(zip(given, truth, strict=True))
    ]
    return Readings.read(pd.DataFrame(rows, columns=["reader", "display_set", "rating", "truth"]))


def test_a_fitted_curve_has_the_published_parameters_and_who_has_none_is_named():
    report = report_of(binormal_study(), "fit: binormal")
    (section,) = report.sections
    values = {(result.name, result.group["reader"]): result.value for result in section.results}
    assert values["binormal a", "anna"] == pytest.approx(1.656782, abs=2e-6)
    assert values["binormal b", "anna"] == pytest.approx(0.713002, abs=2e-6)
    assert values["AUC (binormal)", "anna"] == pytest.approx(0.911331, abs=2e-6)
    assert ("AUC", "perfect") in values
    assert ("AUC (binormal)", "perfect") not in values
    (note,) = section.notes
    assert note.startswith("No binormal curve of perfect: The ratings leave 2 categories")
    assert note in report.html()


def test_fitted_curves_are_drawn_beside_the_empirical_ones(readings):
    report = report_of(readings, "fit: binormal")
    files = report.files()
    assert {"roc/roc.svg", "roc/roc-binormal.svg", "roc/roc-binormal.json"} <= files.keys()
    fit = binormal_fit(readings.only(modality="T1", reader="R1"))
    curve = fit.curve()
    assert (curve.false_positive[0], curve.true_positive[0]) == (0, 0)
    assert (curve.false_positive[-1], curve.true_positive[-1]) == (1, 1)
    assert curve.area == pytest.approx(fit.area.value, abs=1e-3)
    rows = drawn_rows(report.sections[0].plots[1], layer=1)
    drawn = [
        (row["false_positive"], row["true_positive"])
        for row in rows
        if (row["modality"], row["reader"]) == ("T1", "R1")
    ]
    assert drawn == list(zip(curve.false_positive.tolist(), curve.true_positive.tolist(), strict=True))


@pytest.mark.parametrize(
    ("fields", "given", "words"),
    [
        ("{largest: youden}", {}, "at the threshold with the largest Youden index (share of cases, Wilson interval)."),
        (
            "{sensitivity: 0.9}",
            {"sensitivity": 0.9},
            "at the threshold with the most specificity among those with a sensitivity of at least 0.9 (",
        ),
        (
            "{specificity: 0.85}",
            {"specificity": 0.85},
            "at the threshold with the most sensitivity among those with a specificity of at least 0.85 (",
        ),
        ("{threshold: 3}", {"threshold": 3}, "at a rating of 3 or more as a positive call ("),
    ],
)
def test_operating_points_are_those_of_the_function(readings, fields, given, words):
    report = report_of(readings, f"operating_point: {fields}")
    (section,) = report.sections
    table = report.numbers()
    for (modality, reader), part in parts_of(readings).items():
        point = operating_point(part, **given)
        rows = table[(table["group_modality"] == modality) & (table["group_reader"] == reader)]
        for estimate in (point.sensitivity, point.specificity):
            row = rows[rows["name"] == estimate.name].iloc[0]
            assert (row["value"], row["low"], row["high"]) == (
                estimate.value, estimate.interval.low, estimate.interval.high,
            )  # fmt: skip
            assert f"(rating >= {point.threshold:g})" in row["name"]
            assert (row["detail_threshold"], row["detail_youden"]) == (point.threshold, point.youden)
    assert words in section.methods
    assert ("same cases" in " ".join(section.notes)) is (given != {"threshold": 3})
    assert len(drawn_rows(section.plots[0], layer=2)) == 10


def test_areas_may_have_logit_intervals(readings):
    found = [result for result in section_of(readings, "interval: logit").results if result.name == "AUC"]
    assert [result.interval for result in found] == [e.interval for e in reader_aucs(readings, interval="logit")]


def test_methods_and_references_tell_what_was_asked(readings):
    text = report_of(
        readings, "partial: {specificity: [0.8, 1], corrected: true}, fit: binormal, operating_point: {largest: youden}"
    ).methods()
    for part in (
        "The corrected partial AUC (specificity 0.8 to 1) was estimated for every reader (empirical, straight lines",
        "rescaled to 0.5 for a useless test and 1 for a perfect one; bootstrap of diseased and healthy cases",
        "Binormal curves were fitted to the ratings of every reader (binormal maximum likelihood, standard error",
        "Sensitivity and specificity of every reader were estimated at the threshold with the largest Youden index",
        "McClish DK (1989)", "Efron B, Tibshirani RJ (1993)", "Dorfman DD, Alf E (1969)", "Youden WJ (1950)",
        "Wilson EB (1927)",
    ):  # fmt: skip
        assert part in text


def test_the_mean_of_two_who_read_alike_errs_as_much_as_one(readings):
    """The same resamples of cases for all readers: what they share does not average out."""
    one = readings.only(reader="R1", modality="T1").frame
    both = Readings.read(pd.concat([one, one.assign(reader="R1 again")], ignore_index=True))
    found = starting(section_of(both, "partial: {specificity: [0.8, 1]}"), "partial AUC")
    mean, alone = found["T1", "mean of readers"], found["T1", "R1"]
    assert (mean.value, mean.standard_error, mean.interval) == (alone.value, alone.standard_error, alone.interval)
