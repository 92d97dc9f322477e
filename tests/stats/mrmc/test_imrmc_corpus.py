"""Every value of `mrmc_imrmc_expected.csv`: U- and V-statistics as iMRMC R 2.1.2 computes them."""

from __future__ import annotations

import math
from functools import cache
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from tests.conftest import shared_folder
from tests.stats.mrmc.reference import Values, cube_of, disagreements

from readroom.stats.design import Cube
from readroom.stats.errors import NegativeVariance
from readroom.stats.mrmc.endpoints import Auc, Sensitivity, Specificity
from readroom.stats.mrmc.moments import sum_pairs
from readroom.stats.mrmc.ustatistics import decompose, u_statistics
from readroom.stats.table import Readings

pytestmark = pytest.mark.corpus

AUC_SETS = ("imrmc_example", "imrmc_not_crossed", "imrmc_unpaired_readers", "vandyke", "franken")
ENDPOINTS = {"sensitivity(rating>=3)": Sensitivity(3), "specificity(rating>=3)": Specificity(3)}
GROUPS = [
    *((dataset, "AUC") for dataset in AUC_SETS),
    *((dataset, endpoint) for dataset in ("vandyke", "franken") for endpoint in ENDPOINTS),
]
METHODS = {"Ustat": "unbiased", "MLEstat": "v-statistic"}
JAVA = "Ustat(java v4.0.3 as stored in the repository tests)"


@cache
def expected_rows() -> pd.DataFrame:
    return pd.read_csv(shared_folder("statistics") / "mrmc_imrmc_expected.csv", dtype={"item": str})


def is_differently_defined(row: pd.Series) -> bool:
    """Readers that are not paired across modalities: R and Java disagree about the degrees of freedom.

    R gives 7.97, the stored Java run 11.67. None are promised, so neither are compared, nor what follows from them.
    """
    return (
        row.dataset == "imrmc_unpaired_readers"
        and row["item"] == "testA|testB"
        and row.block in {JAVA, "MLEstat", "Ustat"}
        and row.quantity in {"dfBDG", "pValueBDG", "botCIBDG", "topCIBDG", "rejectBDG"}
    )


@cache
def cube(dataset: str) -> Cube:
    path = shared_folder("statistics") / "data" / f"{dataset}.csv"
    if dataset in {"vandyke", "franken"}:
        plain = cube_of(path)
        named = [
            tuple(f"{letter}{name}" for name in names)
            for letter, names in (("t", plain.modalities), ("r", plain.readers))
        ]
        return Cube(plain.ratings, plain.truth, *named, plain.cases)
    table = pd.read_csv(path)
    truth = table[table.readerID == "truth"].set_index("caseID").score
    readings = table[table.readerID != "truth"].assign(truth=lambda frame: frame.caseID.map(truth).astype(int))
    names = {"reader": "readerID", "modality": "modalityID", "display_set": "caseID", "rating": "score"}
    return Readings.read(readings, columns=names).cube()


def part_of(whole: Cube, *, modalities: list[str], reader: str | None = None) -> Cube:
    rows = [whole.modalities.index(name) for name in modalities]
    readers = list(whole.readers) if reader is None else [reader]
    columns = [whole.readers.index(name) for name in readers]
    return Cube(whole.ratings[np.ix_(rows, columns)], whole.truth, tuple(modalities), tuple(readers), whole.cases)


def counts(whole: Cube, mask: np.ndarray) -> dict[str, float]:
    diseased = whole.is_diseased
    return {"N0": float((mask & ~diseased).sum()), "N1": float((mask & diseased).sum())}


def inferred(value: float, variance: float, df: float, null: float) -> dict[str, float]:
    """The program's tests: the normal law, and Student's t with whole degrees of freedom."""
    answer = {"dfBDG": df}
    degrees = {"BDG": math.inf if df > 50 else math.floor(df), "Normal": math.inf}
    for name, whole in degrees.items():
        error = math.sqrt(variance)
        half = stats.t.ppf(0.975, whole) * error
        p_value = 2 * stats.t.sf(abs(value - null) / error, whole)
        ends = name if name == "BDG" else "normal"
        answer |= {f"pValue{name}": p_value, f"botCI{ends}": value - half, f"topCI{ends}": value + half}
        answer[f"reject{name}"] = float(p_value < 0.05)
    return answer


