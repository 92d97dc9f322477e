"""Every value of `mrmc_or_expected.csv`: Van Dyke and Franken as MRMCaov 0.3.0 analyses them."""

from __future__ import annotations

import pandas as pd
import pytest
from tests.conftest import shared_folder
from tests.stats.mrmc.reference import INFERENCES, cube_of, disagreements, in_words_of_mrmcaov

from readroom.stats.mrmc.endpoints import Auc, Sensitivity, Specificity
from readroom.stats.mrmc.obuchowski_rockette import obuchowski_rockette

pytestmark = pytest.mark.corpus

ENDPOINTS = {
    "empirical_auc": Auc(),
    "sensitivity(rating>=3)": Sensitivity(3),
    "specificity(rating>=3)": Specificity(3),
}
MODELS = {
    "random_readers_random_cases": ("RRRC", "case"),
    "fixed_readers_random_cases": ("FRRC", "case"),
    "random_readers_fixed_cases": ("RRFC", "case"),
    "cases_nested_in_readers(case2)": ("RRRC", "case2"),
    "cases_nested_in_tests(case3)": ("RRRC", "case3"),
}
NOT_CLAMPED = {
    *(("test_equality", quantity) for quantity in ("Denominator", "X2", "p-value")),
    *(("test_diffs", quantity) for quantity in ("StdErr", "CI.Lower", "CI.Upper", "z", "p-value")),
}
"""With fixed readers MRMCaov takes a negative Cov2 - Cov3 as it is; the model, RJafroc and we set it to 0."""

GROUPS = [
    *((dataset, "empirical_auc", covariance, model)
      for dataset in ("vandyke", "franken")
      for covariance in ("jackknife", "DeLong", "unbiased")
      for model in list(MODELS)[:3]),
    *((dataset, metric, "jackknife", "random_readers_random_cases")
      for dataset in ("vandyke", "franken")
      for metric in list(ENDPOINTS)[1:]),
    *(("vandyke", "empirical_auc", covariance, model)
      for covariance in ("unbiased", "jackknife")
      for model in list(MODELS)[3:]),
]  # fmt: skip


def expected_rows() -> pd.DataFrame:
    return pd.read_csv(shared_folder("statistics") / "mrmc_or_expected.csv", dtype={"item": str})


def test_no_row_of_the_reference_table_is_left_out():
    table = expected_rows()
    listed = pd.MultiIndex.from_tuples(GROUPS)
    groups = pd.MultiIndex.from_frame(table[["dataset", "metric", "cov_method", "model"]])
    assert set(groups) == set(listed)


@pytest.mark.parametrize(("dataset", "metric", "covariance", "model"), GROUPS)
def test_every_published_value_is_reproduced(statistics_reference, dataset, metric, covariance, model):
    table = expected_rows()
    wanted = table[
        (table.dataset == dataset)
        & (table.metric == metric)
        & (table.cov_method == covariance)
        & (table.model == model)
    ]
    inference, case = MODELS[model]
    cube = cube_of(statistics_reference / "data" / f"{dataset}.csv", case=case)
    result = obuchowski_rockette(
        cube, endpoint=ENDPOINTS[metric], covariance=covariance.lower(), inference=INFERENCES[inference]
    )
    left_out = NOT_CLAMPED if (dataset, model) == ("franken", "fixed_readers_random_cases") else set()
    compared = wanted[[key not in left_out for key in zip(wanted.block, wanted.quantity, strict=True)]]
    assert disagreements(compared, in_words_of_mrmcaov(result), rtol=1e-9, atol=1e-11) == []


def test_a_cov2_below_cov3_is_clamped_and_said_so_where_mrmcaov_does_not(statistics_reference):
    cube = cube_of(statistics_reference / "data" / "franken.csv")
    result = obuchowski_rockette(cube, inference=INFERENCES["FRRC"])
    components = result.components
    assert components["Cov2"] < components["Cov3"]
    assert result.overall.details["denominator"] == components["Var"] - components["Cov1"]
    assert result.overall.statistic == pytest.approx(0.32101, abs=5e-6)  # OR-DBM MRMC and RJafroc
    assert any("Cov2 - Cov3 was -" in note and "set to 0" in note for note in result.notes)
