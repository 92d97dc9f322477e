"""Curves and areas of every reader of a study, and of the readers together."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np

from readroom.stats.citations import DELONG_1988, SUN_XU_2014
from readroom.stats.design import Cube, Design
from readroom.stats.errors import StatisticsError, TooFewModalities
from readroom.stats.results import Estimate, HypothesisTest
from readroom.stats.roc.curve import RocCurve, RocSample, average_curve, curve_of, roc_sample
from readroom.stats.roc.delong import (
    ASSUMPTIONS,
    area_interval,
    auc_of,
    delong_covariance,
    difference_test,
)
from readroom.stats.table import Readings

ALL_READERS = "mean of readers"


def reader_aucs(readings: Readings, *, interval: str = "normal", level: float = 0.95) -> tuple[Estimate, ...]:
    """Estimate the area of every reader under every modality, and the mean over readers.

    Examples
    --------
    >>> to_frame(reader_aucs(readings.only(question="Malignant?")))

    Parameters
    ----------
    readings : Readings
        Of one question and session, with truth.
    interval : {"normal", "logit"}
        As in `auc`.
    level : float
        Coverage of the intervals.

    Returns
    -------
    tuple of Estimate
        By modality: the readers, then their mean when all of them read all cases. Its interval is for these readers;
        for readers in general use the analyses of multiple readers and cases.

    References
    ----------
    - DeLong, DeLong & Clarke-Pearson (1988), eqs. 3 and 4: the area; section 2: its variance, and that of a mean.
    - Sun & Xu (2014), algorithm 2: the covariance by midranks.
    """
    found = []
    for modality in readings.names("modality"):
        part = readings.only(modality=modality)
        found += [
            auc_of(roc_sample(part.only(reader=reader)), interval=interval, level=level)
            for reader in part.names("reader")
        ]
        cube = part.cube()
        if len(cube.readers) > 1 and cube.design.is_complete:
            found.append(_mean_area(cube, interval, level))
    return tuple(found)


def _mean_area(cube: Cube, interval: str, level: float) -> Estimate:
    areas, covariance = delong_covariance(cube.ratings[0], cube.is_diseased)
    value, error = float(areas.mean()), float(np.sqrt(max(covariance.mean(), 0.0)))
    diseased = int(cube.is_diseased.sum())
    n = {"readers": len(areas), "cases": len(cube.cases), "diseased": diseased}
    return Estimate(
        name="AUC",
        value=value,
        standard_error=error,
        interval=area_interval(value, error, interval, level),
        n=n | {"healthy": len(cube.cases) - diseased},
        method=f"mean of the readers' empirical areas, DeLong covariance between readers, {interval} interval",
        assumptions=(*ASSUMPTIONS, "The statement is about these readers; other readers would widen the interval."),
        citations=(DELONG_1988, SUN_XU_2014),
        group={"modality": cube.modalities[0], "reader": ALL_READERS},
        design=cube.design,
    )


def reader_curves(readings: Readings) -> dict[tuple[str, str], RocCurve]:
    """Compute the empirical curve of every reader under every modality, and their vertical average.

    Examples
    --------
    >>> curves = reader_curves(readings.only(question="Malignant?"))
    >>> curves["CT", "anna"].true_positive

    Parameters
    ----------
    readings : Readings
        Of one question and session, with truth.

    Returns
    -------
    dict
        Curves by (modality, reader); the average stands under the reader ``"mean of readers"``.

    References
    ----------
    - DeLong, DeLong & Clarke-Pearson (1988), eqs. 1 and 2: empirical sensitivity and specificity at a cutpoint.
    - Chen & Samuelson (2014), unnumbered: the vertical average, the mean of the readers.
    """
    curves: dict[tuple[str, str], RocCurve] = {}
    for modality in readings.names("modality"):
        part = readings.only(modality=modality)
        own = {reader: curve_of(roc_sample(part.only(reader=reader))) for reader in part.names("reader")}
        curves |= {(modality, reader): curve for reader, curve in own.items()}
        if len(own) > 1:
            curves[modality, ALL_READERS] = average_curve(list(own.values()))
    return curves


def compare_modalities(readings: Readings, *, level: float = 0.95) -> tuple[HypothesisTest, ...]:
    """Test every pair of modalities for each reader: DeLong, on the cases that the reader read under both.

    Examples
    --------
    >>> compare_modalities(readings.only(question="Malignant?", modality=["CT", "MRI"]))

    Parameters
    ----------
    readings : Readings
        Of one question and session, with truth and at least two modalities.
    level : float
        Coverage of the intervals of the differences.

    Returns
    -------
    tuple of HypothesisTest
        By pair of modalities and reader. One test each: correct for their number, or use the analyses of multiple
        readers and cases for one answer.

    Raises
    ------
    TooFewModalities
        There is one modality.

    References
    ----------
    - DeLong, DeLong & Clarke-Pearson (1988), section 2: the standard normal test of a contrast L, here (1, -1).
    """
    cube = readings.cube()
    if len(cube.modalities) < 2:
        raise TooFewModalities
    truth = cube.is_diseased
    found = []
    for first, second in combinations(range(len(cube.modalities)), 2):
        names = cube.modalities[first], cube.modalities[second]
        for row, reader in enumerate(cube.readers):
            both = ~np.isnan(cube.ratings[[first, second], row]).any(axis=0)
            pair = cube.ratings[[first, second], row][:, both]
            design = Design(names, (reader,), cube.cases, cube.mask[[first, second], row : row + 1])
            sample = RocSample(pair[0], truth[both], {"reader": reader}, design)
            found.append(_test(pair, sample, names, int((~both).sum()), level))
    return tuple(found)


def _test(
    pair: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    sample: RocSample,
    names: tuple[str, str],
    missing: int,
    level: float,
) -> HypothesisTest:
    reader = sample.group["reader"]
    try:
        for row in pair:
            roc_sample(row, sample.is_diseased)
        areas, covariance = delong_covariance(pair, sample.is_diseased)
        notes = (f"{missing} cases lack one of the two ratings and are left out.",) if missing else ()
        return replace(difference_test(areas, covariance, names, sample, notes, level), group={"reader": reader})
    except StatisticsError as error:
        raise type(error)(f"Reader {reader}: {error}") from error
