from __future__ import annotations

from urllib.parse import urlsplit
from uuid import uuid4

import numpy as np
import pytest
import SimpleITK
from tests.server.api.conftest import import_files

from readroom.server.db.models import DisplaySet, Image, ReaderStudy, Socket, SocketValue, StudyMember
from readroom.server.services import uploads
from readroom.server.storage import signing, stores

ABSENT = "5b0e1f60-8c5f-4d7a-9a55-2f6f0a4b9c11"
IMAGES = "/api/v1/cases/images/"
SESSIONS = "/api/v1/cases/upload-sessions/"
WIRE = {
    "pk", "name", "files", "dicom_image_set", "width", "height", "depth", "color_space", "modality", "eye_choice",
    "stereoscopic_choice", "field_of_view", "shape_without_color", "shape", "voxel_width_mm", "voxel_height_mm",
    "voxel_depth_mm", "api_url", "window_center", "window_width", "segments",
    "patient_id", "patient_name", "patient_birth_date", "patient_age", "patient_sex", "study_date",
    "study_instance_uid", "series_instance_uid", "study_description", "series_description",
}  # fmt: skip


@pytest.fixture
def client(ann, client_of):
    return client_of(ann)


def import_picture(actor, tmp_path, values, name="image.mha"):
    path = tmp_path / name
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(values, isVector=values.ndim == 4), str(path))
    return import_files(actor, path)


@pytest.fixture
def image(ann, actor_of, tmp_path):
    return import_picture(actor_of(ann), tmp_path, np.arange(3 * 20 * 30, dtype=np.int16).reshape(3, 20, 30))


def test_an_image_has_every_field_that_any_client_requires(client, image):
    shown = client.get(f"{IMAGES}{image.pk}/").json()
    assert set(shown) >= WIRE
    assert shown["shape"] == [3, 20, 30]
    assert shown["api_url"] == f"http://testserver{IMAGES}{image.pk}/"
    (file,) = shown["files"]
    assert file["image"] == str(image.pk)
    assert file["image_type"] == "MHD"
    assert file["file"].endswith(".mha")
    assert "?" not in file["file"]


def test_the_list_is_the_same_objects_in_an_envelope(client, image):
    page = client.get(IMAGES).json()
    assert set(page) == {"count", "next", "previous", "results"}
    assert page["results"] == [client.get(f"{IMAGES}{image.pk}/").json()]


def test_a_file_is_behind_a_redirection_to_signed_bytes(client, image, tmp_path):
    url = client.get(f"{IMAGES}{image.pk}/").json()["files"][0]["file"]
    response = client.get(urlsplit(url).path)
    assert response.status_code == 302
    grant = signing.find_grant(urlsplit(response.headers["Location"]).path)
    path = tmp_path / "out.mha"
    path.write_bytes(b"".join(stores.current().read(grant.subject)))
    values = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path)))
    assert np.array_equal(values, np.arange(1800).reshape(3, 20, 30))


@pytest.mark.parametrize(("suffix", "start"), [(".nii.gz", b"\x1f\x8b"), (".jpg", b"\xff\xd8")])
def test_other_formats_are_made_when_asked_for(client, image, suffix, start):
    url = urlsplit(client.get(f"{IMAGES}{image.pk}/").json()["files"][0]["file"]).path.removesuffix(".mha")
    grant = signing.find_grant(urlsplit(client.get(url + suffix).headers["Location"]).path)
    assert b"".join(stores.current().read(grant.subject)).startswith(start)


@pytest.mark.parametrize("name", ["x.mha", "{file}", "{file}.exe", f"{ABSENT}.mha", "{file}.mha.mha"])
def test_a_file_that_is_not_there_is_a_404(client, image, name):
    file = client.get(f"{IMAGES}{image.pk}/").json()["files"][0]["pk"]
    assert client.get(f"{IMAGES}{image.pk}/files/{name.format(file=file)}").status_code == 404


def test_a_preview_is_a_picture(client, image):
    location = client.get(f"{IMAGES}{image.pk}/preview.jpg").headers["Location"]
    assert location.endswith(".jpg")


def test_the_pack_is_described_with_an_address_for_ranges(client, image):
    pack = client.get(f"{IMAGES}{image.pk}/pack/").json()
    assert pack["url"].startswith("http://testserver/bytes/read/")
    assert pack["index"]["header"]["shape"] == [3, 20, 30]
    assert pack["size"] == stores.current().size(image.files.get(kind="pack").blob_id)
    assert sum(sum(band["lengths"]) for band in pack["index"]["bands"]) + pack["index"]["data_start"] == pack["size"]


def test_color_is_left_out_of_the_shape_without_color(ann, actor_of, client, tmp_path):
    values = np.zeros((2, 8, 9, 3), dtype=np.uint8)
    image = import_picture(actor_of(ann), tmp_path, values)
    shown = client.get(f"{IMAGES}{image.pk}/").json()
    assert (shown["color_space"], shown["shape"], shown["shape_without_color"]) == ("RGB", [2, 8, 9, 3], [2, 8, 9])


@pytest.fixture
def study(image):
    study = ReaderStudy.objects.create(title="Chest", slug="chest")
    shown = DisplaySet.objects.create(study=study, order=10, created_at=study.created_at)
    socket = Socket.objects.create(title="CT", slug="ct", kind="Image", relative_path="images/ct")
    SocketValue.objects.create(display_set=shown, socket=socket, image=image)
    return study


