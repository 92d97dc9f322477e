"""Display sets as lists: in the order of the caller, a page in few statements, whatever the size of the study."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from readroom.server.db.models import DisplaySet, HangingProtocol, Question, ReaderStudy, Round, ShuffledPlace, User
from readroom.server.domain.errors import Invalid, NotAllowed, NotFound
from readroom.server.domain.ordering import extended
from readroom.server.domain.permissions import Act, Role, may
from readroom.server.domain.questions import HEADING
from readroom.server.services import raw_rows
from readroom.server.services.access import Actor, standing
from readroom.server.services.asked_rows import default_round
from readroom.server.services.display_set_rows import find_row
from readroom.server.services.long_lists import Source, read_page
from readroom.server.services.roles import studies_where

ORDER: Final = ("order", "created_at", "id")
COLUMNS: Final = ("id", "title", "order", "study_id")


class Row(NamedTuple):
    """One display set in a list; `place` counts from 0 in the order of the caller."""

    id: str
    title: str
    order: int
    study_id: UUID
    place: int | None


class ValueRow(NamedTuple):
    """One socket value; `value` is JSON text as it is stored."""

    id: int
    socket_id: int
    value: str | None
    file_name: str | None
    image_id: str | None
    image_name: str | None
    slug: str | None
    """Of its socket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked for: of which study, and whether only what somebody has not finished."""

    study_id: UUID | None = None
    is_unanswered: bool = False
    username: str | None = None


@dataclass(frozen=True, slots=True)
class StudyFacts:
    """What display sets show of their study, and what decides who sees them in which order."""

    study: ReaderStudy
    has_choice_of_layouts: bool
    version: int
    roles: frozenset[Role]
    place: int
    """How many display sets stand before the one that was asked about; 0 where none was."""


@dataclass(frozen=True, slots=True)
class Listing:
    """How many there are, one page of them, and their studies."""

    count: int
    rows: Sequence[Row]
    studies: Mapping[UUID, StudyFacts]


def list_display_sets(actor: Actor, *, asked: Asked, offset: int, limit: int) -> Listing:
    if asked.study_id is None:
        if asked.is_unanswered or asked.username:
            raise Invalid("Only possible together with reader_study.", field="reader_study")
        return _over_all_studies(actor, offset=offset, limit=limit)
    facts = _facts(actor, [asked.study_id]).get(asked.study_id)
    if facts is None or not may(Act.VIEW_STUDY, facts.roles):
        raise Invalid("Select a valid choice. That choice is not one of the available choices.", field="reader_study")
    if asked.username and not asked.is_unanswered:
        raise Invalid("Only possible together with unanswered_by_user.", field="user")
    if not may(Act.VIEW_DISPLAY_SET, facts.roles):
        return Listing(0, [], {})
    reader_id = _reader_asked_for(actor, asked.username, is_editor=may(Act.EDIT_GROUND_TRUTH, facts.roles))
    study, studies = facts.study, {facts.study.pk: facts}
    if asked.is_unanswered:
        rows = _in_order(study, reader_id=reader_id)
        count, page = _unanswered(study, rows, reader_id=reader_id, offset=offset, limit=limit)
        return Listing(count, page, studies)
    return Listing(*_page(facts, reader_id=actor.id, offset=offset, limit=limit), studies)


_SOURCE: Final = Source(
    table="readroom_displayset",
    alias="d",
    order=('d."order"', "d.created_at", "d.id"),
    columns="d.title",
)


def _page(facts: StudyFacts, *, reader_id: int | None, offset: int, limit: int) -> tuple[int, Sequence[Row]]:
    study = facts.study
    if study.shuffle_hanging_list and reader_id is not None:
        rows = _in_order(study, reader_id=reader_id)
        page = rows.values_list(*COLUMNS)[offset : offset + limit]
        return rows.count(), [_row(row, place=place) for place, row in enumerate(page, start=offset)]
    study_id, id_text = study.id, raw_rows.id_text
    count, found = read_page(
        _SOURCE, where="d.study_id = %s", parameters=[study_id], version=facts.version, offset=offset, limit=limit
    )
    return count, [
        Row(id_text(pk), title, order, study_id, place)
        for place, (order, _, pk, title) in enumerate(found, start=offset)
    ]


def _row(columns: tuple[Any, ...], *, place: int | None = None) -> Row:
    pk, title, order, study_id = columns
    return Row(str(pk), title, order, study_id, place)


def find_display_set(actor: Actor, *, display_set_id: UUID) -> Listing:
    found = find_row(display_set_id)
    if found is None:
        raise NotFound
    return listing_of(actor, found)


def listing_of(actor: Actor, display_set: DisplaySet) -> Listing:
    """The same of a display set that was just read or written."""
    study_id = display_set.study_id
    facts = _facts(actor, [study_id], about=display_set.id)[study_id]
    if not may(Act.VIEW_DISPLAY_SET, facts.roles):
        raise NotFound
    is_shuffled = facts.study.shuffle_hanging_list and actor.is_signed_in
    place = _place_of(facts.study, display_set.id, reader_id=actor.id) if is_shuffled else facts.place
    row = Row(str(display_set.id), display_set.title, display_set.order, study_id, place)
    return Listing(1, [row], {study_id: facts})


_BEFORE: Final = """
SELECT COUNT(*) FROM readroom_displayset WHERE study_id = {study}
  AND ("order", created_at, id) < (SELECT "order", created_at, id FROM readroom_displayset WHERE id = %s)
