"""What the client promises, against a real server over TLS."""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import signal
import subprocess
import sys

import httpx
import numpy as np
import pytest
import SimpleITK as sitk

import readroom
from readroom import CasePlan, SocketValueSpec, errors
from readroom.client import uploads
from readroom.client.connection import certificates
from readroom.imaging.testing import write_tiny_series

pytestmark = pytest.mark.xdist_group("client-server")
PART = 64 * 1024


class Watched(httpx.BaseTransport):
    """The real way to the server, on which a test watches and disturbs what passes."""

    def __init__(self, server, disturb=None):
        self._way = httpx.HTTPTransport(verify=certificates(str(server.certificate)))
        self._disturb = disturb or (lambda request, go_on: go_on(request))
        self.requests = []

    def handle_request(self, request):
        self.requests.append(request)
        return self._disturb(request, self._way.handle_request)

    def close(self):
        self._way.close()

    @property
    def parts(self):
        return [request for request in self.requests if request.method == "PUT"]


@pytest.fixture
def over(real_server, token):
    """A client over a watched way, and the way."""
    with contextlib.ExitStack() as stack:

        def make(disturb=None, **options):
            way = Watched(real_server, disturb)
            client = readroom.Client(token=token, base_url=real_server.base_url, transport=way, **options)
            client.uploads._wait = lambda _: None
            return stack.enter_context(client), way

        yield make


def write_volume(path, *, depth=8, seed=0):
    """Noise, so that its bytes are many and compare."""
    values = np.random.default_rng(seed).integers(-1000, 1000, (depth, 128, 128), dtype=np.int16)
    sitk.WriteImage(sitk.GetImageFromArray(values), str(path))
    return values


def display_sets_of(owner, study):
    return owner.reader_studies.display_sets.iterate_all({"reader_study": owner.reader_studies.detail(slug=study).pk})


BATCH = """
import functools, sys, time
from pathlib import Path
import httpx, readroom
from readroom.client import uploads
from readroom.client.connection import certificates

base_url, token, certificate, study, folder, moment = sys.argv[1:]
uploads.parts_of = functools.partial(uploads.parts_of, part_size=65536)

class CutOff(httpx.BaseTransport):
    way, parts, cases = httpx.HTTPTransport(verify=certificates(certificate)), 0, 0

    def handle_request(self, request):
        self.parts += request.method == "PUT"
        self.cases += request.method == "POST" and request.url.path.endswith("/display-sets/")
        if moment == f"before part {self.parts}":
            self.hang()
        response = self.way.handle_request(request)
        if moment == f"after case {self.cases}" and request.method == "POST":
            self.hang()
        return response

    def hang(self):
        print("now", flush=True)
        time.sleep(600)

client = readroom.Client(token=token, base_url=base_url, transport=CutOff(), max_concurrent_uploads=1)
plans = [readroom.CasePlan([readroom.SocketValueSpec("ct-image", file=path)], title=TITLE) for path in sorted(Path(folder).glob("*.mha"))]
client.add_cases(reader_study=study, cases=plans, journal=Path(folder) / "journal")
"""


def kill_in_mid_batch(server, token, study, folder, *, moment, title):
    """Start a batch in a process of its own and kill it at the moment."""
    program = BATCH.replace("TITLE", title)
    arguments = [server.base_url, token, str(server.certificate), study, str(folder), moment]
    batch = subprocess.Popen([sys.executable, "-c", program, *arguments], stdout=subprocess.PIPE, text=True)
    try:
        assert batch.stdout.readline() == "now\n"
    finally:
        os.kill(batch.pid, signal.SIGKILL)
        batch.wait()
        batch.stdout.close()


@pytest.fixture
def folder(tmp_path):
    """Three volumes of four parts each."""
    (tmp_path / "cases").mkdir()
    for number in range(3):
        write_volume(tmp_path / "cases" / f"{number}.mha", seed=number, depth=7)
    return tmp_path / "cases"


def run_again(over, study, folder, *, has_titles):
    client, way = over()
    plans = [
        CasePlan([SocketValueSpec("ct-image", file=path)], title=path.stem if has_titles else "")
        for path in sorted(folder.glob("*.mha"))
    ]
    return client.add_cases(reader_study=study, cases=plans, journal=folder / "journal"), way


