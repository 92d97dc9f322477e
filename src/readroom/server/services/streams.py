"""A blob as a file object."""

from __future__ import annotations

import io

from readroom.server.storage.blobs import BlobStore

BUFFER = 256 * 1024


class RawBlob(io.RawIOBase):
    def __init__(self, store: BlobStore, key: str, size: int) -> None:
        super().__init__()
        self.store, self.key, self.length, self.place = store, key, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self.place, io.SEEK_END: self.length}[whence]
        self.place = max(0, base + offset)
        return self.place

    def tell(self) -> int:
        return self.place

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        wanted = min(len(buffer), max(0, self.length - self.place))
        content = b"".join(self.store.read(self.key, start=self.place, length=wanted)) if wanted else b""
        buffer[: len(content)] = content
        self.place += len(content)
        return len(content)


class BlobFile(io.BufferedReader):
    """A blob, read in ranges as they are asked for."""

    def __init__(self, store: BlobStore, key: str, size: int) -> None:
        store.size(key)
        super().__init__(RawBlob(store, key, size), BUFFER)