NOTHING = dict.fromkeys(
    (
        "AUCB",
        "varAUCB",
        "AUCAminusAUCB",
        "varAUCAminusAUCB",
        "dfBDG",
        *tuple(f"{x}{n}" for x in ("pValue", "reject") for n in ("BDG", "Normal")),
        *tuple(f"{x}{n}" for x in ("botCI", "topCI") for n in ("BDG", "normal")),
    ),
    math.nan,
)


def whole_study(whole: Cube, method: str) -> Values:
    values: Values = {}
    parts = decompose(whole)
    for name in whole.modalities:
        single = part_of(whole, modalities=[name])
        mean = u_statistics(single, variance=METHODS[method]).means[0]
        variance = mean.standard_error**2
        row = {
            **NOTHING,
            "NR": float(single.mask.any(axis=(0, 2)).sum()),
            **counts(single, single.mask.any(axis=(0, 1))),
            "AUCA": mean.value,
            "varAUCA": variance,
            **inferred(mean.value, variance, mean.details["df"], 0.5),
        }
        interval = stats.t.ppf(0.975, math.inf if row["dfBDG"] > 50 else math.floor(row["dfBDG"])) * mean.standard_error
        assert mean.interval.high - mean.value == pytest.approx(interval, rel=1e-12)
        values |= {(method, f"{name}|NO_MOD", quantity): value for quantity, value in row.items()}
    for first, second in combinations(whole.modalities, 2):
        both = part_of(whole, modalities=[first, second])
        a, b, ab = parts[first, first], parts[second, second], parts[first, second]
        of = {pair: part.covariance(METHODS[method]) for pair, part in (("a", a), ("b", b), ("ab", ab))}
        row = {
            **NOTHING,
            "NR": float(both.mask.any(axis=(0, 2)).sum()),
            **counts(both, both.mask.any(axis=(0, 1))),
            "AUCA": a.first,
            "varAUCA": of["a"],
            "AUCB": b.first,
            "varAUCB": of["b"],
            "AUCAminusAUCB": a.first - b.first,
            "varAUCAminusAUCB": of["a"] + of["b"] - 2 * of["ab"],
        }
        if row["varAUCAminusAUCB"] > 0:
            test = u_statistics(both, variance=METHODS[method]).differences[0]
            row |= inferred(test.estimate.value, test.estimate.standard_error**2, test.details["df"], 0.0)
            assert test.p_value == pytest.approx(row["pValueBDG"], rel=1e-9)
        values |= {(method, f"{first}|{second}", quantity): value for quantity, value in row.items()}
    return values


def per_reader(whole: Cube) -> Values:
    values: Values = {}
    for reader in whole.readers:
        for first, second in [(name, None) for name in whole.modalities] + list(combinations(whole.modalities, 2)):
            names = [name for name in (first, second) if name]
            part = part_of(whole, modalities=names, reader=reader)
            if not part.mask.any(axis=(1, 2)).all():
                continue
            pairs = sum_pairs(part, Auc())
            covariance = pairs.unbiased_covariance()
            means = np.sqrt(np.diag(pairs.sums[-1]) / np.diag(pairs.counts[-1]))
            row = {**NOTHING, **counts(part, part.mask.all(axis=(0, 1))), "AUCA": means[0], "varAUCA": covariance[0, 0]}
            if second:
                variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
                row |= {"AUCB": means[1], "varAUCB": covariance[1, 1], "AUCAminusAUCB": means[0] - means[1]}
                row["varAUCAminusAUCB"] = variance
            item = f"{reader}|{first}|{second or 'NO_MOD'}"
            values |= {("perReader", item, quantity): float(value) for quantity, value in row.items()}
    return values


