"""The one-shot MRMC variance by U-statistics, for any design: who read what may be arbitrary."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations, combinations_with_replacement
from typing import Literal

import numpy as np

from readroom.stats.citations import GALLAS_2006, GALLAS_2007, GALLAS_2009, GAYLOR_1969, OBUCHOWSKI_2012
from readroom.stats.design import Cube, Floats
from readroom.stats.errors import IncompleteDesign, NegativeVariance, TooFewCases, TooFewReaders, UnknownChoice
from readroom.stats.mrmc.designs import StudyDesign, design_of
from readroom.stats.mrmc.endpoints import Auc, Endpoint
from readroom.stats.mrmc.figures import refuse_constant
from readroom.stats.mrmc.inference import Report
from readroom.stats.mrmc.moments import PairSums, sum_pairs
from readroom.stats.mrmc.results import Inference, MrmcResult
from readroom.stats.results import Estimate, HypothesisTest

__all__ = ["Decomposition", "VarianceMethod", "decompose", "u_statistics"]

VarianceMethod = Literal["unbiased", "v-statistic"]

ASSUMPTIONS = (
    "Cases of each class are independent of each other, and so are readers.",
    "Who read what does not depend on the ratings.",
)
ROUNDING = 1e-15
NORMAL_ABOVE = 50
"""Degrees of freedom above which the normal law is used, as the program iMRMC does."""

SHARED: dict[int, tuple[frozenset[str], ...]] = {
    4: (frozenset("ND"), frozenset("D"), frozenset("N"), frozenset()),
    2: (frozenset("C"), frozenset()),
}
"""By the number of kinds of pairs (see `PairSums`), what each shares: N healthy, D diseased, C any case."""


@dataclass(frozen=True, slots=True, eq=False)
class Decomposition:
    """Success moments of two modalities and what they weigh in the covariance of their reader-averaged estimates.

    For the AUC the moments are M1 ... M8 (Gallas 2006; Gallas et al. 2009): same reader, then different readers,
    sharing both cases, the diseased, the healthy, or neither. For proportions they are four: same case or not.

    Parameters
    ----------
    first, second : float
        The two estimates, over all readers.
    moments, biased_moments : ndarray
        Over combinations that share exactly, and at least, what the moment says.
    coefficients : ndarray
        Their weights; the last is reduced by 1 for the product of the means.
    """

    first: float
    second: float
    moments: Floats
    biased_moments: Floats
    coefficients: Floats

    @property
    def unbiased(self) -> float:
        """Covariance by U-statistics; its expectation is right, it may be negative."""
        return float(self.coefficients @ self.moments)

    @property
    def biased(self) -> float:
        """Covariance by V-statistics (maximum likelihood for the components); never negative if all is read."""
        return float(self.coefficients @ self.biased_moments)

    def covariance(self, method: VarianceMethod) -> float:
        """The covariance by either method."""
        return self.unbiased if method == "unbiased" else self.biased

    def components(self, method: VarianceMethod) -> dict[str, tuple[float, float]]:
        """Variance components and their weights, by what varies: N, D, ND, R, NR, DR, RND (cases C: C, R, RC).

        N are healthy cases, D diseased ones, R readers; ND is what both together add (the components of Barrett,
        Clarkson & Kupinski from the moments: Gallas et al. 2009, eq. 19). A component that has no weight in this
        design is 0.
        """
        kinds = SHARED[len(self.moments) // 2]
        sharing = [kind | {"R"} for kind in kinds] + list(kinds)
        values = self.moments if method == "unbiased" else self.biased_moments
        answer = {}
        for what in sorted(set(sharing) - {frozenset()}, key=lambda what: (len(what), sorted(what))):
            weight = sum(float(c) for c, kind in zip(self.coefficients, sharing, strict=True) if kind >= what)
            component = sum(
                (-1) ** len(what - kind) * float(m) for m, kind in zip(values, sharing, strict=True) if kind <= what
            )
            answer["".join(sorted(what))] = (component if weight > 0 else 0.0, weight)
        return answer

    def factors(self) -> dict[str, tuple[float, float]]:
        """Healthy cases, diseased cases and readers: the component of each alone by V-statistics, and its weight."""
        return {name: value for name, value in self.components("v-statistic").items() if len(name) == 1}


def decompose(cube: Cube, *, endpoint: Endpoint | None = None) -> dict[tuple[str, str], Decomposition]:
    """Success moments of every pair of modalities, each with itself included; refuses nothing negative.

    Examples
    --------
    >>> decompose(cube)["CT", "MRI"].unbiased  # covariance of the two reader-averaged AUCs

    Parameters
    ----------
    cube : Cube
        Ratings by modality, reader and case; any of them may be missing.
    endpoint : Auc, Sensitivity, Specificity or Agreement
        The AUC unless given.

    Returns
    -------
    dict of (modality, modality) to Decomposition

    References
    ----------
    - Gallas (2006), pp. 353-362: the eight moments of the AUC and their estimates from one study.
    - Gallas, Pennello & Myers (2007), pp. B70-B80: the four moments of binary scores.
    - Gallas, Bandos, Samuelson & Wagner (2009), eq. 19: components from moments; pp. 2586-2603: V-statistics.
    """
    return _decompose(cube, sum_pairs(cube, endpoint or Auc()))


def _decompose(cube: Cube, pairs: PairSums) -> dict[tuple[str, str], Decomposition]:
    cells = (len(cube.modalities), len(cube.readers))
    exclusive = pairs.exclusive()
    raw, own = (
        [values.reshape(-1, *cells, *cells) for values in (sums.sums, sums.counts)] for sums in (pairs, exclusive)
    )
    estimates = [_estimate(raw[0], raw[1], modality) for modality in range(cells[0])]
    answer = {}
    for (i, first), (k, second) in combinations_with_replacement(enumerate(cube.modalities), 2):
        sums, counts = (_by_reader(values[:, i, :, k, :], different=False) for values in raw)
        own_sums, own_counts = (_by_reader(values[:, i, :, k, :], different=True) for values in own)
        weights = own_counts / counts[-1]
        weights[-1] -= 1.0
        answer[first, second] = Decomposition(
            estimates[i], estimates[k], _ratio(own_sums, own_counts), _ratio(sums, counts), weights
        )
    return answer


def _by_reader(values: Floats, *, different: bool) -> Floats:
    """Sums over pairs of one reader with itself, then over pairs of different readers (or over all pairs)."""
    same = np.einsum("krr->k", values)
    every = values.sum(axis=(1, 2))
    return np.concatenate([same, every - same if different else every])


def _ratio(numerators: Floats, denominators: Floats) -> Floats:
    ratios: Floats = np.divide(numerators, denominators, out=np.zeros_like(numerators), where=denominators > 0)
    return ratios


def _estimate(sums: Floats, counts: Floats, modality: int) -> float:
    """Sum of all scores over their number: the diagonal of products is the square of a reader's own sum."""
    totals, numbers = (np.sqrt(np.diagonal(values[-1, modality, :, modality, :])) for values in (sums, counts))
    return float(totals.sum() / numbers.sum())