"""
_PLACE: Final = _BEFORE.format(study="%s")
_FACTS: Final = """
SELECT s.id, s.slug, s.view_content, s.case_text, s.shuffle_hanging_list, s.is_public, m.role,
  EXISTS(SELECT 1 FROM readroom_readerstudy_optional_hanging_protocols o WHERE o.readerstudy_id = s.id),
  (SELECT a.length FROM readroom_auditstream a WHERE a.name = %s), ({before}),
  h.id, h.title, h.description, h.json
FROM readroom_readerstudy s
LEFT JOIN readroom_studymember m ON m.study_id = s.id AND m.user_id = %s
LEFT JOIN readroom_hangingprotocol h ON h.id = s.hanging_protocol_id
WHERE s.id IN ({studies})
"""


def _facts(actor: Actor, study_ids: Iterable[UUID], *, about: UUID | None = None) -> dict[UUID, StudyFacts]:
    """Read studies and the actor's roles in them in one statement; of a single one, how far its trail has grown."""
    wanted = list(set(study_ids))
    stream = f"study:{wanted[0]}" if len(wanted) == 1 else ""
    found: dict[UUID, StudyFacts] = {}
    sql = _FACTS.format(before=_BEFORE.format(study="s.id") if about else "0", studies=raw_rows.places(wanted))
    for row in raw_rows.read(sql, [stream, *([about] if about else []), actor.id or 0, *wanted]):
        pk, slug, content, texts, is_shuffled, is_public, role, has_choice, version, place, *layout = row
        study_id = UUID(raw_rows.id_text(pk))
        known = found[study_id].roles if study_id in found else frozenset()
        roles = {Role(role)} if role and actor.id is not None else set()
        if is_public:
            roles.add(Role.PUBLIC)
        study = ReaderStudy(
            id=study_id,
            slug=slug,
            view_content=json.loads(content),
            case_text=json.loads(texts),
            shuffle_hanging_list=bool(is_shuffled),
            hanging_protocol=_layout(*layout),
        )
        held = known | standing(actor, roles)
        found[study_id] = StudyFacts(study, bool(has_choice), version or 0, held, place)
    return found


def _layout(pk: Any, title: str, description: str, text: str) -> HangingProtocol | None:  # noqa: ANN401 - an id
    if pk is None:
        return None
    return HangingProtocol(id=UUID(raw_rows.id_text(pk)), title=title, description=description, json=json.loads(text))


def _reader_asked_for(actor: Actor, username: str | None, *, is_editor: bool) -> int | None:
    if not username or username == actor.username:
        return actor.id
    if not is_editor:
        raise NotAllowed
    found = User.objects.filter(username=username).values_list("pk", flat=True).first()
    if found is None:
        raise Invalid("Select a valid choice. That choice is not one of the available choices.", field="user")
    return found


def _in_order(study: ReaderStudy, *, reader_id: int | None) -> QuerySet[DisplaySet]:
    rows = DisplaySet.objects.filter(study_id=study.id)
    if not study.shuffle_hanging_list or reader_id is None:
        return rows.order_by(*ORDER)
    round_id = give_places(study.id, reader_id=reader_id)
    places = Q(places__round_id=round_id, places__reader_id=reader_id)
    return rows.filter(places).order_by("places__position")


def give_places(study_id: UUID, *, reader_id: int) -> int:
    """Give every display set of a shuffled study its place for a reader; places once given stay."""
    round_id = default_round(study_id)
    places = ShuffledPlace.objects.filter(round_id=round_id, reader_id=reader_id)
    if places.count() == DisplaySet.objects.filter(study_id=study_id).count():
        return round_id
    with transaction.atomic():
        ReaderStudy.objects.select_for_update().get(pk=study_id)
        given = list(places.order_by("position").values_list("display_set_id", "position"))
        number = Round.objects.values_list("number", flat=True).get(pk=round_id)
        order = extended(
            [pk for pk, _ in given],
            DisplaySet.objects.filter(study_id=study_id).values_list("pk", flat=True),
            study=study_id,
            reader=reader_id,
            round_number=number,
        )
        start = given[-1][1] + 1 if given else 0
        ShuffledPlace.objects.bulk_create(
            [
                ShuffledPlace(round_id=round_id, reader_id=reader_id, display_set_id=pk, position=start + number)
                for number, pk in enumerate(order[len(given) :])
            ],
            batch_size=1000,
        )
    return round_id


