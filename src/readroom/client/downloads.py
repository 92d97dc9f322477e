"""Files on their way from the server: streamed to disk, resumed where they broke off, never half-written."""

from __future__ import annotations

import logging
import time
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from readroom.client import models
from readroom.client.connection import Connection
from readroom.client.errors import ConnectionFailed
from readroom.client.resources import Resource, Syntheses

logger = logging.getLogger(__name__)

TRIES = 5
PARTIAL_CONTENT = 206


def download(connection: Connection, url: str, target: Path) -> Path:
    """Write what stands at an address of the server to a file.

    Parameters
    ----------
    connection : Connection
        To the server.
    url : str
        What to read.
    target : Path
        Where to write; refused when it exists. Until all has arrived the bytes stand beside it under ``.part``.

    Raises
    ------
    FileExistsError
        When there is such a file already; nothing is overwritten.
    """
    if target.exists():
        raise FileExistsError(f"{target} exists already; move it away or choose another folder")
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = PartialFile(target.with_name(f"{target.name}.{uuid.uuid4().hex[:8]}.part"))
    try:
        partial.complete(connection, url)
        partial.path.replace(target)
    finally:
        partial.path.unlink(missing_ok=True)
    return target


@dataclass(slots=True)
class PartialFile:
    """Bytes that have arrived so far, and the tag that says of which content they are."""

    path: Path
    tag: str = ""

    @property
    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def complete(self, connection: Connection, url: str) -> None:
        """Read to the end; gives up when nothing has come for some tries, however often it broke off before."""
        tries = 0
        while True:
            before = self.size
            try:
                self.go_on(connection, url)
            except ConnectionFailed as error:
                tries = 1 if self.size > before else tries + 1
                if tries == TRIES:
                    raise
                delay = 0.25 * 2**tries
                logger.warning("%s; going on in %.1f s", error, delay)
                time.sleep(delay)
            else:
                return

    def go_on(self, connection: Connection, url: str) -> None:
        """Read on from the bytes there are, as long as the content on the server is still the same."""
        start = self.size if self.tag.startswith('"') else 0
        headers = {"Range": f"bytes={start}-", "If-Range": self.tag} if start else {}
        with connection.stream(url, extra_headers=headers) as response:
            self.tag = response.headers.get("ETag", "")
            with self.path.open("ab" if response.status_code == PARTIAL_CONTENT else "wb") as file:
                for block in response.iter_bytes():
                    file.write(block)
            check_complete(response, self.path)


def check_complete(response: httpx.Response, path: Path) -> None:
    """Notice a download that ended early, where the server said how long it is."""
    length = response.headers.get("Content-Range", "").rpartition("/")[2] or response.headers.get("Content-Length", "")
    if length.isdigit() and path.stat().st_size != int(length):
        raise ConnectionFailed(f"{response.request.url.path} broke off after {path.stat().st_size} of {length} bytes")


