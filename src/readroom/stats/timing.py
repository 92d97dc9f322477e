"""Reading time: how long, whether readers get faster, and which times cannot be right."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from readroom.stats.citations import FELDMAN_1988, WRIGHT_1936
from readroom.stats.design import Design
from readroom.stats.errors import MissingColumn, NotANumber, TooFewCases, TooFewReaders
from readroom.stats.intervals import t_interval
from readroom.stats.results import MEAN_OF_READERS, Estimate, Interval
from readroom.stats.summaries import median_estimate
from readroom.stats.table import Readings

Floats = npt.NDArray[np.float64]

LIMIT = 3.5
CASE = ["reader", "modality", "session", "display_set"]
"""The columns that name one look of a reader at a case."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LearningCurve:
    """How reading time changes with the number of cases read.

    Parameters
    ----------
    learning_rate : Estimate
        Over readers: the factor by which time changes when the number of cases read doubles (0.9: ten per cent
        less). Its interval treats readers as a sample.
    by_reader : tuple of Estimate
        The same for each reader.
    points : DataFrame
        ``reader, order, seconds, fitted`` for the plot; order counts from 1.
    """

    learning_rate: Estimate
    by_reader: tuple[Estimate, ...]
    points: pd.DataFrame


def reading_times(readings: Readings, *, level: float = 0.95) -> tuple[Estimate, ...]:
    """Estimate the median active time per case, of every reader and of the readers together.

    Examples
    --------
    >>> to_frame(reading_times(readings.only(session="first")))

    Parameters
    ----------
    readings : Readings
        With ``seconds``; times of several questions of one display set are added up.
    level : float
        Coverage of the intervals.

    Returns
    -------
    tuple of Estimate
        By modality: the readers, then the cases' medians over readers.

    References
    ----------
    - Conover (1999), section 3.2: the interval of a median.
    """
    times = case_times(readings)
    found = []
    for modality, part in times.groupby("modality", sort=False):
        for reader, own in part.groupby("reader", sort=False):
            estimate = median_estimate("seconds per case", own["seconds"], level=level)
            group = {"modality": str(modality), "reader": str(reader)}
            found.append(replace(estimate, group=group, design=Design.of(own)))
        if len(part["reader"].unique()) > 1:
            by_case = part.groupby("display_set")["seconds"].median()
            estimate = median_estimate("seconds per case", by_case, level=level)
            group = {"modality": str(modality), "reader": "median of readers"}
            found.append(replace(estimate, group=group, design=Design.of(part)))
    return tuple(found)


def case_times(readings: Readings) -> pd.DataFrame:
    """Active seconds of every reader, modality, session and display set.

    Examples
    --------
    >>> case_times(readings).groupby("reader")["seconds"].median()

    Parameters
    ----------
    readings : Readings
        With ``seconds``; times of several questions of one display set are added up.

    Returns
    -------
    pandas.DataFrame
        ``reader, modality, session, display_set, seconds`` in the order of the table; cases without a time are left
        out. ``order``, which case the reader saw first, comes from the moments in a column ``created``, or from a
        column ``order``, where there is one.
    """
    frame = readings.frame
    known = frame[frame["seconds"].notna()]
    if known.empty:
        raise MissingColumn("No reading has a time; fill the column seconds with the active seconds of each reading.")
    _refuse_impossible(known)
    times: pd.DataFrame = known.groupby(CASE, sort=False)["seconds"].sum().reset_index()
    order = _order(known)
    return times if order is None else times.assign(order=order)


def _refuse_impossible(known: pd.DataFrame) -> None:
    """A question may have taken no time, a case may not."""
    of_case = known.groupby(CASE, sort=False)["seconds"].transform("sum")
    wrong = known[(known["seconds"] < 0) | (of_case <= 0)]
    if len(wrong):
        line, seconds = wrong.index[0], wrong["seconds"].iloc[0]
        raise NotANumber(f"Line {line}: a time of {seconds:g} seconds; leave it empty if unknown.")


def _order(known: pd.DataFrame) -> Floats | None:
    """The moment of the first answer to each case, or the place that the table gives it."""
    if "created" in known:
        moments = known.assign(moment=pd.to_datetime(known["created"], errors="coerce", utc=True, format="ISO8601"))
        first = moments.groupby(CASE, sort=False)["moment"].min()
        if first.isna().any():
            raise NotANumber("The column created must hold a date and time for every case, as 2026-03-01T09:30:00Z.")
        return np.asarray(first.rank(method="first"), dtype=np.float64)
    if "order" not in known:
        return None
    order = known.groupby(CASE, sort=False)["order"].first()
    numbers: Floats = pd.to_numeric(order, errors="coerce").to_numpy(float)
    if np.isnan(numbers).any():
        raise NotANumber("The column order must hold numbers: 1 for the case that a reader read first.")
    return numbers


