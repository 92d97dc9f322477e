"""The Dorfman-Berbaum-Metz analysis: an analysis of variance of jackknife pseudovalues."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from readroom.stats.citations import DORFMAN_1992, EFRON_1993, HILLIS_2005, HILLIS_2007, HILLIS_2011
from readroom.stats.design import Cube, Floats
from readroom.stats.errors import IncompleteDesign, TooFewModalities, TooFewReaders
from readroom.stats.mrmc.designs import design_of
from readroom.stats.mrmc.endpoints import Endpoint
from readroom.stats.mrmc.figures import Figures, figures_of
from readroom.stats.mrmc.inference import Report, hillis_degrees
from readroom.stats.mrmc.results import Inference, MrmcResult
from readroom.stats.results import Estimate, HypothesisTest

__all__ = ["dbm"]

CITATIONS = (DORFMAN_1992, HILLIS_2005, HILLIS_2007, HILLIS_2011)
ASSUMPTIONS = (
    "Cases are independent of each other.",
    "Readers are a sample of those to whom the conclusion applies, unless they are fixed.",
    "Every reader read every case under every modality.",
)


def normalized_pseudovalues(figures: Figures) -> Floats:
    """Make n theta - (n - 1) theta_(-k), shifted so that their mean is the estimate: Hillis et al. (2005)."""
    replicates = figures.replicates
    assert replicates is not None
    count = replicates.shape[-1]
    deviations = replicates - replicates.mean(axis=-1, keepdims=True)
    pseudovalues: Floats = figures.estimates[..., None] - (count - 1) * deviations
    return pseudovalues


@dataclass(frozen=True, slots=True, eq=False)
class CaseMeanSquares:
    """The three-way analysis of variance of pseudovalues (modality x reader x case)."""

    t: float
    r: float
    c: float
    tr: float
    tc: float
    rc: float
    trc: float
    shape: tuple[int, int, int]

    @property
    def degrees(self) -> dict[str, int]:
        """Degrees of freedom of each mean square."""
        t, r, c = (size - 1 for size in self.shape)
        return {"T": t, "R": r, "C": c, "TR": t * r, "TC": t * c, "RC": r * c, "TRC": t * r * c}

    @property
    def by_name(self) -> dict[str, float]:
        """Mean squares by the letters of their factors."""
        return {name: getattr(self, name.lower()) for name in self.degrees}


def case_mean_squares(values: Floats) -> CaseMeanSquares:
    """Decompose an array of modality x reader x case."""
    t, r, c = values.shape
    grand = values.mean()
    of_t, of_r, of_c = (values.mean(axis=axes, keepdims=True) for axes in ((1, 2), (0, 2), (0, 1)))
    of_tr, of_tc, of_rc = (values.mean(axis=axis, keepdims=True) for axis in (2, 1, 0))
    parts = {
        "t": (of_t - grand, r * c, t - 1),
        "r": (of_r - grand, t * c, r - 1),
        "c": (of_c - grand, t * r, c - 1),
        "tr": (of_tr - of_t - of_r + grand, c, (t - 1) * (r - 1)),
        "tc": (of_tc - of_t - of_c + grand, r, (t - 1) * (c - 1)),
        "rc": (of_rc - of_r - of_c + grand, t, (r - 1) * (c - 1)),
        "trc": (
            values - of_tr - of_tc - of_rc + of_t + of_r + of_c - grand,
            1,
            (t - 1) * (r - 1) * (c - 1),
        ),
    }
    squares = {
        name: float(weight * (effect**2).sum()) / degrees if degrees else float("nan")
        for name, (effect, weight, degrees) in parts.items()
    }
    return CaseMeanSquares(**squares, shape=(t, r, c))


@dataclass(frozen=True, slots=True, eq=False)
class LevelMeanSquares:
    """The two-way analyses within each modality and within each reader."""

    r_by_modality: Floats
    c_by_modality: Floats
    rc_by_modality: Floats
    t_by_reader: Floats
    c_by_reader: Floats
    tc_by_reader: Floats


def level_mean_squares(values: Floats) -> LevelMeanSquares:
    """One analysis of variance per slice: a modality's readers x cases, a reader's modalities x cases."""
    modalities = np.array([_two_way(matrix) for matrix in values]).T
    readers = np.array([_two_way(matrix) for matrix in values.transpose(1, 0, 2)]).T
    return LevelMeanSquares(*modalities, *readers)


def _two_way(matrix: Floats) -> tuple[float, float, float]:
    rows, columns = matrix.shape
    grand, of_row, of_column = matrix.mean(), matrix.mean(axis=1, keepdims=True), matrix.mean(axis=0, keepdims=True)
    residual = ((matrix - of_row - of_column + grand) ** 2).sum()
    row = columns * ((of_row - grand) ** 2).sum() / (rows - 1) if rows > 1 else np.nan
    column = rows * ((of_column - grand) ** 2).sum() / (columns - 1)
    both = residual / ((rows - 1) * (columns - 1)) if rows > 1 else np.nan
    return float(row), float(column), float(both)


def dbm(
    study: Cube | Figures,
    *,
    endpoint: Endpoint | None = None,
    inference: Inference = Inference.RANDOM_READERS_RANDOM_CASES,
    level: float = 0.95,
) -> MrmcResult:
    """Compare modalities by the analysis of variance of jackknife pseudovalues.

    Examples
    --------
    >>> print(dbm(cube).overall)
    AUC, equality of modalities: F(1, 15.26) = 4.456, p = 0.05167

    Parameters
    ----------
    study : Cube or Figures
        Ratings, or figures of merit with jackknife replicates.
    endpoint : Auc, Sensitivity, Specificity or Agreement
        The AUC unless given; not used with `Figures`.
    inference : Inference
        Which of readers and cases are random.
    level : float
        Coverage of the intervals.

    Returns
    -------
    MrmcResult
        With F = MS(T) / (MS(TR) + max(MS(TC) - MS(TRC), 0)) for random readers and cases and degrees of freedom ddf_H;
        MS(T) / MS(TC) for fixed readers; MS(T) / MS(TR) for fixed cases. With random readers the result equals that of
        `obuchowski_rockette` with the jackknife.

    Raises
    ------
    IncompleteDesign
        A reading is missing.
    TooFewReaders, TooFewModalities, ConstantRatings, EmptyClass, MissingTruth, TooFewCases

    References
    ----------
    - Dorfman, Berbaum & Metz (1992), pp. 723-731: pseudovalues and their analysis of variance.
    - Hillis, Obuchowski & Berbaum (2011), eq. 1: F; eq. 2: ddf_H; table 1: what the two analyses have in common.
    - Hillis, Obuchowski, Schartz & Berbaum (2005), pp. 1579-1607: normalised pseudovalues, and the equality.
    - Hillis (2014), eqs. 11 to 14: covariances from the variance components.
    """
    figures = study if isinstance(study, Figures) else figures_of(study, endpoint=endpoint)
    _require_crossed(figures)
    values = normalized_pseudovalues(figures)
    squares, levels = case_mean_squares(values), level_mean_squares(values)
    error, degrees = _error(squares, inference)
    report = _report(figures, squares, inference, level)
    return MrmcResult(
        endpoint=figures.endpoint,
        method=report.method,
        inference=inference,
        overall=report.equality(squares.t, error, (squares.shape[0] - 1, degrees)),
        means=tuple(_means(report, figures, levels, inference)),
        differences=tuple(_differences(report, figures, error, degrees)),
        readers=(),
        reader_differences=tuple(_reader_differences(report, figures, levels)),
        components=_components(figures, squares, levels),
        design=figures.design,
        study_design=design_of(figures.design),
        notes=report.notes,
        citations=report.citations,
        assumptions=report.assumptions,
    )


def _require_crossed(figures: Figures) -> None:
    modalities, readers = figures.estimates.shape
    if modalities < 2:
        raise TooFewModalities(
            "The DBM analysis compares modalities and there is one; the Obuchowski-Rockette analysis estimates one."
        )
    if readers < 2:
        raise TooFewReaders(
            "The DBM analysis needs two readers; that of Obuchowski and Rockette compares one reader, taken as fixed."
        )
    if not figures.design.is_complete:
        raise IncompleteDesign(
            f"The design is {design_of(figures.design)}; the DBM analysis needs every reading. Use "
            "the Obuchowski-Rockette analysis for nested designs, or U-statistics for any design."
        )


def _error(squares: CaseMeanSquares, inference: Inference) -> tuple[float, float]:
    degrees = squares.degrees
    if inference is Inference.FIXED_READERS_RANDOM_CASES:
        return squares.tc, float(degrees["TC"])
    if inference is Inference.RANDOM_READERS_FIXED_CASES:
        return squares.tr, float(degrees["TR"])
    error = squares.tr + max(squares.tc - squares.trc, 0.0)
    return error, hillis_degrees(error, squares.tr, degrees["TR"])


def _report(figures: Figures, squares: CaseMeanSquares, inference: Inference, level: float) -> Report:
    notes = [f"The design is {design_of(figures.design)}."]
    if inference is Inference.RANDOM_READERS_RANDOM_CASES and squares.tc < squares.trc:
        notes.append(f"MS(TC) - MS(TRC) was {squares.tc - squares.trc:.3g}; it was set to 0, as the model demands.")
    return Report(
        endpoint=figures.endpoint,
        method=f"Dorfman-Berbaum-Metz, {inference.value}",
        level=level,
        n={**figures.design.n, **figures.n},
        assumptions=ASSUMPTIONS,
        citations=(*CITATIONS, *(text for text in figures.citations if text != EFRON_1993)),
        notes=tuple(notes),
        design=figures.design,
    )


def _means(report: Report, figures: Figures, levels: LevelMeanSquares, inference: Inference) -> Iterator[Estimate]:
    readers, cases = figures.estimates.shape[1], _cases(figures)
    for i, name in enumerate(figures.modalities):
        between, of_cases, both = levels.r_by_modality[i], levels.c_by_modality[i], levels.rc_by_modality[i]
        if inference is Inference.FIXED_READERS_RANDOM_CASES:
            error, degrees = of_cases, float(cases - 1)
        elif inference is Inference.RANDOM_READERS_FIXED_CASES:
            error, degrees = between, float(readers - 1)
        else:
            error = between + max(of_cases - both, 0.0)
            degrees = hillis_degrees(error, between, readers - 1)
        value = float(figures.estimates[i].mean())
        yield report.estimate(value, error / (readers * cases), degrees, {"modality": name})


def _cases(figures: Figures) -> int:
    """Cases that the endpoint depends on."""
    assert figures.replicates is not None
    return int(figures.replicates.shape[-1])


def _differences(report: Report, figures: Figures, error: float, degrees: float) -> Iterator[HypothesisTest]:
    readers, means = figures.estimates.shape[1], figures.estimates.mean(axis=1)
    for (i, first), (k, second) in combinations(enumerate(figures.modalities), 2):
        variance = 2 / (readers * _cases(figures)) * error
        yield report.difference(means[i] - means[k], variance, degrees, {"modality": first, "against": second})


def _reader_differences(report: Report, figures: Figures, levels: LevelMeanSquares) -> Iterator[HypothesisTest]:
    cases = _cases(figures)
    degrees = float((len(figures.modalities) - 1) * (cases - 1))
    for j, reader in enumerate(figures.readers):
        variance = 2 / cases * float(levels.tc_by_reader[j])
        for (i, first), (k, second) in combinations(enumerate(figures.modalities), 2):
            value = figures.estimates[i, j] - figures.estimates[k, j]
            if variance > 0:
                group = {"modality": first, "against": second, "reader": reader}
                yield report.difference(value, variance, degrees, group)


def _components(figures: Figures, squares: CaseMeanSquares, levels: LevelMeanSquares) -> dict[str, float]:
    """Mean squares, and variance components by equating them to their expectations; they may be negative."""
    t, r, c = squares.shape
    values = {f"MS({name})": value for name, value in squares.by_name.items()}
    values |= {
        "Var(R)": (squares.r - squares.tr - squares.rc + squares.trc) / (c * t),
        "Var(C)": (squares.c - squares.tc - squares.rc + squares.trc) / (t * r),
        "Var(TR)": (squares.tr - squares.trc) / c,
        "Var(TC)": (squares.tc - squares.trc) / r,
        "Var(RC)": (squares.rc - squares.trc) / t,
        "Var(TRC)": squares.trc,
    }
    within_modality = (("R", levels.r_by_modality), ("C", levels.c_by_modality), ("RC", levels.rc_by_modality))
    within_reader = (("T", levels.t_by_reader), ("C", levels.c_by_reader), ("TC", levels.tc_by_reader))
    for kind, names, slices in (
        ("modality", figures.modalities, within_modality),
        ("reader", figures.readers, within_reader),
    ):
        for place, name in enumerate(names):
            values |= {f"MS({factor})|{kind}={name}": float(of_level[place]) for factor, of_level in slices}
    return values
