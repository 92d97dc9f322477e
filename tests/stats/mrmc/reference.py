"""Reference tables as dictionaries, and results in the vocabulary of the programs that made them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from readroom.stats.design import Cube
from readroom.stats.mrmc.results import Inference, MrmcResult
from readroom.stats.results import MEAN_OF_READERS
from readroom.stats.table import Readings

Values = dict[tuple[str, str, str], float]
"""(block, item, quantity) -> value."""

INFERENCES = {
    "RRRC": Inference.RANDOM_READERS_RANDOM_CASES,
    "FRRC": Inference.FIXED_READERS_RANDOM_CASES,
    "RRFC": Inference.RANDOM_READERS_FIXED_CASES,
}


def cube_of(path: Path, *, case: str = "case") -> Cube:
    frame = pd.read_csv(path, dtype={case: str})
    return Readings.read(frame, columns={"modality": "treatment", "display_set": case}).cube()


def rows(frame: pd.DataFrame) -> Iterator[tuple[tuple[str, str, str], float]]:
    for row in frame.itertuples():
        yield (str(row.block), str(row.item), str(row.quantity)), float(row.value)


def disagreements(
    frame: pd.DataFrame, ours: Mapping[tuple[str, str, str], float], *, rtol: float, atol: float
) -> list[str]:
    """Rows without a value of ours, and rows where the two differ."""
    problems = []
    for key, expected in rows(frame):
        if key not in ours:
            problems.append(f"{key}: not computed")
        elif not math.isclose(ours[key], expected, rel_tol=rtol, abs_tol=atol) and not (
            math.isnan(expected) and math.isnan(ours[key])
        ):
            problems.append(f"{key}: {ours[key]!r} instead of {expected!r}")
    return problems


def in_words_of_mrmcaov(result: MrmcResult) -> Values:
    """MRMCaov names its tables vcov_comps, test_equality, ..., and cuts intervals of a mean to [0, 1]."""
    values: Values = {}
    components = result.components
    for name, ours in (("Error", "Var"), ("Cov1", "Cov1"), ("Cov2", "Cov2"), ("Cov3", "Cov3")):
        values["vcov_comps", name, "estimate"] = components[ours]
        values["vcov_comps", name, "correlation"] = components[ours] / components["Var"]
        values["test_equality", "1", name] = components[ours]
    values["vcov_comps", "reader", "estimate"] = components["Var(R)"]
    values["vcov_comps", "treatment:reader", "estimate"] = components["Var(TR)"]
    values |= _equality(result)
    for test in result.differences:
        item = f"{test.group['modality']} - {test.group['against']}"
        values |= {("test_diffs", item, name): value for name, value in _difference(test).items()}
    for row, test in enumerate(result.reader_differences):
        item = f"{test.group['modality']} - {test.group['against']}|{test.group['reader']}"
        # MRMCaov repeats the readers' standard errors down its rows, so that with three modalities they stand beside
        # the wrong reader; with two they stand right.
        whose = result.design.readers[row % len(result.design.readers)]
        error = next(t.estimate.standard_error for t in result.reader_differences if t.group["reader"] == whose)
        values |= {("reader_test_diffs", item, name): value for name, value in _with_error_of(test, error).items()}
    for place, mean in enumerate(result.means):
        item = mean.group["modality"]
        values |= {("test_means", item, name): value for name, value in _mean(mean).items()}
        values["test_means", item, "MS(R)"] = components[f"MS(R)|modality={item}"]
        values["test_means", item, "Cov2"] = components[f"Cov2|modality={item}"]
        values["test_means", item, "Var(Error)"] = components[f"Var|modality={item}"]
        assert place == list(result.design.modalities).index(item)
    for reader in result.readers:
        item = f"{reader.group['reader']}|{reader.group['modality']}"
        values |= {("reader_means", item, name): value for name, value in _mean(reader).items()}
        values["reader_means", item, "empirical_auc"] = reader.value
    return values


def _equality(result: MrmcResult) -> Values:
    overall = result.overall
    assert overall is not None
    mine = {
        "MS(T)": overall.details["mean_square_modality"],
        "MS(T:R)": result.components["MS(TR)"],
        "Denominator": overall.details["denominator"],
        "p-value": overall.p_value,
        {"F": "F", "chi2": "X2"}[overall.statistic_name]: overall.statistic,
    }
    if overall.statistic_name == "F":
        mine |= {"df1": overall.degrees_of_freedom[0], "df2": overall.degrees_of_freedom[1]}
    else:
        mine["df"] = overall.degrees_of_freedom[0]
    return {("test_equality", "1", name): value for name, value in mine.items()}


def _difference(test) -> dict[str, float]:
    estimate = test.estimate
    return {
        "Estimate": estimate.value,
        "StdErr": estimate.standard_error,
        "CI.Lower": estimate.interval.low,
        "CI.Upper": estimate.interval.high,
        "df": test.degrees_of_freedom[0] if test.degrees_of_freedom else math.inf,
        "t": test.statistic,
        "z": test.statistic,
        "p-value": test.p_value,
    }


def _with_error_of(test, error: float) -> dict[str, float]:
    """The difference with another standard error."""
    value, half = test.estimate.value, stats.norm.ppf(0.975) * error
    return {
        "Estimate": value,
        "StdErr": error,
        "CI.Lower": value - half,
        "CI.Upper": value + half,
        "z": value / error,
        "p-value": 2 * stats.norm.sf(abs(value) / error),
    }


def _mean(estimate) -> dict[str, float]:
    return {
        "Estimate": estimate.value,
        "StdErr": estimate.standard_error,
        "CI.Lower": float(np.clip(estimate.interval.low, 0, 1)),
        "CI.Upper": float(np.clip(estimate.interval.high, 0, 1)),
        "df": estimate.details.get("df", math.inf),
    }


def in_words_of_rjafroc(results: Mapping[str, MrmcResult], labels: Mapping[str, str], *, method: str) -> Values:
    """RJafroc names its tables FOMs.foms, ANOVA.TRanova, FTests, ...; results by RRRC, FRRC, RRFC; our label to its.

    The key is (option and block, item, quantity).
    """
    anyone = next(iter(results.values()))
    values = _anova_of_rjafroc(anyone, labels) if method == "OR" else _anova_of_rjafroc_dbm(anyone, labels)
    values |= _figures_of_rjafroc(anyone, labels)
    for option, result in results.items():
        values |= _tests_of_rjafroc(option, result, labels, method=method)
    return values


def _figures_of_rjafroc(result: MrmcResult, labels: Mapping[str, str]) -> Values:
    values: Values = {}
    for reader in result.readers:
        group = reader.group
        values["- FOMs.foms", labels[f"modality={group['modality']}"], labels[f"reader={group['reader']}"]] = (
            reader.value
        )
    for mean in result.means:
        values["- FOMs.trtMeans", labels[f"modality={mean.group['modality']}"], "Estimate"] = mean.value
    for test in result.differences:
        values["- FOMs.trtMeanDiffs", _pair(test.group, labels), "Estimate"] = test.estimate.value
    return values


def _pair(group: Mapping[str, str], labels: Mapping[str, str]) -> str:
    pair = f"{labels['modality=' + group['modality']]}-{labels['modality=' + group['against']]}"
    return f"{labels['reader=' + group['reader']]}::{pair}" if group["reader"] != MEAN_OF_READERS else pair


def _anova_of_rjafroc(result: MrmcResult, labels: Mapping[str, str]) -> Values:
    c = result.components
    t, r = len(result.design.modalities) - 1, len(result.design.readers) - 1
    values: Values = {}
    for name, degrees in (("T", t), ("R", r), ("TR", t * r)):
        values |= _square("- ANOVA.TRanova", name, c[f"MS({name})"], degrees)
    for theirs, ours in (("VarR", "Var(R)"), ("VarTR", "Var(TR)"), *((n, n) for n in ("Cov1", "Cov2", "Cov3", "Var"))):
        values["- ANOVA.VarCom", theirs, "Estimates"] = c[ours]
        values["- ANOVA.VarCom", theirs, "Rhos"] = c[ours] / c["Var"] if theirs.startswith("Cov") else math.nan
    tables = {
        "modality": ("- ANOVA.IndividualTrt", r, {"msREachTrt": "MS(R)", "varEachTrt": "Var", "cov2EachTrt": "Cov2"}),
        "reader": ("- ANOVA.IndividualRdr", t, {"msTEachRdr": "MS(T)", "varEachRdr": "Var", "cov1EachRdr": "Cov1"}),
    }
    for key, label in labels.items():
        block, degrees, quantities = tables[key.split("=")[0]]
        values[block, label, "DF"] = degrees
        values |= {(block, label, theirs): c[f"{ours}|{key}"] for theirs, ours in quantities.items()}
        if key.startswith("reader"):
            for quantity in ("varEachRdr", "cov1EachRdr"):
                values["FRRC IndividualRdrVarCov1", label, quantity] = values[block, label, quantity]
    return values


def _anova_of_rjafroc_dbm(result: MrmcResult, labels: Mapping[str, str]) -> Values:
    c = result.components
    sizes = {"T": len(result.design.modalities), "R": len(result.design.readers), "C": len(result.design.cases)}
    values: Values = {}
    total = 0.0
    for name in ("T", "R", "C", "TR", "TC", "RC", "TRC"):
        degrees = math.prod(sizes[factor] - 1 for factor in name)
        values |= _square("- ANOVA.TRCanova", name, c[f"MS({name})"], degrees)
        total += c[f"MS({name})"] * degrees
    values |= {
        ("- ANOVA.TRCanova", "Total", "SS"): total,
        ("- ANOVA.TRCanova", "Total", "DF"): math.prod(sizes.values()) - 1,
        ("- ANOVA.TRCanova", "Total", "MS"): math.nan,
    }
    for theirs, ours in (*((f"Var{n}", f"Var({n})") for n in ("R", "C", "TR", "TC", "RC")), ("VarErr", "Var(TRC)")):
        values["- ANOVA.VarCom", theirs, "Estimates"] = c[ours]
    for kind, block, factors in (
        ("modality", "- ANOVA.IndividualTrt", ("R", "C", "RC")),
        ("reader", "- ANOVA.IndividualRdr", ("T", "C", "TC")),
    ):
        for factor in factors:
            values[block, f"ms{factor}", "DF"] = math.prod(sizes[letter] - 1 for letter in factor)
            for key, label in labels.items():
                if key.startswith(kind):
                    values[block, f"ms{factor}", label] = c[f"MS({factor})|{key}"]
    return values


def _square(block: str, name: str, mean_square: float, degrees: int) -> Values:
    return {
        (block, name, "SS"): mean_square * degrees,
        (block, name, "DF"): degrees,
        (block, name, "MS"): mean_square,
    }


def _tests_of_rjafroc(option: str, result: MrmcResult, labels: Mapping[str, str], *, method: str) -> Values:
    overall, values = result.overall, {}
    assert overall is not None
    first, second = ("T", "TR") if (method, option) == ("OR", "RRFC") else ("Treatment", "Error")
    degrees = overall.degrees_of_freedom
    row: dict[tuple[str, str], float] = {
        (first, "DF"): degrees[0],
        (first, "MS"): overall.details["mean_square_modality"],
        (first, "p"): overall.p_value,
        (second, "DF"): degrees[1] if len(degrees) > 1 else math.nan,
        (second, "MS"): overall.details["denominator"],
        (second, "p"): math.nan,
    }
    for name in ("FStat", "F", "Chisq"):
        row |= {(first, name): overall.statistic, (second, name): math.nan}
    values |= {(f"{option} FTests", *key): value for key, value in row.items()}
    for block, tests in (("ciDiffTrt", result.differences), ("ciDiffTrtEachRdr", result.reader_differences)):
        for test in tests:
            values |= {
                (f"{option} {block}", _pair(test.group, labels), k): v for k, v in _rjafroc_difference(test).items()
            }
    for mean in result.means:
        label = labels[f"modality={mean.group['modality']}"]
        values |= {(f"{option} ciAvgRdrEachTrt", label, k): v for k, v in _rjafroc_mean(mean).items()}
        if method == "OR":
            values[f"{option} ciAvgRdrEachTrt", label, "Cov2"] = result.components[
                f"Cov2|modality={mean.group['modality']}"
            ]
    return values


def _rjafroc_difference(test) -> dict[str, float]:
    values = _difference(test)
    return {
        "Estimate": values["Estimate"],
        "StdErr": values["StdErr"],
        "DF": values["df"],
        "t": values["t"],
        "z": values["z"],
        "PrGTt": values["p-value"],
        "PrGTz": values["p-value"],
        "CILower": values["CI.Lower"],
        "CIUpper": values["CI.Upper"],
    }


def _rjafroc_mean(estimate) -> dict[str, float]:
    return {
        "Estimate": estimate.value,
        "StdErr": estimate.standard_error,
        "DF": estimate.details.get("df", math.inf),
        "CILower": estimate.interval.low,
        "CIUpper": estimate.interval.high,
    }