def learning_curve(readings: Readings, *, level: float = 0.95) -> LearningCurve:
    """Estimate how much faster readers get.

    Examples
    --------
    >>> learning_curve(readings).learning_rate

    Parameters
    ----------
    readings : Readings
        With ``seconds``, and when each case was read: the moments of the answers in ``created``, or its place in the
        reader's own sequence in ``order``. Without them the order of the rows is taken, and the notes say so.
    level : float
        Coverage of the intervals.

    Returns
    -------
    LearningCurve

    Raises
    ------
    TooFewCases
        A reader has fewer than three times.

    Notes
    -----
    log2 seconds = intercept + slope * log2 order for each reader; the mean slope over readers with a t interval is the
    two-stage estimate of a mixed model with random intercepts and slopes.

    References
    ----------
    - Wright (1936), pp. 122-128: the log-linear learning curve.
    - Feldman (1988), pp. 1721-1732: slopes by subject, then their mean.
    """
    times = case_times(readings)
    notes: tuple[str, ...] = ()
    if "order" not in times:
        times["order"] = times.groupby("reader").cumcount() + 1
        notes = ("There is no column created or order; cases were taken in the order of the rows.",)
    else:
        times["order"] = times.groupby("reader")["order"].rank(method="first")
    fits = {str(reader): _fit(own, str(reader)) for reader, own in times.groupby("reader", sort=False)}
    times["fitted"] = np.nan
    for fit in fits.values():
        times.loc[fit.rows, "fitted"] = 2 ** (fit.intercept + fit.slope * np.log2(times.loc[fit.rows, "order"]))
    by_reader = tuple(
        replace(_rate(fit, reader, notes, level), design=Design.of(times.loc[fit.rows])) for reader, fit in fits.items()
    )
    slopes = np.array([fit.slope for fit in fits.values()])
    over_readers = _over_readers(slopes, len(times), notes, level) if len(slopes) > 1 else by_reader[0]
    return LearningCurve(
        learning_rate=replace(over_readers, design=Design.of(times)),
        by_reader=by_reader,
        points=times[["reader", "order", "seconds", "fitted"]].reset_index(drop=True),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    rows: npt.NDArray[np.intp]
    intercept: float
    slope: float
    error: float
    p_value: float


def _fit(own: pd.DataFrame, reader: str) -> _Fit:
    if len(own) < 3:
        raise TooFewCases(
            f"{reader} has {len(own)} times; a learning curve needs at least three. Leave that reader out."
        )
    order = np.log2(own["order"].to_numpy(float))
    line = stats.linregress(order, np.log2(own["seconds"].to_numpy(float)))
    return _Fit(own.index.to_numpy(), float(line.intercept), float(line.slope), float(line.stderr), float(line.pvalue))


def _rate(fit: _Fit, reader: str, notes: tuple[str, ...], level: float) -> Estimate:
    return _as_rate(
        fit.slope,
        fit.error,
        len(fit.rows) - 2,
        level,
        Estimate(
            name="learning rate",
            value=0.0,
            n={"cases": len(fit.rows)},
            method="log-linear regression of time on order, t interval",
            assumptions=("Log times scatter alike around the line, independently.",),
            citations=(WRIGHT_1936,),
            group={"reader": reader},
            details={"slope": fit.slope, "intercept": fit.intercept, "p_value": fit.p_value},
            notes=notes,
        ),
    )


def _over_readers(slopes: Floats, times: int, notes: tuple[str, ...], level: float) -> Estimate:
    if len(slopes) < 2:
        raise TooFewReaders
    error = float(slopes.std(ddof=1) / np.sqrt(len(slopes)))
    slope = float(slopes.mean())
    details = {"slope": slope}
    if error > 0:
        details["p_value"] = float(2 * stats.t.sf(abs(slope / error), len(slopes) - 1))
    return _as_rate(
        slope,
        error,
        len(slopes) - 1,
        level,
        Estimate(
            name="learning rate",
            value=0.0,
            n={"readers": len(slopes), "readings": times},
            method="mean of the readers' log-linear slopes (two-stage), t interval over readers",
            assumptions=("Readers are a random sample, their slopes normally distributed.",),
            citations=(WRIGHT_1936, FELDMAN_1988),
            group={"reader": MEAN_OF_READERS},
            details=details,
            notes=notes,
        ),
    )


def _as_rate(slope: float, error: float, degrees: int, level: float, estimate: Estimate) -> Estimate:
    """A slope of log2 time on log2 order as the factor per doubling."""
    value = 2**slope
    around = t_interval(slope, error, degrees, level)
    return replace(
        estimate,
        value=value,
        standard_error=value * float(np.log(2)) * error,
        interval=Interval(2**around.low, 2**around.high, level),
    )


def time_outliers(readings: Readings, *, limit: float = LIMIT) -> pd.DataFrame:
    """Find times that a reader's other times do not explain: a tab left open, a click by mistake.

    Examples
    --------
    >>> time_outliers(readings)[["reader", "display_set", "seconds"]]

    Parameters
    ----------
    readings : Readings
        With ``seconds``.
    limit : float
        Of the modified z score.

    Returns
    -------
    pandas.DataFrame
        The rows of `case_times` beyond the limit, with ``z`` (negative: too fast), the largest first.

    Notes
    -----
    0.6745 (x - median) / MAD of log seconds within each reader and modality. Readers whose times are more than half
    equal have no MAD and no outliers.

    References
    ----------
    - Iglewicz & Hoaglin (1993), section 3.3: modified z scores with the limit 3.5.
    """
    times = case_times(readings)
    logs = np.log(times["seconds"])
    group = [times["reader"], times["modality"]]
    middle = logs.groupby(group).transform("median")
    spread = (logs - middle).abs().groupby(group).transform("median")
    z = 0.6745 * (logs - middle) / spread.where(spread > 0)
    found = times.assign(z=z)[z.abs() > limit]
    largest_first: pd.DataFrame = found.reindex(found["z"].abs().sort_values(ascending=False).index)
    return largest_first
