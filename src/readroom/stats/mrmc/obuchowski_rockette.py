"""The Obuchowski-Rockette analysis with Hillis degrees of freedom."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from readroom.stats.citations import HILLIS_2007, HILLIS_2011, HILLIS_2014, OBUCHOWSKI_1995
from readroom.stats.design import Cube
from readroom.stats.errors import IncompleteDesign, TooFewReaders
from readroom.stats.mrmc.components import (
    ErrorCovariances,
    MeanSquares,
    error_covariances,
    mean_squares,
    nested_mean_squares,
)
from readroom.stats.mrmc.covariance import CovarianceMethod
from readroom.stats.mrmc.designs import StudyDesign, design_of
from readroom.stats.mrmc.endpoints import Endpoint
from readroom.stats.mrmc.figures import Figures, figures_of
from readroom.stats.mrmc.inference import Report, hillis_degrees
from readroom.stats.mrmc.results import Inference, MrmcResult
from readroom.stats.results import Estimate, HypothesisTest

__all__ = ["obuchowski_rockette"]

CITATIONS = (OBUCHOWSKI_1995, HILLIS_2007, HILLIS_2011, HILLIS_2014)
ASSUMPTIONS = (
    "Cases are independent of each other.",
    "Readers are a sample of those to whom the conclusion applies, unless they are fixed.",
    "Reader estimates err about normally, with the same four covariances for all readers and modalities.",
)


@dataclass(frozen=True, slots=True, eq=False)
class Denominator:
    """What the mean square of the modalities is compared with, and its degrees of freedom."""

    error: float
    degrees: float


def obuchowski_rockette(
    study: Cube | Figures,
    *,
    endpoint: Endpoint | None = None,
    covariance: CovarianceMethod = "jackknife",
    inference: Inference = Inference.RANDOM_READERS_RANDOM_CASES,
    level: float = 0.95,
) -> MrmcResult:
    """Compare modalities by the analysis of variance of reader estimates with correlated errors.

    Examples
    --------
    >>> cube = Readings.read("answers.csv").only(question="Malignant?").cube()
    >>> result = obuchowski_rockette(cube, covariance="delong")
    >>> print(result.overall)
    AUC, equality of modalities: F(1, 15.26) = 4.456, p = 0.05167

    Parameters
    ----------
    study : Cube or Figures
        Ratings, or figures of merit with their covariance (as localisation studies give them).
    endpoint : Auc, Sensitivity, Specificity or Agreement
        The AUC unless given; not used with `Figures`.
    covariance : {"jackknife", "delong", "unbiased"}
        How the covariance over cases is estimated; not used with `Figures`.
    inference : Inference
        Which of readers and cases are random.
    level : float
        Coverage of the intervals. They are not cut at 0 and 1.

    Returns
    -------
    MrmcResult
        With F = MS(T) / (MS(TR) + r max(Cov2 - Cov3, 0)) and denominator degrees of freedom ``ddf_H``; fixed readers
        give chi-squared with Var - Cov1 + (r - 1) max(Cov2 - Cov3, 0); fixed cases give F = MS(T) / MS(TR).

    Raises
    ------
    TooFewReaders
        One reader, unless readers are fixed.
    IncompleteDesign
        Readers with some of the modalities only: use `u_statistics`.
    ConstantRatings, EmptyClass, MissingTruth, TooFewCases, UnknownChoice

    References
    ----------
    - Obuchowski & Rockette (1995), pp. 285-308: the model, and the first F.
    - Hillis, Obuchowski & Berbaum (2011), eqs. 3 and 4: the model and its constraint; eq. 5: F; eq. 7: ddf_H.
    - Hillis (2007), section 5.3: the interval of one modality.
    - Hillis (2014), after eq. 4: mean squares; table I: variance components; table VII: nested and split-plot designs;
      pp. 344-346 and eq. 27: readers nested in modalities.
    """
    figures = study if isinstance(study, Figures) else figures_of(study, endpoint=endpoint, covariance=covariance)
    study_design = design_of(figures.design)
    squares = _mean_squares(figures, study_design)
    _require_readers(squares, inference)
    errors = error_covariances(figures)
    is_nested = study_design is StudyDesign.READERS_IN_MODALITIES
    denominator = _denominator(squares, errors, inference, is_nested=is_nested)
    report = _report(figures, inference, level, _notes(figures, errors, study_design))
    several = len(figures.modalities) > 1
    degrees = (len(figures.modalities) - 1, denominator.degrees)
    return MrmcResult(
        endpoint=figures.endpoint,
        method=report.method,
        inference=inference,
        overall=report.equality(squares.t, denominator.error, degrees) if several else None,
        means=tuple(_means(report, figures, squares, errors, inference)),
        differences=tuple(_differences(report, figures, squares, denominator)),
        readers=tuple(_readers(report, figures)),
        reader_differences=() if is_nested else tuple(_reader_differences(report, figures, errors)),
        components=_components(figures, squares, errors, is_nested=is_nested),
        design=figures.design,
        study_design=study_design,
        notes=report.notes,
        citations=report.citations,
        assumptions=report.assumptions,
    )


def _mean_squares(figures: Figures, study_design: StudyDesign) -> MeanSquares:
    if study_design is StudyDesign.UNBALANCED:
        raise IncompleteDesign(
            f"The design is {study_design}; the Obuchowski-Rockette analysis needs every reader under every modality, "
            "or every reader under one. Use U-statistics, which take any design."
        )
    if study_design is not StudyDesign.READERS_IN_MODALITIES:
        return mean_squares(figures)
    sizes = (~np.isnan(figures.estimates)).sum(axis=1)
    if len(set(sizes.tolist())) > 1:
        counts = ", ".join(f"{name}: {size}" for name, size in zip(figures.modalities, sizes, strict=True))
        raise IncompleteDesign(
            f"Readers are nested in modalities in unequal numbers ({counts}); the analysis of variance needs equally "
            "many. Use U-statistics, which take any design."
        )
    return nested_mean_squares(figures)


def _require_readers(squares: MeanSquares, inference: Inference) -> None:
    if squares.readers < 2 and inference is not Inference.FIXED_READERS_RANDOM_CASES:
        raise TooFewReaders(
            f"There is one reader per modality; with {inference.value} at least two are needed. Add readers, or take "
            "the reader as fixed, and conclude for this reader only."
        )


def _denominator(
    squares: MeanSquares, errors: ErrorCovariances, inference: Inference, *, is_nested: bool
) -> Denominator:
    """Hillis et al. (2011), eq. 5, for crossed readers; Hillis (2014), p. 344, for readers nested in modalities."""
    readers, modalities = squares.readers, len(squares.means)
    degrees = modalities * (readers - 1) if is_nested else (modalities - 1) * (readers - 1)
    if inference is Inference.FIXED_READERS_RANDOM_CASES:
        same_reader = errors.cov2 if is_nested else errors.cov1
        count = readers if is_nested else readers - 1
        return Denominator(errors.var - same_reader + count * errors.excess, math.inf)
    if inference is Inference.RANDOM_READERS_FIXED_CASES:
        return Denominator(squares.tr, float(degrees))
    error = squares.tr + readers * errors.excess
    return Denominator(error, hillis_degrees(error, squares.tr, degrees))


def _report(figures: Figures, inference: Inference, level: float, notes: tuple[str, ...]) -> Report:
    covariance = figures.covariance_method.replace("delong", "DeLong")
    return Report(
        endpoint=figures.endpoint,
        method=f"Obuchowski-Rockette, {inference.value}, {covariance} covariance",
        level=level,
        n={**figures.design.n, **figures.n},
        assumptions=ASSUMPTIONS,
        citations=(*CITATIONS, *figures.citations),
        notes=notes,
        design=figures.design,
    )


def _notes(figures: Figures, errors: ErrorCovariances, study_design: StudyDesign) -> tuple[str, ...]:
    notes = [f"The design is {study_design}."]
    if len(figures.modalities) > 1 and errors.cov2 < errors.cov3:
        notes.append(f"Cov2 - Cov3 was {errors.cov2 - errors.cov3:.3g}; it was set to 0, as the model demands.")
    for name, cov2 in zip(figures.modalities, errors.cov2_by_modality, strict=True):
        if cov2 < 0:
            notes.append(f"Cov2 of {name} was {cov2:.3g}; it was set to 0 in the interval of that modality.")
    if study_design is StudyDesign.PARTLY_CROSSED:
        notes.append("Some readings are missing; covariances rest on the cases that two readers share.")
    return tuple(notes)


def _means(
    report: Report, figures: Figures, squares: MeanSquares, errors: ErrorCovariances, inference: Inference
) -> Iterator[Estimate]:
    """Each modality from its own readings alone: Hillis (2007), section 5.3."""
    readers = squares.readers
    for i, name in enumerate(figures.modalities):
        cov2, between = max(errors.cov2_by_modality[i], 0.0), squares.r_by_modality[i]
        if inference is Inference.FIXED_READERS_RANDOM_CASES:
            error, degrees = errors.var_by_modality[i] + (readers - 1) * cov2, math.inf
        elif inference is Inference.RANDOM_READERS_FIXED_CASES:
            error, degrees = between, float(readers - 1)
        else:
            error = between + readers * cov2
            degrees = hillis_degrees(error, between, readers - 1)
        yield report.estimate(squares.means[i], error / readers, degrees, {"modality": name})


def _differences(
    report: Report, figures: Figures, squares: MeanSquares, denominator: Denominator
) -> Iterator[HypothesisTest]:
    for (i, first), (k, second) in combinations(enumerate(figures.modalities), 2):
        variance = 2 / squares.readers * denominator.error
        group = {"modality": first, "against": second}
        yield report.difference(squares.means[i] - squares.means[k], variance, denominator.degrees, group)


def _readers(report: Report, figures: Figures) -> Iterator[Estimate]:
    for i, modality in enumerate(figures.modalities):
        for j, reader in enumerate(figures.readers):
            if not np.isnan(figures.estimates[i, j]):
                variance = figures.covariance[i, j, i, j]
                group = {"modality": modality, "reader": reader}
                yield report.estimate(figures.estimates[i, j], variance, math.inf, group)


def _reader_differences(report: Report, figures: Figures, errors: ErrorCovariances) -> Iterator[HypothesisTest]:
    """Each reader alone, over cases: variance 2 (Var_j - Cov1_j) pooled over all modalities, where that is not 0."""
    for j, reader in enumerate(figures.readers):
        variance = 2 * float(errors.var_by_reader[j] - errors.cov1_by_reader[j])
        for (i, first), (k, second) in combinations(enumerate(figures.modalities), 2):
            value = figures.estimates[i, j] - figures.estimates[k, j]
            if variance > 0:
                group = {"modality": first, "against": second, "reader": reader}
                yield report.difference(value, variance, math.inf, group)


def _components(
    figures: Figures, squares: MeanSquares, errors: ErrorCovariances, *, is_nested: bool
) -> dict[str, float]:
    """Variance components by equating mean squares to their expectations: Hillis (2014), table I; may be negative."""
    values = {"Var": errors.var, "Cov1": errors.cov1, "Cov2": errors.cov2, "Cov3": errors.cov3, "MS(T)": squares.t}
    if is_nested:
        values |= {"MS(R(T))": squares.tr, "Var(R(T))": squares.tr - errors.var + errors.cov2}
    else:
        values |= {
            "MS(R)": squares.r,
            "MS(TR)": squares.tr,
            "Var(R)": (squares.r - squares.tr) / len(figures.modalities) - errors.cov1 + errors.cov3,
            "Var(TR)": squares.tr - errors.var + errors.cov1 + errors.cov2 - errors.cov3,
        }
    values |= {
        f"{what}|modality={name}": float(of_modality[i])
        for i, name in enumerate(figures.modalities)
        for what, of_modality in (
            ("MS(R)", squares.r_by_modality),
            ("Var", errors.var_by_modality),
            ("Cov2", errors.cov2_by_modality),
        )
    }
    values |= {
        f"{what}|reader={name}": float(of_reader[j])
        for j, name in enumerate(figures.readers)
        for what, of_reader in (
            ("MS(T)", squares.t_by_reader),
            ("Var", errors.var_by_reader),
            ("Cov1", errors.cov1_by_reader),
        )
    }
    return {name: value for name, value in values.items() if not math.isnan(value)}
