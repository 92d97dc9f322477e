"""What becomes of finished imports: attached if still wanted, refused with a reason, and never half."""

from __future__ import annotations

from datetime import timedelta

import pytest

from readroom.server.db.models import (
    Answer,
    ArchiveItem,
    Blob,
    Image,
    ImageFile,
    Import,
    ReaderStudy,
    RefusedValue,
    SocketValue,
    StudyMember,
)
from readroom.server.domain.errors import Invalid, Locked, NotFound, Refusal
from readroom.server.services import accounts, answer_lists, attachments, display_sets, images
from readroom.server.testing import factories

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def reader():
    return factories.make_user("reader")


@pytest.fixture
def study(reader):
    return factories.make_study(readers=[reader], allow_answer_modification=True)


@pytest.fixture
def display_set(study):
    return factories.make_display_set(study)


@pytest.fixture
def socket():
    return factories.make_socket("Image")


def make_import(kind, target, *, socket=None, images=1, **facts):
    row = Import.objects.create(target_kind=kind, target_id=target.pk, socket=socket, status="Succeeded")
    for _ in range(images):
        image = factories.make_image(**facts)
        Image.objects.filter(pk=image.pk).update(origin=row)
    return row


def standing_in(display_set):
    return SocketValue.objects.filter(display_set=display_set).values_list("image__origin", flat=True).first()


def test_an_image_goes_where_it_was_wanted(display_set, socket):
    row = make_import("display_set", display_set, socket=socket)
    attachments.attach(row.pk)
    assert standing_in(display_set) == row.pk


def test_two_images_for_one_socket_are_refused_and_the_reason_is_kept_until_one_fits(display_set, socket):
    row = make_import("display_set", display_set, socket=socket, images=2)
    with pytest.raises(Invalid, match="2 images"):
        attachments.attach(row.pk)
    attachments.refuse_import(row.pk, reason="The files became 2 images.")
    assert RefusedValue.objects.get().reason == "The files became 2 images."
    status = display_sets.status_of(accounts.to_actor(study_editor(display_set)), display_set_id=display_set.pk)
    assert (status["status"], status["values"][0]["reason"]) == ("refused", "The files became 2 images.")
    attachments.attach(make_import("display_set", display_set, socket=socket).pk)
    assert not RefusedValue.objects.exists()


def study_editor(display_set):
    return display_set.study.members.get(role="editor").user


def test_an_older_upload_that_ends_later_does_not_replace_a_newer_one(display_set, socket):
    older = make_import("display_set", display_set, socket=socket)
    newer = make_import("display_set", display_set, socket=socket)
    Import.objects.filter(pk=older.pk).update(created_at=newer.created_at - timedelta(seconds=1))
    attachments.attach(newer.pk)
    with pytest.raises(Invalid, match="newer"):
        attachments.attach(older.pk)
    assert standing_in(display_set) == newer.pk


def test_an_image_that_comes_after_the_first_answer_is_refused(study, display_set, socket, reader):
    question = factories.make_question(study)
    row = make_import("display_set", display_set, socket=socket)
    factories.make_answer(question, display_set, creator=reader, value="x")
    with pytest.raises(Invalid, match="answered in the meantime"):
        attachments.attach(row.pk)
    assert not SocketValue.objects.exists()


def test_a_deleted_display_set_wants_no_image(display_set, socket):
    row = make_import("display_set", display_set, socket=socket)
    display_set.delete()
    with pytest.raises(Invalid, match="deleted"):
        attachments.attach(row.pk)
    attachments.refuse_import(row.pk, reason="x")


def test_an_image_that_does_not_fit_its_socket_leaves_the_old_one(display_set):
    socket = factories.make_socket("Segmentation")
    first = make_import("display_set", display_set, socket=socket)
    attachments.attach(first.pk)
    wrong = make_import("display_set", display_set, socket=socket, segments=[0, 1, 9])
    with pytest.raises(Invalid, match="9, allowed are 0, 1"):
        attachments.attach(wrong.pk)
    assert standing_in(display_set) == first.pk


def test_every_image_for_an_archive_becomes_an_item(socket):
    archive = factories.make_archive()
    attachments.attach(make_import("archive", archive, socket=socket, images=3).pk)
    assert ArchiveItem.objects.filter(archive=archive).count() == 3


@pytest.fixture
def mask(study, display_set, reader):
    segments = [{"name": "lesion", "visible": True, "voxel_value": 1}]
    question = factories.make_question(study, "Mask", overlay_segments=segments, required=True)
    return factories.make_answer(question, display_set, creator=reader, value=None)


def test_a_mask_reaches_its_answer(mask):
    row = make_import("answer", mask)
    attachments.note_started(row)
    attachments.attach(row.pk)
    mask.refresh_from_db()
    assert mask.value == {"upload_session_pk": str(row.pk)}
    assert mask.image.origin_id == row.pk


