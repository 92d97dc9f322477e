"""Every statistic gives what a methods section needs: numbers with their error, and who read what."""

from __future__ import annotations

from dataclasses import fields, is_dataclass

import numpy as np
import pandas as pd
import pytest
from tests.stats.test_sources import ESTIMATORS

import readroom.stats as rs
from readroom.stats.errors import EmptySelection, NotANumber, UnknownChoice
from readroom.stats.results import Estimate, HypothesisTest

RATINGS = np.array([[1, 1, 2], [2, 2, 2], [1, 2, 1], [3, 3, 2], [2, 3, 3], [1, 1, 1], [3, 2, 3], [2, 1, 2]])
PAIR = RATINGS[:, :2]
OPTIONS = [1, 2, 3]
TRUTH = np.array([0, 1, 0, 1, 1, 0, 1, 0])
SCORES = np.array([1.0, 3, 2, 4, 2, 1, 5, 3])
OTHERS = np.array([2.0, 3, 1, 5, 4, 2, 3, 1])
MASK = np.zeros((6, 6, 6), bool)
MASK[2:4, 2:5, 1:4] = True


def study():
    generator = np.random.default_rng(11)
    rows = [
        {"reader": reader, "modality": modality, "session": session, "display_set": f"c{case}",
         "answer": int(np.clip(np.round(2.5 + 1.2 * (case % 2) + generator.normal(0, 1)), 1, 5)), "truth": case % 2,
         "seconds": float(generator.lognormal(3, 0.3)), "order": case + 1}
        for case in range(24) for modality in ("CT", "MRI") for session in ("1", "2") for reader in ("anna", "ben", "carl")
    ]  # fmt: skip
    return rs.Readings.read(pd.DataFrame(rows), options=[1, 2, 3, 4, 5])


BOTH = study()
ONCE = BOTH.only(session="1")
CUBE = ONCE.cube()
OR = rs.obuchowski_rockette(CUBE)
MARKS = pd.DataFrame(
    [("A", f"r{r}", f"c{c}", "LL" if c % 2 else "NL", 1 if c % 2 else None, (c * 7 + r * 3) % 10) for r in range(3) for c in range(12)]
    + [("B", f"r{r}", f"c{c}", "LL" if c % 2 else "NL", 1 if c % 2 else None, (c * 5 + r * 4) % 11) for r in range(3) for c in range(12)],
    columns=["modality", "reader", "display_set", "mark", "lesion", "rating"],
)  # fmt: skip
LESIONS = pd.DataFrame(
    {"display_set": [f"c{c}" for c in range(12)], "lesion": [1 if c % 2 else None for c in range(12)]}
)

