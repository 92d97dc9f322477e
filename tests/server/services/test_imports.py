from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from uuid import uuid4

import numpy as np
import pytest
import SimpleITK
from django.db import transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from readroom.server.db.models import AuditEntry, Blob, Image, ImageFile, Import, ImportStatus, Upload, UploadStatus
from readroom.server.domain.errors import Invalid, NotFound
from readroom.server.jobs.imports import worker_name
from readroom.server.services import (
    attachments,
    audit,
    cleanup,
    image_files,
    images,
    import_requests,
    import_run,
    imports,
    uploads,
)
from readroom.server.services.access import ANONYMOUS
from readroom.server.storage import blobs, stores


@pytest.fixture
def ann(make_user, actor_of):
    return actor_of(make_user("ann"))


def put_upload(actor, name, content):
    """A completed upload, without the way through parts."""
    upload = Upload.objects.create(creator_id=actor.id, filename=name, status=UploadStatus.COMPLETED, size=len(content))
    stores.current().write_bytes(uploads.key_of(actor.id, upload.pk), content)
    return upload.pk


def mha(tmp_path, values=None, name="image.mha", spacing=(0.5, 0.5, 2.0)):
    array = np.arange(3 * 40 * 50, dtype=np.int16).reshape(3, 40, 50) if values is None else values
    picture = SimpleITK.GetImageFromArray(array)
    picture.SetSpacing(spacing)
    path = tmp_path / name
    SimpleITK.WriteImage(picture, str(path), useCompression=True)
    return path.read_bytes()


def begin(actor, *upload_ids, **more):
    with transaction.atomic():
        return imports.create_import(actor, upload_ids=list(upload_ids), **more).pk


def run(import_id, **more):
    hooks = {"attach": attachments.attach, "refuse": attachments.refuse_import} | more
    return import_run.run_import(import_id, worker=worker_name(), **hooks)


def test_an_upload_becomes_an_image(ann, tmp_path):
    upload = put_upload(ann, "image.mha", mha(tmp_path))
    import_id = begin(ann, upload)
    assert imports.find_import(ann, import_id=import_id)["status"] == ImportStatus.QUEUED
    assert run(import_id) == ImportStatus.SUCCEEDED
    row = imports.find_import(ann, import_id=import_id)
    assert (row["status"], row["error_message"], row["progress"]) == ("Succeeded", "", 1.0)
    image = images.find_row(ann, image_id=row["images"][0])
    assert (image["width"], image["height"], image["depth"], image["shape"]) == (50, 40, 3, [3, 40, 50])
    assert (image["voxel_width_mm"], image["voxel_depth_mm"]) == (0.5, 2.0)
    assert image["color_space"] == "GRAY"
    assert imports.list_outcomes(ann, import_id=import_id) == [{"name": "image.mha", "outcome": "used", "reason": ""}]


def test_the_used_upload_is_gone_and_its_bytes_are_kept_as_the_original(ann, tmp_path):
    content = mha(tmp_path)
    upload = put_upload(ann, "image.mha", content)
    import_id = begin(ann, upload)
    run(import_id)
    assert not Upload.objects.exists()
    with pytest.raises(blobs.MissingBlob):
        stores.current().size(uploads.key_of(ann.id, upload))
    image = imports.find_import(ann, import_id=import_id)["images"][0]
    (original,) = images.find_files(ann, image_id=image, kinds=["original"])
    assert b"".join(stores.current().read(original.key)) == content


def test_the_file_made_of_the_stored_pixels_has_the_same_values(ann, tmp_path):
    import_id = begin(ann, put_upload(ann, "image.mha", mha(tmp_path)))
    run(import_id)
    image = imports.find_import(ann, import_id=import_id)["images"][0]
    (file,) = images.find_files(ann, image_id=image)
    key = image_files.make_file(file.key, ".mha")
    path = tmp_path / "out.mha"
    path.write_bytes(b"".join(stores.current().read(key)))
    picture = SimpleITK.ReadImage(str(path))
    assert np.array_equal(SimpleITK.GetArrayFromImage(picture), np.arange(6000).reshape(3, 40, 50))
    assert picture.GetSpacing() == (0.5, 0.5, 2.0)


def test_the_same_pixels_are_stored_once_whoever_uploads_them(ann, make_user, actor_of, tmp_path):
    bob = actor_of(make_user("bob"))
    for actor, name in ((ann, "image.mha"), (bob, "other.mha")):
        run(begin(actor, put_upload(actor, name, mha(tmp_path))))
    assert Image.objects.count() == 2
    assert Blob.objects.filter(key__startswith="packs/").count() == 1
    assert Blob.objects.filter(key__startswith="originals/").count() == 1
    assert sorted(Image.objects.values_list("name", flat=True)) == ["image.mha", "other.mha"]


