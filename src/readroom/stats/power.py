"""Power and sample size of MRMC studies."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass

from scipy import stats

from readroom.stats.citations import GALLAS_HILLIS_2014, HILLIS_2011, ROE_METZ_1997
from readroom.stats.errors import BadRequest, MissingColumn, UnreachablePower
from readroom.stats.mrmc.results import MrmcResult
from readroom.stats.mrmc.roe_metz import RoeMetz

__all__ = ["Pilot", "Power", "power", "sample_size"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pilot:
    """The variance components that a plan rests on.

    Examples
    --------
    >>> pilot = Pilot.of(obuchowski_rockette(cube))
    >>> pilot = Pilot.published("HL", auc=0.855, cases=100)

    Parameters
    ----------
    modality_reader : float
        Variance of the modality-by-reader effect; negative ones count as 0.
    var, cov1, cov2, cov3 : float
        Error variance and covariances with `cases` cases.
    cases : int
        Cases of the pilot.
    source : str
        Where the components come from, for the methods section.
    citations : tuple of str
        Of the source.

    References
    ----------
    - Hillis, Obuchowski & Berbaum (2011), eq. 9: the modality-by-reader component; step 2: negative ones are 0.
    - Roe & Metz (1997), pp. 298-303: the published settings.
    - Gallas & Hillis (2014), unnumbered: their components.
    """

    modality_reader: float
    var: float
    cov1: float
    cov2: float
    cov3: float
    cases: int
    source: str = "a pilot study"
    citations: tuple[str, ...] = ()

    @classmethod
    def of(cls, result: MrmcResult) -> Pilot:
        """The components of an Obuchowski-Rockette analysis of crossed readers."""
        components = result.components
        absent = {"Var(TR)", "Var", "Cov1", "Cov2", "Cov3"} - set(components)
        if absent:
            raise MissingColumn(
                f"The result has no {', '.join(sorted(absent))}; take that of an Obuchowski-Rockette analysis in "
                "which every reader read under both modalities."
            )
        return cls.from_components(components, cases=len(result.design.cases), source="the pilot data")

    @classmethod
    def published(cls, structure: str = "HL", *, auc: float = 0.855, cases: int = 100) -> Pilot:
        """Components of a published simulation setting, half of the cases diseased: for a study without a pilot.

        Structures are those of Roe & Metz (1997): correlation between ratings of a case (H or L), then variance between
        readers (H or L); their components for the AUC are exact (Gallas & Hillis 2014).
        """
        model = RoeMetz.published(structure, auc=auc)
        components = model.components(healthy=cases // 2, diseased=cases - cases // 2)
        source = f"the published setting {structure} with AUC {auc:g} of Roe and Metz"
        return cls.from_components(
            components, cases=cases, source=source, citations=(ROE_METZ_1997, GALLAS_HILLIS_2014)
        )

    @classmethod
    def from_components(
        cls, components: Mapping[str, float], *, cases: int, source: str, citations: tuple[str, ...] = ()
    ) -> Pilot:
        """Components by the names that `MrmcResult.components` gives them."""
        return cls(
            modality_reader=components["Var(TR)"],
            var=components["Var"],
            cov1=components["Cov1"],
            cov2=components["Cov2"],
            cov3=components["Cov3"],
            cases=cases,
            source=source,
            citations=citations,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """The power of a planned study.

    Parameters
    ----------
    readers, cases : int
        Its size; cases in the proportion of diseased of the pilot.
    effect : float
        Difference of the endpoint to be detected.
    value : float
        The power.
    noncentrality, degrees_of_freedom, critical_value : float
        Of the F test with 1 numerator degree of freedom.
    significance : float
        Two-sided.
    pilot : Pilot
        What it rests on.
    """

    readers: int
    cases: int
    effect: float
    value: float
    noncentrality: float
    degrees_of_freedom: float
    critical_value: float
    significance: float
    pilot: Pilot

    @property
    def citations(self) -> tuple[str, ...]:
        """Papers, with those of the components."""
        return (HILLIS_2011, *self.pilot.citations)

    def __str__(self) -> str:
        return (
            f"{self.readers} readers and {self.cases} cases detect a difference of {self.effect:g} with power "
            f"{self.value:.3f} (two-sided, {self.significance:g}; components of {self.pilot.source})"
        )


def power(pilot: Pilot, *, readers: int, cases: int, effect: float, significance: float = 0.05) -> Power:
    """Power to detect a difference between two modalities with random readers and cases, all crossed.

    Examples
    --------
    >>> print(power(Pilot.published("HL"), readers=6, cases=200, effect=0.05))

    Parameters
    ----------
    pilot : Pilot
        Variance components.
    readers, cases : int
        Size of the planned study.
    effect : float
        Difference to be detected.
    significance : float
        Two-sided.

    Returns
    -------
    Power
        By the noncentral F law with the components of the pilot scaled to the planned number of cases.

    Raises
    ------
    BadRequest

    References
    ----------
    - Hillis, Obuchowski & Berbaum (2011), eq. 8: noncentrality; steps 3 and 4 of the procedure: its estimate, the
      degrees of freedom, and the power.
    """
    if readers < 2 or cases < 2 or effect == 0 or not 0 < significance < 1:
        raise BadRequest(
            f"Power needs two readers and cases or more, an effect other than 0 and a significance between 0 and 1; "
            f"got {readers}, {cases}, {effect:g} and {significance:g}."
        )
    scale = pilot.cases / cases
    excess, between = max(pilot.cov2 - pilot.cov3, 0.0), max(pilot.modality_reader, 0.0)
    variance = between + scale * (pilot.var - pilot.cov1 + (readers - 1) * excess)
    own = between + scale * (pilot.var - pilot.cov1 - excess)
    if variance <= 0 or own <= 0:
        raise BadRequest("The pilot's components leave no variance; check Var and Cov1.")
    degrees = (readers - 1) * (variance / own) ** 2
    noncentrality = readers * effect**2 / (2 * variance)
    critical = float(stats.f.ppf(1 - significance, 1, degrees))
    return Power(
        readers=readers,
        cases=cases,
        effect=effect,
        value=float(stats.ncf.sf(critical, 1, degrees, noncentrality)),
        noncentrality=noncentrality,
        degrees_of_freedom=degrees,
        critical_value=critical,
        significance=significance,
        pilot=pilot,
    )


def sample_size(
    pilot: Pilot,
    *,
    readers: int,
    effect: float,
    target: float = 0.8,
    significance: float = 0.05,
    most_cases: int = 2000,
) -> Power:
    """Fewest cases that give the power asked for.

    Examples
    --------
    >>> sample_size(Pilot.of(result), readers=6, effect=0.05).cases
    170

    Parameters
    ----------
    pilot : Pilot
        Variance components.
    readers : int
        Of the planned study.
    effect : float
        Difference to be detected.
    target : float
        The power asked for.
    significance : float
        Two-sided.
    most_cases : int
        Where the search ends.

    Returns
    -------
    Power
        Of the smallest study that reaches the target.

    Raises
    ------
    UnreachablePower
        Not with `most_cases`; the message tells the power that they give.
    BadRequest

    References
    ----------
    - Hillis, Obuchowski & Berbaum (2011), table 5: fewest cases by number of readers; steps 3 and 4 of the procedure.
    """
    if not 0 < target < 1:
        raise BadRequest(f"The power asked for is {target:g}; give one between 0 and 1, such as 0.8.")

    def of(cases: int) -> Power:
        return power(pilot, readers=readers, cases=cases, effect=effect, significance=significance)

    cases = bisect_left(range(most_cases + 1), target, lo=2, key=lambda size: of(size).value)
    if cases > most_cases:
        most = of(most_cases)
        raise UnreachablePower(
            f"{readers} readers reach a power of {most.value:.3f} with {most_cases} cases, not {target:g}; readers "
            "vary too much for more cases to help. Add readers, or plan for a larger effect."
        )
    return of(cases)
