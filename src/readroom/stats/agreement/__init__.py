"""Agreement between readers and of readers with themselves."""

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
from readroom.stats.agreement.limits import BlandAltman, bland_altman
from readroom.stats.agreement.measurements import pairwise_limits
from readroom.stats.agreement.rank import kendall_w
from readroom.stats.agreement.study import between_pairs, between_readers, within_readers
from readroom.stats.agreement.weights import agreement_weights

__all__ = [
    "BlandAltman",
    "agreement_weights",
    "between_pairs",
    "between_readers",
    "bland_altman",
    "brennan_prediger",
    "cohen_kappa",
    "conger_kappa",
    "fleiss_kappa",
    "gwet_ac",
    "icc",
    "kendall_w",
    "krippendorff_alpha",
    "light_kappa",
    "pairwise_limits",
    "percent_agreement",
    "randolph_kappa",
    "within_readers",
]
