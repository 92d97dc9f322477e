"""Medical images: from files as they are uploaded to pixels with geometry, and back out.

Names are loaded when they are first used, so that what needs no pixels imports no pixel libraries.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from readroom.imaging.dicom.deidentify import Deidentifier, deidentify
    from readroom.imaging.dicom.reports import Measurement, MeasurementGroup, Region, Report, read_report
    from readroom.imaging.dicom.segmentation import Segment, write_segmentation
    from readroom.imaging.errors import DamagedPack, ImagingError, NothingToRead, RefusedFile
    from readroom.imaging.geometry import Finding, FindingKind, Geometry
    from readroom.imaging.importing import import_files
    from readroom.imaging.limits import Limits
    from readroom.imaging.outcomes import FileOutcome, ImportedImage, ImportResult, Progress
    from readroom.imaging.pack import Pack
    from readroom.imaging.packing import write_pack
    from readroom.imaging.previews import preview_jpeg, preview_png
    from readroom.imaging.reading import open_slide, read_volume
    from readroom.imaging.source import Color, ImageHeader, Scale, Window
    from readroom.imaging.volume import Volume
    from readroom.imaging.writing.metaimage import write_mha
    from readroom.imaging.writing.nifti import write_nifti

__all__ = [
    "Color",
    "DamagedPack",
    "Deidentifier",
    "FileOutcome",
    "Finding",
    "FindingKind",
    "Geometry",
    "ImageHeader",
    "ImagingError",
    "ImportResult",
    "ImportedImage",
    "Limits",
    "Measurement",
    "MeasurementGroup",
    "NothingToRead",
    "Pack",
    "Progress",
    "RefusedFile",
    "Region",
    "Report",
    "Scale",
    "Segment",
    "Volume",
    "Window",
    "deidentify",
    "import_files",
    "open_slide",
    "preview_jpeg",
    "preview_png",
    "read_report",
    "read_volume",
    "write_mha",
    "write_nifti",
    "write_pack",
    "write_segmentation",
]

_HOMES = {
    "dicom.deidentify": ("Deidentifier", "deidentify"),
    "dicom.reports": ("Measurement", "MeasurementGroup", "Region", "Report", "read_report"),
    "dicom.segmentation": ("Segment", "write_segmentation"),
    "errors": ("DamagedPack", "ImagingError", "NothingToRead", "RefusedFile"),
    "geometry": ("Finding", "FindingKind", "Geometry"),
    "importing": ("import_files",),
    "limits": ("Limits",),
    "outcomes": ("FileOutcome", "ImportResult", "ImportedImage", "Progress"),
    "pack": ("Pack",),
    "packing": ("write_pack",),
    "previews": ("preview_jpeg", "preview_png"),
    "reading": ("open_slide", "read_volume"),
    "source": ("Color", "ImageHeader", "Scale", "Window"),
    "volume": ("Volume",),
    "writing.metaimage": ("write_mha",),
    "writing.nifti": ("write_nifti",),
}
_MODULE_OF = {name: f"readroom.imaging.{module}" for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULE_OF[name]), name)


def __dir__() -> list[str]:
    return __all__
