"""Files made of packs when somebody asks for them, and kept for the next one."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from django.utils import timezone

from readroom.server import config
from readroom.server.db.models import Blob
from readroom.server.domain.errors import NotFound
from readroom.server.storage import stores
from readroom.server.storage.blobs import MissingBlob

FOLDER = "derived/"
making: defaultdict[str, Lock] = defaultdict(Lock)


def make_mha(pack: Any, path: Path) -> None:  # noqa: ANN401 - imaging is loaded only where pixels are made
    from readroom.imaging import write_mha

    write_mha(pack, path, threads=config.current().import_threads)


def make_nifti(pack: Any, path: Path) -> None:  # noqa: ANN401 - same
    from readroom.imaging import write_nifti

    write_nifti(pack, path, threads=config.current().import_threads)


def make_preview(pack: Any, path: Path) -> None:  # noqa: ANN401 - same
    from readroom.imaging import preview_jpeg

    path.write_bytes(preview_jpeg(pack))


MAKERS: Mapping[str, Callable[[Any, Path], None]] = {
    ".mha": make_mha,
    ".nii.gz": make_nifti,
    ".jpg": make_preview,
}


def derived_key(pack_key: str, suffix: str) -> str:
    return FOLDER + pack_key.rsplit("/", 1)[-1].removesuffix(".rrpack") + suffix


def make_file(pack_key: str, suffix: str) -> str:
    """The key of a file made of a pack; made at the first call. Raises `NotFound` for a kind that is not made."""
    if suffix not in MAKERS:
        raise NotFound
    key = derived_key(pack_key, suffix)
    store = stores.current()
    with making[key]:
        try:
            store.size(key)
        except MissingBlob:
            store_made_file(pack_key, key, suffix)
    making.pop(key, None)
    return key


def store_made_file(pack_key: str, key: str, suffix: str) -> None:
    from readroom.imaging import Pack

    store = stores.current()
    cache = config.current().data / "work"
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as folder, store.local_copy(pack_key) as source:
        path = Path(folder) / f"image{suffix}"
        with Pack.open(source) as pack:
            MAKERS[suffix](pack, path)
        row = Blob(key=key, size=path.stat().st_size, unused_since=timezone.now())
        Blob.objects.bulk_create(
            [row], update_conflicts=True, unique_fields=["key"], update_fields=["size", "unused_since"]
        )
        store.write_file(key, path)
