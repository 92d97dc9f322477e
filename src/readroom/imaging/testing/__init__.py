"""Phantoms and tiny images for tests and demonstrations: deterministic, realistic, of no person.

>>> from pathlib import Path
>>> from readroom.imaging.testing import write_ct_phantom
>>> phantom = write_ct_phantom(Path("chest"), slices=120)  # doctest: +SKIP

The same seed gives the same bytes. Hypothesis strategies stand in `readroom.imaging.testing.strategies`, which needs
hypothesis; nothing else here does.
"""

from readroom.imaging.testing.arrays import ArraySource
from readroom.imaging.testing.chest import Nodule
from readroom.imaging.testing.ct import CtPhantom, write_ct_phantom
from readroom.imaging.testing.mammography import Mammogram, write_mammography_phantom
from readroom.imaging.testing.mr import MrPhantom, write_mr_phantom
from readroom.imaging.testing.tiny import TinySeries, write_tiny_series
from readroom.imaging.testing.writing import WrittenSeries

__all__ = [
    "ArraySource",
    "CtPhantom",
    "Mammogram",
    "MrPhantom",
    "Nodule",
    "TinySeries",
    "WrittenSeries",
    "write_ct_phantom",
    "write_mammography_phantom",
    "write_mr_phantom",
    "write_tiny_series",
]