def test_when_the_last_use_is_gone_the_bytes_go(ann, tmp_path):
    for _number in range(2):
        run(begin(ann, put_upload(ann, "image.mha", mha(tmp_path))))
    (pack,) = Blob.objects.filter(key__startswith="packs/").values_list("key", flat=True)
    made = image_files.make_file(pack, ".mha")
    first, second = Image.objects.all()
    first.delete()
    cleanup.discard_unused_blobs(grace=timedelta(0))
    assert stores.current().size(pack) > 0
    second.delete()
    cleanup.discard_unused_blobs(grace=timedelta(0))
    assert not Blob.objects.exists()
    for key in (pack, made):
        with pytest.raises(blobs.MissingBlob):
            stores.current().size(key)


def test_bytes_that_an_import_has_just_written_are_not_cleaned_away(ann, tmp_path):
    Blob.objects.create(key="packs/ab/new.rrpack", unused_since=timezone.now())
    assert cleanup.discard_unused_blobs(grace=timedelta(hours=1)) == 0


def test_an_image_that_nothing_uses_goes_after_a_while(ann, tmp_path):
    run(begin(ann, put_upload(ann, "image.mha", mha(tmp_path))))
    assert cleanup.discard_unused_images(grace=timedelta(hours=1)) == 0
    Image.objects.update(unused_since=timezone.now() - timedelta(hours=2))
    assert cleanup.discard_unused_images(grace=timedelta(hours=1)) == 1
    assert not ImageFile.objects.exists()


def test_a_bad_file_spoils_no_other_and_has_its_reason(ann, tmp_path):
    good = put_upload(ann, "image.mha", mha(tmp_path))
    bad = put_upload(ann, "broken.mha", mha(tmp_path)[:200])
    import_id = begin(ann, good, bad)
    assert run(import_id) == ImportStatus.SUCCEEDED
    outcomes = {row["name"]: row for row in imports.list_outcomes(ann, import_id=import_id)}
    assert outcomes["image.mha"]["outcome"] == "used"
    assert outcomes["broken.mha"]["outcome"] == "refused"
    assert outcomes["broken.mha"]["reason"]
    assert "broken.mha" in imports.find_import(ann, import_id=import_id)["error_message"]


def test_files_that_make_no_image_fail_with_their_reasons(ann):
    import_id = begin(ann, put_upload(ann, "notes.txt", b"hello"))
    assert run(import_id) == ImportStatus.FAILED
    row = imports.find_import(ann, import_id=import_id)
    assert row["status"] == "Failed"
    assert "notes.txt" in row["error_message"]
    assert imports.list_outcomes(ann, import_id=import_id)[0]["name"] == "notes.txt"


def test_a_failed_import_can_be_started_again_while_its_uploads_are_there(ann, tmp_path):
    upload = put_upload(ann, "image.mha", b"")
    import_id = begin(ann, upload)
    assert run(import_id) == ImportStatus.FAILED
    stores.current().write_bytes(uploads.key_of(ann.id, upload), mha(tmp_path))
    imports.retry_import(ann, import_id=import_id)
    assert run(import_id) == ImportStatus.SUCCEEDED


