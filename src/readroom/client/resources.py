"""The lists of the server: page, iterate, detail, create, change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Generic, TypeVar

from readroom.client import models
from readroom.client.connection import Connection, content
from readroom.client.errors import ConfigurationError, MultipleObjectsReturned, ObjectNotFound
from readroom.client.paging import Fetched, Listing, Page, query
from readroom.client.records import Record, Synthesis

RecordType = TypeVar("RecordType", bound=Record)
Syntheses = Mapping[type[Record], Mapping[str, Synthesis]]


class Resource(Generic[RecordType]):
    """One list of the server.

    Attributes
    ----------
    base_path : str
        Where it stands below the base URL.
    model : type
        The records it holds.
    """

    base_path: ClassVar[str]
    model: type[RecordType]

    def __init__(self, connection: Connection, syntheses: Syntheses | None = None) -> None:
        self.connection = connection
        self.syntheses = syntheses or {}

    def record(self, data: Mapping[str, Any]) -> RecordType:
        """A record of this list from JSON."""
        return self.model(data, self.syntheses.get(self.model))

    def page(self, offset: int = 0, limit: int = 100, params: dict[str, Any] | None = None) -> Page[RecordType]:
        """Read one page.

        Parameters
        ----------
        offset : int
            Position of the first element.
        limit : int
            Elements at most; servers cap it at 1,000.
        params : dict, optional
            Filters, as ``{"reader_study": pk}``.
        """
        return self._fetch_page(offset, limit, params)()

    def _fetch_page(self, offset: int, limit: int, params: dict[str, Any] | None) -> Fetched[RecordType]:
        response = self.connection.send("GET", self.base_path, params=query(params, offset=offset, limit=limit))
        return lambda: self._to_page(content(response), offset=offset, limit=limit)

    def _to_page(self, reply: Any, *, offset: int, limit: int) -> Page[RecordType]:
        if not isinstance(reply, dict) or "results" not in reply:
            raise ConfigurationError(
                f"{self.connection.base_url} does not answer as this API does; is it https://HOST/api/v1/?"
            )
        model, syntheses = self.model, self.syntheses.get(self.model)
        results = [model(item, syntheses) for item in reply["results"]]
        return Page(results, offset=offset, limit=limit, total_count=reply["count"])

    def iterate_all(self, params: dict[str, Any] | None = None) -> Listing[RecordType]:
        """Read everything that matches, page by page as it is used.

        Parameters
        ----------
        params : dict, optional
            Filters, as ``{"reader_study": pk}``.

        Returns
        -------
        Listing
            An iterator (`next` works) and a sequence (index, slice, `len`, loop again).
        """
        kept = dict(params or {})
        return Listing(lambda offset, limit: self._fetch_page(offset, limit, kept))

    def detail(self, pk: str | None = None, api_url: str | None = None, **params: Any) -> RecordType:
        """Read one object, by its pk, its address, or filters that match exactly one.

        Parameters
        ----------
        pk : str, optional
            Its identifier.
        api_url : str, optional
            Its address.
        **params
            Filters, as ``slug="nodules"``.

        Raises
        ------
        ObjectNotFound, MultipleObjectsReturned
            When not exactly one matches.
        """
        if sum(bool(given) for given in (pk, api_url, params)) != 1:
            raise ValueError("Give exactly one of pk, api_url or filters")
        if params:
            return self._only(self.page(limit=2, params=params), params)
        if pk is not None and not isinstance(pk, str):
            raise TypeError(f"pk must be a string, as in pk={str(pk)!r}")
        return self.record(self.connection.request("GET", api_url or f"{self.base_path}{pk}/"))

    def _only(self, found: Page[RecordType], params: Mapping[str, Any]) -> RecordType:
        if not found:
            raise ObjectNotFound(f"There is no {noun(self.model)} with {told(params)}, or this token may not see it.")
        if len(found) > 1:
            raise MultipleObjectsReturned(
                f"{found.total_count} of {noun(self.model)} have {told(params)}; ask for one by its pk."
            )
        return found[0]


def noun(model: type[Record]) -> str:
    """A kind of record in words.

    Examples
    --------
    >>> noun(models.ReaderStudy)
    'reader study'
    """
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", model.__name__).lower()


def told(params: Mapping[str, Any]) -> str:
    """Filters in words."""
    return " and ".join(f"{name} {value!r}" for name, value in params.items())


class ChangeableResource(Resource[RecordType]):
    """A list whose elements can be made and changed."""

    def create(self, **kwargs: Any) -> RecordType:
        """Make a new object of the given fields."""
        return self._write("POST", self.base_path, kwargs)

    def update(self, pk: str, **kwargs: Any) -> RecordType:
        """Replace an object by the given fields."""
        return self._write("PUT", f"{self.base_path}{pk}/", kwargs)

    def partial_update(self, pk: str, **kwargs: Any) -> RecordType:
        """Change the given fields of an object."""
        return self._write("PATCH", f"{self.base_path}{pk}/", kwargs)

    def delete(self, pk: str) -> Any:
        """Delete an object, where the server allows it."""
        return self.connection.request("DELETE", f"{self.base_path}{pk}/")

    def _write(self, method: str, path: str, fields: Mapping[str, Any], **options: Any) -> RecordType:
        return self.record(self.connection.request(method, path, json=plain(self.prepared(fields)), **options))

    def prepared(self, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        """Fields as the server takes them."""
        return fields


def plain(value: Any) -> Any:
    """Turn records inside a value back into JSON."""
    if isinstance(value, Record):
        return plain(value.to_dict())
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


class Questions(Resource[models.Question]):
    base_path = "reader-studies/questions/"
    model = models.Question


class DisplaySets(ChangeableResource[models.DisplaySet]):
    base_path = "reader-studies/display-sets/"
    model = models.DisplaySet


class Answers(ChangeableResource[models.Answer]):
    """Answers; `question` and `display_set` may be given as a pk or as an address."""

    base_path = "reader-studies/answers/"
    model = models.Answer

    def prepared(self, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        lists = {"question": Questions.base_path, "display_set": DisplaySets.base_path}
        return {key: self._address(lists[key], value) if key in lists else value for key, value in fields.items()}

    def _address(self, base_path: str, value: Any) -> Any:
        if isinstance(value, Record):
            return value["api_url"]
        if isinstance(value, str) and "/" not in value:
            return str(self.connection.url(f"{base_path}{value}/"))
        return value


class MyAnswers(Answers):
    base_path = "reader-studies/answers/mine/"


class StudyAnswers(Answers):
    """All answers that may be seen, and `mine`."""

    def __init__(self, connection: Connection, syntheses: Syntheses | None = None) -> None:
        super().__init__(connection, syntheses)
        self.mine = MyAnswers(connection, syntheses)


class ReaderStudies(Resource[models.ReaderStudy]):
    """Reader studies with their `questions`, `display_sets` and `answers`."""

    base_path = "reader-studies/"
    model = models.ReaderStudy

    def __init__(self, connection: Connection, syntheses: Syntheses | None = None) -> None:
        super().__init__(connection, syntheses)
        self.answers = StudyAnswers(connection, syntheses)
        self.questions = Questions(connection, syntheses)
        self.display_sets = DisplaySets(connection, syntheses)

    def ground_truth(self, pk: str, case_pk: str) -> dict[str, Any]:
        """Read the truth of one display set of an educational study.

        Parameters
        ----------
        pk : str
            The reader study.
        case_pk : str
            The display set.

        Returns
        -------
        dict
            Question pk -> answer, its text, the question's text, options, explanation.
        """
        truth: dict[str, Any] = self.connection.request("GET", f"{self.base_path}{pk}/ground-truth/{case_pk}/")
        return truth


class Archives(Resource[models.Archive]):
    base_path = "archives/"
    model = models.Archive


class ArchiveItems(ChangeableResource[models.ArchiveItem]):
    base_path = "archives/items/"
    model = models.ArchiveItem


class Sockets(Resource[models.Socket]):
    base_path = "components/interfaces/"
    model = models.Socket


class Imports(ChangeableResource[models.ImageImport]):
    base_path = "cases/upload-sessions/"
    model = models.ImageImport


class WorkstationSessions(Resource[models.WorkstationSession]):
    base_path = "workstations/sessions/"
    model = models.WorkstationSession


class WorkstationConfigs(Resource[models.WorkstationConfig]):
    base_path = "workstations/configs/"
    model = models.WorkstationConfig


class Algorithms(Resource[models.Algorithm]):
    base_path = "algorithms/"
    model = models.Algorithm


class AlgorithmImages(Resource[models.AlgorithmImage]):
    base_path = "algorithms/images/"
    model = models.AlgorithmImage


class AlgorithmJobs(ChangeableResource[models.AlgorithmJob]):
    base_path = "algorithms/jobs/"
    model = models.AlgorithmJob

    def by_input_image(self, pk: str) -> Listing[models.AlgorithmJob]:
        """Jobs that read this image."""
        return self.iterate_all({"input_image": pk, "image": pk})


class AlgorithmEndpoints(ChangeableResource[models.AlgorithmEndpoint]):
    base_path = "algorithms/endpoints/"
    model = models.AlgorithmEndpoint

    def keep_alive(self, pk: str) -> dict[str, Any]:
        """Keep a running endpoint from stopping."""
        status: dict[str, Any] = self.connection.request("PATCH", f"{self.base_path}{pk}/keep_alive/")
        return status


class AlgorithmInvocations(ChangeableResource[models.AlgorithmInvocation]):
    base_path = "algorithms/invocations/"
    model = models.AlgorithmInvocation
