"""Archives of strangers: everything good in them is used, nothing in them leaves the folder or fills the disk."""

import contextlib
import io
import os
import stat
import struct
import zipfile

import numpy as np
import pytest

from readroom.imaging import Limits
from readroom.imaging.errors import RefusedFile, TruncatedFile, UnsafeArchive, UnsupportedContent
from readroom.imaging.unpacking import Budget, refuse_other_archive, unpack_zip


def pack(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def zip_bytes(members):
    buffer = io.BytesIO()
    pack(buffer, members)
    return buffer.getvalue()


def unpack(path, tmp_path, **limits):
    folder = tmp_path / "out"
    folder.mkdir()
    return list(unpack_zip(path, folder, budget=Budget.of(Limits(**limits))))


def problems(members):
    return {member.name: type(member.problem).__name__ for member in members if member.problem}


def test_members_come_sorted_with_folders_and_inner_archives_in_their_names(tmp_path):
    inner = zip_bytes([("c.txt", "c")])
    path = pack(tmp_path / "a.zip", [("b/two", "2"), ("b/inner.zip", inner), ("a", "1"), ("empty/", "")])
    members = unpack(path, tmp_path)
    assert [(member.name, member.path.read_bytes()) for member in members] == [
        ("a", b"1"),
        ("b/inner.zip/c.txt", b"c"),
        ("b/two", b"2"),
    ]


@pytest.mark.parametrize(
    "name", ["../x", "a/../../x", "/etc/x", "\\x", "..\\x", "a\\..\\..\\x", "C:\\x", "C:x", "a/b/../../../x"]
)
def test_a_name_that_leaves_the_folder_is_refused_and_the_others_are_used(tmp_path, name):
    path = pack(tmp_path / "a.zip", [(name, "evil"), ("good", "fine")])
    members = unpack(path, tmp_path)
    assert list(problems(members).values()) == ["UnsafePath"]
    assert [member.name for member in members if member.path] == ["good"]
    written = {file for file in tmp_path.rglob("*") if file.is_file()}
    assert written == {path, tmp_path / "out" / "good"}


def test_links_devices_and_pipes_are_refused(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, kind in [("link", stat.S_IFLNK), ("pipe", stat.S_IFIFO), ("device", stat.S_IFCHR)]:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (kind | 0o777) << 16
            archive.writestr(entry, "/etc/passwd")
    members = unpack(path, tmp_path)
    assert set(problems(members)) == {"link", "pipe", "device"}
    assert list((tmp_path / "out").iterdir()) == []


def test_an_encrypted_member_is_refused(tmp_path):
    path = pack(tmp_path / "a.zip", [("secret", "x" * 100)])
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    data[6] |= 1
    path.write_bytes(data)
    assert problems(unpack(path, tmp_path)) == {"secret": "UnsafeArchive"}


def test_a_rare_compression_is_refused_for_its_memory_is_not_bounded(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("lzma", b"x" * 100, compress_type=zipfile.ZIP_LZMA)
        archive.writestr("good", b"x" * 100)
    assert problems(unpack(path, tmp_path)) == {"lzma": "UnsafeArchive"}


def test_a_member_whose_own_header_is_no_text_is_refused(tmp_path):
    path = pack(tmp_path / "a.zip", [("ü.txt", "x")])
    path.write_bytes(path.read_bytes().replace("ü".encode(), b"\xff\xff", 1))
    assert list(problems(unpack(path, tmp_path)).values()) == ["CorruptFile"]


def test_a_member_with_a_wrong_checksum_is_refused_and_leaves_no_file(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("bad", "x" * 100)
        archive.writestr("good", "y" * 100)
    path.write_bytes(path.read_bytes().replace(b"xxxx", b"xxXx", 1))
    members = unpack(path, tmp_path)
    assert problems(members) == {"bad": "CorruptFile"}
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["good"]


def test_the_second_of_two_members_with_one_name_is_refused(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = pack(tmp_path / "a.zip", [("x", "1"), ("x", "2")])
    members = unpack(path, tmp_path)
    assert [member.path is None for member in members] == [False, True]


def test_a_file_and_a_folder_of_one_name_do_not_end_the_import(tmp_path):
    members = unpack(pack(tmp_path / "a.zip", [("x", "1"), ("x/y", "2"), ("z", "3")]), tmp_path)
    assert problems(members) == {"x/y": "UnsafePath"}
    assert [member.name for member in members if member.path] == ["x", "z"]


def test_a_bomb_is_refused_by_what_it_declares(tmp_path):
    path = pack(tmp_path / "a.zip", [("zeros", bytes(64 << 20))])
    with pytest.raises(UnsafeArchive, match="bombs"):
        unpack(path, tmp_path)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_bomb_that_lies_about_its_size_is_stopped_while_it_unpacks(tmp_path):
    path = pack(tmp_path / "a.zip", [("zeros", bytes(64 << 20))])
    data = path.read_bytes()
    path.write_bytes(data.replace(struct.pack("<L", 64 << 20), struct.pack("<L", 1000)))
    members = unpack(path, tmp_path)
    assert problems(members) == {"zeros": "CorruptFile"}
    assert list((tmp_path / "out").iterdir()) == []


def test_a_bomb_within_an_archive_spends_the_outer_allowance(tmp_path):
    inner = zip_bytes([("zeros", bytes(40 << 20))])
    with pytest.raises(UnsafeArchive, match="bombs"):
        unpack(pack(tmp_path / "a.zip", [("inner.zip", inner)]), tmp_path)


def test_all_archives_together_are_bounded(tmp_path):
    path = pack(tmp_path / "a.zip", [("a", os.urandom(3000)), ("b", os.urandom(3000))])
    with pytest.raises(UnsafeArchive, match="several imports"):
        unpack(path, tmp_path, max_unpacked_bytes=5000)


def test_archives_are_nested_only_so_deep(tmp_path):
    content = b"data"
    for _ in range(5):
        content = zip_bytes([("inner.zip", content)])
    (tmp_path / "a.zip").write_bytes(content)
    [member] = unpack(tmp_path / "a.zip", tmp_path)
    assert isinstance(member.problem, UnsafeArchive)
    assert "3 deep" in member.problem.reason


def test_the_number_of_members_is_bounded_before_the_directory_is_read(tmp_path):
    path = pack(tmp_path / "a.zip", [(f"{number}", "x") for number in range(50)])
    with pytest.raises(UnsafeArchive, match="50 files"):
        unpack(path, tmp_path, max_files=49)


@pytest.mark.parametrize("cut", [1, 10, 22, 60, 150])
def test_a_cut_archive_is_refused(tmp_path, cut):
    path = pack(tmp_path / "a.zip", [("a", os.urandom(100)), ("b", os.urandom(100))])
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(TruncatedFile):
        unpack(path, tmp_path)


def test_names_that_claim_utf8_and_are_not_refuse_the_archive(tmp_path):
    path = pack(tmp_path / "a.zip", [("ü.txt", "x")])
    path.write_bytes(path.read_bytes().replace("ü".encode(), b"\xff\xff"))
    with pytest.raises(UnsafeArchive, match="UTF-8"):
        unpack(path, tmp_path)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"7z\xbc\xaf\x27\x1c....", "7-Zip"),
        (b"Rar!\x1a\x07\x01\x00", "RAR"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"\0" * 257 + b"ustar\x0000", "tar"),
    ],
)
def test_other_archives_are_refused_with_the_remedy(head, kind):
    with pytest.raises(UnsupportedContent, match=f"{kind} archive.*zip"):
        refuse_other_archive(head)


def mutated_zips(count):
    """Small archives with a few bytes changed, most of them in the directory."""
    rng = np.random.default_rng(11)
    good = zip_bytes([("a/one", b"1" * 200), ("two", b"2" * 50), ("inner.zip", zip_bytes([("x", b"x" * 99)]))])
    for _ in range(count):
        data = bytearray(good)
        for _ in range(int(rng.integers(1, 6))):
            place = int(rng.integers(0, len(data)) if rng.random() < 0.5 else rng.integers(len(data) - 300, len(data)))
            data[place] = int(rng.integers(0, 256))
        yield bytes(data[: int(rng.integers(20, len(data)))]) if rng.random() < 0.1 else bytes(data)


def test_a_broken_archive_ends_in_our_errors_and_never_outside_its_folder(tmp_path):
    path = tmp_path / "a.zip"
    for number, data in enumerate(mutated_zips(500)):
        path.write_bytes(data)
        folder = tmp_path / f"out-{number}"
        folder.mkdir()
        with contextlib.suppress(RefusedFile):
            for member in unpack_zip(path, folder, budget=Budget.of(Limits())):
                assert member.path is None or member.path.resolve().is_relative_to(folder)
    assert {entry.name.split("-")[0] for entry in tmp_path.iterdir()} == {"a.zip", "out"}