def _unanswered(
    study: ReaderStudy, rows: QuerySet[DisplaySet], *, reader_id: int | None, offset: int, limit: int
) -> tuple[int, list[Row]]:
    """Return the display sets with fewer answers of the reader than questions, at their places among all."""
    answerable = Question.objects.filter(study_id=study.id).exclude(answer_type=HEADING).count()
    mine = Q(
        answers__creator_id=reader_id or 0,
        answers__is_ground_truth=False,
        answers__round_id=default_round(study.id),
    ) & ~Q(answers__question__answer_type=HEADING)
    left = rows.annotate(answered=Count("answers", filter=mine, distinct=True)).filter(answered__lt=answerable)
    page = [_row(row) for row in left.values_list(*COLUMNS)[offset : offset + limit]]
    return left.count(), _with_places(study, page, reader_id=reader_id)


def _with_places(study: ReaderStudy, page: Sequence[Row], *, reader_id: int | None) -> list[Row]:
    """Tell the places of these among all display sets of the study; reads no further than the last of them."""
    missing = {UUID(row.id) for row in page}
    places: dict[UUID, int] = {}
    ordered = _in_order(study, reader_id=reader_id).values_list("pk", flat=True)
    for place, pk in enumerate(ordered.iterator(chunk_size=2000) if missing else ()):
        if pk in missing:
            places[pk] = place
            if len(places) == len(missing):
                break
    return [row._replace(place=places[UUID(row.id)]) for row in page]


def _place_of(study: ReaderStudy, display_set_id: UUID, *, reader_id: int | None) -> int:
    if study.shuffle_hanging_list and reader_id is not None:
        places = ShuffledPlace.objects.filter(round_id=give_places(study.id, reader_id=reader_id), reader_id=reader_id)
        position = places.values_list("position", flat=True).get(display_set_id=display_set_id)
        return places.filter(position__lt=position).count()
    number: int = raw_rows.read(_PLACE, [study.id, display_set_id])[0][0]
    return number


def _over_all_studies(actor: Actor, *, offset: int, limit: int) -> Listing:
    """List over all studies; a place in a shuffled one is told only where one study is asked for."""
    rows = DisplaySet.objects.filter(study_id__in=studies_where(actor, Act.VIEW_DISPLAY_SET).values("pk"))
    page = [_row(row) for row in rows.order_by(*ORDER).values_list(*COLUMNS)[offset : offset + limit]]
    studies = _facts(actor, {row.study_id for row in page})
    following: dict[UUID, int] = {}
    placed = []
    for row in page:
        study = studies[row.study_id].study
        if study.shuffle_hanging_list:
            placed.append(row)
            continue
        if study.pk not in following:
            following[study.pk] = _place_of(study, UUID(row.id), reader_id=None)
        placed.append(row._replace(place=following[study.pk]))
        following[study.pk] += 1
    return Listing(rows.count(), placed, studies)


_VALUES: Final = """
SELECT CAST(v.{kind}_id AS text), v.id, v.socket_id, CAST(v.value AS text),
  CASE WHEN v.file_id IS NOT NULL THEN v.file_name END, CAST(v.image_id AS text), {name}, {slug}
FROM readroom_socketvalue v {joins} WHERE v.{kind}_id {among}
"""
_JOINED: Final = {
    "i.name": "LEFT JOIN readroom_image i ON i.id = v.image_id",
    "s.slug": "JOIN readroom_socket s ON s.id = v.socket_id",
}


def values_of(
    owners: Iterable[str], *, kind: str = "display_set", with_image_names: bool = False, with_slugs: bool = False
) -> dict[str, list[ValueRow]]:
    """Read the values of many display sets (or archive items) in one statement, their JSON as text."""
    found: dict[str, list[ValueRow]] = {owner: [] for owner in owners}
    if not found:
        return found
    by_stored_id = dict(zip(raw_rows.stored_ids(found), found.values(), strict=True))
    name, slug = "i.name" if with_image_names else "NULL", "s.slug" if with_slugs else "NULL"
    joins = " ".join(join for column, join in _JOINED.items() if column in {name, slug})
    among, ids = raw_rows.among_ids(found)
    for owner, *columns in raw_rows.read(
        _VALUES.format(kind=kind, name=name, slug=slug, joins=joins, among=among), ids
    ):
        by_stored_id[owner].append(ValueRow._make(columns))
    return found