def u_statistics(
    cube: Cube,
    *,
    endpoint: Endpoint | None = None,
    variance: VarianceMethod = "unbiased",
    level: float = 0.95,
) -> MrmcResult:
    """Compare modalities with random readers and cases, whatever each reader has read.

    Examples
    --------
    >>> result = u_statistics(cube)
    >>> print(result.difference("CT", "MRI").estimate)

    Parameters
    ----------
    cube : Cube
        Ratings by modality, reader and case; any of them may be missing.
    endpoint : Auc, Sensitivity, Specificity or Agreement
        The AUC unless given. Readers weigh by the number of their (pairs of) cases.
    variance : {"unbiased", "v-statistic"}
        U-statistics, or V-statistics (biased upwards; never negative when nothing is missing).
    level : float
        Coverage of the intervals.

    Returns
    -------
    MrmcResult
        Without an overall test. Degrees of freedom by Satterthwaite over readers and the two classes of cases, rounded
        down; above 50 the normal law.

    Raises
    ------
    NegativeVariance
        The unbiased estimate of a variance is below 0; V-statistics are offered.
    TooFewReaders, TooFewCases, EmptyClass, MissingTruth, ConstantRatings, UnknownChoice

    References
    ----------
    - Gallas (2006), pp. 353-362: the unbiased variance of the AUC; binary scores: Gallas, Pennello & Myers (2007).
    - Gallas, Bandos, Samuelson & Wagner (2009), eq. 19: components from moments; pp. 2586-2603: V-statistics.
    - Obuchowski, Gallas & Hillis (2012), eq. 8: covariance; eq. 9: the statistic, and its degrees of freedom after it.
    - Gaylor & Hopper (1969), eq. 5: the fewest degrees of freedom.
    """
    if variance not in {"unbiased", "v-statistic"}:
        raise UnknownChoice(f"There is no variance {variance!r}; choose unbiased or v-statistic.")
    endpoint = endpoint or Auc()
    refuse_constant(cube, endpoint)
    _require_readers(cube)
    pairs = sum_pairs(cube, endpoint)
    parts = _decompose(cube, pairs)
    study_design = design_of(cube.design)
    report = _report(cube, endpoint, variance, level, study_design)
    return MrmcResult(
        endpoint=endpoint.name,
        method=report.method,
        inference=Inference.RANDOM_READERS_RANDOM_CASES,
        overall=None,
        means=tuple(_means(report, cube, parts, variance)),
        differences=tuple(_differences(report, cube, parts, variance)),
        readers=tuple(_readers(report, cube, pairs)),
        components=_components(parts),
        design=cube.design,
        study_design=study_design,
        notes=report.notes,
        citations=report.citations,
        assumptions=report.assumptions,
    )


