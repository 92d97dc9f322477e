"""Which design a study has, read from who read what, and what can be computed for it."""

from __future__ import annotations

from enum import Enum

import numpy as np

from readroom.stats.design import Bools, Design

__all__ = ["StudyDesign", "design_of"]


class StudyDesign(Enum):
    """The designs of Hillis (2014), table VII, and those that fall short of them, as a sentence each."""

    FACTORIAL = "fully crossed: every reader read every case under every modality"
    PARTLY_CROSSED = "crossed with missing readings: every reader read under every modality, but not every case"
    CASES_IN_READERS = "cases nested in readers: every reader has cases of their own, read under every modality"
    CASES_IN_GROUPS = "split-plot: groups of readers, each with cases of its own, read under every modality"
    CASES_IN_MODALITIES = "cases nested in modalities: every modality has cases of its own, read by every reader"
    READERS_IN_MODALITIES = "readers nested in modalities: every reader read under one modality only"
    UNBALANCED = "unbalanced: some readers read under some of the modalities only"

    def __str__(self) -> str:
        return self.value


def design_of(design: Design) -> StudyDesign:
    """Name the design of a study.

    Examples
    --------
    >>> design_of(cube.design)
    <StudyDesign.FACTORIAL: 'fully crossed: every reader read every case under every modality'>

    Parameters
    ----------
    design : Design
        Who read what.

    Returns
    -------
    StudyDesign

    References
    ----------
    - Hillis (2014), table VII: nested and split-plot designs.
    """
    was_read = design.was_read
    cells: Bools = np.any(was_read, axis=2)
    if was_read.all():
        return StudyDesign.FACTORIAL
    if not cells.all():
        nested = len(design.modalities) > 1 and bool((cells.sum(axis=0) == 1).all())
        return StudyDesign.READERS_IN_MODALITIES if nested else StudyDesign.UNBALANCED
    return _crossed_cells(was_read)


def _crossed_cells(was_read: Bools) -> StudyDesign:
    modalities, readers, _ = was_read.shape
    same_under_all = bool((was_read == was_read[:1]).all())
    if same_under_all and readers > 1:
        shared = was_read[0].astype(int) @ was_read[0].astype(int).T
        if not np.triu(shared, 1).any():
            return StudyDesign.CASES_IN_READERS
        alike = (was_read[0][:, None] == was_read[0][None]).all(axis=2)
        if ((shared > 0) == alike).all():
            return StudyDesign.CASES_IN_GROUPS
    same_for_all_readers = bool((was_read == was_read[:, :1]).all())
    if modalities > 1 and same_for_all_readers and (was_read[:, 0].sum(axis=0) <= 1).all():
        return StudyDesign.CASES_IN_MODALITIES
    return StudyDesign.PARTLY_CROSSED