def test_a_batch_that_was_killed_goes_on_and_sends_no_part_twice(
    real_server, owner, token, over, study, folder, monkeypatch
):
    monkeypatch.setattr(uploads, "parts_of", functools.partial(uploads.parts_of, part_size=PART))
    kill_in_mid_batch(real_server, token, study, folder, moment="before part 7", title="path.stem")
    outcomes, way = run_again(over, study, folder, has_titles=True)
    assert [outcome.error for outcome in outcomes] == ["", "", ""]
    assert [outcome.was_there for outcome in outcomes] == [True, False, False]
    assert len(way.parts) == 3 * 4 - 6
    owner.wait_until_ready(display_sets=[outcome.pk for outcome in outcomes])
    cases = display_sets_of(owner, study)
    assert [case.title for case in cases] == ["0", "1", "2"]
    for number, case in enumerate(cases):
        [path] = owner.images.download(url=case.values[0].image, output_directory=folder / "back", filename=case.title)
        sent = sitk.GetArrayFromImage(sitk.ReadImage(str(folder / f"{number}.mha")))
        assert np.array_equal(sitk.GetArrayFromImage(sitk.ReadImage(str(path))), sent)
    again, way = run_again(over, study, folder, has_titles=True)
    assert all(outcome.was_there for outcome in again)
    assert not way.parts
    assert len(display_sets_of(owner, study)) == 3


@pytest.mark.parametrize("has_titles", [True, False])
def test_a_batch_that_was_killed_before_it_knew_the_case_makes_no_second_one(
    real_server, owner, token, over, study, folder, has_titles
):
    title = "path.stem" if has_titles else "''"
    kill_in_mid_batch(real_server, token, study, folder, moment="after case 2", title=title)
    assert len(display_sets_of(owner, study)) == 2
    outcomes, _ = run_again(over, study, folder, has_titles=has_titles)
    assert [outcome.error for outcome in outcomes] == ["", "", ""]
    cases = owner.wait_until_ready(reader_study=study)
    assert len(cases) == 3
    assert all(len(case.values) == 1 for case in cases)


