import bz2
import gc
import gzip
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import SimpleITK
from tests.imaging.counting import measured_memory

from readroom.imaging.errors import CorruptFile, TruncatedFile
from readroom.imaging.formats.stored import (
    Compression,
    FileBytes,
    InflatedBytes,
    InterleavedTimes,
    inflate_head,
)

DATA = np.random.default_rng(0).integers(0, 50, 300_000, dtype=np.uint8).tobytes()
PACK = {Compression.ZLIB: zlib.compress, Compression.GZIP: gzip.compress, Compression.BZIP2: bz2.compress}


def open_files():
    return len(list(Path("/proc/self/fd").iterdir()))


def inflated(path, data, compression, *, skip=0, size=None):
    path.write_bytes(b"head" + PACK[compression](data))
    size = len(data) - skip if size is None else size
    return InflatedBytes(path, name="a", start=4, compression=compression, skip=skip, size=size)


@pytest.mark.parametrize("compression", list(Compression))
def test_any_part_can_be_read_in_any_order(compression, tmp_path):
    pixels = inflated(tmp_path / "a", DATA, compression, skip=7)
    assert [pixels.read(at, 10) for at in (200_000, 3, 100)] == [DATA[at + 7 : at + 17] for at in (200_000, 3, 100)]


@pytest.mark.parametrize("compression", list(Compression))
def test_several_threads_inflate_once(compression, tmp_path):
    pixels = inflated(tmp_path / "a", DATA, compression)
    before = open_files()
    with ThreadPoolExecutor(8) as pool:
        parts = list(pool.map(lambda at: pixels.read(at, 1000), range(0, 300_000, 1000)))
    assert b"".join(parts) == DATA
    assert open_files() == before + 1


def test_the_temporary_file_has_no_name_and_goes_with_its_image(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    before = open_files()
    pixels = inflated(tmp_path / "a", DATA, Compression.GZIP)
    pixels.read(0, 1)
    assert list((tmp_path / "temporary").iterdir()) == []
    del pixels
    gc.collect()
    assert open_files() == before


def test_memory_does_not_grow_with_the_image(tmp_path, open_image):
    """24 MB of voxels pass through; a frame has half a megabyte."""
    array = np.zeros((48, 512, 512), np.int16)
    array[:] = np.random.default_rng(0).integers(0, 9, (512, 512))
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(array), str(tmp_path / "a.nii.gz"), True, 1)
    expected = int(array.sum(dtype=np.int64))
    del array
    with measured_memory() as work:
        source = open_image(tmp_path / "a.nii.gz")
        total = sum(int(source.frame(index).sum(dtype=np.int64)) for index in range(source.header.frame_count))
    assert total == expected
    assert work.peak_bytes < 6 << 20


def test_a_stream_that_is_too_short_or_far_too_long_is_refused(tmp_path):
    with pytest.raises(TruncatedFile):
        inflated(tmp_path / "a", DATA, Compression.ZLIB, size=len(DATA) + 1).read(0, 1)
    with pytest.raises(CorruptFile, match="far more"):
        inflated(tmp_path / "b", bytes(80 << 20), Compression.GZIP, size=100).read(0, 1)


@pytest.mark.parametrize("compression", list(Compression))
def test_damage_is_found_wherever_it_is(compression, tmp_path):
    pixels = inflated(tmp_path / "a", DATA, compression)
    data = bytearray((tmp_path / "a").read_bytes())
    for at in (24, len(data) // 2, len(data) - 6):
        damaged = data.copy()
        damaged[at] ^= 0x55
        (tmp_path / "a").write_bytes(damaged)
        with pytest.raises((CorruptFile, TruncatedFile)):
            InflatedBytes(tmp_path / "a", name="a", start=4, compression=compression, skip=0, size=len(DATA)).read(0, 1)
    assert pixels.size == len(DATA)


def test_a_file_that_shrinks_while_it_is_read_is_noticed(tmp_path):
    (tmp_path / "a").write_bytes(b"12345")
    with pytest.raises(TruncatedFile):
        FileBytes(tmp_path / "a", "a", 3).read(0, 5)


def test_only_gzip_has_a_gzip_head():
    assert inflate_head(gzip.compress(DATA), 100) == DATA[:100]
    assert inflate_head(b"no gzip at all", 100) == b""


def test_times_that_stand_side_by_side_are_sorted(tmp_path):
    values = np.arange(7 * 3 * 4 * 5, dtype="<u2").reshape(3, 4, 5, 7)
    (tmp_path / "a").write_bytes(values.tobytes())
    pixels = InterleavedTimes(
        FileBytes(tmp_path / "a", "a", 0), times=7, frame_bytes=40, item_bytes=2, total=values.nbytes
    )
    assert pixels.read(0, values.nbytes) == values.transpose(3, 0, 1, 2).tobytes()