def _require_readers(cube: Cube) -> None:
    cells = np.any(cube.mask, axis=2)
    for name, count in zip(cube.modalities, cells.sum(axis=1), strict=True):
        if count == 0:
            raise IncompleteDesign(f"Nobody read under {name}; leave it out with 'leave_out'.")
        if count < 2:
            raise TooFewReaders(
                f"One reader read under {name}; with random readers at least two are needed. Add readers, or use "
                "the Obuchowski-Rockette analysis with fixed readers and conclude for this reader only."
            )


def _report(cube: Cube, endpoint: Endpoint, variance: VarianceMethod, level: float, design: StudyDesign) -> Report:
    notes = [f"The design is {design}."]
    if not (np.any(cube.mask, axis=2).sum(axis=0) == len(cube.modalities)).all():
        notes.append(
            "Not every reader read under every modality: no degrees of freedom are established for the difference; "
            "those given take the smaller number of readers."
        )
    if variance == "v-statistic":
        notes.append("Variances are V-statistics: biased upwards, so that tests are conservative.")
    diseased = int(cube.is_diseased.sum())
    return Report(
        endpoint=endpoint.name,
        method=f"MRMC {'U' if variance == 'unbiased' else 'V'}-statistics, random readers and random cases",
        level=level,
        n={**cube.design.n, "diseased": diseased, "healthy": len(cube.cases) - diseased},
        assumptions=ASSUMPTIONS,
        citations=(
            GALLAS_2006 if isinstance(endpoint, Auc) else GALLAS_2007,
            GALLAS_2009,
            OBUCHOWSKI_2012,
            GAYLOR_1969,
        ),
        notes=tuple(notes),
        design=cube.design,
    )


def satterthwaite_degrees(variance: float, factors: dict[str, tuple[float, float]]) -> float:
    """Degrees of freedom of a sum of mean squares of readers, healthy and diseased cases.

    A factor with n levels (n is one over its weight) adds component / (n - 1) with n - 1 degrees of freedom:
    Obuchowski, Gallas & Hillis (2012), after eq. 9. Never fewer degrees than the smallest factor has: Gaylor & Hopper
    (1969), eq. 5.
    """
    degrees = {name: round(1 / weight) - 1 for name, (_, weight) in factors.items() if weight > 0}
    if min(degrees.values()) < 1:
        raise TooFewCases("There are fewer than two cases of a class or fewer than two readers; add what is missing.")
    spread = sum((factors[name][0] / n) ** 2 / n for name, n in degrees.items())
    return max(variance**2 / spread if spread > 0 else math.inf, float(min(degrees.values())))


