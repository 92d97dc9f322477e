"""Mean squares, covariances and variance components of the Obuchowski-Rockette model.

The model (Obuchowski & Rockette 1995, pp. 285-308; Hillis et al. 2011, eq. 3): the estimate of reader j under modality
i is a mean, plus a modality effect, plus random effects of the reader and of reader by modality, plus an error whose
covariances over cases are *Var* (same reader, same modality), *Cov1* (same reader, other modality), *Cov2* (other
reader, same modality) and *Cov3* (both other). They are averages over all pairs of their kind; pairs without a case in
common count as 0, so that one formula serves crossed, case-nested and split-plot designs (Hillis 2014, table VII).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from readroom.stats.design import Floats
from readroom.stats.mrmc.figures import Figures

__all__ = ["ErrorCovariances", "MeanSquares", "error_covariances", "mean_squares"]


@dataclass(frozen=True, slots=True, eq=False)
class ErrorCovariances:
    """Averages of the covariance matrix by kind of pair.

    Parameters
    ----------
    var, cov1, cov2, cov3 : float
        Over the whole study; 0 where there is no such pair.
    var_by_modality, cov2_by_modality : ndarray
        Within each modality.
    var_by_reader, cov1_by_reader : ndarray
        Within each reader.
    """

    var: float
    cov1: float
    cov2: float
    cov3: float
    var_by_modality: Floats
    cov2_by_modality: Floats
    var_by_reader: Floats
    cov1_by_reader: Floats

    @property
    def excess(self) -> float:
        """Cov2 - Cov3, set to 0 when negative: the model demands Cov2 >= Cov3 (Hillis et al. 2011, eqs. 4 and 5)."""
        return max(self.cov2 - self.cov3, 0.0)


def error_covariances(figures: Figures) -> ErrorCovariances:
    """Average the covariance matrix by kind of pair; cells that were not read are left out."""
    matrix = figures.covariance
    modalities, readers = figures.estimates.shape
    same_modality = np.eye(modalities, dtype=bool)[:, None, :, None]
    same_reader = np.eye(readers, dtype=bool)[None, :, None, :]
    is_known = ~np.isnan(matrix)

    def average(kind: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], axes: tuple[int, ...]) -> Floats:
        chosen = kind & is_known
        count = chosen.sum(axis=axes)
        total = np.where(chosen, matrix, 0.0).sum(axis=axes)
        averaged: Floats = total / np.maximum(count, 1)
        return averaged

    every, of_modality, of_reader = (0, 1, 2, 3), (1, 2, 3), (0, 2, 3)
    var, cov1 = same_modality & same_reader, ~same_modality & same_reader
    cov2, cov3 = same_modality & ~same_reader, ~same_modality & ~same_reader
    return ErrorCovariances(
        float(average(var, every)),
        float(average(cov1, every)),
        float(average(cov2, every)),
        float(average(cov3, every)),
        average(var, of_modality),
        average(cov2, of_modality),
        average(var, of_reader),
        average(cov1, of_reader),
    )


@dataclass(frozen=True, slots=True, eq=False)
class MeanSquares:
    """The two-way analysis of variance of the estimates (modality x reader).

    Parameters
    ----------
    t, r, tr : float
        Modality, reader, and modality by reader (for readers nested in modalities: reader within modality); NaN
        where there is only one level.
    r_by_modality, t_by_reader : ndarray
        Between readers within each modality; between modalities within each reader.
    means : ndarray
        Of each modality, over its readers.
    readers : int
        Per modality.
    """

    t: float
    r: float
    tr: float
    r_by_modality: Floats
    t_by_reader: Floats
    means: Floats
    readers: int


def mean_squares(figures: Figures) -> MeanSquares:
    """Decompose the estimates when every reader read under every modality: Hillis (2014), after eq. 4."""
    y = figures.estimates
    modalities, readers = y.shape
    means, by_reader, grand = y.mean(axis=1), y.mean(axis=0), y.mean()
    residual = y - means[:, None] - by_reader[None, :] + grand
    return MeanSquares(
        t=_per_degree(readers * ((means - grand) ** 2).sum(), modalities - 1),
        r=_per_degree(modalities * ((by_reader - grand) ** 2).sum(), readers - 1),
        tr=_per_degree((residual**2).sum(), (modalities - 1) * (readers - 1)),
        r_by_modality=np.array([_per_degree(((row - row.mean()) ** 2).sum(), readers - 1) for row in y]),
        t_by_reader=np.array([_per_degree(((column - column.mean()) ** 2).sum(), modalities - 1) for column in y.T]),
        means=means,
        readers=readers,
    )


def nested_mean_squares(figures: Figures) -> MeanSquares:
    """Decompose the estimates when every reader read under one modality, equally many: Hillis (2014), p. 344."""
    groups = [row[~np.isnan(row)] for row in figures.estimates]
    readers = len(groups[0])
    means = np.array([group.mean() for group in groups])
    within = np.array([_per_degree(((group - group.mean()) ** 2).sum(), readers - 1) for group in groups])
    return MeanSquares(
        t=_per_degree(readers * ((means - means.mean()) ** 2).sum(), len(groups) - 1),
        r=float("nan"),
        tr=float(within.mean()),
        r_by_modality=within,
        t_by_reader=np.full(len(figures.readers), np.nan),
        means=means,
        readers=readers,
    )


def _per_degree(sum_of_squares: float, degrees: int) -> float:
    return float(sum_of_squares) / degrees if degrees else float("nan")
