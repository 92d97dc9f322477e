"""Whatever is done to a file, a reader answers with an image or with an error of ours, with little work."""

import contextlib
import io
import struct

import nibabel
import numpy as np
import pytest
import SimpleITK
import tifffile
from PIL import Image
from tests.imaging.counting import counted_statements, measured_memory

from readroom.imaging.errors import RefusedFile
from readroom.imaging.formats import FORMATS
from readroom.imaging.guarding import Guarded
from readroom.imaging.source import UploadedFile

ROUNDS = 150
SPECIAL = (
    b"\x00",
    b"\xff",
    b"\x7f\xff\xff\xff",
    b"\xff\xff\xff\xff",
    b"\x00\x00\x00\x80",
    b"-1",
    b"nan",
    b"1e300",
    b"\n",
)
VOLUME = np.arange(2 * 7 * 6, dtype=np.int16).reshape(2, 7, 6)
PICTURE = np.arange(40 * 30 * 3, dtype=np.uint8).reshape(40, 30, 3)


def by_simpleitk(suffix, *, is_compressed):
    def write(path):
        SimpleITK.WriteImage(SimpleITK.GetImageFromArray(VOLUME), str(path), is_compressed)

    return suffix, write


def by_pillow(suffix):
    return suffix, lambda path: Image.fromarray(PICTURE).save(path)


def by_tifffile(**options):
    return "tif", lambda path: tifffile.imwrite(path, PICTURE, photometric="rgb", **options)


def nifti(path):
    nibabel.save(nibabel.Nifti1Image(VOLUME.T, np.eye(4)), path)


def topcon(path):
    buffer = io.BytesIO()
    Image.fromarray(PICTURE[..., 0]).save(buffer, "JPEG2000")
    data = struct.pack("<B6II", 2, 0, 0, 30, 40, 1, 0, len(buffer.getvalue())) + buffer.getvalue()
    path.write_bytes(b"FOCTFDA" + bytes(8) + b"\x09@IMG_JPEG" + struct.pack("<I", len(data)) + data + b"\0")


WRITERS = {
    "mha": by_simpleitk("mha", is_compressed=False),
    "compressed mha": by_simpleitk("mha", is_compressed=True),
    "nrrd": by_simpleitk("nrrd", is_compressed=False),
    "compressed nrrd": by_simpleitk("nrrd", is_compressed=True),
    "nifti": ("nii", nifti),
    "compressed nifti": ("nii.gz", nifti),
    "png": by_pillow("png"),
    "jpeg": by_pillow("jpg"),
    "bmp": by_pillow("bmp"),
    "tiff": by_tifffile(),
    "tiled tiff": by_tifffile(tile=(16, 16), compression="zlib"),
    "jpeg tiff": by_tifffile(tile=(16, 16), compression="jpeg"),
    "topcon": ("fda", topcon),
}


def mutate(data, random):
    result = bytearray(data)
    for _ in range(random.integers(1, 6)):
        at = int(random.integers(0, max(min(len(result), 600 if random.random() < 0.7 else len(result)), 1)))
        piece = SPECIAL[random.integers(len(SPECIAL))] if random.random() < 0.6 else random.bytes(random.integers(1, 9))
        result[at : at + len(piece)] = piece
    if random.random() < 0.2:
        del result[int(random.integers(1, len(result))) :]
    return bytes(result)


def read_all(path):
    file = UploadedFile(path, path.name, path.read_bytes()[:4096])
    reader = next((reader for reader in FORMATS if reader.recognizes(file)), None)
    if reader is None:
        return
    for image in reader.open(file, lambda name: file).images:
        if hasattr(image, "levels"):
            image.region(level=0, row=0, column=0, rows=50, columns=50)
        else:
            frame = Guarded(image).frame(0)
            assert frame.shape == image.header.frame_shape


@pytest.mark.parametrize("name", WRITERS)
def test_a_mutated_file_gives_an_image_or_an_error_of_ours(name, memory_path):
    suffix, write = WRITERS[name]
    path = memory_path / f"a.{suffix}"
    write(path)
    data = path.read_bytes()
    read_all(path)
    random = np.random.default_rng(len(name))
    for number in range(ROUNDS):
        path.write_bytes(mutate(data, random))
        with counted_statements() as work, measured_memory() as held, contextlib.suppress(RefusedFile):
            read_all(path)
        assert work.statements < 100_000, f"mutation {number}"
        assert held.peak_bytes < 32 << 20, f"mutation {number}"