def rounded_degrees(degrees: float) -> float:
    """Whole degrees of freedom, or infinitely many above 50."""
    return math.inf if degrees > NORMAL_ABOVE else float(math.floor(degrees))


def _positive(variance: float, method: VarianceMethod, what: str) -> float:
    if variance >= -ROUNDING:
        return max(variance, 0.0)
    remedy = (
        "Use V-statistics (biased upwards; never negative when nothing is missing)."
        if method == "unbiased"
        else "Too many readings are missing; leave the readers or cases out that lack most."
    )
    raise NegativeVariance(
        f"The {method} variance of {what} is {variance:.3g}, below zero, as can happen with few cases or readers; "
        f"there is no test. {remedy}"
    )


def _means(
    report: Report, cube: Cube, parts: dict[tuple[str, str], Decomposition], method: VarianceMethod
) -> Iterator[Estimate]:
    for name in cube.modalities:
        part = parts[name, name]
        variance = _positive(part.covariance(method), method, f"the {report.endpoint} of {name}")
        degrees = satterthwaite_degrees(variance, part.factors())
        estimate = report.estimate(part.first, variance, rounded_degrees(degrees), {"modality": name})
        yield replace(estimate, details={"df": degrees, **_weights(part)})


def _weights(part: Decomposition) -> dict[str, float]:
    return {f"levels of {name}": 1 / weight for name, (_, weight) in part.factors().items() if weight > 0}


def _differences(
    report: Report, cube: Cube, parts: dict[tuple[str, str], Decomposition], method: VarianceMethod
) -> Iterator[HypothesisTest]:
    for first, second in combinations(cube.modalities, 2):
        of_first, of_second, of_both = parts[first, first], parts[second, second], parts[first, second]
        variance = of_first.covariance(method) + of_second.covariance(method) - 2 * of_both.covariance(method)
        _positive(variance, method, f"the difference of {report.endpoint} between {first} and {second}")
        degrees = satterthwaite_degrees(variance, _factors_of_difference(of_first, of_second, of_both))
        group = {"modality": first, "against": second}
        test = report.difference(of_first.first - of_second.first, variance, rounded_degrees(degrees), group)
        yield replace(test, details={"df": degrees})


def _factors_of_difference(
    first: Decomposition, second: Decomposition, both: Decomposition
) -> dict[str, tuple[float, float]]:
    """Components of a difference; a factor has the levels of the modality that has fewer."""
    a, b, ab = first.factors(), second.factors(), both.factors()
    return {name: (a[name][0] + b[name][0] - 2 * ab[name][0], max(a[name][1], b[name][1])) for name in a}


def _readers(report: Report, cube: Cube, pairs: PairSums) -> Iterator[Estimate]:
    """Each reader alone: the variance is over cases."""
    covariance = pairs.unbiased_covariance()
    cells = np.any(cube.mask, axis=2)
    for i, modality in enumerate(cube.modalities):
        for j, reader in enumerate(cube.readers):
            if cells[i, j]:
                cell = i * len(cube.readers) + j
                value = math.sqrt(pairs.sums[-1, cell, cell]) / math.sqrt(pairs.counts[-1, cell, cell])
                group = {"modality": modality, "reader": reader}
                yield report.estimate(value, float(covariance[cell, cell]), math.inf, group)


def _components(parts: dict[tuple[str, str], Decomposition]) -> dict[str, float]:
    values = {}
    for (first, second), part in parts.items():
        pair = first if first == second else f"{first},{second}"
        for number, (moment, weight) in enumerate(zip(part.moments, part.coefficients, strict=True), start=1):
            values[f"M{number}|{pair}"] = float(moment)
            values[f"weight of M{number}|{pair}"] = float(weight)
        values[f"unbiased|{pair}"], values[f"v-statistic|{pair}"] = part.unbiased, part.biased
    return values
