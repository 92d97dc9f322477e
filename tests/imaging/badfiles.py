"""Files made to exhaust whoever reads them, or to reach what was not uploaded."""

import gzip
import struct
import tempfile
import zlib
from pathlib import Path

import numpy as np

from readroom.imaging.testing import write_tiny_series


def mha(**fields):
    lines = {
        "ObjectType": "Image",
        "NDims": "3",
        "BinaryData": "True",
        "BinaryDataByteOrderMSB": "False",
        "CompressedData": "False",
        "DimSize": "8 8 8",
        "ElementType": "MET_SHORT",
        **fields,
    }
    return "".join(f"{name} = {value}\n" for name, value in lines.items()) + "ElementDataFile = "


def nifti(dims, datatype=4, bits=16):
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, *dims)
    struct.pack_into("<hh", header, 70, datatype, bits)
    struct.pack_into("<8f", header, 76, *[1.0] * 8)
    struct.pack_into("<f", header, 108, 352.0)
    header[344:348] = b"n+1\0"
    return bytes(header)


def png(rows, columns):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", columns, rows, 16, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(10))) + chunk(b"IEND", b"")
    )


def deflated_dicom():
    """A deflated data set that inflates to 400 megabytes."""
    with tempfile.TemporaryDirectory() as scratch:
        data = write_tiny_series(Path(scratch), slices=1).files[0].read_bytes()
    data = data.replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.1.99")
    length = struct.unpack_from("<I", data, 140)[0]
    meta = data[: 144 + length]
    packer = zlib.compressobj(1, zlib.DEFLATED, -15)
    body = b"".join(packer.compress(bytes(1 << 20)) for _ in range(400)) + packer.flush()
    return meta + body


def make_bad_files(folder):
    """Write them all; returns their paths."""
    zeros = zlib.compress(bytes(300 << 20), 1)
    files = {
        "huge.mha": mha(DimSize="100000000 100000000 100000000").encode() + b"LOCAL\n",
        "negative.mha": mha(DimSize="-8 8 8").encode() + b"LOCAL\n" + bytes(1024),
        "words.mha": mha(DimSize="a b c").encode() + b"LOCAL\n" + bytes(1024),
        "bomb.mha": mha(CompressedData="True").encode() + b"LOCAL\n" + zeros,
        "list.mha": mha().encode() + b"LIST\n/etc/passwd\n/etc/shadow\n",
        "pattern.mhd": mha().encode() + b"../%03d.raw 1 8 1\n",
        "null.mhd": mha().encode() + b"x\0y.raw\n",
        "long-line.mha": b"ObjectType = " + b"x" * (1 << 20),
        "bomb.nii.gz": gzip.compress(nifti([3, 8, 8, 8, 1, 1, 1, 1]) + bytes(300 << 20), 1),
        "huge.nii": nifti([7] + [32767] * 7),
        "huge.nii.gz": gzip.compress(nifti([4, 32767, 32767, 32767, 1, 1, 1, 1])),
        "odd-type.nii": nifti([3, 8, 8, 8, 1, 1, 1, 1], datatype=99) + bytes(1024),
        "outside.nhdr": b"NRRD0004\ntype: short\ndimension: 3\nsizes: 8 8 8\nencoding: raw\nendian: little\ndata file: /etc/passwd\n\n",
        "bomb.nrrd": b"NRRD0004\ntype: short\ndimension: 3\nsizes: 8 8 8\nencoding: gzip\nendian: little\n\n"
        + gzip.compress(bytes(300 << 20), 1),
        "huge.nrrd": b"NRRD0004\ntype: short\ndimension: 3\nsizes: 1000000 1000000 1000000\nencoding: raw\nendian: little\n\n",
        "huge.png": png(100_000, 100_000),
        "cut.png": png(100, 100)[:50],
        "deflated.dcm": deflated_dicom(),
        "noise.tif": b"II*\0" + struct.pack("<I", 8) + np.random.default_rng(1).bytes(4096),
        "noise.jpg": b"\xff\xd8\xff\xe0" + np.random.default_rng(2).bytes(4096),
        "noise.zip": b"PK\3\4" + np.random.default_rng(3).bytes(4096),
        "noise.e2e": b"CMDb" + np.random.default_rng(4).bytes(4096),
        "noise.fda": b"FOCT" + np.random.default_rng(5).bytes(4096),
        "noise.dcm": bytes(128) + b"DICM" + np.random.default_rng(6).bytes(4096),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in files]
