"""What an MRMC analysis gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

import pandas as pd

from readroom.stats.design import Design
from readroom.stats.errors import UnknownChoice
from readroom.stats.mrmc.designs import StudyDesign
from readroom.stats.results import Estimate, HypothesisTest, to_frame

__all__ = ["Inference", "MrmcResult"]


class Inference(Enum):
    """To whom the conclusions apply."""

    RANDOM_READERS_RANDOM_CASES = "random readers and random cases"
    FIXED_READERS_RANDOM_CASES = "fixed readers and random cases"
    RANDOM_READERS_FIXED_CASES = "random readers and fixed cases"

    @property
    def scope(self) -> str:
        """The populations that the conclusion is about."""
        return {
            Inference.RANDOM_READERS_RANDOM_CASES: "the populations of readers and of cases",
            Inference.FIXED_READERS_RANDOM_CASES: "these readers and the population of cases",
            Inference.RANDOM_READERS_FIXED_CASES: "the population of readers and these cases",
        }[self]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MrmcResult:
    """A comparison of modalities over readers and cases.

    Parameters
    ----------
    endpoint : str
        The figure of merit.
    method : str
        The analysis, as a methods section names it.
    inference : Inference
        What was taken as random.
    overall : HypothesisTest or None
        The test that all modalities are equal; None for a single modality.
    means : tuple of Estimate
        One per modality, averaged over readers.
    differences : tuple of HypothesisTest
        One per pair of modalities, with its estimate.
    readers : tuple of Estimate
        One per modality and reader; their intervals are over cases alone.
    reader_differences : tuple of HypothesisTest
        One per pair of modalities and reader (fixed readers).
    components : mapping of str to float
        Variance components and mean squares.
    notes : tuple of str
        What was done because of these data.
    design : Design
        Who read what.
    study_design : StudyDesign
        Its name.
    """

    endpoint: str
    method: str
    inference: Inference
    overall: HypothesisTest | None
    means: tuple[Estimate, ...]
    differences: tuple[HypothesisTest, ...]
    readers: tuple[Estimate, ...]
    components: Mapping[str, float]
    design: Design
    study_design: StudyDesign
    reader_differences: tuple[HypothesisTest, ...] = ()
    notes: tuple[str, ...] = ()
    citations: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = field(default=())

    @property
    def results(self) -> tuple[Estimate | HypothesisTest, ...]:
        """Everything, in the order of a results section."""
        first = () if self.overall is None else (self.overall,)
        return (*first, *self.means, *self.differences, *self.readers, *self.reader_differences)

    def to_frame(self) -> pd.DataFrame:
        """One row per estimate and test."""
        return to_frame(self.results)

    def difference(self, first: str, second: str) -> HypothesisTest:
        """The comparison of two modalities, in the order in which it was computed."""
        wanted = {first, second}
        for test in self.differences:
            if {test.group["modality"], test.group["against"]} == wanted:
                return test
        raise UnknownChoice(
            f"{first!r} and {second!r} were not compared; there are {', '.join(self.design.modalities)}."
        )
