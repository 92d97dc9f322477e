"""Calls and fields of earlier clients, so that old scripts run as they were written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from readroom.client import models, resources
from readroom.client.cases import CaseWriter
from readroom.client.records import Record
from readroom.client.resources import Syntheses
from readroom.client.specs import SocketValueSpec, spec_from_source
from readroom.client.uploads import Uploads

Sources = Mapping[str, Any]
"""Socket slug -> path, list of paths, value, address of an image, image, or socket value."""


class LegacyCalls:
    """Plural calls with plain dicts, from the times before `SocketValueSpec`."""

    reader_studies: resources.ReaderStudies
    archives: resources.Archives
    archive_items: resources.ArchiveItems
    raw_image_upload_sessions: resources.Imports
    uploads: Uploads
    _cases: CaseWriter

    def specs(self, values: Sequence[Any] | Sources) -> list[SocketValueSpec]:
        """Values in either form as specs."""
        if isinstance(values, Mapping):
            return [spec_from_source(slug, source) for slug, source in values.items()]
        return [value if isinstance(value, SocketValueSpec) else only_spec(value) for value in values]

    def add_cases_to_reader_study(
        self,
        *,
        reader_study: str | models.ReaderStudy,
        display_sets: Sequence[Sources] | None = None,
        values: Sequence[Sources] | None = None,
    ) -> list[str]:
        """Make a display set for each element and tell their pks.

        Examples
        --------
        >>> cases = [{"ct-image": "case1.mha"}]
        >>> client.add_cases_to_reader_study(reader_study="nodules", values=cases)  # doctest: +SKIP
        ['5f1c…']

        Parameters
        ----------
        reader_study : str or ReaderStudy
            The study or its slug.
        display_sets, values : list of dict
            Socket slug -> source; either name of the argument.
        """
        slug = reader_study if isinstance(reader_study, str) else reader_study.slug
        resource = self.reader_studies.display_sets
        checked = [self.specs(sources) for sources in either(display_sets, values)]
        return [self._cases.create(resource, {"reader_study": slug}, specs).pk for specs in checked]

    def create_display_sets_from_images(
        self, *, reader_study: str | models.ReaderStudy, display_sets: Sequence[Sources]
    ) -> list[str]:
        """Make display sets of image files and tell their pks; `add_cases_to_reader_study` by its first name.

        Parameters
        ----------
        reader_study : str or ReaderStudy
            The study or its slug.
        display_sets : list of dict
            Socket slug -> list of paths.
        """
        return self.add_cases_to_reader_study(reader_study=reader_study, display_sets=display_sets)

    def add_cases_to_archive(
        self,
        *,
        archive: str | models.Archive,
        archive_items: Sequence[Sources] | None = None,
        values: Sequence[Sources] | None = None,
    ) -> list[str]:
        """Make an item of an archive for each element and tell their pks.

        Parameters
        ----------
        archive : str or Archive
            The archive or its slug.
        archive_items, values : list of dict
            Socket slug -> source; either name of the argument.
        """
        address = (self.archives.detail(slug=archive) if isinstance(archive, str) else archive).api_url
        checked = [self.specs(sources) for sources in either(archive_items, values)]
        return [self._cases.create(self.archive_items, {"archive": address}, specs).pk for specs in checked]

    def upload_cases(self, *, files: Sequence[Any], answer: str | None = None, **target: Any) -> models.ImageImport:
        """Upload the files of one image to a target: an answer, or a socket of a case.

        Parameters
        ----------
        files : list of path
            The files of one image.
        answer : str, optional
            The pk of an answer to a mask question.
        **target
            ``archive``, ``archive_item`` or ``display_set``, with ``interface``.
        """
        from pathlib import Path

        addresses = self.uploads.upload_files([Path(file) for file in files])
        chosen = {name: value for name, value in {"answer": answer, **target}.items() if value is not None}
        return self.raw_image_upload_sessions.create(uploads=addresses, **chosen)

    def run_external_job(self, *, algorithm: str | models.Algorithm, inputs: Sources) -> Any:
        """Run an algorithm; `start_algorithm_job` by its first name.

        Parameters
        ----------
        algorithm : str or Algorithm
            The algorithm or its slug.
        inputs : dict
            Socket slug -> source.
        """
        slug = algorithm if isinstance(algorithm, str) else algorithm.slug
        start: Any = getattr(self, "start_algorithm_job")  # noqa: B009 - stands in a sibling class
        return start(algorithm_slug=slug, inputs=self.specs(inputs))


def either(first: Sequence[Sources] | None, second: Sequence[Sources] | None) -> Sequence[Sources]:
    if (first is None) == (second is None):
        raise ValueError("Give the cases once: display_sets=[...] or values=[...]")
    return first if first is not None else second or ()


def only_spec(source: Sources) -> SocketValueSpec:
    raise TypeError(f"Give SocketValueSpec(...) or one dict of socket slug -> source, not a list with {source!r}")


def syntheses(display_sets: resources.DisplaySets) -> Syntheses:
    """Fields that servers of earlier times sent, made from what they send today."""
    known = KnownImages(display_sets)
    return {
        models.ReaderStudy: {"hanging_list_images": known.hanging_list, "is_valid": lambda _: True},
        models.Answer: {"images": known.images_of_answer},
        models.Question: {"help_text": lambda question: question.get("help_text_safe", "")},
    }


class KnownImages:
    """Images of display sets, a study read once."""

    def __init__(self, display_sets: resources.DisplaySets) -> None:
        self._display_sets = display_sets
        self._by_display_set: dict[str, list[str]] = {}

    def hanging_list(self, study: Record) -> list[dict[str, str]]:
        """Per display set, viewport name -> address of the first image in it."""
        return [hung(case) for case in self._read(study["pk"])]

    def images_of_answer(self, answer: Record) -> list[str]:
        """Addresses of the images of the display set that was answered."""
        address = answer.get("display_set") or ""
        if address and address not in self._by_display_set:
            case = self._display_sets.detail(api_url=address)
            self._read(case.reader_study.rstrip("/").rpartition("/")[2])
        return self._by_display_set.get(address, [])

    def _read(self, study_pk: str) -> Sequence[models.DisplaySet]:
        cases = self._display_sets.iterate_all({"reader_study": study_pk})
        for case in cases:
            self._by_display_set[case.api_url] = [value.image for value in case.values if value.image]
        return cases


def hung(case: models.DisplaySet) -> dict[str, str]:
    """Which image hangs where, as servers of earlier times told it."""
    images = {value.interface.slug: value.image for value in case.values if value.image}
    hanging = {}
    for viewport, slugs in (case.view_content or {}).items():
        shown = [images[slug] for slug in slugs if slug in images]
        if shown:
            hanging[viewport] = shown[0]
    return hanging or ({"main": next(iter(images.values()))} if images else {})
