"""Containers of images other than DICOM, one module each."""

from readroom.imaging.formats.metaimage import MetaImage
from readroom.imaging.formats.nifti import Nifti
from readroom.imaging.formats.nrrd import Nrrd
from readroom.imaging.formats.ophthalmic import Ophthalmic
from readroom.imaging.formats.raster import Raster
from readroom.imaging.formats.slides import Slides
from readroom.imaging.formats.tiff import Tiff
from readroom.imaging.source import ImageFormat

FORMATS: tuple[ImageFormat, ...] = (Slides(), Raster(), Tiff(), Ophthalmic(), Nrrd(), Nifti(), MetaImage())
"""In the order of trial: those with a mark in their first bytes before those told by a name."""
