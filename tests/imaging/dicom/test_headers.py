"""Headers, without pixels, of files good and bad."""

import os
import struct
import zlib

import numpy as np
import pydicom
import pytest
from bench.fuzz_headers import attack, load_seeds
from tests.conftest import SHARED
from tests.imaging.counting import counted_statements, measured_memory
from tests.imaging.dicom.scenes import slice_dataset, write

from readroom.imaging.dicom import headers, tags
from readroom.imaging.dicom.elements import EXPLICIT_LITTLE, Elements, end_of_sequence
from readroom.imaging.dicom.headers import read_header
from readroom.imaging.dicom.pixels import FrameReader
from readroom.imaging.errors import CorruptFile, EmptyFile, TooLarge, TruncatedFile, UnknownFormat

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydicom")

MAGIC = bytes(128) + b"DICM"


def element(tag, vr, value, *, order="<"):
    head = struct.pack(order + "HH", tag >> 16, tag & 0xFFFF) + vr
    if vr in (b"OB", b"OW", b"SQ", b"UN"):
        return head + bytes(2) + struct.pack(order + "I", len(value)) + value
    return head + struct.pack(order + "H", len(value)) + value


def undefined(tag, vr, content):
    return struct.pack("<HH", tag >> 16, tag & 0xFFFF) + vr + bytes(2) + b"\xff" * 4 + content + DELIMITER


DELIMITER = b"\xfe\xff\xdd\xe0\0\0\0\0"
ITEM = b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
ITEM_END = b"\xfe\xff\x0d\xe0\0\0\0\0"
MODALITY = element(tags.MODALITY, b"CS", b"CT")
ROWS = element(tags.ROWS, b"US", b"\x04\0")


def meta(syntax=b"1.2.840.10008.1.2.1\0"):
    return MAGIC + element(tags.TRANSFER_SYNTAX_UID, b"UI", syntax)


def header_of(data, tmp_path):
    path = tmp_path / "a.dcm"
    path.write_bytes(data)
    return read_header(path)


def corpus():
    folder = SHARED / "testdata"
    paths = [*(folder / "dicom").rglob("*"), *(folder / "dicom-variants").rglob("*")] if folder.is_dir() else []
    return sorted(str(path.relative_to(folder)) for path in paths if path.is_file())


@pytest.mark.corpus
def test_every_element_of_the_corpus_has_the_bytes_that_pydicom_finds(testdata):
    compared = 0
    for name in corpus():
        path = testdata / name
        try:
            header = read_header(path)
        except TruncatedFile:
            assert name.endswith("rtplan_truncated.dcm")
            continue
        dataset = pydicom.dcmread(path, force=True, stop_before_pixels=True)
        for tag in tags.READ:
            raw = dataset.get_item(tag)
            if raw is None or not isinstance(raw.value, bytes):
                continue
            assert header.elements.values[tag] == raw.value, (name, hex(tag))
            compared += 1
    assert compared > 10_000


def test_pixels_are_not_read(tmp_path, monkeypatch):
    path = write(slice_dataset(values=np.zeros((1000, 1000), np.uint16)), tmp_path / "a.dcm")
    asked = []
    pread = os.pread
    monkeypatch.setattr(os, "pread", lambda fd, length, offset: asked.append(length) or pread(fd, length, offset))
    assert read_header(path).pixels.length == 2_000_000
    assert sum(asked) <= 16 * 1024


def test_a_long_private_element_before_the_pixels_is_stepped_over(tmp_path, monkeypatch):
    private = element(0x00291010, b"OB", bytes(30_000_000))
    asked = []
    pread = os.pread
    monkeypatch.setattr(os, "pread", lambda fd, length, offset: asked.append(length) or pread(fd, length, offset))
    header = header_of(meta() + MODALITY + private + element(tags.PIXEL_DATA, b"OW", bytes(8)), tmp_path)
    assert header.pixels.length == 8
    assert sum(asked) < 100_000


def test_sequences_without_length_are_stepped_over_wherever_a_piece_of_the_file_ends(tmp_path):
    inner = undefined(0x00400275, b"SQ", ITEM + element(0x00400007, b"LO", b"abcd") + ITEM_END)
    for filling in range(headers.FIRST_PIECE - 400, headers.FIRST_PIECE + 20, 7):
        padding = element(0x00091010, b"OB", bytes(filling))
        header = header_of(
            meta() + MODALITY + padding + undefined(0x00080096, b"SQ", ITEM + inner + ITEM_END) + ROWS, tmp_path
        )
        assert header.elements.short(tags.ROWS) == 4
        assert header.elements.text(tags.MODALITY) == "CT"


