"""Every value of `mrmc_rjafroc_expected.csv`: ROC and free-response sets as RJafroc 2.1.3 analyses them."""

from __future__ import annotations

from functools import cache

import pandas as pd
import pytest
from scipy import stats
from tests.conftest import shared_folder
from tests.stats.mrmc.reference import INFERENCES, cube_of, disagreements, in_words_of_rjafroc

from readroom.stats.froc import FrocStudy
from readroom.stats.froc_figures import froc_figures
from readroom.stats.mrmc.dbm import dbm
from readroom.stats.mrmc.figures import Figures, figures_of
from readroom.stats.mrmc.obuchowski_rockette import obuchowski_rockette

pytestmark = pytest.mark.corpus

FIGURES = {
    "AFROC": "AFROC",
    "AFROC1": "AFROC1",
    "wAFROC": "wAFROC",
    "wAFROC1": "wAFROC1",
    "FROC": "FROC",
    "HrAuc": "HR-AUC",
    "HrSe": "HR-sensitivity",
    "HrSp": "HR-specificity",
    "MaxLLF": "max-LLF",
    "MaxNLF": "max-NLF",
}
ROC_SETS = ("vandyke", "franken")
FROC_SETS = ("froc_dataset01", "froc_dataset04", "froc_dataset05")
TESTED = ("wAFROC", "AFROC", "HrAuc")
GROUPS = [
    *((dataset, "Wilcoxon", method) for dataset in ROC_SETS for method in ("OR", "DBM")),
    *((dataset, figure, "FOM") for dataset in FROC_SETS for figure in FIGURES),
    *((dataset, figure, method) for dataset in FROC_SETS for figure in TESTED for method in ("OR", "DBM")),
]
POWER_BLOCKS = {"power", "sample_size"}
"""Claimed by the tests of power."""


@cache
def expected_rows() -> pd.DataFrame:
    table = pd.read_csv(shared_folder("statistics") / "mrmc_rjafroc_expected.csv", dtype={"item": str, "quantity": str})
    table = table[~table.block.isin(POWER_BLOCKS)].copy()
    table["block"] = table.option + " " + table.block
    return table


def is_differently_defined(row: pd.Series) -> bool:
    """Rows on which RJafroc and we differ, each for a reason that a test below or this text gives.

    - Fixed readers, mean of a modality (OR): RJafroc prints n - 1 degrees of freedom beside a normal interval.
    - Fixed readers, one reader, more than two modalities (DBM): it gives MS(TC) of the reader n - 1 degrees of
      freedom; it has (t - 1)(n - 1).
    - Franken: it sets Cov2 - Cov3 to 0 in the variance components too; ours are plain moment estimates, as MRMCaov's.
    """
    if row.block == "FRRC ciAvgRdrEachTrt" and row.method == "OR":
        return row.quantity == "DF"
    if row.block == "FRRC ciDiffTrtEachRdr" and row.method == "DBM" and row.dataset == "froc_dataset04":
        return row.quantity in {"DF", "PrGTt", "CILower", "CIUpper"}
    if row.block == "- ANOVA.VarCom" and row.dataset == "franken" and row.method == "OR":
        return row["item"] in {"VarR", "VarTR"} and row.quantity == "Estimates"
    return False


def test_variance_components_differ_from_rjafroc_by_the_clamping_alone():
    table = expected_rows()
    rows = table[(table.dataset == "franken") & (table.method == "OR") & (table.block == "- ANOVA.VarCom")]
    theirs = rows[rows.quantity == "Estimates"].set_index("item").value
    ours = obuchowski_rockette(figures("franken", "Wilcoxon")).components
    excess = ours["Cov2"] - ours["Cov3"]
    assert excess < 0
    assert ours["Var(TR)"] - excess == pytest.approx(theirs["VarTR"], rel=1e-9)
    assert ours["Var(R)"] + excess / 2 == pytest.approx(theirs["VarR"], rel=1e-9)


def test_single_reader_intervals_of_dbm_differ_from_rjafroc_by_the_degrees_of_freedom_alone():
    table = expected_rows()
    rows = table[(table.dataset == "froc_dataset04") & (table.fom == "wAFROC") & (table.method == "DBM")]
    rows = rows[rows.block == "FRRC ciDiffTrtEachRdr"]
    theirs = rows[rows["item"] == "rdr1::trt1-trt2"].set_index("quantity").value
    test = dbm(figures("froc_dataset04", "wAFROC"), inference=INFERENCES["FRRC"]).reader_differences[0]
    assert (theirs.DF, test.degrees_of_freedom) == (199, (4 * 199,))
    assert 2 * stats.t.sf(abs(test.statistic), 199) == pytest.approx(theirs.PrGTt, rel=1e-9)


def test_no_row_of_the_reference_table_is_left_out():
    table = expected_rows()
    assert set(zip(table.dataset, table.fom, table.method, strict=True)) == set(GROUPS)


@cache
def figures(dataset: str, figure: str) -> Figures:
    folder = shared_folder("statistics") / "data"
    if dataset in ROC_SETS:
        return figures_of(cube_of(folder / f"{dataset}.csv"))
    names = {"treatment": "modality", "case": "display_set"}
    marks = pd.read_csv(folder / f"{dataset}_marks.csv").rename(columns=names)
    truth = pd.read_csv(folder / f"{dataset}_truth.csv").rename(columns=names)
    return froc_figures(FrocStudy.read(marks, truth=truth, unmarked="read"), figure=FIGURES[figure])


def labels(table: pd.DataFrame, ours: Figures) -> dict[str, str]:
    """Our names to RJafroc's, both in order."""
    foms = table[table.block == "- FOMs.foms"]
    return {
        **{f"modality={name}": label for name, label in zip(ours.modalities, sorted(set(foms.item)), strict=True)},
        **{f"reader={name}": label for name, label in zip(ours.readers, sorted(set(foms.quantity)), strict=True)},
    }


@pytest.mark.parametrize(("dataset", "figure", "method"), GROUPS)
def test_every_published_value_is_reproduced(dataset, figure, method):
    table = expected_rows()
    wanted = table[(table.dataset == dataset) & (table.fom == figure) & (table.method == method)]
    ours = figures(dataset, figure)
    analysis = dbm if method == "DBM" else obuchowski_rockette
    options = ["RRRC", "FRRC", "RRFC"] if method != "FOM" else ["RRRC"]
    results = {option: analysis(ours, inference=INFERENCES[option]) for option in options}
    if method == "DBM":
        readers = obuchowski_rockette(ours).readers
        values = in_words_of_rjafroc(results, labels(wanted, ours), method="DBM")
        named = labels(wanted, ours)
        for reader in readers:
            where = named[f"modality={reader.group['modality']}"], named[f"reader={reader.group['reader']}"]
            values["- FOMs.foms", *where] = reader.value
    else:
        values = in_words_of_rjafroc(results, labels(wanted, ours), method="OR")
    wanted = wanted[~wanted.apply(is_differently_defined, axis=1)]
    assert disagreements(wanted, values, rtol=1e-8, atol=1e-11) == []
