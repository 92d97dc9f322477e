"""The main job on a real CT: everything between the first upload and the last download, with the real client."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
from collections import Counter
from pathlib import Path

import httpx
import numpy as np
import pytest
import SimpleITK

HERE = Path(__file__).resolve().parent
VERSION = "0.16.1"
QUESTIONS = {
    "Text": {"widget": "Text Input"},
    "Number": {"widget": "Number Input"},
    "Bool": {},
    "Point": {"image_port": "main"},
}
SOCKET = "generic-medical-image"


@pytest.fixture(scope="module")
def tokens(server):
    return {
        "editor": server.add_person("main-job-editor", may_create_studies=True),
        "reader": server.add_person("main-job-reader"),
    }


@pytest.fixture(scope="module")
def study(server, tokens):
    """A draft of a study, with questions, an editor and a reader."""
    context = ssl.create_default_context(cafile=str(server.certificate))
    headers = {"Authorization": f"BEARER {tokens['editor']}"}
    with httpx.Client(base_url=server.base_url, verify=context, headers=headers, timeout=30) as client:

        def send(method, path, body=None):
            reply = client.request(method, path, json=body)
            assert reply.is_success, reply.text
            return reply.json()

        view = {"view_content": {"main": [SOCKET]}}
        made = send("POST", "reader-studies/", {"title": "Nodules of the chest", **view})
        for answer_type, fields in QUESTIONS.items():
            question = {"question_text": f"Your {answer_type}?", "answer_type": answer_type, "required": False}
            send("POST", "reader-studies/questions/", {"reader_study": made["pk"], **question, **fields})
        send("POST", f"reader-studies/{made['pk']}/members/", {"username": "main-job-reader", "role": "reader"})
        return made


@pytest.fixture(scope="module")
def done(server, python_with, tokens, study, testdata, tmp_path_factory):
    """What the client saw and left."""
    folder = tmp_path_factory.mktemp("main-job")
    job = {
        "url": server.base_url,
        "tokens": tokens,
        "study": study["slug"],
        "pk": study["pk"],
        "socket": SOCKET,
        "series": str(testdata / "dicom" / "ct-chest-lidc0314"),
    }
    (folder / "job.json").write_text(json.dumps(job))
    environment = {"PATH": os.environ["PATH"], "SSL_CERT_FILE": str(server.certificate)}
    command = [str(python_with(VERSION)), str(HERE / "main_job.py"), str(folder)]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)
    if ran.returncode:
        pytest.fail(f"{ran.stdout}\n{ran.stderr}", pytrace=False)
    return json.loads((folder / "done.json").read_text())


def test_the_image_is_uploaded_once_and_shown_in_two_display_sets(done):
    assert done["images"][0] == done["images"][1]
    assert done["second"] == ["The same CT again", 7]
    assert done["shown"] == ["The same CT again", "CT of the chest"]


def test_the_editor_reads_every_answer_of_the_reader(done):
    point = {"type": "Point", "name": "nodule", "point": [10.0, 20.0, 30.0], "version": {"major": 1, "minor": 0}}
    given = {"Text": "A nodule in the left upper lobe.", "Number": 4.5, "Bool": False, "Point": point}
    assert Counter(title for _who, title, _kind, _answer in done["answers"]) == dict.fromkeys(done["shown"], 4)
    assert {who for who, _title, _kind, _answer in done["answers"]} == {"main-job-reader"}
    for _who, _title, kind, answer in done["answers"]:
        assert answer == given[kind]


def test_the_downloaded_image_has_the_voxels_and_the_place_that_simpleitk_reads(done, testdata):
    reader = SimpleITK.ImageSeriesReader()
    folder = str(testdata / "dicom" / "ct-chest-lidc0314")
    reader.SetFileNames(SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(folder))
    wanted = reader.Execute()
    for path in (done["path"], *done["values"]):
        assert path.endswith(".mha")
        found = SimpleITK.ReadImage(path)
        np.testing.assert_array_equal(SimpleITK.GetArrayFromImage(found), SimpleITK.GetArrayFromImage(wanted))
        assert found.GetSpacing() == pytest.approx(wanted.GetSpacing(), abs=1e-6)
        assert found.GetOrigin() == pytest.approx(wanted.GetOrigin(), abs=1e-4)
        assert found.GetDirection() == pytest.approx(wanted.GetDirection(), abs=1e-6)
    assert len(done["values"]) == 1
