"""The Roe-Metz model of rating data: simulated studies, and the variances that they imply.

A score is a mean (0 healthy, mu diseased) plus independent normal effects of reader, case, modality by reader,
modality by case, reader by case and an error, drawn separately for the two classes of cases.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from readroom.stats.design import Cube, Floats
from readroom.stats.errors import UnknownChoice

__all__ = ["STRUCTURES", "RoeMetz"]

SEPARATIONS = {0.702: 0.75, 0.855: 1.50, 0.961: 2.50}
READER_VARIANCE = {"L": dict.fromkeys(SEPARATIONS, 0.0055), "H": {0.702: 0.011, 0.855: 0.030, 0.961: 0.056}}
CASE_VARIANCES = {"H": (0.3, 0.3, 0.2, 0.2), "L": (0.1, 0.1, 0.2, 0.6)}
STRUCTURES = ("HH", "HL", "LH", "LL")
"""Correlation between ratings of a case (high, low), then variance between readers (high, low)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoeMetz:
    """The parameters of the Roe-Metz model.

    Examples
    --------
    >>> model = RoeMetz.published("HL", auc=0.855)
    >>> cube = model.simulate(np.random.default_rng(1), readers=5, healthy=50, diseased=50)
    >>> cube.ratings.shape
    (2, 5, 100)

    Parameters
    ----------
    separation : float
        Mean of diseased minus mean of healthy cases.
    reader, modality_reader, case, modality_case, reader_case, error : float
        Variances of the effects; those of cases and error add to 1 in the published structures.

    References
    ----------
    - Roe & Metz (1997), pp. 298-303: the model and its twelve published settings.
    - Gallas & Hillis (2014), unnumbered: the components of the AUC that the model implies, here in closed form.
    """

    separation: float
    reader: float
    modality_reader: float
    case: float
    modality_case: float
    reader_case: float
    error: float

    @classmethod
    def published(cls, structure: str = "HL", *, auc: float = 0.855) -> RoeMetz:
        """One of the twelve settings of Roe & Metz (1997): HH, HL, LH or LL with AUC 0.702, 0.855 or 0.961."""
        if structure not in STRUCTURES or auc not in SEPARATIONS:
            raise UnknownChoice(
                f"There is no published setting {structure!r} with AUC {auc:g}; structures are "
                f"{', '.join(STRUCTURES)}, AUCs {', '.join(map(str, SEPARATIONS))}."
            )
        case, modality_case, reader_case, error = CASE_VARIANCES[structure[0]]
        reader = READER_VARIANCE[structure[1]][auc]
        return cls(
            separation=SEPARATIONS[auc],
            reader=reader,
            modality_reader=reader,
            case=case,
            modality_case=modality_case,
            reader_case=reader_case,
            error=error,
        )

    @property
    def spread(self) -> float:
        """Standard deviation of the difference between a diseased and a healthy score."""
        variances = (
            self.reader,
            self.modality_reader,
            self.case,
            self.modality_case,
            self.reader_case,
            self.error,
        )
        return math.sqrt(2 * sum(variances))

    @property
    def auc(self) -> float:
        """The AUC, averaged over readers."""
        return float(special.ndtr(self.separation / self.spread))

    def simulate(
        self, generator: np.random.Generator, *, readers: int, healthy: int, diseased: int, effect: float = 0.0
    ) -> Cube:
        """Draw a fully crossed study of two modalities; `effect` is added to diseased scores under the second."""
        classes = [self._draw(generator, readers, healthy), self._draw(generator, readers, diseased) + self.separation]
        classes[1][1] += effect
        cases = healthy + diseased
        return Cube(
            np.concatenate(classes, axis=2),
            np.repeat([0.0, 1.0], [healthy, diseased]),
            ("A", "B"),
            tuple(f"reader {number:02d}" for number in range(1, readers + 1)),
            tuple(f"case {number:04d}" for number in range(1, cases + 1)),
        )

    def _draw(self, generator: np.random.Generator, readers: int, cases: int) -> Floats:
        shapes = {
            (1, readers, 1): self.reader,
            (2, readers, 1): self.modality_reader,
            (1, 1, cases): self.case,
            (2, 1, cases): self.modality_case,
            (1, readers, cases): self.reader_case,
            (2, readers, cases): self.error,
        }
        scores = np.zeros((2, readers, cases))
        for shape, variance in shapes.items():
            scores = scores + math.sqrt(variance) * generator.standard_normal(shape)
        return scores

    def components(self, *, healthy: int, diseased: int) -> dict[str, float]:
        """Obuchowski-Rockette components of the AUC that the model implies, exactly (Gallas & Hillis 2014)."""
        moments = {
            (reader, modality): [
                self._moment(same_reader=reader, same_modality=modality, same_cases=count) for count in (2, 1, 1, 0)
            ]
            for reader in (True, False)
            for modality in (True, False)
        }
        pairs = healthy * diseased
        weights = np.array([1, healthy - 1, diseased - 1, (healthy - 1) * (diseased - 1)]) / pairs
        error = {key: float(weights @ values) - values[3] for key, values in moments.items()}
        between_readers = moments[True, False][3] - moments[False, False][3]
        return {
            "Var": error[True, True],
            "Cov1": error[True, False],
            "Cov2": error[False, True],
            "Cov3": error[False, False],
            "Var(R)": between_readers,
            "Var(TR)": moments[True, True][3] - moments[False, True][3] - between_readers,
        }

    def _moment(self, *, same_reader: bool, same_modality: bool, same_cases: int) -> float:
        """Chance that two (healthy, diseased) pairs are both ranked right: a bivariate normal probability."""
        per_case = self.case + same_modality * self.modality_case
        per_case += same_reader * (self.reader_case + same_modality * self.error)
        of_reader = 2 * same_reader * (self.reader + same_modality * self.modality_reader)
        correlation = (of_reader + same_cases * per_case) / self.spread**2
        height = self.separation / self.spread
        slope = math.sqrt(max(1 - correlation, 0.0) / (1 + correlation))
        return float(special.ndtr(height) - 2 * special.owens_t(height, slope))
