"""Whatever the data, a statistic is a number or a named refusal: no NaN, no other exception, no warning."""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from readroom.stats import (
    StatisticsError,
    auc,
    binormal_fit,
    bland_altman,
    brennan_prediger,
    cohen_kappa,
    compare_aucs,
    conger_kappa,
    diagnostic_accuracy,
    fleiss_kappa,
    gwet_ac,
    icc,
    kendall_w,
    krippendorff_alpha,
    light_kappa,
    mean_estimate,
    median_estimate,
    operating_point,
    partial_auc,
    percent_agreement,
    randolph_kappa,
)
from readroom.stats.agreement.intraclass import FORMS
from readroom.stats.agreement.krippendorff import METRICS

OPTIONS = [0, 1, 2, 3]


def parts(result, *names):
    return [getattr(result, name) for name in names]


CHOSEN = {
    "percent": percent_agreement, "fleiss": fleiss_kappa, "conger": conger_kappa, "gwet": gwet_ac, "light": light_kappa,
    "brennan-prediger": brennan_prediger,
}  # fmt: skip
AGREEMENT = {
    **{
        f"{name} {weights}": lambda table, f=function, w=weights: [f(table, options=OPTIONS, weights=w)]
        for name, function in CHOSEN.items()
        for weights in ("unweighted", "quadratic")
    },
    **{f"alpha {m}": lambda table, m=m: [krippendorff_alpha(table, metric=m, options=OPTIONS)] for m in METRICS},
    **{form: lambda table, form=form: [icc(table, form=form)] for form in FORMS},
    "randolph": lambda table: [randolph_kappa(table, options=OPTIONS)],
    "cohen": lambda table: [cohen_kappa(table[:, :2], options=OPTIONS, weights="linear")],
    "kendall": lambda table: [kendall_w(table)],
    "bland-altman": lambda table: parts(bland_altman(table[:, :2]), "bias", "low", "high"),
    "mean": lambda table: [mean_estimate("x", table[:, 0])],
    "median": lambda table: [median_estimate("x", table[:, 0])],
}
CURVES = {
    "auc": lambda r, t: [auc(r, t), auc(r, t, interval="logit")],
    "partial": lambda r, t: [partial_auc(r, t, sensitivity=(0.5, 1), corrected=True)],
    "binormal": lambda r, t: parts(binormal_fit(r, t), "area", "intercept", "slope"),
    "operating": lambda r, t: parts(operating_point(r, t), "sensitivity", "specificity"),
    "accuracy": lambda r, t: diagnostic_accuracy(np.where(np.isnan(r), r, r > 1), t).estimates,
    "compare": lambda r, t: [compare_aucs(r, r[::-1], t).estimate],
}
SLOW = {"alpha ordinal", "kendall", "mean", "partial"}

tables = hnp.arrays(
    float, st.tuples(st.integers(1, 8), st.integers(2, 4)), elements=st.sampled_from([0.0, 1.0, 2.0, 3.0, np.nan])
)
samples = st.integers(1, 14).flatmap(
    lambda n: st.tuples(
        hnp.arrays(float, n, elements=st.sampled_from([0.0, 1.0, 2.0, 3.0, 4.0, np.nan])),
        hnp.arrays(float, n, elements=st.sampled_from([0.0, 1.0])),
    )
)


def hold(function, *data):
    """Numbers that are numbers, with intervals around them and reasons for what is absent."""
    try:
        found = function(*data)
    except StatisticsError:
        return
    for estimate in found:
        assert math.isfinite(estimate.value), estimate
        assert all(math.isfinite(value) for value in estimate.details.values() if not np.isinf(value)), estimate.details
        assert estimate.method
        assert estimate.n
        if estimate.standard_error is None:
            assert any("No standard error" in note for note in estimate.notes), estimate
        else:
            assert estimate.standard_error >= 0
        assert not math.isnan(estimate.interval.low)
        assert estimate.interval.low <= estimate.value + 1e-9
        assert estimate.value <= estimate.interval.high + 1e-9


@pytest.mark.parametrize("name", sorted(set(AGREEMENT) - {"kendall", "alpha ordinal"}))
@given(table=tables)
@example(table=np.full((4, 3), np.nan))
@example(table=np.ones((4, 3)))
@example(table=np.array([[0.0, 1.0], [1.0, 0.0]]))
def test_agreement_is_a_number_or_a_refusal(name, table):
    hold(AGREEMENT[name], table)


@settings(max_examples=15)
@pytest.mark.parametrize("name", ["kendall", "alpha ordinal"])
@given(table=tables)
def test_resampled_agreement_is_a_number_or_a_refusal(name, table):
    try:
        found = AGREEMENT[name](table)
    except StatisticsError:
        return
    assert math.isfinite(found[0].value)
    assert math.isfinite(found[0].standard_error)


@pytest.mark.parametrize("name", sorted(set(CURVES) - SLOW))
@given(sample=samples)
def test_accuracy_is_a_number_or_a_refusal(name, sample):
    hold(CURVES[name], *sample)


@settings(max_examples=10)
@given(sample=samples)
def test_a_partial_area_is_a_number_or_a_refusal(sample):
    hold(CURVES["partial"], *sample)