CALLS = {
    "auc": lambda: rs.auc(SCORES, TRUTH),
    "between_pairs": lambda: rs.between_pairs(ONCE),
    "between_readers": lambda: rs.between_readers(ONCE),
    "binormal_fit": lambda: rs.binormal_fit(ONCE.only(reader="anna", modality="CT")),
    "bland_altman": lambda: rs.bland_altman(PAIR),
    "brennan_prediger": lambda: rs.brennan_prediger(RATINGS, options=OPTIONS),
    "cohen_kappa": lambda: rs.cohen_kappa(PAIR, options=OPTIONS),
    "compare_aucs": lambda: rs.compare_aucs(SCORES, OTHERS, TRUTH),
    "compare_modalities": lambda: rs.compare_modalities(ONCE),
    "conger_kappa": lambda: rs.conger_kappa(RATINGS, options=OPTIONS),
    "dbm": lambda: rs.dbm(CUBE),
    "diagnostic_accuracy": lambda: rs.diagnostic_accuracy(SCORES >= 3, TRUTH),
    "equivalence": lambda: rs.equivalence(OR.differences[0], margin=0.2),
    "fleiss_kappa": lambda: rs.fleiss_kappa(RATINGS, options=OPTIONS),
    "froc_figures": lambda: rs.obuchowski_rockette(rs.froc_figures(rs.FrocStudy.read(MARKS, truth=LESIONS))),
    "gwet_ac": lambda: rs.gwet_ac(RATINGS, options=OPTIONS, weights="linear"),
    "icc": lambda: rs.icc(RATINGS),
    "kendall_w": lambda: rs.kendall_w(RATINGS),
    "krippendorff_alpha": lambda: (
        rs.krippendorff_alpha(RATINGS, options=OPTIONS),
        rs.krippendorff_alpha(RATINGS, options=OPTIONS, metric="ordinal"),
    ),
    "learning_curve": lambda: rs.learning_curve(ONCE),
    "light_kappa": lambda: rs.light_kappa(RATINGS, options=OPTIONS),
    "mean_estimate": lambda: rs.mean_estimate("Dice", SCORES),
    "median_estimate": lambda: rs.median_estimate("Dice", SCORES),
    "noninferiority": lambda: rs.noninferiority(OR.differences[0], new="MRI", margin=0.2),
    "obuchowski_rockette": lambda: [rs.obuchowski_rockette(CUBE, inference=inference) for inference in rs.Inference],
    "operating_point": lambda: rs.operating_point(SCORES, TRUTH),
    "pairwise_limits": lambda: rs.pairwise_limits(ONCE),
    "partial_auc": lambda: rs.partial_auc(SCORES, TRUTH, specificity=(0.5, 1)),
    "percent_agreement": lambda: rs.percent_agreement(RATINGS, options=OPTIONS),
    "randolph_kappa": lambda: rs.randolph_kappa(RATINGS, options=OPTIONS),
    "reader_accuracy": lambda: rs.reader_accuracy(ONCE, threshold=3),
    "reader_aucs": lambda: rs.reader_aucs(ONCE),
    "reader_partial_aucs": lambda: rs.reader_partial_aucs(ONCE, specificity=(0.7, 1), corrected=True),
    "reading_times": lambda: rs.reading_times(ONCE),
    "u_statistics": lambda: rs.u_statistics(CUBE, variance="v-statistic"),
    "within_readers": lambda: rs.within_readers(BOTH),
}
"""What gives estimates and tests."""

OTHER = {
    "Agreement", "Auc", "MatchingRule", "Pilot", "RoeMetz", "Sensitivity", "Specificity", "agreement_weights",
    "average_curve", "box_overlap", "decompose", "delong_covariance", "design_of", "figures_of", "majority_answers",
    "majority_mask", "mask_overlap", "match_marks", "polygon_overlap", "power", "reader_curves", "roc_curve",
    "sample_size", "staple", "surface_distance", "time_outliers", "wilson_interval",
}  # fmt: skip
"""What gives curves, matrices, masks, plans, or the measure of a single case, which has no error."""


def results_in(found):
    """Estimates and tests, wherever they stand."""
    if isinstance(found, Estimate | HypothesisTest):
        yield found
        if isinstance(found, HypothesisTest) and found.estimate is not None:
            yield found.estimate
    elif isinstance(found, list | tuple):
        for item in found:
            yield from results_in(item)
    elif is_dataclass(found):
        for field in fields(found):
            yield from results_in(getattr(found, field.name))


def test_every_estimator_is_either_tried_here_or_gives_no_estimates():
    assert sorted(CALLS.keys() | OTHER) == ESTIMATORS
    assert not CALLS.keys() & OTHER


@pytest.mark.parametrize("name", sorted(CALLS))
def test_a_result_carries_all_that_a_methods_section_needs(name):
    found = list(results_in(CALLS[name]()))
    assert found
    for result in found:
        assert result.name
        assert result.n, result.name
        assert all(isinstance(count, int) and count >= 0 for count in result.n.values())
        assert result.method, result.name
        assert result.assumptions, result.name
        assert all(text.endswith(".") for text in (*result.assumptions, *result.notes)), result
        assert result.citations, result.name
        assert set(result.citations) <= set(rs.citations.PAPERS)
        assert result.design is not None, result.name
        assert result.design.was_read.any()


@pytest.mark.parametrize("name", sorted(CALLS))
def test_an_estimate_has_its_error_and_interval_or_says_why_not(name):
    for result in results_in(CALLS[name]()):
        if isinstance(result, HypothesisTest):
            assert np.isfinite(result.statistic)
            assert 0 <= result.p_value <= 1
            continue
        assert np.isfinite(result.value)
        assert result.standard_error is not None or "standard error" in " ".join(result.notes).lower(), result.name
        assert result.interval is not None, result.name
        assert result.interval.low <= result.value + 1e-9, result
        assert result.interval.high >= result.value - 1e-9, result
        assert result.interval.level == 0.95 or name == "equivalence"


