"""Files that are broken or made to break us end in one of our errors, with little work and memory, and touch nothing.

How many seconds that takes is measured by the bench of imaging; here statements are counted, so that nothing else that
the machine does decides the test.
"""

import gzip
import json
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from tests.conftest import ROOT
from tests.corpus.items import read_table

from readroom.imaging import errors
from readroom.imaging.testing import write_tiny_series

STATEMENTS, MEBIBYTES = 300_000, 256
CHILD = """
import json, resource, sys, tempfile
from pathlib import Path
from tests.imaging.counting import counted_statements
import readroom.imaging.importing, readroom.imaging.formats, SimpleITK, tifffile, pydicom, PIL.Image
used = int(Path('/proc/self/status').read_text().split('VmData:')[1].split()[0]) * 1024
resource.setrlimit(resource.RLIMIT_DATA, (used + int(sys.argv[2]) * 2**20,) * 2)
found = {}
for path in map(Path, json.loads(sys.stdin.read())):
    with tempfile.TemporaryDirectory(dir=sys.argv[1]) as folder:
        with counted_statements() as work:
            result = readroom.imaging.importing.import_files([path], destination=folder)
        found[path.name] = {
            "statements": work.statements,
            "images": len(result.images),
            "errors": sorted({file.error for file in result.files if file.error}),
            "outcomes": sorted({file.outcome for file in result.files}),
            "reasons": [file.reason for file in result.files if file.outcome == "refused"],
        }
print(json.dumps(found))
"""


def import_in_little_memory(paths, folder):
    """Import each file in a process that may take 256 MiB more than its libraries do."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(folder), str(MEBIBYTES)],
        input=json.dumps([str(path) for path in paths]),
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        timeout=250,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def check(name, seen):
    assert seen["statements"] < STATEMENTS, f"{name} took {seen['statements']:,} statements"
    assert all(issubclass(getattr(errors, error), errors.RefusedFile) for error in seen["errors"]), name
    assert all(reason.endswith(".") and len(reason) < 400 for reason in seen["reasons"]), f"{name}: {seen['reasons']}"
    if not seen["images"]:
        assert seen["errors"], f"{name} ends in no error class"


@pytest.mark.corpus
def test_every_bad_file_ends_as_the_table_says_with_little_work_and_memory(testdata, tmp_path):
    paths = sorted((testdata / "bad").iterdir())
    escapes = [Path("/tmp/zip-slip-evil.txt"), Path("/etc/zip-slip-absolute.txt")]
    found = import_in_little_memory(paths, tmp_path)
    table = read_table()
    for path in paths:
        seen = found[path.name]
        check(path.name, seen)
        rows = table[f"bad/{path.name}"]
        assert " ".join(seen["errors"]) == rows[0]["errors"], path.name
        assert seen["images"] == sum(row["image"] != "" for row in rows), path.name
    assert list(tmp_path.iterdir()) == []
    assert not [path for path in escapes if path.exists()]


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


def deflated_dicom(tmp_path):
    """A deflated data set that inflates to 400 megabytes."""
    series = write_tiny_series(tmp_path / "series", slices=1)
    data = series.files[0].read_bytes().replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.1.99")
    length = struct.unpack_from("<I", data, 140)[0]
    meta = data[: 144 + length]
    packer = zlib.compressobj(1, zlib.DEFLATED, -15)
    body = b"".join(packer.compress(bytes(1 << 20)) for _ in range(400)) + packer.flush()
    return meta + body


def make_bad_files(folder, tmp_path):
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
        "deflated.dcm": deflated_dicom(tmp_path),
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


def test_files_made_to_exhaust_or_escape_are_refused(tmp_path):
    folder, destination = tmp_path / "bad", tmp_path / "out"
    folder.mkdir()
    destination.mkdir()
    paths = make_bad_files(folder, tmp_path)
    found = import_in_little_memory(paths, destination)
    for path in paths:
        seen = found[path.name]
        check(path.name, seen)
        assert seen["images"] == 0 or path.name in {"bomb.mha", "bomb.nii.gz", "bomb.nrrd"}, path.name
    assert list(destination.iterdir()) == []