def test_files_inside_a_zip_become_images_and_have_outcomes(ann, tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("folder/a.mha", mha(tmp_path))
        archive.writestr("folder/notes.txt", "hello")
    import_id = begin(ann, put_upload(ann, "case.zip", packed.getvalue()))
    assert run(import_id) == ImportStatus.SUCCEEDED
    names = [row["name"] for row in imports.list_outcomes(ann, import_id=import_id)]
    assert any(name.endswith("folder/a.mha") for name in names)
    assert any(name.endswith("folder/notes.txt") for name in names)


def test_small_whole_numbers_are_listed_as_segments(ann, tmp_path):
    values = np.zeros((2, 8, 8), dtype=np.uint8)
    values[1, 2:4] = 3
    import_id = begin(ann, put_upload(ann, "mask.mha", mha(tmp_path, values)))
    run(import_id)
    image = imports.find_import(ann, import_id=import_id)["images"][0]
    assert images.find_row(ann, image_id=image)["segments"] == [0, 3]


def test_an_upload_serves_one_import_only(ann, tmp_path):
    upload = put_upload(ann, "image.mha", mha(tmp_path))
    begin(ann, upload)
    with pytest.raises(Invalid, match="used already"):
        begin(ann, upload)


@pytest.mark.parametrize("case", ["foreign", "unknown", "unfinished", "twice", "same name", "none"])
def test_unusable_uploads_are_refused_and_nothing_is_taken(ann, make_user, actor_of, tmp_path, case):
    good = put_upload(ann, "image.mha", mha(tmp_path))
    wrong = {
        "foreign": lambda: [good, put_upload(actor_of(make_user("bob")), "b.mha", b"x")],
        "unknown": lambda: [good, uuid4()],
        "unfinished": lambda: [
            good,
            Upload.objects.create(creator_id=ann.id, filename="c", status=UploadStatus.INITIALIZED).pk,
        ],
        "twice": lambda: [good, good],
        "same name": lambda: [good, put_upload(ann, "image.mha", b"x")],
        "none": list,
    }[case]()
    with pytest.raises(Invalid):
        begin(ann, *wrong)
    assert Upload.objects.get(pk=good).used_at is None
    assert not Import.objects.exists()
    assert not DBTaskResult.objects.exists()


def test_too_many_pending_imports_are_refused_and_ended_ones_do_not_count(ann, tmp_path, settings_with):
    settings_with(import_max_pending=1)
    first = begin(ann, put_upload(ann, "a.txt", b"x"))
    with pytest.raises(Invalid, match="not finished"):
        begin(ann, put_upload(ann, "b.txt", b"x"))
    run(first)
    begin(ann, put_upload(ann, "c.txt", b"x"))


def test_an_import_is_done_by_one_worker_only(ann, tmp_path):
    import_id = begin(ann, put_upload(ann, "image.mha", mha(tmp_path)))
    assert imports.claim_import(import_id, worker="one") is not None
    assert imports.claim_import(import_id, worker="two") is None
    assert run(import_id) is None


def test_an_import_whose_worker_died_is_done_by_another(ann, tmp_path):
    import_id = begin(ann, put_upload(ann, "image.mha", mha(tmp_path)))
    imports.claim_import(import_id, worker="dead")
    assert imports.revive_imports() == 0
    Import.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    before = DBTaskResult.objects.count()
    assert imports.revive_imports() == 1
    assert DBTaskResult.objects.count() == before + 1
    assert imports.find_import(ann, import_id=import_id)["status"] == "Re-Queued"
    assert run(import_id) == ImportStatus.SUCCEEDED


def test_a_worker_that_lost_its_import_changes_nothing(ann, tmp_path):
    import_id = begin(ann, put_upload(ann, "image.mha", mha(tmp_path)))
    slow = imports.claim_import(import_id, worker="slow")
    Import.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert run(import_id) == ImportStatus.SUCCEEDED
    assert not imports.renew_lease(slow, progress=0.5)
    with pytest.raises(import_run.LeaseLost), transaction.atomic():
        import_run.locked_row(slow)
    assert Image.objects.count() == 1


def test_an_import_that_stops_its_worker_again_and_again_fails_with_a_reason(ann, tmp_path, settings_with):
    settings_with(import_max_attempts=2)
    import_id = begin(ann, put_upload(ann, "image.mha", mha(tmp_path)))
    for _attempt in range(2):
        imports.revive_imports()
        assert imports.claim_import(import_id, worker="dies") is not None
        Import.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert imports.revive_imports() == 0
    assert imports.hopeless_imports() == [import_id]
    imports.give_up(import_id, refuse=attachments.refuse_import)
    row = imports.find_import(ann, import_id=import_id)
    assert row["status"] == "Failed"
    assert "2 times" in row["error_message"]
    assert Upload.objects.get().used_at is None


def test_an_import_waits_for_a_storage_that_does_not_answer(ann, tmp_path, settings_with, monkeypatch):
    settings_with(import_max_attempts=2)
    import_id = begin(ann, put_upload(ann, "image.mha", mha(tmp_path)))

    def silent(*_arguments, **_more):
        raise blobs.OutOfReach

    with monkeypatch.context() as patch:
        patch.setattr(import_run, "fetch", silent)
        assert run(import_id) is None
        assert imports.find_import(ann, import_id=import_id)["status"] == ImportStatus.STARTED
        Import.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
        assert imports.revive_imports() == 1
        Import.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
        assert run(import_id) == ImportStatus.FAILED
    row = imports.find_import(ann, import_id=import_id)
    assert row["error_message"] == import_run.OUT_OF_REACH
    imports.retry_import(ann, import_id=import_id)
    assert run(import_id) == ImportStatus.SUCCEEDED


def test_an_import_whose_message_got_lost_is_found(ann, tmp_path):
    import_id = begin(ann, put_upload(ann, "image.mha", mha(tmp_path)))
    DBTaskResult.objects.all().delete()
    Import.objects.update(created_at=timezone.now() - timedelta(hours=1))
    assert imports.revive_imports() == 1
    assert run(import_id) == ImportStatus.SUCCEEDED


def test_images_that_are_not_wanted_any_more_are_not_kept(ann, tmp_path):
    import_id = begin(ann, put_upload(ann, "image.mha", mha(tmp_path)), target_kind="display_set", target_id=uuid4())
    refused = []

    def note(refused_id, *, reason):
        refused.append((refused_id, reason))

    assert run(import_id, refuse=note) == ImportStatus.FAILED
    assert not Image.objects.exists()
    ((refused_id, reason),) = refused
    assert refused_id == import_id
    assert reason == imports.find_import(ann, import_id=import_id)["error_message"]


def test_two_images_where_one_is_wanted_fail_and_are_named(ann, tmp_path):
    first = put_upload(ann, "a.mha", mha(tmp_path))
    second = put_upload(ann, "b.mha", mha(tmp_path))
    import_id = begin(ann, first, second, target_kind="display_set", target_id=uuid4())
    assert run(import_id) == ImportStatus.FAILED
    message = imports.find_import(ann, import_id=import_id)["error_message"]
    assert "2 images" in message
    assert "a.mha" in message


def test_a_cancelled_import_is_not_run(ann, tmp_path):
    import_id = begin(ann, put_upload(ann, "image.mha", mha(tmp_path)))
    import_requests.cancel_import(ann, import_id=import_id)
    assert run(import_id) is None
    assert imports.find_import(ann, import_id=import_id)["status"] == "Cancelled"


def test_uploads_of_an_import_that_made_nothing_are_used_again_or_end(ann, tmp_path):
    upload = put_upload(ann, "image.mha", mha(tmp_path))
    first, second = begin(ann, upload), None
    import_requests.cancel_import(ann, import_id=first)
    assert Upload.objects.get(pk=upload).used_at is None
    second = begin(ann, upload)
    with pytest.raises(Invalid, match="unused"):
        imports.retry_import(ann, import_id=first)
    import_requests.cancel_import(ann, import_id=second)
    imports.retry_import(ann, import_id=first)
    with pytest.raises(Invalid):
        begin(ann, upload)
    assert run(first) == ImportStatus.SUCCEEDED
    acts = AuditEntry.objects.filter(target_id=str(first)).order_by("id").values_list("act", flat=True)
    assert list(acts) == ["begin import", "cancel import", "retry import", "end import"]


def test_uploads_of_a_cancelled_import_end_like_others(ann, tmp_path):
    upload = put_upload(ann, "image.mha", mha(tmp_path))
    import_id = begin(ann, upload)
    import_requests.cancel_import(ann, import_id=import_id)
    Upload.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert uploads.discard_expired() == 1
    assert list(audit.verify()) == []


def test_imports_and_images_of_others_are_invisible(ann, make_user, actor_of, tmp_path):
    import_id = begin(ann, put_upload(ann, "image.mha", mha(tmp_path)))
    run(import_id)
    image = imports.find_import(ann, import_id=import_id)["images"][0]
    for other in (actor_of(make_user("bob", is_staff=True)), ANONYMOUS):
        with pytest.raises(NotFound):
            imports.find_import(other, import_id=import_id)
        with pytest.raises(NotFound):
            images.find_image(other, image_id=image)
        assert imports.count_imports(other) == 0
    assert images.find_image(actor_of(make_user("root", is_superuser=True)), image_id=image)


def test_very_long_names_in_many_letters_are_imported(ann, tmp_path):
    name = "胸" * 120 + ".mha"
    import_id = begin(ann, put_upload(ann, name, mha(tmp_path)))
    assert run(import_id) == ImportStatus.SUCCEEDED


def test_no_working_folder_is_left_behind(ann, own_data_folder, tmp_path):
    run(begin(ann, put_upload(ann, "image.mha", mha(tmp_path))))
    run(begin(ann, put_upload(ann, "notes.txt", b"x")))
    assert list((own_data_folder / "work").iterdir()) == []


def test_dicom_originals_are_kept_with_the_names_of_their_instances(ann, testdata):
    paths = sorted((testdata / "dicom" / "ct-chest-lidc0314").glob("*.dcm"))[:4]
    import_id = begin(ann, *[put_upload(ann, path.name, path.read_bytes()) for path in paths])
    assert run(import_id) == ImportStatus.SUCCEEDED
    image = imports.find_import(ann, import_id=import_id)["images"][0]
    originals = images.find_files(ann, image_id=image, kinds=["original"])
    assert len({file.instance_uid for file in originals}) == 4
    assert all(file.instance_uid.startswith("1.") for file in originals)
