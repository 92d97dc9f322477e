"""The seed, as a program of its own on a database of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys

SEED = {
    "users": {"ann": {"token": "ab" * 20, "may": ["create_reader_studies"]}, "bob": {}},
    "sockets": [
        {"slug": "scan", "title": "Scan", "kind": "Image", "super_kind": "Image", "relative_path": "images/scan"},
        {"slug": "note", "title": "Note", "kind": "Anything", "super_kind": "File", "relative_path": "note.json"},
    ],
    "images": {"one": {"pk": "d2856bc1-fe72-42d7-b8b7-1622527b8311", "name": "a.mha", "file": {"shape": [2, 4, 4]}}},
    "reader_studies": [
        {
            "slug": "s",
            "title": "S",
            "editors": ["ann"],
            "readers": ["bob"],
            "questions": [{"question_text": "foo", "answer_type": "Text", "widget": "Text Input"}],
            "display_sets": [
                {
                    "pk": "14909328-7a62-4745-8d2a-81a5d936f34b",
                    "values": [
                        {"socket": "scan", "image": "one"},
                        {"socket": "note", "raw_file": {"name": "note.json", "content": "42"}},
                    ],
                    "answers": [{"creator": "bob", "question": "foo", "answer": "bar"}],
                }
            ],
        }
    ],
    "archives": [
        {"slug": "a", "title": "A", "editors": ["ann"], "items": [{"values": [{"socket": "scan", "image": "one"}]}]}
    ],
}
LOOK = """
import json, django
django.setup()
from readroom.server.db.models import *
print(json.dumps([
    [str(pk) for pk in DisplaySet.objects.values_list("pk", flat=True)],
    list(SocketValue.objects.order_by("id").values_list("socket__slug", flat=True)),
    list(Answer.objects.values_list("value", flat=True)),
    ImageFile.objects.count(),
]))
"""


def run(code_or_module, *arguments, data):
    environment = os.environ | {"READROOM_DATA": str(data), "DJANGO_SETTINGS_MODULE": "readroom.server.django_settings"}
    return subprocess.run(
        [sys.executable, *code_or_module, *arguments], env=environment, capture_output=True, text=True, check=False
    )


def test_a_seed_fills_an_empty_database_and_no_other(tmp_path):
    file, data = tmp_path / "seed.json", tmp_path / "data"
    file.write_text(json.dumps(SEED))
    module = ("-m", "readroom.server.testing.seed")
    first = run(module, str(file), data=data)
    assert first.returncode == 0, first.stderr
    display_sets, sockets, answers, files = json.loads(run(("-c", LOOK), data=data).stdout)
    assert display_sets == ["14909328-7a62-4745-8d2a-81a5d936f34b"]
    assert sockets == ["scan", "note", "scan"]
    assert answers == ["bar"]
    assert files == 1
    again = run(module, str(file), data=data)
    assert again.returncode == 1
    assert "not empty" in again.stderr
    assert run(module, data=data).returncode == 2
