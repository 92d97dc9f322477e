"""Overlap and distance of masks, boxes and polygons."""

from readroom.stats.overlap.masks import Overlap, SurfaceDistance, mask_overlap, surface_distance
from readroom.stats.overlap.shapes import ShapeOverlap, box_overlap, polygon_overlap

__all__ = [
    "Overlap",
    "ShapeOverlap",
    "SurfaceDistance",
    "box_overlap",
    "mask_overlap",
    "polygon_overlap",
    "surface_distance",
]