def test_a_mask_is_seen_by_who_drew_it_and_by_editors(mask, study, reader):
    colleague = factories.make_user("colleague")
    StudyMember.objects.create(study=study, user=colleague, role="reader")
    row = make_import("answer", mask)
    attachments.note_started(row)
    attachments.attach(row.pk)
    mask.refresh_from_db()
    for person in (reader, study_editor(mask.display_set)):
        assert images.find_image(accounts.to_actor(person), image_id=mask.image_id).pk == mask.image_id
    for person in (colleague, factories.make_user()):
        with pytest.raises(NotFound):
            images.find_image(accounts.to_actor(person), image_id=mask.image_id)


def test_a_mask_whose_answer_was_emptied_replaced_or_deleted_is_not_attached(mask):
    first = make_import("answer", mask)
    attachments.note_started(first)
    Answer.objects.filter(pk=mask.pk).update(value=None)
    with pytest.raises(Invalid, match="newer upload or an emptied"):
        attachments.attach(first.pk)
    second = make_import("answer", mask)
    attachments.note_started(second)
    with pytest.raises(Invalid):
        attachments.attach(first.pk)
    Answer.objects.all().delete()
    with pytest.raises(Invalid, match="deleted"):
        attachments.attach(second.pk)


@pytest.mark.parametrize(("segments", "reason"), [([0, 2], "2, allowed are 0, 1"), (None, "fractions")])
def test_a_mask_with_unknown_values_is_refused_and_can_be_uploaded_again(mask, segments, reason):
    row = make_import("answer", mask, segments=segments)
    attachments.note_started(row)
    with pytest.raises(Invalid, match=reason):
        attachments.attach(row.pk)
    attachments.refuse_import(row.pk, reason=reason)
    mask.refresh_from_db()
    assert mask.value is None


def test_the_history_of_a_mask_tells_what_was_uploaded_refused_and_attached(mask, reader):
    for number, segments in enumerate(([0, 2], [0, 1])):
        row = make_import("answer", mask, segments=segments)
        attachments.note_started(row, actor=accounts.to_actor(reader))
        if number:
            attachments.attach(row.pk)
        else:
            attachments.refuse_import(row.pk, reason="2, allowed are 0, 1")
    entries = answer_lists.history_of(accounts.to_actor(reader), answer_id=mask.pk)
    assert [(entry["act"], entry["by"]) for entry in entries] == [
        ("answer", "reader"), ("upload mask", "reader"), ("refuse mask", "readroom"), ("upload mask", "reader"),
        ("attach mask", "readroom"),
    ]  # fmt: skip


def test_only_the_reader_himself_uploads_a_mask_and_one_at_a_time(mask, study, reader, display_set):
    own = accounts.to_actor(reader)
    assert attachments.check_target(own, kind="answer", target_id=mask.pk, socket_slug=None).id == mask.pk
    text = factories.make_answer(factories.make_question(study), display_set, creator=reader, value="x")
    with pytest.raises(Invalid, match="Mask"):
        attachments.check_target(own, kind="answer", target_id=text.pk, socket_slug=None)
    editor = accounts.to_actor(study_editor(display_set))
    with pytest.raises(Invalid, match="not exist"):
        attachments.check_target(editor, kind="answer", target_id=mask.pk, socket_slug=None)
    attachments.note_started(make_import("answer", mask))
    with pytest.raises(Invalid, match="already"):
        attachments.check_target(own, kind="answer", target_id=mask.pk, socket_slug=None)


@pytest.mark.parametrize("state", ["paused", "closed"])
def test_a_mask_for_a_study_that_takes_no_answers_is_refused_and_one_on_its_way_still_arrives(
    mask, study, reader, state
):
    ReaderStudy.objects.filter(pk=study.pk).update(state=state)
    with pytest.raises(Locked, match=state):
        attachments.check_target(accounts.to_actor(reader), kind="answer", target_id=mask.pk, socket_slug=None)
    begun = make_import("answer", mask)
    attachments.note_started(begun)
    attachments.attach(begun.pk)
    mask.refresh_from_db()
    assert mask.image.origin_id == begun.pk


def test_a_target_needs_a_socket_for_images_and_the_right_to_fill_it(display_set, socket, reader):
    editor = accounts.to_actor(study_editor(display_set))
    target = {"kind": "display_set", "target_id": display_set.pk}
    assert attachments.check_target(editor, **target, socket_slug=socket.slug).socket_id == socket.pk
    for slug in (None, "nothing", factories.make_socket("String").slug):
        with pytest.raises(Invalid):
            attachments.check_target(editor, **target, socket_slug=slug)
    with pytest.raises(Refusal):
        attachments.check_target(accounts.to_actor(reader), **target, socket_slug=socket.slug)


def test_a_socket_for_dicom_image_sets_takes_dicom_only_and_offers_its_instances(display_set):
    socket = factories.make_socket("DICOM Image Set")
    row = make_import("display_set", display_set, socket=socket)
    with pytest.raises(Invalid, match="DICOM"):
        attachments.attach(row.pk)
    image = row.images.get()
    blob = Blob.objects.create(key="originals/aa/aa")
    ImageFile.objects.create(image=image, blob=blob, kind="original", instance_uid="1.2.3")
    attachments.attach(row.pk)
    assert Image.objects.get(pk=image.pk).is_dicom_set