def decompositions(whole: Cube) -> Values:
    values: Values = {}
    names = {"DR": "DR", "NR": "NR", "DN": "ND", "DNR": "RND"}
    for (first, second), part in decompose(whole).items():
        for theirs, ours in (("Ustat", "unbiased"), ("MLE", "v-statistic")):
            moments = part.moments if theirs == "Ustat" else part.biased_moments
            for number in range(8):
                block, item = f"varDecomp.BDG.{theirs}", f"{first}|{second}"
                never = theirs == "MLE" and part.coefficients[number] == 0  # 0 of 0 combinations: they print NaN, we 0
                values[f"{block}.comp", item, f"M{number + 1}"] = math.nan if never else moments[number]
                values[f"{block}.coeff", item, f"M{number + 1}"] = part.coefficients[number]
            for name, (component, weight) in part.components(ours).items():
                values[f"varDecomp.BCK.{theirs}.comp", item, names.get(name, name)] = component
                values[f"varDecomp.BCK.{theirs}.coeff", item, names.get(name, name)] = weight
    return values


def test_no_row_of_the_reference_table_is_left_out():
    table = expected_rows()
    assert set(zip(table.dataset, table.endpoint, strict=True)) == set(GROUPS)


@pytest.mark.parametrize("dataset", AUC_SETS)
def test_every_value_of_the_auc_is_reproduced(dataset):
    table = expected_rows()
    wanted = table[(table.dataset == dataset) & (table.endpoint == "AUC")]
    wanted = wanted[~wanted.apply(is_differently_defined, axis=1)]
    is_java = wanted.block == JAVA
    whole = cube(dataset)
    ours = whole_study(whole, "Ustat") | whole_study(whole, "MLEstat") | per_reader(whole) | decompositions(whole)
    assert disagreements(wanted[~is_java], ours, rtol=1e-9, atol=1e-12) == []
    java = wanted[is_java].assign(block="Ustat")
    assert disagreements(java, ours, rtol=1e-7, atol=1e-10) == []


@pytest.mark.parametrize(("dataset", "endpoint"), [group for group in GROUPS if group[1] != "AUC"])
def test_every_value_of_sensitivity_and_specificity_is_reproduced(dataset, endpoint):
    table = expected_rows()
    wanted = table[(table.dataset == dataset) & (table.endpoint == endpoint)]
    whole = cube(dataset)
    parts = decompose(whole, endpoint=ENDPOINTS[endpoint])
    a, b, ab = parts["t1", "t1"], parts["t2", "t2"], parts["t1", "t2"]
    difference = a.unbiased + b.unbiased - 2 * ab.unbiased
    row = {"A": (a.first, a.unbiased), "B": (b.first, b.unbiased), "AminusB": (a.first - b.first, difference)}
    values = {
        (f"uStat11.{kind}", item, quantity): value
        for kind in ("conditionalD", "jointD")
        for item, pair in row.items()
        for quantity, value in zip(("mean", "var"), pair, strict=True)
    }
    estimates = ENDPOINTS[endpoint].components(whole).estimates.reshape(whole.ratings.shape[:2])
    for i, modality in enumerate(whole.modalities):
        for j, reader in enumerate(whole.readers):
            values["perReader", f"{reader}|{modality}", "mean"] = float(estimates[i, j])
    assert disagreements(wanted, values, rtol=1e-8, atol=1e-12) == []


def test_a_negative_unbiased_variance_is_refused_and_v_statistics_are_offered():
    whole = cube("franken")
    with pytest.raises(NegativeVariance, match=r"-3\.16e-05.*Use V-statistics"):
        u_statistics(whole)
    assert u_statistics(whole, variance="v-statistic").differences[0].p_value > 0.05


def test_no_degrees_of_freedom_are_promised_for_readers_who_are_not_paired():
    result = u_statistics(cube("imrmc_unpaired_readers"))
    assert any("no degrees of freedom are established" in note for note in result.notes)
