"""Display sets on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema

from readroom.server.api import paging, shapes
from readroom.server.api.auth import ActingRequest, known_writer
from readroom.server.api.origin import origin_of
from readroom.server.api.paging import PageOf
from readroom.server.api.replies import raw_reply, reply, to_text
from readroom.server.api.socket_values import PostForm, ReadForm
from readroom.server.db.models import DisplaySet
from readroom.server.domain.errors import Invalid
from readroom.server.services import display_set_lists, display_sets
from readroom.server.services.display_set_lists import Asked, Listing, Row, StudyFacts, ValueRow
from readroom.server.services.rich_text import to_html, without_tags
from readroom.server.services.studies import find_named

router = Router(tags=["display sets"], auth=known_writer)
HASH = "{uuid:pk}/"
NO_TEXTS = '"description":"","descriptions_map_safe":{}'


class DisplaySetOut(Schema):
    pk: UUID
    title: str
    title_safe: str
    reader_study: str
    values: list[shapes.ValueOut]
    order: int | None
    api_url: str
    hanging_protocol: shapes.HangingProtocolOut | None
    optional_hanging_protocols: list[shapes.HangingProtocolOut]
    view_content: dict[str, list[str]]
    description: str
    descriptions_map_safe: dict[str, str]
    index: int | None


class PostedDisplaySetOut(Schema):
    pk: UUID
    title: str
    title_safe: str
    reader_study: str
    values: list[shapes.PostedValueOut]
    order: int | None
    api_url: str
    view_content: dict[str, list[str]]
    description: str
    index: int | None


class DisplaySetIn(Schema):
    reader_study: str
    title: str = ""
    order: int = 0
    values: list[shapes.ValueIn] = Field(default_factory=list)


class DisplaySetChangesIn(Schema):
    title: str = ""
    order: int = 0
    values: list[shapes.ValueIn] = Field(default_factory=list)


class BulkDeleteIn(Schema):
    reader_study: UUID
    display_sets: list[UUID] | None = None


class StatusOut(Schema):
    pk: UUID
    status: str
    is_locked: bool
    values: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class StudyTexts:
    """What all display sets of a study show: JSON text, written once."""

    name: str
    case_text: dict[str, str]
    shared: str


class Writer:
    """Writes the display sets of one page as JSON text."""

    def __init__(self, request: HttpRequest, listing: Listing, form: type[ReadForm | PostForm]) -> None:
        self.origin, self.is_in_full = origin_of(request), form is ReadForm
        self.address = to_text(f"{self.origin}/api/v1/reader-studies/")[:-1]
        has_texts = any(facts.study.case_text for facts in listing.studies.values())
        ids = [row.id for row in listing.rows]
        self.values = display_set_lists.values_of(ids, with_image_names=has_texts, with_slugs=not self.is_in_full)
        self.written = form(self.origin, self.values.values())
        self.studies = {pk: self._of_study(facts) for pk, facts in listing.studies.items()}

    def _of_study(self, facts: StudyFacts) -> StudyTexts:
        study = facts.study
        protocols = study.optional_hanging_protocols.all() if facts.has_choice_of_layouts else ()
        shared = {
            "hanging_protocol": shapes.hanging_protocol(self.origin, study.hanging_protocol),
            "optional_hanging_protocols": [shapes.hanging_protocol(self.origin, row) for row in protocols],
            "view_content": study.view_content,
        }
        name = f'{self.address}{study.pk}/"' if self.is_in_full else to_text(study.slug)
        return StudyTexts(name, study.case_text, to_text(shared)[1:-1])

    def write(self, row: Row) -> str:
        study, values = self.studies[row.study_id], self.values[row.id]
        title, shown = to_text(row.title), without_tags(row.title)
        return (
            f'{{"pk":"{row.id}","title":{title},"title_safe":{title if shown == row.title else to_text(shown)},'
            f'"reader_study":{study.name},"values":{self.written.write(values)},"order":{row.order},'
            f'"api_url":{self.address}display-sets/{row.id}/",{study.shared},'
            f"{_texts(study.case_text, values) if study.case_text else NO_TEXTS},"
            f'"index":{"null" if row.place is None else row.place}}}'
        )


def _texts(case_text: dict[str, str], values: Sequence[ValueRow]) -> str:
    """Write the texts for the images that are shown, each once."""
    names = {value.image_name for value in values if value.image_name}
    texts = {name: to_html(case_text[name]) for name in sorted(names & case_text.keys())}
    return to_text({"description": "\n".join(texts.values()), "descriptions_map_safe": texts})[1:-1]


@router.get("", response=PageOf[DisplaySetOut])
def list_display_sets(request: ActingRequest) -> HttpResponse:
    """Display sets in your order; `reader_study`, and with it `unanswered_by_user` and `user`, choose among them."""
    page = paging.parse_page(request)
    asked = Asked(
        study_id=paging.uuid_filter(request, "reader_study"),
        is_unanswered=bool(paging.flag_filter(request, "unanswered_by_user")),
        username=paging.text_filter(request, "user"),
    )
    listing = display_set_lists.list_display_sets(request.actor, asked=asked, offset=page.offset, limit=page.limit)
    writer = Writer(request, listing, ReadForm)
    written = f"[{','.join([writer.write(row) for row in listing.rows])}]"
    return paging.reply_written_page(request, page, listing.count, written.encode())


@router.post("", response={201: PostedDisplaySetOut})
def create_display_set(request: ActingRequest, body: DisplaySetIn) -> HttpResponse:
    """Add a display set; `order` 0 is the next free one. With `values` it is filled at once, all or nothing."""
    study_id = find_named(body.reader_study)
    if study_id is None:
        request.actor.user_id()
        raise Invalid(f"Object with slug={body.reader_study} does not exist.", field="reader_study")
    made = display_sets.create_display_set(
        request.actor,
        study_id=study_id,
        title=body.title,
        order=body.order,
        sources=shapes.parse_sources(body.values),
    )
    return _posted(request, made, status=201)


@router.get(HASH, response=DisplaySetOut)
def show_display_set(request: ActingRequest, pk: UUID) -> HttpResponse:
    listing = display_set_lists.find_display_set(request.actor, display_set_id=pk)
    return raw_reply(Writer(request, listing, ReadForm).write(listing.rows[0]).encode())


@router.patch(HASH, response=PostedDisplaySetOut)
def change_display_set(request: ActingRequest, pk: UUID, body: DisplaySetChangesIn) -> HttpResponse:
    """Change title and order, and fill sockets; what is not named stays. Images from uploads appear when imported."""
    return _change(request, pk, body, is_replacement=False)


@router.put(HASH, response=PostedDisplaySetOut)
def replace_display_set(request: ActingRequest, pk: UUID, body: DisplaySetChangesIn) -> HttpResponse:
    """Like PATCH, but sockets that are not named are emptied and a missing title becomes empty."""
    return _change(request, pk, body, is_replacement=True)


def _change(request: ActingRequest, pk: UUID, body: DisplaySetChangesIn, *, is_replacement: bool) -> HttpResponse:
    change = display_sets.to_changes(
        body.dict(exclude_unset=True), sources=shapes.parse_sources(body.values), is_replacement=is_replacement
    )
    return _posted(request, display_sets.change_display_set(request.actor, display_set_id=pk, change=change))


def _posted(request: ActingRequest, display_set: DisplaySet, *, status: int = 200) -> HttpResponse:
    listing = display_set_lists.listing_of(request.actor, display_set)
    return raw_reply(Writer(request, listing, PostForm).write(listing.rows[0]).encode(), status=status)


@router.delete(HASH, response={204: None})
def delete_display_set(request: ActingRequest, pk: UUID) -> HttpResponse:
    """Delete a display set without answers."""
    display_sets.delete_display_set(request.actor, display_set_id=pk)
    return HttpResponse(status=204)


@router.get(HASH + "status/", response=StatusOut)
def show_status(request: ActingRequest, pk: UUID) -> HttpResponse:
    """Whether its values are ready, being imported or refused, each with the reason, and whether it is locked."""
    return reply(display_sets.status_of(request.actor, display_set_id=pk))


@router.post("delete/", response=dict[str, list[UUID]])
def delete_display_sets(request: ActingRequest, body: BulkDeleteIn) -> HttpResponse:
    """Delete those of the named display sets, or of all, that have no answers."""
    deleted = display_sets.delete_unanswered_display_sets(
        request.actor, study_id=body.reader_study, display_set_ids=body.display_sets
    )
    return reply({"deleted": deleted})
