"""The indexes of stored packs, read without decoding anything; the last ones that were asked for are kept."""

from __future__ import annotations

from collections import OrderedDict
from functools import lru_cache
from threading import Lock
from typing import Any

from readroom.imaging.errors import DamagedPack
from readroom.imaging.packindex import VERSION, PackIndex, read_index
from readroom.server.storage.blobs import BlobStore, MissingBlob

Span = tuple[int, int]
"""Where some bytes begin, and how many they are."""
KEPT = 256
indexes: OrderedDict[str, PackIndex] = OrderedDict()
lock = Lock()


def index_of(store: BlobStore, key: str) -> PackIndex:
    """The index of a pack; raises `MissingBlob` for what is no pack."""
    with lock:
        if key in indexes:
            indexes.move_to_end(key)
            return indexes[key]
    try:
        index = read_index(lambda start, length: b"".join(store.read(key, start=start, length=length)))
    except DamagedPack as error:
        raise MissingBlob(str(error)) from error
    with lock:
        indexes[key] = index
        while len(indexes) > KEPT:
            indexes.popitem(last=False)
    return index


@lru_cache(maxsize=4096)
def frame_spans(store: BlobStore, key: str, frame: int) -> tuple[Span, ...]:
    """Where the parts of a frame's codestream stand; raises `MissingBlob` for a frame that is not there."""
    try:
        return tuple((span.offset, span.length) for span in index_of(store, key).frame_spans(frame))
    except IndexError:
        raise MissingBlob(f"there is no frame {frame}") from None


def to_document(index: PackIndex) -> dict[str, Any]:
    """The index as JSON for a program that reads ranges: without the check values of single parts."""
    bands = [band.to_json() for band in index.bands]
    for band in bands:
        del band["crc32"]
    return {
        "version": VERSION,
        "codec": index.codec,
        "data_start": index.data_start,
        "header": dict(index.header),
        "minimum": index.minimum,
        "maximum": index.maximum,
        "window": list(index.window),
        "voxels_sha256": index.voxels_sha256,
        "bands": bands,
    }
