"""A reader study from the first upload to the last download, by gcapi alone.

``python main_job.py FOLDER`` in an environment of its own; FOLDER has ``job.json`` and gets ``done.json`` and files.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import gcapi

FOLDER = Path(sys.argv[1])
JOB = json.loads((FOLDER / "job.json").read_text())
PATIENCE = 120
POINT = {"type": "Point", "name": "nodule", "point": [10.0, 20.0, 30.0], "version": {"major": 1, "minor": 0}}
ANSWERS = {
    "Text": "A nodule in the left upper lobe.",
    "Number": 4.5,
    "Bool": False,
    "Point": POINT,
}


def client_of(role):
    return gcapi.Client(token=JOB["tokens"][role], base_url=JOB["url"])


def upload(editor):
    """The first display set, once its image is made."""
    made = editor.add_case_to_reader_study(
        reader_study_slug=JOB["study"],
        values=[gcapi.SocketValueSpec(socket_slug=JOB["socket"], files=sorted(Path(JOB["series"]).glob("*.dcm")))],
        title="CT of the chest",
        order=30,
    )
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        held = editor.reader_studies.display_sets.detail(pk=made.pk)
        if held.values and held.values[0].image:
            return held
        time.sleep(0.5)
    raise AssertionError(f"the image was not made in {PATIENCE} s: {held}")


def reuse(editor, first):
    """The second display set shows the same image; it gets its title and order afterwards."""
    again = gcapi.SocketValueSpec(socket_slug=JOB["socket"], existing_image_api_url=first.values[0].image)
    made = editor.add_case_to_reader_study(reader_study_slug=JOB["study"], values=[again])
    return editor.update_display_set(display_set_pk=made.pk, values=[], title="The same CT again", order=7)


def read(reader):
    """Answers every question of every display set, in the order in which the reader meets them."""
    study = reader.reader_studies.detail(slug=JOB["study"])
    shown = list(reader.reader_studies.display_sets.iterate_all(params={"reader_study": study.pk}))
    for held in shown:
        for question in study.questions:
            reader.reader_studies.answers.create(
                display_set=held.api_url, question=question.api_url, answer=ANSWERS[question.answer_type]
            )
    return [held.title_safe for held in shown]


def collect(editor):
    """All answers as an editor reads them."""
    study = editor.reader_studies.detail(slug=JOB["study"])
    kinds = {question.api_url: question.answer_type for question in study.questions}
    titles = {
        held.api_url: held.title_safe
        for held in editor.reader_studies.display_sets.iterate_all(params={"reader_study": study.pk})
    }
    found = editor.reader_studies.answers.iterate_all(params={"question__reader_study": study.pk})
    return [[given.creator, titles[given.display_set], kinds[given.question], given.answer] for given in found]


def run():
    editor, reader = client_of("editor"), client_of("reader")
    first = upload(editor)
    second = reuse(editor, first)
    editor(method="POST", path=f"reader-studies/{JOB['pk']}/state/", json={"state": "open"})
    shown = read(reader)
    (path,) = editor.images.download(url=first.values[0].image, output_directory=FOLDER, filename="image")
    editor.download_socket_value(
        editor.reader_studies.display_sets.detail(pk=second.pk).values[0], output_directory=FOLDER / "values"
    )
    done = {
        "images": [first.values[0].image, second.values[0].image],
        "second": [second.title, second.order],
        "shown": shown,
        "answers": collect(editor),
        "path": str(path),
        "values": [str(found) for found in sorted((FOLDER / "values").rglob("*")) if found.is_file()],
    }
    (FOLDER / "done.json").write_text(json.dumps(done))


if __name__ == "__main__":
    run()
