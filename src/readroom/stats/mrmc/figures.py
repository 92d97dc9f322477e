"""The figures of merit of a study, one per modality and reader, with their covariance over cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from readroom.stats.design import Cube, Design, Floats
from readroom.stats.errors import ConstantRatings, EmptySelection, UnknownChoice
from readroom.stats.mrmc.covariance import CITATIONS, METHODS, CovarianceMethod, covariance_by_jackknife, covariance_of
from readroom.stats.mrmc.endpoints import Auc, Endpoint

__all__ = ["Figures", "figures_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """What the Obuchowski-Rockette and DBM analyses start from.

    Parameters
    ----------
    endpoint : str
        Name of the figure of merit.
    estimates : ndarray, shape (modalities, readers)
        NaN where a reader did not read under a modality.
    covariance : ndarray, shape (modalities, readers, modalities, readers)
        Over the sampling of cases.
    replicates : ndarray, shape (modalities, readers, cases), or None
        Estimates without each case in turn, for pseudovalues.
    design : Design
        Who read what.
    covariance_method : str
        How `covariance` was computed.
    citations : tuple of str
        Of the figure and its covariance.
    n : mapping
        Counts of cases by class.
    """

    endpoint: str
    estimates: Floats
    covariance: Floats
    design: Design
    covariance_method: str
    replicates: Floats | None = None
    citations: tuple[str, ...] = ()
    n: Mapping[str, int] = field(default_factory=dict)

    @property
    def modalities(self) -> tuple[str, ...]:
        """Their names, sorted."""
        return self.design.modalities

    @property
    def readers(self) -> tuple[str, ...]:
        """Their names, sorted."""
        return self.design.readers

    @classmethod
    def from_replicates(
        cls,
        endpoint: str,
        *,
        estimates: Floats,
        replicates: Floats,
        design: Design,
        n: Mapping[str, int],
        citations: tuple[str, ...],
    ) -> Figures:
        """Any figure of merit that has a jackknife."""
        cells, shape = replicates.reshape(-1, replicates.shape[-1]), estimates.shape
        covariance = covariance_by_jackknife(cells).reshape(*shape, *shape)
        return cls(endpoint, estimates, covariance, design, "jackknife", replicates, citations, n)


def figures_of(cube: Cube, *, endpoint: Endpoint | None = None, covariance: CovarianceMethod = "jackknife") -> Figures:
    """Compute the figures of merit of a cube of ratings.

    Examples
    --------
    >>> figures_of(cube, endpoint=Auc(), covariance="delong").estimates  # modalities x readers

    Parameters
    ----------
    cube : Cube
        Ratings by modality, reader and case.
    endpoint : Auc, Sensitivity, Specificity or Agreement
        The AUC unless given.
    covariance : {"jackknife", "delong", "unbiased"}
        How the covariance over cases is estimated.

    Returns
    -------
    Figures

    Raises
    ------
    UnknownChoice, MissingTruth, EmptyClass, TooFewCases, ConstantRatings

    References
    ----------
    - Efron & Tibshirani (1993), eq. 11.5: jackknife.
    - DeLong, DeLong & Clarke-Pearson (1988), section 2: covariance from structural components.
    - Gallas (2006), pp. 353-362: unbiased covariance.
    """
    endpoint = endpoint or Auc()
    if covariance not in METHODS:
        raise UnknownChoice(f"There is no covariance method {covariance!r}; choose among {', '.join(METHODS)}.")
    refuse_constant(cube, endpoint)
    components = endpoint.components(cube)
    shape = cube.ratings.shape[:2]
    matrix = covariance_of(cube, endpoint, method=covariance)
    replicates = components.delete_one() if covariance == "jackknife" else None
    diseased = int(cube.is_diseased.sum())
    return Figures(
        endpoint.name,
        components.estimates.reshape(shape),
        matrix.reshape(*shape, *shape),
        cube.design,
        covariance,
        None if replicates is None else replicates.reshape(*shape, -1),
        (CITATIONS[covariance],),
        {"diseased": diseased, "healthy": len(cube.cases) - diseased},
    )


def refuse_constant(cube: Cube, endpoint: Endpoint) -> None:
    """Refuse a cube without readings, and ratings among which no curve can be drawn."""
    ratings = cube.ratings[cube.mask]
    if ratings.size == 0:
        raise EmptySelection("There is no reading; check which column holds the ratings.")
    if isinstance(endpoint, Auc) and (ratings == ratings[0]).all():
        raise ConstantRatings("Every rating of every reader is the same, so all AUCs are 0.5; check the rating column.")
