"""A study is made or changed as a document says, twice if need be without doing anything twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Model, Q

from readroom.server.db.models import (
    DisplaySet,
    HangingProtocol,
    Image,
    Question,
    ReaderStudy,
    Socket,
    SocketValue,
    WorkstationConfig,
)
from readroom.server.domain.errors import Invalid, NotFound
from readroom.server.domain.json_values import check_json
from readroom.server.domain.permissions import Act, may
from readroom.server.services import audit, images
from readroom.server.services.access import Actor
from readroom.server.services.column_types import check_list, check_texts, check_types
from readroom.server.services.display_sets import DisplaySetChange, change_display_set, create_display_set
from readroom.server.services.filed_viewer_settings import (
    CONFIGS,
    TABLES,
    ensure_config,
    ensure_tables,
)
from readroom.server.services.hanging_protocols import create_hanging_protocol
from readroom.server.services.naming import LONGEST, is_slug
from readroom.server.services.questions import PLAIN_FIELDS as QUESTION_FIELDS
from readroom.server.services.questions import change_question, create_question
from readroom.server.services.roles import roles_in_study
from readroom.server.services.socket_values import Source
from readroom.server.services.sockets import FIELDS as SOCKET_FIELDS
from readroom.server.services.sockets import MEANING, create_socket
from readroom.server.services.studies import (
    LAYOUT_FIELDS,
    PLAIN_FIELDS,
    change_study,
    create_study,
    stream_of,
)
from readroom.server.services.study_documents import VERSION

FIELDS_OF_PART: Final[Mapping[str, frozenset[str]]] = {
    "study": frozenset((*PLAIN_FIELDS, *LAYOUT_FIELDS, "slug", "optional_hanging_protocols")),
    "sockets": frozenset((*SOCKET_FIELDS, "slug", "look_up_table")),
    "questions": frozenset((*QUESTION_FIELDS, "options", "interface", "look_up_table")),
    "display_sets": frozenset(("title", "order", "values")),
    "hanging_protocols": frozenset(("title", "description", "json")),
}
MODELS: Final[Mapping[str, type[Model]]] = {
    "study": ReaderStudy,
    "sockets": Socket,
    "questions": Question,
    "display_sets": DisplaySet,
    "hanging_protocols": HangingProtocol,
}
WHY: Final = "study file"
PARTS: Final = frozenset(
    ("readroom", "study", "hanging_protocols", CONFIGS, TABLES, "sockets", "questions", "display_sets")
)


@dataclass(slots=True)
class Applied:
    """What became of a document."""

    study_id: UUID
    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def apply_study(actor: Actor, *, document: Mapping[str, Any]) -> Applied:
    """Make or change a study so that it is as the document says; all of it, or with any fault nothing.

    What is so already is left alone and told as unchanged.

    A study with the same slug that the actor may edit is changed, otherwise one is made. Questions are found by their
    text, display sets by their title (or, without title, by their order). Nothing is deleted.
    """
    _check_document(document)
    with transaction.atomic():
        created: list[str] = []
        warnings: list[str] = []
        tables = ensure_tables(actor, document.get(TABLES) or ())
        for entry in document.get("sockets") or ():
            warnings += _ensure_socket(actor, _with_table(entry, tables), created)
        protocols = {
            entry["title"]: _ensure_protocol(actor, entry, created) for entry in document.get("hanging_protocols") or ()
        }
        configs = {entry.get("title"): ensure_config(actor, entry, created) for entry in document.get(CONFIGS) or ()}
        applied = _apply_settings(actor, document["study"], protocols, configs)
        applied.created[:0], applied.warnings[:0] = created, warnings
        _apply_questions(actor, applied, document.get("questions") or (), tables)
        _apply_display_sets(actor, applied, document.get("display_sets") or ())
    return applied


def _check_document(document: Mapping[str, Any]) -> None:
    if not audit.is_same(document.get("readroom"), VERSION):
        raise Invalid(f"A study file begins with `readroom: {VERSION}`.", field="readroom")
    check_json(dict(document))
    if unknown := sorted(map(str, document.keys() - PARTS)):
        raise Invalid(f"There is no part {unknown[0]}; parts are {', '.join(sorted(PARTS))}.", field=unknown[0])
    if not isinstance(document.get("study"), Mapping) or not isinstance(document["study"].get("title"), str):
        raise Invalid("A study needs a title.", field="study")
    for part in PARTS - {"readroom", "study"}:
        entries = document.get(part) or []
        if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
            raise Invalid("It is a list of objects.", field=part)
    _check_entries(document)


def _check_entries(document: Mapping[str, Any]) -> None:
    _check_slug("study", document["study"])
    for part, allowed in FIELDS_OF_PART.items():
        entries = document.get(part) or ()
        for entry in [entries] if isinstance(entries, Mapping) else entries:
            _refuse_unknown(part, entry, allowed)
            check_types(part, entry, model=MODELS[part], may_lack=part == "display_sets")
    _check_names(document)
    for entry in document.get("sockets") or ():
        _check_slug("sockets", entry)
    for entry in document.get("display_sets") or ():
        if not isinstance(entry.get("values") or {}, Mapping):
            raise Invalid("Values are an object of sockets and what stands in them.", field="display_sets")


def _check_names(document: Mapping[str, Any]) -> None:
    """What names other parts, which no column holds."""
    check_texts("study", document["study"], names=LAYOUT_FIELDS)
    check_list("study", document["study"], name="optional_hanging_protocols", of=(str,))
    for entry in document.get("sockets") or ():
        check_texts("sockets", entry, names=("look_up_table",))
    for entry in document.get("questions") or ():
        check_texts("questions", entry, names=("interface", "look_up_table"))
        check_list("questions", entry, name="options", of=(str, dict))
    for entry in document.get("hanging_protocols") or ():
        if not entry.get("title"):
            raise Invalid("A hanging protocol needs a title.", field="hanging_protocols")


def _check_slug(part: str, entry: Mapping[str, Any]) -> None:
    """A slug stands in addresses."""
    slug = entry.get("slug")
    if slug is not None and not (isinstance(slug, str) and is_slug(slug)):
        raise Invalid(f"{slug!r} is no slug; use letters, digits, - and _, at most {LONGEST} of them.", field=part)


def _refuse_unknown(part: str, entry: Mapping[str, Any], allowed: frozenset[str]) -> None:
    if unknown := sorted(map(str, entry.keys() - allowed)):
        raise Invalid(f"{unknown[0]} is not a known field; known are {', '.join(sorted(allowed))}.", field=part)


def _with_table(entry: Mapping[str, Any], tables: Mapping[str, str]) -> dict[str, Any]:
    """The same with the slug that its look-up table has here."""
    table = entry.get("look_up_table")
    return {**entry, "look_up_table": tables.get(table, table)} if table else dict(entry)


def _ensure_socket(actor: Actor, entry: Mapping[str, Any], created: list[str]) -> list[str]:
    """Take the socket of that name if there is one, which must be of the same kind; returns in what else it differs."""
    slug, title = entry.get("slug"), entry.get("title")
    found = Socket.objects.filter(Q(slug=slug) | Q(title=title)).first()
    if found is not None:
        if found.kind != entry.get("kind", found.kind):
            raise Invalid(f"The socket {found.slug} exists here with the kind {found.kind}.", field="sockets")
        others = [name for name in MEANING if name in entry and not audit.is_same(getattr(found, name), entry[name])]
        return [f"The socket {found.slug} is here with another {name}, and stays so." for name in others]
    socket = create_socket(actor, fields={name: value for name, value in entry.items() if name != "slug"})
    if slug and socket.slug != slug:
        Socket.objects.filter(pk=socket.pk).update(slug=slug)
    created.append(f"socket {slug or socket.slug}")
    return []


def _ensure_protocol(actor: Actor, entry: Mapping[str, Any], created: list[str]) -> UUID:
    title = str(entry.get("title"))
    numbered = Q(title=title) | Q(title__startswith=f"{title} (")
    for found in HangingProtocol.objects.filter(numbered).order_by("created_at", "id"):
        if audit.is_same(found.json, entry.get("json")):
            return found.pk
    fields = dict(entry)
    if HangingProtocol.objects.filter(title=title).exists():
        fields["title"] = _free_title(title)
    created.append(f"hanging protocol {fields.get('title')}")
    return create_hanging_protocol(actor, fields=fields).pk


def _free_title(title: str) -> str:
    taken = set(HangingProtocol.objects.filter(title__startswith=title).values_list("title", flat=True))
    return next(name for n in range(2, len(taken) + 3) if (name := f"{title} ({n})") not in taken)


def _apply_settings(
    actor: Actor, entry: Mapping[str, Any], protocols: Mapping[str, UUID], configs: Mapping[str, UUID]
) -> Applied:
    settings = {name: value for name, value in entry.items() if name != "slug"}
    if "workstation_config" in settings:
        title = settings["workstation_config"]
        settings["workstation_config"] = _config(title, configs) if title else None
    if "hanging_protocol" in settings:
        title = settings["hanging_protocol"]
        settings["hanging_protocol"] = _protocol(title, protocols) if title else None
    if settings.get("optional_hanging_protocols"):
        settings["optional_hanging_protocols"] = [
            _protocol(title, protocols) for title in settings["optional_hanging_protocols"]
        ]
    slug, name = entry.get("slug"), f"study {entry['title']}"
    study = ReaderStudy.objects.filter(slug=slug).first() if slug else None
    if study is None:
        made = create_study(actor, settings=settings)
        if slug:
            ReaderStudy.objects.filter(pk=made.pk).update(slug=slug)
        return Applied(made.pk, created=[name])
    if not may(Act.EDIT_STUDY, roles_in_study(actor, study.pk)):
        raise Invalid(f"The slug {slug} belongs to a study that you may not edit; choose another one.", field="study")
    applied = Applied(study.pk)
    with _told(applied, name):
        applied.warnings += change_study(actor, study_id=study.pk, changes=settings, why=WHY).values()
    return applied


@contextmanager
def _told(applied: Applied, name: str) -> Iterator[None]:
    """Say of a part whether it changed: every change leaves an entry in the trail of its study."""
    before = audit.locked_head(stream_of(applied.study_id)).length
    yield
    is_changed = audit.locked_head(stream_of(applied.study_id)).length != before
    (applied.changed if is_changed else applied.unchanged).append(name)


def _protocol(title: str, protocols: Mapping[str, UUID]) -> UUID:
    found = protocols.get(title)
    if found is None:
        found = HangingProtocol.objects.filter(title=title).values_list("pk", flat=True).first()
    if found is None:
        raise Invalid(f"There is no hanging protocol {title}.", field="hanging_protocols")
    return found


def _config(title: str, configs: Mapping[str, UUID]) -> UUID:
    found = configs.get(title) or WorkstationConfig.objects.filter(title=title).values_list("pk", flat=True).first()
    if found is None:
        raise Invalid(f"There is no workstation config {title}.", field=CONFIGS)
    return found


def _apply_questions(
    actor: Actor, applied: Applied, entries: Sequence[Mapping[str, Any]], tables: Mapping[str, str]
) -> None:
    present: dict[str, list[UUID]] = {}
    for question in Question.objects.filter(study_id=applied.study_id).order_by("order", "created_at", "id"):
        present.setdefault(question.question_text, []).append(question.pk)
    for number, entry in enumerate(entries):
        text = str(entry.get("question_text") or "")
        fields = {"order": 10 * (number + 1), **_with_table(entry, tables)}
        try:
            if present.get(text):
                with _told(applied, f"question {text}"):
                    change_question(actor, question_id=present[text].pop(0), changes=fields, why=WHY)
            else:
                create_question(actor, study_id=applied.study_id, fields=fields)
                applied.created.append(f"question {text}")
        except Invalid as error:
            raise Invalid(f"{text or number + 1}: {error.message}", field="questions") from error


def _apply_display_sets(actor: Actor, applied: Applied, entries: Sequence[Mapping[str, Any]]) -> None:
    rows = DisplaySet.objects.filter(study_id=applied.study_id)
    met: set[UUID] = set()
    for number, entry in enumerate(entries):
        title, order = str(entry.get("title") or ""), entry.get("order")
        name = title or f"number {number + 1}"
        try:
            named = {"title": title} if title else {"title": "", "order": _order_of(order)}
            found = rows.filter(**named).exclude(pk__in=met).order_by("created_at", "id").first()
            standing = _values_of(found)
            sources = _sources(actor, entry.get("values") or {}, name=name, applied=applied, standing=standing)
            if found is None:
                found = create_display_set(
                    actor, study_id=applied.study_id, title=title, order=order or 0, sources=sources
                )
                applied.created.append(f"display set {name}")
            elif order in (None, found.order) and all(_stands(source, standing) for source in sources):
                applied.unchanged.append(f"display set {name}")
            elif found.answers.exists():
                applied.warnings.append(f"The display set {name} has answers and was left as it is.")
            else:
                change = DisplaySetChange(title=title, order=order, sources=sources)
                change_display_set(actor, display_set_id=found.pk, change=change, why=WHY)
                applied.changed.append(f"display set {name}")
            met.add(found.pk)
        except Invalid as error:
            raise Invalid(f"{name}: {error.message}", field="display_sets") from error


def _order_of(order: object) -> int:
    """The order of a display set without title: nothing else could find it again."""
    if not isinstance(order, int) or isinstance(order, bool) or order < 1:
        raise Invalid("A display set needs a title or an order; else the file applied twice would add it twice.")
    return order


def _values_of(display_set: DisplaySet | None) -> dict[str, SocketValue]:
    rows = SocketValue.objects.filter(display_set=display_set).select_related("socket") if display_set else ()
    return {row.socket.slug: row for row in rows}


def _stands(source: Source, standing: Mapping[str, SocketValue]) -> bool:
    row = standing.get(source.socket_slug)
    return row is not None and row.image_id == source.image and audit.is_same(row.value, source.value)


def _sources(
    actor: Actor, values: Mapping[str, Any], *, name: str, applied: Applied, standing: Mapping[str, SocketValue]
) -> list[Source]:
    sources = []
    for slug, entry in values.items():
        given = entry if isinstance(entry, Mapping) else {"value": entry}
        image = _image(actor, given) if "image" in given else None
        if image is not None:
            sources.append(Source(socket_slug=slug, image=image.pk))
        elif "value" in given:
            sources.append(Source(socket_slug=slug, value=given["value"]))
        elif slug not in standing or standing[slug].file_name != given.get("file"):
            what = given.get("name") or given.get("file") or given.get("image")
            applied.warnings.append(f"Display set {name}, socket {slug}: upload {what}; files do not travel.")
    return sources


def _image(actor: Actor, given: Mapping[str, Any]) -> Image | None:
    try:
        return images.find_image(actor, image_id=UUID(str(given["image"])))
    except (NotFound, ValueError):
        return None
