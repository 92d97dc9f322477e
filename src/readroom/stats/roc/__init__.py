"""Receiver operating characteristic curves, empirical and binormal."""

from readroom.stats.roc.binormal import BinormalFit, binormal_fit
from readroom.stats.roc.curve import RocCurve, average_curve, roc_curve
from readroom.stats.roc.delong import auc, compare_aucs, delong_covariance
from readroom.stats.roc.operating import OperatingPoint, operating_point
from readroom.stats.roc.partial import partial_auc
from readroom.stats.roc.study import compare_modalities, reader_aucs, reader_curves, reader_partial_aucs

__all__ = [
    "BinormalFit",
    "OperatingPoint",
    "RocCurve",
    "auc",
    "average_curve",
    "binormal_fit",
    "compare_aucs",
    "compare_modalities",
    "delong_covariance",
    "operating_point",
    "partial_auc",
    "reader_aucs",
    "reader_curves",
    "reader_partial_aucs",
    "roc_curve",
]
