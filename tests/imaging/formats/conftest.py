"""Opening one file the way an import does."""

from __future__ import annotations

import numpy as np
import pytest

from readroom.imaging.collecting import collect_files
from readroom.imaging.errors import UnknownFormat
from readroom.imaging.formats import FORMATS
from readroom.imaging.limits import Limits
from readroom.imaging.unpacking import Budget


@pytest.fixture
def open_file(tmp_path_factory):
    """Open a file with the other files of its folder as siblings."""

    def open_(path):
        collection = collect_files([path.parent], tmp_path_factory.mktemp("workspace"), Budget.of(Limits()))
        (file,) = [candidate for candidate in collection.candidates if candidate.path == path]
        reader = next((reader for reader in FORMATS if reader.recognizes(file)), None)
        if reader is None:
            raise UnknownFormat
        return reader.open(file, collection.siblings_of(file))

    return open_


@pytest.fixture
def open_image(open_file):
    """Open a file that holds one image."""

    def open_(path):
        (image,) = open_file(path).images
        return image

    return open_


@pytest.fixture
def array_of():
    def read(source):
        frames = [source.frame(index) for index in range(source.header.frame_count)]
        array = np.stack(frames).reshape(source.header.shape)
        assert array.dtype == source.header.dtype
        return array

    return read