PATHS = ["", "pack/", "preview.jpg", "files/{file}.mha"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("nobody", 404),
        ("stranger", 404),
        ("staff", 404),
        ("reader", 200),
        ("editor", 200),
        ("uploader", 200),
        ("superuser", 200),
    ],
)
def test_an_image_is_seen_by_those_who_see_a_display_set_with_it(study, image, make_user, client_of, who, status, path):
    user = None
    if who != "nobody":
        user = make_user(who, is_staff=who == "staff", is_superuser=who == "superuser")
    if who in {"reader", "editor", "uploader"}:
        StudyMember.objects.create(study=study, user=user, role=who)
    client = client_of(user)
    path = path.format(file=image.files.get(kind="pack").pk)
    response = client.get(f"{IMAGES}{image.pk}/{path}")
    assert (200 if response.status_code == 302 else response.status_code) == status
    assert client.get(IMAGES).json()["count"] == (1 if status == 200 else 0)


def test_a_removed_reader_loses_the_image_at_once(study, image, make_user, client_of):
    user = make_user("reader")
    member = StudyMember.objects.create(study=study, user=user, role="reader")
    client = client_of(user)
    assert client.get(f"{IMAGES}{image.pk}/").status_code == 200
    member.delete()
    assert client.get(f"{IMAGES}{image.pk}/").status_code == 404


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("name=image.mha", 1), ("name=other", 0), ("reader_study={study}", 1), (f"reader_study={ABSENT}", 0),
        ("origin={origin}", 1), (f"origin={ABSENT}", 0), ("job_input=x", 0), ("patient_id__isempty=true", 1),
        ("patient_id__isempty=false", 0), ("unknown=1", 1), ("name=", 1), (f"archive={ABSENT}", 0),
    ],
)  # fmt: skip
def test_images_are_filtered(client, study, image, query, count):
    query = query.format(study=study.pk, origin=image.origin_id)
    assert client.get(f"{IMAGES}?{query}").json()["count"] == count


@pytest.mark.parametrize("name", ["reader_study", "archive", "origin"])
def test_a_filter_that_is_no_id_is_a_field_error(client, name):
    response = client.get(f"{IMAGES}?{name}=nonsense")
    assert response.status_code == 400
    assert set(response.json()) == {name}


@pytest.mark.parametrize("pk", ["nonsense", "5", ABSENT])
def test_an_unknown_image_is_a_404(client, pk):
    assert client.get(f"{IMAGES}{pk}/").status_code == 404


def test_a_page_of_images_needs_few_statements_however_many_there_are(client, image, statements):
    Image.objects.bulk_create(
        Image(name=f"{n}", creator=image.creator, width=1, height=1, shape=[1, 1], color_space="GRAY")
        for n in range(50)
    )
    client.get(IMAGES)
    with statements(at_most=4):
        assert len(client.get(IMAGES).json()["results"]) == 51


def test_instances_of_an_image_set_authorise_themselves(client, image):
    image.files.filter(kind="original").update(instance_uid="1.2.3")
    assert client.get(f"{IMAGES}{image.pk}/dicom/instances/").status_code == 404
    Image.objects.update(is_dicom_set=True)
    found = client.get(f"{IMAGES}{image.pk}/dicom/instances/").json()
    (instance,) = found["instances"]
    assert instance["sop_instance_uid"] == "1.2.3"
    assert set(instance["get_instance"]) == {"url", "method", "data", "headers"}
    assert signing.find_grant(urlsplit(instance["get_instance"]["url"]).path) is not None
    shown = client.get(f"{IMAGES}{image.pk}/").json()
    assert shown["dicom_image_set"] == {"image_set_id": str(image.pk)}
    assert shown["files"] == []


def test_an_import_is_shown_as_clients_expect_it(client, image):
    (shown,) = client.get(SESSIONS).json()["results"]
    assert set(shown) >= {
        "pk", "creator", "status", "error_message", "image_set", "api_url", "user_uploads", "uploads"
    }  # fmt: skip
    assert isinstance(shown["creator"], int)
    assert shown["status"] == "Succeeded"
    assert shown["error_message"] is None
    assert shown["image_set"] == [f"http://testserver{IMAGES}{image.pk}/"]
    assert client.get(urlsplit(shown["files_url"]).path).json()["results"][0]["outcome"] == "used"


def test_an_import_is_asked_for_with_addresses_of_uploads(ann, actor_of, client, tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("x")
    upload = uploads.add_file(actor_of(ann), path)
    body = {"uploads": [f"https://another.host/api/v1/uploads/{upload.id}/"]}
    response = client.send("POST", SESSIONS, body)
    assert response.status_code == 201
    assert response.json()["status"] == "Queued"
    assert client.send("POST", SESSIONS, body).status_code == 400


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "uploads"),
        ({"uploads": []}, "uploads"),
        ({"uploads": ["nonsense"]}, "uploads"),
        ({"uploads": [f"http://x/api/v1/uploads/{uuid4()}/"]}, "uploads"),
        ({"uploads": "x"}, "uploads"),
        ({"uploads": ["x"], "archive": "a", "answer": ABSENT}, "non_field_errors"),
        ({"uploads": [f"http://x/api/v1/uploads/{uuid4()}/"], "display_set": str(uuid4())}, "interface"),
        ({"uploads": [f"http://x/api/v1/uploads/{uuid4()}/"], "archive": "none"}, "archive"),
        ({"uploads": [f"http://x/api/v1/uploads/{uuid4()}/"], "answer": str(uuid4())}, "answer"),
    ],
)
def test_an_impossible_import_is_a_field_error(client, body, field):
    response = client.send("POST", SESSIONS, body)
    assert response.status_code == 400
    assert set(response.json()) == {field}


def test_nobody_cannot_import(db, client_of):
    assert client_of(None).send("POST", SESSIONS, {"uploads": ["x"]}).status_code == 401
    assert client_of(None).get(SESSIONS).json()["results"] == []
