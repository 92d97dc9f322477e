"""Every row of the published agreement, ROC and segmentation tables is reproduced, or listed with the reason why not.

The tables are read from the shared folder and never copied. A row that no rule knows fails the last tests.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.conftest import SHARED

from readroom.stats.agreement import (
    agreement_weights,
    bland_altman,
    brennan_prediger,
    cohen_kappa,
    conger_kappa,
    fleiss_kappa,
    gwet_ac,
    icc,
    kendall_w,
    krippendorff_alpha,
    light_kappa,
    percent_agreement,
)
from readroom.stats.consensus import majority_mask, staple
from readroom.stats.overlap import mask_overlap, surface_distance
from readroom.stats.roc import auc, compare_aucs, delong_covariance, partial_auc

pytestmark = pytest.mark.corpus

FOLDER = SHARED / "statistics"
OPTIONS = {"fleiss1971": 5, "gwet_raw4raters": 5, "anxiety": 6, "kappa_table_4x4_hout1987": 4}
WEIGHTS = {
    "equal": "linear", "squared": "quadratic", "unweighted": "unweighted",
    "Equal-Spacing": "linear", "Fleiss-Cohen": "quadratic",
}  # fmt: skip
FORMS = {
    "ICC1": "ICC(1,1)", "ICC2": "ICC(2,1)", "ICC3": "ICC(3,1)", "ICC1k": "ICC(1,k)", "ICC2k": "ICC(2,k)", "ICC3k": "ICC(3,k)",
    "oneway consistency single": "ICC(1,1)", "oneway consistency average": "ICC(1,k)",
    "twoway consistency single": "ICC(3,1)", "twoway consistency average": "ICC(3,k)",
    "twoway agreement single": "ICC(2,1)", "twoway agreement average": "ICC(2,k)",
}  # fmt: skip
GWET = {
    "gwet.ac1": gwet_ac, "fleiss.kappa": fleiss_kappa, "conger.kappa": conger_kappa, "bp.coeff": brennan_prediger,
    "pa.coeff": percent_agreement,
}  # fmt: skip


def table(name: str) -> pd.DataFrame:
    path = FOLDER / name
    return pd.read_csv(path) if path.is_file() else pd.DataFrame()


def rows_of(name: str, is_left_out: Callable = lambda row: None) -> list:
    """A pytest parameter per row, named by what it holds."""
    frame = table(name)
    return [
        pytest.param(row, id=f"{number + 2}-{row.iloc[0]}-{row.iloc[1]}-{row.get('item', '')}".replace(" ", "_"))
        for number, row in frame.iterrows()
        if not is_left_out(row)
    ]


@cache
def ratings(dataset: str) -> np.ndarray:
    frame = pd.read_csv(FOLDER / "data" / f"{dataset}.csv")
    if dataset == "kappa_table_4x4_hout1987":
        return np.repeat(frame[["row", "col"]].to_numpy(float), frame["n"], axis=0)
    return frame.iloc[:, 1:].to_numpy(float)


def pair_of(row) -> np.ndarray:
    parts = [part for part in row["item"].split("|") if part.startswith("rater")]
    columns = [int(part.removeprefix("rater")) - 1 for part in parts] or [0, 1]
    return ratings(row["dataset"])[:, columns]


def weights_of(row) -> str:
    word = row["item"].split("|")[-1].removeprefix("weights=").removeprefix("weights ")
    return WEIGHTS.get(word, "unweighted")


def options_of(row) -> range:
    return range(1, OPTIONS[row["dataset"]] + 1)


def fleiss_row(row) -> float:
    found = fleiss_kappa(ratings(row["dataset"]), options=options_of(row))
    if row["quantity"] == "z":
        return found.details["null_z"]
    return found.value if row["item"] == "all" else found.details[f"kappa of {row['item'].removeprefix('category ')}"]


def cohen_row(row) -> float:
    found = cohen_kappa(pair_of(row), options=options_of(row), weights=weights_of(row))
    return {"kappa": found.value, "z": found.details["null_z"], "ase": found.standard_error}[row["quantity"]]


def cohen_with_observed_levels(row) -> float:
    pair = pair_of(row)
    found = cohen_kappa(pair, options=sorted(set(pair.ravel())), weights=weights_of(row))
    return {"kappa": found.value, "z": found.details["null_z"]}[row["quantity"]]


@cache
def gwet_estimate(statistic: str, dataset: str, weights: str):
    options = range(1, OPTIONS[dataset] + 1)
    if statistic == "krippen.alpha":
        distances = 1 - agreement_weights(weights, len(options))
        return krippendorff_alpha(ratings(dataset), metric=distances, options=options)
    return GWET[statistic](ratings(dataset), options=options, weights=weights)


def gwet_row(row) -> float:
    found = gwet_estimate(row["statistic"], row["dataset"], row["item"].removeprefix("weights="))
    low, high = found.interval.low, found.interval.high
    if row["statistic"] == "krippen.alpha" and row["quantity"] in {"pa", "pe"}:
        rated = np.isfinite(ratings(row["dataset"]))
        counted = rated[rated.sum(axis=1) >= 2]
        pairs = counted.sum()
        expected = 1 - found.details["expected_disagreement"] * (pairs - 1) / pairs
        observed = found.value * (1 - expected) + expected
        return {"pa": observed, "pe": expected}[row["quantity"]]
    values = {
        "pa": found.details.get("observed"), "pe": found.details.get("expected"), "coeff.val": found.value,
        "coeff.se": found.standard_error, "p.value": found.details.get("p_value"), "ci_low": low, "ci_high": high,
    }  # fmt: skip
    return values[row["quantity"]]


def alpha_row(row) -> float:
    return krippendorff_alpha(ratings(row["dataset"]), metric=row["item"]).value


def icc_row(row) -> float:
    found = icc(ratings(row["dataset"]), form=FORMS[row["item"]])
    names = {"F": "F", "df1": "df1", "df2": "df2", "p": "p_value"}
    if row["quantity"] in names:
        return found.details[names[row["quantity"]]]
    if row["quantity"] == "ICC":
        return found.value
    return found.interval.low if row["quantity"].startswith("lower") else found.interval.high


def kendall_row(row) -> float:
    found = kendall_w(ratings(row["dataset"]))
    return found.value if row["quantity"] == "W" else found.details["chi2"]


@cache
def asah() -> pd.DataFrame:
    return pd.read_csv(FOLDER / "data" / "asah.csv")


def auc_row(row) -> float:
    found = auc(asah()[row["item"]], asah()["outcome"])
    return {
        "auc": found.value, "delong_var": found.standard_error**2, "ci_low": found.interval.low, "ci_high": found.interval.high,
    }[row["quantity"]]  # fmt: skip


def partial_row(row) -> float:
    return partial_auc(asah()[row["item"]], asah()["outcome"], specificity=(0.9, 1.0)).value


def delong_row(row) -> float:
    first, second = row["item"].split("|")
    if row["quantity"] == "cov":
        return delong_covariance(asah()[[first, second]].to_numpy(float).T, asah()["outcome"].to_numpy() == 1)[1][0, 1]
    found = compare_aucs(asah()[first], asah()[second], asah()["outcome"])
    return {"z": found.statistic, "p": found.p_value}[row["quantity"]]


def bland_altman_row(row) -> float:
    found = bland_altman(ratings("bland_altman1986_pefr"), multiplier=1.96)
    two = bland_altman(ratings("bland_altman1986_pefr"), multiplier=2)
    return {
        "bias": found.bias.value, "sd": found.standard_deviation, "loa_low": found.low.value, "loa_high": found.high.value,
        "loa_low_2sd": two.low.value, "loa_high_2sd": two.high.value, "se_bias": found.bias.standard_error,
        "se_loa_sqrt3": found.bias.details["standard_error_of_limits_1986"], "pearson_r": found.bias.details["pearson_r"],
    }[row["quantity"]]  # fmt: skip


RULES: dict[str, Callable] = {
    "fleiss_kappa": fleiss_row,
    "conger_exact_kappa": lambda row: conger_kappa(ratings(row["dataset"]), options=options_of(row)).value,
    "light_kappa": lambda row: light_kappa(ratings(row["dataset"]), options=options_of(row)).value,
    "cohen_kappa": cohen_row,
    "cohen_kappa__observed_levels_only": cohen_with_observed_levels,
    **dict.fromkeys([*GWET, "krippen.alpha"], gwet_row),
    "krippendorff_alpha": alpha_row,
    "icc": icc_row,
    "icc(McGraw&Wong)": icc_row,
    "kendall_W": kendall_row,
    "auc": auc_row,
    "partial_auc(sp 1-0.9)": partial_row,
    "delong_paired": delong_row,
    "bland_altman": bland_altman_row,
}


def excuse(row) -> str | None:
    """Why a row is not reproduced."""
    if "WRONG" in row["statistic"]:
        return "irr's alpha is wrong for complete data of more than two raters; krippendorff and irrCAC agree with ours"
    if row["statistic"] == "light_kappa" and row["quantity"] == "z":
        return "a null error of irr without a published derivation; ours is the delta method over cases"
    if row["item"] == "twoway agreement average" and row["quantity"] in {"lower", "upper"}:
        return "McGraw & Wong's interval of the average; ours is Shrout & Fleiss', as in psych"
    return None


def tolerance(row) -> dict[str, float]:
    """Digits that the source program prints."""
    if "3 decimals" in row["program"] or "rounded" in row["program"]:
        return {"abs": 5.1e-4}
    if row["program"].startswith("irrCAC") and row["quantity"] in {"coeff.val", "coeff.se"}:
        return {"abs": 5.1e-6}
    if row["program"].startswith("irrCAC") and row["quantity"] == "p.value":
        return {"rel": 1e-6, "abs": 1e-14}
    return {"rel": 1e-9, "abs": 1e-12}


@pytest.mark.parametrize("row", rows_of("agreement_roc_expected.csv", excuse))
def test_a_published_value_is_reproduced(row):
    found = RULES[row["statistic"]](row)
    assert found == pytest.approx(row["value"], **tolerance(row))
    printed = str(row["published"]).split(" ", maxsplit=1)[0]
    if printed not in {"nan", ""}:
        digits = len(printed.partition(".")[2])
        assert found == pytest.approx(float(printed), abs=1.05 * 10**-digits)


def test_every_row_of_the_agreement_table_is_claimed_once_or_excused(statistics_reference):
    frame = pd.read_csv(statistics_reference / "agreement_roc_expected.csv")
    excused = [excuse(row) is not None for _, row in frame.iterrows()]
    unknown = {row["statistic"] for _, row in frame.iterrows() if not excuse(row)} - set(RULES)
    assert not unknown
    assert set(RULES) <= set(frame["statistic"])
    assert (len(frame), sum(excused)) == (564, 8)


def test_the_wrong_alpha_is_not_ours(statistics_reference):
    frame = pd.read_csv(statistics_reference / "agreement_roc_expected.csv")
    wrong = frame[frame["statistic"].str.contains("WRONG")]
    assert len(wrong) == 5
    for _, row in wrong.iterrows():
        assert alpha_row(row) != pytest.approx(row["value"], abs=1e-3)


def test_the_full_list_of_options_matters_where_the_readme_says(statistics_reference):
    pair = ratings("anxiety")[:, [1, 2]]
    full = cohen_kappa(pair, options=range(1, 7), weights="linear").value
    seen = cohen_kappa(pair, options=sorted(set(pair.ravel())), weights="linear").value
    assert (round(full, 4), round(seen, 4)) == (0.1262, 0.1459)


# Masks


@cache
def masks(case: str) -> tuple[np.ndarray, np.ndarray, tuple[float, ...]]:
    stored = np.load(FOLDER / "data" / "masks.npz")
    return stored[f"{case}__a"], stored[f"{case}__b"], tuple(stored["spacing"].tolist())


@cache
def staple_set():
    stored = np.load(FOLDER / "data" / "staple_raters.npz")
    return stored["raters"], stored["truth"], staple(list(stored["raters"]))


SURFACE = {"SimpleITK": "sets", "surface-distance-based-measures": "elements", "MONAI": "voxels"}


@cache
def distances(case: str, surface: str):
    first, second, spacing = masks(case)
    return surface_distance(first, second, spacing=spacing, tolerances=[1, 2, 3], surface=surface)


def overlap_row(row) -> float:
    first, second, spacing = masks(row["case"])
    found = mask_overlap(first, second, spacing=spacing)
    a, b, both = found.voxels
    values = {
        "dice": found.dice, "jaccard": found.iou, "voxels_a": a, "voxels_b": b, "voxels_intersection": both,
        "volume_similarity(sitk sign)": 2 * found.volume_difference / sum(found.volumes),
    }  # fmt: skip
    return values[row["quantity"]]


def distance_row(row) -> float:
    found = distances(row["case"], SURFACE[row["program"].split(" ")[0]])
    there, back = found.mean_first_to_second, found.mean_second_to_first
    values = {
        "hausdorff_voxelset_mm": found.hausdorff, "hd100_mm": found.hausdorff, "hd95_mm": found.hausdorff_95,
        "avg_hausdorff_voxelset_mm": (there + back) / 2, "assd_mm": found.assd,
        "asd_gt_to_pred_mm": there, "asd_pred_to_gt_mm": back,
        **{f"nsd_tol{tolerance}mm": found.normalised[tolerance] for tolerance in (1, 2, 3)},
    }  # fmt: skip
    return values[row["quantity"]]


def staple_row(row) -> float:
    raters, truth, found = staple_set()
    kind, _, rater = row["quantity"].partition("_r")
    if kind in {"sensitivity", "specificity"}:
        return getattr(found, kind)[int(rater) - 1]
    values = {
        "sum_probability": found.probability.sum(), "voxels_p>=0.5": found.mask.sum(), "iterations": found.rounds,
        "dice_vs_truth": mask_overlap(found.mask, truth, spacing=(1, 1)).dice, "truth_voxels": truth.sum(),
        "majority_vote_voxels": majority_mask(list(raters)).mask.sum(),
    }  # fmt: skip
    return values[row["quantity"]]


def mask_rule(row) -> Callable | None:
    if row["case"] == "staple":
        return staple_row
    if row["quantity"].startswith(("dice", "jaccard", "voxels", "volume")):
        return overlap_row
    return distance_row if row["program"].split(" ")[0] in SURFACE else None


def mask_tolerance(row) -> dict[str, float]:
    """MONAI computes in single precision; on a ball the reference triangulates outlines that are not flat differently."""
    if row["program"].startswith("MONAI"):
        return {"rel": 1e-6, "abs": 1e-6}
    if (
        row["program"].startswith("surface-distance")
        and row["case"] == "balls"
        and row["quantity"][:3] in {"asd", "nsd"}
    ):
        return {"rel": 3e-3}
    if row["case"] == "staple":
        return {"rel": 1e-7}
    return {"rel": 1e-10, "abs": 1e-10}


@pytest.mark.parametrize("row", rows_of("segmentation_expected.csv"))
def test_a_mask_measure_is_that_of_the_reference_program(row):
    rule = mask_rule(row)
    assert rule is not None
    assert rule(row) == pytest.approx(row["value"], **mask_tolerance(row))


def test_every_row_of_the_segmentation_table_is_claimed(statistics_reference):
    frame = pd.read_csv(statistics_reference / "segmentation_expected.csv")
    assert all(mask_rule(row) for _, row in frame.iterrows())
    assert len(frame) == len(rows_of("segmentation_expected.csv")) > 100


def test_the_shared_folder_was_there_when_rows_were_collected(statistics_reference):
    assert Path(statistics_reference) == FOLDER
    assert rows_of("agreement_roc_expected.csv")