def test_a_file_without_preamble_and_meta_is_read(tmp_path):
    header = header_of(element(0x00080005, b"CS", b"ISO_IR 192") + MODALITY + ROWS, tmp_path)
    assert header.transfer_syntax == "1.2.840.10008.1.2.1"
    assert header.elements.short(tags.ROWS) == 4


def test_the_bytes_are_believed_and_not_the_declared_syntax(tmp_path):
    implicit = b"\x08\0\x60\0\x02\0\0\0CT" + b"\x28\0\x10\0\x02\0\0\0\x04\0"
    assert header_of(meta() + implicit, tmp_path).elements.short(tags.ROWS) == 4
    assert header_of(meta(b"1.2.840.10008.1.2\0") + MODALITY + ROWS, tmp_path).elements.short(tags.ROWS) == 4


def test_big_endian_numbers_are_turned(tmp_path):
    modality = element(tags.MODALITY, b"CS", b"CT", order=">")
    rows = element(tags.ROWS, b"US", b"\0\x04", order=">")
    header = header_of(meta(b"1.2.840.10008.1.2.2\0") + modality + rows, tmp_path)
    assert header.elements.short(tags.ROWS) == 4
    assert header.elements.numbers(tags.ROWS, "H") == (4,)


def test_a_deflated_data_set_is_inflated_only_as_far_as_it_is_read(tmp_path):
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    pixels = element(tags.PIXEL_DATA, b"OW", bytes(40_000_000))
    packed = deflate.compress(MODALITY + ROWS + pixels) + deflate.flush()
    with measured_memory() as work:
        header = header_of(meta(b"1.2.840.10008.1.2.1.99") + packed, tmp_path)
    assert work.peak_bytes < 4_000_000
    assert header.elements.short(tags.ROWS) == 4
    assert header.pixels.length == 40_000_000


def test_a_deflate_bomb_is_refused_before_it_fills_the_memory(tmp_path):
    def deflated(content):
        deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
        return meta(b"1.2.840.10008.1.2.1.99") + deflate.compress(content) + deflate.flush()

    with pytest.raises(TooLarge):
        header_of(deflated(MODALITY + element(0x00091010, b"OB", bytes(80_000_000))), tmp_path)
    dataset = slice_dataset(values=np.zeros((4, 6), np.uint8), NumberOfFrames=20_000_000 // 24)
    dataset.Rows = dataset.Columns = 600
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1.99"
    dataset.PixelData = bytes(1_000_000)
    path = write(dataset, tmp_path / "b.dcm")
    with pytest.raises((TooLarge, TruncatedFile)):
        FrameReader(read_header(path))


def test_a_sequence_of_unknown_representation_is_read_as_implicit(tmp_path):
    item = b"\xfe\xff\x00\xe0\xff\xff\xff\xff" + b"\x28\0\x10\0\x02\0\0\0\x04\0" + ITEM_END
    header = header_of(meta() + MODALITY + undefined(tags.VOI_LUT_SEQUENCE, b"UN", item), tmp_path)
    [read] = header.elements.items(tags.VOI_LUT_SEQUENCE)
    assert read.short(tags.ROWS) == 4


def test_item_lengths_that_spell_a_representation_are_still_lengths():
    value = element(0x00400007, b"LO", b"x" * 16706)
    assert len(value).to_bytes(4, "little")[:2] == b"JA"
    data = b"\xfe\xff\x00\xe0" + struct.pack("<I", len(value)) + value + DELIMITER
    assert end_of_sequence(data, 0, EXPLICIT_LITTLE) == len(data) - 8


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", EmptyFile),
        (b"hello", UnknownFormat),
        (MAGIC, CorruptFile),
        (meta(), CorruptFile),
        (meta()[:-3], TruncatedFile),
        (meta() + MODALITY + ROWS[:-1], TruncatedFile),
        (meta() + MODALITY + element(0x00091010, b"OB", bytes(99))[:-40] , TruncatedFile),
        (meta() + MODALITY + undefined(0x00080096, b"SQ", ITEM)[:-8], TruncatedFile),
        (meta() + MODALITY + undefined(0x00080096, b"SQ", (ITEM + undefined(0x00080096, b"SQ", b"")[:12]) * 100), CorruptFile),
        (meta() + MODALITY + b"\x08\0\x96\0SQ\0\0\xfe\xff\xff\xff" + ITEM, TruncatedFile),
        (meta() + MODALITY * 200_000, TooLarge),
    ],
    ids=["empty", "text", "magic only", "meta only", "cut meta", "cut value", "cut long value", "cut sequence",
         "deep nesting", "huge length", "endless elements"],
)  # fmt: skip
def test_what_cannot_be_read_ends_in_its_own_error(tmp_path, data, error):
    with pytest.raises(error):
        header_of(data, tmp_path)


