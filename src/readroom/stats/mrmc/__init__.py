"""Analyses of multiple readers and multiple cases."""

from readroom.stats.mrmc.dbm import dbm
from readroom.stats.mrmc.designs import StudyDesign, design_of
from readroom.stats.mrmc.endpoints import Agreement, Auc, Sensitivity, Specificity
from readroom.stats.mrmc.figures import Figures, figures_of
from readroom.stats.mrmc.noninferiority import equivalence, noninferiority
from readroom.stats.mrmc.obuchowski_rockette import obuchowski_rockette
from readroom.stats.mrmc.results import Inference, MrmcResult
from readroom.stats.mrmc.roe_metz import RoeMetz
from readroom.stats.mrmc.ustatistics import Decomposition, decompose, u_statistics

__all__ = [
    "Agreement",
    "Auc",
    "Decomposition",
    "Figures",
    "Inference",
    "MrmcResult",
    "RoeMetz",
    "Sensitivity",
    "Specificity",
    "StudyDesign",
    "dbm",
    "decompose",
    "design_of",
    "equivalence",
    "figures_of",
    "noninferiority",
    "obuchowski_rockette",
    "u_statistics",
]