def test_a_part_that_is_altered_on_the_way_is_noticed_and_sent_again(owner, over, study, tmp_path):
    sent = write_volume(tmp_path / "a.mha")
    altered = []

    def alter(request, go_on):
        if request.method == "PUT" and not altered:
            content = bytearray(b"".join(request.stream))
            content[len(content) // 2] ^= 1
            altered.append(request)
            request = httpx.Request("PUT", request.url, headers=request.headers, content=bytes(content))
        return go_on(request)

    client, way = over(alter)
    case = client.add_case_to_reader_study(
        reader_study_slug=study, values=[SocketValueSpec("ct-image", file=tmp_path / "a.mha")]
    )
    assert len(way.parts) == 2
    [ready] = owner.wait_until_ready(display_sets=[case])
    [path] = owner.images.download(url=ready.values[0].image, output_directory=tmp_path / "back")
    assert np.array_equal(sitk.GetArrayFromImage(sitk.ReadImage(str(path))), sent)


def test_no_empty_display_set_is_left_when_an_upload_fails(owner, over, study, tmp_path):
    def lose(request, go_on):
        if request.method == "PUT":
            raise httpx.WriteError("gone", request=request)
        return go_on(request)

    write_volume(tmp_path / "a.mha")
    client, _ = over(lose)
    with pytest.raises(errors.UploadRefused, match="nothing is left"):
        client.add_case_to_reader_study(
            reader_study_slug=study, values=[SocketValueSpec("ct-image", file=tmp_path / "a.mha")]
        )
    assert len(display_sets_of(owner, study)) == 0


def test_a_server_that_asks_to_slow_down_is_obeyed_with_a_message(owner, over, study, tmp_path, caplog):
    """Of the first request of each kind, and of the part itself."""
    refused = set()

    def throttle(request, go_on):
        if request.method not in refused:
            refused.add(request.method)
            b"".join(request.stream)
            return httpx.Response(429, headers={"Retry-After": "0.01"}, json={"detail": "slow"}, request=request)
        return go_on(request)

    write_volume(tmp_path / "a.mha")
    client, _ = over(throttle)
    with caplog.at_level(logging.WARNING, logger="readroom"):
        case = client.add_case_to_reader_study(
            reader_study_slug=study, values=[SocketValueSpec("ct-image", file=tmp_path / "a.mha")]
        )
    assert refused == {"GET", "POST", "PUT", "PATCH"}
    assert len(owner.wait_until_ready(display_sets=[case])[0].values) == 1
    messages = [record.getMessage() for record in caplog.records if record.name.startswith("readroom")]
    assert len(messages) == 4
    assert all("429 Too Many Requests" in message or "slow" in message for message in messages)
    assert all("again in 0.0 s" in message for message in messages)


def test_too_many_uploads_are_waited_out_with_a_message(tmp_path, caplog):
    from readroom.server.testing.servers import running_server

    with running_server(tmp_path / "data", upload_max_count="2") as server:
        token = server.add_person("owner")
        with readroom.Client(token=token, base_url=server.base_url, verify=server.certificate) as client:
            waiting = [client.uploads.create(filename=f"{number}.bin") for number in range(2)]
            (tmp_path / "a.bin").write_bytes(b"123")

            def make_room(seconds):
                assert seconds == uploads.WAIT_FOR_ROOM
                upload = waiting.pop()
                client.uploads.abort_multipart_upload(pk=upload.pk, s3_upload_id=upload.s3_upload_id)

            client.uploads._wait = make_room
            with caplog.at_level(logging.WARNING, logger="readroom"):
                [address] = client.uploads.upload_files([tmp_path / "a.bin"])
            assert client.uploads.detail(api_url=address).status == "Completed"
    assert len(waiting) == 1
    assert "Trying again in 30 s" in caplog.text


def test_waiting_tells_the_reason_of_each_file_that_could_not_be_read(owner, study, tmp_path):
    write_volume(tmp_path / "good.mha")
    (tmp_path / "bad.mha").write_bytes((tmp_path / "good.mha").read_bytes()[:5000])
    (tmp_path / "text.dcm").write_text("no image")
    plans = [
        CasePlan([SocketValueSpec("ct-image", file=tmp_path / name)], title=name)
        for name in ("bad.mha", "good.mha", "text.dcm")
    ]
    outcomes = owner.add_cases(reader_study=study, cases=plans)
    with pytest.raises(errors.NotReady) as caught:
        owner.wait_until_ready(display_sets=[outcome.pk for outcome in outcomes])
    first, second = caught.value.reasons
    assert first.startswith("bad.mha, ct-image: ")
    assert second.startswith("text.dcm, ct-image: ")
    assert all(len(reason) > 40 for reason in caught.value.reasons)


def test_a_file_passes_in_small_pieces_whatever_its_size(over, tmp_path):
    """A sparse file of three parts: what is in memory at a time is what the network is given at a time."""
    path = tmp_path / "large.bin"
    with path.open("wb") as file:
        file.truncate(80 * 1024 * 1024)
    pieces = []

    def measure(request, go_on):
        if request.method == "PUT":
            content = request.stream
            request.stream = Measured(content, pieces)
        return go_on(request)

    client, way = over(measure)
    client.uploads.upload_files([path])
    assert sum(pieces) == path.stat().st_size
    assert len(way.parts) == 3
    assert max(pieces) <= 2**20


class Measured(httpx.SyncByteStream):
    def __init__(self, content, pieces):
        self._content, self._pieces = content, pieces

    def __iter__(self):
        for piece in self._content:
            self._pieces.append(len(piece))
            yield piece


def test_a_download_goes_on_by_range_where_it_broke_off_and_comes_in_small_pieces(owner, over, study, tmp_path):
    sent = write_volume(tmp_path / "a.mha", depth=64)
    [pk] = owner.add_cases_to_reader_study(reader_study=study, values=[{"ct-image": tmp_path / "a.mha"}])
    [case] = owner.wait_until_ready(display_sets=[pk])
    pieces, replies = [], []

    class BreaksOff(httpx.SyncByteStream):
        def __init__(self, response):
            self.response = response

        def __iter__(self):
            for piece in self.response.stream:
                pieces.append(len(piece))
                if not replies[1:] and sum(pieces) > 500_000:
                    raise httpx.ReadError("reset")
                yield piece

        def close(self):
            self.response.close()

    def cut(request, go_on):
        response = go_on(request)
        if "json" in response.headers.get("Content-Type", "") or response.is_redirect:
            return response
        replies.append((response.status_code, request.headers.get("Range")))
        return httpx.Response(
            response.status_code, headers=response.headers, stream=BreaksOff(response), request=request
        )

    client, _ = over(cut)
    [path] = client.images.download(url=case.values[0].image, output_directory=tmp_path / "back")
    assert np.array_equal(sitk.GetArrayFromImage(sitk.ReadImage(str(path))), sent)
    assert replies[0] == (200, None)
    assert replies[1][0] == 206
    assert replies[1][1].startswith("bytes=")
    assert max(pieces) <= 2**20
    assert sum(pieces) < path.stat().st_size + 2**20


def test_dicom_arrives_without_the_patient(over, study, tmp_path):
    import pydicom

    series = write_tiny_series(tmp_path / "series", slices=4)
    for path in series.files:
        dataset = pydicom.dcmread(path)
        dataset.PatientName, dataset.PatientID = "Doe^Jane", "MRN0815"
        dataset.save_as(path)
    for deidentify in (False, True):
        sent = []

        def look(request, go_on, sent=sent):
            if request.method == "PUT":
                sent.append(b"".join(request.stream))
                request = httpx.Request("PUT", request.url, headers=request.headers, content=sent[-1])
            return go_on(request)

        client, _ = over(look, deidentify=deidentify)
        [pk] = client.add_cases_to_reader_study(reader_study=study, values=[{"ct-image": list(series.files)}])
        [case] = client.wait_until_ready(display_sets=[pk])
        assert client.images.detail(api_url=case.values[0].image).shape == [4, 8, 8]
        assert len(sent) == 4
        assert [any(word in content for word in (b"Doe", b"Jane", b"MRN0815")) for content in sent] == [
            not deidentify
        ] * 4
    assert client.deidentification.files == 4


def test_a_private_authority_is_one_argument_and_its_absence_says_so(real_server, token, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with readroom.Client(token=token, base_url=real_server.base_url, verify=real_server.certificate) as client:
        assert client.interfaces.page(limit=1).total_count > 0
    with (
        readroom.Client(token=token, base_url=real_server.base_url) as client,
        pytest.raises(errors.ConnectionFailed, match="give the file of its authority: verify="),
    ):
        client.interfaces.page(limit=1)


def test_plain_http_on_this_machine_is_allowed(real_server, token):
    address = f"http://localhost:{real_server.http_port}/api/v1/"
    with readroom.Client(token=token, base_url=address) as client:
        assert client.interfaces.page(limit=1).total_count > 0


def test_what_the_server_says_of_a_field_is_a_sentence(owner, study):
    with pytest.raises(errors.InvalidRequest) as caught:
        owner.reader_studies.display_sets.create(reader_study=study, order=-1)
    assert caught.value.reasons
    assert all(reason.startswith("order: ") for reason in caught.value.reasons)
    with pytest.raises(errors.NotFound):
        owner.reader_studies.detail(pk="absent")
    with (
        readroom.Client(token="0" * 64, base_url=str(owner.base_url), verify=owner.connection.verify) as stranger,
        pytest.raises(errors.NotAuthenticated),
    ):
        stranger.reader_studies.page()


def test_answers_come_as_a_table_in_every_form_and_masks_as_files(owner, study, tmp_path):
    write_volume(tmp_path / "ct.mha")
    marked = np.zeros((8, 128, 128), np.uint8)
    marked[2:4, 30:60, 40:50] = 1
    sitk.WriteImage(sitk.GetImageFromArray(marked), str(tmp_path / "mask.mha"))
    spec = SocketValueSpec("ct-image", file=tmp_path / "ct.mha")
    case = owner.add_case_to_reader_study(reader_study_slug=study, values=[spec], title="First")
    [case] = owner.wait_until_ready(display_sets=[case])
    choice, several, mask = owner.reader_studies.questions.iterate_all(
        {"reader_study": case.reader_study.split("/")[-2]}
    )
    create = functools.partial(owner.reader_studies.answers.create, display_set=case.pk)
    create(question=choice.pk, answer=choice.options[1]["id"], last_edit_duration="00:00:12")
    create(question=several.pk, answer=[option["id"] for option in several.options], last_edit_duration="00:00:03")
    drawn = create(question=mask.pk, answer=None)
    owner.upload_cases(files=[tmp_path / "mask.mha"], answer=drawn.pk)
    wait_for(lambda: owner.reader_studies.answers.detail(pk=drawn.pk).answer_image)

    table = functools.partial(owner.reader_studies.answers.table, reader_study=study)
    frame = table(form="pandas")
    texts = dict(zip(frame.question_text, frame.answer_text, strict=True))
    assert texts.pop("Outline it").keys() == {"upload_session_pk"}
    assert texts == {"Is there a nodule?": "yes", "Where?": "left; right"}
    assert list(frame.seconds[:2]) == [12, 3]
    assert set(frame.display_set_title) == {"First"}
    assert set(frame.images) == {owner.images.detail(api_url=case.values[0].image).name}
    assert set(frame.reader) == {"owner"}
    wide = table(form="polars", wide=True)
    assert (wide["Is there a nodule?"][0], wide["Where?"][0], wide["seconds"][0]) == ("yes", "left; right", 15)
    assert table(form="csv").splitlines()[1].startswith("owner,")

    [path] = owner.reader_studies.answers.masks(reader_study=study, output_directory=tmp_path / "masks")
    assert path.suffix == ".mha"
    assert np.array_equal(sitk.GetArrayFromImage(sitk.ReadImage(str(path))) > 0, marked > 0)


def wait_for(condition):
    import time

    for _ in range(300):
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError("it did not come about")
