"""The picture of a study or an archive."""

from __future__ import annotations

import io
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin
from tests.server.api.conftest import STUDIES

from readroom.server.db.models import Archive, ArchiveMember, AuditEntry, Blob, ReaderStudy
from readroom.server.domain.errors import Invalid
from readroom.server.services import audit, cleanup, logos
from readroom.server.storage import stores
from readroom.server.testing import factories


def picture(size=(300, 200), mode="RGB", kind="PNG", **more):
    file = io.BytesIO()
    Image.new(mode, size, 1).save(file, format=kind, **more)
    return file.getvalue()


TURNED = Image.Exif()
TURNED[0x0112] = 6
TURNED[0x010E] = "a description"


def put(client, study, data, kind="image/png"):
    return client.put(f"{STUDIES}{study.pk}/logo/", data=data, content_type=kind)


def kept(study):
    study.refresh_from_db()
    with stores.current().local_copy(study.logo_id) as path:
        return Image.open(io.BytesIO(path.read_bytes()))


@pytest.mark.parametrize(
    ("data", "side"),
    [
        (picture(), 200),
        (picture((2000, 1500)), 512),
        (picture((1, 9), "L"), 1),
        (picture((64, 64), "RGBA"), 64),
        (picture((64, 64), "P"), 64),
        (picture((64, 64), "1"), 64),
        (picture((64, 64), "I;16"), 64),
        (picture((640, 64), "CMYK", "JPEG"), 64),
    ],
    ids=["wide", "large", "tiny", "transparent", "palette", "two colours", "16 bit", "four inks"],
)
def test_a_study_has_a_square_picture(as_editor, as_reader, study, data, side):
    assert put(as_editor, study, data).status_code == 204
    assert kept(study).size == (side, side)
    address = as_reader.get(f"{STUDIES}{study.pk}/").json()["logo"]
    assert address.endswith(f"/api/v1/reader-studies/{study.pk}/logo/")
    reply = as_reader.get(f"{STUDIES}{study.pk}/logo/")
    assert (reply.status_code, "/bytes/" in reply.headers["Location"]) == (302, True)


def test_what_came_along_with_the_picture_is_not_kept(as_editor, study):
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "PATIENT^NAME")
    put(as_editor, study, picture(pnginfo=notes) + b"PATIENT^NAME")
    with stores.current().local_copy(ReaderStudy.objects.get().logo_id) as path:
        assert b"PATIENT" not in path.read_bytes()


def test_a_picture_that_was_taken_sideways_stands_upright(as_editor, study):
    image = Image.new("RGB", (100, 100), "red")
    image.paste("blue", (0, 0, 100, 50))
    exif = Image.Exif()
    exif[0x0112] = 3
    file = io.BytesIO()
    image.save(file, "JPEG", exif=exif, quality=95)
    put(as_editor, study, file.getvalue(), "image/jpeg")
    red, _, blue, _ = kept(study).getpixel((50, 10))
    assert red > 200 > 100 > blue


@pytest.mark.parametrize(
    "data",
    [b"", b"<svg onload='alert(1)'/>", b"GIF89a", picture()[:60], picture((9000, 1))],
    ids=["empty", "svg", "gif", "truncated", "too wide"],
)
def test_what_is_no_picture_is_refused(as_editor, study, data):
    reply = put(as_editor, study, data)
    assert (reply.status_code, list(reply.json())) == (400, ["logo"])
    assert as_editor.get(f"{STUDIES}{study.pk}/").json()["logo"].endswith("/icon.svg")


PICTURES = [
    picture((40, 30), mode, kind, exif=TURNED)
    for mode, kind in (("RGB", "PNG"), ("P", "PNG"), ("I;16", "PNG"), ("RGB", "JPEG"), ("L", "JPEG"), ("CMYK", "JPEG"))
]


@settings(max_examples=400, deadline=None)
@given(
    data=st.sampled_from(PICTURES),
    changes=st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), max_size=6),
    length=st.integers(0, 4000),
)
@example(data=PICTURES[-1], changes=[(35, 255), (36, 255)], length=4000)
def test_a_damaged_picture_is_refused_or_read_and_fails_nothing(data, changes, length):
    damaged = bytearray(data)
    for place, value in changes:
        damaged[place % len(damaged)] = value
    with suppress(Invalid):
        assert logos.to_square(bytes(damaged[:length])).startswith(b"\x89PNG")


