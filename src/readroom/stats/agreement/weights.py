"""How much credit a near miss gets: agreement weights between options."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import comb

from readroom.stats.errors import MismatchedShapes, UnknownChoice
from readroom.stats.numbers import as_numbers

Floats = npt.NDArray[np.float64]
WeightsLike = str | npt.ArrayLike

NAMES = ("unweighted", "linear", "quadratic", "ordinal")


def agreement_weights(weights: WeightsLike, options: int, scores: Sequence[float] | None = None) -> Floats:
    """Make the matrix of agreement weights, 1 on the diagonal.

    Examples
    --------
    >>> agreement_weights("linear", 3)
    array([[1. , 0.5, 0. ],
           [0.5, 1. , 0.5],
           [0. , 0.5, 1. ]])

    Parameters
    ----------
    weights : {"unweighted", "linear", "quadratic", "ordinal"} or matrix
        A matrix is symmetric, with values from 0 to 1.
    options : int
        Length of the full list of options.
    scores : sequence of float, optional
        The number each option stands for; its position unless given. Not used by ``"ordinal"``.

    Returns
    -------
    ndarray of float, shape (options, options)

    References
    ----------
    - Cicchetti & Allison (1971), pp. 101-109: linear weights.
    - Fleiss & Cohen (1973), pp. 613-619: quadratic weights.
    - Gwet (2014), ch. 3: ordinal weights.
    """
    if not isinstance(weights, str):
        return _custom(as_numbers(weights, "weights"), options)
    at = np.arange(options, dtype=float) if scores is None else _checked_scores(scores, options)
    steps = np.abs(at[:, None] - at[None, :])
    if weights == "unweighted":
        return np.eye(options)
    if weights == "linear":
        return np.asarray(1 - steps / steps.max())
    if weights == "quadratic":
        return np.asarray(1 - (steps / steps.max()) ** 2)
    if weights == "ordinal":
        ranks = np.arange(options)
        between = comb(np.abs(ranks[:, None] - ranks[None, :]) + 1, 2)
        return np.asarray(1 - between / between.max())
    raise UnknownChoice(f"There are no weights {weights!r}; take {', '.join(NAMES)} or a matrix.")


def _checked_scores(scores: Sequence[float], options: int) -> Floats:
    at = as_numbers(scores, "scores")
    if at.shape != (options,) or not np.isfinite(at).all() or len(set(at.tolist())) != options:
        raise MismatchedShapes(f"scores must be {options} different numbers, one per option.")
    return at


def _custom(matrix: Floats, options: int) -> Floats:
    if matrix.shape != (options, options):
        raise MismatchedShapes(f"The weights are {matrix.shape}; there are {options} options, give that many each way.")
    is_weight = np.isfinite(matrix).all() and (matrix >= 0).all() and (matrix <= 1).all()
    if not is_weight or not np.allclose(matrix, matrix.T) or not np.allclose(np.diag(matrix), 1):
        raise UnknownChoice("Weights must be symmetric, from 0 to 1, and 1 on the diagonal.")
    return matrix
