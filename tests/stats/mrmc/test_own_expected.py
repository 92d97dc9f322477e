"""Our own synthetic studies as MRMCaov, RJafroc and iMRMC analyse them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from tests.stats.mrmc.reference import (
    INFERENCES,
    cube_of,
    disagreements,
    in_words_of_mrmcaov,
    in_words_of_rjafroc,
)
from tests.stats.mrmc.test_imrmc_corpus import whole_study
from tests.stats.mrmc.test_rjafroc_corpus import FIGURES

from readroom.stats.froc import FrocStudy
from readroom.stats.froc_figures import froc_figures
from readroom.stats.mrmc.dbm import dbm
from readroom.stats.mrmc.endpoints import Auc, Sensitivity, Specificity
from readroom.stats.mrmc.obuchowski_rockette import obuchowski_rockette

OWN = Path(__file__).resolve().parent.parent / "data" / "own"
THRESHOLD = {"own_mrmc_2t": 3, "own_mrmc_3t": 1}


@cache
def expected_rows() -> pd.DataFrame:
    table = pd.read_csv(OWN / "own_expected_R.csv", dtype={"item": str, "quantity": str})
    return table[table.dataset.isin(["own_mrmc_2t", "own_mrmc_3t", "own_froc"])]


ANALYSES = [
    *(
        (dataset, f"OR_auc_{covariance}_{inference}")
        for dataset in THRESHOLD
        for covariance in ("jackknife", "DeLong", "unbiased")
        for inference in INFERENCES
    ),
    *((dataset, f"OR_{name}_jackknife_RRRC") for dataset in THRESHOLD for name in ("sens", "spec")),
    *((dataset, "iMRMC") for dataset in THRESHOLD),
    *(("own_froc", figure) for figure in FIGURES if figure != "FROC"),
    *(
        ("own_froc", f"{figure} {method} {inference}")
        for figure in ("wAFROC", "AFROC", "HrAuc")
        for method in ("OR", "DBM")
        for inference in ("RRRC", "FRRC")
    ),
]


def test_no_row_of_our_reference_values_is_left_out():
    table = expected_rows()
    assert set(zip(table.dataset, table.analysis, strict=True)) == set(ANALYSES)


@pytest.mark.parametrize(("dataset", "analysis"), [row for row in ANALYSES if row[1].startswith("OR_")])
def test_obuchowski_rockette_agrees_with_mrmcaov(dataset, analysis):
    table = expected_rows()
    wanted = table[(table.dataset == dataset) & (table.analysis == analysis)]
    _, name, covariance, inference = analysis.split("_")
    threshold = THRESHOLD[dataset]
    endpoint = {"auc": Auc(), "sens": Sensitivity(threshold), "spec": Specificity(threshold)}[name]
    result = obuchowski_rockette(
        cube_of(OWN / "data" / f"{dataset}.csv"),
        endpoint=endpoint,
        covariance=covariance.lower(),
        inference=INFERENCES[inference],
    )
    assert disagreements(wanted, in_words_of_mrmcaov(result), rtol=1e-9, atol=1e-11) == []


@pytest.mark.parametrize("dataset", THRESHOLD)
def test_u_and_v_statistics_agree_with_imrmc(dataset):
    table = expected_rows()
    wanted = table[(table.dataset == dataset) & (table.analysis == "iMRMC")]
    cube = cube_of(OWN / "data" / f"{dataset}.csv")
    ours = whole_study(cube, "Ustat") | whole_study(cube, "MLEstat")
    assert disagreements(wanted, ours, rtol=1e-9, atol=1e-12) == []


@cache
def froc_study() -> FrocStudy:
    names = {"treatment": "modality", "case": "display_set"}
    marks = pd.read_csv(OWN / "data" / "own_froc_marks.csv").rename(columns=names)
    truth = pd.read_csv(OWN / "data" / "own_froc_truth.csv").rename(columns=names)
    return FrocStudy.read(marks, truth=truth, unmarked="read")


@pytest.mark.parametrize("figure", [figure for figure in FIGURES if figure != "FROC"])
def test_figures_of_merit_agree_with_rjafroc(figure):
    table = expected_rows()
    wanted = table[(table.dataset == "own_froc") & (table.analysis == figure)]
    ours = froc_figures(froc_study(), figure=FIGURES[figure])
    values = {
        ("fom", f"trt{modality}", f"rdr{reader}"): float(ours.estimates[i, j])
        for i, modality in enumerate(ours.modalities)
        for j, reader in enumerate(ours.readers)
    }
    assert len(wanted) == len(values)
    assert disagreements(wanted, values, rtol=1e-8, atol=1e-11) == []


@pytest.mark.parametrize("analysis", [row[1] for row in ANALYSES if row[0] == "own_froc" and " " in row[1]])
def test_tests_of_figures_of_merit_agree_with_rjafroc(analysis):
    table = expected_rows()
    wanted = table[(table.dataset == "own_froc") & (table.analysis == analysis)]
    figure, method, inference = analysis.split()
    ours = froc_figures(froc_study(), figure=FIGURES[figure])
    result = (dbm if method == "DBM" else obuchowski_rockette)(ours, inference=INFERENCES[inference])
    labels = {f"modality={name}": f"trt{name}" for name in ours.modalities}
    labels |= {f"reader={name}": f"rdr{name}" for name in ours.readers}
    values = in_words_of_rjafroc({inference: result}, labels, method=method)
    plain = {(block.removeprefix(f"{inference} "), item, quantity): v for (block, item, quantity), v in values.items()}
    if method == "OR" and inference == "FRRC":  # RJafroc prints n - 1 degrees of freedom beside a normal interval
        wanted = wanted[(wanted.block != "ciAvgRdrEachTrt") | (wanted.quantity != "DF")]
    assert disagreements(wanted, plain, rtol=1e-8, atol=1e-11) == []