def test_a_picture_is_bounded(as_editor, study):
    assert put(as_editor, study, b"x" * (logos.LARGEST_FILE + 1)).status_code == 413


def test_only_editors_change_the_picture_and_only_who_sees_the_study_sees_it(
    client_of, people, as_editor, as_reader, study
):
    path = f"{STUDIES}{study.pk}/logo/"
    assert as_reader.get(path).status_code == 404
    put(as_editor, study, picture())
    for person, status in ((people.reader, 403), (people.uploader, 403), (people.stranger, 404), (None, 401)):
        client = client_of(person)
        assert put(client, study, picture()).status_code == status
        assert client.delete(path).status_code == status
        assert client.get(path).status_code == {404: 404, 401: 401}.get(status, 302)
    ReaderStudy.objects.update(is_public=True, description="For all.")
    assert client_of(None).get(path).status_code == 302


def test_a_picture_that_no_study_has_any_more_goes(as_editor, study):
    put(as_editor, study, picture())
    key = ReaderStudy.objects.get().logo_id
    cleanup.discard_unused_blobs(grace=cleanup.BLOB_GRACE)
    assert Blob.objects.filter(pk=key).exists()
    Blob.objects.update(unused_since="2020-01-01T00:00Z")
    assert cleanup.clean_up()["blobs"] == 0
    assert Blob.objects.filter(pk=key).exists()
    assert as_editor.delete(f"{STUDIES}{study.pk}/logo/").status_code == 204
    Blob.objects.update(unused_since="2020-01-01T00:00Z")
    assert cleanup.discard_unused_blobs(grace=cleanup.BLOB_GRACE) == 1
    assert not Blob.objects.exists()
    acts = AuditEntry.objects.filter(act="change logo").order_by("id").values_list("before", "after")
    assert [(before == '{"logo": null}', after == '{"logo": null}') for before, after in acts] == [
        (True, False), (False, True),
    ]  # fmt: skip


ARCHIVES = "/api/v1/archives/"


@pytest.fixture
def archive(people):
    made = factories.make_archive(editor=people.editor)
    ArchiveMember.objects.create(archive=made, user=people.uploader, role="uploader")
    ArchiveMember.objects.create(archive=made, user=people.reader, role="user")
    return made


def test_an_archive_has_a_square_picture_too(as_editor, as_reader, archive):
    path = f"{ARCHIVES}{archive.pk}/"
    assert as_reader.get(path).json()["logo"].endswith("/icon.svg")
    assert as_editor.put(f"{path}logo/", data=picture(), content_type="image/png").status_code == 204
    assert kept(archive).size == (200, 200)
    listed = as_reader.get(ARCHIVES).json()["results"]
    assert {as_reader.get(path).json()["logo"], *(row["logo"] for row in listed)} == {f"http://testserver{path}logo/"}
    assert "/bytes/" in as_reader.get(f"{path}logo/").headers["Location"]
    Blob.objects.update(unused_since="2020-01-01T00:00Z")
    assert cleanup.clean_up()["blobs"] == 0
    assert as_editor.delete(f"{path}logo/").status_code == 204
    assert as_reader.get(path).json()["logo"].endswith("/icon.svg")
    assert cleanup.clean_up()["blobs"] == 1
    entries = AuditEntry.objects.filter(stream=f"archive:{archive.pk}", act="change logo")
    assert list(entries.values_list("target_kind", "target_id")) == [("archive", str(archive.pk))] * 2
    assert not list(audit.verify())


@pytest.mark.parametrize(
    ("who", "change", "see"),
    [("reader", 403, 302), ("uploader", 403, 302), ("colleague", 404, 404), ("stranger", 404, 404), (None, 401, 404)],
)
def test_only_editors_change_the_picture_of_an_archive_and_only_its_people_see_it(
    client_of, people, as_editor, archive, who, change, see
):
    path = f"{ARCHIVES}{archive.pk}/logo/"
    as_editor.put(path, data=picture(), content_type="image/png")
    client = client_of(getattr(people, who) if who else None)
    assert client.put(path, data=picture((9, 9)), content_type="image/png").status_code == change
    assert client.delete(path).status_code == change
    assert client.get(path).status_code == see
    assert kept(archive).size == (200, 200)
    Archive.objects.update(is_public=True)
    assert client.get(path).status_code == 302
