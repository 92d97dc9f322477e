"""Statistics of reader studies: one long table of readings in, estimates that a methods section can cite out."""

from readroom.stats.design import Cube, Design
from readroom.stats.errors import StatisticsError
from readroom.stats.results import Estimate, HypothesisTest, Interval, to_frame
from readroom.stats.table import Readings

__all__ = [
    "Cube",
    "Design",
    "Estimate",
    "HypothesisTest",
    "Interval",
    "Readings",
    "StatisticsError",
    "to_frame",
]