def put_before_rows(path, intruder):
    data = path.read_bytes()
    place = data.index(struct.pack("<HH", 0x0028, 0x0010))
    path.write_bytes(data[:place] + intruder + data[place:])
    return len(data) + len(intruder)


def test_a_stray_delimiter_is_stepped_over(tmp_path):
    path = write(slice_dataset(), tmp_path / "a.dcm")
    length = put_before_rows(path, ITEM_END)
    header = read_header(path)
    assert header.elements.short(tags.ROWS) == 4
    assert header.pixels.offset == length - 48


def test_an_unknown_representation_gets_a_second_chance_with_pydicom(tmp_path):
    path = write(slice_dataset(), tmp_path / "a.dcm")
    length = put_before_rows(path, b"\x28\0\x09\0XX\x06\0abcdef")
    header = read_header(path)
    assert header.elements.short(tags.ROWS) == 4
    assert (header.pixels.offset, header.pixels.length) == (length - 48, 48)
    assert header.elements.decimals(tags.IMAGE_POSITION_PATIENT) == (0.0, 0.0, 2.0)
    assert header.transfer_syntax == "1.2.840.10008.1.2.1"


def test_the_second_chance_does_not_go_on_for_ever(tmp_path):
    path = tmp_path / "a.dcm"
    path.write_bytes(meta() + MODALITY)
    os.truncate(path, 2_000_000_000)
    with counted_statements() as work, pytest.raises(CorruptFile):
        read_header(path)
    assert work.statements < 500_000


def test_the_second_chance_is_quick_with_sequences_in_sequences(tmp_path):
    """pydicom repeats what it says about an error on every level: 40 levels would take for ever."""
    nested = element(0x00080100, b"SH", b"")
    for _ in range(40):
        item = b"\xfe\xff\x00\xe0" + struct.pack("<I", len(nested)) + nested
        nested = element(tags.CONTENT_SEQUENCE, b"SQ", item)
    path = write(slice_dataset(), tmp_path / "a.dcm")
    put_before_rows(path, b"\x28\0\x09\0XX\x06\0abcdef")
    data = path.read_bytes()
    place = data.index(struct.pack("<HH", 0x0028, 0x0002))
    path.write_bytes(data[:place] + nested + data[place:])
    with counted_statements() as work:
        assert read_header(path).elements.short(tags.ROWS) == 4
    assert work.statements < 100_000


def test_header_values_never_reach_a_log(tmp_path, caplog):
    path = write(slice_dataset(), tmp_path / "a.dcm")
    put_before_rows(path, b"\x28\0\x09\0XX\x06\0abcdef")
    data = path.read_bytes()
    path.write_bytes(data.replace(b"1.2.3\0", b"Doe^J\0"))
    read_header(path)
    assert caplog.text == ""


def test_numbers_that_are_none_are_absent():
    elements = Elements(
        EXPLICIT_LITTLE, {1: b"1\\2.5 ", 2: b"nan", 3: b"1e400", 4: b"abc", 5: b"", 6: b"1,5", 7: b"4\0"}
    )
    assert [elements.decimals(tag) for tag in range(1, 9)] == [(1.0, 2.5), (), (), (), (), (1.5,), (4.0,), ()]
    assert elements.short(5) is None
    assert elements.doubles(5) == ()


@pytest.mark.corpus
def test_thousands_of_broken_files_end_in_our_own_refusals(testdata, memory_path):
    seeds = load_seeds(testdata / "dicom/small") + load_seeds(testdata / "dicom/enhanced-mr-small")
    seeds += load_seeds(testdata / "dicom/sr") + load_seeds(testdata / "dicom/seg-fractional")
    seeds += load_seeds(testdata / "dicom/wsi-synthetic-levels")
    result = attack(seeds, numbers=range(2000), scratch=memory_path / "x")
    assert result.failures == []
    assert min(result.outcomes[name] for name in ("used", "refused", "ignored")) > 10


@pytest.mark.corpus
def test_no_broken_file_takes_much_work(testdata, memory_path):
    seeds = load_seeds(testdata / "dicom/small") + load_seeds(testdata / "dicom/sr")
    for number in range(200):
        with counted_statements() as work:
            attack(seeds, numbers=[number], scratch=memory_path / "x")
        assert work.statements < 2_000_000, f"mutation {number}"
