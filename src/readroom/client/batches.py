"""Many cases at once: safe to interrupt, safe to run twice; and waiting until they are ready."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from readroom.client import models, resources
from readroom.client.cases import CaseWriter
from readroom.client.connection import Connection
from readroom.client.errors import NotFound, NotReady, ReadroomError
from readroom.client.journal import Journal, file_key
from readroom.client.specs import SocketValueSpec, Unset
from readroom.client.uploads import Progress

FIRST_PAUSE = 0.25
LONGEST_PAUSE = 10.0
NAMED = 20
LOOKED_AT = 10
"""How many display sets that are not ready are asked for at a time: they become ready in their order."""
NAMESPACE = uuid.UUID("6f0c0b9e-6f5c-5b0e-9a34-3c8bb3ea51f5")


@dataclass(frozen=True)
class CasePlan:
    """One display set to be.

    Parameters
    ----------
    values : sequence of SocketValueSpec
        One per socket.
    title : str
        Unique in the study; also how a second run knows the case again.
    order : int, optional
        Position.
    """

    values: Sequence[SocketValueSpec]
    title: str = ""
    order: int | None = None

    @property
    def key(self) -> str:
        """Identity of the case in a journal: its title, or what it is made of."""
        return f"title:{self.title}" if self.title else self.content

    @property
    def content(self) -> str:
        """Identity of what the case is made of: changes when a file or a value does."""
        made_of = [
            f"{spec.socket_slug}={[file_key(path) for path in spec.paths] or source_of(spec)}" for spec in self.values
        ]
        return f"values:{uuid.uuid5(NAMESPACE, '|'.join(sorted(made_of)))}"


@dataclass(frozen=True)
class CaseOutcome:
    """What became of a planned case.

    Parameters
    ----------
    plan : CasePlan
        The case.
    pk : str
        Its display set, empty when there is none.
    error : str
        Why not, empty when it was sent.
    was_there : bool
        It had been sent by an earlier run.
    """

    plan: CasePlan
    pk: str = ""
    error: str = ""
    was_there: bool = False


class BatchCalls:
    """Add many cases; wait until they are ready."""

    connection: Connection
    reader_studies: resources.ReaderStudies
    raw_image_upload_sessions: resources.Imports
    _cases: CaseWriter

    def add_cases(
        self,
        *,
        reader_study: str | models.ReaderStudy,
        cases: Iterable[CasePlan],
        journal: str | Path | None = None,
        progress: Progress | None = None,
        done: Callable[[CaseOutcome], None] | None = None,
    ) -> list[CaseOutcome]:
        """Make a display set of each case; go on after one that fails.

        Examples
        --------
        >>> plans = [CasePlan([SocketValueSpec("ct-image", file=path)], title=path.stem) for path in []]
        >>> outcomes = client.add_cases(reader_study="nodules", cases=plans)  # doctest: +SKIP

        Parameters
        ----------
        reader_study : str or ReaderStudy
            The study or its slug.
        cases : iterable of CasePlan
            What to make.
        journal : path, optional
            Remembers what has arrived: run the same call again after an interruption and only the rest is sent. A case
            whose files have changed since is filled again.
        progress : callable, optional
            Called with a file and the number of its bytes that have just arrived.
        done : callable, optional
            Called with each outcome as it is known.

        Returns
        -------
        list of CaseOutcome
            One per case, in order.
        """
        slug = reader_study if isinstance(reader_study, str) else reader_study.slug
        kept = Journal(Path(journal) if journal else None, server=f"{self.connection.base_url}{slug}")
        outcomes = []
        for plan in cases:
            outcome = self._add(slug, plan, kept, progress)
            outcomes.append(outcome)
            if done:
                done(outcome)
        return outcomes

    def _add(self, slug: str, plan: CasePlan, journal: Journal, progress: Progress | None) -> CaseOutcome:
        display_sets = self.reader_studies.display_sets
        try:
            key, content = plan.key, plan.content
            known = self._known_case(key, journal)
            if known and known["done"] and known["content"] in ("", content):
                return CaseOutcome(plan, pk=known["pk"], was_there=True)
            if known:
                case = self._cases.update(
                    display_sets, known["pk"], plan.values, {}, journal=journal, progress=progress
                )
            else:
                fields = {"reader_study": slug, **case_fields(plan)}
                case = self._cases.create(
                    JournaledDisplaySets(self.connection, journal, key),
                    fields,
                    plan.values,
                    journal=journal,
                    progress=progress,
                )
            journal.keep_case(key, pk=case.pk, is_done=True, content=content)
            return CaseOutcome(plan, pk=case.pk)
        except (ReadroomError, OSError, ValueError, TypeError, NotImplementedError) as error:
            return CaseOutcome(plan, error=str(error))

    def _known_case(self, key: str, journal: Journal) -> dict[str, Any] | None:
        known = journal.find_case(key)
        if known is None:
            return None
        try:
            self.reader_studies.display_sets.detail(pk=known["pk"])
        except NotFound:
            journal.forget_case(key)
            return None
        return known

    def wait_until_ready(
        self,
        *,
        display_sets: Iterable[Any] | None = None,
        reader_study: str | models.ReaderStudy | None = None,
        sockets: Collection[str] = (),
        timeout: float = 3600.0,
        progress: Callable[[int, int], None] | None = None,
    ) -> list[models.DisplaySet]:
        """Wait until the values of display sets have been processed.

        Parameters
        ----------
        display_sets : iterable of DisplaySet or str, optional
            Display sets or their pks.
        reader_study : str or ReaderStudy, optional
            Instead: all display sets of a study.
        sockets : collection of str
            What must be filled; otherwise what the server says is on its way, or at least one value.
        timeout : float
            Seconds to wait at most.
        progress : callable, optional
            Called with the numbers of ready and of all display sets.

        Returns
        -------
        list of DisplaySet
            As they are now, in order.

        Raises
        ------
        NotReady
            When all are processed or the time is over, with the reasons of what failed and what is still open.
        """
        pks = missing = self._pks(display_sets, reader_study)
        ready: dict[str, models.DisplaySet] = {}
        reasons: dict[str, list[str]] = {}
        deadline, pause = time.monotonic() + timeout, FIRST_PAUSE
        while True:
            for pk, case, problems in self._news_of(missing, sockets):
                if case is not None:
                    ready[pk] = case
                elif problems:
                    reasons[pk] = problems
            if progress:
                progress(len(ready), len(pks))
            missing = [pk for pk in missing if pk not in ready and pk not in reasons]
            if not missing or time.monotonic() >= deadline:
                break
            time.sleep(min(pause, max(0.0, deadline - time.monotonic())))
            pause = min(LONGEST_PAUSE, pause * 1.5)
        if reasons or missing:
            raise not_ready(pks, reasons, missing, timeout=timeout)
        return [ready[pk] for pk in pks]

    def _news_of(
        self, pks: Iterable[str], sockets: Collection[str]
    ) -> Iterator[tuple[str, models.DisplaySet | None, list[str]]]:
        """Look at display sets in their order, until enough of them are still on their way."""
        on_their_way = 0
        for pk in pks:
            case, problems = self._look(pk, sockets)
            yield pk, case, problems
            on_their_way += case is None and not problems
            if on_their_way == LOOKED_AT:
                return

    def _pks(self, display_sets: Iterable[Any] | None, study: str | models.ReaderStudy | None) -> list[str]:
        if display_sets is not None:
            return [case if isinstance(case, str) else case.pk for case in display_sets]
        if study is None:
            raise ValueError("Say what to wait for: display_sets=[...] or reader_study=...")
        found = self.reader_studies.detail(slug=study) if isinstance(study, str) else study
        return [case.pk for case in self.reader_studies.display_sets.iterate_all({"reader_study": found.pk})]

    def _look(self, pk: str, sockets: Collection[str]) -> tuple[models.DisplaySet | None, list[str]]:
        """The display set when it is ready, and what went wrong.

        Its status is asked for first: what is read after it is at least as new, so a display set that is ready shows
        its values.
        """
        status = self._status(pk)
        if any(entry["status"] == "importing" for entry in status or ()):
            return None, []
        case = self.reader_studies.display_sets.detail(pk=pk)
        filled = {value.interface.slug for value in case.values}
        if status is None:
            is_ready = filled.issuperset(sockets) if sockets else bool(filled)
            return (case if is_ready else None), []
        label = case.title or case.pk
        failed = [
            f"{label}, {entry['socket']}: {entry.get('reason') or 'refused'}"
            for entry in status
            if entry["status"] == "refused"
        ]
        return (case if not failed and filled.issuperset(sockets) else None), failed

    def _status(self, pk: str) -> list[dict[str, Any]] | None:
        """Status of each value, from servers that tell it."""
        try:
            reply = self.connection.request("GET", f"reader-studies/display-sets/{pk}/status/")
        except NotFound:
            return None
        values: list[dict[str, Any]] = reply["values"]
        return values


class JournaledDisplaySets(resources.DisplaySets):
    """Makes a display set only once, whenever a run is cut off: before the request, and before or after its reply."""

    def __init__(self, connection: Connection, journal: Journal, key: str) -> None:
        super().__init__(connection)
        self._journal = journal
        self._key = key

    def create(self, **kwargs: Any) -> models.DisplaySet:
        key = {"Idempotency-Key": self._journal.intent(self._key)}
        case = self._write("POST", self.base_path, kwargs, extra_headers=key)
        self._journal.keep_case(self._key, pk=case.pk, is_done=False)
        return case

    def delete(self, pk: str) -> Any:
        reply = super().delete(pk)
        self._journal.forget_case(self._key)
        return reply


def source_of(spec: SocketValueSpec) -> str:
    """What a value without files is made of."""
    existing = spec.existing_socket_value
    sources = (spec.value, spec.existing_image_api_url, getattr(existing, "pk", None))
    return repr(next((source for source in sources if source is not Unset and source is not None), None))


def not_ready(
    pks: Sequence[str], reasons: Mapping[str, Sequence[str]], missing: Sequence[str], *, timeout: float
) -> NotReady:
    """What failed, and what the time was too short for."""
    said = [reason for pk in reasons for reason in reasons[pk]]
    if not missing:
        message = "Some values could not be processed; correct the files and send them again."
    else:
        message = f"{len(missing)} of {len(pks)} display sets are not ready after {timeout:.0f} s."
        said += [f"{pk} is still being processed" for pk in missing[:NAMED]]
        said += [f"and {len(missing) - NAMED} more"] if len(missing) > NAMED else []
    return NotReady(message, reasons=said)


def case_fields(plan: CasePlan) -> dict[str, Any]:
    fields: dict[str, Any] = {"title": plan.title} if plan.title else {}
    return fields if plan.order is None else {**fields, "order": plan.order}
