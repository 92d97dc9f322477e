"""The client: one object that talks to one server."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import httpx

from readroom.client import models, resources
from readroom.client.algorithms import AlgorithmCalls
from readroom.client.answers import ReaderStudiesWithTables
from readroom.client.batches import BatchCalls
from readroom.client.cases import CaseWriter
from readroom.client.connection import Connection
from readroom.client.deidentify import DeidentificationReport, UploadDeidentifier
from readroom.client.downloads import Images, download
from readroom.client.legacy import LegacyCalls, syntheses
from readroom.client.retries import RetryStrategy
from readroom.client.specs import SocketValueSpec, Unset, UnsetType
from readroom.client.uploads import Uploads

if TYPE_CHECKING:
    from readroom.client.deidentify import Profile


class Client(AlgorithmCalls, BatchCalls, LegacyCalls):
    """A researcher's door to a server.

    Examples
    --------
    >>> import readroom
    >>> client = readroom.Client(base_url="https://localhost:8443/api/v1/", verify="data/tls/ca.pem")  # doctest: +SKIP
    >>> study = client.reader_studies.detail(slug="nodules")  # doctest: +SKIP
    >>> case = client.add_case_to_reader_study(  # doctest: +SKIP
    ...     reader_study_slug="nodules",
    ...     values=[readroom.SocketValueSpec(socket_slug="ct-image", files=["1.dcm", "2.dcm"])],
    ... )
    >>> client.wait_until_ready(display_sets=[case])  # doctest: +SKIP

    Parameters
    ----------
    token : str
        Otherwise from `READROOM_TOKEN`, `GRAND_CHALLENGE_AUTHORIZATION`, the key ring, or what `readroom token` kept.
    base_url : str
        Otherwise from `READROOM_BASE_URL`, the kept configuration, or this machine. https, save on this machine.
    verify : bool, str or Path
        The file of a private certificate authority; False switches the check off.
    timeout : float
        Seconds without an answer after which a request fails.
    retry_strategy : callable, optional
        Makes a `RetryStrategy` for each request.
    max_concurrent_uploads, max_concurrent_downloads : int
        Files on their way at the same time.
    deidentify : bool or readroom.imaging.Deidentifier
        De-identify DICOM files before they leave, by the basic profile or with options of your own; needs the `imaging`
        extra. What was done stands in `deidentification`.
    transport : httpx.BaseTransport, optional
        What carries the requests; a `readroom.client.testing.ServerDouble` in your own tests.

    Raises
    ------
    ConfigurationError
        When there is no token, or the address is not safe.
    """

    reader_studies: ReaderStudiesWithTables

    def __init__(
        self,
        token: str = "",
        base_url: str = "",
        verify: bool | str | Path = True,  # noqa: FBT001, FBT002 - the argument of httpx and gcapi
        timeout: float = 60.0,
        retry_strategy: Callable[[], RetryStrategy] | None = None,
        max_concurrent_uploads: int = 10,
        max_concurrent_downloads: int = 10,
        *,
        deidentify: bool | Profile = False,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.connection = Connection(
            token=token,
            base_url=base_url,
            verify=verify,
            timeout=timeout,
            retry_strategy=retry_strategy,
            transport=transport,
        )
        self.max_concurrent_uploads = max_concurrent_uploads
        self.max_concurrent_downloads = max_concurrent_downloads
        made = syntheses(resources.DisplaySets(self.connection))
        self.images = Images(self.connection, made, threads=max_concurrent_downloads)
        self.uploads = Uploads(self.connection, made, threads=max_concurrent_uploads)
        self.reader_studies = ReaderStudiesWithTables(self.connection, made, images=self.images)
        self.sessions = resources.WorkstationSessions(self.connection)
        self.workstation_configs = resources.WorkstationConfigs(self.connection)
        self.archives = resources.Archives(self.connection)
        self.archive_items = resources.ArchiveItems(self.connection)
        self.interfaces = resources.Sockets(self.connection)
        self.raw_image_upload_sessions = resources.Imports(self.connection)
        self.algorithms = resources.Algorithms(self.connection)
        self.algorithm_jobs = resources.AlgorithmJobs(self.connection)
        self.algorithm_images = resources.AlgorithmImages(self.connection)
        self.algorithm_endpoints = resources.AlgorithmEndpoints(self.connection)
        self.algorithm_invocations = resources.AlgorithmInvocations(self.connection)
        cleaner = UploadDeidentifier(None if deidentify is True else deidentify) if deidentify else None
        self.deidentification: DeidentificationReport | None = cleaner.report if cleaner else None
        self._cases = CaseWriter(self.connection, self.uploads, deidentify=cleaner)

    @property
    def base_url(self) -> httpx.URL:
        """Address of the API, with the slash at its end."""
        return self.connection.base_url

    def __call__(
        self,
        method: str = "GET",
        url: str = "",
        path: str = "",
        params: dict[str, Any] | None = None,
        json: Any = None,
        extra_headers: dict[str, str] | None = None,
        **options: Any,
    ) -> Any:
        """Send any request of the API and get its JSON."""
        follow = options.pop("follow_redirects", False)
        if unknown := {name for name, value in options.items() if value is not None}:
            raise TypeError(f"client() does not take {', '.join(sorted(unknown))}; use uploads for files")
        if follow:
            with self.connection.stream(url or path, extra_headers=extra_headers) as response:
                response.read()
                return response
        return self.connection.request(method, url or path, params=params, json=json, extra_headers=extra_headers)

    def add_case_to_reader_study(
        self,
        *,
        values: Sequence[SocketValueSpec],
        reader_study_slug: str = "",
        reader_study: str | models.ReaderStudy = "",
        title: str | None = None,
        order: int | UnsetType | None = Unset,
    ) -> models.DisplaySet:
        """Make a display set of a reader study and fill it.

        Parameters
        ----------
        values : list of SocketValueSpec
            One per socket.
        reader_study_slug, reader_study : str or ReaderStudy
            The study, by either name of the argument.
        title : str, optional
            Title, unique in the study.
        order : int, optional
            Position; the next multiple of ten when left out.

        Returns
        -------
        DisplaySet
            As it is now; images follow when they have been imported (`wait_until_ready`).

        Raises
        ------
        UploadRefused
            When it could not be filled; it was deleted again, or the message names it.
        """
        slug = slug_of(reader_study_slug or reader_study)
        fields = {"reader_study": slug, **case_fields(title, order)}
        return self._cases.create(self.reader_studies.display_sets, fields, values)

    def update_display_set(
        self,
        *,
        display_set_pk: str,
        values: Sequence[SocketValueSpec] | dict[str, Any],
        title: str | None = None,
        order: int | UnsetType | None = Unset,
    ) -> models.DisplaySet:
        """Put values into a display set, and change its title or order.

        Parameters
        ----------
        display_set_pk : str
            Which display set.
        values : list of SocketValueSpec
            The sockets to fill; others stay as they are.
        title, order
            As in `add_case_to_reader_study`; ``title=""`` clears it.
        """
        specs = self.specs(values)
        return self._cases.update(self.reader_studies.display_sets, display_set_pk, specs, case_fields(title, order))

    def add_case_to_archive(
        self, *, archive_slug: str, values: Sequence[SocketValueSpec], title: str | None = None
    ) -> models.ArchiveItem:
        """Make an item of an archive and fill it.

        Parameters
        ----------
        archive_slug : str
            The archive.
        values : list of SocketValueSpec
            One per socket.
        title : str, optional
            Title, unique in the archive.
        """
        archive = self.archives.detail(slug=archive_slug)
        fields = {"archive": archive.api_url, **case_fields(title, Unset)}
        return self._cases.create(self.archive_items, fields, values)

    def update_archive_item(
        self,
        *,
        archive_item_pk: str,
        values: Sequence[SocketValueSpec] | dict[str, Any],
        title: str | None = None,
    ) -> models.ArchiveItem:
        """Put values into an item of an archive.

        Parameters
        ----------
        archive_item_pk : str
            Which item.
        values : list of SocketValueSpec
            The sockets to fill; others stay as they are.
        title : str, optional
            New title; ``""`` clears it.
        """
        specs = self.specs(values)
        return self._cases.update(self.archive_items, archive_item_pk, specs, case_fields(title, Unset))

    def find_socket(self, slug: str) -> models.Socket:
        """The socket with this slug, asked for once.

        Parameters
        ----------
        slug : str
            Of the socket.

        Raises
        ------
        SocketNotFound
            With the slugs that are alike.
        """
        return self._cases.find_socket(slug)

    def download_socket_value(self, value: models.SocketValue, *, output_directory: Path) -> None:
        """Write what stands in a socket below a folder, at the socket's own relative path.

        Parameters
        ----------
        value : SocketValue
            Taken from a display set or an archive item.
        output_directory : Path
            Where to; nothing that is there is overwritten.
        """
        target = Path(output_directory).joinpath(*safe_parts(value.interface.relative_path))
        if value.image is not None:
            self.images.download(url=value.image, output_directory=target)
        elif value.file is not None:
            download(self.connection, value.file, target)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("x", encoding="utf-8") as file:
                json.dump(value.value, file, indent=2)

    if not TYPE_CHECKING:  # else no wrong name would be noticed

        def __getattr__(self, name: str) -> Any:
            """The rest is httpx's: ``client.get(...)``, ``client.headers``, with the token for this server alone."""
            if name.startswith("_") or not hasattr(httpx.Client, name):
                raise AttributeError(f"{type(self).__name__} has no {name!r}")
            return getattr(self.connection.http, name)

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def slug_of(study: str | models.ReaderStudy | models.Archive) -> str:
    slug = study if isinstance(study, str) else study.slug
    if not slug:
        raise ValueError("Say which one: give its slug")
    return slug


def case_fields(title: str | None, order: int | UnsetType | None) -> dict[str, Any]:
    """Fields of a case that were given: no title is not sent, no order means the next one."""
    fields: dict[str, Any] = {} if title is None else {"title": title}
    return fields if isinstance(order, UnsetType) else {**fields, "order": order or 0}


def safe_parts(relative_path: str) -> tuple[str, ...]:
    """Parts of a path that the server gave, none of which leaves the folder."""
    parts = PurePosixPath(relative_path).parts
    if any(part in ("..", "/") or "\\" in part for part in parts):
        raise ValueError(f"The server gave a path that leaves the folder: {relative_path!r}")
    return parts
