"""What every storage does, as tests: derive a class with a fixture ``store`` and a fixture ``put_part``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from readroom.server.storage.blobs import BlobStore, MissingBlob, MissingParts, WrongParts

PutPart = Callable[[str, bytes], str]
"""PUTs bytes to a part's address and returns the ETag of the reply."""
MEBIBYTE = 1024 * 1024


def content_of(store: BlobStore, key: str, *, start: int = 0, length: int | None = None) -> bytes:
    return b"".join(store.read(key, start=start, length=length))


class BlobStoreConformance:
    """Derive this class for an adapter."""

    def test_a_blob_comes_back_as_it_was_written(self, store: BlobStore, tmp_path: Path) -> None:
        source = tmp_path / "source"
        source.write_bytes(bytes(range(256)) * 9000)
        store.write_file("packs/ab/file.bin", source)
        assert content_of(store, "packs/ab/file.bin") == source.read_bytes()
        assert store.size("packs/ab/file.bin") == source.stat().st_size
        assert source.exists()

    def test_the_later_bytes_of_a_key_are_kept(self, store: BlobStore) -> None:
        store.write_bytes("a", b"first")
        store.write_bytes("a", b"second")
        assert content_of(store, "a") == b"second"

    @pytest.mark.parametrize(("start", "length"), [(0, 1), (3, 4), (8, None), (8, 100), (10, None), (2, 0)])
    def test_a_range_is_what_slicing_gives(self, store: BlobStore, start: int, length: int | None) -> None:
        store.write_bytes("a", b"0123456789")
        end = None if length is None else start + length
        assert content_of(store, "a", start=start, length=length) == b"0123456789"[start:end]

    def test_an_unknown_key_is_missing(self, store: BlobStore) -> None:
        for use in (store.size, store.read):
            with pytest.raises(MissingBlob):
                use("nothing")
        with pytest.raises(MissingBlob), store.local_copy("nothing"):
            pass

    @pytest.mark.parametrize("key", ["../a", "a/../b", "/a", "a//b", "", "a\x00b", ".hidden", "a/.b", "a b", "a" * 300])
    def test_a_key_cannot_leave_its_folder(self, store: BlobStore, key: str) -> None:
        with pytest.raises(MissingBlob):
            store.write_bytes(key, b"x")

    def test_a_removed_blob_is_missing_and_removing_again_is_no_error(self, store: BlobStore) -> None:
        store.write_bytes("a", b"x")
        store.remove("a")
        store.remove("a")
        with pytest.raises(MissingBlob):
            store.size("a")

    def test_a_local_copy_holds_the_bytes(self, store: BlobStore) -> None:
        store.write_bytes("folder/a.bin", b"x" * 100)
        with store.local_copy("folder/a.bin") as path:
            assert path.read_bytes() == b"x" * 100
            assert path.suffix == ".bin"

    def test_parts_become_one_blob(self, store: BlobStore, put_part: PutPart) -> None:
        contents = [b"a" * (5 * MEBIBYTE), b"b" * 10]
        parts_id = store.begin_parts("uploads/1")
        links = store.part_links("uploads/1", parts_id, [1, 2, 3], seconds=60)
        parts = [(number, put_part(links[number], content)) for number, content in enumerate(contents, start=1)]
        assert [(part.number, part.etag, part.size) for part in store.list_parts("uploads/1", parts_id)] == [
            (number, etag, len(content)) for (number, etag), content in zip(parts, contents, strict=True)
        ]
        assert store.join_parts("uploads/1", parts_id, parts).size == sum(map(len, contents))
        assert content_of(store, "uploads/1") == b"".join(contents)

    def test_joining_again_gives_the_same_blob(self, store: BlobStore, put_part: PutPart) -> None:
        parts_id = store.begin_parts("uploads/1")
        parts = [(1, put_part(store.part_links("uploads/1", parts_id, [1], seconds=60)[1], b"abc"))]
        assert store.join_parts("uploads/1", parts_id, parts).size == 3
        assert store.join_parts("uploads/1", parts_id, parts).size == 3
        assert content_of(store, "uploads/1") == b"abc"

    def test_a_part_that_is_sent_again_replaces_the_first(self, store: BlobStore, put_part: PutPart) -> None:
        parts_id = store.begin_parts("uploads/1")
        link = store.part_links("uploads/1", parts_id, [1], seconds=60)[1]
        put_part(link, b"damaged")
        etag = put_part(link, b"whole")
        store.join_parts("uploads/1", parts_id, [(1, etag)])
        assert content_of(store, "uploads/1") == b"whole"

    def test_a_wrong_etag_is_refused(self, store: BlobStore, put_part: PutPart) -> None:
        parts_id = store.begin_parts("uploads/1")
        put_part(store.part_links("uploads/1", parts_id, [1], seconds=60)[1], b"abc")
        with pytest.raises(WrongParts):
            store.join_parts("uploads/1", parts_id, [(1, '"' + "0" * 32 + '"')])

    def test_an_upload_without_parts_is_an_empty_blob(self, store: BlobStore) -> None:
        parts_id = store.begin_parts("uploads/1")
        assert store.join_parts("uploads/1", parts_id, []).size == 0
        assert store.size("uploads/1") == 0

    def test_dropped_parts_are_missing(self, store: BlobStore, put_part: PutPart) -> None:
        parts_id = store.begin_parts("uploads/1")
        put_part(store.part_links("uploads/1", parts_id, [1], seconds=60)[1], b"abc")
        store.drop_parts("uploads/1", parts_id)
        store.drop_parts("uploads/1", parts_id)
        with pytest.raises(MissingParts):
            store.list_parts("uploads/1", parts_id)
