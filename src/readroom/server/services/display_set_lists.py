"""Display sets as lists: in the order of the caller, a page in few statements, whatever the size of the study."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, TextField, Window
from django.db.models.functions import Cast, RowNumber

from readroom.server.db.models import DisplaySet, Question, ReaderStudy, Round, ShuffledPlace, SocketValue, User
from readroom.server.domain.errors import Invalid, NotAllowed, NotFound
from readroom.server.domain.ordering import extended
from readroom.server.domain.permissions import Act, may
from readroom.server.domain.questions import HEADING
from readroom.server.services.access import Actor
from readroom.server.services.roles import roles_in_study, studies_where

ORDER: Final = ("order", "created_at", "id")
COLUMNS: Final = ("id", "title", "order", "study_id")


@dataclass(frozen=True, slots=True)
class Row:
    """One display set in a list; `index` is its place for the caller."""

    id: UUID
    title: str
    order: int
    study_id: UUID
    index: int | None


@dataclass(frozen=True, slots=True)
class ValueRow:
    """One socket value; `value` is JSON text as it is stored."""

    id: int
    socket_id: int
    value: str | None
    file_name: str | None
    image_id: UUID | None
    image_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked for: of which study, and whether only what somebody has not finished."""

    study_id: UUID | None = None
    is_unanswered: bool = False
    username: str | None = None


def list_display_sets(actor: Actor, *, asked: Asked, offset: int, limit: int) -> tuple[int, list[Row]]:
    """Return how many there are and one page of them."""
    if asked.study_id is None:
        if asked.is_unanswered or asked.username:
            raise Invalid("Only possible together with reader_study.", field="reader_study")
        return _over_all_studies(actor, offset=offset, limit=limit)
    roles = _roles_or_invalid(actor, asked.study_id)
    if asked.username and not asked.is_unanswered:
        raise Invalid("Only possible together with unanswered_by_user.", field="user")
    if not may(Act.VIEW_DISPLAY_SET, roles):
        return 0, []
    reader_id = _reader_asked_for(actor, asked.username, is_editor=may(Act.EDIT_GROUND_TRUTH, roles))
    study = ReaderStudy.objects.only("id", "shuffle_hanging_list").get(pk=asked.study_id)
    rows = _in_order(study, reader_id=reader_id if asked.is_unanswered else actor.id)
    if asked.is_unanswered:
        return _unanswered(study, rows, reader_id=reader_id, offset=offset, limit=limit)
    found = rows.values_list(*COLUMNS)[offset : offset + limit]
    page = [_row(row, index=offset + number) for number, row in enumerate(found)]
    return DisplaySet.objects.filter(study_id=study.id).count(), page


def _row(columns: tuple[Any, ...], *, index: int | None = None) -> Row:
    pk, title, order, study_id = columns
    return Row(pk, title, order, study_id, index)


def find_display_set(actor: Actor, *, display_set_id: UUID) -> Row:
    row = DisplaySet.objects.filter(pk=display_set_id).values_list(*COLUMNS).first()
    if row is None:
        raise NotFound
    study = ReaderStudy.objects.only("id", "shuffle_hanging_list").get(pk=row[3])
    if not may(Act.VIEW_DISPLAY_SET, roles_in_study(actor, study.id)):
        raise NotFound
    return _row(row, index=_index_of(study, display_set_id, reader_id=actor.id))


def _roles_or_invalid(actor: Actor, study_id: UUID) -> frozenset[Any]:
    try:
        roles = roles_in_study(actor, study_id)
    except NotFound:
        roles = frozenset()
    if not may(Act.VIEW_STUDY, roles):
        raise Invalid("Select a valid choice. That choice is not one of the available choices.", field="reader_study")
    return roles


def _reader_asked_for(actor: Actor, username: str | None, *, is_editor: bool) -> int | None:
    if not username or username == actor.username:
        return actor.id
    if not is_editor:
        raise NotAllowed
    found = User.objects.filter(username=username).values_list("pk", flat=True).first()
    if found is None:
        raise Invalid("Select a valid choice. That choice is not one of the available choices.", field="user")
    return found


