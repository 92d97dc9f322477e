"""Cases that drive the current client; run by the tests as ``python cases.py CASE`` in an environment of its own."""

from __future__ import annotations

import inspect
import json
import os
import sys
import threading
import time
import warnings
from pathlib import Path
from uuid import uuid4

import gcapi
import httpx

URL = os.environ["GCAPI_URL"]
AUTHORITY = os.environ["SSL_CERT_FILE"]
FOLDER = Path(os.environ["GCAPI_FOLDER"])
SEED = json.loads(Path(os.environ["GCAPI_SEED"]).read_text())
VERSION = tuple(map(int, os.environ["GCAPI_VERSION"].split(".")))
BOX = {"name": "x", "type": "2D bounding box", "corners": [[0, 0, 0.5]] * 4, "version": {"major": 1, "minor": 0}}
GIVEN = "14909328-7a62-4745-8d2a-81a5d936f34b"


def client(user: str = "readerstudy", **options) -> gcapi.Client:
    return gcapi.Client(token=SEED["users"][user]["token"], base_url=URL, **options)


def named(title: str) -> dict[str, str]:
    """A title, for clients that know titles."""
    return {"title": title} if VERSION >= (0, 15) else {}


def slug_of(value) -> str:
    return (value.socket if VERSION >= (0, 16) else value.interface).slug


def spec(socket: str, **source):
    return gcapi.SocketValueSpec(socket_slug=socket, **source)


def metaimage(name: str = "image.mha", size: int = 8) -> Path:
    header = (
        "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\nCompressedData = False\n"
        "TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 0 0 0\nElementSpacing = 1 1 1\n"
        f"DimSize = {size} {size} 4\nElementType = MET_UCHAR\nElementDataFile = LOCAL\n"
    )
    path = FOLDER / name
    path.write_bytes(header.encode() + os.urandom(size * size * 4))
    return path


def case_with_image(c: gcapi.Client, **options):
    made = c.add_case_to_reader_study(
        reader_study_slug="reader-study", values=[spec("generic-medical-image", file=metaimage())], **options
    )
    return until(lambda: has_image(c.reader_studies.display_sets.detail(pk=made.pk)))


def has_image(held):
    return held if any(value.image for value in held.values) else None