LEVELS = {
    "auc": lambda level: rs.auc(SCORES, TRUTH, level=level),
    "binormal_fit": lambda level: rs.binormal_fit(ONCE.only(reader="anna", modality="CT"), level=level),
    "bland_altman": lambda level: rs.bland_altman(PAIR, level=level),
    "cohen_kappa": lambda level: rs.cohen_kappa(PAIR, options=OPTIONS, level=level),
    "dbm": lambda level: rs.dbm(CUBE, level=level),
    "diagnostic_accuracy": lambda level: rs.diagnostic_accuracy(SCORES >= 3, TRUTH, level=level),
    "gwet_ac": lambda level: rs.gwet_ac(RATINGS, options=OPTIONS, level=level),
    "icc": lambda level: rs.icc(RATINGS, level=level),
    "kendall_w": lambda level: rs.kendall_w(RATINGS, level=level),
    "krippendorff_alpha": lambda level: rs.krippendorff_alpha(RATINGS, options=OPTIONS, level=level),
    "learning_curve": lambda level: rs.learning_curve(ONCE, level=level),
    "mean_estimate": lambda level: rs.mean_estimate("Dice", SCORES, level=level),
    "median_estimate": lambda level: rs.median_estimate("Dice", SCORES, level=level),
    "obuchowski_rockette": lambda level: rs.obuchowski_rockette(CUBE, level=level),
    "operating_point": lambda level: rs.operating_point(SCORES, TRUTH, level=level),
    "partial_auc": lambda level: rs.partial_auc(SCORES, TRUTH, specificity=(0.5, 1), level=level),
    "reader_partial_aucs": lambda level: rs.reader_partial_aucs(ONCE, specificity=(0.5, 1), level=level),
    "reader_accuracy": lambda level: rs.reader_accuracy(ONCE, threshold=3, level=level),
    "u_statistics": lambda level: rs.u_statistics(CUBE, variance="v-statistic", level=level),
    "wilson_interval": lambda level: rs.wilson_interval(1, 3, level=level),
}


@pytest.mark.parametrize("name", sorted(LEVELS))
@pytest.mark.parametrize("level", [0, 1, 1.5, 95, float("nan")])
def test_a_level_that_is_no_coverage_is_refused_everywhere(name, level):
    with pytest.raises(UnknownChoice, match="no coverage"):
        LEVELS[name](level)


TEXT = ["high", "low", "high", "low", "high", "low", "high", "low"]


@pytest.mark.parametrize(
    "call",
    [
        lambda: rs.auc(TEXT, TRUTH),
        lambda: rs.auc(SCORES, TEXT),
        lambda: rs.compare_aucs(SCORES, TEXT, TRUTH),
        lambda: rs.diagnostic_accuracy(TEXT, TRUTH),
        lambda: rs.icc([TEXT, TEXT]),
        lambda: rs.kendall_w([TEXT, TEXT]),
        lambda: rs.bland_altman([TEXT[:2], TEXT[:2]]),
        lambda: rs.mean_estimate("Dice", TEXT),
        lambda: rs.median_estimate("Dice", [1, float("inf"), 2]),
        lambda: rs.box_overlap([TEXT[:2], TEXT[:2]], [[0, 0], [1, 1]]),
        lambda: rs.match_marks([TEXT[:2]], [[0, 0]], rule=rs.MatchingRule(criterion="distance", threshold=1)),
        lambda: rs.agreement_weights([["a", "b"], ["b", "a"]], 2),
        lambda: rs.krippendorff_alpha(RATINGS, options=OPTIONS, metric=[["a"]]),
    ],
)
def test_text_where_numbers_belong_is_refused_by_name(call):
    with pytest.raises(NotANumber, match="numbers|infinite"):
        call()


def test_modalities_that_were_not_compared_are_named():
    with pytest.raises(UnknownChoice, match="CT, MRI"):
        OR.difference("CT", "PET")
    with pytest.raises(EmptySelection, match="no curve"):
        rs.average_curve([])
