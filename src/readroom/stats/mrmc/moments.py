"""Sums over pairs of cells that every unbiased variance is made of.

Two cells a and b (a modality and a reader each) have success scores for the same cases: for the AUC one score per
(healthy, diseased) pair, for proportions one per case. The product of a score of a and one of b is summed over all
combinations of cases that share: both cases, the diseased one, the healthy one, or none. Means of these sums are the
success moments of Gallas et al. (2009) and Gallas, Pennello & Myers (2007).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from readroom.stats.design import Cube, Floats
from readroom.stats.mrmc.endpoints import Auc, Components, Endpoint, ratings_by_class

__all__ = ["PairSums", "sum_pairs"]

SCORES_PER_BLOCK = 1 << 16
"""Per cell: small enough for the cache, and sums of 0, 1/4, 1/2, 1 stay exact in single precision."""


@dataclass(frozen=True, slots=True, eq=False)
class PairSums:
    """Sums of products of scores, and how many there were, for each pair of cells.

    Parameters
    ----------
    sums, counts : ndarray, shape (kinds, cells, cells)
        Over *at least* what the kind shares: for the AUC the kinds are ``both``, ``diseased``, ``healthy``, ``none``
        (so ``none`` is over all combinations); for proportions ``case`` and ``none``.
    """

    sums: Floats
    counts: Floats

    def exclusive(self) -> PairSums:
        """The same over combinations that share *exactly* what the kind says."""
        return PairSums(_exclude(self.sums), _exclude(self.counts))

    def unbiased_covariance(self) -> Floats:
        """Covariance of the estimates of all cells, shape (cells, cells): estimated E[ab] minus E[a]E[b].

        E[ab] is the product of the estimates; E[a]E[b] the mean product of scores that share no case, which is
        independent of everything else: Bamber (1975); Gallas (2006).
        """
        with np.errstate(invalid="ignore", divide="ignore"):
            independent = self.exclusive()
            product: Floats = self.sums[-1] / self.counts[-1] - independent.sums[-1] / independent.counts[-1]
        return product


def _exclude(values: Floats) -> Floats:
    if len(values) == 2:
        case, everything = values
        return np.stack([case, everything - case])
    both, diseased, healthy, everything = values
    return np.stack([both, diseased - both, healthy - both, everything - diseased - healthy + both])


def sum_pairs(cube: Cube, endpoint: Endpoint) -> PairSums:
    """Sum products of scores over all pairs of cells of a cube; a reader without a score is refused by name."""
    components = endpoint.components(cube)
    return (
        _sum_pairs_of_auc(*ratings_by_class(cube))
        if isinstance(endpoint, Auc)
        else _sum_pairs_of_proportion(components)
    )


def _sum_pairs_of_proportion(components: Components) -> PairSums:
    (scores,) = components.classes
    known = (~np.isnan(scores)).astype(float)
    values = np.nan_to_num(scores)
    return PairSums(
        np.stack([values @ values.T, np.outer(values.sum(axis=1), values.sum(axis=1))]),
        np.stack([known @ known.T, np.outer(known.sum(axis=1), known.sum(axis=1))]),
    )


def _sum_pairs_of_auc(healthy: Floats, diseased: Floats) -> PairSums:
    cells = len(healthy)
    both = np.zeros((cells, cells))
    of_healthy, of_diseased = np.zeros(healthy.shape), np.zeros(diseased.shape)
    step = max(1, SCORES_PER_BLOCK // diseased.shape[1])
    for start in range(0, healthy.shape[1], step):
        rows = slice(start, start + step)
        scores = _success_scores(healthy[:, rows], diseased)
        of_healthy[:, rows] = scores.sum(axis=2, dtype=float)
        of_diseased += scores.sum(axis=1, dtype=float)
        flat = scores.reshape(cells, -1)
        both += flat @ flat.T
    totals = of_healthy.sum(axis=1)
    known0, known1 = (~np.isnan(healthy)).astype(float), (~np.isnan(diseased)).astype(float)
    shared0, shared1 = known0 @ known0.T, known1 @ known1.T
    count0, count1 = known0.sum(axis=1), known1.sum(axis=1)
    sums = [both, of_diseased @ of_diseased.T, of_healthy @ of_healthy.T, np.outer(totals, totals)]
    counts = [
        shared0 * shared1,
        shared1 * np.outer(count0, count0),
        shared0 * np.outer(count1, count1),
        np.outer(count0 * count1, count0 * count1),
    ]
    return PairSums(np.stack(sums), np.stack(counts))


def _success_scores(healthy: Floats, diseased: Floats) -> np.ndarray[tuple[int, int, int], np.dtype[np.float32]]:
    """1 where the diseased case is rated higher, 1/2 at a tie, 0 otherwise and where a rating is missing."""
    high, low = diseased[:, None, :], healthy[:, :, None]
    scores = (high > low).astype(np.float32)
    scores += np.float32(0.5) * (high == low)
    return scores
