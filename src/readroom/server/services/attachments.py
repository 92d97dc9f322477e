"""What becomes of finished imports: their image goes where it was wanted, if it is still wanted there."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from readroom.server.db.models import (
    Answer,
    ArchiveItem,
    DisplaySet,
    Image,
    ImageFileKind,
    Import,
    ImportTarget,
    Socket,
)
from readroom.server.domain.errors import Invalid, NotFound, Refusal
from readroom.server.domain.permissions import Act, Role, may
from readroom.server.domain.questions import MASK
from readroom.server.domain.sockets import SuperKind, check_voxel_values, super_kind_of
from readroom.server.services import audit
from readroom.server.services.access import SYSTEM, Actor
from readroom.server.services.answer_rows import hold_answer
from readroom.server.services.display_sets import refuse_when_answered
from readroom.server.services.roles import require_in_archive, require_in_study, roles_in_study
from readroom.server.services.socket_values import Changes, Owner, check_image, only_image_of, put, refuse

NOBODY = UUID(int=0)
NOT_WANTED = "A newer upload or an emptied value took its place; the image was not attached."


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where an import's images are to go."""

    kind: ImportTarget
    id: UUID | None
    socket_id: int | None = None


def check_target(actor: Actor, *, kind: str, target_id: UUID | None, socket_slug: str | None) -> Target:
    """Refuse a target that the caller may not fill, before anything is imported."""
    target = ImportTarget(kind)
    needs_socket = target in (ImportTarget.DISPLAY_SET, ImportTarget.ARCHIVE_ITEM)
    if socket_slug and target in (ImportTarget.NOTHING, ImportTarget.ANSWER):
        raise Invalid("An interface needs a display set, an archive item or an archive.", field="interface")
    if needs_socket and not socket_slug:
        raise Invalid("An interface is needed to say where the image goes.", field="interface")
    socket = Socket.objects.filter(slug=socket_slug).first() if socket_slug else None
    if socket_slug and (socket is None or _super_kind(socket) is not SuperKind.IMAGE):
        raise Invalid(f"There is no image socket {socket_slug}.", field="interface")
    try:
        _require_target(actor, target, target_id)
    except NotFound as error:
        raise Invalid("Object does not exist.", field=target.value) from error
    return Target(kind=target, id=target_id, socket_id=socket.pk if socket else None)


def _super_kind(socket: Socket) -> SuperKind:
    return super_kind_of(socket.kind, is_stored_as_file=socket.is_stored_as_file)


def _require_target(actor: Actor, kind: ImportTarget, target_id: UUID | None) -> None:
    if kind is ImportTarget.NOTHING or target_id is None:
        return
    if kind is ImportTarget.DISPLAY_SET:
        display_set = DisplaySet.objects.filter(pk=target_id).first()
        if display_set is None:
            raise NotFound
        require_in_study(actor, Act.EDIT_DISPLAY_SET, study_id=display_set.study_id, seen_by=None)
        refuse_when_answered(target_id)
    elif kind is ImportTarget.ARCHIVE:
        require_in_archive(actor, Act.EDIT_ARCHIVE_ITEM, archive_id=target_id, seen_by=None)
    elif kind is ImportTarget.ARCHIVE_ITEM:
        item = ArchiveItem.objects.filter(pk=target_id).first()
        if item is None:
            raise NotFound
        require_in_archive(actor, Act.EDIT_ARCHIVE_ITEM, archive_id=item.archive_id, seen_by=None)
    else:
        _require_mask(actor, target_id)


def _require_mask(actor: Actor, answer_id: UUID) -> None:
    answer = Answer.objects.select_related("question").filter(pk=answer_id).first()
    roles = roles_in_study(actor, answer.study_id) if answer is not None else frozenset()
    if answer is None or answer.creator_id != actor.id or not may(Act.ANSWER, roles):
        raise NotFound
    held = hold_answer(answer_id, study_id=answer.study_id, is_editor=Role.EDITOR in roles)
    if answer.question.answer_type != MASK:
        raise Invalid("Only answers to questions of type Mask have an image.", field="answer")
    if held.value is not None:
        raise Invalid("This answer has an upload already; set it to null first.", field="answer")


def note_started(started: Import, *, actor: Actor = SYSTEM) -> None:
    """Let an answer say that its mask is on its way; runs in the transaction that makes the import."""
    if started.target_kind == ImportTarget.ANSWER:
        for answer in Answer.objects.select_for_update().filter(pk=started.target_id or NOBODY):
            _say(actor, "upload mask", answer, {"upload_session_pk": str(started.pk)})


def _say(actor: Actor, act: str, answer: Answer, value: dict[str, str] | None) -> None:
    """Change what an answer says of its mask; its history keeps what it said before."""
    before, answer.value, answer.modified_at = answer.value, value, timezone.now()
    answer.save(update_fields=["value", "modified_at"])
    audit.record(
        actor,
        act,
        target=("answer", answer.pk),
        stream=f"answers:{answer.study_id}:{answer.creator_id}",
        before={"answer": before},
        after={"answer": value},
    )


