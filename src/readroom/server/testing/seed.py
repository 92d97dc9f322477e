"""Load a file of objects with fixed ids and tokens into an empty database, for tests of clients.

``python -m readroom.server.testing.seed FILE`` uses the settings of the platform (``READROOM_DATA``,
``READROOM_DATABASE``); it makes the tables where they are missing and refuses a database that holds anything.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from readroom.server.db.models import Archive, Blob, Image, ReaderStudy, Socket, User

Document = Mapping[str, Any]


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m readroom.server.testing.seed FILE\n")
        return 2
    document = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "readroom.server.django_settings")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from readroom.server.db.models import Archive, Image, ReaderStudy, User

    if any(rows.objects.exists() for rows in (User, ReaderStudy, Archive, Image)):
        sys.stderr.write("The database is not empty; seeds are for empty databases only.\n")
        return 1
    load(document)
    return 0


def load(document: Document) -> None:
    """Make everything that the document names, in one transaction."""
    from django.db import transaction

    with transaction.atomic():
        users = {name: _make_user(name, entry) for name, entry in document["users"].items()}
        for entry in document["sockets"]:
            _make_socket(entry)
        images = {name: _make_image(entry) for name, entry in document["images"].items()}
        for entry in document["reader_studies"]:
            _make_study(entry, users=users, images=images)
        for entry in document["archives"]:
            _make_archive(entry, users=users, images=images)


def _make_user(name: str, entry: Document) -> User:
    from readroom.server.db.models import ApiToken, User
    from readroom.server.services.tokens import digest_of

    may = entry.get("may", ())
    user = User(
        username=name,
        email=f"{name}@example.com",
        is_staff=entry.get("is_staff", False),
        is_superuser=entry.get("is_superuser", False),
        may_create_studies="create_reader_studies" in may,
        may_create_archives="create_archives" in may,
    )
    user.set_unusable_password()
    user.save()
    if "token" in entry:
        ApiToken.objects.create(user=user, digest=digest_of(entry["token"]), hint=entry["token"][:4], name="seed")
    return user


def _make_socket(entry: Document) -> Socket:
    """Sockets that every installation has are there already."""
    from readroom.server.db.models import Socket
    from readroom.server.domain.sockets import KINDS

    is_json = KINDS[entry["kind"]].family == "json"
    row, _ = Socket.objects.update_or_create(
        slug=entry["slug"],
        defaults={
            "title": entry["title"],
            "kind": entry["kind"],
            "is_stored_as_file": is_json and entry["super_kind"] == "File",
            "relative_path": entry["relative_path"],
        },
    )
    return row


def _make_image(entry: Document) -> Image:
    """Import a generated file, then give its row the facts that the document names."""
    from readroom.imaging import import_files
    from readroom.server.db.models import Image, ImageFile
    from readroom.server.services.image_rows import store_images

    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "image.mha"
        source.write_bytes(_metaimage(entry["file"]["shape"]))
        result = import_files([source], destination=Path(folder) / "out")
        (stored,) = store_images(result.images, originals=[], name=entry["name"])
    named = {name: entry[name] for name in ("name", "width", "height", "color_space") if name in entry}
    image = Image(**{**stored.fields, **named})
    if "pk" in entry:
        image.id = entry["pk"]
    image.save(force_insert=True)
    for place, file in enumerate(stored.files):
        ImageFile.objects.create(
            image=image,
            blob_id=file.key,
            kind=file.kind,
            position=place,
            name=file.name,
            instance_uid=file.instance_uid,
        )
    return image


def _metaimage(shape: list[int]) -> bytes:
    depth, height, width = shape
    header = (
        "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\nCompressedData = False\n"
        "TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 0 0 0\nElementSpacing = 1 1 1\n"
        f"DimSize = {width} {height} {depth}\nElementType = MET_UCHAR\nElementDataFile = LOCAL\n"
    )
    return header.encode() + bytes(index % 251 for index in range(depth * height * width))


def _make_study(entry: Document, *, users: Mapping[str, User], images: Mapping[str, Image]) -> ReaderStudy:
    from readroom.server.db.models import HangingProtocol, ReaderStudy, Round, StudyMember
    from readroom.server.domain.studies import State

    layout = entry.get("hanging_protocol")
    study = ReaderStudy.objects.create(
        slug=entry["slug"],
        title=entry["title"],
        state=State.OPEN.value,
        is_public=entry.get("public", False),
        description=entry.get("description", ""),
        view_content=entry.get("view_content", {}),
        hanging_protocol=HangingProtocol.objects.create(
            title=layout["title"], slug=layout["title"], json=layout["json"]
        )
        if layout
        else None,
    )
    Round.objects.create(study=study)
    for role in ("editor", "reader"):
        for name in entry.get(f"{role}s", ()):
            StudyMember.objects.create(study=study, user=users[name], role=role)
    _fill_study(study, entry, users=users, images=images)
    return study


def _fill_study(study: ReaderStudy, entry: Document, *, users: Mapping[str, User], images: Mapping[str, Image]) -> None:
    from readroom.server.services import accounts, answers, display_sets, questions
    from readroom.server.services.access import SYSTEM

    asked = {
        row["question_text"]: questions.create_question(SYSTEM, study_id=study.pk, fields=row)
        for row in entry.get("questions", ())
    }
    for row in entry.get("display_sets", ()):
        made = display_sets.create_display_set(SYSTEM, study_id=study.pk, display_set_id=_to_id(row))
        for value in row.get("values", ()):
            _make_value(value, images=images, display_set=made)
        for answer in row.get("answers", ()):
            answers.record_answer(
                accounts.to_actor(users[answer["creator"]]),
                question_id=asked[answer["question"]].pk,
                display_set_id=made.pk,
                draft=answers.Draft(value=answer["answer"]),
            )


def _to_id(row: Document) -> UUID | None:
    return UUID(row["pk"]) if "pk" in row else None


def _make_value(entry: Document, *, images: Mapping[str, Image], **owner: Any) -> None:  # noqa: ANN401 - either model
    from readroom.server.db.models import Socket, SocketValue

    raw = entry.get("raw_file")
    SocketValue.objects.create(
        socket=Socket.objects.get(slug=entry["socket"]),
        value=entry.get("value"),
        image=images[entry["image"]] if "image" in entry else None,
        file=_store_file(raw["content"].encode()) if raw else None,
        file_name=raw["name"] if raw else "",
        **owner,
    )


def _store_file(content: bytes) -> Blob:
    from readroom.server.db.models import Blob
    from readroom.server.services.image_rows import digest_of, keep, key_for

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "file"
        place.write_bytes(content)
        key = key_for("values", digest_of(place), "")
        keep([(key, place)])
    return Blob.objects.get(pk=key)


def _make_archive(entry: Document, *, users: Mapping[str, User], images: Mapping[str, Image]) -> Archive:
    from readroom.server.db.models import Archive, ArchiveMember
    from readroom.server.services import archives
    from readroom.server.services.access import SYSTEM

    archive = Archive.objects.create(slug=entry["slug"], title=entry["title"])
    for role in ("editor", "uploader", "user"):
        for name in entry.get(f"{role}s", ()):
            ArchiveMember.objects.create(archive=archive, user=users[name], role=role)
    for row in entry.get("items", ()):
        item = archives.create_item(SYSTEM, archive_id=archive.pk, title=row.get("title", ""), item_id=_to_id(row))
        for value in row.get("values", ()):
            _make_value(value, images=images, archive_item=item)
    return archive


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
