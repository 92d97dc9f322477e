"""One answer or one mask from several readers: majority, and STAPLE."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from readroom.stats.agreement.matrix import rating_matrix
from readroom.stats.citations import WARFIELD_2004
from readroom.stats.errors import EmptyMask, MismatchedShapes, NotEstimable, TooFewReaders, UnknownChoice
from readroom.stats.table import Readings

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

MOST_ROUNDS = 500
LARGEST_STACK = 1 << 31
"""Voxels of all masks together."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Consensus:
    """A mask made of several, and how each reader stands to it.

    Parameters
    ----------
    mask : ndarray of bool
        Where the consensus is.
    probability : ndarray of float
        Of each voxel: the share of readers (majority) or the posterior (STAPLE).
    sensitivity, specificity : tuple of float
        Of each reader against the consensus.
    rounds : int
        Of the algorithm; 0 for a majority.
    method : str
        How it was made, with the rule for ties.
    citations : tuple of str
        Papers.
    """

    mask: Bools
    probability: Floats
    sensitivity: tuple[float, ...]
    specificity: tuple[float, ...]
    rounds: int
    method: str
    citations: tuple[str, ...] = ()


def majority_mask(masks: Sequence[npt.ArrayLike]) -> Consensus:
    """Take the voxels that more than half of the readers marked; a tie is outside.

    Examples
    --------
    >>> majority_mask([[[1, 1]], [[1, 0]], [[0, 0]]]).mask
    array([[ True, False]])

    Parameters
    ----------
    masks : sequence of arrays of bool or 0 and 1
        Of one shape; one per reader.

    Returns
    -------
    Consensus

    References
    ----------
    - Defined here: more than half of the readers.
    """
    stack = _stack(masks)
    share = stack.mean(axis=0)
    mask: Bools = share > 0.5
    return Consensus(
        mask=mask,
        probability=share,
        sensitivity=tuple(_share(reader[mask]) for reader in stack),
        specificity=tuple(_share(~reader[~mask]) for reader in stack),
        rounds=0,
        method="majority of readers, a tie is outside",
    )


def staple(masks: Sequence[npt.ArrayLike]) -> Consensus:
    """Estimate the hidden truth and each reader's performance together.

    Examples
    --------
    >>> staple([anna, ben, carl]).sensitivity

    Parameters
    ----------
    masks : sequence of arrays of bool or 0 and 1
        Of one shape; one per reader, at least two. The prior is the mean share of marked voxels, so the area around
        the object changes the result: crop all studies alike.

    Returns
    -------
    Consensus
        `mask` is where the probability is at least a half.

    Raises
    ------
    NotEstimable
        All masks are empty or all are full: nothing tells readers apart.

    Notes
    -----
    By SimpleITK.

    References
    ----------
    - Warfield, Zou & Wells (2004), pp. 903-921: the E and M steps for binary segmentations.
    """
    stack = _stack(masks)
    if not stack.any() or stack.all():
        raise NotEstimable(
            "All masks are empty (or full), so readers cannot be told apart; leave the case out and say so."
        )
    toolkit: Any = importlib.import_module("SimpleITK")
    algorithm = toolkit.STAPLEImageFilter()
    algorithm.SetForegroundValue(1)
    algorithm.SetMaximumIterations(MOST_ROUNDS)
    images = [toolkit.GetImageFromArray(np.ascontiguousarray(reader, dtype=np.uint8)) for reader in stack]
    probability = np.asarray(toolkit.GetArrayFromImage(algorithm.Execute(images)), dtype=np.float64)
    return Consensus(
        mask=probability >= 0.5,
        probability=probability,
        sensitivity=tuple(float(value) for value in algorithm.GetSensitivity()),
        specificity=tuple(float(value) for value in algorithm.GetSpecificity()),
        rounds=int(algorithm.GetElapsedIterations()),
        method="STAPLE, prior from the mean share of marked voxels; mask at a probability of at least 0.5",
        citations=(WARFIELD_2004,),
    )


def majority_answers(readings: Readings) -> pd.DataFrame:
    """Find the answer that most readers gave to each display set.

    Examples
    --------
    >>> majority_answers(readings.only(question="Malignant?", modality="CT"))

    Parameters
    ----------
    readings : Readings
        Of one question with options, one modality and one session.

    Returns
    -------
    pandas.DataFrame
        By display set: ``answer`` (None on a tie), ``votes`` for it, ``readers`` who answered, ``is_tie``.

    References
    ----------
    - Defined here: the option with most votes; equal votes are a tie.
    """
    matrix = rating_matrix(readings, None)
    counts = matrix.counts
    most = counts.max(axis=1)
    is_tie = (counts == most[:, None]).sum(axis=1) > 1
    winners = [None if tie else matrix.options[int(row.argmax())] for row, tie in zip(counts, is_tie, strict=True)]
    return pd.DataFrame(
        {"answer": winners, "votes": most.astype(int), "readers": counts.sum(axis=1).astype(int), "is_tie": is_tie},
        index=pd.Index(matrix.cases, name="display_set"),
    )


def _stack(masks: Sequence[npt.ArrayLike]) -> Bools:
    arrays = [np.asarray(mask) for mask in masks]
    if len(arrays) < 2:
        raise TooFewReaders(f"A consensus needs two masks, there is {len(arrays)}; add a reader.")
    shapes = {array.shape for array in arrays}
    if len(shapes) > 1:
        raise MismatchedShapes(f"The masks have different shapes ({shapes}); bring all onto one grid.")
    if arrays[0].size == 0:
        raise EmptyMask("The masks have no voxel at all.")
    if arrays[0].size * len(arrays) > LARGEST_STACK:
        raise MismatchedShapes("The masks are too large together; crop all alike.")
    if any(not np.isin(array, [0, 1]).all() for array in arrays if array.dtype != np.bool_):
        raise UnknownChoice("A mask must hold 0 and 1 (or bool); choose one label with labels == number.")
    return np.stack([array.astype(bool) for array in arrays])


def _share(hits: Bools) -> float:
    return float(hits.mean()) if hits.size else float("nan")