class Images(Resource[models.Image]):
    """Images, and their files."""

    base_path = "cases/images/"
    model = models.Image

    def __init__(self, connection: Connection, syntheses: Syntheses | None = None, *, threads: int = 10) -> None:
        super().__init__(connection, syntheses)
        self._threads = threads

    def download(
        self,
        *,
        output_directory: str | Path | None = None,
        filename: str | Path | None = None,
        image_type: str | None = None,
        pk: str | None = None,
        url: str | None = None,
        files: Sequence[Any] | None = None,
        **params: Any,
    ) -> list[Path]:
        """Download the files of one image.

        Examples
        --------
        >>> client.images.download(pk=image.pk, output_directory="images")  # doctest: +SKIP
        [PosixPath('images/6f9ec7c5.mha')]

        Parameters
        ----------
        output_directory : str or Path, optional
            Where to; made when it is not there. Without it, `filename` says the folder too.
        filename : str or Path, optional
            Name without its ending, which the image gives; the image's pk when left out.
        image_type : str, optional
            Only files of this type, as ``"MHD"``.
        pk, url, files, **params
            The image: its pk, its address, its list of files, or filters that match one.

        Returns
        -------
        list of Path
            What was written.
        """
        if sum(bool(given) for given in (pk, url, files, params)) != 1:
            raise ValueError("Give exactly one of pk, url, files or filters")
        folder, base = destination(output_directory, filename)
        if files is None:
            image = self.detail(pk=pk, api_url=url, **params)
            if image.dicom_image_set is not None:
                if filename is not None:
                    raise ValueError("The instances of a DICOM image set keep their own names; leave out filename")
                return self._download_instances(image.pk, folder)
            base, files = base or image.pk, image.files
        kind = getattr(image_type, "value", image_type)
        wanted = [file for file in files if kind in (None, field(file, "image_type"))]
        targets = distinct([folder / f"{base or 'image'}{ending(field(file, 'file'))}" for file in wanted])
        return self._download_all([field(file, "file") for file in wanted], targets)

    def _download_all(self, urls: Sequence[str], targets: Sequence[Path]) -> list[Path]:
        with ThreadPoolExecutor(max(1, min(self._threads, len(urls)))) as pool:
            jobs = [pool.submit(download, self.connection, url, path) for url, path in zip(urls, targets, strict=True)]
            return [job.result() for job in jobs]

    def _download_instances(self, pk: str, folder: Path) -> list[Path]:
        reply = self.connection.request("GET", f"{self.base_path}{pk}/dicom/instances/")
        folder.mkdir(parents=True, exist_ok=True)
        with ThreadPoolExecutor(self._threads) as pool:
            return list(pool.map(lambda instance: self._download_instance(instance, folder), reply["instances"]))

    def _download_instance(self, instance: Mapping[str, Any], folder: Path) -> Path:
        target = folder / f"{Path(instance['sop_instance_uid']).name}.dcm"
        if target.exists():
            raise FileExistsError(f"{target} exists already; move it away or choose another folder")
        partial = target.with_suffix(".part")
        request = {key: instance["get_instance"].get(key) for key in ("url", "method", "data", "headers")}
        try:
            with httpx.stream(**request, verify=self.connection.context, timeout=60) as response:
                response.raise_for_status()
                with partial.open("wb") as file:
                    for block in response.iter_bytes():
                        file.write(block)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
        return target


def distinct(targets: Sequence[Path]) -> list[Path]:
    """Names of which none hides another: the second of one name gets a number.

    Examples
    --------
    >>> [path.name for path in distinct([Path("a.mha"), Path("a.mha"), Path("a.tif")])]
    ['a.mha', 'a-2.mha', 'a.tif']
    """
    seen: Counter[Path] = Counter()
    named = []
    for target in targets:
        seen[target] += 1
        is_first = seen[target] == 1
        stem, suffix = target.name.removesuffix(ending(target.name)), ending(target.name)
        named.append(target if is_first else target.with_name(f"{stem}-{seen[target]}{suffix}"))
    return named


def destination(output_directory: str | Path | None, filename: str | Path | None) -> tuple[Path, str]:
    """Folder and base name; earlier clients gave both in `filename`.

    Examples
    --------
    >>> destination(None, "masks/case-1")
    (PosixPath('masks'), 'case-1')
    """
    if output_directory is not None:
        return Path(output_directory), Path(filename).name if filename is not None else ""
    if filename is None:
        return Path(), ""
    return Path(filename).parent, Path(filename).name


def field(file: Any, name: str) -> Any:
    return file.get(name) if hasattr(file, "get") else getattr(file, name)


def ending(url: str) -> str:
    """Ending of a file by its address, with the dot; ".nii.gz" whole.

    Examples
    --------
    >>> ending("https://localhost/media/1/image.mha")
    '.mha'
    """
    name = httpx.URL(url).path.rpartition("/")[2]
    return ".nii.gz" if name.endswith(".nii.gz") else Path(name).suffix
