"""Agreement of a whole study: between readers, pair by pair, and of each reader with itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

from readroom.stats.agreement.chance import (
    brennan_prediger,
    conger_kappa,
    fleiss_kappa,
    gwet_ac,
    percent_agreement,
    randolph_kappa,
)
from readroom.stats.agreement.intraclass import icc
from readroom.stats.agreement.kappa import cohen_kappa, light_kappa
from readroom.stats.agreement.krippendorff import krippendorff_alpha
from readroom.stats.agreement.rank import kendall_w
from readroom.stats.errors import TooFewReaders, UnknownChoice
from readroom.stats.results import Estimate
from readroom.stats.table import Readings

COEFFICIENTS: dict[str, Callable[..., Estimate]] = {
    "percent": percent_agreement,
    "cohen": cohen_kappa,
    "light": light_kappa,
    "fleiss": fleiss_kappa,
    "conger": conger_kappa,
    "randolph": randolph_kappa,
    "brennan-prediger": brennan_prediger,
    "gwet": gwet_ac,
    "krippendorff": krippendorff_alpha,
    "kendall": kendall_w,
    "icc": icc,
}
"""The coefficients by the names that `between_readers`, `between_pairs` and `within_readers` take."""


def between_readers(readings: Readings, coefficient: str = "krippendorff", **settings: object) -> tuple[Estimate, ...]:
    """Estimate inter-reader agreement, for each modality.

    Examples
    --------
    >>> between_readers(readings.only(question="Malignant?"), "gwet", weights="quadratic")

    Parameters
    ----------
    readings : Readings
        Of one question and one session.
    coefficient : str
        A name in `COEFFICIENTS`.
    **settings : object
        Passed to the coefficient: ``weights``, ``metric``, ``form``, ``level``.

    Returns
    -------
    tuple of Estimate
        One per modality, in the order of their names.

    References
    ----------
    - Defined here: the coefficient, with its own references, for each modality.
    """
    estimate = _function(coefficient)
    return tuple(
        replace(found, group={"modality": modality, **found.group})
        for modality in readings.names("modality")
        for found in [estimate(readings.only(modality=modality), **settings)]
    )


def between_pairs(readings: Readings, coefficient: str = "cohen", **settings: object) -> tuple[Estimate, ...]:
    """Estimate the agreement of every pair of readers, for each modality: the cells of an agreement matrix.

    Examples
    --------
    >>> between_pairs(readings, "cohen", weights="linear")

    Parameters
    ----------
    readings : Readings
        Of one question and one session.
    coefficient : str
        A name in `COEFFICIENTS`.
    **settings : object
        Passed to the coefficient.

    Returns
    -------
    tuple of Estimate
        `group` holds modality, first and second reader.

    References
    ----------
    - Defined here: the coefficient, with its own references, for each pair.
    """
    estimate = _function(coefficient)
    found = []
    for modality in readings.names("modality"):
        part = readings.only(modality=modality)
        for first, second in combinations(part.names("reader"), 2):
            cell = estimate(part.only(reader=[first, second]), **settings)
            found.append(replace(cell, group={"modality": modality, "first": first, "second": second}))
    if not found:
        raise TooFewReaders(
            "A pair needs two readers; invite another, or estimate the agreement of a reader with itself over sessions."
        )
    return tuple(found)


def within_readers(readings: Readings, coefficient: str = "cohen", **settings: object) -> tuple[Estimate, ...]:
    """Estimate intra-reader agreement: every reader with itself over sessions, for each modality.

    Examples
    --------
    >>> within_readers(readings.only(question="Malignant?"), "cohen", weights="quadratic")

    Parameters
    ----------
    readings : Readings
        Of one question, with two or more sessions.
    coefficient : str
        A name in `COEFFICIENTS`.
    **settings : object
        Passed to the coefficient.

    Returns
    -------
    tuple of Estimate
        One per modality and reader; sessions take the place of raters.

    Raises
    ------
    TooFewReaders
        A reader has a single session.

    References
    ----------
    - Defined here: the coefficient, with its own references, with sessions in the place of raters.
    """
    estimate = _function(coefficient)
    found = []
    for modality in readings.names("modality"):
        part = readings.only(modality=modality)
        for reader in part.names("reader"):
            cell = estimate(sessions_as_readers(part.only(reader=reader)), **settings)
            found.append(replace(cell, group={"modality": modality, "reader": reader}))
    return tuple(found)


def sessions_as_readers(readings: Readings) -> Readings:
    """Let the sessions of one reader stand as raters, so that every coefficient can compare them.

    Parameters
    ----------
    readings : Readings
        Of one reader.

    Returns
    -------
    Readings
        Whose readers are the sessions.
    """
    reader = readings.one("reader")
    if len(readings.names("session")) < 2:
        raise TooFewReaders(
            f"{reader} read in one session only; agreement of a reader with itself needs a second one. "
            "Let the reader read again, and name the passes in the column session."
        )
    frame = readings.frame.assign(reader=readings.frame["session"], session=reader)
    return replace(readings, frame=frame)


def _function(coefficient: str) -> Callable[..., Estimate]:
    if coefficient not in COEFFICIENTS:
        raise UnknownChoice(f"There is no coefficient {coefficient!r}; take {', '.join(COEFFICIENTS)}.")
    return COEFFICIENTS[coefficient]
