"""Covariance of the estimates of all cells over the sampling of cases, three ways."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from readroom.stats.citations import DELONG_1988, EFRON_1993, GALLAS_2006
from readroom.stats.design import Cube, Floats
from readroom.stats.errors import TooFewCases
from readroom.stats.mrmc.endpoints import Components, Endpoint
from readroom.stats.mrmc.moments import sum_pairs

__all__ = ["CITATIONS", "CovarianceMethod", "covariance_by_delong", "covariance_by_jackknife", "covariance_of"]

CovarianceMethod = Literal["jackknife", "delong", "unbiased"]

CITATIONS: dict[CovarianceMethod, str] = {"jackknife": EFRON_1993, "delong": DELONG_1988, "unbiased": GALLAS_2006}


def covariance_by_jackknife(replicates: Floats) -> Floats:
    """Covariance from estimates without each case in turn, (cells, cases): Efron & Tibshirani (1993), eq. 11.5."""
    count = replicates.shape[1]
    if count < 2:
        raise TooFewCases("The jackknife needs at least two cases; add cases.")
    deviations = replicates - replicates.mean(axis=1, keepdims=True)
    covariance: Floats = (count - 1) / count * (deviations @ deviations.T)
    return covariance


def covariance_by_delong(components: Components) -> Floats:
    """Covariance from structural components: DeLong et al. (1988), section 2, over the cases that two cells share."""
    return sum((_covariance_within_class(values) for values in components.classes), start=np.zeros(()))


def _covariance_within_class(values: Floats) -> Floats:
    known = (~np.isnan(values)).astype(float)
    count = known.sum(axis=1)
    if (count[count > 0] < 2).any():
        raise TooFewCases("A variance over cases needs at least two cases of each class per reader; add cases.")
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.nansum(values, axis=1) / count
        deviations = np.where(known > 0, values - means[:, None], 0.0)
        shared = known @ known.T
        correction = np.where(shared > 1, shared / (shared - 1), 1.0)
        covariance: Floats = deviations @ deviations.T * correction / np.outer(count, count)
    return covariance


def _jackknife(cube: Cube, endpoint: Endpoint) -> Floats:
    return covariance_by_jackknife(endpoint.components(cube).delete_one())


def _delong(cube: Cube, endpoint: Endpoint) -> Floats:
    return covariance_by_delong(endpoint.components(cube))


def _unbiased(cube: Cube, endpoint: Endpoint) -> Floats:
    pairs = sum_pairs(cube, endpoint)
    if (np.diag(pairs.exclusive().counts[-1])[cube.mask.any(axis=2).ravel()] == 0).any():
        raise TooFewCases("The unbiased covariance needs at least two cases of each class per reader; add cases.")
    return pairs.unbiased_covariance()


METHODS: dict[CovarianceMethod, Callable[[Cube, Endpoint], Floats]] = {
    "jackknife": _jackknife,
    "delong": _delong,
    "unbiased": _unbiased,
}


def covariance_of(cube: Cube, endpoint: Endpoint, *, method: CovarianceMethod) -> Floats:
    """Covariance matrix of the estimates of all cells (modalities slowest), NaN for cells without readings."""
    return METHODS[method](cube, endpoint)
