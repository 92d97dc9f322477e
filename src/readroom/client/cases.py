"""Cases on the server: display sets and archive items filled with values."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from readroom.client import models
from readroom.client.connection import Connection
from readroom.client.downloads import download
from readroom.client.errors import ReadroomError, SocketNotFound, UploadRefused
from readroom.client.journal import Journal
from readroom.client.resources import ArchiveItems, ChangeableResource, DisplaySets, Sockets
from readroom.client.specs import PreparedValue, Preparer, SocketValueSpec
from readroom.client.uploads import Progress, Uploads

Deidentify = Callable[[Sequence[Path], Path], Sequence[Path]]
Case = TypeVar("Case", models.DisplaySet, models.ArchiveItem)


class CaseWriter:
    """Makes and fills display sets and archive items; nothing is left half-made.

    Parameters
    ----------
    connection : Connection
        To the server.
    uploads : Uploads
        For the files.
    deidentify : callable, optional
        Applied to DICOM files before they leave.
    """

    def __init__(self, connection: Connection, uploads: Uploads, *, deidentify: Deidentify | None = None) -> None:
        self._connection = connection
        self._uploads = uploads
        self._deidentify = deidentify
        self._sockets: dict[str, models.Socket] = {}
        self.display_sets = DisplaySets(connection)
        self.archive_items = ArchiveItems(connection)

    def find_socket(self, slug: str) -> models.Socket:
        """The socket with this slug, asked for once."""
        if slug not in self._sockets:
            found = Sockets(self._connection).page(params={"slug": slug})
            if not found:
                raise self._no_socket(slug)
            self._sockets[slug] = found[0]
        return self._sockets[slug]

    def _no_socket(self, slug: str) -> SocketNotFound:
        """The error that tells which sockets there are; those of a like name first."""
        import difflib

        known = [socket.slug for socket in Sockets(self._connection).page(limit=1000)]
        alike = difflib.get_close_matches(slug, known, n=3)
        choice = f"did you mean {' or '.join(alike)}?" if alike else f"there are {', '.join(known[:20]) or 'none'}."
        return SocketNotFound(f"There is no socket with the slug {slug!r}; {choice}", slug=slug)

    @contextmanager
    def prepared(self, values: Sequence[SocketValueSpec]) -> Iterator[list[PreparedValue]]:
        """Check all values before anything is written; temporary files live as long as the block."""
        with tempfile.TemporaryDirectory(prefix="readroom-") as folder:
            preparer = Preparer(
                find_socket=self.find_socket,
                find_image=self._find_image,
                download_file=self._download_file,
                folder=Path(folder),
                deidentify=self._deidentify,
            )
            yield [preparer.prepare(spec) for spec in values]

    def create(
        self,
        resource: ChangeableResource[Case],
        fields: Mapping[str, Any],
        values: Sequence[SocketValueSpec],
        *,
        journal: Journal | None = None,
        progress: Progress | None = None,
    ) -> Case:
        """Make a case and fill it; when filling fails it is deleted again, or the error names it."""
        with self.prepared(values) as prepared:
            case = resource.create(**fields)
            try:
                return self._fill(resource, case.pk, prepared, {}, journal=journal, progress=progress)
            except (ReadroomError, OSError) as error:
                raise self._cleaned_up(resource, case.pk, error) from error
            except KeyboardInterrupt:
                if journal is None:  # with one, the next run fills the case
                    with suppress(ReadroomError):
                        resource.delete(case.pk)
                raise

    def update(
        self,
        resource: ChangeableResource[Case],
        pk: str,
        values: Sequence[SocketValueSpec],
        fields: Mapping[str, Any],
        *,
        journal: Journal | None = None,
        progress: Progress | None = None,
    ) -> Case:
        """Put values into a case that is there."""
        with self.prepared(values) as prepared:
            return self._fill(resource, pk, prepared, fields, journal=journal, progress=progress)

    def _fill(
        self,
        resource: ChangeableResource[Case],
        pk: str,
        prepared: Sequence[PreparedValue],
        fields: Mapping[str, Any],
        *,
        journal: Journal | None,
        progress: Progress | None,
    ) -> Case:
        requests = [value.to_request(self._send(value, journal, progress)) for value in prepared]
        return resource.partial_update(pk=pk, values=requests, **fields)

    def _send(self, value: PreparedValue, journal: Journal | None, progress: Progress | None) -> list[str]:
        return self._uploads.upload_files(value.uploads, journal=journal, progress=progress) if value.uploads else []

    def _cleaned_up(self, resource: ChangeableResource[Any], pk: str, error: Exception) -> ReadroomError:
        try:
            resource.delete(pk)
        except ReadroomError:
            hint = f"The empty case {pk} stays on the server, which does not allow deleting it: fill it with update_*."
            return UploadRefused(f"The case was made but could not be filled. {hint}", reasons=[str(error)])
        return UploadRefused(
            "The case could not be filled and was deleted again; nothing is left.", reasons=[str(error)]
        )

    def _find_image(self, address: str) -> str:
        self._connection.request("GET", address)
        return address

    def _download_file(self, address: str, folder: Path) -> Path:
        return download(self._connection, address, folder / (address.rstrip("/").rpartition("/")[2] or "file"))
