"""What tests of several formats ask of SimpleITK."""

import numpy as np
import pytest
import SimpleITK


def assert_same_geometry(header, image):
    dimensions = min(image.GetDimension(), 3)
    direction = np.array(image.GetDirection()).reshape(image.GetDimension(), -1)[:dimensions, :dimensions]
    geometry = header.geometry
    assert np.array(geometry.directions).T[:dimensions, :dimensions] == pytest.approx(direction, abs=1e-5)
    assert geometry.spacing[:dimensions] == pytest.approx(image.GetSpacing()[:dimensions], rel=1e-5)
    assert geometry.origin[:dimensions] == pytest.approx(image.GetOrigin()[:dimensions], abs=1e-4)


def write_counting_up(path, geometry, dtype, *, is_compressed):
    """Write 3 slices of 4 x 5 values with a geometry; what was written, as array and as image."""
    array = np.arange(60).reshape(3, 4, 5).astype(dtype)
    image = SimpleITK.GetImageFromArray(array)
    image.SetSpacing(geometry.spacing)
    image.SetOrigin(geometry.origin)
    image.SetDirection(np.array(geometry.directions).T.ravel().tolist())
    SimpleITK.WriteImage(image, str(path), is_compressed)
    return array, image
