"""Curves and areas of every reader of a study, and of the readers together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

import numpy as np

from readroom.stats.citations import DELONG_1988, SUN_XU_2014
from readroom.stats.design import Cube, Design
from readroom.stats.errors import StatisticsError, TooFewModalities
from readroom.stats.results import MEAN_OF_READERS, Estimate, HypothesisTest
from readroom.stats.roc.curve import RocCurve, RocSample, average_curve, curve_of, roc_sample
from readroom.stats.roc.delong import (
    ASSUMPTIONS,
    area_interval,
    auc_of,
    delong_covariance,
    difference_test,
)
from readroom.stats.roc.partial import Range, part_of, percentiles
from readroom.stats.table import Readings

THESE_READERS = "The statement is about these readers; other readers would widen the interval."


def reader_samples(readings: Readings) -> Iterator[tuple[Readings, tuple[RocSample, ...]]]:
    """The readings of every modality, with the checked sample of each of its readers."""
    for modality in readings.names("modality"):
        part = readings.only(modality=modality)
        yield part, tuple(roc_sample(part.only(reader=reader)) for reader in part.names("reader"))


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
    for part, samples in reader_samples(readings):
        found += [auc_of(sample, interval=interval, level=level) for sample in samples]
        cube = part.cube()
        if len(cube.readers) > 1 and cube.design.is_complete:
            found.append(_mean_area(cube, interval, level))
    return tuple(found)


def _mean_area(cube: Cube, interval: str, level: float) -> Estimate:
    areas, covariance = delong_covariance(cube.ratings[0], cube.is_diseased)
    value, error = float(areas.mean()), float(np.sqrt(max(covariance.mean(), 0.0)))
    return Estimate(
        name="AUC",
        value=value,
        standard_error=error,
        interval=area_interval(value, error, interval, level),
        n=_n_of(cube),
        method=f"mean of the readers' empirical areas, DeLong covariance between readers, {interval} interval",
        assumptions=(*ASSUMPTIONS, THESE_READERS),
        citations=(DELONG_1988, SUN_XU_2014),
        group={"modality": cube.modalities[0], "reader": MEAN_OF_READERS},
        design=cube.design,
    )


def _n_of(cube: Cube) -> dict[str, int]:
    diseased, cases = int(cube.is_diseased.sum()), len(cube.cases)
    return {"readers": len(cube.readers), "cases": cases, "diseased": diseased, "healthy": cases - diseased}


def reader_partial_aucs(
    readings: Readings,
    *,
    specificity: Range | None = None,
    sensitivity: Range | None = None,
    corrected: bool = False,
    level: float = 0.95,
) -> tuple[Estimate, ...]:
    """Estimate a partial area of every reader under every modality, and the mean over readers.

    Examples
    --------
    >>> to_frame(reader_partial_aucs(readings.only(question="Malignant?"), specificity=(0.9, 1.0)))

    Parameters
    ----------
    readings : Readings
        Of one question and session, with truth.
    specificity, sensitivity : tuple of two floats
        The range, on one of the two axes, as in `partial_auc`.
    corrected : bool
        As in `partial_auc`.
    level : float
        Coverage of the intervals.

    Returns
    -------
    tuple of Estimate
        By modality: the readers, then their mean when all of them read all cases. It comes from the same resamples of
        cases as the readers', so that it allows for their reading the same cases; its interval is for these readers.

    References
    ----------
    - McClish (1989), pp. 190-195: the partial area and its correction.
    - Efron & Tibshirani (1993), section 8.3: resampling of two samples; ch. 13: percentile interval.
    """
    wanted = part_of(specificity=specificity, sensitivity=sensitivity, corrected=corrected)
    found = []
    for part, samples in reader_samples(readings):
        draws = [wanted.resampled(sample) for sample in samples]
        own = [wanted.estimate(sample, areas, level=level) for sample, areas in zip(samples, draws, strict=True)]
        cube, resampled = part.cube(), np.mean(draws, axis=0)
        found += own
        if len(own) > 1 and cube.design.is_complete:
            found.append(
                replace(
                    own[0],
                    value=float(np.mean([estimate.value for estimate in own])),
                    standard_error=float(resampled.std(ddof=1)),
                    interval=percentiles(resampled, level),
                    n=_n_of(cube),
                    method=f"mean of the readers' partial areas, {own[0].method}",
                    assumptions=(*ASSUMPTIONS, THESE_READERS),
                    group={**own[0].group, "reader": MEAN_OF_READERS},
                    design=cube.design,
                )
            )
    return tuple(found)


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
    for part, samples in reader_samples(readings):
        own = {(sample.group["modality"], sample.group["reader"]): curve_of(sample) for sample in samples}
        curves |= own
        if len(own) > 1:
            curves[part.one("modality"), MEAN_OF_READERS] = average_curve(list(own.values()))
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