def attach(import_id: UUID) -> None:
    """Put the image of a finished import in its place; raises `Invalid` with the reason when it cannot stand there."""
    with transaction.atomic():
        finished = Import.objects.select_related("socket").get(pk=import_id)
        kind = ImportTarget(finished.target_kind)
        if kind is ImportTarget.ANSWER:
            _attach_to_answer(finished)
        elif kind is ImportTarget.ARCHIVE:
            _attach_to_archive(finished)
        elif kind is not ImportTarget.NOTHING:
            _attach_to_owner(finished)


def _attach_to_owner(finished: Import) -> None:
    owner = _owner_of(finished)
    socket = finished.socket
    if owner is None or socket is None:
        raise Invalid("What the image was meant for was deleted.")
    if isinstance(owner, DisplaySet):
        try:
            refuse_when_answered(owner.pk)
        except Refusal as error:
            raise Invalid("Readers answered in the meantime; the image was not attached.") from error
    if _is_overtaken(finished):
        raise Invalid(NOT_WANTED)
    image = only_image_of(finished)
    if socket.kind == "DICOM Image Set":
        _offer_as_instances(image)
    check_image(image, socket=socket)
    changes = Changes()
    put(owner, socket, changes=changes, image=image)
    _record(finished, owner, changes)


def _offer_as_instances(image: Image) -> None:
    """Let clients fetch the DICOM files themselves, which is what a socket for image sets promises."""
    originals = image.files.filter(kind=ImageFileKind.ORIGINAL)
    image.is_dicom_set = originals.exclude(instance_uid="").exists()
    image.save(update_fields=["is_dicom_set"])


def _owner_of(finished: Import) -> Owner | None:
    rows = DisplaySet.objects if finished.target_kind == ImportTarget.DISPLAY_SET else ArchiveItem.objects
    found: Owner | None = rows.select_for_update().filter(pk=finished.target_id or NOBODY).first()
    return found


def _is_overtaken(finished: Import) -> bool:
    """Whether a later upload for the same socket exists: the later one wins, in whatever order they end."""
    return (
        Import.objects.filter(
            target_kind=finished.target_kind,
            target_id=finished.target_id,
            socket=finished.socket,
            created_at__gt=finished.created_at,
        )
        .exclude(pk=finished.pk)
        .exists()
    )


def _record(finished: Import, owner: Owner, changes: Changes) -> None:
    is_display_set = isinstance(owner, DisplaySet)
    stream = f"study:{owner.study_id}" if isinstance(owner, DisplaySet) else f"archive:{owner.archive_id}"
    audit.record(
        SYSTEM,
        "attach image",
        target=("display set" if is_display_set else "archive item", owner.pk),
        stream=stream,
        before={"values": changes.before},
        after={"values": changes.after, "import": str(finished.pk)},
    )


def _attach_to_archive(finished: Import) -> None:
    """Every image becomes an item of its own."""
    socket = finished.socket or Socket.objects.filter(slug="generic-medical-image").first()
    if socket is None or finished.target_id is None:
        raise Invalid("There is no socket for the images.")
    for image in finished.images.order_by("name"):
        check_image(image, socket=socket)
        item = ArchiveItem.objects.create(archive_id=finished.target_id, created_at=timezone.now())
        changes = Changes()
        put(item, socket, changes=changes, image=image)
        _record(finished, item, changes)


def _attach_to_answer(finished: Import) -> None:
    rows = Answer.objects.select_for_update(of=("self",)).select_related("question")
    answer = rows.filter(pk=finished.target_id or NOBODY).first()
    if answer is None:
        raise Invalid("The answer was deleted.")
    if not isinstance(answer.value, dict) or answer.value.get("upload_session_pk") != str(finished.pk):
        raise Invalid(NOT_WANTED)
    image = only_image_of(finished)
    check_mask(image, answer=answer)
    answer.image = image
    answer.modified_at = timezone.now()
    answer.save(update_fields=["image", "modified_at"])
    audit.record(
        SYSTEM,
        "attach mask",
        target=("answer", answer.pk),
        stream=f"answers:{answer.study_id}:{answer.creator_id}",
        after={"image": str(image.pk)},
    )


def check_mask(image: Image, *, answer: Answer) -> None:
    """Refuse a mask with fractions, or with voxel values that no segment of its question names."""
    if image.segments is None:
        raise Invalid("A mask has few, whole voxel values; this image has too many or fractions.")
    check_voxel_values(image.segments, segments=answer.question.overlay_segments)


def refuse_import(import_id: UUID, *, reason: str) -> None:
    """Tell whoever waits for the image why it does not come; what stood there before stays."""
    with transaction.atomic():
        failed = Import.objects.select_related("socket").get(pk=import_id)
        kind = ImportTarget(failed.target_kind)
        if kind is ImportTarget.ANSWER:
            _forget_upload(failed)
        elif kind in (ImportTarget.DISPLAY_SET, ImportTarget.ARCHIVE_ITEM) and failed.socket is not None:
            owner = _owner_of(failed)
            if owner is not None and not _is_overtaken(failed):
                refuse(owner, failed.socket, reason=reason)


def _forget_upload(failed: Import) -> None:
    """Let the reader upload the mask again."""
    for answer in Answer.objects.select_for_update().filter(pk=failed.target_id or NOBODY):
        if isinstance(answer.value, dict) and answer.value.get("upload_session_pk") == str(failed.pk):
            _say(SYSTEM, "refuse mask", answer, None)
