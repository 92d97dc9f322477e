"""The storage that the settings name."""

from __future__ import annotations

from functools import lru_cache

from readroom.server import config
from readroom.server.storage.blobs import BlobStore
from readroom.server.storage.local import LocalBlobs
from readroom.server.storage.s3 import S3Blobs


def current() -> BlobStore:
    """The storage that the settings name."""
    return store_of(config.current())


@lru_cache(maxsize=8)
def store_of(settings: config.Config) -> BlobStore:
    if not settings.storage:
        return LocalBlobs(settings)
    if settings.storage.startswith("s3://"):
        return S3Blobs(settings)
    raise config.WrongSetting(f"READROOM_STORAGE: {settings.storage!r} is neither empty nor s3://bucket/prefix")
