"""Sensitivity, specificity, predictive values and likelihood ratios of yes-no calls."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
from scipy import stats

from readroom.stats.citations import RAO_SCOTT_1992, SIMEL_1991, WILSON_1927
from readroom.stats.design import Cube, Design
from readroom.stats.errors import EmptyClass, MismatchedShapes, MissingTruth, TooFewCases, UnknownChoice
from readroom.stats.intervals import proportion_standard_error, score_interval, wilson_interval
from readroom.stats.numbers import as_numbers
from readroom.stats.results import Estimate, Interval
from readroom.stats.table import Readings

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

CASES = "Cases are independent random samples of the diseased and of the healthy."
PREVALENCE = "The share of diseased cases is that of the practice the statement is about."


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """What calls of diseased or healthy are worth, each with an interval.

    Parameters
    ----------
    sensitivity, specificity : Estimate
        Share of the diseased called diseased, and of the healthy called healthy.
    positive_predictive_value, negative_predictive_value : Estimate or None
        Share of right calls among the positive, and among the negative; None when there was no such call.
    accuracy : Estimate
        Share of right calls.
    positive_likelihood_ratio, negative_likelihood_ratio : Estimate or None
        None when a cell of the table is 0.
    """

    sensitivity: Estimate
    specificity: Estimate
    positive_predictive_value: Estimate | None
    negative_predictive_value: Estimate | None
    accuracy: Estimate
    positive_likelihood_ratio: Estimate | None
    negative_likelihood_ratio: Estimate | None

    @property
    def estimates(self) -> tuple[Estimate, ...]:
        """Those that exist, in the order above."""
        values = [getattr(self, item.name) for item in fields(self)]
        return tuple(value for value in values if value is not None)


def diagnostic_accuracy(calls: npt.ArrayLike, truth: npt.ArrayLike, *, level: float = 0.95) -> Accuracy:
    """Estimate what the calls of one reader are worth.

    Examples
    --------
    >>> found = diagnostic_accuracy([1, 1, 0, 0, 1], [1, 1, 1, 0, 0])
    >>> found.sensitivity.value
    0.666...

    Parameters
    ----------
    calls, truth : array of shape (cases,)
        1 diseased, 0 healthy; a call is NaN where missing, and such cases are left out.
    level : float
        Coverage of the intervals.

    Returns
    -------
    Accuracy

    References
    ----------
    - Wilson (1927), pp. 209-212: intervals of shares.
    - Simel, Samsa & Matchar (1991), pp. 763-770: log intervals of likelihood ratios.
    """
    called, known = _binary(calls, "calls"), _binary(truth, "truth")
    if called.ndim != 1 or called.shape != known.shape:
        raise MismatchedShapes(f"Calls {called.shape} and truth {known.shape} must be two rows of the same length.")
    return _accuracy(called[None], known, {}, Design.of_cases(~np.isnan(called)), level)


def reader_accuracy(readings: Readings, *, threshold: float | None = None, level: float = 0.95) -> tuple[Accuracy, ...]:
    """Estimate accuracy for each modality and reader, and pooled over readers.

    Examples
    --------
    >>> reader_accuracy(readings.only(question="Malignant?"), threshold=4)

    Parameters
    ----------
    readings : Readings
        Of one question and session, with truth.
    threshold : float, optional
        A rating of at least this is a call of diseased. Without it the ratings must be 0 and 1.
    level : float
        Coverage of the intervals.

    Returns
    -------
    tuple of Accuracy
        By modality: every reader, then all readers together, whose intervals allow for readings of one case being
        alike.

    References
    ----------
    - Wilson (1927), pp. 209-212: intervals of shares.
    - Simel, Samsa & Matchar (1991), pp. 763-770: log intervals of likelihood ratios.
    - Rao & Scott (1992), pp. 577-585: effective sample size of shares with several readings of one case.
    """
    cube = readings.cube()
    diseased = cube.is_diseased.astype(float)
    found = []
    for at, modality in enumerate(cube.modalities):
        calls = _calls(cube.ratings[at], threshold)
        for row, reader in enumerate(cube.readers):
            group = {"modality": modality, "reader": reader}
            found.append(_accuracy(calls[row : row + 1], diseased, group, _part(cube, at, row), level))
        if len(cube.readers) > 1:
            group = {"modality": modality, "reader": "all readers"}
            found.append(_accuracy(calls, diseased, group, _part(cube, at, None), level))
    return tuple(found)


def _part(cube: Cube, modality: int, reader: int | None) -> Design:
    rows = slice(None) if reader is None else slice(reader, reader + 1)
    return Design(
        (cube.modalities[modality],), cube.readers[rows], cube.cases, cube.mask[modality : modality + 1, rows]
    )


def _calls(ratings: Floats, threshold: float | None) -> Floats:
    if threshold is None:
        return _binary(ratings, "ratings")
    return np.where(np.isnan(ratings), np.nan, ratings >= threshold)


def _binary(values: npt.ArrayLike, name: str) -> Floats:
    numbers = as_numbers(values, name)
    if not np.isin(numbers[~np.isnan(numbers)], [0, 1]).all():
        raise UnknownChoice(
            f"The {name} must be 1 (diseased) and 0 (healthy), NaN where missing; give a threshold to cut ratings."
        )
    if name == "truth" and np.isnan(numbers).any():
        raise MissingTruth(f"The truth of {int(np.isnan(numbers).sum())} cases is missing; leave those cases out.")
    return numbers


def _accuracy(calls: Floats, truth: Floats, group: dict[str, str], design: Design, level: float) -> Accuracy:
    """From calls (readers, cases): hits and trials of every case, summed over readers."""
    read = ~np.isnan(calls)
    positive, diseased = np.nan_to_num(calls) == 1, (truth == 1)[None]
    for name, there in (("diseased", read & diseased), ("healthy", read & ~diseased)):
        if not there.any():
            raise EmptyClass(f"No {name} case was called; both classes are needed. Check the truth and the calls.")
    missing = int((~read).sum())
    share = _Shares(
        group=group,
        design=design,
        level=level,
        notes=(f"{missing} of {read.size} calls are missing.",) if missing else (),
    )
    right = positive == diseased
    is_diseased, is_healthy = read & diseased, read & ~diseased
    called, cleared = read & positive, read & ~positive
    return Accuracy(
        sensitivity=share.estimate("sensitivity", right, is_diseased),
        specificity=share.estimate("specificity", right, is_healthy),
        positive_predictive_value=share.estimate("positive predictive value", right, called) if called.any() else None,
        negative_predictive_value=share.estimate("negative predictive value", right, cleared)
        if cleared.any()
        else None,
        accuracy=share.estimate("accuracy", right, read),
        positive_likelihood_ratio=share.ratio("positive likelihood ratio", positive, is_diseased, is_healthy),
        negative_likelihood_ratio=share.ratio("negative likelihood ratio", ~positive, is_diseased, is_healthy),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shares:
    group: dict[str, str]
    design: Design
    level: float
    notes: tuple[str, ...]

    def estimate(self, name: str, hits: Bools, of: Bools) -> Estimate:
        """A share of readings, with the variance of a ratio over cases when cases were read more than once."""
        by_case, trials = (hits & of).sum(axis=0), of.sum(axis=0)
        k, n = int(by_case.sum()), int(trials.sum())
        is_clustered = len(of) > 1
        if is_clustered:
            error, interval = clustered_share(by_case, trials, self.level)
            method = "share of readings, Wilson interval with the effective sample size over cases"
        else:
            error, interval = proportion_standard_error(k, n), wilson_interval(k, n, level=self.level)
            method = "share of cases, Wilson interval"
        depends = name.endswith("value") or name == "accuracy"
        return Estimate(
            name=name,
            value=k / n,
            standard_error=error,
            interval=interval,
            n={"cases": int((trials > 0).sum()), "readings": n, "successes": k},
            method=method,
            assumptions=(CASES, PREVALENCE) if depends else (CASES,),
            citations=(WILSON_1927, RAO_SCOTT_1992) if is_clustered else (WILSON_1927,),
            group=self.group,
            notes=self.notes,
            design=self.design,
        )

    def ratio(self, name: str, calls: Bools, diseased: Bools, healthy: Bools) -> Estimate | None:
        """A ratio of two shares; its log has the variance of two independent classes of cases."""
        above, below = self.estimate(name, calls, diseased), self.estimate(name, calls, healthy)
        if not (above.value > 0 and below.value > 0):
            return None
        value = above.value / below.value
        parts = [(part.standard_error or 0.0) / part.value for part in (above, below)]
        error = float(np.sqrt(sum(part**2 for part in parts)))
        half = float(stats.norm.ppf((1 + self.level) / 2)) * error
        return Estimate(
            name=name,
            value=value,
            standard_error=value * error,
            interval=Interval(float(value * np.exp(-half)), float(value * np.exp(half)), self.level),
            n={"diseased readings": above.n["readings"], "healthy readings": below.n["readings"]},
            method="ratio of two shares, normal interval of its logarithm",
            assumptions=(CASES,),
            citations=(SIMEL_1991,),
            group=self.group,
            notes=self.notes,
            design=self.design,
        )


def clustered_share(hits: npt.NDArray[np.int_], trials: npt.NDArray[np.int_], level: float) -> tuple[float, Interval]:
    """Standard error and interval of a share when every case was read several times: Rao & Scott (1992), pp. 577-585.

    With x_i hits in n_i trials of case i, of I cases: variance I / (I - 1) sum((x_i - n_i p)^2) / (sum n_i)^2; the
    effective sample size is sum(n_i) divided by that variance's ratio to the binomial one.
    """
    read = trials > 0
    cases, k, n = int(read.sum()), int(hits.sum()), int(trials.sum())
    if cases < 2:
        raise TooFewCases(f"{cases} case(s) of one class were read; two are needed for a standard error. Add cases.")
    share = k / n
    residual = hits[read] - share * trials[read]
    error = float(np.sqrt(cases / (cases - 1) * (residual**2).sum()) / n)
    binomial = share * (1 - share) / n
    design_effect = max(error**2 / binomial, 1 / n) if binomial > 0 else float(n / cases)
    effective = max(n / design_effect, 1.0)
    return error, score_interval(share, effective, level)