def until(found, *, seconds: float = 60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if result := found():
            return result
        time.sleep(0.2)
    raise AssertionError(f"nothing after {seconds} s: {inspect.getsource(found)}")


def refusal_of(act) -> httpx.Response:
    try:
        act()
    except httpx.HTTPStatusError as error:
        return error.response
    raise AssertionError(f"was not refused: {inspect.getsource(act)}")


def status_of(act) -> int:
    return refusal_of(act).status_code


def raw(method: str, path: str, *, user: str | None = "readerstudy", **options) -> httpx.Response:
    headers = {"Authorization": f"Bearer {SEED['users'][user]['token']}"} if user else {}
    return httpx.request(method, f"{URL}{path}", headers=headers, verify=AUTHORITY, timeout=30, **options)


def the_version_is_told_without_a_token():
    reply = raw("GET", "gcapi/", user=None)
    assert reply.status_code == 200
    assert set(reply.json()) >= {"latest_version", "lowest_supported_version"}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        client()


def a_wrong_token_is_refused_on_every_method():
    for method in ("GET", "POST", "PATCH"):
        reply = httpx.request(
            method, f"{URL}reader-studies/", headers={"Authorization": "Bearer 00aa"}, verify=AUTHORITY
        )
        assert reply.status_code == 401, reply.text
        assert reply.headers["WWW-Authenticate"].startswith("Bearer")


def json_has_exactly_the_content_type():
    for path in ("reader-studies/", "reader-studies/foo/", "nothing/", "reader-studies/answers/?creator=x"):
        assert raw("GET", path).headers["content-type"] == "application/json", path


def staff_see_nothing_by_being_staff():
    assert list(client("admin").reader_studies.iterate_all()) == []
    assert raw("GET", "", user="admin").status_code == 200


def a_study_is_found_by_slug_pk_and_address():
    c = client()
    study = c.reader_studies.detail(slug="reader-study")
    assert study.title_safe == "Reader Study"
    assert c.reader_studies.detail(pk=study.pk).pk == study.pk
    assert c.reader_studies.detail(api_url=study.api_url).pk == study.pk
    assert study.questions[0].question_text_safe == "foo"
    assert study.logo.startswith("https://")


def malformed_and_absent_ids_are_not_found():
    c = client()
    for pk in ("foo", str(uuid4())):
        for resource in (
            c.reader_studies,
            c.reader_studies.display_sets,
            c.reader_studies.answers,
            c.images,
            c.archives,
        ):
            try:
                resource.detail(pk=pk)
            except gcapi.exceptions.ObjectNotFound:
                continue
            raise AssertionError((resource, pk))
    assert httpx.get(f"{URL}/reader-studies/foo", verify=AUTHORITY).status_code == 404


def unknown_filters_are_ignored_and_impossible_ones_refused():
    c = client()
    assert len(c.reader_studies.page(params={"by_api_url": "x", "slug": ""})) == 1
    assert raw("GET", "reader-studies/display-sets/?reader_study=foo").status_code == 400
    assert raw("GET", f"reader-studies/display-sets/?reader_study={uuid4()}").status_code == 400


def iteration_ends_at_an_empty_page():
    beyond = raw("GET", "reader-studies/display-sets/?offset=100000&limit=100").json()
    assert beyond["results"] == []
    assert beyond["count"] >= 3
    assert raw("GET", "reader-studies/display-sets/?limit=foo&offset=bar").status_code == 200
    seen = [held.pk for held in client().reader_studies.display_sets.iterate_all()]
    assert len(seen) == len(set(seen))


def values_stand_in_their_defined_order():
    held = client().reader_studies.display_sets.detail(pk=GIVEN)
    slugs = [value.socket.slug for value in held.values]
    assert slugs[:5] == ["annotation", "a-file-socket", "a-pdf-file-socket", "an-image-socket", "generic-medical-image"]
    assert all(value.socket == value.interface for value in held.values)


def a_case_is_uploaded_processed_reused_and_renamed():
    c = client()
    first = case_with_image(c, **named(f"case {uuid4()}"))
    image = next(value for value in first.values if value.image)
    other = c.add_case_to_reader_study(
        reader_study_slug="reader-study",
        values=[
            spec("generic-medical-image", existing_socket_value=image),
            spec("an-image-socket", existing_image_api_url=image.image),
        ],
    )
    assert {value.image for value in other.values} == {image.image}
    if VERSION < (0, 15):
        return
    title = f"renamed {uuid4()}"
    changed = c.update_display_set(display_set_pk=other.pk, values=[], title=title, order=7)
    assert (changed.title, changed.order) == (title, 7)
    assert c.update_display_set(display_set_pk=other.pk, values=[], title="").title == ""


def orders_follow_in_tens():
    c = client()
    orders = [held.order for held in c.reader_studies.display_sets.iterate_all()]
    made = c.add_case_to_reader_study(reader_study_slug="reader-study", values=[])
    assert made.order == (max(orders) // 10 + 1) * 10
    high = max(orders) + 32
    c.reader_studies.display_sets.partial_update(pk=made.pk, order=high)
    assert c.reader_studies.display_sets.detail(pk=made.pk).order == high
    again = c.reader_studies.display_sets.partial_update(pk=made.pk, order=0)
    assert again.order == (high // 10 + 1) * 10
    assert status_of(lambda: c.reader_studies.display_sets.partial_update(pk=made.pk, order=-1)) == 400


def values_that_are_falsy_are_values():
    c = client()
    for value in (0, False, "", [], {}):
        made = c.add_case_to_reader_study(
            reader_study_slug="reader-study", values=[spec("results-json-file", value=value)]
        )
        (held,) = c.reader_studies.display_sets.detail(pk=made.pk).values
        assert held.value == value
        assert type(held.value) is type(value)


def a_value_that_does_not_fit_changes_nothing():
    c = client()
    made = c.add_case_to_reader_study(reader_study_slug="reader-study", values=[spec("annotation", value=BOX)])
    wrong = [spec("results-json-file", value=1), spec("annotation", value={"no": "box"})]
    refused = refusal_of(lambda: c.update_display_set(display_set_pk=made.pk, values=wrong))
    assert refused.status_code == 400
    first, second = refused.json()["values"]
    assert first == {}
    assert "__all__" in second
    (held,) = c.reader_studies.display_sets.detail(pk=made.pk).values
    assert held.value == BOX


def one_socket_twice_in_one_change_takes_the_last():
    c = client()
    made = c.add_case_to_reader_study(reader_study_slug="reader-study", values=[])
    body = {"values": [{"interface": "results-json-file", "value": 1}, {"interface": "results-json-file", "value": 2}]}
    assert raw("PATCH", f"reader-studies/display-sets/{made.pk}/", json=body).status_code == 200
    (held,) = c.reader_studies.display_sets.detail(pk=made.pk).values
    assert held.value == 2


def put_empties_what_it_does_not_name():
    c = client()
    made = c.add_case_to_reader_study(
        reader_study_slug="reader-study",
        values=[spec("annotation", value=BOX), spec("results-json-file", value=1)],
        title=f"t {uuid4()}",
    )
    body = {"values": [{"interface": "results-json-file", "value": 2}]}
    reply = raw("PUT", f"reader-studies/display-sets/{made.pk}/", json=body)
    assert reply.status_code == 200, reply.text
    held = c.reader_studies.display_sets.detail(pk=made.pk)
    assert [value.value for value in held.values] == [2]
    assert reply.json()["title"] == ""


def files_are_put_into_sockets_and_come_back():
    c = client()
    pdf = FOLDER / "report.pdf"
    pdf.write_bytes(b"%PDF-1.4\n%%EOF\n")
    made = c.add_case_to_reader_study(
        reader_study_slug="reader-study",
        values=[spec("a-pdf-file-socket", file=pdf), spec("a-file-socket", value={"a": [1, 2]})],
    )
    out = FOLDER / "out"
    out.mkdir()
    for value in c.reader_studies.display_sets.detail(pk=made.pk).values:
        c.download_socket_value(value, output_directory=out)
    assert (out / "files" / "file.pdf").read_bytes() == pdf.read_bytes()
    assert json.loads((out / "file.json").read_text()) == {"a": [1, 2]}
    again = c.add_case_to_reader_study(
        reader_study_slug="reader-study",
        values=[
            spec("a-pdf-file-socket", existing_socket_value=v)
            for v in c.reader_studies.display_sets.detail(pk=made.pk).values
            if slug_of(v) == "a-pdf-file-socket"
        ],
    )
    assert again.values[0].file.endswith("/report.pdf")


def a_file_of_another_kind_is_refused():
    fake = FOLDER / "fake.pdf"
    fake.write_bytes(b"no pdf at all")
    c = client()
    status = status_of(
        lambda: c.add_case_to_reader_study(
            reader_study_slug="reader-study", values=[spec("a-pdf-file-socket", file=fake)]
        )
    )
    assert status == 400


def images_are_listed_and_downloaded():
    c = client()
    held = case_with_image(c)
    url = next(value.image for value in held.values if value.image)
    image = c.images.detail(api_url=url)
    assert image.shape == [4, 8, 8]
    assert image.files[0].image == image.pk
    assert "?" not in image.files[0].file
    out = FOLDER / "images"
    out.mkdir()
    (path,) = c.images.download(output_directory=out, pk=image.pk)
    assert path.suffix == ".mha"
    assert path.read_bytes().startswith(b"ObjectType")
    study = c.reader_studies.detail(slug="reader-study")
    assert image.pk in {row.pk for row in c.images.iterate_all(params={"reader_study": study.pk})}


def an_answer_is_given_once_and_locks_its_display_set():
    c = client()
    held = c.add_case_to_reader_study(reader_study_slug="reader-study", values=[])
    question = c.reader_studies.detail(slug="reader-study").questions[0]
    made = c.reader_studies.answers.create(question=question.api_url, display_set=held.api_url, answer="one")
    assert made.creator == "readerstudy"
    bare = {"question": question.pk, "display_set": held.pk, "answer": "two"}
    assert status_of(lambda: c.reader_studies.answers.create(**bare)) == 400
    assert status_of(lambda: c.reader_studies.answers.partial_update(pk=made.pk, answer="two")) == 400
    refused = refusal_of(
        lambda: c.update_display_set(display_set_pk=held.pk, values=[spec("results-json-file", value=1)])
    )
    assert refused.status_code == 400
    assert isinstance(refused.json(), list)
    mine = {row.pk for row in c.reader_studies.answers.mine.iterate_all()}
    assert made.pk in mine
    study = c.reader_studies.detail(slug="reader-study").pk
    of_study = {row.pk for row in c.reader_studies.answers.iterate_all(params={"question__reader_study": study})}
    assert mine <= of_study
    assert raw("GET", f"reader-studies/answers/mine/{made.pk}/").status_code == 404
    assert raw("POST", "reader-studies/answers/mine/", json={}).status_code == 405


def wrong_answers_are_refused_by_name():
    c = client()
    held = c.add_case_to_reader_study(reader_study_slug="reader-study", values=[])
    question = c.reader_studies.detail(slug="reader-study").questions[0]
    for answer in (None, 5, [], {}, ""):
        body = {"question": question.api_url, "display_set": held.api_url, "answer": answer}
        reply = raw("POST", "reader-studies/answers/", json=body)
        assert (reply.status_code, list(reply.json())) == (400, ["non_field_errors"]), reply.text
    without = raw("POST", "reader-studies/answers/", json={"question": question.api_url, "answer": "x"})
    assert without.status_code == 400


def simultaneous_answers_are_one():
    c = client()
    held = c.add_case_to_reader_study(reader_study_slug="reader-study", values=[])
    question = c.reader_studies.detail(slug="reader-study").questions[0]
    body = {"question": question.api_url, "display_set": held.api_url, "answer": "same"}
    replies = []
    threads = [
        threading.Thread(target=lambda: replies.append(raw("POST", "reader-studies/answers/", json=body).status_code))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(replies) <= {201, 400}, replies
    assert 201 in replies
    listed = raw("GET", f"reader-studies/answers/?display_set={held.pk}").json()
    assert listed["count"] == 1


def deleting_and_bodiless_patching_work():
    c = client()
    made = c.add_case_to_reader_study(reader_study_slug="reader-study", values=[])
    assert c.reader_studies.display_sets.delete(pk=made.pk).status_code == 204
    upload = c.uploads.create(filename="x.bin")
    aborted = c.uploads.abort_multipart_upload(pk=upload.pk, s3_upload_id=upload.s3_upload_id)
    assert aborted.status == "Aborted"


def archives_take_items():
    c = client("archive")
    made = c.add_case_to_archive(
        archive_slug="archive", values=[spec("generic-medical-image", file=metaimage())], **named(f"i {uuid4()}")
    )
    held = until(lambda: has_image(c.archive_items.detail(pk=made.pk)))
    assert held.archive == c.archives.detail(slug="archive").api_url
    changed = c.update_archive_item(archive_item_pk=made.pk, values=[spec("results-json-file", value=0)])
    assert {value.interface for value in changed.values} == {"generic-medical-image", "results-json-file"}
    assert len(list(c.archive_items.iterate_all(params={"archive": c.archives.detail(slug="archive").pk}))) >= 2


def what_is_not_there_lists_empty_and_refuses_writes():
    c = client()
    for resource in (
        c.algorithms,
        c.algorithm_images,
        c.algorithm_jobs,
        c.algorithm_endpoints,
        c.algorithm_invocations,
        c.sessions,
    ):
        assert list(resource.iterate_all()) == []
    for path in ("algorithms/jobs/", "algorithms/endpoints/", "algorithms/invocations/"):
        reply = raw("POST", path, json={"algorithm": "x"})
        assert 400 <= reply.status_code < 500
        assert reply.headers["content-type"] == "application/json"


def strangers_see_nothing():
    c = client("demop")
    for resource in (
        c.reader_studies,
        c.reader_studies.display_sets,
        c.reader_studies.questions,
        c.reader_studies.answers,
        c.archives,
        c.archive_items,
        c.images,
    ):
        assert list(resource.iterate_all()) == [], resource
    assert raw("GET", f"reader-studies/display-sets/{GIVEN}/", user="demop").status_code == 404
    assert raw("GET", f"reader-studies/display-sets/{GIVEN}/", user=None).status_code == 404
    assert raw("GET", "components/interfaces/", user=None).status_code == 401
    body = {"reader_study": "reader-study"}
    assert raw("POST", "reader-studies/display-sets/", user="demop", json=body).status_code == 400
    assert raw("POST", "reader-studies/display-sets/", user=None, json=body).status_code == 401


def an_upload_session_fills_a_mask():
    c = client()
    study = c.reader_studies.detail(slug="reader-study")
    body = {
        "reader_study": study.pk,
        "question_text": f"mask {uuid4()}",
        "answer_type": "Mask",
        "image_port": "main",
        "required": False,
    }
    question = raw("POST", "reader-studies/questions/", json=body).json()
    held = c.add_case_to_reader_study(reader_study_slug="reader-study", values=[])
    answer = c.reader_studies.answers.create(question=question["api_url"], display_set=held.api_url, answer=None)
    path = FOLDER / "mask.mha"
    header = metaimage().read_bytes()[: -8 * 8 * 4]
    path.write_bytes(header + bytes(index % 2 for index in range(8 * 8 * 4)))
    with path.open("rb") as file:
        upload = c.uploads.upload_fileobj(fileobj=file, filename=path.name)
    session = c(method="POST", path="cases/upload-sessions/", json={"answer": answer.pk, "uploads": [upload.api_url]})
    done = until(lambda: masked(c, answer.pk))
    assert done.answer == {"upload_session_pk": session["pk"]}
    c.images.download(url=done.answer_image, output_directory=FOLDER, filename="downloaded")
    assert raw("DELETE", f"reader-studies/answers/{answer.pk}/").status_code == 204
    assert raw("DELETE", f"reader-studies/questions/{question['pk']}/").status_code == 204


def masked(c, pk):
    answer = c.reader_studies.answers.detail(pk=pk)
    return answer if answer.answer_image else None


def a_dicom_image_set_is_deidentified_uploaded_and_fetched_by_instances():
    files = sorted(Path(os.environ["GCAPI_DICOM"]).glob("*.dcm"))
    c = client()
    image_set = spec("a-dicom-image-set-socket", files=files, image_name="a series")
    made = c.add_case_to_reader_study(reader_study_slug="reader-study", values=[image_set])
    held = until(lambda: has_image(c.reader_studies.display_sets.detail(pk=made.pk)))
    image = c.images.detail(api_url=held.values[0].image)
    assert image.name == "a series"
    assert image.dicom_image_set is not None
    out = FOLDER / "instances"
    out.mkdir()
    paths = c.images.download(output_directory=out, pk=image.pk)
    assert len(paths) == len(files)
    assert all(path.stat().st_size > 1000 for path in out.iterdir())


if __name__ == "__main__":
    globals()[sys.argv[1]]()
