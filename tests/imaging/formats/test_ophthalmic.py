import io
import struct

import numpy as np
import pytest
from PIL import Image

from readroom.imaging.errors import CorruptFile, TooLarge, TruncatedFile, UnsupportedContent
from readroom.imaging.formats.heidelberg import intensities
from readroom.imaging.geometry import FindingKind
from readroom.imaging.source import Color


def topcon(*chunks):
    parts = [struct.pack("B", len(name)) + name + struct.pack("<I", len(data)) + data for name, data in chunks]
    return b"FOCT" + b"FDA" + struct.pack("<2I", 2, 0) + b"".join(parts) + b"\0"


def encoded(array, kind="JPEG2000", **options):
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, kind, **options)
    return buffer.getvalue()


def volume_chunk(slices, columns=6, rows=5, count=None):
    head = struct.pack("<B6I", 2, 0, 0, columns, rows, len(slices) if count is None else count, 0)
    return b"@IMG_JPEG", head + b"".join(struct.pack("<I", len(data)) + data for data in slices)


def scan_chunk(width, depth, microns):
    return b"@PARAM_SCAN_04", struct.pack("<3I5d2B", 0, 0, 0, width, depth, microns, 0, 0, 0, 0)


def directory(count, current=0, previous=0):
    return struct.pack("<12sI20s4I", b"MDbMDir", 0, b"", count, current, previous, 0)


def heidelberg(pictures, *, base=0):
    """Two directories, the newer naming the older; each lists half of the pictures."""
    chunks = []
    for volume, slice_, kind, array in pictures:
        body = struct.pack("<5I", array.nbytes, 0, 0, *array.shape) + array.tobytes()
        head = struct.pack("<12s8IiHHII", b"MDbData", 0, 0, 0, len(body), 0, *volume, slice_, kind, 0, 0x40000000, 0)
        chunks.append(head + body)
    halves = [range(0, len(chunks), 2), range(1, len(chunks), 2)]
    first = 88
    second = first + 52 + 44 * len(halves[0])
    starts, at = [], second + 52 + 44 * len(halves[1])
    for chunk in chunks:
        starts.append(at)
        at += len(chunk)
    entries = [
        b"".join(struct.pack("<7IiHHII", 0, starts[i], len(chunks[i]), 0, 0, 0, 0, 0, 0, 0, 0, 0) for i in half)
        for half in halves
    ]
    head = b"E2EMultipleVolumeFile".ljust(64, b"\0") if base else b""
    return head + b"".join(
        [
            struct.pack("<12sI20s", b"CMDb", 0, b""),
            directory(0, current=second),
            directory(len(halves[0])) + entries[0],
            directory(len(halves[1]), previous=first) + entries[1],
            *chunks,
        ]
    )