def default_round(study_id: UUID) -> int:
    return Round.objects.values_list("pk", flat=True).get(study_id=study_id, is_default=True)


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
    return left.count(), _with_indexes(study, page, reader_id=reader_id)


def _with_indexes(study: ReaderStudy, page: Sequence[Row], *, reader_id: int | None) -> list[Row]:
    if not page:
        return []
    keys = [F("places__position")] if study.shuffle_hanging_list and reader_id else [F(key) for key in ORDER]
    ranked = _in_order(study, reader_id=reader_id).annotate(place=Window(RowNumber(), order_by=keys))
    places = dict(ranked.filter(pk__in=[row.id for row in page]).values_list("pk", "place"))
    return [replace(row, index=places[row.id] - 1) for row in page]


def _index_of(study: ReaderStudy, display_set_id: UUID, *, reader_id: int | None) -> int:
    if study.shuffle_hanging_list and reader_id is not None:
        places = ShuffledPlace.objects.filter(round_id=give_places(study.id, reader_id=reader_id), reader_id=reader_id)
        position = places.values_list("position", flat=True).get(display_set_id=display_set_id)
        return places.filter(position__lt=position).count()
    one = DisplaySet.objects.only(*ORDER).get(pk=display_set_id)
    before = (
        Q(order__lt=one.order)
        | Q(order=one.order, created_at__lt=one.created_at)
        | Q(order=one.order, created_at=one.created_at, pk__lt=one.pk)
    )
    return DisplaySet.objects.filter(before, study_id=study.id).count()


def _over_all_studies(actor: Actor, *, offset: int, limit: int) -> tuple[int, list[Row]]:
    """List over all studies; a place in a shuffled one is told only where one study is asked for."""
    rows = DisplaySet.objects.filter(study_id__in=studies_where(actor, Act.VIEW_DISPLAY_SET).values("pk"))
    page = [_row(row) for row in rows.order_by(*ORDER).values_list(*COLUMNS)[offset : offset + limit]]
    plain = DisplaySet.objects.filter(study_id__in={row.study_id for row in page}, study__shuffle_hanging_list=False)
    ranked = plain.annotate(place=Window(RowNumber(), partition_by=[F("study_id")], order_by=[F(key) for key in ORDER]))
    places = dict(ranked.filter(pk__in=[row.id for row in page]).values_list("pk", "place"))
    return rows.count(), [replace(row, index=places[row.id] - 1 if row.id in places else None) for row in page]


def values_of(owners: Iterable[UUID], *, kind: str = "display_set") -> dict[UUID, list[ValueRow]]:
    """Read the values of many display sets (or archive items) in one statement, their JSON as text."""
    found: dict[UUID, list[ValueRow]] = {owner: [] for owner in owners}
    rows = SocketValue.objects.filter(**{f"{kind}_id__in": list(found)}).order_by("id")
    columns = (f"{kind}_id", "id", "socket_id", "text", "file_name", "image_id", "image__name", "file_id")
    for owner, pk, socket_id, text, file_name, image_id, image_name, file_id in rows.annotate(
        text=Cast("value", TextField())
    ).values_list(*columns):
        found[owner].append(ValueRow(pk, socket_id, text, file_name if file_id else None, image_id, image_name))
    return found


def studies_of(rows: Iterable[Row]) -> dict[UUID, tuple[ReaderStudy, bool]]:
    """Read what display sets show of their studies, and whether there are layouts to choose from."""
    wanted = {row.study_id for row in rows}
    links = ReaderStudy.optional_hanging_protocols.through.objects.filter(readerstudy_id=OuterRef("pk"))
    columns = ("id", "slug", "view_content", "case_text", "hanging_protocol")
    studies = ReaderStudy.objects.filter(pk__in=wanted).select_related("hanging_protocol").only(*columns)
    return {
        study.pk: (study, bool(vars(study)["has_optional"])) for study in studies.annotate(has_optional=Exists(links))
    }