def ufloat(code):
    return (1 + (code % 1024) / 1024) * 2.0 ** (code // 1024 - 63)


@pytest.mark.corpus
def test_a_topcon_volume_of_packed_slices_is_read(testdata, open_file, array_of):
    volume, fundus = open_file(testdata / "ophthalmic/fda_minimized.fda").images
    data = (testdata / "ophthalmic/fda_minimized.fda").read_bytes()
    start = data.index(b"@IMG_JPEG") + len("@IMG_JPEG") + 4 + 25
    (length,) = struct.unpack_from("<I", data, start)
    with Image.open(io.BytesIO(data[start + 4 : start + 4 + length])) as oracle:
        assert np.array_equal(array_of(volume)[0], np.asarray(oracle))
    assert volume.header.shape == (1, 650, 512)
    assert volume.header.geometry.spacing == pytest.approx((6 / 512, 0.0035, 6))
    assert (fundus.header.color, fundus.header.shape) == (Color.RGB, (3, 2, 3))


@pytest.mark.corpus
def test_a_topcon_volume_of_plain_slices_is_read(testdata, open_file, array_of):
    volume, fundus = open_file(testdata / "ophthalmic/fds_minimized.fds").images
    data = (testdata / "ophthalmic/fds_minimized.fds").read_bytes()
    start = data.index(b"@IMG_SCAN_03") + len("@IMG_SCAN_03") + 4 + 22
    assert array_of(volume).ravel().tolist() == list(struct.unpack_from("<24H", data, start))
    assert (volume.header.shape, volume.header.modality) == ((4, 3, 2), "OPT")
    assert array_of(fundus).shape == (3, 2, 3)


@pytest.mark.corpus
def test_a_heidelberg_file_without_its_directories_is_refused(testdata, open_file):
    """The file was cut by those who published it: its directories would stand 400 MB behind its end."""
    with pytest.raises(TruncatedFile):
        open_file(testdata / "ophthalmic/e2e_minimized.E2E")


def test_a_fundus_picture_is_turned_from_blue_first(tmp_path, open_file, array_of):
    stored = np.arange(90, dtype=np.uint8).reshape(5, 6, 3)
    data = encoded(stored, irreversible=False)
    chunk = (b"@IMG_FUNDUS", struct.pack("<4I4sI", 6, 5, 24, 1, b"", len(data)) + data)
    (tmp_path / "a.fda").write_bytes(topcon(chunk))
    (fundus,) = open_file(tmp_path / "a.fda").images
    assert np.array_equal(array_of(fundus), stored[..., ::-1])


def test_spacing_that_is_not_plausible_is_not_believed(tmp_path, open_file):
    slices = [encoded(np.zeros((5, 6), np.uint8))] * 2
    for scan, expected in (
        ((6, 4, 3.5), (1, 0.0035, 2)),
        ((0, 4, 3.5), (1, 1, 1)),
        ((float("nan"), 4, 3.5), (1, 1, 1)),
    ):
        (tmp_path / "a.fda").write_bytes(topcon(volume_chunk(slices), scan_chunk(*scan)))
        (volume,) = open_file(tmp_path / "a.fda").images
        assert volume.header.geometry.spacing == pytest.approx(expected)
        is_doubtful = FindingKind.UNCALIBRATED_SPACING in {finding.kind for finding in volume.header.findings}
        assert is_doubtful == (expected == (1, 1, 1))


@pytest.mark.parametrize(
    ("chunks", "error"),
    [
        ([], UnsupportedContent),
        ([(b"@PATIENT_INFO_02", b"nobody")], UnsupportedContent),
        ([volume_chunk([], count=2**31)], TooLarge),
        ([volume_chunk([], count=100_000)], CorruptFile),
        ([volume_chunk([], count=3)], TruncatedFile),
        ([volume_chunk([b"no stream"])], CorruptFile),
        ([volume_chunk([encoded(np.zeros((50, 60), np.uint8))])], CorruptFile),
        ([(b"@IMG_SCAN_03", struct.pack("<B4IBI", 2, 60000, 60000, 16, 3, 0, 0))], TooLarge),
        ([(b"@IMG_SCAN_03", struct.pack("<B4IBI", 2, 60, 60, 16, 3, 0, 0))], TruncatedFile),
        ([(b"@IMG_SCAN_03", struct.pack("<B4IBI", 2, 0, 60, 16, 3, 0, 0))], CorruptFile),
        ([(b"@IMG_SCAN_03", b"short")], TruncatedFile),
        ([(b"@A", b"")] * 10_001, CorruptFile),
    ],
)
def test_no_topcon_header_gets_past_its_bounds(chunks, error, tmp_path, open_file):
    (tmp_path / "a.fda").write_bytes(topcon(*chunks))
    with pytest.raises(error):
        open_file(tmp_path / "a.fda")


@pytest.mark.parametrize("base", [0, 64])
def test_a_heidelberg_file_is_sorted_into_scans_and_pictures(base, tmp_path, open_file, array_of):
    codes = np.arange(4 * 5 * 6, dtype=np.uint16).reshape(4, 5, 6) * 500
    retina = np.arange(56, dtype=np.uint8).reshape(7, 8)
    pictures = [((1, 2, 3), 2 * i, 1, codes[i]) for i in (2, 0, 3, 1)] + [((1, 2, 3), 0, 0, retina)]
    (tmp_path / "a.e2e").write_bytes(heidelberg(pictures, base=base))
    scan, fundus = open_file(tmp_path / "a.e2e").images
    assert scan.header.shape == (4, 5, 6)
    assert np.array_equal(array_of(scan), intensities()[codes])
    assert np.array_equal(array_of(fundus), retina)
    assert [image.header.modality for image in (scan, fundus)] == ["OPT", "OP"]


def test_brightness_is_the_logarithm_of_the_codes():
    for code in (0, 1, 1023, 1024, 30_000, 50_000, 60_000, 64_511, 64_512, 65_535):
        shown = (np.log(ufloat(code) + 2.44e-4) + 8.3) / 8.285 if ufloat(code) <= 1 else 1
        assert intensities()[code] == round(min(max(shown, 0), 1) * 65535)
    assert (np.diff(intensities().astype(int)) >= 0).all()


def test_directories_that_name_each_other_are_refused(tmp_path, open_file):
    head = struct.pack("<12sI20s", b"CMDb", 0, b"")
    (tmp_path / "a.e2e").write_bytes(head + directory(0, current=88) + directory(0, previous=88))
    with pytest.raises(CorruptFile, match="no end"):
        open_file(tmp_path / "a.e2e")


def test_a_directory_that_lists_four_billion_parts_is_refused(tmp_path, open_file):
    head = struct.pack("<12sI20s", b"CMDb", 0, b"")
    (tmp_path / "a.e2e").write_bytes(head + directory(0, current=88) + directory(2**32 - 1))
    with pytest.raises(CorruptFile, match="too many parts"):
        open_file(tmp_path / "a.e2e")
